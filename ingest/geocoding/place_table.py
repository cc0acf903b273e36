"""The shape of what is placed and of a place: the same for China, the United States and the rest of the world.

Here: the columns that a place is read from, the columns of a place, and the working on distinct rows. Not here: any place.
"""

from collections.abc import Callable

import polars as pl

PARTS = ("address", "street", "district", "city", "region", "postal_code", "country")
PLACE_SCHEMA = {
    "country_code": pl.String, "region_code": pl.String, "region_name": pl.String, "city_name": pl.String, "district_name": pl.String,
    "division_code": pl.String, "latitude": pl.Float64, "longitude": pl.Float64, "place_precision": pl.String, "place_method": pl.String,
    "codes": pl.List(pl.String),
}  # fmt: skip


def with_parts(parts: pl.DataFrame, names: tuple[str, ...] = PARTS) -> pl.DataFrame:
    """These columns as text, in this order; a missing one is all null, and blank text is null."""
    present = parts.select(pl.col(name).cast(pl.String) for name in names if name in parts.columns)
    complete = present.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in names if name not in parts.columns)
    if not present.width:
        complete = pl.DataFrame({name: [None] * parts.height for name in names}, schema=dict.fromkeys(names, pl.String))
    return complete.select(pl.when(pl.col(name).str.contains(r"\S")).then(pl.col(name)) for name in names)


def on_distinct_rows(parts: pl.DataFrame, place: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """`place`, one row for each row in the same order, worked out once for each distinct row and joined back."""
    names = parts.columns
    if parts.is_empty():
        return pl.DataFrame(schema=PLACE_SCHEMA)
    distinct = parts.unique().sort(names)
    placed = pl.concat([distinct, place(distinct)], how="horizontal")
    return parts.join(placed, on=names, how="left", nulls_equal=True, maintain_order="left").select(list(PLACE_SCHEMA))


def listed(*codes: pl.Expr) -> pl.Expr:
    """The codes that are not null as one list, in the order given: the alphabet's, for sorting lists would take longest of all."""
    text = pl.concat_str(*codes, separator=",", ignore_nulls=True)
    return pl.when(text != "").then(text.str.split(",")).otherwise(pl.lit([], dtype=pl.List(pl.String)))
