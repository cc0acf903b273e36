from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rules.cells import narrow, nearest, read_amount, read_boolean, read_day, read_share, read_user_ids, trimmed, whole
from ingest.rules.sheets import SHEETS

FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


def test_the_nearest_word_is_said_only_where_there_is_one():
    assert nearest("terrritories", SHEETS) == " (closest: territories)"
    assert nearest("xyz", SHEETS) == ""


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\u200b", " \ufeff\u2060 ", "\n\t"])
def test_what_only_looks_filled_is_empty(text):
    assert trimmed(text) is None
    assert narrow(text) == ""


@pytest.mark.parametrize("text", ["-", "无", "—", "N/A", "0"])
def test_words_for_nothing_are_text_and_not_empty(text):
    assert trimmed(f" {text}\u200b") == text


@given(st.text(max_size=20))
def test_trimming_leaves_nothing_to_trim(text):
    found = trimmed(text)
    assert found is None or trimmed(found) == found
    assert narrow(narrow(text)) == narrow(text)


@given(
    st.dates(date(1900, 1, 1), date(9998, 12, 31)),
    st.sampled_from(["{0:%Y}-{0.month}-{0.day}", "{0:%Y}/{0:%m}/{0:%d}", "{0:%Y}年{0.month}月{0.day}日"]),
)
def test_every_day_is_read_back_in_either_width(day, form):
    assert read_day(form.format(day)) == read_day(form.format(day).translate(FULL_WIDTH)) == day


@given(st.decimals(0, 10**13, places=4))
def test_every_amount_is_read_back_with_and_without_thousands_in_either_width(amount):
    for text in (f"{amount:f}", f"{amount:,f}"):
        assert read_amount(text) == read_amount(text.translate(FULL_WIDTH)) == amount


@given(st.integers(1, 10_000))
def test_a_share_is_the_same_as_ratio_and_as_percent(parts):
    share = Decimal(parts) / 10_000
    assert read_share(f"{share:f}") == read_share(f"{share * 100:f}%") == read_share(f"{share * 100:f}％") == share


@given(st.integers(-(10**9), 10**9))
def test_a_whole_number_is_read_as_people_and_workbooks_write_it(number):
    read = whole(-(10**9), "1")
    assert read(str(number)) == read(f"{number:,}") == read(f"{number}.0") == number


@pytest.mark.parametrize("text", ["1,0", "1.5", "1e3", "0x10", "٣", "", "1 000"])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(ValueError, match="expected a whole number such as 1"):
        whole(-(10**9), "1")(text)


def test_yes_and_no_are_known_in_words_and_digits():
    assert [read_boolean(text) for text in ("是", "Yes", " 1", "TRUE")] == [True] * 4
    assert [read_boolean(text) for text in ("否", "no", "０", "False")] == [False] * 4


def test_a_user_id_keeps_what_stands_after_the_first_sign():
    assert read_user_ids("crm = a=b | erp : 7") == "crm=a=b|erp=7"
    assert read_user_ids(" | ") is None
