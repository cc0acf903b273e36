"""resolution/levels.py: names, numbers and sentences of levels."""

import pytest

from ingest.resolution.levels import FIELDS, number

MOST = 2**5  # levels that the state holds of a field


def test_every_level_has_its_number():
    assert all(number(field, level.name) == place for field, levels in FIELDS.items() for place, level in enumerate(levels))


def test_level_nought_is_missing_and_says_nothing():
    assert {(levels[0].name, levels[0].sentence) for levels in FIELDS.values()} == {("missing", "")}


def test_every_other_level_has_a_sentence_of_its_own():
    sentences = [level.sentence for levels in FIELDS.values() for level in levels[1:]]
    assert len(set(sentences)) == len(sentences)
    assert all(text and text[0].isupper() and not text.endswith(".") for text in sentences)


def test_levels_and_fields_fit_into_one_number_of_the_state():
    assert all(len(levels) <= MOST for levels in FIELDS.values())
    assert MOST ** len(FIELDS) <= 2**63


def test_an_unknown_level_is_an_error():
    with pytest.raises(StopIteration):
        number("name", "misspelt")
