"""cleaning/credit_codes.py: the check character of GB 32100-2015."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.credit_codes import ALPHABET, check_character, read_credit_codes


def read(*values):
    return read_credit_codes(pl.Series("text", values, dtype=pl.String))


def test_the_standards_own_example_is_valid():
    assert read("91350100M000100Y43", " 91350100m000100y43 ", "91350100-M000100Y4-3").values.to_list() == ["91350100M000100Y43"] * 3


def test_a_wrong_check_character_and_a_wrong_shape_are_told_apart():
    found = read("91350100M000100Y42", "123", "91350100M000100I43", None, "")
    assert found.values.to_list() == [None] * 5
    assert found.problems.to_list() == ["bad_check_digit", "not_a_credit_code", "not_a_credit_code", None, None]


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_any_single_slip_is_found(first, place, slip):
    code = first + check_character(first)
    assert read(code).values.to_list() == [code]
    slipped = code[:place] + slip + code[place + 1 :]
    assert slipped == code or read(slipped).problems.to_list() == ["bad_check_digit"]


@given(st.lists(st.none() | st.text(max_size=20), max_size=4))
def test_no_text_raises(values):
    assert len(read(*values).values) == len(values)
