"""Places in the United States: the ZIP decides, and town and state where there is none or where both speak against it.

Here: state, county, town and ZIP of a row out of its parts or its free-text address, what contradicts what, and how sure the place is.
Not here: whether a row is American (world_countries.py), reading a line of an address (american_text.py), given coordinates
(coordinates.py).

division_code is the county's five digits (FIPS). A ZIP's and a town's point is its centre, a county's that of its area, a state's that
of its towns' people. Codes: region:unknown, region:not_in_country, city:unknown, city:ambiguous, city:not_in_region, district:unknown,
postal_code:unknown, postal_code:leading_zero, postal_code:contradicts_region, postal_code:contradicts_city, and the country's.
"""

from functools import lru_cache

import polars as pl

from ingest.cleaning.countries import read_countries
from ingest.geocoding.american_text import parse_addresses
from ingest.geocoding.coordinates import kilometres
from ingest.geocoding.place_table import PLACE_SCHEMA, listed, on_distinct_rows, with_parts
from ingest.geocoding.reference_tables import american_towns, read_table
from ingest.geocoding.world_countries import RUNNER_UP_SHARE, state_keys
from ingest.values.folding import on_distinct, place_key, place_keys, simplified

# 2026-11-22: of 27,250 ZIPs 99 % lie within 29 km of the town that they name, and 99.5 % within 120; the rest are another town of that
# name in the state (Woodbury, NY), and a ZIP that names the town is believed however far it is.
FAR_FROM_ZIP_KM = 120.0
_DISTRICT_WORDS = r"(?i)\s+(county|parish|borough|census area|municipality|planning region|co\.?)\s*$"
_CITY_WORDS = r"(?i)^\s*(?:city|town|village|borough)\s+of\s+|\s+(?:township|twp\.?|city)\s*$|市\s*$"


def place_american(parts: pl.DataFrame) -> pl.DataFrame:
    """The place of each row (PLACE_SCHEMA), in the same order. Columns: PARTS, each nullable text, any of them may be missing."""
    return on_distinct_rows(with_parts(parts), _place)


def _place(rows: pl.DataFrame) -> pl.DataFrame:
    known = _evidence(rows)
    known = _with_reference(known)
    return _decide(known)


def _evidence(rows: pl.DataFrame) -> pl.DataFrame:
    """What each row says: state, city_key, zip, county_fips, from its parts or else from its free text, and codes for what is not known."""
    is_line = rows["city"].str.contains(r"[,，]\s*\S|\d{5}").fill_null(False)  # `Austin, TX 78701` in the city's field
    text = rows.select(pl.when(is_line).then("city").otherwise(pl.coalesce("address", "street"))).to_series().alias("text")
    columns = rows.select(
        "region", "district", city=pl.when(~is_line).then("city"),
        postal=pl.col("postal_code").str.strip_chars(), written_city="city", written_region="region",
    )  # fmt: skip
    region_key = on_distinct(columns["region"], place_key(pl.col("text")))
    state = _joined(simplified(region_key), state_keys(), "key", "state")
    found = columns.with_columns(
        state=state,
        city_key=simplified(on_distinct(columns["city"], place_key(pl.col("text")))),
        city_stem=simplified(on_distinct(columns["city"], place_key(pl.col("text").str.replace(_CITY_WORDS, "")))),
        zip=pl.col("postal").str.extract(r"^(?:[A-Za-z]{2}[ -]?)?(\d{5})(?:[ -]?\d{4}|-)?(?:\.0)?$"),
        short_zip=pl.col("postal").str.extract(r"^(\d{3,4})(?:\.0)?$").str.zfill(5),
    )
    is_american = pl.col("country_code") == "US"  # another country's rows are not for this module, and no country is taken from them
    country = read_countries(rows["country"]).with_columns(country_code=pl.when(is_american).then("country_code"))
    found = pl.concat([found, country], how="horizontal")
    return _with_text(found, text)


def _with_text(found: pl.DataFrame, text: pl.Series) -> pl.DataFrame:
    """What the parts do not say, out of the free text."""
    lacks = found.select(pl.col("city").is_null() | pl.col("region").is_null() | pl.col("postal").is_null()).to_series()
    wanted = (lacks & text.is_not_null()).fill_null(False)
    parsed = parse_addresses(text.to_frame("text").with_row_index("_row").filter(wanted), found.filter(wanted)["state"])
    found = found.with_row_index("_row").join(parsed, on="_row", how="left", maintain_order="left")
    agrees = pl.col("state").is_null() | pl.col("text_state").is_null() | (pl.col("text_state") == pl.col("state"))
    return found.with_columns(
        from_text=(pl.col("city").is_null() & pl.col("text_city_key").is_not_null() & agrees)
        | (pl.col("region").is_null() & pl.col("text_state").is_not_null())
        | (pl.col("postal").is_null() & pl.col("text_zip").is_not_null() & agrees),
        city_key=pl.coalesce("city_key", pl.when(agrees).then("text_city_key")),
        city_stem=pl.coalesce("city_stem", pl.when(agrees).then("text_city_key")),
        written_city=pl.coalesce(pl.col("city"), pl.when(agrees).then("text_city")),
        state=pl.when(pl.col("region").is_null()).then("text_state").otherwise("state"),
        zip=pl.coalesce("zip", pl.when(pl.col("postal").is_null() & agrees).then("text_zip")),
    )


def _joined(keys: pl.Series, table: pl.DataFrame, key: str, value: str) -> pl.Series:
    return keys.alias(key).to_frame().join(table, on=key, how="left", maintain_order="left")[value]


@lru_cache(maxsize=1)
def _zips() -> pl.DataFrame:
    """zip and z_ columns: the town of the ZIP bears the name that the same town bears without one (New York City, St. Louis)."""
    table = read_table("us_zip.parquet")
    table = table.with_columns(z_key=place_keys(table["city"])).join(
        _towns(), left_on=["z_key", "state"], right_on=["key", "state"], how="left", maintain_order="left"
    )
    return table.select(
        "zip",
        "z_key",
        z_city=pl.coalesce("c_name", "city"),
        z_state="state",
        z_fips="county_fips",
        z_latitude="latitude",
        z_longitude="longitude",
    )


@lru_cache(maxsize=1)
def _prefixes() -> pl.DataFrame:
    """prefix, p_state: the first three digits of ZIPs that lie in one state."""
    table = read_table("us_zip.parquet").select(prefix=pl.col("zip").str.head(3), p_state="state").unique()
    return table.filter(pl.len().over("prefix") == 1).sort("prefix")


@lru_cache(maxsize=1)
def _towns() -> pl.DataFrame:
    return american_towns().select(
        "key", "state", c_name="name", c_fips="county_fips", c_latitude="latitude", c_longitude="longitude",
        c_people="population", c_shared="is_shared",
    )  # fmt: skip


@lru_cache(maxsize=1)
def _towns_of_one_meaning() -> pl.DataFrame:
    """key, n_state: the state of the largest town of a name, null where the next has a fifth of its people or more."""
    towns = _towns().select("key", "state", "c_people").sort("c_people", "state", descending=[True, False])
    towns = towns.group_by("key", maintain_order=True).agg(
        pl.col("state", "c_people").first(), next=pl.col("c_people").get(1, null_on_oob=True)
    )
    is_alone = pl.col("next").is_null() | (pl.col("next") < RUNNER_UP_SHARE * pl.col("c_people"))
    return towns.select("key", n_state=pl.when(is_alone).then("state"), n_exists=pl.lit(True))


@lru_cache(maxsize=1)
def _county_keys() -> pl.DataFrame:
    counties = read_table("us_counties.csv").with_columns(key=place_key(pl.col("name").str.replace(_DISTRICT_WORDS, "")))
    return counties.select("key", "state", d_fips="county_fips").unique(["key", "state"], keep="first", maintain_order=True)


def _with_reference(found: pl.DataFrame) -> pl.DataFrame:
    """The reference's rows beside the evidence: z_ the ZIP's, c_ the town's in the stated state, zc_ in the ZIP's, d_ the county's."""
    found = _with_short_zips(found)
    found = found.join(_zips(), on="zip", how="left", maintain_order="left")
    found = found.with_columns(prefix=pl.col("zip").str.head(3)).join(_prefixes(), on="prefix", how="left", maintain_order="left")
    only = _towns_of_one_meaning()
    found = found.join(only, left_on="city_key", right_on="key", how="left", maintain_order="left")
    stem = only.rename({"n_state": "s_state", "n_exists": "s_exists"})
    found = found.join(stem, left_on="city_stem", right_on="key", how="left", maintain_order="left")
    nothing_else = pl.col("z_state").is_null() & pl.col("p_state").is_null()
    found = found.with_columns(
        n_state=pl.coalesce("n_state", "s_state"), n_exists=pl.coalesce("n_exists", "s_exists"),
        stated=pl.coalesce("state", pl.when(nothing_else).then(pl.coalesce("n_state", "s_state"))),
    )  # fmt: skip
    found = _town_in(found, "stated", "")
    found = _town_in(found, "z_state", "z")
    district = simplified(on_distinct(found["district"], place_key(pl.col("text").str.replace(_DISTRICT_WORDS, ""))))
    found = found.with_columns(d_key=district, d_state=pl.coalesce("stated", "z_state"))
    return found.join(_county_keys(), left_on=["d_key", "d_state"], right_on=["key", "state"], how="left", maintain_order="left")


def _with_short_zips(found: pl.DataFrame) -> pl.DataFrame:
    """A ZIP of three or four digits has lost its zeros to a spreadsheet: it counts where the state or the town says the same."""
    zips = _zips().select("zip", s_zip_state="z_state", s_zip_key="z_key")
    found = found.join(zips, left_on="short_zip", right_on="zip", how="left", maintain_order="left")
    is_meant = (pl.col("s_zip_state") == pl.col("state")) | (pl.col("state").is_null() & (pl.col("s_zip_key") == pl.col("city_key")))
    is_meant = (pl.col("zip").is_null() & is_meant).fill_null(False)
    return found.with_columns(zip=pl.when(is_meant).then("short_zip").otherwise("zip"), lost_zero=is_meant)


def _town_in(found: pl.DataFrame, state: str, prefix: str) -> pl.DataFrame:
    """The town of this name in the state of that column; under its stem (without `City of`, `Township`) where the name is not known."""
    towns = _towns().rename({name: f"{prefix}{name}" for name in _towns().columns if name.startswith("c_")})
    own = found.join(towns, left_on=["city_key", state], right_on=["key", "state"], how="left", maintain_order="left")
    columns = [name for name in towns.columns if name.startswith(f"{prefix}c_")]
    if own.filter(pl.col(f"{prefix}c_name").is_null() & (pl.col("city_stem") != pl.col("city_key"))).is_empty():
        return own
    stem = found.select("city_stem", state).join(
        towns, left_on=["city_stem", state], right_on=["key", "state"], how="left", maintain_order="left"
    )
    is_known = own[f"{prefix}c_name"].is_not_null()
    return own.with_columns(own[name].zip_with(is_known, stem[name]) for name in columns)


def _decide(found: pl.DataFrame) -> pl.DataFrame:
    """How the place is known: zip, city, district, region, country or none."""
    has_zip = pl.col("z_state").is_not_null()
    near = FAR_FROM_ZIP_KM
    stated_km = pl.Series("stated_km", kilometres(*(found[name] for name in ("c_latitude", "c_longitude", "z_latitude", "z_longitude"))))
    zip_km = pl.Series("zip_km", kilometres(*(found[name] for name in ("zc_latitude", "zc_longitude", "z_latitude", "z_longitude"))))
    found = found.with_columns(stated_km.fill_nan(None), zip_km.fill_nan(None)).with_columns(
        has_zip=has_zip,
        is_against=(has_zip & (pl.col("stated") != pl.col("z_state"))).fill_null(False),
        zip_names_city=((pl.col("city_key") == pl.col("z_key")) | (pl.col("zip_km") <= near)).fill_null(False),
        knows_city=pl.col("c_name").is_not_null(),
        is_shared=pl.col("c_shared").fill_null(False),
    )
    far = ~pl.col("zip_names_city") & pl.when(pl.col("state").is_null()).then(
        pl.col("n_exists").fill_null(False) & (pl.col("zip_km") > near).fill_null(pl.col("n_state").is_not_null())
    ).otherwise((pl.col("stated_km") > near).fill_null(False))  # fmt: skip
    prefix_against = ~has_zip & (pl.col("p_state") != pl.col("state")).fill_null(False)
    found = found.with_columns(is_far=(has_zip & ~pl.col("is_against") & far).fill_null(False), prefix_against=prefix_against)
    found = found.with_columns(
        how=pl.when("has_zip", ~pl.col("is_against"), ~pl.col("is_far")).then(pl.lit("zip"))
        .when("is_against", ~pl.col("knows_city"), "zip_names_city").then(pl.lit("zip"))
        .when("is_far", pl.col("state").is_null()).then(pl.lit("country"))
        .when("is_far").then(pl.lit("region"))
        .when("knows_city", ~pl.col("is_shared")).then(pl.lit("city"))
        .when("is_shared", pl.col("d_fips") == pl.col("c_fips")).then(pl.lit("city"))
        .when(pl.col("d_fips").is_not_null()).then(pl.lit("district"))
        .when(pl.coalesce("stated", pl.when(pl.col("region").is_null()).then("p_state")).is_not_null()).then(pl.lit("region"))
        .when(pl.col("country_code").is_not_null()).then(pl.lit("country")).otherwise(pl.lit("none")),
    )  # fmt: skip
    return _written_out(found)


def _written_out(found: pl.DataFrame) -> pl.DataFrame:
    how = pl.col("how")
    by_zip, by_city, by_district = how == "zip", how == "city", how == "district"
    state = pl.when(by_zip).then("z_state").when(how.is_in(["city", "district", "region"])).then(pl.coalesce("stated", "p_state"))
    fips = pl.when(by_zip).then("z_fips").when(by_city).then("c_fips").when(by_district).then("d_fips")
    found = found.with_columns(state_out=state, fips_out=fips)
    states = read_table("us_states.csv").select("region_code", state_out="state", state_name="name")
    counties = read_table("us_counties.csv").select("latitude", "longitude", fips_out="county_fips", county="name")
    centres = read_table("world_regions.csv").select("region_code", r_latitude="latitude", r_longitude="longitude")
    country = read_table("world_countries.csv").filter(pl.col("country_code") == "US").row(0, named=True)
    found = found.join(states, on="state_out", how="left", maintain_order="left").join(
        centres, on="region_code", how="left", maintain_order="left"
    )
    found = found.join(counties, on="fips_out", how="left", maintain_order="left")
    near_town = pl.coalesce(
        pl.when(pl.col("zip_names_city") | pl.col("city").is_not_null()).then("zc_name"), pl.when(~pl.col("is_against")).then("c_name")
    )
    point = {}
    for axis in ("latitude", "longitude"):
        by_level = pl.when(by_zip).then(f"z_{axis}").when(by_city).then(f"c_{axis}").when(by_district).then(axis)
        in_state = pl.when(how != "none", how != "country").then(f"r_{axis}")
        point[f"{axis}_out"] = pl.coalesce(by_level, in_state, pl.when(how == "country").then(pl.lit(country[axis])))
    found = found.with_columns(**point, codes_out=_codes())
    has_centre = pl.col("z_latitude").is_not_null()
    precision = pl.when(by_zip & has_centre).then(pl.lit("postal_code")).when(by_zip).then(pl.lit("region")).otherwise(how)
    return found.select(
        country_code=pl.when(how != "none").then(pl.lit("US")),
        region_code="region_code",
        region_name=pl.coalesce("state_name", "written_region"),
        city_name=pl.when(by_zip).then(pl.coalesce(near_town, "written_city", "z_city"))
        .when(by_city).then("c_name").otherwise("written_city"),
        district_name=pl.coalesce("county", "district"), division_code="fips_out",
        latitude="latitude_out", longitude="longitude_out", place_precision=precision, place_method=_method(), codes="codes_out",
    ).cast(PLACE_SCHEMA)  # fmt: skip


def _codes() -> pl.Expr:
    zip_unknown = (pl.col("postal").is_not_null() | pl.col("zip").is_not_null()) & ~pl.col("has_zip")
    region_unknown = pl.col("region").is_not_null() & pl.col("state").is_null()
    is_foreign = pl.col("region").str.contains(r"^\s*[A-Z]{2}-[A-Z0-9]{1,3}\s*$")
    has_city = pl.col("city_key").is_not_null()
    known = pl.col("knows_city") | pl.col("zc_name").is_not_null() | pl.col("zip_names_city")
    elsewhere = pl.col("n_exists").fill_null(False) & pl.coalesce("stated", "z_state").is_not_null()
    shared = (
        has_city
        & (pl.col("how") != "zip")
        & (
            pl.col("is_shared") & (pl.col("how") != "city")
            | (pl.col("n_exists").fill_null(False) & pl.coalesce("stated", "z_state").is_null())
        )
    )
    city = (
        pl.when(shared, ~pl.col("is_far")).then(pl.lit("city:ambiguous"))
        .when(has_city, ~known, elsewhere, ~pl.col("is_far")).then(pl.lit("city:not_in_region"))
        .when(has_city, ~known, ~pl.col("n_exists").fill_null(False)).then(pl.lit("city:unknown"))
    )  # fmt: skip
    district = pl.col("district").is_not_null() & pl.col("d_fips").is_null() & pl.col("d_state").is_not_null()
    return listed(
        city,
        pl.col("country_problem"),
        pl.when(district).then(pl.lit("district:unknown")),
        pl.when("is_far").then(pl.lit("postal_code:contradicts_city")),
        pl.when(pl.col("is_against") | pl.col("prefix_against")).then(pl.lit("postal_code:contradicts_region")),
        pl.when("lost_zero").then(pl.lit("postal_code:leading_zero")),
        pl.when(zip_unknown).then(pl.lit("postal_code:unknown")),
        pl.when(region_unknown, is_foreign).then(pl.lit("region:not_in_country")),
        pl.when(region_unknown, ~is_foreign).then(pl.lit("region:unknown")),
    )


def _method() -> pl.Expr:
    """What decided: postal_code, city_name, district_name, region_name or region_code, the country's; address_text: free text."""
    how = pl.col("how")
    is_code = pl.col("region").str.contains(r"^\s*(?:US-)?[A-Za-z]{2}\s*$").fill_null(False)
    region = (
        pl.when(pl.col("region").is_null(), pl.col("text_state").is_null())
        .then(pl.lit("postal_code"))
        .when(is_code)
        .then(pl.lit("region_code"))
    )
    method = (
        pl.when(how == "none").then(pl.lit("none"))
        .when(how == "country").then("country_method")
        .when("from_text").then(pl.lit("address_text"))
        .when(how == "zip", "is_against").then(pl.lit("postal_code+city_name"))
        .when(how == "zip").then(pl.lit("postal_code"))
        .when(how == "city").then(pl.lit("city_name"))
        .when(how == "district").then(pl.lit("district_name"))
        .otherwise(region.otherwise(pl.lit("region_name")))
    )  # fmt: skip
    return method.fill_null("country_code")
