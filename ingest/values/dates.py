"""Days and moments as CRMs write them.

Here: ISO and its neighbours, D/M/Y and M/D/Y by the source's own order, 2026年3月4日, months by their English names, Unix seconds and
milliseconds, 上午 and 下午; local times into UTC. Not here: which dates are inclusive ends or may not lie in the future (records.py).
Not read: Excel's serial days (45000 may be any number) and years of two digits.

03/04/2026 is never guessed: without a date order in the source's mapping it is null with the code not_a_date. A `date` takes
the day on the source's own calendar: 2026-03-04T23:30Z is the fifth in Shanghai. A local time that daylight saving time
skipped has no moment and is null; one that came twice is read as the first of the two.
"""

from typing import Literal

import polars as pl

from ingest.values.reading import Reading, problem_where, trimmed

DateOrder = Literal["ymd", "mdy", "dmy"]

_REST = r"(?:(?:T|\s+)(?P<time>.+))?$"
_AFTER_NAMED = r"(?:,?\s+(?P<time>.+))?$"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<m>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?))\.?"
)
_YEAR_FIRST = (
    r"^(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})" + _REST,
    r"^(?P<y>[0-9]{4})/(?P<m>[0-9]{1,2})/(?P<d>[0-9]{1,2})" + _REST,
    r"^(?P<y>[0-9]{4})\.(?P<m>[0-9]{1,2})\.(?P<d>[0-9]{1,2})" + _REST,
    r"^(?P<y>[0-9]{4})年(?P<m>[0-9]{1,2})月(?P<d>[0-9]{1,2})日" + r"\s*(?P<time>.+)?$",
    r"^(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?P<time>x)?$",
)
_YEAR_LAST = {
    "ymd": (),
    "mdy": tuple(rf"^(?P<m>[0-9]{{1,2}}){s}(?P<d>[0-9]{{1,2}}){s}(?P<y>[0-9]{{4}})" + _REST for s in ("/", "-", r"\.")),
    "dmy": tuple(rf"^(?P<d>[0-9]{{1,2}}){s}(?P<m>[0-9]{{1,2}}){s}(?P<y>[0-9]{{4}})" + _REST for s in ("/", "-", r"\.")),
}
_NAMED_MONTH = (  # whatever the order of the source's numbers: a month's name leaves no doubt
    rf"^{_MONTH}\s+(?P<d>[0-9]{{1,2}}),?\s+(?P<y>[0-9]{{4}})" + _AFTER_NAMED,
    rf"^(?P<d>[0-9]{{1,2}})[\s-]+{_MONTH}(?:,?\s+|-)(?P<y>[0-9]{{4}})" + _AFTER_NAMED,
)
_TIME = (  # \s and not a blank: programs write a narrow no-break space before AM and PM
    r"^(?P<half_before>上午|下午)?\s*(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"\s?(?P<half>[AaPp][Mm])?\s?(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)
_HALVES = {"am": "am", "pm": "pm", "上午": "am", "下午": "pm"}
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


def day_in_zone(moments: pl.Series, time_zone: str) -> pl.Series:
    """The day of a moment (UTC) on the calendar of a zone."""
    return moments.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone).dt.date()


def day_after(days: pl.Series) -> pl.Series:
    """The following day: an inclusive last day as our exclusive end. 9999-12-31 stays, for nothing follows it."""
    return pl.select(pl.when(days.dt.year() <= _LAST_YEAR).then(days.dt.offset_by("1d")).otherwise(days)).to_series()


def _distinct_parts(texts: pl.Series, date_order: DateOrder, time_zone: str) -> pl.DataFrame:
    """Per distinct text: its year, local day, the day after shifting to the source's zone, whether it names a zone, UTC."""
    frame = _by_shape(trimmed(texts).drop_nulls().unique().to_frame("text"), _YEAR_FIRST + _YEAR_LAST[date_order] + _NAMED_MONTH)
    frame = frame.with_columns(pl.col("time").str.strip_chars().str.extract_groups(_TIME).alias("clock")).unnest("clock")
    frame = frame.with_columns(hour=pl.col("hour").cast(pl.Int64), year=pl.col("y").cast(pl.Int64)).with_columns(hour=_hour_of_day())
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


def _by_shape(texts: pl.DataFrame, patterns: tuple[str, ...]) -> pl.DataFrame:
    """Per text: y, m (digits), d and time of the first pattern it fits, null where none does. One pass per shape that occurs."""
    found = []
    for pattern in patterns:
        split = texts.with_columns(pl.col("text").str.extract_groups(pattern).alias("parts")).unnest("parts")
        found.append(split.filter(pl.col("y").is_not_null()).select("text", "y", "m", "d", "time"))
        texts = split.filter(pl.col("y").is_null()).select("text")
        if texts.is_empty():
            break
    frame = pl.concat([*found, texts.with_columns(pl.lit(None, pl.String).alias(name) for name in ("y", "m", "d", "time"))])
    named = pl.col("m").str.slice(0, 3).str.to_lowercase()
    return frame.with_columns(m=named.replace(list(_MONTHS), [str(number) for number in range(1, 13)]))


def _hour_of_day() -> pl.Expr:
    """0 to 23 of an hour that may stand beside AM or PM, 上午 or 下午; null when the two do not go together, or both are written."""
    written = pl.coalesce(pl.col("half").str.to_lowercase(), "half_before")
    half = written.replace_strict(_HALVES, default=None, return_dtype=pl.String)
    hour = pl.when(pl.col("half").is_null() | pl.col("half_before").is_null()).then("hour")
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
