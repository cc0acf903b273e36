"""The record and the warehouse: what is on disk is loaded before a night, what a night adds is recorded after its checks.

Here: bringing record.* up to the files, adding a night. Not here: files and hashes (store.py, chain.py), which events a night has
(dbt_project, marts/ownership).
"""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from ingest.record.store import EVENTS, NIGHTS, Head, RecordStore
from ingest.record_tables import EVENT_COLUMNS
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

_NEWS = "marts.fct_ownership_events"
_BASIS = "intermediate.int_ownership__basis"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a night added: `added` events, of `rows` in all, and where the record ends now. `night` 0: nothing was to be recorded."""

    night: int
    added: int
    head: Head


def load_record(warehouse: Warehouse, store: RecordStore) -> int:
    """Bring record.nights and record.ownership_events up to what is on disk; returns the number of nights that were read.

    Nights that stand in the warehouse already, with the same seal, are not read again. Raises RecordBroken where the files are not what
    was written; the warehouse is then left as it was.
    """
    nights = store.nights()
    known = warehouse.read("record.nights").to_pylist()
    is_behind = len(known) <= len(nights) and all(row["seal"] == night["seal"] for row, night in zip(known, nights, strict=False))
    counted = warehouse.query("select count(*) as n from record.ownership_events").column("n")[0].as_py() if known else 0
    is_behind = is_behind and counted == sum(row["row_count"] for row in known)
    new = nights[len(known) :] if is_behind else nights
    if not new and is_behind:
        return 0
    events = [store.events(night) for night in new]
    with warehouse.transaction():
        if not is_behind:
            warehouse.replace("record.ownership_events", EVENTS.arrow_schema.empty_table())
            warehouse.replace("record.nights", NIGHTS.arrow_schema.empty_table())
        for table in events:
            warehouse.append("record.ownership_events", table)
        warehouse.append("record.nights", pa.Table.from_pylist(new, schema=NIGHTS.arrow_schema))
    return len(new)


def record_night(warehouse: Warehouse, store: RecordStore, *, as_of_date: date, rules_version: str) -> Recorded:
    """Record what the marts of this night add, first on disk and then in the warehouse.

    A past day adds nothing: it is told from the record, or, where it never was recorded, without becoming part of it. Nor does a second
    refresh of one day that found nothing new. A refresh that dies in here leaves the record as it was or with this night; the next one adds
    what lacks.
    """
    head = store.head()
    if head.recorded_on is not None and as_of_date < head.recorded_on:
        return Recorded(night=0, added=0, head=head)
    wanted = ", ".join(column.name for column in EVENT_COLUMNS)
    news = warehouse.query(
        f"select {wanted} from {_NEWS} where sequence is null "
        "order by customer_id, role, known_on, happened_on, kind desc, withdrawn_event_id nulls first, event_id"
    )
    if head.recorded_on == as_of_date and not news.num_rows:
        return Recorded(night=0, added=0, head=head)
    night, events = store.add_night(as_of_date, rules_version, news)
    basis = warehouse.query(f"select customer_id, basis, date '{as_of_date}' as recorded_on from {_BASIS}")
    with warehouse.transaction():
        warehouse.append("record.ownership_events", events)
        warehouse.append("record.nights", pa.Table.from_pylist([night], schema=NIGHTS.arrow_schema))
        warehouse.replace("record.ownership_basis", basis.cast(TABLES["record.ownership_basis"].arrow_schema))
    return Recorded(night=night["night"], added=events.num_rows, head=store.head())
