"""cleaning/refresh.py: an incremental night gives what a full one gives."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.changes import Changed
from ingest.cleaning.refresh import refresh_entity
from ingest.cleaning.rep_ids import RepIdentities
from ingest.geocoding.refresh import refresh_places
from ingest.warehouse import Warehouse

FIRST = date(2026, 11, 16)
NOBODY = RepIdentities({}, frozenset())


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(tmp_path / "warehouse.duckdb")


def refreshed(warehouse, entity, source, until, *, identities=NOBODY):
    days = {}
    for row in warehouse.read(f"raw.{entity}").to_pylist():
        if row["as_of_date"] <= until:
            days[row["source"]] = max(row["as_of_date"], days.get(row["source"], FIRST))
    return refresh_entity(
        warehouse, entity, sources={source.name: source}, identities=identities, latest_days=days, default_currency="EUR", until=until
    )  # fmt: skip


def test_a_record_that_a_newer_export_repeats_keeps_its_values_and_gets_new_evidence(warehouse, make_raw, make_source):
    monday = make_raw("customers", [{"record_id": "1", "name": "Larkspur"}, {"record_id": "2", "name": "Sable"}])
    warehouse.replace("raw.customers", monday)
    assert refreshed(warehouse, "customers", make_source(), FIRST + timedelta(days=9)) == Changed(worked_on=2, gone=0)
    day = monday.column("as_of_date")[0].as_py() + timedelta(days=1)
    tuesday = make_raw("customers", [{"record_id": "2", "name": "Sable", "as_of_date": day, "file_sha256": "a" * 64, "row_number": 7}])
    warehouse.replace("raw.customers", pa.concat_tables([monday, tuesday]))
    assert refreshed(warehouse, "customers", make_source(), FIRST + timedelta(days=9)) == Changed(worked_on=0, gone=0)
    first, second = warehouse.read("clean.customers").to_pylist()
    assert (second["as_of_date"], second["file_sha256"], second["row_number"], second["name"]) == (day, "a" * 64, 7, "Sable")
    assert (first["is_in_latest_export"], second["is_in_latest_export"]) == (False, True)


def test_other_people_another_mapping_or_currency_read_the_record_again(warehouse, make_raw, make_source):
    warehouse.replace("raw.customers", make_raw("customers", [{"name": "Larkspur", "owner_user_id": "u1"}]))
    until = FIRST + timedelta(days=9)
    assert refreshed(warehouse, "customers", make_source(), until).worked_on == 1
    assert refreshed(warehouse, "customers", make_source(), until).worked_on == 0
    claimed = RepIdentities({("crm", "u1"): "R-1"}, frozenset())
    assert refreshed(warehouse, "customers", make_source(), until, identities=claimed).worked_on == 1
    assert warehouse.read("clean.customers").column("owner_rep_id").to_pylist() == ["R-1"]
    assert refreshed(warehouse, "customers", make_source(date_order="dmy"), until, identities=claimed).worked_on == 1


NAMES = st.none() | st.sampled_from(["Larkspur", "青禾有限公司", "  ", "Sable Ltd"])
ORDER = st.fixed_dictionaries(
    {"record_id": st.sampled_from("abcde"), "ordered_date": st.sampled_from([None, "2026-11-15", "2026-11-17", "2026-11-19", "soon"])}
)
NIGHTS = st.lists(st.lists(ORDER, max_size=4, unique_by=lambda row: row["record_id"]), min_size=1, max_size=4)


@settings(max_examples=12)
@given(nights=NIGHTS, asked=st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_any_history_of_nights_gives_what_a_full_refresh_of_the_last_one_gives(nights, asked, make_raw, make_source, tmp_path_factory):
    source = make_source(entity="orders")
    rows = [row | {"as_of_date": FIRST + timedelta(days=n)} for n, night in enumerate(nights) for row in night]
    raw = make_raw("orders", rows)
    grown = Warehouse(tmp_path_factory.mktemp("grown") / "warehouse.duckdb")
    for number in asked:
        grown.replace("raw.orders", raw)
        refreshed(grown, "orders", source, FIRST + timedelta(days=number))
    fresh = Warehouse(tmp_path_factory.mktemp("fresh") / "warehouse.duckdb")
    fresh.replace("raw.orders", raw)
    refreshed(fresh, "orders", source, FIRST + timedelta(days=asked[-1]))
    assert grown.read("clean.orders").equals(fresh.read("clean.orders"))


PART = st.none() | st.sampled_from(["US", "CN", "WA", "Seattle", "上海", "杭州市", "Paris"])
CUSTOMER = st.fixed_dictionaries({"record_id": st.sampled_from("abcd"), "country": PART, "region": PART, "city": PART, "name": NAMES})


@settings(max_examples=5)
@given(nights=st.lists(st.lists(CUSTOMER, max_size=4, unique_by=lambda row: row["record_id"]), min_size=1, max_size=3))
def test_places_follow_night_by_night_as_if_made_at_once(nights, make_raw, make_source, tmp_path_factory):
    source = make_source()
    rows = [row | {"as_of_date": FIRST + timedelta(days=n)} for n, night in enumerate(nights) for row in night]
    found = []
    for days in (range(len(nights)), [len(nights) - 1]):
        warehouse = Warehouse(tmp_path_factory.mktemp("home") / "warehouse.duckdb")
        warehouse.replace("raw.customers", make_raw("customers", rows))
        for number in days:
            refreshed(warehouse, "customers", source, FIRST + timedelta(days=number))
            refresh_places(warehouse, {source.name: source})
        found.append(warehouse.read("geo.customer_places"))
        assert refresh_places(warehouse, {source.name: source}) == Changed(worked_on=0, gone=0)
    assert found[0].equals(found[1])
