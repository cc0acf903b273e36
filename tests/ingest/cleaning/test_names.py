"""cleaning/names.py against tests/cases/comparable_names.csv, and what must hold for any text."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.names import clean_names, comparable_names

CASES = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "comparable_names.csv").read_text("utf-8").splitlines()))


def texts(*values):
    return pl.Series("text", values, dtype=pl.String)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["written"])
def test_a_name_is_made_comparable(case):
    assert comparable_names(texts(case["written"])).to_list() == [case["comparable"]]


def test_a_name_is_tidied_but_keeps_case_accents_and_brackets():
    assert clean_names(texts("  Müller\t&  Söhne ", "百度（中国）", "ＡＢ", "", None)).to_list() == [
        "Müller & Söhne",
        "百度(中国)",
        "AB",
        None,
        None,
    ]


@given(st.lists(st.none() | st.text(max_size=30), max_size=5))
def test_a_comparable_name_is_empty_only_where_the_name_is(values):
    names, comparable = clean_names(texts(*values)), comparable_names(texts(*values))
    assert [name is None for name in names] == [name is None for name in comparable]
    assert "" not in comparable.to_list()


@given(st.text("abcdefgh 有限公司分集团()（）.,&", min_size=1, max_size=20))
def test_width_and_case_do_not_matter(name):
    assert comparable_names(texts(name)).to_list() == comparable_names(texts(name.upper())).to_list()
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name)
    assert comparable_names(texts(wide)).to_list() == comparable_names(texts(name)).to_list()


@pytest.mark.parametrize("marker", ["分公司", "分店", "支行", "办事处"])
def test_a_branch_marker_is_never_removed(marker):
    assert comparable_names(texts(f"青禾有限公司上海{marker}")).to_list()[0].endswith(marker)
