"""Days of birth as people write them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.birth_dates import read_birth_dates


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1978-12-11", "1978-12-11"),
        ("19781211", "1978-12-11"),
        ("12/11/1978", "1978-12-11"),
        ("20/8/1991", "1991-08-20"),
        ("3/1/70", "1970-03-01"),
        ("8/20/91", "1991-08-20"),
        ("8/2/06", "2006-08-02"),
        ("24-May-11", "2011-05-24"),
        ("Mar 1 1970", "1970-03-01"),
        ("1993年9月14日", "1993-09-14"),
        ("31/31/1990", None),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_a_day_is_read(written, day):
    assert read_birth_dates(pl.Series([written], dtype=pl.String)).to_list() == [day]


@given(st.lists(st.one_of(st.none(), st.text(max_size=12), st.dates().map(str), st.from_regex(r"\A\d{1,2}/\d{1,2}/\d{2}\Z")), max_size=8))
def test_any_text_is_a_day_or_nothing_whatever_stands_beside_it(texts):
    column = pl.Series(texts, dtype=pl.String)
    read = read_birth_dates(column)
    assert len(read) == len(column)
    assert read.drop_nulls().str.to_date("%Y-%m-%d").null_count() == 0
    alone = [read_birth_dates(pl.Series([text], dtype=pl.String)).item() for text in texts]
    assert read.to_list() == alone
