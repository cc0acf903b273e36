"""Moments out of exports that landing itself has to compare: which of two rows, or of two files, is the newer.

Here: the newest change of a file, the order of rows by their last change. Not here: reading dates for people (values/dates.py does the
reading for both).
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from ingest.sources.mapping import Source
from ingest.values.dates import read_timestamps


def changed_at(rows: pl.DataFrame, source: Source) -> pl.Series:
    """When each row was last changed in its CRM (UTC), null where the export does not say."""
    if "modified_at" not in rows.columns:
        return pl.Series([None], dtype=pl.Datetime("us")).new_from_index(0, rows.height)
    return read_timestamps(rows["modified_at"], date_order=source.date_order, time_zone=source.time_zone).values


def on_clock_of(source: Source, stamp: datetime | None) -> datetime | None:
    """A time in a file's name, which is on the source's own clock, as UTC without zone."""
    if stamp is None:
        return None
    return stamp.replace(tzinfo=ZoneInfo(source.time_zone)).astimezone(UTC).replace(tzinfo=None)
