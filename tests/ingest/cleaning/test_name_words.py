"""cleaning/name_words.py: the tables of legal forms say one thing each, and know what cleanco knows."""

import csv
import re
from pathlib import Path

import pytest

from ingest.cleaning import name_words

TABLE = Path(name_words.__file__).parent / "legal_forms.csv"


def test_a_written_form_stands_once_at_the_end_and_once_in_front():
    with TABLE.open(encoding="utf-8", newline="") as file:
        table = [(row["script"] in ("han", "latin"), written) for row in csv.DictReader(file) for written in row["written"].split("|")]
    as_read = [(at_end, name_words.term_words(written)) for at_end, written in table]
    assert sorted(pair for pair in set(as_read) if as_read.count(pair) > 1) == []


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("limited", "Ltd"),
        ("co ltd", "Ltd"),
        ("s a", "S.A."),
        ("sa", "S.A."),
        ("gmbh and co kg", "GmbH & Co. KG"),
        ("有限责任公司", "有限公司"),
    ],
)
def test_a_form_has_one_spelling(written, form):
    assert name_words.legal_forms()[written] == form


def test_what_only_cleanco_lists_is_a_form_too_unless_it_is_a_word():
    forms = name_words.legal_forms()
    assert forms["d o o e l"] == "DOOEL"
    assert "private" not in forms
    assert "uk" not in forms


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("acme co ltd", "acme"),
        ("acme inc gmbh", "acme"),
        ("acmeinc", "acmeinc"),
        ("青禾有限公司 ltd", "青禾"),
        ("青禾分公司", "青禾分公司"),
    ],
)
def test_forms_are_cut_at_the_end_and_as_whole_words(words, left):
    assert re.sub(name_words.end_pattern(), "", words) == left


def test_a_trade_is_no_name_and_a_place_may_be_several():
    assert re.match(name_words.trades(), "银行")
    assert not re.match(name_words.trades(), "青禾银行")
    assert re.match(name_words.places(), "山东省青岛市青禾")[0] == "山东省青岛市"
