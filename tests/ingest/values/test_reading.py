"""values/reading.py: plain text."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ingest.values.reading import by_distinct_value, trimmed


def test_white_space_of_any_kind_at_the_ends_goes_and_inside_stays():
    written = pl.Series("text", ["  a b ", "\u3000中 文\u00a0", "\ufeffx", "\u200b", "", None])
    assert trimmed(written).to_list() == ["a b", "中 文", "x", None, None, None]


@given(st.lists(st.none() | st.text(max_size=10), max_size=6))
def test_trimming_twice_is_trimming_once(values):
    once = trimmed(pl.Series("text", values, dtype=pl.String))
    assert trimmed(once).to_list() == once.to_list()


def test_a_distinct_value_is_read_once():
    seen = []
    result = by_distinct_value(pl.Series(["b", "a", "b", None]), lambda text: seen.append(text) or text.upper())
    assert result.to_list() == ["B", "A", "B", None]
    assert seen == ["a", "b"]
