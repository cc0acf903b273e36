"""Data health (数据体检): how much of each field is filled and can be read, per source, entity, field and night.

Here: counting, once per export and never again while neither the export nor its mapping changes. Not here: what readable means (the reader
of each field), whether sources agree (resolution/), which gaps keep customers out of territories (dbt), the report (serving/).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import polars as pl
import pyarrow as pa

from ingest.cleaning.records import READ_BESIDE, read_field
from ingest.entities import ENTITIES
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.values.reading import trimmed
from ingest.warehouse import Warehouse

NAME = "clean.field_health"
_VERSION = 2  # raised when a field is read differently: every night is then counted again
_MOST_ROWS = 1_000_000  # read at once; of the widest entity about 500 MB
_COUNTS = ("row_count", "filled_count", "unreadable_count", "distinct_count")

BatchKey = tuple[str, str, date]
"""Source, entity, day."""


def refresh_field_health(warehouse: Warehouse, sources: Mapping[str, Source], *, until: date, default_currency: str) -> tuple[int, int]:
    """Bring clean.field_health up to the loaded exports until a day. Returns the nights counted and the rows read for it."""
    read_by = {name: _hash_of(source, default_currency) for name, source in sources.items()}
    wanted = {
        (row["source"], row["entity"], row["as_of_date"]): row
        for row in warehouse.read("raw.batches").to_pylist()
        if row["rows_loaded"] and row["as_of_date"] <= until and row["source"] in sources
    }
    marks = ["source", "entity", "as_of_date", "content_sha256", "read_by"]
    known = {(s, e, day): (content, by) for s, e, day, content, by in pl.DataFrame(_read(warehouse, marks)).unique().iter_rows()}
    pending = {key: row for key, row in wanted.items() if known.get(key) != (row["content_sha256"], read_by[key[0]])}
    gone = sorted(set(known) - set(wanted))
    parts = [(NAME, _place(key), TABLES[NAME].arrow_schema.empty_table()) for key in gone]
    rows = 0
    for source, entity, days in _portions(pending):
        raw = warehouse.read_part(f"raw.{entity}", {"source": source, "as_of_date": days}, ["as_of_date", *ENTITIES[entity].fields])
        rows += raw.num_rows
        health = field_health(entity, raw, source=sources[source], default_currency=default_currency)
        for (day,), found in health.group_by("as_of_date", maintain_order=True):
            key = (source, entity, day)
            marked = found.with_columns(
                source=pl.lit(source),
                entity=pl.lit(entity),
                content_sha256=pl.lit(pending[key]["content_sha256"]),
                read_by=pl.lit(read_by[source]),
            )
            parts.append((NAME, _place(key), marked.select(TABLES[NAME].column_names).to_arrow()))
    if parts:
        warehouse.replace_parts(parts)
    return len(pending), rows


def field_health(entity: str, raw: pa.Table, *, source: Source, default_currency: str) -> pl.DataFrame:
    """Per day and field of one source's rows of raw.<entity>: is_mapped and the counts, sorted.

    `unreadable_count`: filled cells whose reader has a problem code for them. Columns of `raw`: as_of_date and the
    entity's fields. A field that the mapping does not fill has nothing filled and `is_mapped` false.
    """
    frame = pl.DataFrame(pl.from_arrow(raw))
    mapped = {name for feed in source.entities.get(entity, []) for name in feed.canonical_columns}
    found = []
    for field in ENTITIES[entity].fields:
        beside = READ_BESIDE.get(field)
        other = frame[beside] if beside in frame.columns else pl.Series([None], dtype=pl.String).new_from_index(0, len(frame))
        cells = frame.select("as_of_date", trimmed(frame[field]).alias("text"), other.alias("beside"))
        by_text = cells.group_by("as_of_date", "text", "beside").agg(count=pl.len().cast(pl.Int64))
        texts = by_text.select("text", "beside").drop_nulls("text").unique().sort("text", "beside")
        read = read_field(
            entity, field, texts["text"], source=source, default_currency=default_currency, beside=texts["beside"] if beside else None
        )
        judged = texts.with_columns(is_unreadable=read.problems.is_not_null())
        counted = (
            by_text.join(judged, on=["text", "beside"], how="left", nulls_equal=True)
            .group_by("as_of_date")
            .agg(
                row_count=pl.col("count").sum(),
                filled_count=pl.col("count").filter(pl.col("text").is_not_null()).sum(),
                unreadable_count=pl.col("count").filter(pl.col("is_unreadable")).sum(),
                distinct_count=pl.col("text").drop_nulls().n_unique().cast(pl.Int64),
            )
        )
        found.append(counted.select("as_of_date", pl.lit(field).alias("field"), pl.lit(field in mapped).alias("is_mapped"), *_COUNTS))
    return pl.concat(found).sort("as_of_date", "field")


def _portions(pending: Mapping[BatchKey, Mapping[str, object]]) -> Iterator[tuple[str, str, list[date]]]:
    """Source, entity and the days that are read together, at most a million rows."""
    for source, entity in sorted({key[:2] for key in pending}):
        days: list[date] = []
        rows = 0
        for day in sorted(key[2] for key in pending if key[:2] == (source, entity)):
            count = pending[source, entity, day]["rows_loaded"]
            if days and rows + count > _MOST_ROWS:
                yield source, entity, days
                days, rows = [], 0
            days, rows = [*days, day], rows + count
        yield source, entity, days


def _read(warehouse: Warehouse, columns: Iterable[str]) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(warehouse.read_part(NAME, {}, columns)))


def _place(key: BatchKey) -> dict[str, object]:
    return dict(zip(("source", "entity", "as_of_date"), key, strict=True))


def _hash_of(source: Source, default_currency: str) -> str:
    return hashlib.sha256(f"{_VERSION} {default_currency} {source.model_dump_json()}".encode()).hexdigest()
