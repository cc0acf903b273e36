"""What is worth asking a geocoder: one line for each address that the offline tables place too coarsely.

Here: which records are worth a question, the line that is sent, and the key that answers are kept under. Not here: asking (answers.py).

A line is worth a call where the country is known (without one nothing could tell a wrong answer), the place is no better than a city, and
a street or an address says more than the names of the place. The line is written from the large to the small where it holds Chinese
characters (省市区街道), and from the small to the large elsewhere. Records that differ in case, width, accents, punctuation and blanks only
ask one question. No name of a customer or a person is part of it.
"""

import polars as pl

from ingest.geocoding.place_table import PARTS, with_parts
from ingest.geocoding.reference_tables import read_table
from ingest.values.folding import folded

GOOD_ENOUGH = ("point", "street", "postal_code", "district")
LINE_SCHEMA = {"address_key": pl.String, "text": pl.String, "country_code": pl.String}
QUESTION_SCHEMA = {**LINE_SCHEMA, "priority": pl.Int64}
_PLACE_NAMES = ("country_code", "region_name", "city_name", "district_name", "place_precision")
_LONGEST = 200  # characters of a street or an address that are sent: longer ones are pasted pages
_LONGEST_NAME = 60
_LEAST = 3  # letters and digits that must be left of a line without the names of its place: 3号, a house's number alone, places nothing
# 广东 for 广东省: what is left must be two characters, for 东区 is not 东.
_DIVISION = r"^(.{2,}?)(?:特别行政区|(?:维吾尔|壮族|回族)?自治区|自治州|地区|省|市|区|县)$"


def address_lines(records: pl.DataFrame, places: pl.DataFrame, *, good_enough: tuple[str, ...] = GOOD_ENOUGH) -> pl.DataFrame:
    """address_key, text and country_code (LINE_SCHEMA) of each record, in the same order; all null where no question is worth a call.

    `records`: PARTS, any of them may be missing. `places`: country_code, region_name, city_name, district_name and place_precision of the
    same records. `good_enough`: precisions that are not asked for.
    """
    rows = pl.concat([with_parts(records), places.select(pl.col(_PLACE_NAMES).cast(pl.String))], how="horizontal").with_row_index("_row")
    open_rows = rows.filter(
        pl.col("country_code").is_not_null(),
        ~pl.col("place_precision").is_in(good_enough).fill_null(False),
        pl.col("address").is_not_null() | pl.col("street").is_not_null(),
    )
    distinct = open_rows.select(pl.exclude("_row")).unique(maintain_order=True)
    lines = pl.concat([distinct, _lines(distinct)], how="horizontal")
    found = open_rows.join(lines, on=[*PARTS, *_PLACE_NAMES], how="left", nulls_equal=True).drop_nulls("address_key")
    return rows.select("_row").join(found.select("_row", *LINE_SCHEMA), on="_row", how="left", maintain_order="left").drop("_row")


def questions_of(lines: pl.DataFrame) -> pl.DataFrame:
    """One question for each key (QUESTION_SCHEMA), those that most records ask first; of several spellings the alphabet's first."""
    asked = lines.drop_nulls("address_key").group_by("address_key").agg(pl.col("text", "country_code").min(), priority=pl.len())
    return asked.select(pl.col(name).cast(type_) for name, type_ in QUESTION_SCHEMA.items()).sort(
        "priority", "address_key", descending=[True, False]
    )


def _lines(rows: pl.DataFrame) -> pl.DataFrame:
    """address_key and text of each row, null where a line says too little."""
    countries = read_table("world_countries.csv").select("country_code", english="name", chinese="chinese_name")
    frame = rows.join(countries, on="country_code", how="left", maintain_order="left").select(
        "country_code", "english", "chinese", _plain(pl.col("postal_code"), _LONGEST_NAME),
        *(_as_in_line(name) for name in ("region", "city", "district")), line=_plain(pl.coalesce("address", "street"), _LONGEST),
    )  # fmt: skip
    frame = frame.with_row_index("_row")
    is_chinese = frame["line"].str.contains(r"\p{Han}").fill_null(False)
    read = pl.concat([_large_to_small(frame.filter(is_chinese)), _small_to_large(frame.filter(~is_chinese))]).sort("_row")
    key = folded(read["text"]).str.replace_all(r"[,\s]+", " ").str.replace_all(r" *(\p{Han}) *", "$1").str.strip_chars()
    read = read.with_columns(key.alias("key"))
    is_worth = (pl.col("left") >= _LEAST) & (pl.col("key") != "")
    return read.select(
        address_key=pl.when(is_worth).then(pl.col("country_code") + " " + pl.col("key")),
        text=pl.when(is_worth).then("text"),
    )


def _large_to_small(frame: pl.DataFrame) -> pl.DataFrame:
    """Chinese order: before the line the names that it does not hold itself, each once. China itself is not named."""
    names = ("chinese", "region", "city", "district")
    whole = {name: pl.col("line").str.contains(pl.col(name), literal=True) for name in names}
    stems = {name: pl.col(name).str.replace(_DIVISION, "$1") for name in names}
    needles = [pl.when(whole[name]).then(name).otherwise(stems[name]).alias(f"key_{name}") for name in names]
    frame = _without_names(frame.with_columns(pl.col("line").alias("hay"), *needles), names)
    foreign = pl.when(pl.col("country_code") != "CN").then("add_chinese")
    text = pl.concat_str(foreign, *(f"add_{name}" for name in names[1:]), "line", ignore_nulls=True)
    return frame.select("_row", "country_code", "left", text=text)


def _small_to_large(frame: pl.DataFrame) -> pl.DataFrame:
    """Western order: behind the line the names that it does not hold itself, each once."""
    names = ("english", "postal_code", "region", "city")
    folds = [(" " + folded(frame[name]).str.replace_all(",", " ") + " ").alias(f"key_{name}") for name in names]
    hay = (" " + folded(frame["line"]).str.replace_all(",", " ") + " ").alias("hay")
    frame = _without_names(frame.with_columns(hay, *folds), names)
    text = pl.concat_str("line", "add_city", "add_region", "add_postal_code", "add_english", separator=", ", ignore_nulls=True)
    return frame.select("_row", "country_code", "left", text=text)


def _without_names(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """add_<name>: the name where `hay` does not hold its key_<name>, each once; left: letters and digits of `hay` without all of them."""
    frame = frame.with_columns(left=_letters("hay"), seen=pl.lit(""))
    for name in names:
        key = pl.col(f"key_{name}")
        is_new = (key.str.strip_chars() != "") & ~pl.col("seen").str.contains(key, literal=True)
        frame = frame.with_columns(is_new=is_new.fill_null(False)).with_columns(
            is_held=(pl.col("is_new") & pl.col("hay").str.contains(key, literal=True)).fill_null(False)
        )
        frame = frame.with_columns(
            pl.when(pl.col("is_new") & ~pl.col("is_held")).then(name).alias(f"add_{name}"),
            left=pl.col("left") - pl.when("is_held").then(_letters(f"key_{name}")).otherwise(0),
            seen=pl.concat_str("seen", key, ignore_nulls=True),
        )
    return frame


def _as_in_line(name: str) -> pl.Expr:
    """The name of the offline place, but as it is written where the line holds that (München, not Munich)."""
    is_there = pl.coalesce("address", "street").str.contains(pl.col(name), literal=True)
    return _plain(pl.when(is_there).then(name).otherwise(pl.coalesce(f"{name}_name", name)), _LONGEST_NAME).alias(name)


def _plain(text: pl.Expr, longest: int) -> pl.Expr:
    """Width and blanks mended, lines joined by commas, nothing unseen, `longest` characters at most."""
    plain = text.str.slice(0, 4 * longest).str.normalize("NFKC").str.replace_all(r"\s*[\r\n;|]+\s*", ", ")
    plain = plain.str.replace_all(r"[\p{Cc}\p{Cf}\p{Co}\p{Cn}]", "").str.replace_all(r"\s+", " ")
    return plain.str.head(longest).str.strip_chars(" ,")


def _letters(name: str) -> pl.Expr:
    return pl.col(name).str.count_matches(r"[\p{L}\p{N}]").cast(pl.Int64).fill_null(0)
