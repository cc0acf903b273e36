"""Other spellings are other texts of the same company; credit codes check out by the standard."""

from random import Random

import polars as pl
import pytest

from ingest.cleaning.credit_codes import read_credit_codes
from ingest.demo.spellings import credit_code, other_spelling, slip, without_legal_form, without_umlauts


def test_credit_codes_are_valid_by_the_reader_that_did_not_make_them():
    codes = [credit_code(number, "31") for number in range(500)]
    reading = read_credit_codes(pl.Series(codes))
    assert reading.values.to_list() == codes
    assert reading.problems.null_count() == len(codes)


def test_credit_codes_begin_with_an_organisation_that_is_not_given_out():
    assert credit_code(12, "44").startswith("91440100YY000012")


@pytest.mark.parametrize(
    ("name", "english_name", "country"),
    [
        ("上海岚岳医疗器械有限公司", "Lanyue Medical Devices (Shanghai) Co., Ltd.", "CN"),
        ("Kelvaron Surgical, Inc.", "Kelvaron Surgical, Inc.", "US"),
        ("Grünwerk Lacke GmbH & Co. KG", "Grünwerk Lacke GmbH & Co. KG", "DE"),
    ],
)
def test_another_spelling_is_never_the_same_text(name, english_name, country):
    chance = Random(1).random
    spellings = {other_spelling(chance, name, english_name, country) for _ in range(60)}
    assert name not in spellings
    assert len(spellings) >= 4


def test_a_slip_changes_a_long_text_by_one_or_two_letters_and_leaves_a_short_one():
    chance = Random(2).random
    for _ in range(100):
        slipped = slip(chance, "Philadelphia")
        assert slipped != "Philadelphia"
        assert 11 <= len(slipped) <= 12
    assert slip(chance, "上海市") == "上海市"


@pytest.mark.parametrize(
    ("name", "country", "said"),
    [
        ("上海岚岳医疗器械股份有限公司", "CN", "上海岚岳医疗器械"),
        ("Grünwerk Lacke GmbH & Co. KG", "DE", "Grünwerk Lacke"),
        ("上海岚岳医疗器械有限公司苏州分公司", "CN", "上海岚岳医疗器械有限公司苏州分公司"),
    ],
)
def test_people_leave_out_the_legal_form_and_not_the_branch(name, country, said):
    assert without_legal_form(name, country) == said


def test_a_keyboard_without_umlauts_writes_two_letters():
    assert without_umlauts("Mühlgrabenstraße") == "Muehlgrabenstrasse"
