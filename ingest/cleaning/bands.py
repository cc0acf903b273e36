"""Bands of a size (规模) as CRMs and people write them: 50-99人, 100人以上, 少于50人, 1,000+, $10M - $50M, 1000万-5000万, <50.

Here: the two bounds of a band, as written. Not here: which band of the company's own a customer is in (rules/size_bands.csv), exact
counts and amounts (values/numbers.py, which reads each bound).

A bound is inclusive as people mean it: 50-99 is 50 to 99, `over 100` starts at 100. An open end is null. Words without a number (中型,
Enterprise) are no band: what they mean differs from company to company.
"""

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from ingest.values.numbers import AMOUNT, DecimalMark, read_amounts
from ingest.values.reading import Reading, trimmed

SCHEMA = {"lower": AMOUNT, "upper": AMOUNT, "problem": pl.String}
_UNITS = r"(?:\s*(?:名|个)?(?:员工|人员|人|职员|雇员|employees?|staff|people|persons?|mitarbeiter(?:innen)?|ma))"
_MONEY = r"(?:[$¥€£￥]|us\$|rmb|cny|usd|eur|人民币|美元|元)"
_SCALES = {"k": 3, "thousand": 3, "tsd": 3, "m": 6, "mm": 6, "mio": 6, "mn": 6, "million": 6, "b": 9, "bn": 9, "mrd": 9, "billion": 9}
_SCALE = r"(?:k|thousand|tsd\.?|mio\.?|million|mrd\.?|billion|bn|mm|mn|m|b)"
_CHINESE_SCALE = r"(?:千万|百万|万|萬|亿|億|千)"
_NUMBER = rf"{_MONEY}?\s*[0-9][0-9.,' ]*?\s*(?:{_CHINESE_SCALE}|{_SCALE}(?![a-z]))?\s*{_MONEY}?"
_BETWEEN = r"\s*(?:-|–|—|−|~|～|至|到|to|bis|and|und|\.\.\.?)\s*"
_FROM_TO = re.compile(rf"(?:von |from |between )?({_NUMBER}){_UNITS}?{_BETWEEN}({_NUMBER}){_UNITS}?")
_AT_LEAST = re.compile(
    rf"(?:(?:>=?|≥|over|more than|above|at least|über|mehr als|ab|超过|大于|不少于|高于)\s*({_NUMBER}){_UNITS}?"
    rf"|({_NUMBER}){_UNITS}?\s*(?:\+|以上|及以上|或以上|and (?:above|more|over)|or more|und mehr|plus)(?:{_UNITS})?)"
)
_AT_MOST = re.compile(
    rf"(?:(?:<=?|≤|under|less than|below|up to|at most|unter|bis(?: zu)?|weniger als|少于|小于|不足|不超过|低于)\s*({_NUMBER}){_UNITS}?"
    rf"|({_NUMBER}){_UNITS}?\s*(?:以下|及以下|以内|or (?:less|fewer)|und weniger)(?:{_UNITS})?)"
)
_EXACT = re.compile(rf"({_NUMBER}){_UNITS}?")
_ONE_LESS = re.compile(r"<(?!=)|under|less than|below|unter|weniger als|少于|小于|不足|低于")
_LONGEST = 60
# 2026-11-22: a million cells, most of them plain numbers, took 15 s through the patterns for bands and take 1.6 s so.
_PLAIN_NUMBER = r"^[0-9]{1,14}(?:\.[0-9]{1,4})?$"
_ENDS_WITH_SCALE = re.compile(rf"({_CHINESE_SCALE}|{_SCALE})\s*{_MONEY}?$")


class _Band(NamedTuple):
    lower: str | None
    upper: str | None
    problem: str | None


def read_bands(texts: pl.Series, *, decimal_mark: DecimalMark = ".") -> pl.DataFrame:
    """Per row `lower` and `upper` (decimal(18,4), inclusive, null where open or unknown) and `problem` (not_a_band, upside_down).

    A single number is a band of that one number.
    """
    rows = trimmed(texts).to_frame("text")
    distinct = rows["text"].drop_nulls().unique().sort()
    is_number = distinct.str.contains(_PLAIN_NUMBER)
    numbers, odd = distinct.filter(is_number), distinct.filter(~is_number)
    found = pl.DataFrame([_read(text) for text in odd], schema=dict.fromkeys(("lower", "upper", "problem"), pl.String), orient="row")
    number_bands = pl.DataFrame({"lower": numbers, "upper": numbers, "problem": pl.Series([None] * len(numbers), dtype=pl.String)})
    said = pl.concat([number_bands, found]).with_columns(text=pl.concat([numbers, odd]))
    bounds = {name: read_amounts(said[name], decimal_mark=decimal_mark).values for name in ("lower", "upper")}
    is_unread = pl.any_horizontal(said[name].is_not_null() & pl.col(name).is_null() for name in ("lower", "upper"))
    known = pl.DataFrame(bounds).with_columns(said["text"], said["problem"])
    is_upside_down = (pl.col("lower") > pl.col("upper")).fill_null(False)
    problem = pl.coalesce("problem", pl.when(is_unread).then(pl.lit("not_a_band")), pl.when(is_upside_down).then(pl.lit("upside_down")))
    known = known.with_columns(problem=problem).with_columns(
        pl.when(pl.col("problem").is_null()).then(pl.col(name)).alias(name) for name in ("lower", "upper")
    )
    return rows.join(known, on="text", how="left", maintain_order="left").select(*SCHEMA)


def unless_band(reading: Reading, texts: pl.Series, *, decimal_mark: DecimalMark = ".") -> Reading:
    """A count or amount that was read; what is a band instead has no value and is no problem, for its bounds stand beside it."""
    unread = pl.select(pl.when(reading.problems.is_not_null()).then(texts)).to_series()
    bands = read_bands(unread, decimal_mark=decimal_mark)
    is_band = unread.is_not_null() & bands["problem"].is_null()
    return Reading(values=reading.values, problems=pl.select(pl.when(~is_band).then(reading.problems)).to_series().alias("problem"))


def _read(text: str) -> _Band:
    """The bounds of one band as texts that read_amounts takes."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if len(text) > _LONGEST:
        return _Band(None, None, "not_a_band")
    if found := _FROM_TO.fullmatch(text):
        lower, upper = found.groups()
        scale = _ENDS_WITH_SCALE.search(upper)
        if scale and not _ENDS_WITH_SCALE.search(lower) and _plain(upper) is not None:  # 1000-5000万: the unit is that of both
            lower = f"{lower.strip()}{scale[1]}"
        return _Band(_plain(lower), _plain(upper), None)
    if found := _AT_LEAST.fullmatch(text):
        return _Band(_plain(found[1] or found[2]), None, None)
    if found := _AT_MOST.fullmatch(text):
        upper = _plain(found[1] or found[2])
        if upper and upper.isdigit() and _ONE_LESS.match(text):  # fewer than 50 people are 49; less than 10 million is no whole number
            upper = str(int(upper) - 1) if len(upper) <= 6 else upper
        return _Band(None, upper, None)
    if found := _EXACT.fullmatch(text):
        return _Band(_plain(found[1]), _plain(found[1]), None)
    return _Band(None, None, "not_a_band")


def _plain(written: str) -> str | None:
    """A bound with k, M, Mio and their like written out; 万 and 亿, currency signs and grouping are read by read_amounts."""
    bare = re.sub(_MONEY, "", written).strip()
    found = re.fullmatch(rf"([0-9][0-9.,' ]*?)\s*({_SCALE})", bare)
    if not found:
        return bare.replace(" ", "")
    digits = found[1].replace(" ", "").replace(",", "") if re.search(r",[0-9]{3}", found[1]) else found[1].replace(",", ".")
    try:
        return f"{Decimal(digits).scaleb(_SCALES[found[2].rstrip('.')]):f}"
    except ArithmeticError:
        return None
