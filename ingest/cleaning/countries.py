"""A customer's country as it is written in an export: its code, how it is known, and what is wrong with it.

Here: names of countries in many languages (country_names.csv), two names beside each other, flags, and slips of the keyboard.
Not here: the country of a row that names none (geocoding/world_countries.py), regions and cities, writing country_names.csv
(geocoding/build_world_tables.py).

Nothing is guessed from a single likeness: a name that two countries bear says nothing, and a misspelt name must be all but right.
"""

import re
from functools import lru_cache
from pathlib import Path

import polars as pl
from rapidfuzz import fuzz, process

from ingest.values.folding import LONGEST, key_of, place_key, read_table, simplified

# 2026-11-21: one letter missing or too many in a name of 6 letters or more scores 91 to 98 (Philipines 95, Germny 92). No two
# countries compared here come closer than 90, tests/ingest/cleaning/test_countries.py. Official names are left out, for
# `Republic of Mali` and `Republic of Malawi` score 94; so are names in other languages than English.
COUNTRY_CUTOFF = 91.0
COUNTRY_SCHEMA = {"country_code": pl.String, "country_method": pl.String, "country_problem": pl.String}
COUNTRY_NAMES = Path(__file__).with_name("country_names.csv")
_SHORTEST_FUZZY = 6
_NOT_FUZZY = ("republic", "regionof")
_PARTERS = re.compile(r"[/()\[\],;|–—-]+")
_SCRIPT_EDGE = re.compile(r"(?<=[\u4e00-\u9fff])\s*(?=[A-Za-z])|(?<=[A-Za-z.])\s*(?=[\u4e00-\u9fff])")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


def country_names() -> pl.DataFrame:
    """key, country_code, name, kind (own, iso, language code): one row for each spelling that says one country."""
    return read_table(COUNTRY_NAMES)


@lru_cache(maxsize=1)
def country_keys() -> dict[str, str]:
    """ISO 3166-1 alpha-2 by the key of any spelling."""
    return dict(country_names().select("key", "country_code").iter_rows())


@lru_cache(maxsize=1)
def fuzzy_country_keys() -> tuple[str, ...]:
    """The keys that a misspelt name is compared with."""
    names = country_names().filter(pl.col("kind").is_in(["own", "iso", "en"]))
    keys = names.filter(pl.col("key").str.contains(rf"^[a-z]{{{_SHORTEST_FUZZY},}}$"))["key"].to_list()
    return tuple(sorted(key for key in keys if not any(word in key for word in _NOT_FUZZY)))


def closest_country(key: str) -> str | None:
    """alpha-2 of the one country whose key is all but the given one, or None. Strict on purpose: see COUNTRY_CUTOFF."""
    if len(key) < _SHORTEST_FUZZY or not key.isascii():
        return None
    found = process.extract(key, fuzzy_country_keys(), scorer=fuzz.ratio, score_cutoff=COUNTRY_CUTOFF, limit=5)
    codes = {country_keys()[match] for match, _, _ in found}
    return codes.pop() if len(codes) == 1 else None


def read_countries(texts: pl.Series) -> pl.DataFrame:
    """country_code, country_method, country_problem of each text; of an empty one all null.

    Methods: country_code (two or three letters), country_name, country_name_fuzzy. Problems: country:spelling, country:unknown.
    """
    distinct = texts.unique().drop_nulls().sort().to_frame("text")
    distinct = distinct.with_columns(key=place_key(pl.col("text")))
    distinct = distinct.with_columns(simplified(distinct["key"]).alias("key"))
    known = country_names().select("key", "country_code")
    distinct = distinct.join(known, on="key", how="left", maintain_order="left")
    is_code = pl.col("key").str.contains(r"^[a-z]{2,3}$")
    distinct = distinct.with_columns(
        country_method=pl.when(pl.col("country_code").is_not_null()).then(
            pl.when(is_code).then(pl.lit("country_code")).otherwise(pl.lit("country_name"))
        ),
        country_problem=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    odd = distinct.filter(pl.col("country_code").is_null()).select("text", "key")
    read = [_odd_country(text, key) for text, key in odd.iter_rows()]
    odd = pl.concat([odd.select("text"), pl.DataFrame(read, schema=COUNTRY_SCHEMA, orient="row")], how="horizontal")
    both = pl.concat([distinct.filter(pl.col("country_code").is_not_null()).select("text", *COUNTRY_SCHEMA), odd])
    return texts.to_frame("text").join(both, on="text", how="left", maintain_order="left").select(list(COUNTRY_SCHEMA))


def _odd_country(text: str, key: str | None) -> tuple[str | None, str | None, str | None]:
    """A text that is no name of a country as it stands: two names of one country, a flag, or a slip of the keyboard."""
    flags = {"".join(chr(ord(letter) - 0x1F1E6 + ord("a")) for letter in flag) for flag in _FLAG.findall(text)}
    pieces = [piece for part in _PARTERS.split(text[:LONGEST]) for piece in _SCRIPT_EDGE.split(part) if piece.strip()]
    codes = {country_keys().get(key_of(piece) or "") for piece in pieces} if 1 < len(pieces) <= 4 else set()
    codes = codes or {country_keys().get(flag) for flag in flags}
    if len(codes) == 1 and None not in codes:
        return codes.pop(), "country_name", None
    close = closest_country(key) if key else None
    return (close, "country_name_fuzzy", "country:spelling") if close else (None, None, "country:unknown")
