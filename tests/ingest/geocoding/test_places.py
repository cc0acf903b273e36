"""geocoding/places.py against tests/cases/places.csv, given points, and what must hold for any text."""

import csv
import time
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.geocoding.places import place_customers
from ingest.tables import TABLES

CASES = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "places.csv").read_text("utf-8").splitlines()))
PRECISIONS = {"point", "street", "postal_code", "district", "city", "region", "country", "none"}
SEATTLE = {"country": "US", "region": "WA", "city": "Seattle"}


def customers(rows):
    evidence = {"source": "crm", "as_of_date": date(2026, 11, 20), "file_sha256": "f", "row_number": 1}
    complete = [evidence | {"record_id": f"{i:05}", "is_in_latest_export": True, "problems": ""} | row for i, row in enumerate(rows)]
    return pa.Table.from_pylist(complete, schema=TABLES["clean.customers"].arrow_schema)


def placed(*rows):
    return pl.DataFrame(pl.from_arrow(place_customers(customers(rows)))).sort("record_id").to_dicts()


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(filter(None, list(case.values())[:4])) or "nothing")
def test_a_written_place_is_found(case):
    (found,) = placed({name: case[name] or None for name in ("country", "region", "city", "address")})
    expected = {name: case[name] or None for name in ("country_code", "region_code", "city_name")}
    assert {name: found[name] for name in expected} == expected
    assert (found["place_precision"], found["place_method"], found["problems"]) == (case["precision"], case["method"], case["problems"])


def test_a_placed_city_brings_its_coordinates_and_a_region_does_not():
    city, region = placed(SEATTLE, {"country": "US", "region": "WA"})
    assert (round(city["latitude"], 1), round(city["longitude"], 1)) == (47.6, -122.3)
    assert (region["latitude"], region["longitude"]) == (None, None)


def test_a_given_point_comes_before_the_citys():
    (found,) = placed(SEATTLE | {"latitude": 47.5, "longitude": -122.2})
    assert (found["latitude"], found["longitude"], found["place_precision"]) == (47.5, -122.2, "point")
    assert (found["place_method"], found["problems"]) == ("given_point", "")


@pytest.mark.parametrize(("latitude", "problems"), [(48.50, ""), (48.51, "point:far_from_city"), (34.0, "point:far_from_city")])
def test_a_point_more_than_a_hundred_kilometres_from_its_city_is_named(latitude, problems):
    (found,) = placed(SEATTLE | {"latitude": latitude, "longitude": -122.33207})
    assert found["problems"] == problems


def test_a_point_that_says_nothing_is_not_used():
    zero, half = placed(SEATTLE | {"latitude": 0.0, "longitude": 0.0}, SEATTLE | {"latitude": 47.5})
    assert (zero["place_precision"], zero["problems"]) == ("city", "point:zero")
    assert (half["place_precision"], half["problems"]) == ("city", "point:incomplete")


def test_an_unknown_region_keeps_its_name():
    (found,) = placed({"country": "CA", "region": "Moonshire"})
    assert (found["region_code"], found["region_name"], found["problems"]) == (None, "Moonshire", "region:unknown")


def test_a_chinese_region_bears_its_full_chinese_name_whoever_wrote_it():
    rows = placed({"country": "CN", "region": "Guangdong"}, {"region": "广东"}, {"country": "CN", "region": "GD"})
    assert {row["region_name"] for row in rows} == {"广东省"}


def test_no_customers_give_no_places():
    assert place_customers(customers([])).num_rows == 0


WRITTEN = st.none() | st.text(max_size=8) | st.sampled_from(["US", "CN", "WA", "上海", "Paris", "75", "广东省深圳市"])
ROW = st.fixed_dictionaries(
    dict.fromkeys(("country", "region", "city", "address"), WRITTEN)
    | dict.fromkeys(("latitude", "longitude"), st.none() | st.floats(-90, 90))
)


@settings(max_examples=60)
@given(rows=st.lists(ROW, max_size=4), data=st.data())
def test_any_text_is_placed_the_same_whatever_the_order_of_rows(rows, data):
    rows = [row | {"record_id": str(i)} for i, row in enumerate(rows)]
    table = place_customers(customers(rows))
    assert table.equals(place_customers(customers(data.draw(st.permutations(rows)))))
    assert set(table.column("place_precision").to_pylist()) <= PRECISIONS


def test_twenty_thousand_records_of_few_places_take_seconds():
    rows = [dict(SEATTLE, latitude=47.0 + i / 1e5, longitude=-122.3) for i in range(20_000)]
    table = customers(rows)
    start = time.perf_counter()
    assert place_customers(table).num_rows == 20_000
    assert time.perf_counter() - start < 10  # 0.3 s on 2026-11-21; the limit only catches a change of order
