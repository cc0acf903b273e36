"""The chain of hashes: what a recorded row's hash is made of, and whether rows still fit theirs.

Here: the text that is hashed, and walking the chain. Not here: files (store.py), where rows come from (dbt_project, marts/ownership).

A row's hash is SHA-256, in hexadecimal, over the previous row's hash, a line feed, and the row's text in UTF-8. The text is every column
but the two hashes, in the order of record_tables.py, each written as its length in bytes, a colon and the value; a hyphen where there is
none. Whole numbers are decimal, days 2026-11-22, moments 2026-11-22 08:30:00.000000. So the chain can be checked by a few lines in any
language, and no two rows have one text.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from ingest.table_types import Column

NOTHING_BEFORE = "0" * 64
"""What stands for the hash before the first row."""


def row_texts(rows: pa.Table, columns: Iterable[Column]) -> list[str]:
    """The text that is hashed of each row, in the order of `rows`."""
    frame = pl.DataFrame(pl.from_arrow(rows.select([column.name for column in columns])))
    written = []
    for column in columns:
        text = _written(pl.col(column.name), column.type)
        sized = pl.concat_str(text.str.len_bytes().cast(pl.String), pl.lit(":"), text)
        written.append(pl.when(pl.col(column.name).is_null()).then(pl.lit("-")).otherwise(sized))
    return frame.select(pl.concat_str(written).alias("text"))["text"].to_list() if written else []


def _written(value: pl.Expr, type_: str) -> pl.Expr:
    if type_ == "timestamp":
        return value.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
    if type_ == "date":
        return value.dt.strftime("%Y-%m-%d")
    return value.cast(pl.String)


def hashes(texts: Iterable[str], previous: str) -> Iterator[str]:
    """The hash of each text, each made with the one before; the first with `previous`."""
    for text in texts:
        previous = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        yield previous


def text_of(values: Iterable[object]) -> str:
    """The text of one row of plain values: texts, whole numbers, days, None."""
    return "".join("-" if value is None else f"{len(str(value).encode())}:{value}" for value in values)


@dataclass(frozen=True, kw_only=True)
class Break:
    """The first place at which a chain does not hold. `row` counts from 0."""

    row: int
    reason: str


def first_break(rows: pa.Table, columns: Iterable[Column], *, previous: str, first_sequence: int) -> Break | None:
    """Whether rows with `sequence`, `previous_hash` and `row_hash` continue a chain that ends in `previous`; None where they do."""
    sequences = rows.column("sequence").to_pylist()
    befores, found = rows.column("previous_hash").to_pylist(), rows.column("row_hash").to_pylist()
    for row, text in enumerate(row_texts(rows, columns)):
        if sequences[row] != first_sequence + row:
            return Break(row=row, reason=f"sequence {first_sequence + row} was expected here, {sequences[row]} stands here")
        if befores[row] != previous:
            return Break(row=row, reason="it does not link to the hash of the event before")
        previous = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        if found[row] != previous:
            return Break(row=row, reason="what it says does not give its hash")
    return None
