"""The fictional company's Neocrm (销售易): one CSV per object, and the meaning of its picklists.

Here: CSV in GB18030 under API names, ids of 16 digits, milliseconds, picklists as integers, numbers as `100.0`; a deleted row has
deleteFlg 1. Not here: the mapping (sources/neocrm/source.yml).

It keeps no history of owners: a change shows by comparing two nights. An empty ownerId means that the record lies in the public pool
(公海). Guesses, beside names that were seen: deleteFlg; email, managerId and employeeCode of users; parentId of territories; type of
activities; the file of picklists; provinces and cities as text.
"""

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from ingest.demo.formats.writing import (
    TERRITORY_BY_ID,
    CsvSpool,
    Export,
    Spools,
    Write,
    day_ms,
    epoch_ms,
    listed,
    spread,
    twice_or_corrected,
    user_number,
)
from ingest.demo.words import INDUSTRIES
from ingest.demo.world import Activity, Contact, Deal, Lead, Record

SYSTEM = "neocrm"
FLAGS_DELETION = True
"""A deleted customer stays in the export with deleteFlg 1, unless it was removed for good."""

_ADMIN = 1  # the user that imports run under: nobody's rep
_EXPIRES_AFTER = timedelta(days=30)
_KINDS = {"account": 11, "contact": 12, "lead": 13, "opportunity": 14, "activity": 15, "user": 16, "territory": 17, "pool": 18}
_INDUSTRY_CODES = {industry: place for place, industry in enumerate(sorted(INDUSTRIES), start=1)}
_STAGES = ("初步接洽", "需求确定", "方案/报价", "谈判审核", "赢单", "输单")
_ACTIVITY_TYPES = {"call": 1, "visit": 2, "meeting": 3, "email": 4, "task": 5}

ACCOUNT = listed(
    "id accountName ownerId dimDepart entityType level industryId parentAccountId phone url fState fCity fDistrict state address zipCode "
    "longitude latitude employeeNumber annualRevenue accountChannel isCustomer highSeaId highSeaStatus highSeaAccountSource claimTime "
    "expireTime territoryId territoryHighSeaId territoryHighSeaStatus releaseDescription duplicateFlg lockStatus approvalStatus "
    "recentActivityRecordTime recentActivityCreatedBy leadId totalWonOpportunities totalOrderAmount paidAmount unpaidAmount "
    "createdAt createdBy updatedAt updatedBy deleteFlg"
)
CONTACT = listed("id contactName accountId depart post phone mobile email ownerId createdAt createdBy updatedAt updatedBy deleteFlg")
LEAD = listed(
    "id name companyName status ownerId mobile phone email fState fCity fDistrict leadSourceId campaignId highSeaId highSeaStatus "
    "claimTime expireTime territoryHighSeaId releaseReason releaseTime lastOwnerId returnTimes duplicateFlg accountId contactId "
    "opportunityId createdAt createdBy updatedAt updatedBy deleteFlg"
)
OPPORTUNITY = listed(
    "id opportunityName accountId money saleStageId lostStageId winRate closeDate status reason sourceId forecastCategory stageUpdatedAt "
    "ownerId dimDepart territoryId leadId campaignId createdAt createdBy updatedAt updatedBy deleteFlg"
)
ACTIVITY = listed(
    "id content type startTime activityRecordFrom activityRecordFrom_data ownerId contactId location longitude latitude "
    "createdAt createdBy updatedAt updatedBy"
)
USER = listed("id name phone email employeeCode managerId status dimDepart createdAt updatedAt")
TERRITORY = listed("id name parentId accountHighSeaFlg leadHighSeaFlg noContactDay claimMaxCount createdAt updatedAt")


def neocrm_id(kind: str, number: int) -> str:
    """An id of 16 digits, never a zero at the end (which would look like a number that Excel rounded)."""
    return f"2{_KINDS[kind]}{number + 1:012d}{number % 9 + 1}"


def record_id(number: int) -> str:
    """Id of a customer."""
    return neocrm_id("account", number)


def contact_id(number: int) -> str:
    """Id of a contact."""
    return neocrm_id("contact", number)


def lead_id(number: int) -> str:
    """Id of a lead."""
    return neocrm_id("lead", number)


def deal_id(number: int) -> str:
    """Id of a deal."""
    return neocrm_id("opportunity", number)


@lru_cache(maxsize=1024)
def user_id(rep_id: str) -> str:
    """Id of the user that stands for a person."""
    return neocrm_id("user", user_number(rep_id))


@lru_cache(maxsize=1024)
def territory_id(territory: str) -> str:
    """Id of a territory (区域)."""
    return neocrm_id("territory", TERRITORY_BY_ID[territory].number)


@lru_cache(maxsize=1024)
def pool_id(territory: str | None) -> str:
    """Id of the public pool (公海) of a territory; without one, the country's."""
    return neocrm_id("pool", TERRITORY_BY_ID[territory or "CHINA"].number)


class _Files(NamedTuple):
    """What one pass over the company fills. `early`: the customers as a first, incomplete export has them."""

    accounts: CsvSpool
    early: CsvSpool
    contacts: CsvSpool
    leads: CsvSpool
    deals: CsvSpool
    activities: CsvSpool
    users: CsvSpool
    territories: CsvSpool


def files(export: Export, spools: Spools) -> Iterator[tuple[str, Write]]:
    """The night's files, as formats.exports gives them."""
    how = {"encoding": "gb18030", "line_end": "\r\n", "quoting": csv.QUOTE_MINIMAL}
    named = (ACCOUNT, ACCOUNT, CONTACT, LEAD, OPPORTUNITY, ACTIVITY, USER, TERRITORY)
    filled = _Files(*(spools.csv(columns, **how) for columns in named))
    _fill(export, filled)
    yield from twice_or_corrected("account.csv", export, filled.accounts.copy_to, filled.early.copy_to)
    yield "contact.csv", filled.contacts.copy_to
    yield "lead.csv", filled.leads.copy_to
    yield "opportunity.csv", filled.deals.copy_to
    yield "activityrecord.csv", filled.activities.copy_to
    yield "user.csv", filled.users.copy_to
    yield "territory.csv", filled.territories.copy_to
    yield "selectitem.json", lambda stream: stream.write(_select_items().encode())


def _fill(export: Export, files: _Files) -> None:
    garbled: list[dict[str, object]] = []
    for record in export.records(flags_deletion=FLAGS_DELETION):
        account = _account(record, export)
        if len(garbled) < 2:
            garbled.append(account)
        for file in export.files_for(record, files.accounts, files.early):
            file.row(account)
        for contact in export.contacts(record):
            files.contacts.row(_contact(contact, account))
        for deal in export.deals(record):
            files.deals.row(_deal(deal, account, export))
        for activity in export.activities(record):
            files.activities.row(_activity(activity, account))
    if "garbled" in export.faults:
        files.accounts.row({"accountName": "导入 0419 第17行", "deleteFlg": 0})
        for account in garbled[:1]:
            files.accounts.row(account | {"accountName": f"{account['accountName']}（旧）"})
        for account in garbled[1:]:
            files.accounts.broken_row(account | {"id": record_id(900_000_000), "accountName": "多一个逗号"})
    for lead in export.leads():
        files.leads.row(_lead(lead, export))
    _write_people(export, files)


def _admin() -> str:
    return neocrm_id("user", _ADMIN)


def _department(territory: str) -> int:
    return 100 + TERRITORY_BY_ID[territory].number


def _account(record: Record, export: Export) -> dict[str, object]:
    changes = export.changes(record)
    span = changes[-1][1] if changes else record.owners[0]
    spans = [record.owners[0], *(after for _, after in changes)]
    was_in_pool = any(s.rep_id is None or s.action == "claimed" for s in spans)
    released = next((s for s in reversed(spans) if s.rep_id is None), None)
    claimed = span.since if span.rep_id and span.action in ("claimed", "assigned") else None
    territory = export.territory_of(record)
    last_activity = export.last_activity_at(record)
    return {
        "id": record_id(record.number),
        "accountName": record.name,
        "ownerId": user_id(span.rep_id) if span.rep_id else "",
        "dimDepart": _department(territory) if territory else "",
        "entityType": 1,
        "level": spread(record.number, 3) + 1,
        "industryId": _INDUSTRY_CODES.get(record.industry, ""),
        "parentAccountId": "" if record.parent_number is None else record_id(record.parent_number),
        "phone": record.phone,
        "url": record.website,
        "fState": record.region,
        "fCity": record.city,
        "fDistrict": record.district,
        "address": record.street,
        "zipCode": record.postal_code,
        "employeeNumber": "" if record.employee_count is None else f"{record.employee_count}.0",
        "annualRevenue": "" if record.annual_revenue is None else f"{record.annual_revenue:.1f}",
        "accountChannel": spread(record.number, 4) + 1,
        "isCustomer": 1,
        "highSeaId": pool_id(territory) if was_in_pool else "",
        "highSeaStatus": (2 if span.rep_id else 1) if was_in_pool else 0,
        "claimTime": epoch_ms(claimed) if claimed else "",
        "expireTime": epoch_ms(claimed + _EXPIRES_AFTER) if claimed and was_in_pool else "",
        "territoryId": territory_id(territory) if territory else "",
        "territoryHighSeaId": territory_id(territory) if territory and was_in_pool else "",
        "releaseDescription": released.reason if released else "",
        "duplicateFlg": 0,
        "lockStatus": 1,
        "approvalStatus": 0,
        "recentActivityRecordTime": "" if last_activity is None else epoch_ms(last_activity),
        "createdAt": epoch_ms(record.created_at),
        "createdBy": _admin(),
        "updatedAt": epoch_ms(export.modified_at(record)),
        "updatedBy": _admin(),
        "deleteFlg": 1 if export.is_deleted(record) else 0,
    }


def _audit(by: str, created: datetime, modified: int) -> dict[str, object]:
    return {"createdAt": epoch_ms(created), "createdBy": by, "updatedAt": modified, "updatedBy": by}


def _contact(contact: Contact, account: dict[str, object]) -> dict[str, object]:
    return _audit(_admin(), contact.created_at, epoch_ms(contact.created_at)) | {
        "id": contact_id(contact.number),
        "contactName": contact.name,
        "accountId": account["id"],
        "post": contact.title,
        ("mobile" if spread(contact.number, 2) else "phone"): contact.phone,
        "email": contact.email,
        "ownerId": account["ownerId"],
        "deleteFlg": account["deleteFlg"],
    }


def _deal(deal: Deal, account: dict[str, object], export: Export) -> dict[str, object]:
    closed = deal.decided_on <= export.night
    stage = (5 if deal.is_won else 6) if closed else export.stage(deal, 4) + 1
    owner = user_id(deal.rep_id)
    modified = max(day_ms(deal.decided_on), epoch_ms(deal.opened_at)) if closed else epoch_ms(deal.opened_at)
    return _audit(owner, deal.opened_at, modified) | {
        "id": deal_id(deal.number),
        "opportunityName": deal.name,
        "accountId": account["id"] if deal.names_account else "",
        "money": f"{deal.amount}.0",
        "saleStageId": stage,
        "lostStageId": 4 if stage == 6 else "",
        "winRate": {5: 100, 6: 0}.get(stage, stage * 20),
        "closeDate": day_ms(deal.decided_on),
        "status": {5: 2, 6: 3}.get(stage, 1),
        "sourceId": spread(deal.number, 4) + 1,
        "stageUpdatedAt": modified,
        "ownerId": owner,
        "dimDepart": account["dimDepart"],
        "territoryId": account["territoryId"],
        "deleteFlg": account["deleteFlg"],
    }


def _activity(activity: Activity, account: dict[str, object]) -> dict[str, object]:
    owner = user_id(activity.rep_id)
    return _audit(owner, activity.happened_at, epoch_ms(activity.happened_at)) | {
        "id": neocrm_id("activity", activity.number),
        "content": activity.subject,
        "type": _ACTIVITY_TYPES.get(activity.kind, 5),
        "startTime": epoch_ms(activity.happened_at),
        "activityRecordFrom": 1,
        "activityRecordFrom_data": account["id"],
        "ownerId": owner,
    }


def _lead(lead: Lead, export: Export) -> dict[str, object]:
    span = export.span(lead)
    changes = export.changes(lead)
    released = next((after for _, after in reversed(changes) if after.rep_id is None), None)
    converted = lead.converted_at is not None and lead.converted_at < export.end
    modified = max(span.since, lead.created_at, lead.converted_at if converted else lead.created_at)
    last_owner = next((before.rep_id for before, _ in reversed(changes) if before.rep_id), None)
    return _audit(_admin(), lead.created_at, epoch_ms(modified)) | {
        "id": lead_id(lead.number),
        "name": lead.name,
        "companyName": lead.company_name,
        "status": 4 if converted else 2 if span.rep_id else 1,
        "ownerId": user_id(span.rep_id) if span.rep_id else "",
        "phone": lead.phone,
        "email": lead.email,
        "fState": lead.region,
        "fCity": lead.city,
        "leadSourceId": spread(lead.number, 4) + 1,
        "highSeaId": "" if span.rep_id else neocrm_id("pool", 90),
        "highSeaStatus": 0 if span.rep_id else 1,
        "claimTime": epoch_ms(span.since) if span.action == "claimed" else "",
        "releaseReason": released.reason if released else "",
        "releaseTime": epoch_ms(released.since) if released else "",
        "lastOwnerId": user_id(last_owner) if last_owner else "",
        "returnTimes": sum(after.action == "returned" for _, after in changes),
        "duplicateFlg": 0,
        "accountId": record_id(lead.converted_to) if converted and lead.converted_to is not None else "",
        "deleteFlg": 0,
    }


def _write_people(export: Export, files: _Files) -> None:
    made = day_ms(date(2024, 11, 4))
    reps = list(export.company.users(SYSTEM))
    here = {rep.rep_id for rep in reps}
    for rep in reps:
        files.users.row(
            {
                "id": user_id(rep.rep_id),
                "name": rep.name,
                "email": rep.user_name,
                "employeeCode": rep.rep_id,
                "managerId": user_id(rep.manager) if rep.manager in here else "",
                "status": 0 if export.has_left(rep.rep_id) else 1,
                "dimDepart": _department(export.territory_of_rep(rep)),
                "createdAt": made,
                "updatedAt": made,
            }
        )
    files.users.row({"id": _admin(), "name": "系统管理员", "status": 1, "createdAt": made, "updatedAt": made})
    for territory in export.territories():
        files.territories.row(
            {
                "id": territory_id(territory.territory_id),
                "name": territory.chinese_name,
                "parentId": territory_id(territory.parent) if territory.parent else "",
                "accountHighSeaFlg": 1,
                "leadHighSeaFlg": 0,
                "noContactDay": 30,
                "claimMaxCount": 200,
                "createdAt": made,
                "updatedAt": made,
            }
        )


def _select_items() -> str:
    """What the integers of the picklists mean: objectName, fieldName, value, label."""
    stages = dict(enumerate(_STAGES, start=1))
    kinds = {1: "电话", 2: "拜访", 3: "会议", 4: "邮件", 5: "任务"}
    channels = {1: "官网", 2: "展会", 3: "转介绍", 4: "陌拜"}
    fields: tuple[tuple[str, str, dict[int, str]], ...] = (
        ("account", "industryId", {code: industry for industry, code in _INDUSTRY_CODES.items()}),
        ("account", "level", {1: "重点客户", 2: "普通客户", 3: "潜在客户"}),
        ("account", "accountChannel", channels),
        ("account", "highSeaStatus", {0: "不在公海", 1: "待领取", 2: "已领取"}),
        ("lead", "status", {1: "未处理", 2: "跟进中", 3: "已关闭", 4: "已转化"}),
        ("lead", "leadSourceId", channels),
        ("opportunity", "saleStageId", stages),
        ("opportunity", "status", {1: "进行中", 2: "赢单", 3: "输单"}),
        ("opportunity", "sourceId", channels),
        ("activityrecord", "type", kinds),
        ("activityrecord", "activityRecordFrom", {1: "客户", 11: "线索"}),
    )
    items = [
        {"objectName": object_, "fieldName": name, "value": value, "label": label}
        for object_, name, known in fields
        for value, label in known.items()
    ]
    return json.dumps({"code": 200, "data": {"records": items}}, ensure_ascii=False, indent=1) + "\n"
