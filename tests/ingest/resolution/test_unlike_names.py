"""Names that share nothing: the filter never says so of a pair in which compare_names finds something."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.name_parts import read_name_parts
from ingest.resolution.comparisons import NAME_PARTS
from ingest.resolution.levels import number
from ingest.resolution.name_comparison import Name, compare_names
from ingest.resolution.name_evidence import name_columns
from ingest.resolution.unlike_names import share_nothing

WORDS = (
    "quil",
    "rov",
    "dellix",
    "rovdellix",
    "bank",
    "group",
    "first",
    "ao",
    "smith",
    "smyth",
    "a",
    "o",
    "b",
    "nova",
    "novaterra",
    "42",
    "löw",
    "三",
    "旻",
)
HAN = "旻珏湛岳霁墨科技有限公司上海北京医疗生物试剂"


def taken_apart(names: list[str]) -> pl.DataFrame:
    """core and NAME_PARTS of written names, by core."""
    read = read_name_parts(pl.Series(names, dtype=pl.String))
    records = read.with_columns(comparable_name=pl.Series(names).str.to_lowercase())
    return name_columns(records).select("core", *NAME_PARTS).drop_nulls("core").unique("core").sort("core")


def all_pairs(names: pl.DataFrame) -> pl.DataFrame:
    cores = names.select(one="core")
    return cores.join(cores.rename({"one": "two"}), how="cross").filter(pl.col("one") < pl.col("two"))


written = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    st.text(HAN, min_size=1, max_size=10),
    st.tuples(st.text(HAN, min_size=2, max_size=5), st.sampled_from(WORDS)).map(" ".join),
)


@given(st.lists(written, min_size=2, max_size=12))
def test_names_called_unlike_have_nothing_in_common_when_compared_one_by_one(names):
    parts = taken_apart(names)
    pairs = all_pairs(parts)
    said = share_nothing(parts, pairs)
    made = {core: Name(*rest) for core, *rest in parts.iter_rows()}
    assert len(said) == len(pairs)
    for (one, two), is_unlike in zip(pairs.iter_rows(), said, strict=True):
        if is_unlike:
            assert compare_names(made[one], made[two]) == (number("name", "unlike"), ""), (one, two)


@pytest.mark.parametrize(
    ("one", "two", "is_unlike"),
    [
        ("Quilmistra Diagnostics", "Rovdellix Chemical", True),
        ("Quilmistra Diagnostics", "Quilmistre Diagnostics", False),
        ("旻珏湛岳科技有限公司", "霁墨矩缇有限公司", True),
        ("旻珏湛岳科技有限公司", "旻珏有限公司", False),
        ("International Novaterra Bearings", "INB", False),
    ],
)
def test_of_plain_cases_it_says(one, two, is_unlike):
    parts = taken_apart([one, two])
    assert share_nothing(parts, all_pairs(parts)).to_list() == [is_unlike]


def test_without_pairs_it_says_nothing():
    parts = taken_apart(["Novaterra"])
    assert share_nothing(parts, all_pairs(parts)).to_list() == []
