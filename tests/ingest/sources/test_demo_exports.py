"""The demo writes what the CRMs are known to export, and the built-in mappings read all of it: no file refused, no column unspoken of."""

from datetime import UTC, datetime

import pytest

from ingest.demo.home import write_demo
from ingest.home import CompanyHome
from ingest.landing.land import land
from ingest.sources.mapping import read_sources
from ingest.warehouse import Warehouse


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    """A small demo, landed: the warehouse and what the landing said."""
    home = CompanyHome(tmp_path_factory.mktemp("mapped") / "demo")
    write_demo(home.root, customers=200, nights=2)
    warehouse = Warehouse(home.warehouse_path)
    sources = read_sources(home.root / "sources")
    return warehouse, land(home, warehouse, sources, seen_at=datetime(2026, 7, 1, tzinfo=UTC), max_file_bytes=1 << 28), sources


def test_no_export_of_the_demo_is_refused_and_each_entity_comes(landed):
    warehouse, result, sources = landed
    assert result.refused == []
    came = {(row["source"], row["entity"]) for row in warehouse.read("raw.batches").to_pylist()}
    assert {source for source, _ in came} == set(sources)
    for entity in ("customers", "reps"):
        assert {source for source, of in came if of == entity} == set(sources)


def test_every_column_of_the_demo_is_mapped_or_ignored(landed):
    warehouse, _, _ = landed
    unmapped = {row["unmapped_columns"] for row in warehouse.read("raw.batches").to_pylist()} - {""}
    assert [column for columns in unmapped for column in columns.split(", ") if not column.endswith("__c")] == []


def test_every_file_of_the_demo_is_read_or_ignored_by_name(landed):
    warehouse, _, _ = landed
    states = {(row["state"], row["reason_code"]) for row in warehouse.read("raw.files").to_pylist()}
    assert {why for state, why in states if state == "landed"} <= {"ignored"}


def test_rows_of_the_demo_add_up(landed):
    warehouse, _, _ = landed
    for row in warehouse.read("raw.batches").to_pylist():
        if row["state"] == "loaded":
            assert row["rows_read"] == row["rows_loaded"] + row["rows_quarantined"] + row["rows_left_out"]


@pytest.mark.parametrize("source", ["salesforce", "zoho", "fxiaoke", "neocrm", "jiandaoyun"])
def test_most_customers_of_the_demo_have_an_owner_who_is_a_person_of_it(landed, source):
    warehouse, _, sources = landed
    kind = sources[source].ids
    people = {row["record_id"] for row in warehouse.read("raw.reps").to_pylist() if row["source"] == source}
    owners = [row["owner_user_id"] for row in warehouse.read("raw.customers").to_pylist() if row["source"] == source]
    # In Zoho's files an id carries its prefix, which keys no longer do.
    known = [owner for owner in owners if owner and (owner.removeprefix("zcrm_") if kind == "zoho" else owner) in people]
    assert len(known) > 0.7 * len(owners) > 0
