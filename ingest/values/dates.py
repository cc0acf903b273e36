"""Days and moments as CRMs write them.

Here: ISO and its neighbours, D/M/Y and M/D/Y by the source's own order, 2026年3月4日, Unix seconds and milliseconds; local
times into UTC. Not here: which dates are inclusive ends or may not lie in the future (records.py).

03/04/2026 is never guessed: without a date order in the source's mapping it is null with the code not_a_date. A `date` takes
the day on the source's own calendar: 2026-03-04T23:30Z is the fifth in Shanghai. A local time that daylight saving time
skipped has no moment and is null; one that came twice is read as the first of the two.
"""

from typing import Literal

import polars as pl

from ingest.values.reading import Reading, problem_where, trimmed

DateOrder = Literal["ymd", "mdy", "dmy"]

_REST = r"(?:(?:[T ]| +)(?P<time>.+))?$"
_YEAR_FIRST = (
    r"^(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})" + _REST,
    r"^(?P<y>[0-9]{4})/(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})" + _REST,
    r"^(?P<y>[0-9]{4})\.(?P<m>[0-9]{1,2})\.(?P<d>[0-9]{1,2})" + _REST,
    r"^(?P<y>[0-9]{4})年(?P<m>[0-9]{1,2})月(?P<d>[0-9]{1,2})日" + r" *(?P<time>.+)?$",
    r"^(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?P<time>x)?$",
)
_YEAR_LAST = {
    "ymd": (),
    "mdy": tuple(rf"^(?P<m>[0-9]{{1,2}}){s}(?P<d>[0-9]{{1,2}}){s}(?P<y>[0-9]{{4}})" + _REST for s in ("/", "-", r"\.")),
    "dmy": tuple(rf"^(?P<d>[0-9]{{1,2}}){s}(?P<m>[0-9]{{1,2}}){s}(?P<y>[0-9]{{4}})" + _REST for s in ("/", "-", r"\.")),
}
_TIME = (
    r"^(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r" ?(?P<half>[AaPp][Mm])? ?(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)
_UNIX = r"^[0-9]{10}([0-9]{3})?$"  # seconds have ten digits from 2001 to 2286, milliseconds thirteen
_FIRST_YEAR = 1900  # nothing in a CRM is older; 0001-01-01, 1753-01-01 and 1899-12-30 are what programs write for "none"
_LAST_YEAR = 9998  # 9999 stands for "never" and has no day after it


def read_dates(texts: pl.Series, *, date_order: DateOrder, time_zone: str) -> Reading:
    """Days on the source's own calendar. Codes: not_a_date, before_1900."""
    parts = _distinct_parts(texts, date_order, time_zone)
    return _back_on_rows(texts, parts, pl.when(pl.col("zone_known")).then("shifted_day").otherwise("local_day"))


def read_timestamps(texts: pl.Series, *, date_order: DateOrder, time_zone: str) -> Reading:
    """Moments in UTC (datetime without zone, microseconds). Codes: not_a_date, before_1900."""
    parts = _distinct_parts(texts, date_order, time_zone)
    return _back_on_rows(texts, parts, pl.col("utc"))


def day_after(days: pl.Series) -> pl.Series:
    """The following day: an inclusive last day as our exclusive end. 9999-12-31 stays, for nothing follows it."""
    return pl.select(pl.when(days.dt.year() <= _LAST_YEAR).then(days.dt.offset_by("1d")).otherwise(days)).to_series()


def _distinct_parts(texts: pl.Series, date_order: DateOrder, time_zone: str) -> pl.DataFrame:
    """Per distinct text: its year, local day, the day after shifting to the source's zone, whether it names a zone, UTC."""
    frame = trimmed(texts).drop_nulls().unique().sort().to_frame("text")
    patterns = _YEAR_FIRST + _YEAR_LAST[date_order]
    groups = [pl.col("text").str.extract_groups(pattern) for pattern in patterns]
    frame = (
        frame.with_columns(
            *(pl.coalesce(g.struct.field(name) for g in groups).alias(name) for name in ("y", "m", "d", "time")),
        )
        .with_columns(pl.col("time").str.strip_chars().str.extract_groups(_TIME).alias("clock"))
        .unnest("clock")
    )
    frame = frame.with_columns(
        hour=pl.col("hour").cast(pl.Int64), year=pl.col("y").cast(pl.Int64), half=pl.col("half").str.to_lowercase()
    ).with_columns(hour=_hour_of_day())
    frame = frame.with_columns(time_readable=pl.col("time").is_null() | pl.col("hour").is_not_null())
    local_text = pl.format(
        "{}-{}-{} {}:{}:{}.{}",
        "y", pl.col("m").str.zfill(2), pl.col("d").str.zfill(2),
        pl.col("hour").fill_null(0).cast(pl.String).str.zfill(2), pl.col("minute").fill_null("00"),
        pl.col("second").fill_null("00"), pl.col("fraction").fill_null("0").str.pad_end(6, "0").str.slice(0, 6),
    )  # fmt: skip
    local = local_text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    in_range = pl.col("year").is_between(_FIRST_YEAR, _LAST_YEAR)
    frame = frame.with_columns(local=pl.when("time_readable").then(local)).with_columns(
        _offset_minutes(), local_day=pl.col("local").dt.date(), usable=pl.when(in_range).then("local")
    )
    unix = pl.when(pl.col("text").str.contains(_UNIX)).then(pl.col("text").str.pad_end(13, "0").cast(pl.Int64, strict=False))
    of_unix = (unix * 1000).cast(pl.Datetime("us"))
    of_offset = pl.col("usable") - pl.duration(minutes=pl.col("offset"))
    of_zone = (
        pl.col("usable")
        .dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        .dt.replace_time_zone(None)
    )
    frame = frame.with_columns(zone_known=pl.col("zone").is_not_null() | unix.is_not_null()).with_columns(
        utc=pl.coalesce(of_unix, pl.when("zone_known").then(of_offset).otherwise(of_zone))
    )
    return frame.with_columns(
        shifted_day=pl.col("utc").dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone).dt.date(),
        too_old=(pl.col("year") < _FIRST_YEAR) & pl.col("local").is_not_null(),
    )


def _hour_of_day() -> pl.Expr:
    """0 to 23 of an hour that may stand beside AM or PM; null when the two do not go together."""
    hour, half = pl.col("hour"), pl.col("half")
    twelve = hour % 12 + pl.when(half == "pm").then(12).otherwise(0)
    return pl.when(half.is_null()).then(hour).when(hour.is_between(1, 12)).then(twelve)


def _offset_minutes() -> pl.Expr:
    """Minutes east of UTC that the text itself names; null beyond the 14 hours that exist."""
    digits = pl.col("zone").str.replace(":", "", literal=True)
    minutes = digits.str.slice(1, 2).cast(pl.Int64, strict=False) * 60
    minutes += digits.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    signed = pl.when(digits.str.starts_with("-")).then(-minutes).otherwise(minutes)
    named = pl.when(digits.str.contains("^[+-]")).then(signed).when(digits.is_not_null()).then(0)
    return pl.when(named.abs() <= 14 * 60).then(named).alias("offset")


def _back_on_rows(texts: pl.Series, parts: pl.DataFrame, value: pl.Expr) -> Reading:
    parts = parts.select("text", pl.when(~pl.col("too_old").fill_null(False)).then(value).alias("value"), "too_old")
    rows = trimmed(texts).to_frame("text").join(parts, on="text", how="left", maintain_order="left")
    values, too_old = rows["value"], rows["too_old"].fill_null(False)
    unreadable = rows["text"].is_not_null() & values.is_null() & ~too_old
    problems = pl.select(pl.coalesce(problem_where(unreadable, "not_a_date"), problem_where(too_old, "before_1900"))).to_series()
    return Reading(values=values, problems=problems)
