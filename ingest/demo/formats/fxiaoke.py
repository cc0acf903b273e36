"""The fictional company's Fxiaoke (纷享销客): pages of its OpenAPI, and what people export from its screens as workbooks.

Here: AccountObj, LeadsObj, ActiveRecordObj, describe and crmLog as JSON (24-digit ids, milliseconds, owners as lists, option codes);
contacts, deals and people as workbooks with Chinese labels, in which an owner is a name. A workbook of 100,000 rows or more cannot be
exported from a screen: contacts and deals then come as JSON too (ContactObj, NewOpportunityObj).
Not here: the mapping (sources/fxiaoke/source.yml), the shape of one object (fxiaoke_objects.py).

A deleted customer stays in the export with life_status `invalid` (作废). An empty owner means that it lies in the public pool (公海).
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from json import loads
from typing import NamedTuple

from ingest.demo.formats import fxiaoke_objects as objects
from ingest.demo.formats.fxiaoke_objects import contact_id, deal_id, lead_id, pool_id, record_id, territory_id, user_id
from ingest.demo.formats.workbook import workbook_of
from ingest.demo.formats.writing import Export, JsonSpool, Spools, Write, twice_or_corrected

__all__ = ["FLAGS_DELETION", "SYSTEM", "contact_id", "deal_id", "files", "lead_id", "pool_id", "record_id", "territory_id", "user_id"]

SYSTEM = "fxiaoke"
FLAGS_DELETION = True
"""A deleted customer stays in the export as invalid (作废), unless it was removed for good."""

MAX_SHEET_ROWS = 100_000  # 2026-11-22: a screen exports no more, and a larger workbook would take minutes to write
_PAGE_SIZE = 100  # what a query returns at most


class _Files(NamedTuple):
    """What one pass over the company fills. `early`: the customers as a first, incomplete export has them."""

    customers: JsonSpool
    early: JsonSpool
    contacts: JsonSpool
    deals: JsonSpool
    activities: JsonSpool
    log: JsonSpool
    leads: JsonSpool


def files(export: Export, spools: Spools) -> Iterator[tuple[str, Write]]:
    """The night's files, as formats.exports gives them."""
    filled = _Files(*(spools.json(_around, page_size=_PAGE_SIZE) for _ in _Files._fields))
    _fill(export, filled)
    if filled.customers.count:
        yield from twice_or_corrected("AccountObj.json", export, filled.customers.copy_to, filled.early.copy_to)
    for name, spool in (("LeadsObj", filled.leads), ("ActiveRecordObj", filled.activities), ("crmLog", filled.log)):
        if spool.count:
            yield f"{name}.json", spool.copy_to
    yield from _screen_or_api(
        "联系人", "ContactObj", filled.contacts, objects.CONTACT_LABELS, objects.contact_cells, export.night, largest=MAX_SHEET_ROWS
    )
    yield from _screen_or_api(
        "商机2.0", "NewOpportunityObj", filled.deals, objects.DEAL_LABELS, objects.deal_cells, export.night, largest=MAX_SHEET_ROWS
    )
    people = [objects.person_cells(rep, export) for rep in export.company.users(SYSTEM)]
    yield "人员对象导出结果.xlsx", workbook_of("人员数据", objects.PERSON_LABELS, lambda: people, export.night)
    yield "describe.json", lambda stream: stream.write(objects.describe().encode())


def _around(total: int, number: int) -> tuple[str, str]:
    offset = (number - 1) * _PAGE_SIZE
    data = f'{{"total":{total},"offset":{offset},"limit":{_PAGE_SIZE},"dataList":'
    return f'{{"errorCode":0,"errorMessage":"OK","data":{data}', "}}"


def _screen_or_api(
    label: str,
    api_name: str,
    spool: JsonSpool,
    labels: Sequence[str],
    cells: Callable[[dict], Sequence[object]],
    night: date,
    *,
    largest: int,
) -> Iterator[tuple[str, Write]]:
    if spool.count >= largest:
        yield f"{api_name}.json", spool.copy_to
    else:
        rows = lambda: (cells(loads(line)) for line in spool.lines())  # noqa: E731
        yield f"{label}对象导出结果.xlsx", workbook_of(f"{label}数据", labels, rows, night)


def _fill(export: Export, files: _Files) -> None:
    first: dict[str, object] | None = None
    for record in export.records(flags_deletion=FLAGS_DELETION):
        customer = objects.customer(record, export)
        first = first or customer
        for file in export.files_for(record, files.customers, files.early):
            file.record(customer)
        for contact in export.contacts(record):
            files.contacts.record(objects.contact(contact, customer))
        for deal in export.deals(record):
            files.deals.record(objects.deal(deal, customer, export))
        for activity in export.activities(record):
            files.activities.record(objects.activity(activity, customer))
        for change in objects.log(record, customer, export):
            files.log.record(change)
    if "garbled" in export.faults and first is not None:
        files.customers.record({"name": "import 0419 line 17", "owner": [objects.SYSTEM_USER]})
        files.customers.record(first | {"name": f"{first['name']} (old)"})
    for lead in export.leads():
        files.leads.record(objects.lead(lead, export))
