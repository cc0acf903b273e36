"""The objects of Yonyou (用友 YonBIP) as its open API writes them.

Here: ids, one function per object. Not here: files and pages (yonyou.py), which also says what is a guess.
"""

from collections.abc import Iterator
from functools import lru_cache

from ingest.demo.formats.writing import TERRITORY_BY_ID, Export, beijing_text, spread, user_number
from ingest.demo.organisation import REP_BY_ID
from ingest.demo.words import INDUSTRIES
from ingest.demo.world import Activity, Deal, Lead, Order, Payment, Record

_KINDS = {"merchant": 11, "oppt": 13, "clue": 14, "assign": 15, "follow": 16, "order": 17, "collection": 18, "staff": 19, "area": 20}
_INDUSTRY_CODES = {industry: f"I{place:02d}" for place, industry in enumerate(sorted(INDUSTRIES), start=1)}
_CURRENCIES = {"CNY": ("1500100000000011", "人民币"), "USD": ("1500100000000012", "美元"), "EUR": ("1500100000000013", "欧元")}
_METHODS = {"call": "电话", "visit": "拜访", "meeting": "会议", "email": "邮件", "task": "任务"}
_ACTIONS = {"claimed": "领取", "returned": "退回", "retaken": "收回"}
_CLUE_POOL = "1500400000000041"
ORG = {"org": "1500200000000021", "org_name": "海文仪器（中国）"}


def yonyou_id(kind: str, number: int) -> str:
    """An id of 17 digits, never a zero at the end (which would look like a number that Excel rounded)."""
    return f"15{_KINDS[kind]}{number + 1:012d}{number % 9 + 1}"


def record_id(number: int) -> str:
    """Id of a customer (merchant)."""
    return yonyou_id("merchant", number)


def lead_id(number: int) -> str:
    """Id of a clue (线索)."""
    return yonyou_id("clue", number)


def deal_id(number: int) -> str:
    """Id of a deal."""
    return yonyou_id("oppt", number)


def order_code(number: int) -> str:
    """Code of an order, by which a collection names it."""
    return f"SO{number + 1:010d}"


@lru_cache(maxsize=1024)
def user_id(rep_id: str) -> str:
    """Id of the staff member that stands for a person."""
    return yonyou_id("staff", user_number(rep_id))


@lru_cache(maxsize=1024)
def territory_id(territory: str) -> str:
    """Id of a sales area (销售区域)."""
    return yonyou_id("area", TERRITORY_BY_ID[territory].number)


def of(prefix: str, rep_id: str | None) -> dict[str, object]:
    return {prefix: user_id(rep_id) if rep_id else None, f"{prefix}_name": REP_BY_ID[rep_id].name if rep_id else None}


def _money(currency: str, prefix: str = "currency") -> dict[str, object]:
    id_, name = _CURRENCIES.get(currency, ("", currency))
    return {prefix: id_, f"{prefix}_name": name, f"{prefix}_code": currency}


def _area(territory: str | None, prefix: str = "saleArea") -> dict[str, object]:
    name = TERRITORY_BY_ID[territory].chinese_name if territory else None
    return {prefix: territory_id(territory) if territory else None, f"{prefix}_name": name}


def principal(rep_id: str | None, *, default: bool) -> dict[str, object]:
    return of("professSalesman", rep_id) | {"isDefault": default}


def merchant(record: Record, export: Export) -> dict[str, object]:
    deleted, territory = export.is_deleted(record), export.territory_of(record)
    modified = beijing_text(export.modified_at(record))
    principals = [principal(member.rep_id, default=False) for member in record.members]
    # Not always the first of the list: whoever reads the first gets somebody else.
    principals.insert(spread(record.number, len(principals) + 1), principal(export.span(record).rep_id, default=True))
    whole = "".join((record.region, record.city if record.city != record.region else "", record.district, record.street))
    return {
        "id": record_id(record.number),
        "code": f"CUST{record.number:08d}",
        "name": {"zh_CN": record.name, "en_US": record.english_name or None},
        "shortname": {"zh_CN": record.short_name or None},
        "creditCode": record.credit_code or None,
        "transType": "1500300000000031",
        "transType_name": "一般客户",
        "customerClass": str(spread(record.number, 3) + 1),
        "customerClass_name": ("战略客户", "重点客户", "普通客户")[spread(record.number, 3)],
        "customerIndustry": _INDUSTRY_CODES.get(record.industry),
        "customerIndustry_name": record.industry or None,
        "customerLevel": None,
        "country": "CN" if record.country else None,
        "country_name": record.country or None,
        "regionCode": None,
        "address": whole or None,
        "longitude": None,
        "latitude": None,
        "peopleNum": record.employee_count,
        "yearMoney": record.annual_revenue,
        "money": None,
        "parentCustomer": None if record.parent_number is None else record_id(record.parent_number),
        "createOrg": ORG["org"],
        "createOrg_name": ORG["org_name"],
        "contactName": record.contacts[0].name if record.contacts else None,
        "contactTel": record.phone or None,
        "website": record.website or None,
        "principals": principals,
        "customerAreas": [] if territory is None else [_area(territory, "saleAreaId") | {"isDefault": True}],
        "merchantDetailForCRM": {"highSeas": None, "sourceOfTheHighSeas": None},
        "stopstatus": deleted,
        "stoptime": beijing_text(record.deleted_at) if deleted else None,
        "dr": 0,
        "createTime": beijing_text(record.created_at),
        "modifyTime": modified,
        "pubts": modified,
    }


def deal(deal: Deal, record: Record, export: Export) -> dict[str, object]:
    closed = deal.decided_on <= export.night
    modified = max(f"{deal.decided_on} 18:00:00", beijing_text(deal.opened_at)) if closed else beijing_text(deal.opened_at)
    won = closed and deal.is_won
    return {
        "id": deal_id(deal.number),
        "code": f"OPPT{deal.number:08d}",
        "name": deal.name,
        "customer": record_id(record.number) if deal.names_account else None,
        "customer_name": record.name if deal.names_account else None,
        **of("ower", deal.rep_id),
        **ORG,
        **_area(export.territory_of(record)),
        "opptDate": beijing_text(deal.opened_at)[:10],
        "opptState": "3" if closed else "0",
        "winLoseOrderState": ("0" if won else "1") if closed else "2",
        "opptStage": "4" if closed else str(spread(deal.number, 3) + 1),
        "opptStage_name": "关闭" if closed else ("需求", "方案", "谈判")[spread(deal.number, 3)],
        "winningRate": (100 if won else 0) if closed else 50,
        "expectSignMoney": deal.amount,
        "expectSignDate": deal.decided_on.isoformat(),
        "winOrderMoney": deal.amount if won else None,
        "winOrderDate": deal.decided_on.isoformat() if won else None,
        "loseOrderReason": "价格" if closed and not won else None,
        **_money(record.currency),
        **_money("CNY", "natCurrency"),
        "exchRate": 1,
        "createTime": beijing_text(deal.opened_at),
        "modifyTime": modified,
        "pubts": modified,
        "dr": 0,
    }


def follow_up(activity: Activity, record: Record) -> dict[str, object]:
    happened = beijing_text(activity.happened_at)
    return {
        "id": yonyou_id("follow", activity.number),
        "code": f"FU{activity.number:010d}",
        "followTime": happened,
        "followMethodDoc": activity.kind,
        "followMethodDoc_name": _METHODS.get(activity.kind, "其他"),
        "followContext": activity.subject,
        "customer": record_id(record.number),
        "customer_name": record.name,
        "oppt": None,
        "clue": None,
        "contact": None,
        **of("ower", activity.rep_id),
        "createTime": happened,
        "pubts": happened,
        "dr": 0,
    }


def order(order: Order, record: Record) -> dict[str, object]:
    return {
        "id": yonyou_id("order", order.number),
        "code": order_code(order.number),
        "vouchdate": f"{order.ordered_on} 00:00:00",
        "agentId": record_id(record.number),
        "agentId_name": record.name,
        **of("corpContact", order.rep_id),
        "oriSum": order.amount,
        "natSum": order.amount,
        **_money(record.currency),
        **_money("CNY", "natCurrency"),
        "exchRate": 1,
        "nextStatusName": "DELIVERGOODS",
        "verifystate": 2,
        "pubts": f"{order.ordered_on} 10:00:00",
        "dr": 0,
    }


def collection(payment: Payment, order: Order, record: Record) -> dict[str, object]:
    return {
        "id": yonyou_id("collection", payment.number),
        "code": f"SK{payment.number:010d}",
        "customer": record_id(record.number),
        "customer_name": record.name,
        "oriSum": payment.amount,
        "natSum": payment.amount,
        "balance": 0,
        **_money(record.currency),
        **_money("CNY", "natCurrency"),
        "exchRate": 1,
        "vouchdate": f"{payment.paid_on} 00:00:00",
        "orderno": order_code(order.number),
        "writeoffstatus": "2",
        "auditstatus": "1",
        **of("operator", order.rep_id),
        "pubts": f"{payment.paid_on} 17:00:00",
        "dr": 0,
    }


def clue(lead: Lead, export: Export) -> dict[str, object]:
    span, changes = export.span(lead), export.changes(lead)
    converted = lead.converted_at is not None and lead.converted_at < export.end
    modified = beijing_text(max(span.since, lead.created_at, lead.converted_at if converted else lead.created_at))
    returned = next((after for _, after in reversed(changes) if after.rep_id is None), None)
    return {
        "id": lead_id(lead.number),
        "code": f"CLUE{lead.number:08d}",
        "name": lead.name,
        "companyName": lead.company_name,
        "contactPerson": lead.name,
        "phone": lead.phone or None,
        "mailbox": lead.email or None,
        "provinceName": lead.region or None,
        "cityName": lead.city or None,
        "address": None,
        "industry": None,
        "status": "3" if converted else "1" if span.rep_id else "0",
        **of("ower", span.rep_id),
        **ORG,
        "clueHighSeasId": None if span.rep_id else _CLUE_POOL,
        "clueSource_name": lead.source,
        "inSeasCount": sum(after.rep_id is None for _, after in changes),
        "owerChangeTime": beijing_text(span.since),
        "returnTime": beijing_text(returned.since) if returned else None,
        "returnReason": returned.reason if returned else None,
        "conversionTime": beijing_text(lead.converted_at) if converted else None,
        "transCustomer": record_id(lead.converted_to) if converted and lead.converted_to is not None else None,
        "createTime": beijing_text(lead.created_at),
        "pubts": modified,
        "dr": 0,
    }


def assignments(lead: Lead, export: Export) -> Iterator[dict[str, object]]:
    for before, after in export.changes(lead):
        moment = beijing_text(after.since)
        yield {
            "clue": lead_id(lead.number),
            "clue_name": lead.name,
            "action": _ACTIONS.get(after.action, "分配"),
            **of("assignor", after.actor),
            **of("originalOwer", before.rep_id),
            **of("receiver", after.rep_id),
            "clueHighSeasId": None if before.rep_id and after.rep_id else _CLUE_POOL,
            "returnReason": after.reason if after.rep_id is None else None,
            "retakeRule": after.reason if after.action == "retaken" else None,
            "staffReceiveTime": moment if after.rep_id else None,
            "staffTransferTime": moment if before.rep_id else None,
            "createTime": moment,
            "pubts": moment,
        }
