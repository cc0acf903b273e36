"""The list of seals, seals.csv: its lines, the seal of each, the first line that does not hold.

Here: a night's row as a line and back. Not here: files of nights (store.py), hashes of events (chain.py).

The seal of a line is SHA-256 over the seal before, a line feed, and what the line says (as chain.py writes a row), so that a line cannot
be changed, left out or put elsewhere. Journals stand in one cell: name, rows and content hash of each, separated by blanks, in the order
of names; empty where a night has none.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ingest.record.chain import NOTHING_BEFORE, hashes, text_of
from ingest.tables import TABLES

NIGHTS = TABLES["record.nights"]


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where the record ends: the last night's number and day, how many events there are, the last event's hash and the last seal."""

    night: int
    recorded_on: date | None
    rows: int
    last_hash: str
    seal: str


@dataclass(frozen=True, kw_only=True)
class JournalFile:
    """What a night's line says of one journal: its name, how many rows the night added, and the hash of the file."""

    name: str
    rows: int
    sha256: str


def head_of(nights: list[dict]) -> Head:
    """Where a record of these nights ends; of none: night 0, no rows, 64 zeros."""
    if not nights:
        return Head(night=0, recorded_on=None, rows=0, last_hash=NOTHING_BEFORE, seal=NOTHING_BEFORE)
    last = nights[-1]
    rows = last["first_sequence"] + last["row_count"] - 1
    return Head(night=last["night"], recorded_on=last["recorded_on"], rows=rows, last_hash=last["last_hash"], seal=last["seal"])


def journals_of(night: dict) -> list[JournalFile]:
    """The journals that a night added to, by name."""
    words = (night["journals"] or "").split()
    return [JournalFile(name=name, rows=int(rows), sha256=hash_) for name, rows, hash_ in zip(*[iter(words)] * 3, strict=True)]


def journals_cell(files: Iterable[JournalFile]) -> str | None:
    """What stands in the line for these journals."""
    return " ".join(f"{file.name} {file.rows} {file.sha256}" for file in sorted(files, key=lambda file: file.name)) or None


def seal_of(night: dict, previous: str) -> str:
    """The seal of a night's line behind the seal `previous`."""
    values = [night[name] for name in NIGHTS.column_names if name != "seal"]
    return next(hashes([text_of(values)], previous))


def written(nights: list[dict]) -> bytes:
    """The whole list as it stands on disk."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(NIGHTS.column_names)
    writer.writerows([["" if night[name] is None else night[name] for name in NIGHTS.column_names] for night in nights])
    return text.getvalue().encode()


def read(content: bytes) -> tuple[list[dict], tuple[str, str] | None]:
    """The nights up to the first line that does not hold; its place within the list (", line 3" or nothing) and what is wrong with it."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8", errors="replace"), newline="")))
    nights: list[dict] = []
    if not rows or rows[0] != NIGHTS.column_names:
        return nights, (", line 1", f"the header is not {','.join(NIGHTS.column_names)}")
    head = head_of(nights)
    for line, cells in enumerate(rows[1:], start=2):
        night = _night(cells)
        if night is None or night["night"] != head.night + 1 or night["seal"] != seal_of(night, head.seal):
            return nights, (f", line {line}", "what it says does not give its seal")
        nights.append(night)
        head = head_of(nights)
    return nights, None if written(nights) == content else ("", "it holds other bytes than were written")


def _night(cells: list[str]) -> dict | None:
    if len(cells) != len(NIGHTS.columns):
        return None
    try:
        night = {
            column.name: None if cell == "" else int(cell) if column.type == "integer" else _day(cell) if column.type == "date" else cell
            for column, cell in zip(NIGHTS.columns, cells, strict=True)
        }
        journals_of(night)
    except ValueError:
        return None
    return night


def _day(cell: str) -> date:
    return date.fromisoformat(cell)
