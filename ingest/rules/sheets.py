"""One model per rule sheet: what a row of rules/<sheet>.csv may say.

Here: the shape and meaning of single rows. Not here: what only several rows together can get wrong (consistency.py), reading
files (read.py). Column order is the order of the sheet.
"""

import difflib
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated, Any, Literal

import pycountry
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_WITH_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_LARGEST_PRIORITY = 10**9  # 2026-11-21: far above what people write and below what a 64-bit integer holds


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@lru_cache(maxsize=1)
def _regions() -> frozenset[str]:
    return frozenset(subdivision.code for subdivision in pycountry.subdivisions)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def nearest(word: str, known: Any) -> str:
    """` (closest: X)` for a message, or nothing."""
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f" (closest: {near[0]})" if near else ""


def _text(value: Any) -> Any:
    return (value.strip() or None) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    parts = value.strip().replace("/", "-").split("-")
    try:
        year, month, day = (int(part) for part in parts)
        if len(parts[0]) == 4:
            return date(year, month, day)
    except (ValueError, OverflowError):
        pass
    raise ValueError("expected a day such as 2026-01-31")


def _optional_day(value: Any) -> Any:
    return _day(value) if _text(value) else None


def _amount(value: Any) -> Any:
    text = str(value).strip()
    # A comma separates thousands or nothing: 1200,50 must not become 120050.
    if "," in text and not _WITH_THOUSANDS.fullmatch(text):
        raise ValueError("expected a number such as 120000 or 120,000.50")
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError("expected a number such as 120000 or 120,000.50") from None
    if not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 14:
        raise ValueError("expected an amount of 0 or more, below 10^14")
    if amount != round(amount, 4):
        raise ValueError("expected at most 4 decimals")
    return amount


def _alternatives(value: Any) -> Any:
    """`a | b|c` as written by people, made `a|b|c`."""
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.replace("｜", "|").split("|")]
    return "|".join(part for part in parts if part) or None


def _each_in(known: Any, what: str) -> Any:
    def check(value: str | None) -> str | None:
        parts = [part.upper() for part in (value or "").split("|") if part]
        for part in parts:
            if part not in known():
                raise ValueError(f"{part!r} is no {what}{nearest(part, known())}")
        return "|".join(parts) or None

    return check


def _currency(value: str) -> str:
    code = value.strip().upper()
    if code not in _currencies():
        raise ValueError(f"{code!r} is no ISO 4217 currency code such as CNY, USD, EUR{nearest(code, _currencies())}")
    return code


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
OptionalText = Annotated[str | None, BeforeValidator(_text)]
Alternatives = Annotated[str | None, BeforeValidator(_alternatives)]
Day = Annotated[date, BeforeValidator(_day)]
OptionalDay = Annotated[date | None, BeforeValidator(_optional_day)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _PeriodRow(_Row):
    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "_PeriodRow":
        if self.valid_to is not None and self.valid_to <= self.valid_from:  # type: ignore[attr-defined]
            raise ValueError("valid_to must be later than valid_from: it is the first day on which the row no longer holds")
        return self


class Territory(_PeriodRow):
    """One territory (区域) and where it hangs in the tree."""

    territory_id: Text
    territory_name: Text
    parent_territory_id: OptionalText = None
    manager_rep_id: OptionalText = None
    valid_from: Day
    valid_to: OptionalDay = None


def _list_of(known: Any, what: str) -> Any:
    return Annotated[str | None, BeforeValidator(lambda value: _each_in(known, what)(_alternatives(value)))]


class TerritoryRule(_PeriodRow):
    """Which customers go to a territory. Empty columns do not restrict; all filled columns must match."""

    rule_id: Text
    territory_id: Text
    priority: Annotated[int, BeforeValidator(lambda value: _text(value) or 100), Field(ge=-_LARGEST_PRIORITY, le=_LARGEST_PRIORITY)] = 100
    customer_names: Alternatives = None
    country_codes: _list_of(_countries, "ISO 3166 country code such as CN, US, DE") = None  # type: ignore[valid-type]
    region_codes: _list_of(_regions, "ISO 3166-2 region code such as CN-SH, US-WA") = None  # type: ignore[valid-type]
    city_names: Alternatives = None
    industries: Alternatives = None
    size_bands: Alternatives = None
    reason: OptionalText = None
    valid_from: Day
    valid_to: OptionalDay = None


class Rep(_PeriodRow):
    """One person who sells or leads those who do (销售). A leaver's row ends: valid_to is the first day without them."""

    rep_id: Text
    rep_name: Text
    user_name: OptionalText = None
    manager_rep_id: OptionalText = None
    access_scope: Annotated[Literal["own", "team", "all"] | None, BeforeValidator(_text)] = None
    source_user_ids: Alternatives = None
    valid_from: Day
    valid_to: OptionalDay = None

    @model_validator(mode="after")
    def _user_ids_name_their_source(self) -> "Rep":
        for pair in (self.source_user_ids or "").split("|"):
            if pair and not all(part.strip() for part in pair.partition("=")[::2]):
                raise ValueError(f"source_user_ids: {pair!r} is not of the form source=id, e.g. salesforce=005000000000001AAA")
        return self


class RepTerritory(_PeriodRow):
    """Who works which territory."""

    rep_id: Text
    territory_id: Text
    role: Annotated[Literal["owner", "manager", "overlay", "support"], BeforeValidator(lambda value: _text(value) or "owner")] = "owner"
    valid_from: Day
    valid_to: OptionalDay = None


class Quota(_Row):
    """What a person or a territory is to sell (目标) in the month of quota_date."""

    rep_id: Annotated[str, BeforeValidator(lambda value: _text(value) or "")] = ""
    territory_id: Annotated[str, BeforeValidator(lambda value: _text(value) or "")] = ""
    quota_date: Day
    amount: Amount
    currency_code: Annotated[str, BeforeValidator(_currency)]

    @model_validator(mode="after")
    def _somebodys(self) -> "Quota":
        if not self.rep_id and not self.territory_id:
            raise ValueError("give rep_id or territory_id: a quota belongs to somebody")
        return self


SHEETS: dict[str, type[_Row]] = {
    "territories": Territory,
    "territory_rules": TerritoryRule,
    "reps": Rep,
    "rep_territories": RepTerritory,
    "quotas": Quota,
}
"""Sheet name (rules/<name>.csv and rules.<name>) -> the model of its rows."""
