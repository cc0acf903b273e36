"""The record and the warehouse: what is on disk is loaded before a night, what a night adds is recorded after its checks.

Here: bringing record.* up to the files, adding a night. Not here: files and hashes (store.py, chain.py), which events a night has
(dbt_project, marts/ownership), what it adds to which journal (journals.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from ingest.program import program_sha256
from ingest.record.journals import JOURNALS, Journal
from ingest.record.seals import journals_of
from ingest.record.store import EVENTS, NIGHTS, Head, RecordStore
from ingest.record_tables import EVENT_COLUMNS
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

_NEWS = "marts.fct_ownership_events"
_JUDGES = ("dbt_project/models", "dbt_project/macros")
# What the next night need not work out again, where nothing has changed. Lost with the warehouse, it is worked out anew.
_REMEMBERED = {
    "record.ownership_basis": """
        select customer_id, basis, context, '{judged_by}' as judged_by, date '{as_of_date}' as recorded_on
        from intermediate.int_ownership__grounds
    """,
    "record.ownership_conflicts": "select * from marts.fct_ownership_conflicts",
}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a night added: `added` events, of `rows` in all, and where the record ends now. `night` 0: nothing was to be recorded."""

    night: int
    added: int
    head: Head


def load_record(warehouse: Warehouse, store: RecordStore, *, journals: tuple[Journal, ...] = JOURNALS) -> int:
    """Bring record.nights, record.ownership_events and the tables of the journals up to what is on disk; returns the number of nights
    that were read.

    Nights that stand in the warehouse already, with the same seal, are not read again. Raises RecordBroken where the files are not what
    was written; the warehouse is then left as it was. Where another version of the program judged last, everybody is judged tonight.
    """
    _forget_another_judge(warehouse)
    nights = store.nights()
    known = warehouse.read("record.nights").to_pylist()
    is_behind = len(known) <= len(nights) and all(row["seal"] == night["seal"] for row, night in zip(known, nights, strict=False))
    is_behind = is_behind and all(_count(warehouse, name) == rows for name, rows in _rows_by_table(known, journals).items())
    new = nights[len(known) :] if is_behind else nights
    if not new and is_behind:
        return 0
    events = [store.events(night) for night in new]
    added = ((journal, night["night"], store.journal(night, journal.name, journal.file_schema)) for journal in journals for night in new)
    with warehouse.transaction():
        if not is_behind:
            warehouse.replace("record.ownership_events", EVENTS.arrow_schema.empty_table())
            warehouse.replace("record.nights", NIGHTS.arrow_schema.empty_table())
            for journal in journals:
                warehouse.replace(journal.table.name, journal.table.arrow_schema.empty_table())
        for table in events:
            warehouse.append("record.ownership_events", table)
        _append(warehouse, added)
        warehouse.append("record.nights", pa.Table.from_pylist(new, schema=NIGHTS.arrow_schema))
    return len(new)


def _forget_another_judge(warehouse: Warehouse) -> None:
    """Forget what ownership rested on besides observations, where other models judged it: else a mended rule would count for those alone
    for whom something happens to change. Their observations stay known, so that no past night is judged anew."""
    judge = program_sha256(*_JUDGES)
    if not warehouse.exists("record.ownership_basis"):
        return
    (found,) = warehouse.query(f"select count(*) as n from record.ownership_basis where judged_by is distinct from '{judge}'").to_pylist()
    if found["n"]:
        with warehouse.transaction() as connection:
            connection.execute("update record.ownership_basis set context = -1, judged_by = ?", [judge])


def record_night(
    warehouse: Warehouse, store: RecordStore, *, as_of_date: date, rules_version: str, journals: tuple[Journal, ...] = JOURNALS
) -> Recorded:
    """Record what the marts of this night add, first on disk and then in the warehouse.

    A past day adds nothing: it is told from the record, or, where it never was recorded, without becoming part of it. Nor does a second
    refresh of one day that found nothing new, neither an event nor a row of a journal. A refresh that dies in here leaves the record as it
    was or with this night; the next one adds what lacks.
    """
    head = store.head()
    if head.recorded_on is not None and as_of_date < head.recorded_on:
        return Recorded(night=0, added=0, head=head)
    wanted = ", ".join(column.name for column in EVENT_COLUMNS)
    news = warehouse.query(
        f"select {wanted} from {_NEWS} where sequence is null "
        "order by customer_id, role, known_on, happened_on, kind desc, withdrawn_event_id nulls first, event_id"
    )
    noted = {journal.name: warehouse.query(journal.news).cast(journal.file_schema) for journal in journals}
    if head.recorded_on == as_of_date and not news.num_rows and not any(rows.num_rows for rows in noted.values()):
        return Recorded(night=0, added=0, head=head)
    night, events = store.add_night(as_of_date, rules_version, news, noted)
    described = {"as_of_date": as_of_date, "judged_by": program_sha256(*_JUDGES)}
    remembered = {name: warehouse.query(query.format(**described)) for name, query in _REMEMBERED.items()}
    with warehouse.transaction():
        warehouse.append("record.ownership_events", events)
        _append(warehouse, ((journal, night["night"], noted[journal.name]) for journal in journals))
        warehouse.append("record.nights", pa.Table.from_pylist([night], schema=NIGHTS.arrow_schema))
        for name, rows in remembered.items():
            warehouse.replace(name, rows.cast(TABLES[name].arrow_schema))
    return Recorded(night=night["night"], added=events.num_rows, head=store.head())


def _append(warehouse: Warehouse, added: Iterable[tuple[Journal, int, pa.Table]]) -> None:
    for journal, night, rows in added:
        if rows.num_rows:
            warehouse.append(journal.table.name, journal.placed(rows, night))


def _rows_by_table(known: list[dict], journals: tuple[Journal, ...]) -> dict[str, int]:
    """How many rows the tables of the record must have, by what the nights say that the warehouse knows."""
    files = [file for night in known for file in journals_of(night)]
    by_journal = {journal.table.name: sum(file.rows for file in files if file.name == journal.name) for journal in journals}
    return {"record.ownership_events": sum(night["row_count"] for night in known)} | by_journal


def _count(warehouse: Warehouse, name: str) -> int:
    if not warehouse.exists(name):
        return 0
    return warehouse.query(f"select count(*) as n from {name}").column("n")[0].as_py()
