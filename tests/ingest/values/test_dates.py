"""values/dates.py against tests/cases/dates.csv, and what must hold for any text."""

import csv
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.values.dates import day_after, read_dates, read_timestamps

CASES = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "dates.csv").read_text("utf-8").splitlines()))


def texts(*values):
    return pl.Series("text", values, dtype=pl.String)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['written']} {case['date_order']} {case['time_zone']}")
def test_a_date_is_read_in_the_sources_own_order_and_zone(case):
    settings = {"date_order": case["date_order"], "time_zone": case["time_zone"]}
    days, moments = read_dates(texts(case["written"]), **settings), read_timestamps(texts(case["written"]), **settings)
    assert days.values.to_list() == [date.fromisoformat(case["date"]) if case["date"] else None]
    assert moments.values.to_list() == [datetime.fromisoformat(case["utc"]) if case["utc"] else None]
    assert days.problems.to_list() == moments.problems.to_list() == [case["problem"] or None]


def test_a_time_that_summer_time_skipped_has_no_moment_and_one_that_came_twice_is_the_first():
    read = read_timestamps(texts("2026-03-29 02:30", "2026-10-25 02:30"), date_order="ymd", time_zone="Europe/Berlin")
    assert read.values.to_list() == [None, datetime.fromisoformat("2026-10-25 00:30")]
    assert read.problems.to_list() == ["not_a_date", None]


def test_rows_keep_their_order_and_repeated_texts_are_all_read():
    read = read_dates(texts("2026-03-04", None, "x", "2026-03-04", ""), date_order="ymd", time_zone="UTC")
    assert read.values.to_list() == [date(2026, 3, 4), None, None, date(2026, 3, 4), None]
    assert read.problems.to_list() == [None, None, "not_a_date", None, None]


def test_the_day_after_never_leaves_the_calendar():
    days = pl.Series("day", [date(2026, 12, 31), date(9999, 12, 31), None])
    assert day_after(days).to_list() == [date(2027, 1, 1), date(9999, 12, 31), None]


@given(st.datetimes(min_value=datetime.fromisoformat("1900-01-01"), max_value=datetime.fromisoformat("9998-12-31")))
def test_every_moment_survives_being_written_and_read(moment):
    read = read_timestamps(texts(moment.isoformat(sep=" ", timespec="microseconds")), date_order="ymd", time_zone="UTC")
    assert read.values.to_list() == [moment]


@given(st.lists(st.none() | st.text(max_size=20) | st.text("0123456789-/:.TZ+ 年月日APM", max_size=25), max_size=5))
def test_no_text_is_both_read_and_a_problem(values):
    for reader in (read_dates, read_timestamps):
        for order in ("ymd", "mdy", "dmy"):
            read = reader(texts(*values), date_order=order, time_zone="America/New_York")
            assert all(value is None or problem is None for value, problem in zip(read.values, read.problems, strict=True))
            assert len(read.values) == len(values)
