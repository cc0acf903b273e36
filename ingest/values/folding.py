"""How names of countries and places are made comparable, and how a table of their keys is read.

Here: `fold` (width, case, accents, points), `place_key` (also blanks, Saint/St., Fort/Ft., Mount/Mt., compass points), and the reader
of reference tables. Not here: what a name means (cleaning/countries.py and geocoding), cleaning of customers' names.

A folded text is for comparison only; what is written down is the name of the reference. Tables hold the keys of `place_key`, so that
they need not be folded again: a change here means building the tables again (geocoding/build_world_tables.py).
"""

from functools import lru_cache
from pathlib import Path

import opencc
import polars as pl

_LETTERS = {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "&": " and "}
_UNSEEN = r"[\p{Cc}\p{Cf}\p{Co}\p{Cn}]"  # control, zero-width and direction marks
# As the United States' postal service shortens words of city names, and what people write in their stead.
_SHORT_WORDS = {
    "st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount|mtn|mountain", "n": "north|no", "s": "south|so", "e": "east", "w": "west",
    "hts": "heights|hghts|hgts", "spgs": "springs|spgs", "bch": "beach", "pt": "point", "jct": "junction", "vlg": "village",
    "twp": "township", "ctr": "center|centre|cntr",
}  # fmt: skip
_WORDS = {f" {word} ": f" {short} " for short, words in _SHORT_WORDS.items() for word in words.split("|")}
LONGEST = 500  # characters of a part that are looked at: no place's name is longer, a pasted page is (10,000 characters and more)


def fold(text: pl.Expr) -> pl.Expr:
    """The text for comparison: NFKC, lower case, no accents, no points or apostrophes, other punctuation as single blanks.

    Commas, semicolons and line breaks become one comma, for they part an address. Empty text becomes null.
    """
    plain = text.str.slice(0, LONGEST).str.replace_all(r"[\n\r，、；|\x{2028}]", ",").str.normalize("NFKC").str.normalize("NFD")
    plain = plain.str.replace_all(r"\p{Mn}", "").str.to_lowercase().str.replace_many(list(_LETTERS), list(_LETTERS.values()))
    return fold_ascii(plain.str.replace_all(_UNSEEN, "").str.normalize("NFC").str.replace_all(r"[’‘ʻʼ´]", ""))


def fold_ascii(text: pl.Expr) -> pl.Expr:
    """What is left of `fold` to do for text of plain ASCII letters."""
    plain = (
        text.str.slice(0, LONGEST).str.to_lowercase().str.replace_all(r"[\n\r;|]", ",").str.replace_all(r"['`.\x00-\x08\x0b-\x1f\x7f]", "")
    )
    plain = plain.str.replace_all("&", " and ", literal=True).str.replace_all(r"[^\p{L}\p{M}\p{N},]+", " ")
    plain = plain.str.replace_all(r" ?,[ ,]*", ",").str.strip_chars(" ,")
    return pl.when(plain.str.len_bytes() > 0).then(plain)


def folded(texts: pl.Series) -> pl.Series:
    """`fold` of each text; what is ASCII, most of the world's addresses, takes the short way."""
    frame = texts.alias("text").to_frame()
    is_ascii = (texts.str.len_bytes() == texts.str.len_chars()).fill_null(True)
    if is_ascii.all():
        return frame.select(fold_ascii(pl.col("text"))).to_series()
    rows = frame.with_row_index("_row")
    parts = [
        rows.filter(is_ascii).with_columns(fold_ascii(pl.col("text")).alias("text")),
        rows.filter(~is_ascii).with_columns(fold(pl.col("text")).alias("text")),
    ]
    return pl.concat(parts).sort("_row")["text"]


def shorten(folded_text: pl.Expr) -> pl.Expr:
    """The key of a folded name: common words shortened, blanks and commas out. `Saint Louis`, `St. Louis`, `ST LOUIS`: stlouis."""
    spaced = (folded_text.str.replace_all(r"[ ,]", "  ") + " ").str.replace("^", " ")  # each word with blanks of its own
    key = spaced.str.replace_many(list(_WORDS), list(_WORDS.values())).str.replace_all(" ", "", literal=True)
    return pl.when(key.str.len_bytes() > 0).then(key)


def place_key(text: pl.Expr) -> pl.Expr:
    """`shorten` of `fold`: what two spellings of one place have in common."""
    return shorten(fold(text))


def place_keys(texts: pl.Series) -> pl.Series:
    """`place_key` of each text; what is ASCII takes the short way, three times as fast."""
    return folded(texts).to_frame("text").select(shorten(pl.col("text"))).to_series().alias("key")


def key_of(text: str) -> str | None:
    """`place_key` of a single text."""
    return pl.select(place_key(pl.lit(text, dtype=pl.String))).item()


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplified(texts: pl.Series) -> pl.Series:
    """The texts with traditional characters (繁體) made simplified; each distinct text that holds Chinese is converted once."""
    chinese = texts.filter(texts.str.contains(r"\p{Han}").fill_null(False)).unique().sort()
    if chinese.is_empty():
        return texts
    converter = _to_simplified()
    converted = pl.Series([converter.convert(text[:LONGEST]) for text in chinese.to_list()], dtype=pl.String)
    return texts.replace(chinese, converted)


def on_distinct(texts: pl.Series, change: pl.Expr) -> pl.Series:
    """An expression over the column `text`, worked out once for each distinct text."""
    distinct = texts.unique().to_frame("text")
    changed = distinct.with_columns(change.alias("changed"))
    return texts.to_frame("text").join(changed, on="text", how="left", nulls_equal=True, maintain_order="left")["changed"].alias(texts.name)


@lru_cache(maxsize=20)
def read_table(path: Path) -> pl.DataFrame:
    """A reference table that comes with the program, read once: CSV, all of it as text, or Parquet."""
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
