"""cleaning/rep_ids.py: which user of which system is which rep."""

from datetime import date

import polars as pl
import pyarrow as pa

from ingest.cleaning.rep_ids import RepIdentities, territory_ids
from ingest.tables import TABLES


def reps(*rows):
    columns = ("rep_id", "valid_from", "source_user_ids")
    return pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema=TABLES["rules.reps"].arrow_schema)


def ids(*values):
    return pl.Series("user", values, dtype=pl.String)


def test_the_sheet_decides_first_then_the_mapping(make_source):
    sources = {"a": make_source("a"), "b": make_source("b", rep_ids="company")}
    known = RepIdentities.from_rules(reps(("R1", date(2026, 1, 1), "a=7 | b=8"), ("R2", date(2026, 1, 1), None)), sources)
    assert known.rep_id("a", ids("7", "9", None, " ")).to_list() == ["R1", "a:9", None, None]
    assert known.rep_id("b", ids("7", "8")).to_list() == ["7", "R1"]


def test_a_user_claimed_twice_is_the_newest_rows_and_then_the_lowest_reps(make_source):
    rows = [("R1", date(2025, 1, 1), "a=7"), ("R3", date(2026, 1, 1), "a=7"), ("R2", date(2026, 1, 1), "a=7")]
    for order in (rows, rows[::-1]):
        known = RepIdentities.from_rules(reps(*order), {"a": make_source("a")})
        assert known.rep_id("a", ids("7")).to_list() == ["R2"]


def test_an_id_may_itself_hold_an_equals_sign(make_source):
    known = RepIdentities.from_rules(reps(("R1", date(2026, 1, 1), "a=x=y")), {"a": make_source("a")})
    assert known.rep_id("a", ids("x=y")).to_list() == ["R1"]


def test_an_empty_sheet_leaves_every_user_with_the_sources_prefix(make_source):
    known = RepIdentities.from_rules(reps(), {"a": make_source("a")})
    assert known.rep_id("a", ids("7")).to_list() == ["a:7"]


def test_territories_are_bare_only_where_the_source_uses_the_companys_ids(make_source):
    assert territory_ids(make_source("a"), ids("T1", None)).to_list() == ["a:T1", None]
    assert territory_ids(make_source("a", territory_ids="company"), ids("T1")).to_list() == ["T1"]
