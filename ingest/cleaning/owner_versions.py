"""What was known when (知晓时间): the versions that the known past of a record has gone through, and the days on which each held.

Here: on which days what is known of a record's past can have changed, what stood in between, and one row per observation out of all
versions. Not here: what an observation is (owner_observations.py), when a log said what (owner_history.py).

Known on a day is what the exports up to that day say; when they were loaded has no part in it. A new export of a record adds to what
the older ones tell and changes none of it. What is known of the past changes only on days on which a log's row, or the moment at which
the record was made, is told later than the record itself or told otherwise. So a record has one version for each such day, few have
more than one, and within a version an observation is known from the export on that shows it.
"""

from datetime import date

import polars as pl

_NUMBERS = ("n", "sequence", "first_sequence", "known_from", "known_to")
"""Columns in which an observation may differ from one version to the next."""


def first_days(rows: pl.DataFrame) -> pl.DataFrame:
    """n, record_id, first_day of every record, by n from 0. `rows` come sorted by n and as_of_date."""
    return rows.unique("n", keep="first", maintain_order=True).select("n", "record_id", first_day="as_of_date")


def days_of_a_log(logged: pl.DataFrame) -> pl.DataFrame:
    """day, is_kept: from which days on the log tells of any change at all, or no longer does."""
    steps = [logged.select(day="known_from", step=pl.lit(1)), logged.drop_nulls("known_to").select(day="known_to", step=pl.lit(-1))]
    by_day = pl.concat(steps).group_by("day").agg(pl.col("step").sum()).sort("day")
    kept = by_day.select("day", is_kept=pl.col("step").cum_sum() > 0)
    return kept.filter(pl.col("is_kept").ne_missing(pl.col("is_kept").shift(1)))


def versions_of(firsts: pl.DataFrame, logged: pl.DataFrame, made: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """n, start, next_start (null for the newest), is_kept of the versions of every record that has several; by n and start.

    `logged` and `made` (n, known_from, known_to): what may be told later or otherwise. `kept` (days_of_a_log) is about those in `made`.
    """
    told = [frame.select("n", day=name) for frame in (logged, made) for name in ("known_from", "known_to")]
    changing = kept.filter(pl.col("day") > firsts["first_day"].min()) if len(firsts) else kept
    told.append(made.select("n").unique().join(changing.select("day"), how="cross"))
    later = pl.concat(told).drop_nulls().unique()
    later = later.join(firsts.select("n", "first_day"), on="n").filter(pl.col("day") > pl.col("first_day"))
    starts = pl.concat([later.select("n", start="first_day").unique(), later.select("n", start="day")])
    starts = starts.sort("start").join_asof(kept, left_on="start", right_on="day", strategy="backward").sort("n", "start")
    follows = pl.when(pl.col("n") == pl.col("n").shift(-1)).then(pl.col("start").shift(-1))
    return starts.select("n", "start", next_start=follows, is_kept=pl.col("is_kept").fill_null(False))


def stood(frame: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """The rows of `frame` (n, known_from, known_to) that stood in each version in `earlier`, under the version's number instead of n."""
    found = frame.join(earlier.select("n", "version", "start"), on="n")
    stands = (pl.col("known_from") <= pl.col("start")) & (pl.col("known_to").is_null() | (pl.col("start") < pl.col("known_to")))
    return found.filter(stands).with_columns(n="version").drop("version", "start")


def stand_now(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of `frame` that stand on the last day."""
    return frame.filter(pl.col("known_to").is_null())


def shown_until(rows: pl.DataFrame, earlier: pl.DataFrame, days: list[date]) -> pl.DataFrame:
    """The exports that each version in `earlier` rests on, under its number instead of n; days_known: loaded days before its end."""
    ends = earlier.select("n", "version", "next_start", days_known=_count_before(days, earlier["next_start"]))
    found = rows.drop("days_known").join(ends, on="n").filter(pl.col("as_of_date") < pl.col("next_start"))
    return found.with_columns(n="version").select(rows.columns).sort("n", "as_of_date")


def _count_before(days: list[date], ends: pl.Series) -> pl.Series:
    return pl.Series(days, dtype=pl.Date).search_sorted(ends, side="left").cast(pl.Int64)


def known_now(observed: pl.DataFrame, firsts: pl.DataFrame, versions: pl.DataFrame) -> pl.DataFrame:
    """The observations of the newest versions, with the day from which on each version says so."""
    starts = firsts.join(stand_now(versions.rename({"next_start": "known_to"})), on="n", how="left", maintain_order="left")
    since = starts.select(pl.coalesce("start", "first_day")).to_series().gather(observed["n"])  # n is the place
    return observed.with_columns(
        first_sequence="sequence", known_from=pl.max_horizontal("as_of_date", since), known_to=pl.lit(None, pl.Date)
    )


def known_before(observed: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """The observations of earlier versions, with the days on which each said so; n is the record's again."""
    found = observed.rename({"n": "version"}).join(earlier.select("version", "n", "start", known_to="next_start"), on="version")
    known_from = pl.max_horizontal("as_of_date", "start")
    return found.with_columns(first_sequence="sequence", known_from=known_from).drop("version", "start")


def joined(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """One row per observation and stretch of days on which it was known without a break, numbered as in the last of its versions.

    `first_sequence` is the number it had on the first of those days.
    """
    if before.is_empty():
        return now
    several = pl.col("n").is_in(before["n"].unique().implode())
    said = [name for name in now.columns if name not in _NUMBERS]
    rows = pl.concat([now.filter(several), before.select(now.columns)]).sort("n", *said, "known_from")
    is_same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in ("n", *said))
    goes_on = is_same & (pl.col("known_to").shift(1) == pl.col("known_from"))
    stretch = (~goes_on.fill_null(False)).cum_sum()
    last = [name for name in now.columns if name not in ("known_from", "first_sequence")]
    whole = rows.group_by(stretch.alias("stretch"), maintain_order=True).agg(
        *(pl.col(name).last() for name in last), pl.col("known_from", "first_sequence").first()
    )
    return pl.concat([now.filter(~several), whole.select(now.columns)])
