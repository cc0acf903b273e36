"""cleaning/registry_ids.py: register numbers made comparable, and the check digits of those that have some."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.registry_ids import KINDS, read_registry_ids, registry_kinds


def texts(*values):
    return pl.Series("text", values, dtype=pl.String)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("HRB 12345", "HRB12345"),
        ("hrb-12345", "HRB12345"),
        ("ＨＲＢ　12345", "HRB12345"),
        ("12-3456780", "123456780"),
        ("DE 811.907.980", "DE811907980"),
        ("注册号：110000000000018", "110000000000018"),
        ("Registration No: 00445790", "00445790"),
        ("SC123456", "SC123456"),
        ("  ", None),
    ],
)
def test_a_number_has_one_form_whatever_stands_between_its_characters(written, number):
    read = read_registry_ids(texts(written))
    assert (read.values[0], read.problems[0]) == (number, None)


@pytest.mark.parametrize("written", ["0", "000-000", "无", "N/A", "123456789", "-", "XXXXXX", "unknown"])
def test_a_placeholder_is_nobodys_number(written):
    read = read_registry_ids(texts(written))
    assert (read.values[0], read.problems[0]) == (None, "placeholder_number")


def lei(first_eighteen):
    """With its check digits, by the definition: 98 less the remainder of the number with 00 behind it."""
    number = int("".join(str(int(character, 36)) for character in first_eighteen + "00"))
    return f"{first_eighteen}{98 - number % 97:02}"


def registration(first_fourteen):
    product = 10
    for digit in map(int, first_fourteen):
        product = ((product + digit) % 10 or 10) * 2 % 11
    return first_fourteen + str((11 - product) % 10)


def organisation(first_eight):
    check = (11 - sum(int(c, 36) * weight for c, weight in zip(first_eight, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11) % 11
    return first_eight + ("X" if check == 10 else str(check))


def test_numbers_with_check_digits_are_told_what_they_are():
    numbers = ["91350100M000100Y43", registration("11000000000001"), organisation("A1234567"), lei("529900EXAMPLE00001"), "HRB12345", None]
    assert registry_kinds(texts(*numbers)).to_list() == ["credit_code", "cn_registration", "cn_organisation", "lei", "other", None]


@given(st.sampled_from("12345678"), st.text("0123456789", min_size=13, max_size=13), st.integers(0, 14), st.sampled_from("0123456789"))
def test_any_single_slip_in_a_registration_number_makes_it_another_kind(first, rest, place, slip):
    number = registration(first + rest)
    slipped = number[:place] + slip + number[place + 1 :]
    assert registry_kinds(texts(number)).to_list() == ["cn_registration"]
    assert slipped == number or registry_kinds(texts(slipped)).to_list() == ["other"]


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=18, max_size=18), st.integers(0, 17), st.sampled_from("0123456789"))
def test_any_single_slip_in_a_lei_makes_it_another_kind(first, place, slip):
    number = lei(first)
    slipped = number[:place] + slip + number[place + 1 :]
    assert registry_kinds(texts(number)).to_list() == ["lei"]
    assert slipped == number or registry_kinds(texts(slipped)).to_list() == ["other"]


@given(st.lists(st.none() | st.text(max_size=25), max_size=5))
def test_no_text_raises_and_a_number_holds_no_blank(values):
    read = read_registry_ids(texts(*values))
    assert set(registry_kinds(read.values).to_list()) <= {None, *KINDS}
    assert not any(" " in number or number == "" for number in read.values.drop_nulls())
