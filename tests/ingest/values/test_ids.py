"""values/ids.py against tests/cases/ids.csv: one form per id, and the traces of Excel."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ingest.values.ids import damaged_ids, read_ids

CASES = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "ids.csv").read_text("utf-8").splitlines()))
ID = st.text("abzABZ019", min_size=15, max_size=15).filter(lambda text: any(c.isdigit() for c in text))


def texts(*values):
    return pl.Series("text", values, dtype=pl.String)


def read(kind, *values):
    return read_ids(texts(*values), kind).to_list()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']} {case['written']}")
def test_an_id_is_read_in_one_form(case):
    assert read(case["kind"], case["written"]) == [case["value"]]


def test_a_column_keeps_its_order_its_name_and_its_empty_cells():
    column = read_ids(texts("005000000000001", None, "Queue", "", "005000000000001AAA"), "salesforce")
    assert column.to_list() == ["005000000000001AAA", None, "Queue", None, "005000000000001AAA"]
    assert column.name == "text"
    assert read_ids(texts(), "salesforce").to_list() == []


@given(ID)
def test_fifteen_and_eighteen_characters_in_any_one_case_are_the_same_id(short):
    [full] = read("salesforce", short)
    assert full[:15] == short
    assert read("salesforce", full, full.lower(), full.upper(), full[:15] + full[15:].lower()) == [full] * 4


@given(ID, ID)
def test_two_ids_that_differ_in_case_only_stay_two(one, other):
    assume(one != other)
    assert len(set(read("salesforce", one, other))) == 2


@pytest.mark.parametrize("kind", ["text", "salesforce", "zoho"])
@given(values=st.lists(st.none() | st.text(max_size=20) | st.text("0aA.zcrm_", min_size=14, max_size=19), max_size=5))
def test_reading_twice_is_reading_once(kind, values):
    once = read_ids(texts(*values), kind)
    assert read_ids(once, kind).to_list() == once.to_list()


@pytest.mark.parametrize("damaged", ["1.23457E+17", "1,23457E+17", "3.47706e+18", "1E+15"])
def test_one_id_in_scientific_notation_is_damage(damaged):
    assert damaged_ids(texts("3477061000000123001", damaged, None)) == (damaged,)


def test_half_of_the_long_ids_rounded_is_damage_and_three_are_shown_in_order():
    rounded = [f"34770610000{n:04}000" for n in (4, 1, 3, 2)]
    assert damaged_ids(texts(*rounded, "short", "347706100000004321")) == tuple(sorted(rounded)[:3])


def test_one_long_id_of_many_that_ends_in_zeros_is_chance():
    assert damaged_ids(texts("347706100000123000", *(f"3477061000001{n:05}" for n in range(1, 900)))) == ()


def test_more_rounded_ids_than_chance_gives_is_damage():
    whole = [f"34770610{n:05}12345"[:18] for n in range(1000)]
    rounded = [f"34770611{n:07}000" for n in range(12)]
    assert len(damaged_ids(texts(*whole, *rounded))) == 3


def test_a_single_id_of_sixteen_digits_that_ends_in_zero_says_nothing():
    assert damaged_ids(texts("1234567890123450")) == ()
    assert damaged_ids(texts("1234567890123450", "1234567890123460")) == ("1234567890123450", "1234567890123460")


def test_the_same_rounded_id_on_many_rows_counts_once():
    whole = [f"3477061000{n:04}1234" for n in range(400)]
    assert damaged_ids(texts(*["347706100000123000"] * 300, *whole)) == ()


def test_short_ids_names_and_hexadecimal_ids_are_whole():
    assert damaged_ids(texts("1000", "100000000000000", "5e17aa00bb0000000000cc00", "1e10", "Chen", None)) == ()
    assert damaged_ids(texts()) == ()


@given(st.lists(st.none() | st.text(max_size=25) | st.text("0123456789eE+.", max_size=25), max_size=6))
def test_evidence_of_damage_is_always_an_id_of_the_column(values):
    assert set(damaged_ids(texts(*values))) <= set(texts(*values).str.strip_chars().to_list())
