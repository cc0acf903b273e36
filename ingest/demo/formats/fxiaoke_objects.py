"""The objects of Fxiaoke (纷享销客) as its OpenAPI writes them, and the rows of its screens' workbooks.

Here: one function per object, labels, option codes. Not here: files and pages (fxiaoke.py).

The fields of AccountObj, LeadsObj, NewOpportunityObj and ActiveRecordObj are those of the vendor's objects, and so is relevant_team.
Guesses: mobile, tel and email of ContactObj; the labels 数据ID, 客户ID, 用户ID and all labels of contacts, deals and people; the fields
and operations of crmLog; provinces and cities as text (an API may give codes for them).
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from ingest.demo.formats.writing import TERRITORY_BY_ID, Export, day_ms, earlier_phone, epoch_ms, hex_id, spread, user_number
from ingest.demo.organisation import REP_BY_ID, Rep
from ingest.demo.words import INDUSTRIES
from ingest.demo.world import Activity, Contact, Deal, Lead, OwnerSpan, Record

SYSTEM_USER = "-10000"
_NO_TERRITORY = "CHINA"
_EXPIRES_AFTER = timedelta(days=30)
_LEVELS = {"1": "重点客户", "2": "普通客户", "3": "潜在客户"}
_SOURCES = {"1": "官网", "2": "展会", "3": "转介绍", "4": "陌拜"}
_DEAL_STATES = {"1": "未成交", "2": "已成交", "3": "多次成交"}
_STAGES = {"s1": "验证客户", "s2": "需求确认", "s3": "方案/报价", "s4": "谈判审核", "s5": "赢单", "s6": "输单"}
_STATES = {"1": "进行中", "2": "赢单", "3": "输单"}
_KINDS = {"1": "电话", "2": "拜访", "3": "会议", "4": "邮件", "5": "其他"}
_KIND_CODES = {"call": "1", "visit": "2", "meeting": "3", "email": "4"}
_OPERATIONS = {"claimed": "Choose", "assigned": "Allocate", "returned": "Return", "retaken": "TakeBack"}
_INDUSTRY_CODES = {industry: f"ind{place:02d}" for place, industry in enumerate(sorted(INDUSTRIES), start=1)}

CONTACT_LABELS = (
    "数据ID", "姓名（必填）", "客户ID", "客户名称（必填）", "职务", "手机", "电话", "邮件", "负责人（必填）", "负责人主属部门",
    "生命状态", "创建人", "创建时间", "最后修改时间",
)  # fmt: skip
DEAL_LABELS = (
    "数据ID", "商机名称（必填）", "客户ID", "客户名称（必填）", "商机阶段（必填）", "阶段状态", "商机金额（必填）", "赢率",
    "预计成交日期（必填）", "负责人（必填）", "负责人主属部门", "生命状态", "创建人", "创建时间", "最后修改时间",
)  # fmt: skip
PERSON_LABELS = ("用户ID", "姓名（必填）", "员工编号", "邮箱", "主属部门", "职位", "汇报对象", "启用状态")


def record_id(number: int) -> str:
    """_id of a customer."""
    return hex_id(1, number)


def contact_id(number: int) -> str:
    """_id of a contact."""
    return hex_id(2, number)


def deal_id(number: int) -> str:
    """_id of a deal."""
    return hex_id(3, number)


def lead_id(number: int) -> str:
    """_id of a lead."""
    return hex_id(4, number)


@lru_cache(maxsize=1024)
def user_id(rep_id: str) -> str:
    """Id of the employee that stands for a person."""
    return str(user_number(rep_id))


def territory_id(territory: str) -> str:
    """Fxiaoke has no object for sales territories: the department that works one."""
    return str(2000 + TERRITORY_BY_ID[territory].number)


def pool_id(territory: str | None) -> str:
    """_id of the public pool (公海) of a territory; without one, the country's."""
    return hex_id(6, TERRITORY_BY_ID[territory or _NO_TERRITORY].number)


def _department(rep_id: str, export: Export) -> str:
    return f"{TERRITORY_BY_ID[export.territory_of_rep(REP_BY_ID[rep_id])].chinese_name}销售部"


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else epoch_ms(moment)


def customer(record: Record, export: Export) -> dict[str, object]:
    """AccountObj (客户) at the end of a night."""
    changes = export.changes(record)
    deleted = export.is_deleted(record)
    modified = epoch_ms(export.modified_at(record))
    last_won = max((deal.decided_on for deal in record.deals if deal.is_won and deal.decided_on <= export.night), default=None)
    return {
        "_id": record_id(record.number),
        "name": record.name,
        "account_no": f"C{record.number:08d}",
        "account_type": "1",
        "account_level": str(spread(record.number, 3) + 1),
        "account_source": str(spread(record.number, 4) + 1),
        "industry_level1": _INDUSTRY_CODES.get(record.industry, record.industry),
        "tel": record.phone,
        "email": record.email,
        "url": record.website,
        "country": record.country,
        "province": record.region,
        "city": record.city,
        "district": record.district,
        "address": record.street,
        "uniform_social_credit_code": record.credit_code,
        **_held(record, changes, export),
        "deal_status": "2" if last_won else "1",
        "last_deal_closed_time": None if last_won is None else day_ms(last_won),
        "life_status": "invalid" if deleted else "normal",
        "life_status_before_invalid": "normal" if deleted else None,
        "invalid_time": epoch_ms(record.deleted_at) if deleted else None,
        "lock_status": "0",
        "last_followed_time": _ms(export.last_activity_at(record)),
        "parent_account_id": None if record.parent_number is None else record_id(record.parent_number),
        "record_type": "default__c",
        "remark": "",
        "created_by": [SYSTEM_USER],
        "create_time": epoch_ms(record.created_at),
        "last_modified_by": [SYSTEM_USER],
        "last_modified_time": modified,
        "is_deleted": False,
    }


def _held(record: Record, changes: list[tuple[OwnerSpan, OwnerSpan]], export: Export) -> dict[str, object]:
    """Who holds the customer, since when, and what the pool has to do with it."""
    span = changes[-1][1] if changes else record.owners[0]
    spans = [record.owners[0], *(after for _, after in changes)]
    returned = next((s for s in reversed(spans) if s.rep_id is None and s is not spans[0]), None)
    was_in_pool = any(s.rep_id is None or s.action == "claimed" for s in spans)
    claimed = span.since if span.rep_id and span.action in ("claimed", "assigned") else None
    owner = [] if span.rep_id is None else [user_id(span.rep_id)]
    team = [_member(rep, "1", can_write=True) for rep in owner]
    team += [_member(user_id(member.rep_id), "4", can_write=member.can_write) for member in record.members]
    return {
        "owner": owner,
        "owner__r": REP_BY_ID[span.rep_id].name if span.rep_id else None,
        "owner_department": _department(span.rep_id, export) if span.rep_id else None,
        "relevant_team": team,
        "high_seas_id": pool_id(export.territory_of(record)) if was_in_pool else None,
        "biz_status": "allocated" if span.rep_id else "un_allocated",
        "claimed_time": _ms(claimed),
        "expire_time": epoch_ms(claimed + _EXPIRES_AFTER) if claimed and was_in_pool else None,
        "returned_time": _ms(returned.since if returned else None),
        "back_reason": returned.reason if returned and returned.action == "returned" else None,
        "recycled_reason": returned.reason if returned else None,
        "transfer_count": len(changes),
        "owner_modified_time": epoch_ms(span.since),
    }


def _member(user: str, role: str, *, can_write: bool) -> dict[str, object]:
    return {"teamMemberEmployee": [user], "teamMemberRole": role, "teamMemberPermissionType": "2" if can_write else "1"}


def _inherited(of: dict[str, object]) -> dict[str, object]:
    """What a customer's contacts take over from it."""
    return {
        "account_id": of["_id"],
        "account_id__r": of["name"],
        "owner": of["owner"],
        "owner__r": of["owner__r"],
        "owner_department": of["owner_department"],
        "life_status": of["life_status"],
        "created_by": [SYSTEM_USER],
        "is_deleted": False,
    }


def contact(person: Contact, of: dict[str, object]) -> dict[str, object]:
    """ContactObj (联系人) of a customer."""
    return _inherited(of) | {
        "_id": contact_id(person.number),
        "name": person.name,
        "job_title": person.title,
        ("mobile" if spread(person.number, 2) else "tel"): person.phone,
        "email": person.email,
        "create_time": epoch_ms(person.created_at),
        "last_modified_time": epoch_ms(person.created_at),
    }


def contact_cells(found: dict) -> list[object]:
    """The same as a row of the workbook, in the order of CONTACT_LABELS."""
    return [
        found["_id"],
        found["name"],
        found["account_id"],
        found["account_id__r"],
        found["job_title"],
        found.get("mobile", ""),
        found.get("tel", ""),
        found["email"],
        found["owner__r"] or "",
        found["owner_department"] or "",
        "作废" if found["life_status"] == "invalid" else "正常",
        "系统",
        _minute(found["create_time"]),
        _minute(found["last_modified_time"]),
    ]


def deal(of: Deal, account: dict[str, object], export: Export) -> dict[str, object]:
    """NewOpportunityObj (商机2.0) of a customer at the end of a night."""
    closed = of.decided_on <= export.night
    stage = ("s5" if of.is_won else "s6") if closed else f"s{export.stage(of, 4) + 1}"
    return {
        "_id": deal_id(of.number),
        "name": of.name,
        "account_id": account["_id"] if of.names_account else None,
        "account_id__r": account["name"] if of.names_account else None,
        "sales_stage": stage,
        "sales_status": ("2" if of.is_won else "3") if closed else "1",
        "amount": f"{of.amount}.00",
        "probability": {"s5": "100", "s6": "0"}.get(stage, str(int(stage[1]) * 20)),
        "close_date": day_ms(of.decided_on),
        "owner": [user_id(of.rep_id)],
        "owner__r": REP_BY_ID[of.rep_id].name,
        "owner_department": account["owner_department"],
        "leads_id": None,
        "life_status": account["life_status"],
        "created_by": [user_id(of.rep_id)],
        "create_time": epoch_ms(of.opened_at),
        "last_modified_time": max(epoch_ms(of.opened_at), day_ms(of.decided_on)) if closed else epoch_ms(of.opened_at),
        "is_deleted": False,
    }


def deal_cells(found: dict) -> list[object]:
    """The same as a row of the workbook, in the order of DEAL_LABELS: amounts are numbers, the day is a date."""
    return [
        found["_id"],
        found["name"],
        found["account_id"] or "",
        found["account_id__r"] or "",
        _STAGES[found["sales_stage"]],
        _STATES[found["sales_status"]],
        float(found["amount"]),
        f"{found['probability']}%",
        date.fromisoformat(_minute(found["close_date"])[:10]),
        found["owner__r"],
        found["owner_department"] or "",
        "作废" if found["life_status"] == "invalid" else "正常",
        found["owner__r"],
        _minute(found["create_time"]),
        _minute(found["last_modified_time"]),
    ]


def _minute(milliseconds: int) -> str:
    """`2026-06-30 16:15`, in Beijing: what the screens show."""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(" ")[:16]


_EPOCH = datetime.fromisoformat("1970-01-01T08:00:00")  # on Beijing's clock


def activity(done: Activity, account: dict[str, object]) -> dict[str, object]:
    """ActiveRecordObj (销售记录) about a customer."""
    doer = user_id(done.rep_id)
    return {
        "_id": hex_id(5, done.number),
        "account_id": account["_id"],
        "account_id__r": account["name"],
        "new_opportunity_id": None,
        "active_record_content": done.subject,
        "interactive_types": _KIND_CODES.get(done.kind, "5"),
        "owner": [doer],
        "owner__r": REP_BY_ID[done.rep_id].name,
        "created_by": [doer],
        "create_time": epoch_ms(done.happened_at),
        "last_modified_time": epoch_ms(done.happened_at),
        "life_status": "normal",
        "is_deleted": False,
    }


def lead(of: Lead, export: Export) -> dict[str, object]:
    """LeadsObj (线索) at the end of a night."""
    span = export.span(of)
    converted = of.converted_at is not None and of.converted_at < export.end
    modified = max(span.since, of.created_at, of.converted_at if converted else of.created_at)
    return {
        "_id": lead_id(of.number),
        "name": of.name,
        "company": of.company_name,
        "tel": of.phone,
        "email": of.email,
        "country": of.country,
        "province": of.region,
        "city": of.city,
        "address": "",
        "source": of.source,
        "leads_pool_id": None if span.rep_id else hex_id(7, 1),
        "leads_stage": "transformed" if converted else "processing",
        "biz_status": "transformed" if converted else "processed" if span.rep_id else "un_assigned",
        "assigned_time": epoch_ms(span.since) if span.rep_id else None,
        "owner_change_time": epoch_ms(span.since),
        "transform_time": epoch_ms(of.converted_at) if converted else None,
        "account_id": record_id(of.converted_to) if converted and of.converted_to is not None else None,
        "owner": [user_id(span.rep_id)] if span.rep_id else [],
        "owner__r": REP_BY_ID[span.rep_id].name if span.rep_id else None,
        "life_status": "normal",
        "created_by": [SYSTEM_USER],
        "create_time": epoch_ms(of.created_at),
        "last_modified_time": epoch_ms(modified),
        "is_deleted": False,
    }


def person_cells(rep: Rep, export: Export) -> list[object]:
    """PersonnelObj (人员) as a row of the workbook, in the order of PERSON_LABELS. The leader is a name."""
    here = {user.rep_id for user in export.company.users(export.system)}
    return [
        user_id(rep.rep_id),
        rep.name,
        rep.rep_id,
        rep.user_name,
        _department(rep.rep_id, export),
        "销售总监" if rep.role == "manager" else "销售",
        REP_BY_ID[rep.manager].name if rep.manager in here else "",
        "停用" if export.has_left(rep.rep_id) else "启用",
    ]


def log(record: Record, account: dict[str, object], export: Export) -> Iterator[dict[str, object]]:
    """crmLog (CRM修改日志): the changes of owner, and now and then another field."""
    common = {"objectApiName": "AccountObj", "dataId": account["_id"], "dataName": account["name"]}
    if spread(record.number, 7) == 0 and record.phone and record.changed_at < export.end:
        yield common | {
            "logId": hex_id(8, record.number * 256),
            "fieldApiName": "tel",
            "oldValue": earlier_phone(record.phone),
            "newValue": record.phone,
            "operatorId": SYSTEM_USER,
            "operateTime": epoch_ms(record.changed_at),
            "operation": "Edit",
        }
    for place, (before, after) in enumerate(export.changes(record), start=1):
        yield common | {
            "logId": hex_id(8, record.number * 256 + place),
            "fieldApiName": "owner",
            "oldValue": user_id(before.rep_id) if before.rep_id else "",
            "newValue": user_id(after.rep_id) if after.rep_id else "",
            "operatorId": user_id(after.actor) if after.actor else SYSTEM_USER,
            "operateTime": epoch_ms(after.since),
            "operation": _OPERATIONS.get(after.action, "ChangeOwner"),
            "reason": after.reason,
        }


def describe() -> str:
    """What the option codes mean, field by field."""
    industries = {code: industry for industry, code in _INDUSTRY_CODES.items()}
    fields = (
        ("AccountObj", "account_level", "客户级别", _LEVELS),
        ("AccountObj", "account_source", "客户来源", _SOURCES),
        ("AccountObj", "account_type", "客户类型", {"1": "终端客户", "2": "经销商"}),
        ("AccountObj", "industry_level1", "1级行业", industries),
        ("AccountObj", "deal_status", "成交状态", _DEAL_STATES),
        ("AccountObj", "biz_status", "分配状态", {"un_allocated": "未分配", "allocated": "已分配"}),
        ("AccountObj", "life_status", "生命状态", {"normal": "正常", "invalid": "作废"}),
        ("NewOpportunityObj", "sales_stage", "商机阶段", _STAGES),
        ("NewOpportunityObj", "sales_status", "阶段状态", _STATES),
        ("ActiveRecordObj", "interactive_types", "互动类型", _KINDS),
    )
    found = [
        {"describeApiName": object_, "apiName": name, "label": label, "options": [{"value": v, "label": text} for v, text in known.items()]}
        for object_, name, label, known in fields
    ]
    return json.dumps({"errorCode": 0, "data": {"fieldList": found}}, ensure_ascii=False, indent=1) + "\n"
