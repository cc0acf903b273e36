"""The record on disk: one immutable file of events a night, and a list of seals that binds them together.

Here: adding a night, reading, checking. Not here: what a hash is made of (chain.py), which events a night has (dbt_project,
marts/ownership).

    record/seals.csv                          one line per night, only ever added to
    record/ownership/000012_2026-06-15.parquet   the events of night 12; none where nothing had changed

A night counts once its line stands in seals.csv: that file is replaced whole, after the night's file was written and flushed. A refresh
that dies in between leaves a file without a line, which the next one replaces. Every line is sealed with the line before it and names its
file's content hash; every event is hashed with the event before it. Whoever changes a byte breaks one of the two, and `check` says where.
Whoever recomputes everything after a change gets another last seal: keep it elsewhere too (each refresh prints it).
"""

import csv
import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.errors import RecordBroken
from ingest.record.chain import NOTHING_BEFORE, first_break, hashes, row_texts, text_of
from ingest.record_tables import EVENT_COLUMNS
from ingest.tables import TABLES

EVENTS = TABLES["record.ownership_events"]
NIGHTS = TABLES["record.nights"]
_FOLDER, _SEALS = "ownership", "seals.csv"


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where the record ends: the last night's number and day, how many events there are, the last event's hash and the last seal."""

    night: int
    recorded_on: date | None
    rows: int
    last_hash: str
    seal: str


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first place at which the record is not what was written: a file below record/, a line or an event, and why."""

    place: str
    reason: str


class RecordStore:
    """The record of one company home, in the folder `root` (record/ of the home). Making one touches nothing on disk."""

    def __init__(self, root: Path):
        self.root = root

    def nights(self) -> list[dict]:
        """The sealed nights as rows of record.nights, oldest first. Raises RecordBroken where the list is not what was written."""
        nights, broken = self._sealed()
        if broken:
            raise RecordBroken(_message(broken))
        return nights

    def head(self) -> Head:
        """Where the record ends; of an empty one night 0, no rows, 64 zeros. Raises RecordBroken."""
        return _head(self.nights())

    def events(self, night: dict) -> pa.Table:
        """The events of a sealed night, oldest first. Raises RecordBroken where its file is not what was sealed."""
        if night["file_name"] is None:
            return EVENTS.arrow_schema.empty_table()
        data, broken = self._file(night)
        if broken:
            raise RecordBroken(_message(broken))
        return _table(data)

    def add_night(self, recorded_on: date, rules_version: str, events: pa.Table) -> tuple[dict, pa.Table]:
        """Record a night: `events` has the columns of EVENT_COLUMNS (`sequence` and `night` are given here), in the order they are to have.

        Returns the night's row and its events as recorded. The order of days is kept: raises RecordBroken for a day before the last one.
        """
        nights = self.nights()
        head = _head(nights)
        if head.recorded_on is not None and recorded_on < head.recorded_on:
            raise RecordBroken(
                f"RecordBroken: {recorded_on} cannot be recorded, since {head.recorded_on} was recorded already.\n"
                "  What was recorded stays; a past day is told from it. This is a fault of the program; please report it."
            )
        recorded = _chained(events, head)
        night = {
            "night": head.night + 1,
            "recorded_on": recorded_on,
            "rules_version": rules_version,
            "first_sequence": head.rows + 1,
            "row_count": recorded.num_rows,
            "last_hash": recorded.column("row_hash")[-1].as_py() if recorded.num_rows else head.last_hash,
            "file_name": f"{head.night + 1:06d}_{recorded_on}.parquet" if recorded.num_rows else None,
            "file_sha256": None,
        }
        if recorded.num_rows:
            content = _parquet(recorded)
            night["file_sha256"] = hashlib.sha256(content).hexdigest()
            _write(self.root / _FOLDER / night["file_name"], content)
        night["seal"] = _seal(night, head.seal)
        _write(self.root / _SEALS, _seals([*nights, night]))
        return night, recorded

    def check(self) -> Iterator[Broken]:
        """Every sealed night and event, read and hashed again; yields the first break of the seals, or the first of each file."""
        nights, broken = self._sealed()
        if broken:
            yield broken
        previous, sequence = NOTHING_BEFORE, 1
        for night in nights:
            if night["file_name"] is not None:
                data, broken = self._file(night)
                place = f"record/{_FOLDER}/{night['file_name']}"
                inside = _break_inside(data, previous, sequence)
                if inside:
                    yield Broken(place=f"{place}, {inside.place}", reason=inside.reason)
                elif broken:
                    yield broken
            previous, sequence = night["last_hash"], sequence + night["row_count"]
        stray = sorted(path.name for path in (self.root / _FOLDER).glob("*.parquet"))
        for name in sorted(set(stray) - {night["file_name"] for night in nights}):
            number = name.split("_")[0]
            if not (number.isdigit() and int(number) == len(nights) + 1):  # that of a refresh that died is no part of the record
                yield Broken(place=f"record/{_FOLDER}/{name}", reason="no line of seals.csv knows this file")

    def _sealed(self) -> tuple[list[dict], Broken | None]:
        """The nights up to the first line that does not hold, and that line."""
        path = self.root / _SEALS
        nights: list[dict] = []
        if not path.exists():
            left = sorted((self.root / _FOLDER).glob("*.parquet"))
            lost = len(left) > 1 or (left and not left[0].name.startswith("000001_"))
            return [], Broken(place=f"record/{_SEALS}", reason="it is missing, and there are files of nights") if lost else None
        rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8", errors="replace"), newline="")))
        if not rows or rows[0] != NIGHTS.column_names:
            return [], Broken(place=f"record/{_SEALS}, line 1", reason=f"the header is not {','.join(NIGHTS.column_names)}")
        head = _head([])
        for line, cells in enumerate(rows[1:], start=2):
            night = _night(cells)
            if night is None or night["night"] != head.night + 1 or night["seal"] != _seal(night, head.seal):
                return nights, Broken(place=f"record/{_SEALS}, line {line}", reason="what it says does not give its seal")
            nights.append(night)
            head = _head(nights)
        if _seals(nights) != path.read_bytes():
            return nights, Broken(place=f"record/{_SEALS}", reason="it holds other bytes than were written")
        return nights, None

    def _file(self, night: dict) -> tuple[bytes, Broken | None]:
        place = f"record/{_FOLDER}/{night['file_name']}"
        path = self.root / _FOLDER / night["file_name"]
        if not path.exists():
            return b"", Broken(place=place, reason=f"the file of {night['recorded_on']} with {night['row_count']} events is missing")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != night["file_sha256"]:
            return data, Broken(place=place, reason="its content does not give the hash in seals.csv")
        return data, None


def _head(nights: list[dict]) -> Head:
    if not nights:
        return Head(night=0, recorded_on=None, rows=0, last_hash=NOTHING_BEFORE, seal=NOTHING_BEFORE)
    last = nights[-1]
    rows = last["first_sequence"] + last["row_count"] - 1
    return Head(night=last["night"], recorded_on=last["recorded_on"], rows=rows, last_hash=last["last_hash"], seal=last["seal"])


def _chained(events: pa.Table, head: Head) -> pa.Table:
    """The events with their places and hashes behind `head`."""
    count = events.num_rows
    places = {"sequence": range(head.rows + 1, head.rows + count + 1), "night": [head.night + 1] * count}
    for name, values in places.items():
        column = pa.array(values, pa.int64())
        events = events.drop_columns([name]) if name in events.column_names else events
        events = events.append_column(name, column)
    wanted = pa.schema([EVENTS.arrow_schema.field(column.name) for column in EVENT_COLUMNS])
    events = events.select(wanted.names).cast(wanted)
    found = list(hashes(row_texts(events, EVENT_COLUMNS), head.last_hash))
    before = [head.last_hash, *found[:-1]] if found else []
    events = events.append_column("previous_hash", pa.array(before, pa.string()))
    return events.append_column("row_hash", pa.array(found, pa.string())).combine_chunks()


def _parquet(events: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(events, sink, compression="zstd", version="2.6", store_schema=False)
    return sink.getvalue()


def _table(data: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(data)).select(EVENTS.column_names).cast(EVENTS.arrow_schema)


def _break_inside(data: bytes, previous: str, first_sequence: int) -> Broken | None:
    if not data:
        return None
    try:
        events = _table(data)
    except Exception:  # whatever a reader says of bytes that somebody changed
        return Broken(place="the whole file", reason="it can no longer be read as the file of a night")
    found = first_break(events, EVENT_COLUMNS, previous=previous, first_sequence=first_sequence)
    if found is None:
        return None
    event, customer = events.column("event_id")[found.row].as_py(), events.column("customer_id")[found.row].as_py()
    return Broken(place=f"event {first_sequence + found.row} ({event}, customer {customer})", reason=found.reason)


def _seal(night: dict, previous: str) -> str:
    values = [night[name] for name in NIGHTS.column_names if name != "seal"]
    return next(hashes([text_of(values)], previous))


def _seals(nights: list[dict]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(NIGHTS.column_names)
    writer.writerows([["" if night[name] is None else night[name] for name in NIGHTS.column_names] for night in nights])
    return text.getvalue().encode()


def _night(cells: list[str]) -> dict | None:
    if len(cells) != len(NIGHTS.columns):
        return None
    try:
        return {
            column.name: None if cell == "" else int(cell) if column.type == "integer" else _day(cell) if column.type == "date" else cell
            for column, cell in zip(NIGHTS.columns, cells, strict=True)
        }
    except ValueError:
        return None


def _day(cell: str) -> date:
    return date.fromisoformat(cell)


def _write(path: Path, content: bytes) -> None:
    """The whole file or nothing, and on the disk before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.new")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _message(broken: Broken) -> str:
    return (
        f"RecordBroken: {broken.place}: {broken.reason}.\n"
        "  The record of ownership is only added to; somebody or something changed what was written. Nothing was published or recorded.\n"
        "  Put record/ back from a backup, then run `bailiwick verify`; it names every place that differs."
    )
