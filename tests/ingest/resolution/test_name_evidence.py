"""resolution/name_evidence.py: what of a name can be compared."""

import csv

import polars as pl
import pytest

from ingest.resolution import name_evidence
from ingest.resolution.name_evidence import articles, common_words, nicknames, one_spellings

LETTERS = {
    "Quillfeather Press Ltd": ("quillfeather press", "press quillfeather", "quillfeatherpress", None),
    "The Bank of Northfold": ("the bank of northfold", "bank northfold", "banknorthfold", None),
    "Quill Intl. Paper": ("quill international paper", "international paper quill", "quillinternationalpaper", "qip"),
    "A. O. Oakes": ("ao oakes", "ao oakes", "aooakes", None),
    "Northfold Shop 12 East": ("northfold shop 12 east", "12 east northfold shop", "northfoldshop12east", "ns1e"),
    "Zéphyr": ("zephyr", "zephyr", "zephyr", None),
    "Leafy 中国": ("leafy", "leafy", "leafy", None),
    "青禾科技有限公司": (None, None, None, None),
}
CHINESE = {
    "青禾信息科技有限公司": ("青禾信息科技", "青禾", "qinghexinxikeji", "qinghe"),
    "榮達電子": ("荣达电子", "荣达", "rongdadianzi", "rongda"),
    "Leafy 中国": ("中国", None, "leafyzhongguo", None),
    "Zéphyr": (None, None, None, None),
}
OTHERS = ("青禾有限公司第2分公司", "青禾有限公司上海分公司", "Northfold Ltd, Leeds Branch", "Oakes &amp; Sons", "第一青禾幼儿园")


@pytest.fixture(scope="module")
def taken_apart(evidence):
    names = sorted({*LETTERS, *CHINESE, *OTHERS})
    return dict(zip(names, evidence([{"name": name} for name in names]).to_dicts(), strict=True))


@pytest.mark.parametrize("name", LETTERS)
def test_a_name_in_letters_is_words_in_one_spelling(name, taken_apart):
    assert tuple(taken_apart[name][part] for part in ("words", "bag", "joined", "acronym")) == LETTERS[name]


@pytest.mark.parametrize("name", CHINESE)
def test_a_chinese_name_is_its_characters_its_brand_and_how_they_sound(name, taken_apart):
    assert tuple(taken_apart[name][part] for part in ("han", "brand", "sound", "brand_sound")) == CHINESE[name]


@pytest.mark.parametrize(
    ("name", "numbers"),
    [("Northfold Shop 12 East", "12 east"), ("第一青禾幼儿园", "第一"), ("青禾有限公司第2分公司", "2"), ("Zéphyr", None)],
)
def test_numbers_and_points_of_the_compass_are_told(name, numbers, taken_apart):
    assert taken_apart[name]["numbers"] == numbers


def test_a_branch_is_its_number_or_what_it_is_called(taken_apart):
    branches = [taken_apart[name]["branch"] for name in ("青禾有限公司第2分公司", "青禾有限公司上海分公司", "Zéphyr")]
    assert branches == ["2", "shanghai", None]
    assert taken_apart["Northfold Ltd, Leeds Branch"]["branch"] is not None


def test_html_entities_are_read(taken_apart):
    assert taken_apart["Oakes &amp; Sons"]["bag"] == "oakes sons"


def test_the_parent_is_compared_like_a_name(evidence):
    assert evidence([{"name": "a", "parent_name": "Quillfeather Ltd"}])["parent"].to_list() == ["quillfeather"]


def test_a_nickname_stands_for_names_and_never_for_itself():
    assert all(short not in names for short, names in nicknames().items())
    assert "robert" in nicknames()["bob"]


def test_an_abbreviation_ends_in_a_word_that_is_not_one():
    spellings = one_spellings()
    assert [short for short, word in spellings.items() if word in spellings] == []


def test_articles_are_common_words():
    assert articles() < common_words()


@pytest.mark.parametrize("table", ["common_words.csv", "trade_words.csv", "word_variants.csv", "address_words.csv"])
def test_a_table_of_words_is_in_lower_case_and_says_nothing_twice(table):
    with (name_evidence._FOLDER / table).open(encoding="utf-8", newline="") as file:
        rows = [tuple(row) for row in csv.reader(file)][1:]
    assert len(set(rows)) == len(rows)
    words = pl.Series([row[0] for row in rows])
    assert words.equals(words.str.to_lowercase().str.strip_chars())
