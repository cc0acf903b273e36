"""Telephone numbers: the table of cases, and whole columns against the package they stand in for."""

import csv
from pathlib import Path

import phonenumbers
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.phones import SCHEMA, read_phones

CASES = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "phones.csv").read_text(encoding="utf-8").splitlines()))
PROBLEMS = {None, "not_a_phone", "no_country", "no_area_code", "placeholder_phone", "unassigned_phone", "several_phones"}
COUNTRIES = ("CN", "US", "DE", "GB", "FR", "HK", "IT", "JP", "AR", "ZZ", None)


def read(*pairs):
    texts, countries = zip(*pairs, strict=True)
    return read_phones(pl.Series(texts, dtype=pl.String), pl.Series(countries, dtype=pl.String)).rows()


def by_package(text, country):
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['text']} {case['country']}")
def test_a_number_is_read_as_the_table_of_cases_says(case):
    wanted = tuple(case[name] or None for name in SCHEMA)
    assert read((case["text"], case["country"] or None)) == [wanted]


def test_rows_keep_their_order_and_repeats_their_values():
    rows = [("13812345678", "CN"), (None, None), ("13812345678", None), ("13812345678", "cn")]
    assert [row[0] for row in read(*rows)] == ["+8613812345678", None, None, "+8613812345678"]


def test_an_empty_column_gives_an_empty_frame():
    assert read_phones(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.String)).schema == SCHEMA


@given(
    st.sampled_from(COUNTRIES[:8]),
    st.integers(0, 10**11),
    st.sampled_from(["", "0", "1", "+86", "+1", "+49", "0086", "86"]),
    st.integers(0, 9),
)
def test_whole_columns_read_what_the_package_reads(country, number, prefix, gap):
    digits = f"{prefix}{number}"
    text = f"{digits[:gap]} {digits[gap:]}".strip()
    ((phone, extension, problem),) = read((text, country))
    if problem is None and extension is None:
        # The package takes 00 for the way out of the country only where the country's own plan does.
        assert phone == by_package(text.replace(" ", "").replace("00", "+", 1) if text.startswith("00") else text, country)
    elif problem in ("not_a_phone", "unassigned_phone"):
        assert not text.startswith("+") or by_package(text, country) is None


@given(st.lists(st.tuples(st.text(max_size=40) | st.none(), st.sampled_from(COUNTRIES)), min_size=1, max_size=6))
def test_any_text_is_a_number_or_has_a_problem_and_never_raises(rows):
    for (text, _), (phone, extension, problem) in zip(rows, read(*rows), strict=True):
        assert problem in PROBLEMS
        assert phone is None or (phone.startswith("+") and phone[1:].isascii() and phone[1:].isdigit() and len(phone) <= 18)
        assert extension is None or (phone is not None and extension.isdigit())
        assert (text or "").strip() == "" or phone is not None or problem is not None


def test_ten_thousand_characters_are_no_number():
    assert read(("1" * 10_000, "CN"), ("a" * 10_000, "CN"), ("1 " * 5_000, "CN"))[1][2] == "not_a_phone"
