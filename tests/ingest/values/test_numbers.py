"""values/numbers.py against tests/cases/amounts.csv, and what must hold for any text."""

import csv
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.values.numbers import read_amounts, read_degrees, read_integers, read_ratios, scaled
from ingest.values.reading import trimmed

CASES = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "amounts.csv").read_text("utf-8").splitlines()))


def texts(*values):
    return pl.Series("text", values, dtype=pl.String)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['written']} {case['decimal_mark']}")
def test_an_amount_is_read_as_people_mean_it(case):
    read = read_amounts(texts(case["written"]), decimal_mark=case["decimal_mark"])
    assert read.values.to_list() == [Decimal(case["value"]) if case["value"] else None]
    assert read.problems.to_list() == [case["problem"] or None]


def test_empty_cells_are_null_without_a_problem():
    read = read_amounts(texts(None, "", "  ", "\u3000"))
    assert read.values.to_list() == [None] * 4
    assert read.problems.to_list() == [None] * 4


def test_no_rows_give_no_values_of_the_right_type():
    assert read_amounts(texts()).values.dtype == pl.Decimal(18, 4)
    assert read_integers(texts()).values.dtype == pl.Int64


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=4))
def test_every_amount_survives_being_written_and_read_exactly(amount):
    assert read_amounts(texts(f"{amount:f}")).values.to_list() == [amount]
    assert read_amounts(texts(f"{amount:,f}")).values.to_list() == [amount]


@given(st.lists(st.none() | st.text(max_size=12) | st.text("0123456789.,-+eE万亿$() ", max_size=12), max_size=5))
def test_any_text_is_either_read_or_named_a_problem(values):
    for mark in (".", ","):
        read = read_amounts(texts(*values), decimal_mark=mark)
        for written, value, problem in zip(trimmed(texts(*values)), read.values, read.problems, strict=True):
            assert [value is not None, problem is not None].count(True) == (written is not None)


def test_a_count_with_a_fraction_is_no_count():
    read = read_integers(texts("1,200", "1200.0", "1200.5", "1.2万", "many", "99999999999999999999"))
    assert read.values.to_list() == [1200, 1200, None, 12000, None, None]
    assert read.problems.to_list() == [None, None, "not_an_integer", None, "not_a_number", "too_large"]


def test_degrees_beyond_the_pole_are_out_of_range_and_kept_for_they_may_be_the_other_of_the_two():
    read = read_degrees(texts("47.6062", "91", "-90", "x"), limit=90)
    assert read.values.to_list() == [47.6062, 91.0, -90.0, None]
    assert read.problems.to_list() == [None, "out_of_range", None, "not_a_number"]


def test_amounts_in_millions_are_scaled_exactly_and_what_no_longer_fits_says_so() -> None:
    reading = scaled(read_amounts(pl.Series(["1100.04", "0.0001", None, "99999999999999", "x"]), decimal_mark="."), 1_000_000)
    assert reading.values.to_list() == [Decimal("1100040000.0000"), Decimal("100.0000"), None, None, None]
    assert reading.problems.to_list() == [None, None, None, "too_large", "not_a_number"]


def test_whole_numbers_are_scaled_as_whole_numbers() -> None:
    assert scaled(read_integers(pl.Series(["3", "-2"]), decimal_mark="."), 1000).values.to_list() == [3000, -2000]


def test_a_ratio_is_read_from_a_share_and_from_a_percentage_and_40_is_neither() -> None:
    read = read_ratios(pl.Series(["0.25", "25%", "25 ％", "0", "100%", "40", "-1", "x", None]))
    assert read.values.to_list() == [0.25, 0.25, 0.25, 0.0, 1.0, None, None, None, None]
    assert read.problems.to_list() == [None] * 5 + ["out_of_range", "out_of_range", "not_a_number", None]
