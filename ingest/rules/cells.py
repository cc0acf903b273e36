"""What one cell of a rule sheet may say, and how people and Excel write it.

Here: the types of cells: text, days, whole numbers, amounts, rates, shares, yes and no, codes, words of a short list, alternatives.
Not here: which columns a sheet has (sheets.py), cells of CRM exports (ingest/values).

Full-width digits and punctuation count as narrow ones wherever a cell is not free text. A cell that says `-` or `无` is not empty:
it is refused where it is no value, and stays text where it may be one.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Any

import pycountry
from pydantic import BeforeValidator, Field

LARGEST = 10**9  # 2026-11-21: far above what people write and below what a 64-bit integer holds

# Full-width forms to ASCII; not NFKC, which would read 5² as 52.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0x00A0: " ", 0x2212: "-"}
_INVISIBLE = "\u200b\u2060\ufeff"  # what copying from web pages and Excel leaves at the ends
_WITH_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"([+-]?\d{1,18})(\.0+)?", re.ASCII)  # 2026-11-22: 100.0 is how a workbook's 100 may arrive
_DAY = re.compile(r"(\d{4})([-/.年])(\d{1,2})[-/.月](\d{1,2})日?([T ]00:00(:00(\.0+)?)?)?", re.ASCII)
_YES, _NO = ("true", "yes", "y", "1", "是"), ("false", "no", "n", "0", "否")


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


@lru_cache(maxsize=1)
def regions() -> frozenset[str]:
    """ISO 3166-2 codes."""
    return frozenset(subdivision.code for subdivision in pycountry.subdivisions)


@lru_cache(maxsize=1)
def countries_and_regions() -> frozenset[str]:
    """Both: what a holiday calendar belongs to."""
    return countries() | regions()


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """ISO 4217 codes."""
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def nearest(word: str, known: Any) -> str:
    """` (closest: X)` for a message, or nothing."""
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f" (closest: {near[0]})" if near else ""


def trimmed(value: Any) -> Any:
    """Text without white space and invisible characters at its ends; None where nothing is left."""
    if not isinstance(value, str):
        return value
    before = None
    while value != before:
        before, value = value, value.strip().strip(_INVISIBLE)
    return value or None


def narrow(value: Any) -> str:
    """Text with half-width digits, letters and punctuation, trimmed."""
    return trimmed(str(value).translate(_NARROW)) or ""


def empty_or(read: Callable[[Any], Any], default: Any = None) -> BeforeValidator:
    """A cell that may be empty: `default` then, else what `read` makes of it."""
    return BeforeValidator(lambda value: default if trimmed(value) is None else read(value))


def read_day(value: Any) -> Any:
    """A day with the year first. Raises ValueError."""
    if not isinstance(value, str):
        return value
    found = _DAY.fullmatch(narrow(value))
    try:
        if found:
            return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        pass
    raise ValueError("expected a day such as 2026-01-31")


def whole(lowest: int, example: str) -> Callable[[Any], int]:
    """A reader of whole numbers of at least `lowest`; `example` stands in the message."""

    def read(value: Any) -> int:
        text = narrow(value)
        text = text.replace(",", "") if _WITH_THOUSANDS.fullmatch(text) else text
        found = _WHOLE.fullmatch(text)
        if not found or not lowest <= int(found[1]) <= LARGEST:
            least = f", {lowest} or more" if lowest > -LARGEST else ""
            raise ValueError(f"expected a whole number{least} such as {example}")
        return int(found[1])

    return read


def _decimal(value: Any, expected: str, decimals: int) -> Decimal:
    text = narrow(value)
    # A comma separates thousands or nothing: 1200,50 must not become 120050. An underscore is Python's, nobody else's.
    if ("," in text and not _WITH_THOUSANDS.fullmatch(text)) or "_" in text:
        raise ValueError(expected)
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError(expected) from None
    if number.is_finite() and number and number.adjusted() < -30:  # 1e-999999 would take a million digits to compare
        raise ValueError(f"expected at most {decimals} decimals")
    if number.is_finite() and abs(number) < Decimal(10) ** 14 and number != round(number, decimals):
        raise ValueError(f"expected at most {decimals} decimals")
    return number


def read_amount(value: Any) -> Decimal:
    """An exact amount of money. Raises ValueError."""
    amount = _decimal(value, "expected a number such as 120000 or 120,000.50", 4)
    if not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 14:
        raise ValueError("expected an amount of 0 or more, below 10^14")
    return amount


def read_rate(value: Any) -> Decimal:
    """An exact exchange rate: home currency for one unit. Raises ValueError."""
    rate = _decimal(value, "expected a rate such as 7.1205", 10)
    if not rate.is_finite() or rate <= 0 or rate >= Decimal(10) ** 8:
        raise ValueError("expected a rate above 0 and below 10^8: home currency for one unit, such as 7.1205")
    return rate


def read_share(value: Any) -> Decimal:
    """A share above 0 and up to 1, as 0.4 or 40%. Raises ValueError."""
    text, expected = narrow(value), "expected a share above 0 and up to 1, such as 0.4 or 40%"
    in_percent = text.endswith("%")
    share = _decimal(text.removesuffix("%").strip(), expected, 2 if in_percent else 4)
    if not share.is_finite() or not 0 < share <= (100 if in_percent else 1):
        raise ValueError(expected)
    return share / 100 if in_percent else share


def read_boolean(value: Any) -> bool:
    """Yes or no in words, as 是 and 否, or as 1 and 0. Raises ValueError."""
    text = narrow(value).lower()
    if text not in _YES + _NO:
        raise ValueError("expected true or false (是 or 否)")
    return text in _YES


def read_alternatives(value: Any) -> Any:
    """`a | b|c` as written by people, made `a|b|c`."""
    if not isinstance(value, str):
        return value
    parts = [trimmed(part) for part in value.replace("｜", "|").split("|")]
    return "|".join(part for part in parts if part) or None


def code_of(known: Callable[[], frozenset[str]], what: str) -> Callable[[Any], str]:
    """A reader of one code in any case and width."""

    def read(value: Any) -> str:
        code = narrow(value).upper()
        if code not in known():
            raise ValueError(f"{code!r} is no {what}{nearest(code, known())}")
        return code

    return read


def codes_of(known: Callable[[], frozenset[str]], what: str) -> BeforeValidator:
    """Several codes, separated by `|`; empty where there are none."""
    read_one = code_of(known, what)
    return BeforeValidator(lambda value: "|".join(read_one(part) for part in (read_alternatives(value) or "").split("|") if part) or None)


def word(chinese: Mapping[str, str], default: str | None = None) -> BeforeValidator:
    """A word of a short list in any case and width, or its Chinese word (`chinese`: Chinese word -> word)."""

    def read(value: Any) -> str:
        text = narrow(value)
        return chinese.get(text, text.lower())

    return empty_or(read, default)


def read_user_ids(value: Any) -> Any:
    """`source=id | source＝id`, made `source=id|source=id`. Raises ValueError for a part that is not of that form."""
    text = read_alternatives(value)
    if not isinstance(text, str):
        return text
    pairs = []
    for written in text.split("|"):
        pair = written.replace("＝", "=").replace("：", ":")
        source, _, user = pair.partition("=" if "=" in pair else ":")
        if not trimmed(source) or not trimmed(user):
            raise ValueError(f"{written!r} is not of the form source=id, e.g. salesforce=005000000000001AAA")
        pairs.append(f"{trimmed(source)}={trimmed(user)}")
    return "|".join(pairs)


CURRENCY = "ISO 4217 currency code such as CNY, USD, EUR"
COUNTRY = "ISO 3166 country code such as CN, US, DE"
REGION = "ISO 3166-2 region code such as CN-SH, US-WA"
CALENDAR = "ISO country or region code such as CN, US-WA"

Text = Annotated[str, BeforeValidator(trimmed), Field(min_length=1)]
OptionalText = Annotated[str | None, BeforeValidator(trimmed)]
TextOrNothing = Annotated[str, BeforeValidator(lambda value: trimmed(value) or "")]
Alternatives = Annotated[str | None, BeforeValidator(read_alternatives)]
UserIds = Annotated[str | None, BeforeValidator(read_user_ids)]
Day = Annotated[date, BeforeValidator(read_day)]
OptionalDay = Annotated[date | None, empty_or(read_day)]
Amount = Annotated[Decimal, BeforeValidator(read_amount)]
OptionalAmount = Annotated[Decimal | None, empty_or(read_amount)]
Rate = Annotated[Decimal, BeforeValidator(read_rate)]
Share = Annotated[Decimal, BeforeValidator(read_share)]
Priority = Annotated[int, empty_or(whole(-LARGEST, "100"), 100)]
OptionalCount = Annotated[int | None, empty_or(whole(0, "30"))]
OptionalPositive = Annotated[int | None, empty_or(whole(1, "30"))]
YesOrNo = Annotated[bool, empty_or(read_boolean, False)]
Currency = Annotated[str, BeforeValidator(code_of(currencies, CURRENCY))]
OptionalCurrency = Annotated[str | None, empty_or(code_of(currencies, CURRENCY))]
Calendar = Annotated[str, BeforeValidator(code_of(countries_and_regions, CALENDAR))]
CountryCodes = Annotated[str | None, codes_of(countries, COUNTRY)]
RegionCodes = Annotated[str | None, codes_of(regions, REGION)]
