"""Where customers are: clean.customers -> geo.customer_places, without a network.

Here: which country's module places a record, its given point beside the place that is written, and the cells of the map.
Not here: finding a written place (chinese.py, american.py, world.py), which country is meant (world_countries.py), reading and checking
coordinates (coordinates.py), asking a geocoder on the network (online/).

What is written and not recognised is kept as a name and gets a code; nothing is guessed from a single likeness. A record is placed by
what stands in it alone, whatever the others say, and every distinct combination of written parts is placed once.
"""

from collections.abc import Callable, Mapping

import polars as pl
import pyarrow as pa

from ingest.geocoding.american import place_american
from ingest.geocoding.cells import cells_of
from ingest.geocoding.chinese import place_chinese
from ingest.geocoding.coordinates import check_points
from ingest.geocoding.place_table import PARTS, PLACE_SCHEMA, with_parts
from ingest.geocoding.reference_tables import read_table
from ingest.geocoding.world import place_world
from ingest.geocoding.world_countries import locate_countries
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.warehouse import conform

WRITTEN = (*PARTS, "credit_code", "phone")
READ_COLUMNS = ("source", "record_id", *WRITTEN, "latitude", "longitude")
"""What of clean.customers says where a customer is."""
# A region's or a country's centre is no place to count customers at: all of a province's would stand in one cell.
ON_THE_MAP = ("point", "street", "postal_code", "district", "city")


def place_customers(customers: pa.Table, sources: Mapping[str, Source]) -> pa.Table:
    """geo.customer_places out of clean.customers (READ_COLUMNS of it, and `read_from` as it is): one row per record.

    Precision `none` where nothing is known. `sources`: by name; says in which system a source writes coordinates, and its records'
    country where they say none. Degrees are WGS-84. Codes of written places: those of place_chinese, place_american and place_world; of
    points: POINT_CODES.
    """
    records = pl.DataFrame(pl.from_arrow(customers)).select(*READ_COLUMNS, "read_from")
    countries = _by_source(records["source"], {name: source.default_country for name, source in sources.items()})
    systems = _by_source(records["source"], {name: source.coordinate_system for name, source in sources.items()})
    placed = place_records(records.with_columns(countries.alias("default_country"), systems.alias("coordinate_system")))
    result = pl.concat([records.select("source", "record_id", "read_from"), placed], how="horizontal")
    return conform(TABLES["geo.customer_places"], result.to_arrow())


def place_records(records: pl.DataFrame) -> pl.DataFrame:
    """The place of each row, in the order of `records`: the columns of geo.customer_places behind its key.

    Columns: those of WRITTEN (credit_code only where its check digit is right), default_country (alpha-2), latitude, longitude (degrees)
    and coordinate_system, each nullable, any of them may be missing. No text raises.
    """
    written = with_parts(records, (*WRITTEN, "default_country"))
    points = _points(records)
    place = _place_written(written)
    checked = check_points(
        pl.concat(
            [points, place.select("country_code", "place_precision", place_latitude="latitude", place_longitude="longitude")],
            how="horizontal",
        )
    ).rename({"codes": "point_codes", "latitude": "given_latitude", "longitude": "given_longitude"})
    is_given = pl.col("given_latitude").is_not_null()
    place = pl.concat([place, checked], how="horizontal").with_columns(
        latitude=pl.coalesce("given_latitude", "latitude"),
        longitude=pl.when(is_given).then("given_longitude").otherwise("longitude"),
        place_precision=pl.when(is_given).then(pl.lit("point")).otherwise("place_precision"),
        place_method=pl.when(is_given).then(pl.lit("given_point")).otherwise("place_method"),
        problems=pl.col("codes").list.concat("point_codes").list.sort().list.join(","),
    )
    is_on_map = place["place_precision"].is_in(ON_THE_MAP)
    cells = cells_of(*(pl.select(pl.when(is_on_map).then(place[name])).to_series() for name in ("latitude", "longitude")))
    return pl.concat([place.select(*(name for name in PLACE_SCHEMA if name != "codes"), "problems"), cells], how="horizontal")


def _by_source(names: pl.Series, values: dict[str, str | None]) -> pl.Series:
    known = {name: value for name, value in values.items() if value}
    return names.replace_strict(known, default=None, return_dtype=pl.String) if known else pl.Series([None] * len(names), dtype=pl.String)


def _points(records: pl.DataFrame) -> pl.DataFrame:
    types = {"latitude": pl.Float64, "longitude": pl.Float64, "coordinate_system": pl.String}
    missing = [pl.lit(None).alias(name) for name in types if name not in records.columns]
    return records.with_columns(missing).select(pl.col(name).cast(type_) for name, type_ in types.items())


def _place_written(written: pl.DataFrame) -> pl.DataFrame:
    """PLACE_SCHEMA of each row by the module of its country; rows of no country are the world's."""
    if written.is_empty():
        return pl.DataFrame(schema=PLACE_SCHEMA)
    country = locate_countries(written).rename({"country_code": "known", "country_method": "how", "country_problem": "problem"})
    says_something = pl.any_horizontal(pl.col(name).is_not_null() for name in PARTS)
    is_open = pl.col("known").is_null() & pl.col("country").is_null()
    by_code, by_source = is_open & pl.col("credit_code").is_not_null(), is_open & says_something & pl.col("default_country").is_not_null()
    rows = pl.concat([written, country], how="horizontal").with_columns(
        known=pl.when(by_code).then(pl.lit("CN")).when(by_source).then("default_country").otherwise("known"),
        how=pl.when(by_code).then(pl.lit("credit_code")).when(by_source).then(pl.lit("source_country")).otherwise("how"),
    )
    # What says the country elsewhere (a telephone number, the source) is told to the modules as if it were written.
    rows = rows.with_row_index("row").with_columns(country=pl.coalesce("country", "known"), says_country=pl.col("country").is_not_null())
    is_chinese, is_american = pl.col("known").eq_missing(pl.lit("CN")), pl.col("known").eq_missing(pl.lit("US"))
    placed = [_of_country(rows.filter(is_chinese), place_chinese)]
    placed += [_of_country(rows.filter(is_american), place_american), _of_country(rows.filter(~is_chinese & ~is_american), place_world)]
    return pl.concat(placed).sort("row").select(list(PLACE_SCHEMA))


def _of_country(rows: pl.DataFrame, place: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """PLACE_SCHEMA and `row`; a country that is known stands in the place even where nothing within it is."""
    if rows.is_empty():
        return pl.DataFrame(schema={**PLACE_SCHEMA, "row": pl.UInt32})
    placed = pl.concat([rows.select("row", "known", "how", "problem", "says_country"), place(rows)], how="horizontal")
    is_unplaced = (pl.col("place_precision") == "none") & pl.col("known").is_not_null()
    centres = read_table("world_countries.csv").select(known="country_code", centre_latitude="latitude", centre_longitude="longitude")
    placed = placed.join(centres, on="known", how="left", maintain_order="left").with_columns(
        country_code=pl.coalesce("country_code", "known"),
        latitude=pl.when(is_unplaced).then("centre_latitude").otherwise("latitude"),
        longitude=pl.when(is_unplaced).then("centre_longitude").otherwise("longitude"),
        place_precision=pl.when(is_unplaced).then(pl.lit("country")).otherwise("place_precision"),
    )
    by_country = pl.col("place_precision") == "country"
    says_problem = pl.col("problem").is_not_null() & ~pl.col("codes").list.contains(pl.col("problem")).fill_null(False)
    return placed.select(
        *(name for name in PLACE_SCHEMA if name not in ("place_method", "codes")),
        pl.when(by_country).then("how").otherwise("place_method").alias("place_method"),
        pl.when(says_problem).then(pl.col("codes").list.concat(pl.concat_list("problem"))).otherwise("codes").alias("codes"),
        "row",
    ).select(*PLACE_SCHEMA, "row")
