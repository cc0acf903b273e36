"""values/booleans.py: the words every CRM shares."""

import polars as pl

from ingest.values.booleans import read_booleans


def test_yes_and_no_are_read_in_every_spelling_and_nothing_else():
    written = ["true", "1", "YES", "y", "T", "是", "启用", "有效", "1.0"]
    written += ["False", "0", "no", "N", "f", "否", "停用", "无效", "0.0", "maybe", "2", "", None]
    read = read_booleans(pl.Series("text", written))
    assert read.values.to_list() == [True] * 9 + [False] * 9 + [None] * 4
    assert read.problems.to_list() == [None] * 18 + ["not_a_boolean"] * 2 + [None] * 2
