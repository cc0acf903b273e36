"""Places online beside places offline: which answers are believed, and one night of asking for a table of customers.

Here: the judgement of an answer by the place that the offline tables found, and the whole way from records to places. Not here: the calls
(answers.py), what is worth a question (question.py), the offline places (ingest/geocoding/places.py).

An answer is believed where it lies in the country that is known, no farther from the offline place than FAR_KM allows for its precision,
and is finer than that. Everything else leaves the offline place as it is. It is judged anew every night, so better tables of places mend
old judgements without a call.
"""

import time
from collections.abc import Callable
from datetime import date

import polars as pl

from ingest.geocoding.cells import CELL_SCHEMA, cells_of
from ingest.geocoding.coordinates import FAR_KM, kilometres
from ingest.geocoding.online.answers import ANSWER_SCHEMA, ask, merge_answers
from ingest.geocoding.online.providers import Geocodes
from ingest.geocoding.online.question import address_lines, questions_of
from ingest.geocoding.online.readings import PRECISIONS
from ingest.geocoding.online.settings import OnlineSettings
from ingest.geocoding.places import ON_THE_MAP
from ingest.geocoding.reference_tables import read_table

WRONG_PLACE = "online:wrong_place"
_RANKS = {**{precision: rank for rank, precision in enumerate(PRECISIONS)}, "none": len(PRECISIONS)}


def place_online(
    records: pl.DataFrame,
    places: pl.DataFrame,
    known: pl.DataFrame,
    settings: OnlineSettings,
    *,
    as_of_date: date,
    geocoder: Geocodes | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The places with what the provider's answers say, in the same order, and the new rows of the cache (ANSWER_SCHEMA).

    `records`: PARTS of the rows of `places`, any of them may be missing. `places`: columns of geo.customer_places. `known`: the cache.
    The others: as in `ask`. Without a provider the places come back as they are: answers of earlier nights count only while it is set.
    """
    if settings.provider is None:
        return places, pl.DataFrame(schema=ANSWER_SCHEMA)
    lines = address_lines(records, places)
    rows = ask(questions_of(lines), known, settings, as_of_date=as_of_date, geocoder=geocoder, sleep=sleep)
    answers = merge_answers(known, rows).filter(pl.col("provider") == settings.provider)
    return use_answers(places.with_columns(lines["address_key"]), answers).drop("address_key"), rows


def use_answers(places: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """`places` in the same order and with the same columns: better where an answer is believed, with WRONG_PLACE where one is not.

    `places`: address_key (null: not asked), country_code, latitude, longitude, place_precision, place_method, problems (codes joined by
    commas), and the cells of the map if they are there. `answers`: ANSWER_SCHEMA; of several providers' answers the finest counts.
    """
    rows = places.with_row_index("_row")
    judged = _judge(rows, answers)
    best = judged.filter("is_believed", pl.col("rank") < pl.col("place_rank")).sort("_row", "rank", "provider")
    best = best.unique("_row", keep="first", maintain_order=True)
    by_row = judged.group_by("_row").agg(is_wrong=~pl.col("is_believed").any())
    found = best.select("_row", "online_latitude", "online_longitude", "online_precision", "provider")
    rows = rows.join(found, on="_row", how="left", maintain_order="left").join(by_row, on="_row", how="left", maintain_order="left")
    is_better = pl.col("online_precision").is_not_null()
    problems = pl.concat_str(pl.when(pl.col("problems") != "").then("problems"), pl.lit(WRONG_PLACE), separator=",", ignore_nulls=True)
    rows = rows.with_columns(
        latitude=pl.when(is_better).then("online_latitude").otherwise("latitude"),
        longitude=pl.when(is_better).then("online_longitude").otherwise("longitude"),
        place_precision=pl.coalesce("online_precision", "place_precision"),
        place_method=pl.when(is_better).then(pl.lit("online_") + pl.col("provider")).otherwise("place_method"),
        problems=pl.when("is_wrong").then(problems.str.split(",").list.sort().list.join(",")).otherwise("problems"),
    )
    return _with_cells(rows, is_better).select(places.columns)


def _judge(rows: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """Every row with every answer to its question: is_believed, and how fine answer and place are (0: a point)."""
    placed = answers.filter(pl.col("status").is_in(["found", "wrong_place"])).select(
        "address_key", "provider", "status",
        online_latitude="latitude", online_longitude="longitude", online_precision="place_precision",
    )  # fmt: skip
    boxes = read_table("world_countries.csv").select("country_code", "south", "north", "west", "east")
    pairs = rows.select("_row", "address_key", "country_code", "latitude", "longitude", "place_precision")
    pairs = pairs.join(placed, on="address_key", how="inner").join(boxes, on="country_code", how="left")
    ends = ("latitude", "longitude", "online_latitude", "online_longitude")
    distance = pl.Series("km", kilometres(*(pairs[name].cast(pl.Float64) for name in ends))).fill_nan(None)
    limit = pairs["place_precision"].replace_strict(FAR_KM, default=None, return_dtype=pl.Float64)
    is_near = (distance <= limit).fill_null(True)  # of a country, or of a place without a point, its box alone decides
    in_box = pl.col("online_latitude").is_between("south", "north") & pl.col("online_longitude").is_between("west", "east")
    return pairs.select(
        "_row", "provider", "online_latitude", "online_longitude", "online_precision",
        is_believed=((pl.col("status") == "found") & in_box).fill_null(False) & is_near,
        rank=pl.col("online_precision").replace_strict(_RANKS, default=len(PRECISIONS), return_dtype=pl.Int64),
        place_rank=pl.col("place_precision").replace_strict(_RANKS, default=len(PRECISIONS), return_dtype=pl.Int64),
    )  # fmt: skip


def _with_cells(rows: pl.DataFrame, is_better: pl.Expr) -> pl.DataFrame:
    """The cells of the map that a better point lies in, as in the offline places: none for a region's centre."""
    if not set(CELL_SCHEMA) <= set(rows.columns):
        return rows
    on_map = pl.when(pl.col("place_precision").is_in(ON_THE_MAP))
    points = rows.select(on_map.then("latitude").alias("latitude"), on_map.then("longitude").alias("longitude"))
    cells = cells_of(points["latitude"], points["longitude"]).rename({name: f"new_{name}" for name in CELL_SCHEMA})
    rows = pl.concat([rows, cells], how="horizontal")
    return rows.with_columns(pl.when(is_better).then(f"new_{name}").otherwise(name).alias(name) for name in CELL_SCHEMA)
