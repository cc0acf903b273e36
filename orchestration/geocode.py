"""`bailiwick geocode`: the places of one file of customers, without a company home and without the network.

Here: reading the file, placing it in slices, writing the result and what was refused. Not here: placing (ingest/geocoding).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingest.cleaning.credit_codes import read_credit_codes
from ingest.errors import FileRefused
from ingest.geocoding.places import place_records
from ingest.landing.single_files import read_single_file, write_refused
from ingest.values.numbers import read_degrees

COLUMNS = (
    "record_id", "country_code", "region_name", "city_name", "district_name", "division_code", "latitude", "longitude", "precision",
    "method", "region_code", "h3_cell_5", "h3_cell_7", "problems",
)  # fmt: skip
"""Of the result: those of the contract first."""
_SLICE_ROWS = 100_000
_WRITERS = {".csv": "csv", ".parquet": "parquet"}


@dataclass(frozen=True, kw_only=True)
class GeocodeReport:
    """What became of a file's rows: rows_in = rows_out + rows_refused. `by_precision`, `problems`: rows of each. `unknown_columns`: those
    left alone."""

    rows_in: int
    rows_out: int
    rows_refused: int
    by_precision: dict[str, int]
    problems: dict[str, int]
    unknown_columns: list[str]
    out: Path
    refused_out: Path | None


def geocode(
    file: Path,
    out: Path,
    *,
    country: str | None,
    coordinate_system: str,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> GeocodeReport:
    """Write the place of every row of `file` to `out` (.csv or .parquet), in the file's order. Rows that cannot be used go to
    `<out>.refused.csv`, which is there only if there are any.

    `country`: alpha-2 of records that say none. Raises FileRefused.
    """
    if out.suffix.lower() not in _WRITERS:
        raise FileRefused(
            "unknown_form", f"FileRefused: the result cannot be written to {out.name}.\n  Expected: a name in .csv or .parquet."
        )
    if not out.resolve().parent.is_dir():
        raise FileRefused("no_folder", f"FileRefused: there is no folder {out.parent} to write {out.name} into. Make it first.")
    read = read_single_file(file)
    if out.resolve() == file.resolve():
        raise FileRefused("same_file", f"FileRefused: the result would take the place of {file}. Give --out another name.")
    parts = []
    for start in range(0, max(read.frame.height, 1), _SLICE_ROWS):
        parts.append(_place(read.frame.slice(start, _SLICE_ROWS), country, coordinate_system))
        on_progress(min(start + _SLICE_ROWS, read.frame.height), read.frame.height)
    placed = pl.concat(parts)
    _write(placed, out)
    refused_out = out.with_name(out.name + ".refused.csv")
    write_refused(read.refused, refused_out)
    problems = placed["problems"].filter(placed["problems"] != "").str.split(",").explode()
    return GeocodeReport(
        rows_in=read.frame.height + len(read.refused),
        rows_out=placed.height,
        rows_refused=len(read.refused),
        by_precision=dict(sorted(Counter(placed["precision"].to_list()).items())),
        problems=dict(sorted(Counter(problems.to_list()).items())),
        unknown_columns=read.unknown,
        out=out,
        refused_out=refused_out if read.refused else None,
    )


def _place(rows: pl.DataFrame, country: str | None, coordinate_system: str) -> pl.DataFrame:
    numbers = {
        name: read_degrees(rows[name], limit=limit).values for name, limit in (("latitude", 90), ("longitude", 180)) if name in rows.columns
    }
    codes = {"credit_code": read_credit_codes(rows["credit_code"]).values} if "credit_code" in rows.columns else {}
    settings = {
        "default_country": pl.lit(country, dtype=pl.String),
        "coordinate_system": pl.lit(coordinate_system),
    }
    placed = place_records(rows.with_columns(**numbers, **codes, **settings))
    named = placed.rename({"place_precision": "precision", "place_method": "method"})
    return pl.concat([rows.select("record_id"), named], how="horizontal").select(COLUMNS)


def _write(placed: pl.DataFrame, out: Path) -> None:
    """Whole or not at all: a reader never sees half a file."""
    half = out.with_name(f".{out.name}.writing")
    if out.suffix.lower() == ".parquet":
        placed.write_parquet(half)
    else:
        placed.write_csv(half)
    half.replace(out)
