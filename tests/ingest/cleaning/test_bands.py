"""Bands of sizes: the table of cases, and what holds for any text."""

import csv
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.bands import SCHEMA, read_bands

CASES = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "size_bands.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_a_band_is_read_as_the_table_of_cases_says(case):
    lower, upper, problem = read_bands(pl.Series([case["text"]])).row(0)
    wanted = [Decimal(case[name]) if case[name] else None for name in ("lower", "upper")]
    assert ([lower, upper], problem) == (wanted, case["problem"] or None)


def test_a_decimal_comma_is_read_where_the_source_has_one():
    assert read_bands(pl.Series(["1.000-4.999"]), decimal_mark=",").row(0) == (Decimal(1000), Decimal(4999), None)


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.sampled_from(["-", "–", "~", "至", " to ", " bis "]),
    st.sampled_from(["", "人", " employees"]),
)
def test_two_numbers_are_the_bounds_or_upside_down(first, second, between, unit):
    found = read_bands(pl.Series([f"{first}{between}{second}{unit}"])).row(0)
    assert found == ((Decimal(first), Decimal(second), None) if first <= second else (None, None, "upside_down"))


@given(st.lists(st.text(max_size=70) | st.none(), min_size=1, max_size=6))
def test_any_text_is_a_band_or_has_a_problem(texts):
    read = read_bands(pl.Series(texts, dtype=pl.String))
    assert read.schema == SCHEMA
    for lower, upper, problem in read.iter_rows():
        assert problem in (None, "not_a_band", "upside_down")
        assert problem is None or (lower is None and upper is None)
        assert lower is None or upper is None or lower <= upper
