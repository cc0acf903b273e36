"""One batch: everything one source says about one entity on one day, read from its files through its mapping.

Here: putting the feeds of a batch together, settling keys, counting. The result is a pure function of the files' content and
the mapping, so that neither the order of loading nor a second loading can change it.
Not here: one file through one feed (feeds.py), which files make a batch (land.py), types and value lists (cleaning/).

Rows read = rows loaded + rows quarantined + rows left out on purpose, always. A row that two feeds read counts for each of them;
if both refuse it, it is quarantined once and left out the second time. Of the rows of a lookup's files only those that do not
fit their header count.
"""

import json
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl
import pyarrow as pa

from ingest.entities import ENTITIES
from ingest.landing.columns import comparable_header
from ingest.landing.csv_files import BadRow, CsvContent
from ingest.landing.feeds import KEY, ROW, apply_feed, columns_matched_later, read_lookup
from ingest.landing.files import LandedFile
from ingest.sources.mapping import Feed
from ingest.tables import TABLES

FORMAT_VERSION = 2
"""Raised when the same file is read differently: every batch is then read again from the archive."""

Reader = Callable[[LandedFile], CsvContent]


@dataclass(frozen=True, kw_only=True)
class FeedFiles:
    """A feed with the files of the day that it reads: its own in path order, and those of its lookups."""

    feed: Feed
    files: list[LandedFile]
    lookups: dict[str, list[LandedFile]]

    def all_files(self) -> list[LandedFile]:
        return [*self.files, *(file for files in self.lookups.values() for file in files)]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one batch holds: rows for raw.<entity>, rows for raw.quarantine, and the counts."""

    rows: pa.Table
    quarantine: pa.Table
    rows_read: int
    rows_left_out: int
    unmapped_columns: list[str] = field(default_factory=list)


def read_batch(
    source: str, entity: str, day: date, feeds: list[FeedFiles], read: Reader, spoken_of: Callable[[LandedFile], set[str]]
) -> Batch:
    """Apply each feed to its files and put the results together. Raises FileRefused if any part cannot be read.

    `read` gives a file's content, `spoken_of` the comparable headers that any feed of the source uses or ignores in it.
    Of two rows with one key the first counts, in the order of feeds, paths and rows; the later one is quarantined, or left
    out if its feed takes distinct keys.
    """
    place = f"sources/{source}.yml (entities.{entity})"
    parts: list[pl.DataFrame] = []
    contents: dict[str, tuple[LandedFile, CsvContent]] = {}
    rows_read = 0
    for feed_files in feeds:
        feed = feed_files.feed
        contents |= {file.path: (file, read(file)) for file in feed_files.all_files()}
        lookups = {
            name: read_lookup(
                name,
                lookup,
                [(file.path, contents[file.path][1]) for file in feed_files.lookups[name]],
                place,
                also=columns_matched_later(feed, name),
            )
            for name, lookup in feed.lookups.items()
        }
        for file in feed_files.files:
            content = contents[file.path][1]
            rows_read += len(content.rows)
            part = apply_feed(feed, file.path, content, lookups, place)
            parts.append(part.with_columns(pl.lit(file.path).alias("__path"), pl.lit(feed.distinct).alias("__distinct")))
    together = pl.concat(parts, how="diagonal").with_row_index("__order")
    kept = _first_of_each_key(together)
    misfits = [(path, row) for path, (_, content) in contents.items() for row in content.bad_rows]
    rows_read += len(misfits)
    bad = _once([*misfits, *_refused_keys(together, kept, contents)], contents)
    quarantine = pa.Table.from_pylist(
        [_refusal(source, entity, day, contents[path][0], row) for path, row in bad], schema=TABLES["raw.quarantine"].arrow_schema
    )
    hashes = {path: file.sha256 for path, (file, _) in contents.items()}
    rows = kept.select(
        pl.lit(source).alias("source"),
        pl.col(KEY).alias("record_id"),
        pl.lit(day).alias("as_of_date"),
        pl.col("__path").replace_strict(hashes, return_dtype=pl.String).alias("file_sha256"),
        pl.col(ROW).alias("row_number"),
        *(pl.col(name) if name in kept.columns else pl.lit(None, dtype=pl.String).alias(name) for name in ENTITIES[entity].fields),
    )
    return Batch(
        rows=rows.to_arrow().cast(TABLES[f"raw.{entity}"].arrow_schema),
        quarantine=quarantine,
        rows_read=rows_read,
        rows_left_out=rows_read - rows.height - quarantine.num_rows,
        unmapped_columns=sorted(
            {
                column.strip() or "(no name)"
                for file, content in contents.values()
                for column in content.header
                if comparable_header(column) not in spoken_of(file)
            }
        ),
    )


def _first_of_each_key(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(pl.col(KEY).is_not_null()).unique(subset=KEY, keep="first", maintain_order=True)


def _refused_keys(rows: pl.DataFrame, kept: pl.DataFrame, contents: dict[str, tuple[LandedFile, CsvContent]]) -> list[tuple[str, BadRow]]:
    """Rows without a key, and rows that repeat one although their feed does not expect it."""
    surplus = rows.join(kept.select("__order"), on="__order", how="anti").filter(~pl.col("__distinct"))
    first = kept.select(KEY, pl.col("__path").alias("first_path"), pl.col(ROW).alias("first_row"))
    refused = []
    for row in surplus.join(first, on=KEY, how="left", maintain_order="left").iter_rows(named=True):
        if row[KEY] is None:
            code, reason = "no_key", "The row has no value in its key column(s), so it cannot be told from others."
        else:
            code = "duplicate_key"
            reason = f"The key {row[KEY]!r} stands in row {row['first_row']} of {row['first_path']} already; that row was loaded."
        cells = _cells(contents[row["__path"]][1], row[ROW])
        refused.append((row["__path"], BadRow(row_number=row[ROW], code=code, reason=reason, cells=cells)))
    return refused


def _once(bad: list[tuple[str, BadRow]], contents: dict[str, tuple[LandedFile, CsvContent]]) -> list[tuple[str, BadRow]]:
    """Each refusal once: two feeds may read one file, and one content may lie in a folder twice (a second download)."""
    first: dict[tuple[str, int, str], tuple[str, BadRow]] = {}
    for path, row in bad:
        first.setdefault((contents[path][0].sha256, row.row_number, row.code), (path, row))
    return list(first.values())


def _cells(content: CsvContent, row_number: int) -> list[str]:
    return content.rows[bisect_left(content.row_numbers, row_number)]


def _refusal(source: str, entity: str, day: date, file: LandedFile, bad: BadRow) -> dict[str, object]:
    return {
        "source": source,
        "entity": entity,
        "as_of_date": day,
        "file_sha256": file.sha256,
        "path": file.path,
        "row_number": bad.row_number,
        "reason_code": bad.code,
        "reason": bad.reason,
        "raw_values": json.dumps(bad.cells, ensure_ascii=False),
        "status": "open",
    }
