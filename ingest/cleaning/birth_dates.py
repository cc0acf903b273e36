"""Days of birth (出生日期) as people write them.

Here: one day out of a text whose order of day and month nobody tells. Not here: dates of a system, whose order is known (values/dates.py).

Where day and month could change places (12/11/1978) the month is taken to stand first; whoever compares two such days must allow for the
other reading.
"""

import polars as pl

from ingest.values.dates import read_dates

_NEWEST = 25  # two digits up to here are of this century, the rest of the last
_SHORT = r"^([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{2})$"
_MONTH_NAMED = r"^([0-9]{1,2})[-/. ]+(\p{L}{3,9})[-/., ]+([0-9]{2}|[0-9]{4})$"


def read_birth_dates(texts: pl.Series) -> pl.Series:
    """Days as text, 1978-12-11; null where there is none. Rows as in `texts`; nothing depends on other rows."""
    distinct = texts.cast(pl.String).unique().drop_nulls().to_frame("written")
    text = pl.col("written").str.strip_chars()
    short, named = text.str.extract_groups(_SHORT).struct, text.str.extract_groups(_MONTH_NAMED).struct
    spelt = distinct.select(
        pl.coalesce(
            pl.concat_str(short.field("1"), pl.lit("/"), short.field("2"), pl.lit("/"), _century(short.field("3"))),
            pl.concat_str(named.field("2"), pl.lit(" "), named.field("1"), pl.lit(" "), _century(named.field("3"))),
            text,
        )
    ).to_series()
    days = [read_dates(spelt, date_order=order, time_zone="UTC").values.cast(pl.String) for order in ("mdy", "dmy")]
    read = distinct.with_columns(day=pl.select(pl.coalesce(days)).to_series())
    return texts.cast(pl.String).to_frame("written").join(read, on="written", how="left", maintain_order="left")["day"]


def _century(year: pl.Expr) -> pl.Expr:
    two = year.str.len_chars() == 2
    return pl.when(two & (year.cast(pl.Int32) <= _NEWEST)).then(pl.lit("20") + year).when(two).then(pl.lit("19") + year).otherwise(year)
