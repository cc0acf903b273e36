"""Currency codes of amounts.

Here: ISO 4217 codes, the two everyday names of the renminbi, and the currency that an amount's own text names where there is no
doubt (¥ and $ are several). Not here: reading past such signs (numbers.py), exchange rates (rules/fx_rates.csv).
"""

from functools import lru_cache

import polars as pl
import pycountry

from ingest.values.reading import Reading, problem_where, trimmed

_OTHER_NAMES = {"RMB": "CNY", "人民币": "CNY"}


_IN_AMOUNTS = {
    "US$": "USD", "HK$": "HKD", "NT$": "TWD", "€": "EUR", "£": "GBP", "RMB": "CNY", "人民币": "CNY", "美元": "USD", "港元": "HKD",
    "港币": "HKD", "欧元": "EUR", "CNY": "CNY", "USD": "USD", "HKD": "HKD", "TWD": "TWD", "EUR": "EUR", "GBP": "GBP", "JPY": "JPY",
    "SGD": "SGD",
}  # fmt: skip
_IN_AMOUNT = f"(?i)({'|'.join(sign.replace('$', '[$]') for sign in _IN_AMOUNTS)})"


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    return {currency.alpha_3: currency.alpha_3 for currency in pycountry.currencies} | _OTHER_NAMES


def read_currency_codes(texts: pl.Series, *, default: str) -> Reading:
    """ISO 4217 codes; an empty cell means `default`, an unreadable one stays null. Code: unknown_currency."""
    words = trimmed(texts).str.to_uppercase()
    known = _known()
    values = words.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)
    return Reading(
        values=pl.select(pl.when(words.is_null()).then(pl.lit(default)).otherwise(values)).to_series(),
        problems=problem_where(words.is_not_null() & values.is_null(), "unknown_currency"),
    )


def currencies_in_amounts(texts: pl.Series) -> pl.Series:
    """The ISO 4217 code that an amount's text names by itself (`HK$ 1,200`, `5万美元`); null where it names none for certain."""
    named = texts.cast(pl.String).str.extract(_IN_AMOUNT).str.to_uppercase()
    return named.replace_strict(_IN_AMOUNTS, default=None, return_dtype=pl.String)
