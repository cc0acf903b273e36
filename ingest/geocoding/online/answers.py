"""Asking a geocoder on the network within one night's budget, and what is kept of its answers.

Here: which questions are due, the order, the pace, retries, when a night ends early, and the rows of the cache. Not here: what is worth a
question (question.py), how a provider is asked (providers.py), whether an answer is believed beside the offline place (places.py).

Every call ends in one of STATUSES and nothing a provider answers raises:

found         a place of the country that was asked for
not_found     the provider knows no such place
wrong_place   a place of another country
timeout       no answer in time, as often as tried                 asked again on a later night
unavailable   no connection, or the provider's own fault (5xx)     asked again on a later night
malformed     not what the provider documents (half a JSON, a page of HTML, a degree beyond the globe), or the provider calls the
              question malformed                                   asked again on a later night
quota         429, or the key's quota is used up: the night ends   asked again on a later night
refused       401, 403, key wrong or without the right: the night ends, for whoever set it up must act

A failed address is given up after `attempts_in_all` calls that failed for itself. Nights are days of exports (as_of_date), never the
clock's: the same exports ask the same questions, and a second refresh of one day spends what is left of that day's budget.
"""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
from geopy.exc import (
    ConfigurationError,
    GeocoderAuthenticationFailure,
    GeocoderInsufficientPrivileges,
    GeocoderParseError,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderTimedOut,
    GeopyError,
)
from geopy.extra.rate_limiter import RateLimiter

from ingest.geocoding.online.providers import BELONGS_TO, PROVIDERS, Geocodes, ask_provider, make_geocoder
from ingest.geocoding.online.readings import Reading
from ingest.geocoding.online.settings import KEY_VARIABLES, OnlineSettings, read_keys
from ingest.geocoding.reference_tables import read_table

STATUSES = ("found", "not_found", "wrong_place", "timeout", "unavailable", "malformed", "quota", "refused")
FINAL = ("found", "not_found", "wrong_place")
ANSWER_SCHEMA = {
    "address_key": pl.String, "provider": pl.String, "status": pl.String, "latitude": pl.Float64, "longitude": pl.Float64,
    "place_precision": pl.String, "label": pl.String, "attempts": pl.Int64, "first_asked_on": pl.Date, "last_asked_on": pl.Date,
    "calls_on_last_day": pl.Int64,
}  # fmt: skip
FAILURES_IN_A_ROW = 10
"""Addresses in a row that fail before a night ends early: the provider is down, or something else answers in its stead."""
BACK_OFF_SECONDS = 2.0
"""Wait before the first retry; it doubles with each."""
_ENDS_THE_NIGHT = ("quota", "refused")
_WORTH_A_RETRY = ("timeout", "unavailable")
_BY_ERROR: tuple[tuple[type[GeopyError] | tuple[type[GeopyError], ...], str], ...] = (  # the first that fits: geopy's errors are a tree
    (GeocoderQuotaExceeded, "quota"),
    ((GeocoderAuthenticationFailure, GeocoderInsufficientPrivileges, ConfigurationError), "refused"),
    (GeocoderTimedOut, "timeout"),
    ((GeocoderQueryError, GeocoderParseError), "malformed"),
    (GeopyError, "unavailable"),
)


def ask(
    questions: pl.DataFrame,
    known: pl.DataFrame,
    settings: OnlineSettings,
    *,
    as_of_date: date,
    geocoder: Geocodes | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> pl.DataFrame:
    """New rows of the cache (ANSWER_SCHEMA), one for each address that was asked; a row of `known` with its key and provider is replaced.

    `questions`: QUESTION_SCHEMA, in any order. `known`: ANSWER_SCHEMA, the cache so far, of any provider. `geocoder`: instead of the
    provider's own, for tests; `sleep`: waits before a retry, in seconds. Without a provider, questions or budget no key is read and no
    call made. Raises HomeInvalid where the provider's key is missing, and nothing for what the provider answers.
    """
    empty = pl.DataFrame(schema=ANSWER_SCHEMA)
    if settings.provider is None:
        return empty
    own = known.filter(pl.col("provider") == settings.provider)
    due = _due(questions, own, settings, as_of_date)
    budget = settings.budget - own.filter(pl.col("last_asked_on") == as_of_date)["calls_on_last_day"].sum()
    if due.is_empty() or budget <= 0:
        return empty
    night = _Night(geocoder or make_geocoder(settings, read_keys(settings)), settings, budget, sleep)
    rows = []
    for question in due.head(budget).iter_rows(named=True):  # each takes a call at least
        if night.is_over:
            break
        rows.append(night.ask(question, as_of_date))
    return pl.DataFrame(rows, schema=ANSWER_SCHEMA, orient="row").sort("address_key")


def merge_answers(known: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """The cache with the new rows in it, by key and provider."""
    kept = known.join(new, on=["address_key", "provider"], how="anti")
    return pl.concat([kept.select(list(ANSWER_SCHEMA)), new]).sort("address_key", "provider")


def describe_answers(rows: pl.DataFrame, settings: OnlineSettings) -> str:
    """One night in a sentence for the run log: how many addresses ended how, and what to do where the night ended early."""
    if rows.is_empty():
        return ""
    counts = dict(rows.group_by("status").len().iter_rows())
    counted = ", ".join(f"{counts[status]} {status.replace('_', ' ')}" for status in STATUSES if status in counts)
    text = f"{settings.provider}: {rows['calls_on_last_day'].sum()} calls, {counted}"
    if "refused" in counts:
        variable = KEY_VARIABLES.get(settings.provider or "")
        text += f"; it refuses us: check {variable}" if variable else "; it refuses us: check contact, domain and its terms of use"
    elif "quota" in counts:
        text += "; its quota is used up: the rest is asked on a later night"
    return text


def _due(questions: pl.DataFrame, own: pl.DataFrame, settings: OnlineSettings, as_of_date: date) -> pl.DataFrame:
    """The questions to ask tonight in their order, with what is known of each: those of most records first, then by key."""
    covers = PROVIDERS[settings.provider or ""].covers
    if covers is not None:
        questions = questions.filter(pl.col("country_code").is_in(sorted(covers)))
    before = own.select("address_key", "status", "attempts", "first_asked_on", "last_asked_on")
    asked = questions.sort("priority", "address_key", "text", descending=[True, False, False]).unique(
        "address_key", keep="first", maintain_order=True
    )
    asked = asked.join(before, on="address_key", how="left", maintain_order="left")
    is_worth_it = pl.col("status").is_in(_ENDS_THE_NIGHT) | (pl.col("attempts") < settings.attempts_in_all)
    may_ask_again = ~pl.col("status").is_in(FINAL) & (pl.col("last_asked_on") < as_of_date) & is_worth_it
    return asked.filter(pl.col("status").is_null() | may_ask_again)


class _Night:
    """The calls of one night: how many are left, their pace, and whether the provider still answers."""

    def __init__(self, geocoder: Geocodes, settings: OnlineSettings, budget: int, sleep: Callable[[float], None]):
        self._provider = settings.provider or ""
        self._geocoder, self._settings, self._sleep = geocoder, settings, sleep
        self._calls_left, self._failures, self._is_ended = budget, 0, False
        boxes = read_table("world_countries.csv").select("country_code", "south", "north", "west", "east")
        self._boxes = {code: tuple(box) for code, *box in boxes.drop_nulls().iter_rows()}
        # geopy's limiter keeps the pace. It retries nothing here: it would repeat a refused key as well, without a back-off that grows
        # and beside the budget, and write the address to the log.
        gap = 1 / settings.pace
        self._paced = RateLimiter(ask_provider, min_delay_seconds=gap, max_retries=0, error_wait_seconds=gap, swallow_exceptions=False)

    @property
    def is_over(self) -> bool:
        return self._is_ended or self._calls_left <= 0 or self._failures >= FAILURES_IN_A_ROW

    def ask(self, question: dict[str, Any], as_of_date: date) -> tuple[Any, ...]:
        """One row of the cache."""
        status, reading, calls = "", None, 0
        while not status or (status in _WORTH_A_RETRY and calls < self._settings.attempts and self._calls_left > 0):
            if calls:
                self._sleep(BACK_OFF_SECONDS * 2 ** (calls - 1))
            status, reading = self._call(question)
            calls, self._calls_left = calls + 1, self._calls_left - 1
        self._is_ended = status in _ENDS_THE_NIGHT
        self._failures = 0 if status in FINAL else self._failures + 1
        place = (reading.latitude, reading.longitude, reading.place_precision, reading.label) if reading else (None,) * 4
        attempts = (question["attempts"] or 0) + (0 if self._is_ended else calls)  # a key's trouble is not the address's
        first = question["first_asked_on"] or as_of_date
        return (question["address_key"], self._provider, status, *place, attempts, first, as_of_date, calls)

    def _call(self, question: dict[str, Any]) -> tuple[str, Reading | None]:
        text = question["text"].encode()[: PROVIDERS[self._provider].most_bytes].decode("utf-8", "ignore")
        country = question["country_code"]
        try:
            reading = self._paced(self._geocoder, self._provider, text, country)
        except GeopyError as error:
            return next(status for kind, status in _BY_ERROR if isinstance(error, kind)), None
        if reading is None:
            return "not_found", None
        return ("wrong_place" if self._is_elsewhere(reading, country) else "found"), reading

    def _is_elsewhere(self, reading: Reading, country: str | None) -> bool:
        """Whether the provider names another country, or the point lies outside the box around the country's towns."""
        if country is None:
            return False
        named = reading.country_code
        if named and BELONGS_TO.get(named, named) != BELONGS_TO.get(country, country):
            return True
        box = self._boxes.get(country)
        return box is not None and not (box[0] <= reading.latitude <= box[1] and box[2] <= reading.longitude <= box[3])
