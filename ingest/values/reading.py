"""What reading a column gives: the values that could be read, and a code for those that could not.

Here: the pair of columns that every reader of this room returns, and the reading of plain text.
Not here: what a number, a date or a name looks like (numbers.py, dates.py, names.py ...).

A value that cannot be read becomes null with a code, never a guess; the text as written stays in the column beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

# White space of any script (Unicode's White_Space), and the three invisible characters that copying from web pages and Excel leaves at
# the ends. A list of characters instead of a pattern: half the time over a million cells (2026-11-22).
_WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_EDGES = _WHITE_SPACE + "\u200b\u2060\ufeff"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """`values`: one per row, null where empty or unreadable. `problems`: text, the code of the problem or null. Same length.

    `extensions`: of telephone numbers, what is dialled after them; of other kinds none.
    """

    values: pl.Series
    problems: pl.Series
    extensions: pl.Series | None = None


def trimmed(texts: pl.Series) -> pl.Series:
    """The texts without white space at either end; what is empty then is null."""
    inner = texts.cast(pl.String).str.strip_chars(_EDGES)
    return pl.select(pl.when(inner != "").then(inner)).to_series().alias(texts.name)


def read_text(texts: pl.Series) -> Reading:
    """Plain text: trimmed, else as written. Never a problem."""
    return Reading(values=trimmed(texts), problems=no_problems(len(texts)))


def no_problems(length: int) -> pl.Series:
    """A column of `length` nulls, for readers that have nothing to complain about."""
    return pl.Series("problem", [None], dtype=pl.String).new_from_index(0, length)


def problem_where(condition: pl.Series, code: str) -> pl.Series:
    """`code` where the condition holds, null elsewhere."""
    return pl.select(pl.when(condition).then(pl.lit(code)).alias("problem")).to_series()


def by_distinct_value(texts: pl.Series, read_one: Callable[[str], str | None]) -> pl.Series:
    """`read_one` of every text, called once per distinct value: for the few values that need more than a column function."""
    distinct = texts.drop_nulls().unique().sort()
    if distinct.is_empty():
        return texts.clear(len(texts)) if texts.dtype == pl.String else texts.cast(pl.String)
    results = pl.Series([read_one(value) for value in distinct], dtype=pl.String)
    return texts.replace_strict(distinct, results, default=None, return_dtype=pl.String)
