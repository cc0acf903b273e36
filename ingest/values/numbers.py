"""Numbers and amounts of money (金额) as people write them.

Here: thousands separators, decimal marks, signs and codes of currencies (read past), accounting brackets, 万 and 亿, 3亿5000万,
scientific notation. A percentage is no amount.
Not here: which currency an amount is in (records.py), converting between currencies (dbt).

Money never passes through a binary float: text becomes decimal(18,4) directly. What has more than four decimals is rounded
half to even. Grouping is checked (`1,23` is no number where the decimal mark is a point), because a comma read wrongly makes
an amount a hundred times too large without anybody noticing.
"""

import re
from decimal import Decimal
from typing import Literal

import polars as pl

from ingest.values.reading import Reading, by_distinct_value, problem_where, trimmed

AMOUNT = pl.Decimal(18, 4)
DecimalMark = Literal[".", ","]

_PLAIN = r"^[+-]?[0-9]{1,18}(\.[0-9]{1,12})?$"
_UNITS = {"": 0, "千": 3, "万": 4, "萬": 4, "百万": 6, "千万": 7, "亿": 8, "億": 8}
# Full-width forms to ASCII; not NFKC, which would read 5² as 52.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ", 0x00A0: " ", 0x202F: " ", 0x2009: " ", 0x2212: "-", 0xFFE5: "¥", 0xFFE1: "£", 0x2019: "'",
}  # fmt: skip
_CODES = "(?:RMB|CNY|USD|HKD|TWD|EUR|GBP|JPY|SGD|rmb|cny|usd|hkd|twd|eur|gbp|jpy|sgd|人民币)"
_MONEY_BEFORE = rf"[$¥€£]|(?:US|HK|NT|us|hk|nt)\$|{_CODES} ?[$¥€£]?"
_MONEY_AFTER = rf"元|圆|[$¥€£]|{_CODES}|美元|港元|港币|欧元|元人民币"
# 3亿5000万, 1亿2000万元, 1万2000: the lower part with no more digits than its place has, and what follows 万 with all four of them
# (1万5 is fifteen thousand in speech and 10005 to a program).
_COMPOUND = re.compile(
    r"(?P<sign>[+-]?)[¥]?(?:(?P<yi>[0-9]+)[亿億])?(?:(?P<wan>[0-9]{1,8}(?:\.[0-9]+)?)[万萬])(?P<ones>[0-9]{4}(?:\.[0-9]+)?)?元?"
)
_LARGEST_EXPONENT = 30  # a number of more digits than that fits no column, and writing it out would only cost memory


def _pattern(mark: str) -> re.Pattern[str]:
    group = "[,' ]" if mark == "." else "[.' ]"
    mark = re.escape(mark)
    grouped = rf"[0-9]{{1,3}}(?P<group>{group})(?:[0-9]{{2,3}}(?P=group))*[0-9]{{3}}(?:{mark}[0-9]*)?"
    simple = rf"(?:[0-9]+(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?"
    return re.compile(
        rf"(?P<sign>[+-])? ?(?:{_MONEY_BEFORE})? ?(?P<inner_sign>[+-])? ?(?P<number>{grouped}|{simple}) ?"
        rf"(?P<unit>千万|百万|千|万|萬|亿|億)? ?(?:{_MONEY_AFTER})?(?P<last_sign>-)?"
    )


_PATTERNS: dict[str, re.Pattern[str]] = {mark: _pattern(mark) for mark in (".", ",")}


def _odd_number(text: str, mark: DecimalMark) -> str | None:
    """One number that is not plain digits, as plain digits; None when it is not a number."""
    text = text.translate(_NARROW).strip()
    in_brackets = text.startswith("(") and text.endswith(")")
    found = _PATTERNS[mark].fullmatch(text[1:-1].strip() if in_brackets else text)
    if found is None:
        return _compound(text) if mark == "." else None
    signs = [sign for sign in found.group("sign", "inner_sign", "last_sign") if sign] + ["-"] * in_brackets
    if len(signs) > 1:
        return None
    digits = found["number"]
    if found["group"]:
        digits = digits.replace(found["group"], "")
    value = Decimal(digits.replace(",", ".")).scaleb(_UNITS[found["unit"] or ""])
    if value and abs(value.adjusted()) > _LARGEST_EXPONENT:
        return "9" * _LARGEST_EXPONENT if value.adjusted() > 0 else "0"
    return f"{-value if '-' in signs else value:f}"


def _compound(text: str) -> str | None:
    """An amount written in parts, each with its own unit, as plain digits."""
    found = _COMPOUND.fullmatch(text)
    if found is None:
        return None
    has_parts = found["yi"] or found["ones"]
    if not has_parts or ("." in found["wan"] and found["ones"]) or (found["yi"] and Decimal(found["wan"]) >= 10**4):
        return None
    value = Decimal(found["yi"] or 0).scaleb(8) + Decimal(found["wan"]).scaleb(4) + Decimal(found["ones"] or 0)
    return f"{found['sign'].strip('+')}{value:f}"


def _as_plain_digits(texts: pl.Series, mark: DecimalMark) -> pl.Series:
    """Every text as `-1234.5`, null where it is not a number or empty."""
    texts = trimmed(texts)
    pointed = texts if mark == "." else _with_point(texts)
    is_plain = pointed.str.contains(_PLAIN)
    odd = by_distinct_value(texts.set(is_plain.fill_null(True), None), lambda text: _odd_number(text, mark))
    plain = pl.select(pl.when(is_plain).then(pointed.str.strip_prefix("+"))).to_series()
    return pl.select(pl.coalesce(plain, odd)).to_series()


def _with_point(texts: pl.Series) -> pl.Series:
    """A decimal comma as a point; a text that has a point already groups its thousands with it and is left to the odd ones."""
    swapped = texts.str.replace(",", ".", literal=True)
    return pl.select(pl.when(~texts.str.contains(".", literal=True)).then(swapped).otherwise(pl.lit("odd"))).to_series()


def scaled(reading: Reading, factor: int) -> Reading:
    """Whole numbers or amounts multiplied by `factor`, for exports that count in thousands or millions.

    An amount keeps the four decimals it was read with. What is too large for its column afterwards is null with the code `too_large`.
    """
    type_ = reading.values.dtype
    wide = reading.values.cast(pl.Decimal(38, 4)) * pl.Series([factor], dtype=pl.Decimal(12, 0))
    values = wide.cast(type_, strict=False)
    lost = problem_where(values.is_null() & reading.values.is_not_null(), "too_large")
    return Reading(values=values, problems=pl.select(pl.coalesce(reading.problems, lost)).to_series())


def _read(texts: pl.Series, mark: DecimalMark, type_: pl.DataType | type[pl.DataType]) -> Reading:
    digits = _as_plain_digits(texts, mark)
    values = digits.cast(type_, strict=False)
    not_a_number = trimmed(texts).is_not_null() & digits.is_null()
    too_large = digits.is_not_null() & values.is_null()
    problems = pl.select(pl.coalesce(problem_where(not_a_number, "not_a_number"), problem_where(too_large, "too_large"))).to_series()
    return Reading(values=values, problems=problems)


def read_amounts(texts: pl.Series, *, decimal_mark: DecimalMark = ".") -> Reading:
    """Amounts as decimal(18,4). Codes: not_a_number, too_large (more than 14 digits before the mark)."""
    return _read(texts, decimal_mark, AMOUNT)


def read_doubles(texts: pl.Series, *, decimal_mark: DecimalMark = ".") -> Reading:
    """Measures as float64. Code: not_a_number."""
    return _read(texts, decimal_mark, pl.Float64)


def read_integers(texts: pl.Series, *, decimal_mark: DecimalMark = ".") -> Reading:
    """Counts as int64; `1200.0` is one, `1200.5` is not. Codes: not_a_number, not_an_integer, too_large."""
    digits = _as_plain_digits(texts, decimal_mark).str.replace(r"\.0*$", "")
    is_whole = ~digits.str.contains(".", literal=True)
    values = pl.select(pl.when(is_whole).then(digits)).to_series().cast(pl.Int64, strict=False)
    problems = pl.select(
        pl.coalesce(
            problem_where(trimmed(texts).is_not_null() & digits.is_null(), "not_a_number"),
            problem_where(~is_whole, "not_an_integer"),
            problem_where(is_whole & values.is_null(), "too_large"),
        )
    ).to_series()
    return Reading(values=values, problems=problems)


def read_ratios(texts: pl.Series, *, decimal_mark: DecimalMark = ".") -> Reading:
    """Shares from 0 to 1 as float64; `40%` is 0.4. Codes: not_a_number, out_of_range (40 without a sign may be anything)."""
    written = trimmed(texts)
    is_percent = written.str.contains("[%％]$").fill_null(False)
    read = read_doubles(written.str.replace(r"\s*[%％]$", ""), decimal_mark=decimal_mark)
    ratios = pl.select(pl.when(is_percent).then(read.values / 100).otherwise(read.values)).to_series()
    outside = ~ratios.is_between(0, 1)
    return Reading(
        values=ratios.set(outside.fill_null(False), None),
        problems=pl.select(pl.coalesce(read.problems, problem_where(outside, "out_of_range"))).to_series(),
    )


def read_degrees(texts: pl.Series, *, limit: float, decimal_mark: DecimalMark = ".") -> Reading:
    """A latitude (`limit` 90) or longitude (180) in degrees as float64. Codes: not_a_number, out_of_range.

    What is out of range keeps its value: it may be the other of the two in the wrong column (geocoding/coordinates.py exchanges them).
    """
    read = read_doubles(texts, decimal_mark=decimal_mark)
    outside = read.values.abs() > limit
    return Reading(
        values=read.values,
        problems=pl.select(pl.coalesce(read.problems, problem_where(outside, "out_of_range"))).to_series(),
    )
