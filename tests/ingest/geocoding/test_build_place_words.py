"""geocoding/build_place_words.py: which names of divisions are read as places, and that the table follows from them."""

import pytest

from ingest.geocoding import build_place_words
from ingest.geocoding.build_place_words import place_words


def division(code, name, level, short):
    return {"division_code": code, "name": name, "level": level, "short_name": short}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (division("370000", "山东省", "province", "山东"), ["山东", "山东省"]),
        (division("370200", "青岛市", "city", "青岛"), ["青岛", "青岛市"]),
        (division("422800", "恩施土家族苗族自治州", "city", "恩施"), ["恩施", "恩施土家族苗族自治州", "恩施州"]),
        (division("320321", "丰县", "district", "丰"), ["丰县"]),
        (division("330522", "长兴县", "district", "长兴"), ["长兴县"]),
        (division("421022", "公安县", "district", "公安"), ["公安县"]),
        (division("469007", "东方市", "city", "东方"), ["东方市"]),
        (division("110101", "东城区", "district", "东城"), ["东城区"]),
        (division("442000", "东区", "district", "东"), []),
        (division("370681", "龙口市", "district", "龙口"), ["龙口", "龙口市"]),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else "",
)
def test_a_division_is_read_by_its_full_name_and_by_a_short_one_that_is_no_word(row, words):
    assert [word for word, _ in place_words([row], [])] == words


def test_a_word_stands_once_with_its_widest_level_and_former_names_count():
    current = [division("220200", "吉林市", "city", "吉林"), division("220000", "吉林省", "province", "吉林")]
    former = [{"former_name": "京山县"}, {"former_name": "城区"}, {"former_name": "某某农场"}]
    assert place_words(current, former) == [("京山县", "county"), ("吉林", "province"), ("吉林市", "city"), ("吉林省", "province")]


def test_the_table_of_cleaning_is_what_the_rules_make_of_the_divisions(tmp_path, monkeypatch):
    committed = build_place_words.PLACE_WORDS.read_bytes()
    monkeypatch.setattr(build_place_words, "PLACE_WORDS", tmp_path / "place_words.csv")
    build_place_words.main()
    assert build_place_words.PLACE_WORDS.read_bytes() == committed
