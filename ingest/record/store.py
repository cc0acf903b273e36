"""The record on disk: immutable files of each night, and a list of seals that binds them together.

Here: adding a night, reading, checking. Not here: what a hash is made of (chain.py), lines and seals (seals.py), bytes on disk (files.py),
which events a night has (dbt_project, marts/ownership) and what else it keeps (journals.py).

    record/seals.csv                                    one line per night, only ever added to
    record/ownership/000012_2026-06-15.parquet          the events of night 12; none where nothing had changed
    record/<journal>/000012_2026-06-15.parquet          what night 12 added to a journal; none where it added nothing

A night counts once its line stands in seals.csv: that file is replaced whole, after the night's files were written and flushed. A refresh
that dies in between leaves files without a line, which the next one replaces. Every line is sealed with the line before it and names its
files' content hashes; every event is hashed with the event before it. Whoever changes a byte breaks one of them, and `check` says where.
Whoever recomputes everything after a change gets another last seal: keep it elsewhere too (each refresh prints it).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from ingest.errors import RecordBroken
from ingest.record import files, seals
from ingest.record.chain import NOTHING_BEFORE, first_break, hashes, row_texts
from ingest.record.seals import NIGHTS, Head, JournalFile, head_of, journals_of
from ingest.record_tables import EVENT_COLUMNS
from ingest.tables import TABLES

__all__ = ["EVENTS", "NIGHTS", "Broken", "Head", "RecordStore"]

EVENTS = TABLES["record.ownership_events"]
_FOLDER, _SEALS = "ownership", "seals.csv"


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first place at which the record is not what was written: a file below record/, a line or an event, and why."""

    place: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class _Sealed:
    """A file that a line of seals.csv names. `content`: what it is to hold, for people."""

    folder: str
    name: str
    sha256: str
    content: str

    @property
    def place(self) -> str:
        return f"record/{self.folder}/{self.name}"


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
        return head_of(self.nights())

    def events(self, night: dict) -> pa.Table:
        """The events of a sealed night, oldest first. Raises RecordBroken where its file is not what was sealed."""
        if night["file_name"] is None:
            return EVENTS.arrow_schema.empty_table()
        return files.table(self._sound(_of_events(night)), EVENTS.arrow_schema)

    def journal(self, night: dict, name: str, schema: pa.Schema) -> pa.Table:
        """The rows that a sealed night added to the journal `name`, in their order. Raises RecordBroken as `events` does."""
        for file in journals_of(night):
            if file.name == name:
                return files.table(self._sound(_of_journal(night, file)), schema)
        return schema.empty_table()

    def add_night(
        self, recorded_on: date, rules_version: str, events: pa.Table, journals: Mapping[str, pa.Table] | None = None
    ) -> tuple[dict, pa.Table]:
        """Record a night: `events` has the columns of EVENT_COLUMNS (`sequence` and `night` are given here), in the order they are to have;
        `journals` by name what it adds to each.

        Returns the night's row and its events as recorded. The order of days is kept: raises RecordBroken for a day before the last one.
        """
        nights = self.nights()
        head = head_of(nights)
        if head.recorded_on is not None and recorded_on < head.recorded_on:
            raise RecordBroken(
                f"RecordBroken: {recorded_on} cannot be recorded, since {head.recorded_on} was recorded already.\n"
                "  What was recorded stays; a past day is told from it. This is a fault of the program; please report it."
            )
        recorded = _chained(events, head)
        name = f"{head.night + 1:06d}_{recorded_on}.parquet"
        parts = {folder: rows for folder, rows in ((_FOLDER, recorded), *sorted((journals or {}).items())) if rows.num_rows}
        contents = {self.root / folder / name: files.parquet(rows) for folder, rows in parts.items()}
        sha256 = {path.parent.name: files.sha256(content) for path, content in contents.items()}
        night = {
            "night": head.night + 1,
            "recorded_on": recorded_on,
            "rules_version": rules_version,
            "first_sequence": head.rows + 1,
            "row_count": recorded.num_rows,
            "last_hash": recorded.column("row_hash")[-1].as_py() if recorded.num_rows else head.last_hash,
            "file_name": name if recorded.num_rows else None,
            "file_sha256": sha256.get(_FOLDER),
            "journals": seals.journals_cell(
                JournalFile(name=folder, rows=rows.num_rows, sha256=sha256[folder]) for folder, rows in parts.items() if folder != _FOLDER
            ),
        }
        for path, content in contents.items():
            files.write(path, content)
        self._drop_left_over(night["night"], set(contents))
        night["seal"] = seals.seal_of(night, head.seal)
        files.write(self.root / _SEALS, seals.written([*nights, night]))
        return night, recorded

    def check(self) -> Iterator[Broken]:
        """Every sealed night, event and journal, read and hashed again; yields the first break of the seals, or the first of each file."""
        nights, broken = self._sealed()
        if broken:
            yield broken
        previous, sequence = NOTHING_BEFORE, 1
        for night in nights:
            for file in _files_of(night):
                data, broken = self._file(file)
                inside = _break_inside(data, previous, sequence) if file.folder == _FOLDER else None
                if inside:
                    yield Broken(place=f"{file.place}, {inside.place}", reason=inside.reason)
                elif broken:
                    yield broken
            previous, sequence = night["last_hash"], sequence + night["row_count"]
        known = {self.root / file.folder / file.name for night in nights for file in _files_of(night)}
        for path in self._on_disk():
            if path not in known and files.number_of(path) != len(nights) + 1:  # that of a refresh that died is no part of the record
                yield Broken(place=f"record/{path.parent.name}/{path.name}", reason="no line of seals.csv knows this file")

    def _on_disk(self) -> list[Path]:
        return sorted(self.root.glob("*/*.parquet"))

    def _drop_left_over(self, night: int, own: set[Path]) -> None:
        """Away with the files of a refresh that died before this night had its line: on another day, or with more journals."""
        for path in self._on_disk():
            if files.number_of(path) == night and path not in own:
                path.unlink()

    def _sealed(self) -> tuple[list[dict], Broken | None]:
        """The nights up to the first line that does not hold, and that line."""
        path = self.root / _SEALS
        if not path.exists():
            lost = any(files.number_of(path) != 1 for path in self._on_disk())
            return [], Broken(place=f"record/{_SEALS}", reason="it is missing, and there are files of nights") if lost else None
        nights, wrong = seals.read(path.read_bytes())
        return nights, Broken(place=f"record/{_SEALS}{wrong[0]}", reason=wrong[1]) if wrong else None

    def _sound(self, file: _Sealed) -> bytes:
        data, broken = self._file(file)
        if broken:
            raise RecordBroken(_message(broken))
        return data

    def _file(self, file: _Sealed) -> tuple[bytes, Broken | None]:
        path = self.root / file.folder / file.name
        if not path.exists():
            return b"", Broken(place=file.place, reason=f"the file of {file.content} is missing")
        data = path.read_bytes()
        if files.sha256(data) != file.sha256:
            return data, Broken(place=file.place, reason="its content does not give the hash in seals.csv")
        return data, None


def _files_of(night: dict) -> list[_Sealed]:
    events = [_of_events(night)] if night["file_name"] is not None else []
    return events + [_of_journal(night, file) for file in journals_of(night)]


def _of_events(night: dict) -> _Sealed:
    content = f"{night['recorded_on']} with {night['row_count']} events"
    return _Sealed(folder=_FOLDER, name=night["file_name"], sha256=night["file_sha256"], content=content)


def _of_journal(night: dict, file: JournalFile) -> _Sealed:
    name = f"{night['night']:06d}_{night['recorded_on']}.parquet"
    return _Sealed(folder=file.name, name=name, sha256=file.sha256, content=f"{night['recorded_on']} with {file.rows} rows")


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


def _break_inside(data: bytes, previous: str, first_sequence: int) -> Broken | None:
    if not data:
        return None
    try:
        events = files.table(data, EVENTS.arrow_schema)
    except Exception:  # whatever a reader says of bytes that somebody changed
        return Broken(place="the whole file", reason="it can no longer be read as the file of a night")
    found = first_break(events, EVENT_COLUMNS, previous=previous, first_sequence=first_sequence)
    if found is None:
        return None
    event, customer = events.column("event_id")[found.row].as_py(), events.column("customer_id")[found.row].as_py()
    return Broken(place=f"event {first_sequence + found.row} ({event}, customer {customer})", reason=found.reason)


def _message(broken: Broken) -> str:
    return (
        f"RecordBroken: {broken.place}: {broken.reason}.\n"
        "  The record of ownership is only added to; somebody or something changed what was written. Nothing was published or recorded.\n"
        "  Put record/ back from a backup, then run `bailiwick verify`; it names every place that differs."
    )
