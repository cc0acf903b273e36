"""Which country a customer is in: by the country's own field, else by region, address, city, postal code or phone.

Here: what the other parts of a row say about its country, and `country_of`, which says which module places a row. Not here: reading
the country's own field (cleaning/countries.py), regions and cities within the country (american.py, chinese.py, world.py).

Nothing is guessed from a single likeness: a name of a region or a city that two countries bear says nothing.
"""

from functools import lru_cache

import phonenumbers
import polars as pl

from ingest.cleaning.countries import COUNTRY_SCHEMA, country_keys, country_names, read_countries
from ingest.geocoding.chinese_tables import senses
from ingest.geocoding.place_table import with_parts
from ingest.geocoding.reference_tables import american_towns, cities_of_the_world, read_table
from ingest.values.folding import folded, on_distinct, place_key, shorten, simplified

RUNNER_UP_SHARE = 0.2  # of several cities of one name the largest is meant when the next has less than a fifth of its inhabitants
_LARGE_CITY = 15_000  # inhabitants from which a city's name alone may say the country
_LINE_END = 120  # characters at the end of an address that are looked at
_AMERICAN_END = r"(?i)[ ,]([a-z]{2})[ ,]+(\d{5})(?:-\d{4})?[ ,]*(?:USA|US|U\.S\.A?\.?|United States)?\s*$"
_LONGEST_NAME = 60  # characters: United Kingdom of Great Britain and Northern Ireland has 52
_LONGEST_CHINESE = 11  # characters: 委内瑞拉玻利瓦尔共和国
STREET_FOLLOWS = r"^[东西南北中]?[一二三四五]?(?:大道|大街|路|街|道|巷)"  # 香港中路 is a street in Qingdao
_WORDS_IN_CHINA = ("两江", "中央")  # a new area of Chongqing and any central building; provinces of Korea and France too
_WITNESSES = ("region", "address", "street", "city", "postal_code", "phone", "country")


@lru_cache(maxsize=1)
def telling_regions() -> pl.DataFrame:
    """key, country_code: names of regions of three letters and more that no other country's region and no country bears."""
    names = read_table("world_region_names.parquet").filter(
        ~pl.col("key").is_in(list(country_keys())) & (pl.col("key").str.len_bytes() > 2)
    )
    american = state_keys().filter((pl.col("key").str.len_bytes() > 2) & ~pl.col("key").is_in(list(country_keys())))
    names = pl.concat([names.select("key", "country_code"), american.select("key", country_code=pl.lit("US"))]).unique()
    return names.filter(pl.len().over("key") == 1).sort("key")


@lru_cache(maxsize=1)
def _countries_as_regions() -> pl.DataFrame:
    """Names of countries in a region's column: those that no region bears, and 香港, 澳门, 台湾, which China's list has as well."""
    regions = read_table("world_region_names.parquet").filter(~pl.col("region_code").is_in(["CN-HK", "CN-MO", "CN-TW"]))
    names = country_names().filter(~pl.col("key").is_in(regions["key"].implode()) & (pl.col("key").str.len_bytes() > 3))
    return names.select("key", "country_code")


@lru_cache(maxsize=1)
def state_keys() -> pl.DataFrame:
    """key, state: the two letters of an American state by the key of every way to write it, Chinese too, and by `US-` and the letters."""
    states = read_table("us_states.csv")
    lists = [states.select("state", name=pl.col(column).str.split("|")).explode("name") for column in ("other_names", "chinese_names")]
    codes = pl.concat([states.select("state", name=pl.col("state")), states.select("state", name="US-" + pl.col("state"))])
    names = pl.concat([states.select("state", "name"), codes, *lists]).drop_nulls()
    return names.select("state", key=place_key(pl.col("name"))).unique().sort("key", "state")


@lru_cache(maxsize=1)
def telling_cities() -> pl.DataFrame:
    """key, country_code: names of large cities that mean one city in the world (the next has less than a fifth of its people)."""
    named = cities_of_the_world().filter(
        pl.col("population") >= _LARGE_CITY, pl.col("is_own") | pl.col("key").str.contains(r"^\p{Han}{2,}$")
    )
    named = named.sort("key", "population", "town", descending=[False, True, False])
    runner_up = pl.col("population").shift(-1).over("key")
    named = named.with_columns(is_alone=(runner_up < RUNNER_UP_SHARE * pl.col("population")).fill_null(True))
    return named.unique("key", keep="first", maintain_order=True).filter("is_alone").select("key", "country_code")


def locate_countries(parts: pl.DataFrame) -> pl.DataFrame:
    """country_code, country_method, country_problem of each row.

    The written country decides; where there is none, the first of these that says one: the region, the end (in Chinese the start)
    of the address, the city, the postal code's form, the phone. A country that is written and not recognised keeps its problem.
    """
    frame = with_parts(parts, _WITNESSES)
    read = read_countries(frame["country"])
    frame = frame.with_columns(read)
    open_rows = frame.with_row_index("_row").filter(pl.col("country_code").is_null()).drop(list(COUNTRY_SCHEMA))
    if open_rows.is_empty():
        return read
    names = list(_WITNESSES)
    distinct = open_rows.select(names).unique()
    found = pl.concat([distinct, _by_witnesses(distinct)], how="horizontal")
    open_rows = open_rows.join(found, on=names, how="left", nulls_equal=True).select("_row", new="country_code", how="country_method")
    result = read.with_row_index("_row").join(open_rows, on="_row", how="left", maintain_order="left")
    return result.select(
        pl.coalesce("country_code", "new").alias("country_code"),
        pl.coalesce("country_method", "how").alias("country_method"),
        "country_problem",
    )


def country_of(parts: pl.DataFrame) -> pl.Series:
    """ISO 3166-1 alpha-2 of each row, null where nothing says it: which module a row goes to. Columns: PARTS and phone, all nullable."""
    return locate_countries(parts)["country_code"]


def _by_witnesses(rows: pl.DataFrame) -> pl.DataFrame:
    """country_code and country_method of rows whose country column says nothing."""
    region = on_distinct(rows["region"], place_key(pl.col("text")))
    city = on_distinct(rows["city"], place_key(pl.col("text")))
    address = rows.select(pl.coalesce("address", "street").str.tail(_LINE_END).alias("address")).to_series()
    written = address.str.extract(r"([^,，;\n]*)[,，;\s]*$")
    is_long = (written.str.len_chars() > _LONGEST_NAME) | (  # a Chinese line without commas is its own end, and no country's name
        (written.str.len_bytes() > 2 * written.str.len_chars()) & (written.str.len_chars() > _LONGEST_CHINESE)
    )
    end = folded(written.set(is_long.fill_null(value=False), None))
    frame = rows.select(
        region_key=simplified(region),
        region_code=pl.col("region").str.strip_chars().str.to_uppercase().str.extract(r"^([A-Z]{2})-[A-Z0-9]{1,3}$"),
        city_key=simplified(city), postal_code=pl.col("postal_code").str.strip_chars().str.to_uppercase(),
        phone=pl.col("phone").str.replace_all(r"[^\d+]", "").str.replace(r"^00", "+"),
        address=address, chinese=pl.coalesce("address", "street").str.extract(r"^\s*(\p{Han}{2,16})"),
    )  # fmt: skip
    frame = frame.with_columns(end.alias("tail")).with_columns(shorten(pl.col("tail")), simplified(frame["chinese"]).alias("chinese"))
    votes = frame.select(
        region_code=_if_known(pl.col("region_code")),
        region_name=_looked_up(frame["region_key"], telling_regions()),
        country_in_region=_looked_up(frame["region_key"], _countries_as_regions()),
        address_text=pl.coalesce(_looked_up(frame["tail"], _written_countries()), _chinese_start(frame["chinese"]), _american_end(frame)),
        state_code=_state_with_zip(frame),
        state_and_city=_state_with_town(frame).set(_is_region_of_city(rows, frame), None),
        city_name=_looked_up(frame["city_key"], telling_cities()),
        address_script=pl.when(pl.col("chinese").is_not_null()).then(pl.lit("CN")),
        postal_code=_by_postal_form(pl.col("postal_code")),
        phone=_by_phone(frame["phone"]),
        address_letters=pl.when(_is_chinese(rows)).then(pl.lit("CN")),
    )
    methods = [pl.when(pl.col(name).is_not_null()).then(pl.lit(name)) for name in votes.columns]
    return votes.select(country_code=pl.coalesce(votes.columns), country_method=pl.coalesce(methods))


def _looked_up(keys: pl.Series, table: pl.DataFrame) -> pl.Series:
    return keys.to_frame("key").join(table, on="key", how="left", maintain_order="left")["country_code"]


def _if_known(code: pl.Expr) -> pl.Expr:
    return pl.when(code.is_in(read_table("world_countries.csv")["country_code"].to_list())).then(code)


@lru_cache(maxsize=1)
def _written_countries() -> pl.DataFrame:
    """Names of countries that may end an address: no codes of two letters but US and UK, for CA and DE are states as well."""
    names = country_names().filter((pl.col("key").str.len_bytes() > 3) | pl.col("key").is_in(["usa", "us", "uk", "uae", "prc"]))
    return names.filter(~pl.col("key").is_in(["georgia"])).select("key", "country_code")  # a state as well


def _chinese_start(texts: pl.Series) -> pl.Series:
    """The country that a Chinese address starts with, by its Chinese name or by the name of a region of it: 美国加利福尼亚州..., 日本..."""
    names = pl.concat([_written_countries(), telling_regions()]).filter(pl.col("key").str.contains(r"^\p{Han}{2,}$")).unique("key")
    names = names.filter(~pl.col("key").is_in([*senses(), *_WORDS_IN_CHINA]))  # 德州 is Texas and a city in Shandong
    best = pl.Series("best", [None] * texts.len(), dtype=pl.String)
    for size in range(2, _LONGEST_CHINESE + 1):
        is_street = texts.str.slice(size).str.contains(STREET_FOLLOWS).fill_null(False)
        found = _looked_up(texts.str.head(size), names)
        best = found.zip_with(~is_street & found.is_not_null(), best)
    return best


def _american_end(frame: pl.DataFrame) -> pl.Series:
    """US where an address ends in a state and a ZIP that lies in it."""
    groups = frame["address"].str.extract_groups(_AMERICAN_END).struct.unnest()
    end = groups.select(state=pl.col("1").str.to_uppercase(), zip=pl.col("2"))
    return _in_zip_table(end)


def _state_with_zip(frame: pl.DataFrame) -> pl.Series:
    """US where region and postal code are a state's two letters and a ZIP that lies in it."""
    states = frame.select(key="region_key").join(state_keys(), on="key", how="left", maintain_order="left")["state"]
    return _in_zip_table(frame.select(state=states, zip=pl.col("postal_code").str.extract(r"^(\d{5})(?:-?\d{4})?$")))


def _state_with_town(frame: pl.DataFrame) -> pl.Series:
    """US where the region is a state and the city a town in it: Springfield, IL. Milan, MI is Milano, for its name alone says so."""
    states = frame.select("city_key", key="region_key").join(state_keys(), on="key", how="left", maintain_order="left")
    towns = american_towns().select("state", city_key="key", country_code=pl.lit("US"))
    return states.join(towns, on=["city_key", "state"], how="left", maintain_order="left")["country_code"]


def _is_region_of_city(rows: pl.DataFrame, frame: pl.DataFrame) -> pl.Series:
    """Whether the region is one of the country that the city's name alone says: Milan, MI is Milano; Alexandria, VA is not in Egypt."""
    country = _looked_up(frame["city_key"], telling_cities())
    code = pl.concat_str(pl.lit(country), pl.lit("-"), rows["region"].str.strip_chars().str.to_uppercase())
    return pl.select(code.is_in(read_table("world_regions.csv")["region_code"].implode()).fill_null(value=False)).to_series()


def _is_chinese(rows: pl.DataFrame) -> pl.Series:
    """Whether the address holds Chinese characters, wherever: `（总部）滨江区青禾路1号`; not Japanese or Korean ones beside them."""
    text = rows.select(pl.coalesce("address", "street")).to_series()
    return (text.str.contains(r"\p{Han}") & ~text.str.contains(r"[\p{Hiragana}\p{Katakana}\p{Hangul}]")).fill_null(value=False)


def _in_zip_table(pairs: pl.DataFrame) -> pl.Series:
    known = read_table("us_zip.parquet").select("zip", "state", country_code=pl.lit("US"))
    return pairs.join(known, on=["zip", "state"], how="left", maintain_order="left")["country_code"]


def _by_postal_form(code: pl.Expr) -> pl.Expr:
    """The few forms that only one country has: ZIP+4, British and Canadian letters and digits."""
    return (
        pl.when(code.str.contains(r"^\d{5}-\d{4}$")).then(pl.lit("US"))
        .when(code.str.contains(r"^[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}$")).then(pl.lit("GB"))
        .when(code.str.contains(r"^[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d$")).then(pl.lit("CA"))
    )  # fmt: skip


def _by_phone(phones: pl.Series) -> pl.Series:
    """The country of a number with its country code, and of a Chinese mobile number without."""
    distinct = phones.filter(phones.str.starts_with("+").fill_null(False)).unique().sort()
    known = {number: _region_of_number(number) for number in distinct.to_list()}
    read = (
        phones.replace_strict(known, default=None, return_dtype=pl.String) if known else pl.Series([None] * phones.len(), dtype=pl.String)
    )
    mobile = phones.str.contains(r"^1[3-9]\d{9}$").fill_null(False)
    return read.alias("read").to_frame().select(country_code=pl.when(mobile).then(pl.lit("CN")).otherwise("read"))["country_code"]


def _region_of_number(number: str) -> str | None:
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number[:20]))
    except phonenumbers.NumberParseException:
        return None
    return region if region and region != "001" else None
