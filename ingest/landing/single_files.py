"""One file of customers that a person hands to a command: CSV, workbook, JSON or Parquet, with the columns of the contract.

Here: reading it, which of its columns are known, rows that cannot be used. Not here: exports of a CRM, which have a mapping and a ledger
(feeds.py, land.py); what the columns mean.
"""

import csv
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from ingest.errors import FileRefused
from ingest.landing.content import BadRow, Limits
from ingest.landing.read_content import read_content
from ingest.sources.mapping import Format

COLUMNS = (
    "record_id", "source", "name", "credit_code", "registry_id", "phone", "email", "website", "address", "street", "district", "city",
    "region", "postal_code", "country", "latitude", "longitude", "industry", "employees", "parent_name",
    "birth_date",
)  # fmt: skip
"""What a file may hold; record_id is required, any others may be missing."""
_MOST_BYTES = 4 << 30


@dataclass(frozen=True, kw_only=True)
class SingleFile:
    """`frame`: the known columns as text, in the order of COLUMNS, blank cells null, one row for each row that can be used, in the
    file's order. `row_numbers`: where each stood (1 is the first below the header). `unknown`: columns left alone. `refused`: rows
    that cannot be used."""

    frame: pl.DataFrame
    row_numbers: pl.Series
    unknown: list[str]
    refused: list[BadRow] = field(default_factory=list)


def read_single_file(path: Path) -> SingleFile:
    """The customers in a file. Raises FileRefused where there is none, or it cannot be read, or has no column record_id."""
    if not path.is_file():
        raise FileRefused("no_file", f"FileRefused: there is no file {path}.\n  Expected: a CSV, XLSX, JSON or Parquet file of customers.")
    header, frame, numbers, refused = _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_text(path)
    named = {_folded(name): place for place, name in reversed(list(enumerate(header)))}
    if "record_id" not in named:
        raise FileRefused(
            "missing_column",
            f"FileRefused: {path.name} has no column record_id, so nothing could be told apart.\n"
            f"  It has: {', '.join(header[:20])}.\n  Known columns: {', '.join(COLUMNS)}. Rename the one that identifies a record.",
        )
    known = [name for name in COLUMNS if name in named]
    used = {named[name] for name in known}
    frame = frame.select(pl.col(frame.columns[named[name]]).cast(pl.String).alias(name) for name in known)
    frame = frame.select(pl.when(pl.col(name).str.contains(r"\S")).then(pl.col(name).str.strip_chars()) for name in known)
    lacks_id = frame["record_id"].is_null()
    refused += [
        BadRow(row_number=number, code="no_record_id", reason="the row has no record_id", cells=[cell or "" for cell in row])
        for number, row in zip(numbers.filter(lacks_id), frame.filter(lacks_id).iter_rows(), strict=True)
    ]
    return SingleFile(
        frame=frame.filter(~lacks_id),
        row_numbers=numbers.filter(~lacks_id),
        unknown=[name for place, name in enumerate(header) if place not in used],
        refused=sorted(refused, key=lambda row: (row.row_number, row.code)),
    )


def write_refused(rows: list[BadRow], path: Path) -> None:
    """The rows that cannot be used as CSV: row_number, code, reason, cells; no file where there are none."""
    if not rows:
        path.unlink(missing_ok=True)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["row_number", "code", "reason", "cells"])
        writer.writerows([row.row_number, row.code, row.reason, "|".join(row.cells)] for row in rows)


def _read_parquet(path: Path) -> tuple[list[str], pl.DataFrame, pl.Series, list[BadRow]]:
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FileRefused(
            "unreadable", f"FileRefused: {path.name} is no Parquet file that can be read.\n  It says: {str(error).splitlines()[0]}"
        ) from error
    return frame.columns, frame, pl.int_range(1, frame.height + 1, eager=True), []


def _read_text(path: Path) -> tuple[list[str], pl.DataFrame, pl.Series, list[BadRow]]:
    content = read_content(path.read_bytes(), path.name, Format(), Limits(max_bytes=_MOST_BYTES))
    return content.header, content.frame, content.row_numbers, list(content.bad_rows)


def _folded(name: str) -> str:
    return "_".join(unicodedata.normalize("NFKC", name).strip().casefold().split())
