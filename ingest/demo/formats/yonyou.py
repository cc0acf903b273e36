"""The fictional company's Yonyou (用友 YonBIP): what its open API returns page by page. It is the ERP: orders and payments are here.

Here: merchants, sales areas, staff, deals, clues and their assignments, follow-ups, orders and collections as JSON; ids of 17 digits,
names as objects of languages, times of Beijing as text. Not here: the mapping (sources/yonyou/source.yml).

The owner of a customer is its default principal (principals, isDefault), not always the first of the list, and has no date: a change
shows by comparing two nights. Clues have a history of their own (clueAssignRecord). A customer that was given up has stopstatus true.
Sales areas come as a flat list with `parent`, not as a tree. Guesses: the fields of the orders' list (voucherorder), currency_code,
mainJobList of staff, the actions of clueAssignRecord.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ingest.demo.formats import yonyou_objects as objects
from ingest.demo.formats.writing import TERRITORY_BY_ID, Export, JsonSpool, Spools, Write, twice_or_corrected
from ingest.demo.formats.yonyou_objects import deal_id, lead_id, order_code, record_id, territory_id, user_id
from ingest.demo.world import Record

__all__ = ["FLAGS_DELETION", "SYSTEM", "deal_id", "files", "lead_id", "order_code", "record_id", "territory_id", "user_id"]

SYSTEM = "yonyou"
FLAGS_DELETION = True
"""A deleted customer stays in the export with stopstatus, unless it was removed for good."""

_PAGE_SIZE = 500  # what the list APIs return at most


class _Files(NamedTuple):
    """What one pass over the company fills. `early`: the customers as a first, incomplete export has them."""

    merchants: JsonSpool
    early: JsonSpool
    deals: JsonSpool
    clues: JsonSpool
    assignments: JsonSpool
    follow_ups: JsonSpool
    orders: JsonSpool
    collections: JsonSpool
    staff: JsonSpool
    areas: JsonSpool


def files(export: Export, spools: Spools) -> Iterator[tuple[str, Write]]:
    """The night's files, as formats.exports gives them."""
    filled = _Files(*(spools.json(_around, page_size=_PAGE_SIZE) for _ in _Files._fields))
    _fill(export, filled)
    if filled.merchants.count:
        yield from twice_or_corrected("merchant_newlist.json", export, filled.merchants.copy_to, filled.early.copy_to)
    for name, spool in (
        ("salearea_newtree", filled.areas),
        ("staff", filled.staff),
        ("oppt_list", filled.deals),
        ("clue_list", filled.clues),
        ("clueAssignRecord", filled.assignments),
        ("followup_list", filled.follow_ups),
        ("voucherorder_list", filled.orders),
        ("collection_list", filled.collections),
    ):
        if spool.count:
            yield f"{name}.json", spool.copy_to


def _around(total: int, number: int) -> tuple[str, str]:
    pages = -(-total // _PAGE_SIZE)
    data = f'{{"pageIndex":{number},"pageSize":{_PAGE_SIZE},"recordCount":{total},"pageCount":{pages},"recordList":'
    return f'{{"code":"200","message":"操作成功","data":{data}', "}}"


def _fill(export: Export, files: _Files) -> None:
    first: dict[str, object] | None = None
    for record in export.records(flags_deletion=FLAGS_DELETION):
        merchant = objects.merchant(record, export)
        first = first or merchant
        for file in export.files_for(record, files.merchants, files.early):
            file.record(merchant)
        for deal in export.deals(record):
            files.deals.record(objects.deal(deal, record, export))
        for activity in export.activities(record):
            files.follow_ups.record(objects.follow_up(activity, record))
        _write_money(record, export, files)
    if "garbled" in export.faults and first is not None:
        files.merchants.record(
            {"name": {"zh_CN": "导入 0419 第17行"}, "stopstatus": False, "principals": [objects.principal(None, default=True)]}
        )
        files.merchants.record(first | {"name": {"zh_CN": f"{first['name']['zh_CN']}（旧）"}})
    for lead in export.leads():
        files.clues.record(objects.clue(lead, export))
        for step, assignment in enumerate(objects.assignments(lead, export)):
            files.assignments.record({"id": objects.yonyou_id("assign", lead.number * 64 + step)} | assignment)
    _write_people(export, files)


def _write_money(record: Record, export: Export, files: _Files) -> None:
    for order in record.orders:
        if order.ordered_on <= export.night:
            files.orders.record(objects.order(order, record))
            for payment in order.payments:
                if payment.paid_on <= export.night:
                    files.collections.record(objects.collection(payment, order, record))


def _write_people(export: Export, files: _Files) -> None:
    reps = list(export.company.users(SYSTEM))
    here = {rep.rep_id for rep in reps}
    for rep in reps:
        territory = TERRITORY_BY_ID[export.territory_of_rep(rep)]
        left = export.company.leaves(rep.rep_id) if export.has_left(rep.rep_id) else None
        boss = rep.manager if rep.manager in here else None
        files.staff.record(
            {
                "id": user_id(rep.rep_id),
                "code": rep.rep_id,
                "name": rep.name,
                "mobile": None,
                "email": rep.user_name,
                "dept_id": f"15003000000000{territory.number:02d}1",
                "dept_id_name": f"{territory.chinese_name}销售部",
                "mainJobList": [{**objects.of("director", boss), "begindate": "2024-11-04", "enddate": left.isoformat() if left else None}],
                "enable": 2 if left else 1,
                "dr": 0,
                "pubts": f"{left or '2024-11-04'} 09:00:00",
            }
        )
    parents = {territory.parent for territory in export.territories()}
    for order, territory in enumerate(export.territories(), start=1):
        files.areas.record(
            {
                "id": territory_id(territory.territory_id),
                "code": territory.territory_id,
                "name": {"zh_CN": territory.chinese_name, "en_US": territory.name},
                "parent": territory_id(territory.parent) if territory.parent else None,
                "path": "|".join(_path(territory.territory_id)) + "|",
                "level": len(_path(territory.territory_id)),
                "isEnd": territory.territory_id not in parents,
                "orgId": objects.ORG["org"],
                "order": order,
                "stopstatus": False,
                "stoptime": None,
            }
        )


def _path(territory: str) -> list[str]:
    above = TERRITORY_BY_ID[territory].parent
    return [*(_path(above) if above else []), territory_id(territory)]
