"""archive/index.jsonl: the ledger once more, beside the files that it tells of, so that the archive alone can be loaded again.

Here: reading the index, giving the ledger back what it lacks, adding what changed. Not here: what the ledger says (ledger.py), the copies
of the files (files.py).

The archive keeps content by its hash; where and when it lay in landing/ is told by raw.files, which stands in the warehouse and can be
lost with it. So whatever changes in a row of raw.files is added here as a line of JSON before the warehouse is written. The last line of
a path and content counts, lines are never changed, and a line that a crash tore is cut off and written again. People who look for a
file's path by its hash may read it; nobody has to keep it: it is made again out of raw.files.
"""

import json
import os
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from ingest.home import CompanyHome
from ingest.tables import TABLES

Row = dict[str, object]
Rows = Mapping[tuple[str, str], Row]
"""Rows of raw.files by path and content hash."""

_FILES = TABLES["raw.files"]
_DATES = {column.name for column in _FILES.columns if column.type == "date"}
_TIMES = {column.name for column in _FILES.columns if column.type == "timestamp"}
_TOLD = ("path", "source", "file_sha256", "size_bytes", "modified_ns", "state", "entities", "first_seen_at")
"""What a line has to say at least."""


def index_path(home: CompanyHome) -> Path:
    """Where the index lies."""
    return home.archive / "index.jsonl"


class ArchiveIndex:
    """The index of one home. `messages`: what people should know of lines that could not be read."""

    def __init__(self, home: CompanyHome):
        self._path = index_path(home)
        self._rows: dict[tuple[str, str], Row] = {}
        self._whole_bytes = 0  # up to the end of the last line that counts
        self._is_closed = True  # by a line feed
        self.messages: list[str] = []
        self._read()

    def restored(self, ledger: pa.Table) -> pa.Table:
        """raw.files with the rows of files of which only the index knows.

        Then the ledger is older than the index (it was lost, or comes from a backup), and of files that both know the index is right too,
        unless the ledger knows of files that the index lacks.
        """
        rows = {(row["path"], row["file_sha256"]): row for row in ledger.to_pylist()}
        if self._rows.keys() <= rows.keys():
            return ledger
        rows = rows | self._rows if rows.keys() <= self._rows.keys() else self._rows | rows
        return pa.Table.from_pylist([row for _, row in sorted(rows.items())], schema=ledger.schema)

    def add(self, rows: Rows) -> None:
        """Write down what is new in `rows` or has changed since it was written last. When this returns, it is on the disk."""
        changed = [(key, row) for key, row in sorted(rows.items()) if self._rows.get(key) != row]
        if not changed:
            return
        lines = "".join(_line(row) for _, row in changed).encode()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as stream:
            stream.truncate(self._whole_bytes)  # of a crash while it was written: the rest of a line
            stream.write(lines if self._is_closed else b"\n" + lines)
            stream.flush()
            os.fsync(stream.fileno())
            self._whole_bytes = stream.tell()
        self._is_closed = True
        self._rows |= {key: dict(row) for key, row in changed}

    def _read(self) -> None:
        if not self._path.is_file():
            return
        data = self._path.read_bytes()
        lines = data.split(b"\n")
        self._whole_bytes, self._is_closed = len(data), not lines[-1]
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            row = _row(line)
            if row is not None:
                self._rows[row["path"], row["file_sha256"]] = row
            elif number == len(lines):
                self._whole_bytes, self._is_closed = len(data) - len(line), True
                self.messages.append("The last line of archive/index.jsonl was torn by a crash and is written again.")
            else:
                self.messages.append(
                    f"archive/index.jsonl line {number} cannot be read and is passed over. The index is written by the program alone; "
                    "put it back from a backup, or remove it while warehouse.duckdb is whole: then it is made again."
                )


def _line(row: Row) -> str:
    said = {name: row[name].isoformat() if isinstance(row[name], date | datetime) else row[name] for name in _FILES.column_names}
    return json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False) + "\n"


def _row(line: bytes) -> Row | None:
    """The row of raw.files that a line tells of; None where it is none."""
    try:
        said = json.loads(line)
        row = {name: said.get(name) for name in _FILES.column_names}
        row |= {name: date.fromisoformat(row[name]) for name in _DATES if row[name] is not None}
        row |= {name: datetime.fromisoformat(row[name]) for name in _TIMES if row[name] is not None}
    except (ValueError, TypeError, AttributeError):
        return None
    return row if all(row[name] is not None for name in _TOLD) else None
