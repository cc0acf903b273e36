"""What of an address can be compared: the street in one spelling, its road, its house number.

Here: taking addresses apart for blocking and comparison, in whole columns. Not here: where they lie (geocoding), what two of them have in
common (comparisons.py).

Divisions in front of a Chinese address leave it, for they are compared as places; so do suite, floor and room, for a company has several.
"""

import csv
from functools import cache
from pathlib import Path

import polars as pl

from ingest.cleaning.name_words import places
from ingest.values.folding import simplified

_FOLDER = Path(__file__).parent
_LONGEST = 200  # characters of an address that are looked at
_UNIT = r" (?:ste|suite|apt|unit|fl|rm|#|no) ?[a-z]?[0-9]*[a-z]?\b"
_HAN_ROAD = r"(\p{Han}{1,8}?(?:大道|公路|大街|路|街|巷|弄|道|村|园|大厦|广场|中心))"
_HAN_UNIT = r"(?:[0-9a-z]+(?:楼|层|室|单元|房))+$"
_HAN_STREET = r"^(?:大道|大街|[路街道巷弄])"


def address_columns(records: pl.DataFrame) -> pl.DataFrame:
    """Per record, all text, null where there is none: `address` (in one spelling, divisions and units gone), `road` (its words without
    numbers), `house` (its first number)."""
    texts = records.select(
        text=pl.coalesce(_blank_to_null("street"), _blank_to_null("address")).str.slice(0, _LONGEST)
        if {"street", "address"} <= set(records.columns)
        else pl.lit(None, pl.String)
    )
    texts = texts.select(simplified(texts["text"]))
    distinct = texts.unique().drop_nulls().sort("text")
    taken = distinct.with_columns(**_taken_apart(distinct["text"]))
    return texts.join(taken, on="text", how="left", maintain_order="left").select("address", "road", "house")


def _blank_to_null(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(r"\S")).then(pl.col(name))


def _taken_apart(texts: pl.Series) -> dict[str, pl.Series]:
    folded = pl.col("text").str.normalize("NFKC").str.to_lowercase().str.replace_all(r"['’.]", "").str.replace_all("#", " # ")
    words = folded.str.replace_all(r"[\p{P}\p{Z}\p{C}&&[^#]]+", " ").str.strip_chars(" ")
    frame = texts.to_frame("text").select(words=words)
    is_han = pl.col("words").str.contains(r"\p{Han}").fill_null(False)
    return (
        pl.select(address=pl.Series(frame.select(pl.when(is_han).then(_chinese()).otherwise(_in_letters())).to_series()))
        .with_columns(
            road=_filled(_road(pl.col("address"))),
            house=pl.col("address").str.extract(r"([0-9]+)", 1),
            address=_filled(pl.col("address")),
        )
        .select("address", "road", "house")
        .to_dict(as_series=True)
    )


def _chinese() -> pl.Expr:
    text = pl.col("words").str.replace_all(" ", "", literal=True)
    bare = text.str.replace(rf"^(?:中国)?{places()}", "").str.replace(rf"^{places()}", "")
    bare = bare.str.replace(r"^(?:[^0-9路街道]{1,6}?(?:省|市|区|县))+", "")
    bare = pl.when((bare.str.len_chars() >= 3) & ~bare.str.contains(_HAN_STREET)).then(bare).otherwise(text)  # 北京路 is a street
    without_unit = bare.str.replace(_HAN_UNIT, "")
    return pl.when(without_unit != "").then(without_unit).otherwise(bare)


def _in_letters() -> pl.Expr:
    spaced = pl.concat_str(pl.lit(" "), pl.col("words").str.replace_all(" ", "  ", literal=True), pl.lit(" "))
    short = {f" {written} ": f" {one} " for written, one in _short_words().items()}
    text = spaced.str.replace_many(list(short), list(short.values())).str.replace_all(" +", " ")
    bare = text.str.replace_all(_UNIT, "").str.replace_all(" +", " ").str.strip_chars(" ")
    return pl.when(bare != "").then(bare).otherwise(pl.col("words"))


def _road(address: pl.Expr) -> pl.Expr:
    in_letters = address.str.replace_all(r"\b[0-9]+[a-z]?\b", " ").str.replace_all(" +", " ").str.strip_chars(" ")
    return pl.when(address.str.contains(r"\p{Han}")).then(address.str.extract(_HAN_ROAD, 1)).otherwise(in_letters)


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


@cache
def _short_words() -> dict[str, str]:
    with (_FOLDER / "address_words.csv").open(encoding="utf-8", newline="") as file:
        return {written: row["short"] for row in csv.DictReader(file) for written in row["written"].split("|")}
