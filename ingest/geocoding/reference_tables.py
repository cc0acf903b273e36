"""The tables of places beside this file: where they lie, and reading them.

Here: a table by its name, and towns with every way to write them. Not here: building them (build_chinese_tables.py, build_world_tables.py),
what their rows mean (american.py, world.py, world_countries.py, coordinates.py), China's divisions (chinese_tables.py), names of
countries (cleaning/countries.py).

A town stands once in its table; the table of names beside it holds the keys that do not follow from its own name, by the town's row.
"""

from functools import lru_cache
from pathlib import Path

import polars as pl

from ingest.values import folding

TABLES = Path(__file__).parent / "tables"
DEGREES_IN_PARQUET = 10_000  # Parquet holds degrees as whole numbers of ten-thousandths (11 m): they take a third of the space
_DEGREES = ("latitude", "longitude", "south", "west", "north", "east")


@lru_cache(maxsize=20)
def read_table(name: str) -> pl.DataFrame:
    """One table of tables/ by its file name; all columns of a CSV are text but degrees."""
    table = folding.read_table(TABLES / name)
    degrees = pl.col([column for column in table.columns if column in _DEGREES])
    # Rounded, for Polars divides by multiplying, and 550,609 would become 55.060900000000004.
    return table.with_columns((degrees / DEGREES_IN_PARQUET).round(4) if name.endswith(".parquet") else degrees.cast(pl.Float64))


@lru_cache(maxsize=1)
def american_towns() -> pl.DataFrame:
    """key, is_shared, state, county_fips, name, latitude, longitude, population: one row for each way to write a town in its state."""
    towns = read_table("us_cities.parquet")
    own = _own_keys(towns).with_columns(is_shared=pl.lit(False))
    names = pl.concat([read_table("us_city_names.parquet"), own])  # where two towns bear a name, the table of names says which is meant
    return _with_towns(names, towns).unique(["state", "key"], keep="first", maintain_order=True)


@lru_cache(maxsize=1)
def cities_of_the_world() -> pl.DataFrame:
    """town, key, is_own, country_code, region_code, subregion_code, name, latitude, longitude, population: a row for each spelling.

    town: the number of the town's row, that ties end in. is_own: a name of the town's own, no transliteration or former name.
    """
    towns = read_table("world_cities.parquet")
    own = _own_keys(towns).with_columns(is_own=pl.lit(True))
    names = pl.concat([own, read_table("world_city_names.parquet")])
    return pl.concat([names.select("town"), _with_towns(names, towns)], how="horizontal")


def _own_keys(towns: pl.DataFrame) -> pl.DataFrame:
    return towns.with_row_index("town").select("town", key=folding.place_keys(towns["name"])).drop_nulls("key")


def _with_towns(names: pl.DataFrame, towns: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([names.drop("town"), towns[names["town"]]], how="horizontal")
