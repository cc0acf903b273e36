"""values/value_lists.py: a list is complete."""

import polars as pl

from ingest.values.value_lists import read_listed


def read(meant, *values):
    return read_listed(pl.Series("text", values, dtype=pl.String), meant)


def test_a_value_is_found_without_regard_to_case_and_edges():
    found = read({"重点": "key", "Standard ": "standard"}, "重点", " STANDARD", "standard")
    assert found.values.to_list() == ["key", "standard", "standard"]
    assert found.problems.to_list() == [None] * 3


def test_what_the_list_does_not_name_is_null_with_a_code():
    found = read({"a": "b"}, "b", "c")
    assert found.values.to_list() == [None, None]
    assert found.problems.to_list() == ["unlisted_value", "unlisted_value"]


def test_an_empty_cell_is_null_unless_the_list_says_what_it_means():
    assert read({"a": "b"}, "", None).problems.to_list() == [None, None]
    assert read({"a": "b", "": "none"}, "", None, "a").values.to_list() == ["none", "none", "b"]


def test_a_value_that_means_nothing_is_null_without_a_problem():
    found = read({"-": "", "a": "b"}, "-")
    assert found.values.to_list() == found.problems.to_list() == [None]
