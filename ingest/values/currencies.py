"""Currency codes of amounts.

Here: ISO 4217 codes and the two everyday names of the renminbi. Not here: currency signs inside amounts (¥ is two
currencies), exchange rates (rules/fx_rates.csv).
"""

from functools import lru_cache

import polars as pl
import pycountry

from ingest.values.reading import Reading, problem_where, trimmed

_OTHER_NAMES = {"RMB": "CNY", "人民币": "CNY"}


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
