"""geocoding/online/refresh.py: a night of asking in the warehouse, against the local server."""

from datetime import date, timedelta

import h3
import pyarrow as pa
import pytest

from ingest.geocoding.online.refresh import refresh_online
from ingest.geocoding.online.settings import OnlineSettings
from ingest.geocoding.refresh import refresh_places
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

SOURCES = {"crm": Source(name="crm", crm="crm", entities={})}
MUNICH = {"country": "Germany", "region": "Bayern", "city": "München"}


@pytest.fixture
def warehouse(tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.prepare()
    return warehouse


def customers(*rows):
    evidence = {"source": "crm", "as_of_date": date(2026, 11, 20), "file_sha256": "f", "row_number": 1, "is_in_latest_export": True}
    complete = [evidence | {"record_id": str(i), "problems": "", "read_from": ""} | row for i, row in enumerate(rows)]
    return pa.Table.from_pylist(complete, schema=TABLES["clean.customers"].arrow_schema)


def placed(warehouse):
    return [
        (row["place_precision"], row["place_method"], row["latitude"] and round(row["latitude"], 4), row["problems"])
        for row in warehouse.read("geo.customer_places").to_pylist()
    ]


def test_a_street_that_only_the_provider_knows_becomes_a_point_and_is_never_asked_again(warehouse, provider, online, bodies, night):
    provider.says(bodies["photon"]["found"])
    settings, geocoder = online("photon")
    warehouse.replace("clean.customers", customers(MUNICH | {"street": "Beispielweg 12"}, MUNICH, MUNICH | {"street": "Beispielweg 12"}))
    refresh_places(warehouse, SOURCES, provider="photon")
    said = refresh_online(warehouse, settings, as_of_date=night, geocoder=geocoder)
    assert said == "photon: 1 calls, 1 found"
    assert placed(warehouse) == [
        ("point", "online_photon", 48.1371, ""),
        ("city", "city_name", 48.1374, ""),
        ("point", "online_photon", 48.1371, ""),
    ]
    first = warehouse.read("geo.customer_places")
    point, city, again = first.column("h3_cell_7").to_pylist()
    assert point == again == h3.latlng_to_cell(48.1371, 11.5754, 7)
    assert city is not None
    for later in (night, night + timedelta(days=1)):
        refresh_places(warehouse, SOURCES, provider="photon")
        assert refresh_online(warehouse, settings, as_of_date=later, geocoder=geocoder) == ""
    assert len(provider.asked) == 1
    assert warehouse.read("geo.customer_places").equals(first)


def test_a_wrong_place_is_told_once_however_many_nights_pass(warehouse, provider, online, bodies, night):
    elsewhere = {**bodies["photon"]["found"]}
    feature = {**elsewhere["features"][0], "geometry": {"type": "Point", "coordinates": [13.4, 52.5]}}
    provider.says({**elsewhere, "features": [feature]})
    settings, geocoder = online("photon")
    warehouse.replace("clean.customers", customers(MUNICH | {"street": "Beispielweg 12", "latitude": 0.0, "longitude": 0.0}))
    for later in range(3):
        refresh_places(warehouse, SOURCES, provider="photon")
        refresh_online(warehouse, settings, as_of_date=night + timedelta(days=later), geocoder=geocoder)
        assert placed(warehouse) == [("city", "city_name", 48.1374, "online:wrong_place,point:zero")]
    assert len(provider.asked) == 1


def test_a_provider_that_is_switched_off_leaves_the_places_that_were_found_offline(warehouse, provider, online, bodies, night):
    provider.says(bodies["photon"]["found"])
    settings, geocoder = online("photon")
    warehouse.replace("clean.customers", customers(MUNICH | {"street": "Beispielweg 12"}))
    refresh_places(warehouse, SOURCES, provider="photon")
    refresh_online(warehouse, settings, as_of_date=night, geocoder=geocoder)
    assert placed(warehouse)[0][0] == "point"
    refresh_places(warehouse, SOURCES)
    assert refresh_online(warehouse, OnlineSettings(), as_of_date=night) == ""
    assert placed(warehouse) == [("city", "city_name", 48.1374, "")]
    assert warehouse.read("geo.online_answers").num_rows == 1  # what was answered is kept for the day it is switched on again
