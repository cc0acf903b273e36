"""Places anywhere but in China and the United States: country, region and city.

Here: what the written parts and the end of a free-text address mean. Not here: which country a row is in (world_countries.py), reading
an address (world_text.py), China's divisions and American ZIPs (chinese.py, american.py).

What is written and not recognised keeps its name and gets a code: country:spelling, country:unknown, region:unknown,
region:not_in_country, region:spelling, city:unknown, city:ambiguous, city:not_in_region. A city's point is its centre, a region's and a
country's that of the people in its towns.
"""

import re
from functools import lru_cache

import polars as pl
from rapidfuzz import fuzz, process

from ingest.cleaning.countries import COUNTRY_CUTOFF, country_names
from ingest.geocoding.place_table import PLACE_SCHEMA, listed, on_distinct_rows, with_parts
from ingest.geocoding.reference_tables import cities_of_the_world, read_table
from ingest.geocoding.world_countries import RUNNER_UP_SHARE, locate_countries
from ingest.geocoding.world_text import read_addresses
from ingest.values.folding import LONGEST, key_of, on_distinct, place_key, simplified

_SHORTEST_FUZZY = 6
_BRACKETS = re.compile(r"\s*([^()（）]+?)\s*[(（]([^()（）]+)[)）]\s*")
_REGION_WORDS = re.compile(
    r"^(?:provinceof|stateof|regionof|countyof|cantonof|landof)|(?:province|state|region|county|prefecture|省|州|邦|大区|地区)$"
)
_CITY_WORDS = r"(?i)^\s*(?:city|town)\s+of\s+|\s+city\s*$|市\s*$"


def place_world(parts: pl.DataFrame) -> pl.DataFrame:
    """The place of each row (PLACE_SCHEMA), in the same order. Columns: PARTS, each nullable text, any of them may be missing."""
    return on_distinct_rows(with_parts(parts), _place)


def _place(rows: pl.DataFrame) -> pl.DataFrame:
    found = pl.concat([rows, locate_countries(rows)], how="horizontal")
    found = _with_text(found)
    found = _with_region(found)
    found = _with_city(found)
    return _written_out(found)


def _with_text(found: pl.DataFrame) -> pl.DataFrame:
    """Region and city out of the free text where the parts do not say them; as keys of the tables."""
    lacks = pl.col("city").is_null() | pl.col("region").is_null()
    wanted = pl.col("country_code").is_not_null() & lacks & pl.coalesce("address", "street").is_not_null()
    lines = found.with_row_index("_row").filter(wanted).select("_row", "country_code", text=pl.coalesce("address", "street"))
    read = read_addresses(lines)
    return found.with_row_index("_row").join(read, on="_row", how="left", maintain_order="left")


@lru_cache(maxsize=1)
def _regions() -> pl.DataFrame:
    return read_table("world_regions.csv").select("region_code", "parent_code", region_name="name")


def _with_region(found: pl.DataFrame) -> pl.DataFrame:
    """region_code, region_name, region_how, region_problem."""
    upper = pl.col("region").str.to_uppercase().str.strip_chars()
    key = simplified(on_distinct(found["region"], place_key(pl.col("text"))))
    found = found.with_columns(region_key=key, full_code=upper, short_code=pl.col("country_code") + "-" + upper)
    known = _regions().select("region_code", is_known=pl.lit(True))
    names = pl.concat([read_table("world_region_names.parquet"), _odd_regions(found)], how="diagonal").rename({"region_code": "by_name"})
    countries = country_names().select("key", repeats="country_code")
    for code in ("full_code", "short_code"):
        found = found.join(
            known.rename({"is_known": f"{code}_known"}), left_on=code, right_on="region_code", how="left", maintain_order="left"
        )
    found = found.join(names, left_on=["region_key", "country_code"], right_on=["key", "country_code"], how="left", maintain_order="left")
    found = found.join(countries, left_on="region_key", right_on="key", how="left", maintain_order="left")
    is_full = pl.col("full_code_known").fill_null(False)
    is_abroad = is_full & (pl.col("full_code").str.head(2) != pl.col("country_code")).fill_null(False)
    repeats = (pl.col("repeats") == pl.col("country_code")).fill_null(False)  # a city state repeats its own name: 香港, Singapore
    is_code_like = pl.col("country_code").is_not_null() & pl.col("full_code").str.contains(r"^[A-Z0-9]{1,3}$")
    found = found.with_columns(
        region_how=pl.when(pl.col("region").is_null()).then(pl.when(pl.col("text_region").is_not_null()).then(pl.lit("address_text")))
        .when(is_abroad).then(pl.lit("abroad"))
        .when(is_full | pl.col("short_code_known").fill_null(False)).then(pl.lit("region_code"))
        .when("is_slip").then(pl.lit("region_name_fuzzy"))
        .when(pl.col("by_name").is_not_null()).then(pl.lit("region_name"))
        .when(repeats).then(pl.lit("repeats"))
        .when(is_code_like).then(pl.lit("region_code_unlisted"))
        .otherwise(pl.lit("unknown")),
    )  # fmt: skip
    how = pl.col("region_how")
    code = (
        pl.when(how == "address_text").then("text_region")
        .when(how == "region_code").then(pl.when(is_full).then("full_code").otherwise("short_code"))
        .when(how.is_in(["region_name", "region_name_fuzzy"])).then("by_name")
        .when(how == "region_code_unlisted").then("short_code")
    )  # fmt: skip
    found = found.with_columns(region_code=code).join(_regions(), on="region_code", how="left", maintain_order="left")
    return found.with_columns(
        region_name=pl.when(how != "repeats").then(pl.coalesce("region_name", "region")).otherwise("region_name"),
        region_problem=pl.when(how == "region_name_fuzzy")
        .then(pl.lit("region:spelling"))
        .when(how == "abroad")
        .then(pl.lit("region:not_in_country"))
        .when(how == "unknown")
        .then(pl.lit("region:unknown")),
    )


def _odd_regions(found: pl.DataFrame) -> pl.DataFrame:
    """key, country_code, region_code, is_slip of regions that are no name as they stand: `Garonne (Haute)`, 安大略省, `Yveline`."""
    names = read_table("world_region_names.parquet")
    asked = found.select("country_code", "region", key="region_key").drop_nulls().unique().sort("country_code", "key", "region")
    asked = asked.unique(["country_code", "key"], keep="first", maintain_order=True).join(names, on=["country_code", "key"], how="anti")
    rows = []
    for country, text, key in asked.select("country_code", "region", "key").iter_rows():
        known = _region_keys(country)
        plain = next((known[again] for again in _other_ways(text, key) if again in known), None)
        code = plain or _closest_region(country, key)
        if code:
            rows.append((key, country, code, plain is None))
    return pl.DataFrame(rows, schema={**names.schema, "is_slip": pl.Boolean}, orient="row")


@lru_cache(maxsize=300)
def _region_keys(country: str) -> dict[str, str]:
    names = read_table("world_region_names.parquet").filter(pl.col("country_code") == country)
    return dict(names.select("key", "region_code").iter_rows())


def _other_ways(text: str, key: str) -> list[str]:
    """Other keys that a region's written name may mean: turned around its brackets, without the word for a region."""
    ways = [_REGION_WORDS.sub("", key)]
    turned = _BRACKETS.fullmatch(text[:LONGEST])
    if turned:
        ways += [key_of(f"{turned[2]} {turned[1]}") or "", key_of(turned[1]) or "", key_of(turned[2]) or ""]
    return [way for way in ways if way and way != key]


def _closest_region(country: str, key: str) -> str | None:
    """The one region of the country whose name is all but the written one; as strict as for countries."""
    if len(key) < _SHORTEST_FUZZY or not key.isascii():
        return None
    known = {name: code for name, code in _region_keys(country).items() if name.isascii() and len(name) >= _SHORTEST_FUZZY}
    found = process.extract(key, sorted(known), scorer=fuzz.ratio, score_cutoff=COUNTRY_CUTOFF, limit=5)
    codes = {known[match] for match, _, _ in found}
    return codes.pop() if len(codes) == 1 else None


@lru_cache(maxsize=1)
def city_names() -> pl.DataFrame:
    """key, country_code and the city: other names only where no city of the country bears them itself."""
    named = cities_of_the_world().filter(pl.col("is_own") == pl.col("is_own").any().over("country_code", "key"))
    return named.rename({"region_code": "c_region", "subregion_code": "c_subregion", "name": "c_name"})


@lru_cache(maxsize=1)
def _regions_with_cities() -> frozenset[str]:
    cities = read_table("world_cities.parquet")
    return frozenset(pl.concat([cities["region_code"], cities["subregion_code"]]).drop_nulls().to_list())


def _with_city(found: pl.DataFrame) -> pl.DataFrame:
    """c_ columns of the city meant, city_problem and city_how; each distinct combination of country, region and name once."""
    key = simplified(on_distinct(found["city"], place_key(pl.col("text"))))
    stem = simplified(on_distinct(found["city"], place_key(pl.col("text").str.replace(_CITY_WORDS, ""))))
    found = found.with_columns(
        city_key=key.fill_null(found["text_city"]), city_stem=stem.fill_null(found["text_city"]),
        city_how=pl.when(pl.col("city").is_not_null()).then(pl.lit("city_name")).otherwise(pl.lit("address_text")),
    )  # fmt: skip
    wanted = ["country_code", "region_code", "parent_code", "city_key", "city_stem"]
    asked = found.select(wanted).filter(pl.col("city_key").is_not_null() & pl.col("country_code").is_not_null()).unique().sort(wanted)
    return found.join(_cities_meant(asked), on=wanted, how="left", nulls_equal=True, maintain_order="left")


def _cities_meant(asked: pl.DataFrame) -> pl.DataFrame:
    asked = asked.with_row_index("_asked")
    tries = [asked.with_columns(key="city_key", order=pl.lit(0)), asked.with_columns(key="city_stem", order=pl.lit(1))]
    tries += [asked.with_columns(key=pl.col("city_stem") + ending, order=pl.lit(2 + i)) for i, ending in enumerate(("市", "city"))]
    found = pl.concat(tries).join(city_names(), on=["country_code", "key"], how="inner")
    found = found.filter(pl.col("order") == pl.col("order").min().over("_asked"))
    can_tell = pl.any_horizontal(
        pl.col(name).is_in(list(_regions_with_cities())).fill_null(False) for name in ("region_code", "parent_code")
    )
    in_region = pl.any_horizontal(
        (pl.col(city) == pl.col(stated)).fill_null(False)
        for city in ("c_region", "c_subregion")
        for stated in ("region_code", "parent_code")
    )
    found = found.with_columns(is_in=in_region | ~can_tell).sort(
        "_asked", "is_in", "population", "town", descending=[False, True, True, False]
    )
    found = found.unique(["_asked", "town"], keep="first", maintain_order=True)
    people = pl.col("population").filter("is_in")
    best = found.group_by("_asked", maintain_order=True).agg(
        pl.col("c_name", "c_region", "latitude", "longitude").filter("is_in").first(), count=pl.col("is_in").sum(),
        largest=people.get(0, null_on_oob=True), next=people.get(1, null_on_oob=True),
    )  # fmt: skip
    is_one = (pl.col("count") == 1) | (pl.col("next") < RUNNER_UP_SHARE * pl.col("largest"))
    best = best.with_columns(
        city_problem=pl.when(pl.col("count") == 0).then(pl.lit("city:not_in_region")).when(~is_one).then(pl.lit("city:ambiguous"))
    )
    known = pl.col("city_problem").is_null()
    best = best.select(
        "_asked", "city_problem", *(pl.when(known).then(pl.col(name)).alias(name) for name in ("c_name", "c_region")),
        c_latitude=pl.when(known).then("latitude"), c_longitude=pl.when(known).then("longitude"),
    )  # fmt: skip
    result = asked.join(best, on="_asked", how="left", maintain_order="left")
    unknown = pl.col("c_name").is_null() & pl.col("city_problem").is_null()
    return result.with_columns(city_problem=pl.when(unknown).then(pl.lit("city:unknown")).otherwise("city_problem")).drop("_asked")


def _written_out(found: pl.DataFrame) -> pl.DataFrame:
    has_city, has_region = pl.col("c_name").is_not_null(), pl.col("region_code").is_not_null()
    has_country = pl.col("country_code").is_not_null()
    # A city that has one meaning in the country says the region, also where the written one is not known; its problem stays.
    from_city = has_city & ~has_region & (pl.col("region_name").is_null() | (pl.col("region_how") == "unknown"))
    found = found.with_columns(region_code=pl.when(from_city).then("c_region").otherwise("region_code"))
    found = found.join(_regions().select("region_code", named="region_name"), on="region_code", how="left", maintain_order="left")
    centres = read_table("world_regions.csv").select("region_code", r_latitude="latitude", r_longitude="longitude")
    countries = read_table("world_countries.csv").select("country_code", k_latitude="latitude", k_longitude="longitude")
    found = found.join(centres, on="region_code", how="left", maintain_order="left")
    found = found.join(countries, on="country_code", how="left", maintain_order="left")
    nowhere = pl.col("city").is_not_null() & ~has_country
    return found.select(
        "country_code", "region_code",
        region_name=pl.when(pl.col("region_how") == "unknown").then(pl.coalesce("named", "region_name"))
        .otherwise(pl.coalesce("region_name", "named")),
        city_name=pl.coalesce("c_name", "city"),
        district_name="district", division_code=pl.lit(None),
        latitude=pl.coalesce("c_latitude", "r_latitude", "k_latitude"), longitude=pl.coalesce("c_longitude", "r_longitude", "k_longitude"),
        place_precision=pl.when(has_city).then(pl.lit("city")).when(has_region).then(pl.lit("region"))
        .when(has_country).then(pl.lit("country")).otherwise(pl.lit("none")),
        place_method=pl.when(has_city).then("city_how").when(has_region).then("region_how")
        .when(has_country).then("country_method").otherwise(pl.lit("none")),
        codes=listed(
            pl.when(nowhere).then(pl.lit("city:unknown")).when(pl.col("city").is_not_null()).then("city_problem"),
            pl.col("country_problem"), pl.col("region_problem"),
        ),
    ).cast(PLACE_SCHEMA)  # fmt: skip
