"""values/currencies.py: ISO 4217 codes and the default."""

import polars as pl

from ingest.values.currencies import currencies_in_amounts, read_currency_codes


def test_a_code_is_read_an_empty_cell_takes_the_default_and_an_unknown_one_does_not():
    read = read_currency_codes(pl.Series("text", ["usd", "RMB", "人民币", "", None, "XQQ", "¥"]), default="EUR")
    assert read.values.to_list() == ["USD", "CNY", "CNY", "EUR", "EUR", None, None]
    assert read.problems.to_list() == [None] * 5 + ["unknown_currency"] * 2


def test_an_amount_names_a_currency_only_where_there_is_no_doubt():
    written = ["US$5", "hk$ 5", "€5", "5 GBP", "rmb5", "5万美元", "人民币5", "$5", "¥5", "5元", "5", None]
    named = currencies_in_amounts(pl.Series("text", written))
    assert named.to_list() == ["USD", "HKD", "EUR", "GBP", "CNY", "USD", "CNY", None, None, None, None, None]
