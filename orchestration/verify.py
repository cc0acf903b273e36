"""The command `bailiwick verify`: whether the record of ownership, and what was published of it, is what was written.

Here: which things are checked against which, and the lines that people read. Not here: hashes and seals (ingest/record), the manifest
(serving/manifest.py).
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.home import CompanyHome, open_home
from ingest.record.chain import NOTHING_BEFORE, first_break
from ingest.record.store import RecordStore
from ingest.record_tables import EVENT_COLUMNS
from ingest.tables import TABLES
from serving.manifest import DATABASE, MANIFEST, Manifest, read_manifest, verify_published
from serving.questions import last_publication

_COLUMNS = ", ".join(TABLES["record.ownership_events"].column_names)


@dataclass(frozen=True, kw_only=True)
class Verified:
    """`breaks`: every place at which something is not as it was written, the record's first. `seal`: the record's last."""

    nights: int
    events: int
    seal: str
    published_as_of: str | None
    breaks: list[str]


def verify(home: Path) -> Verified:
    """Read and hash everything again. Raises HomeInvalid; whatever was altered is in the answer, not raised."""
    opened = open_home(home)
    store = RecordStore(opened.record)
    breaks = [f"{broken.place}: {broken.reason}." for broken in store.check()]
    nights = [] if breaks else store.nights()
    breaks += [f"published/{problem}" if not problem.startswith("published") else problem for problem in verify_published(opened.published)]
    as_of, more = _published_events(opened, nights) if not breaks else (None, [])
    last = nights[-1] if nights else None
    return Verified(
        nights=len(nights),
        events=last["first_sequence"] + last["row_count"] - 1 if last else 0,
        seal=last["seal"] if last else NOTHING_BEFORE,
        published_as_of=as_of,
        breaks=[*breaks, *more],
    )


def _published_events(home: CompanyHome, nights: list[dict]) -> tuple[str | None, list[str]]:
    """Whether the published copy tells what the record holds of the nights up to its day."""
    manifest = read_manifest(home.published)
    as_of = manifest.as_of_date
    with duckdb.connect(str(home.published / DATABASE), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        unlike = _unlike_the_manifest(connection, manifest)
        query = f"select {_COLUMNS} from fct_ownership_events where sequence is not null order by sequence"
        rows = connection.sql(query).to_arrow_table()
    rows = rows.cast(TABLES["record.ownership_events"].arrow_schema)
    found = first_break(rows, EVENT_COLUMNS, previous=NOTHING_BEFORE, first_sequence=1)
    if found:
        event = rows.slice(found.row, 1).to_pylist()[0]
        place = (
            f"published/{DATABASE}, fct_ownership_events, event {event['sequence']} ({event['event_id']}, customer {event['customer_id']})"
        )
        return as_of, [f"{place}: {found.reason}.", *unlike]
    told = [night for night in nights if night["recorded_on"].isoformat() <= as_of]
    wanted = told[-1]["last_hash"] if told else NOTHING_BEFORE
    last = rows.column("row_hash")[-1].as_py() if rows.num_rows else NOTHING_BEFORE
    if last != wanted:
        count = told[-1]["first_sequence"] + told[-1]["row_count"] - 1 if told else 0
        said = f"it ends after {rows.num_rows} events with the hash {last}; the record up to {as_of} ends after {count} with {wanted}"
        return as_of, [f"published/{DATABASE}, fct_ownership_events: {said}. One of the two was cut or replaced as a whole.", *unlike]
    return as_of, unlike


def _unlike_the_manifest(connection: duckdb.DuckDBPyConnection, manifest: Manifest) -> list[str]:
    """What the manifest says of the run and of rows, where the tables say otherwise: it has no hash of its own."""
    last = last_publication(connection).iloc[0]
    said, found = (manifest.run_id, manifest.as_of_date), (last["run_id"], last["as_of_date"].date().isoformat())
    problems = [f"published/{MANIFEST}: it names run {said[0]} of {said[1]}; the run log ends with {found[0]} of {found[1]}."] * (
        said != found
    )
    for table in manifest.tables:
        (count,) = connection.execute(f'select count(*) from "{table.name}"').fetchall()[0]
        if count != table.rows:
            problems.append(f"published/{MANIFEST}: it says {table.name} has {table.rows} rows; the table has {count}.")
    return problems


def told(found: Verified) -> list[str]:
    """The answer in lines for people."""
    if found.breaks:
        return [
            f"{len(found.breaks)} place(s) are not as they were written:",
            *(f"  {line}" for line in found.breaks),
            "Put record/ or published/ back from a backup; published/ is also written anew by `bailiwick refresh --full`.",
        ]
    return [
        f"The record holds: {found.nights} nights, {found.events} events, each linked to the one before. The published copy as of "
        f"{found.published_as_of} tells the same.",
        f"Seal: {found.seal}. Compare it with the one you kept from that night's refresh: whoever rewrote everything would have another.",
    ]
