"""Reading a free-text address of a known country: `Beispielweg 12, 80331 München, Deutschland`, 日本东京都港区芝公园4-2-8.

Here: the region and the city that stand at the end of a line, or at the start of a Chinese one. Not here: which of several cities of
one name is meant (world.py), the country (world_countries.py), Chinese and American addresses.
"""

from functools import lru_cache

import polars as pl

from ingest.cleaning.countries import country_names
from ingest.geocoding.reference_tables import cities_of_the_world, read_table
from ingest.geocoding.world_countries import STREET_FOLLOWS
from ingest.values.folding import folded, shorten, simplified

_SEGMENTS = 5  # the last parts between commas that are looked at: city, county, region and postal code, country, and one more
_LINE_END = 160  # characters at the end of a line that are looked at
_POSTAL = r"\b(?:\d{4} [a-z]{2}|[a-z]*\d\w*)\b"  # 1012 AB Amsterdam; words with a digit: D-80331, ME14 1AA, M5V 2T6
_LONGEST_CHINESE = 10  # characters of a region's or city's Chinese name
TEXT_SCHEMA = {"_row": pl.UInt32, "text_region": pl.String, "text_city": pl.String}


def read_addresses(lines: pl.DataFrame) -> pl.DataFrame:
    """_row, text_region (its code), text_city (its key) of lines (`_row`, `country_code`, `text`); null where none is found."""
    if lines.is_empty():
        return pl.DataFrame(schema=TEXT_SCHEMA)
    is_chinese = lines["text"].str.contains(r"\p{Han}")
    read = pl.concat([_by_segments(lines.filter(~is_chinese)), _by_start(lines.filter(is_chinese))])
    return read.cast(TEXT_SCHEMA).sort("_row")


def _by_segments(lines: pl.DataFrame) -> pl.DataFrame:
    """The last segment between commas that is or ends in a region, and the last one that holds a city; the first segment is the street."""
    text = folded(lines["text"].str.tail(_LINE_END))
    parts = lines.select("_row", "country_code", segment=text.str.split(",").list.tail(_SEGMENTS)).explode("segment")
    parts = parts.with_columns(position=pl.int_range(pl.len()).over("_row")).filter(pl.col("position") > 0).drop_nulls("segment")
    read = _read_segments(parts.select("country_code", "segment").unique().sort("country_code", "segment"))
    parts = parts.join(read, on=["country_code", "segment"], how="left", maintain_order="left").sort(
        "_row", "position", descending=[False, True]
    )
    regions = parts.drop_nulls("region").unique("_row", keep="first", maintain_order=True)
    regions = regions.select("_row", text_region="region", in_region="position", region_is="region_key")
    cities = parts.drop_nulls("towns").explode("towns").join(regions, on="_row", how="left", maintain_order="left")
    # `Toronto, Ontario`: the region's own words are the city only where nothing else is (Berlin, Genève).
    is_region = (pl.col("position") == pl.col("in_region")).fill_null(False) & (pl.col("towns") == pl.col("region_is")).fill_null(False)
    cities = cities.with_columns(is_region=is_region, order=pl.int_range(pl.len()).over("_row"))
    cities = cities.sort("_row", "is_region", "order").unique("_row", keep="first", maintain_order=True).select("_row", text_city="towns")
    found = lines.select("_row").join(regions, on="_row", how="left", maintain_order="left")
    return found.join(cities, on="_row", how="left", maintain_order="left").select("_row", "text_region", "text_city")


def _read_segments(segments: pl.DataFrame) -> pl.DataFrame:
    """region, region_key, towns (keys, the best first) of each: of the whole, its last two words, all but its last, its last word."""
    names = pl.col("segment").str.replace_all(_POSTAL, " ").str.replace_all(r"\s+", " ").str.strip_chars()
    words = names.str.split(" ")
    count = words.list.len()
    candidates = [
        segments.with_columns(word=names, order=pl.lit(0)),
        segments.filter(count > 2).with_columns(word=words.list.tail(2).list.join(" "), order=pl.lit(1)),
        segments.filter(count > 1).with_columns(word=words.list.head(count - 1).list.join(" "), order=pl.lit(2)),
        segments.filter(count > 1).with_columns(word=words.list.last(), order=pl.lit(3)),
    ]
    keys = pl.concat(candidates).with_columns(key=shorten(pl.col("word"))).drop_nulls("key").sort("country_code", "segment", "order")
    codes = read_table("world_regions.csv").select(short=pl.col("region_code"), code="region_code")
    regions = keys.join(read_table("world_region_names.parquet"), on=["country_code", "key"], how="left", maintain_order="left")
    regions = regions.with_columns(short=pl.col("country_code") + "-" + pl.col("key").str.to_uppercase())
    regions = regions.join(codes, on="short", how="left", maintain_order="left").with_columns(region=pl.coalesce("region_code", "code"))
    regions = regions.drop_nulls("region").unique(["country_code", "segment"], keep="first", maintain_order=True)
    towns = keys.join(town_keys(), on=["country_code", "key"], how="semi", maintain_order="left")
    towns = towns.group_by("country_code", "segment", maintain_order=True).agg(towns="key")
    found = segments.join(regions.select("country_code", "segment", "region", region_key="key"), on=["country_code", "segment"], how="left")
    return found.join(towns, on=["country_code", "segment"], how="left")


@lru_cache(maxsize=1)
def town_keys() -> pl.DataFrame:
    """key, country_code: every name of a city of each country."""
    return cities_of_the_world().select("key", "country_code").unique().sort("key", "country_code")


def _by_start(lines: pl.DataFrame) -> pl.DataFrame:
    """A Chinese line says country, region and city from the start: the longest name of each that is no street's."""
    text = simplified(lines["text"].str.head(60).str.replace_all(r"[\s,，、·]", "")).alias("text")
    frame = lines.select("_row", "country_code").with_columns(text)
    chinese = r"^\p{Han}+$"
    countries = country_names().filter(pl.col("key").str.contains(chinese)).select("key", "country_code", value="key")
    frame = frame.with_columns(_after(frame, countries)[1])
    regions = (
        read_table("world_region_names.parquet")
        .filter(pl.col("key").str.contains(chinese))
        .select("key", "country_code", value="region_code")
    )
    region, rest = _after(frame, regions)
    frame = frame.with_columns(rest)
    towns = town_keys().filter(pl.col("key").str.contains(chinese))
    city, _ = _after(frame, towns.with_columns(value="key"))
    return frame.select("_row", text_region=region, text_city=city)


def _after(frame: pl.DataFrame, names: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The value of the longest name that each text starts with, or null, and the text after it."""
    best = pl.Series("value", [None] * frame.height, dtype=pl.String)
    rest = frame["text"]
    for size in range(2, _LONGEST_CHINESE + 1):
        key = frame.select("country_code", key=pl.col("text").str.head(size))
        found = key.join(names, on=["key", "country_code"], how="left", maintain_order="left")["value"]
        after = frame["text"].str.slice(size).str.replace(r"^(?:省|州|市|邦|大区)", "")  # the tables have 安大略, people write 安大略省
        is_name = found.is_not_null() & ~after.str.contains(STREET_FOLLOWS).fill_null(False)
        best, rest = found.zip_with(is_name, best), after.zip_with(is_name, rest)
    return best, rest.alias("text")
