"""values/currencies.py: ISO 4217 codes and the default."""

import polars as pl

from ingest.values.currencies import read_currency_codes


def test_a_code_is_read_an_empty_cell_takes_the_default_and_an_unknown_one_does_not():
    read = read_currency_codes(pl.Series("text", ["usd", "RMB", "人民币", "", None, "XQQ", "¥"]), default="EUR")
    assert read.values.to_list() == ["USD", "CNY", "CNY", "EUR", "EUR", None, None]
    assert read.problems.to_list() == [None] * 5 + ["unknown_currency"] * 2
