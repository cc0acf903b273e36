"""geocoding/places.py against tests/cases/places.csv, given points, and what must hold for any text."""

import csv
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.geocoding.places import place_customers
from ingest.sources.mapping import Source
from ingest.tables import TABLES

CASES = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "places.csv").read_text("utf-8").splitlines()))
PRECISIONS = {"point", "street", "postal_code", "district", "city", "region", "country", "none"}
SEATTLE = {"country": "US", "region": "WA", "city": "Seattle"}
SOURCES = {
    "crm": Source(name="crm", crm="crm", entities={}),
    "chinese": Source(name="chinese", crm="chinese", default_country="CN", coordinate_system="gcj02", entities={}),
}


def customers(rows):
    evidence = {"source": "crm", "as_of_date": date(2026, 11, 20), "file_sha256": "f", "row_number": 1}
    complete = [evidence | {"record_id": f"{i:05}", "is_in_latest_export": True, "problems": ""} | row for i, row in enumerate(rows)]
    return pa.Table.from_pylist(complete, schema=TABLES["clean.customers"].arrow_schema)


def placed(*rows):
    return pl.DataFrame(pl.from_arrow(place_customers(customers(rows), SOURCES))).sort("record_id").to_dicts()


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(filter(None, list(case.values())[:4])) or "nothing")
def test_a_written_place_is_found(case):
    (found,) = placed({name: case[name] or None for name in ("country", "region", "city", "address")})
    expected = {name: case[name] or None for name in ("country_code", "region_code", "city_name", "district_name")}
    assert {name: found[name] for name in expected} == expected
    assert (found["place_precision"], found["place_method"], found["problems"]) == (case["precision"], case["method"], case["problems"])


def test_a_place_without_a_point_of_its_own_lies_at_its_centre_and_only_cities_stand_on_the_map_of_cells():
    city, region = placed(SEATTLE, {"country": "US", "region": "WA"})
    assert (round(city["latitude"], 1), round(city["longitude"], 1)) == (47.6, -122.3)
    assert city["h3_cell_5"] and city["h3_cell_7"]
    assert 45.5 < region["latitude"] < 49
    assert (region["h3_cell_5"], region["h3_cell_7"]) == (None, None)


def test_a_given_point_comes_before_the_citys():
    (found,) = placed(SEATTLE | {"latitude": 47.5, "longitude": -122.2})
    assert (found["latitude"], found["longitude"], found["place_precision"]) == (47.5, -122.2, "point")
    assert (found["place_method"], found["problems"]) == ("given_point", "")


@pytest.mark.parametrize(("latitude", "problems"), [(48.50, ""), (48.52, "point:far_from_place"), (34.0, "point:far_from_place")])
def test_a_point_more_than_a_hundred_kilometres_from_its_city_is_named(latitude, problems):
    (found,) = placed(SEATTLE | {"latitude": latitude, "longitude": -122.33207})
    assert found["problems"] == problems


def test_a_point_that_says_nothing_is_not_used():
    shanghai = {"country": "CN", "city": "上海", "latitude": 121.47, "longitude": 31.23}
    zero, half, swapped = placed(SEATTLE | {"latitude": 0.0, "longitude": 0.0}, SEATTLE | {"latitude": 47.5}, shanghai)
    assert (zero["place_precision"], zero["problems"]) == ("city", "point:zero")
    assert (half["place_precision"], half["problems"]) == ("city", "point:incomplete")
    assert (swapped["latitude"], swapped["longitude"], swapped["problems"]) == (31.23, 121.47, "point:swapped")


def test_a_point_is_read_in_the_system_of_its_source():
    point = {"city": "上海", "latitude": 31.17530398364597, "longitude": 121.531541859215}
    chinese, other = placed(point | {"source": "chinese"}, point)
    assert (chinese["latitude"], chinese["longitude"]) == pytest.approx((31.1774276, 121.5272106), abs=1e-5)
    assert (other["latitude"], other["longitude"]) == pytest.approx((point["latitude"], point["longitude"]))


def test_the_source_says_the_country_only_of_records_that_say_something_and_name_none():
    street, nothing, german, unknown = placed(
        {"source": "chinese", "street": "example lane 5"},
        {"source": "chinese"},
        {"source": "chinese", "city": "Munich"},
        {"source": "chinese", "country": "Atlantis", "city": "X"},
    )
    assert (street["country_code"], street["place_precision"], street["place_method"]) == ("CN", "country", "source_country")
    assert 20 < street["latitude"] < 45
    assert (nothing["country_code"], nothing["place_precision"]) == (None, "none")
    assert german["country_code"] == "DE"
    assert (unknown["country_code"], unknown["problems"].split(",")[-1]) == (None, "country:unknown")


@pytest.mark.parametrize(
    ("address", "division"),
    [
        ("成都高新西区青禾街8号", "510100"),  # 西区 is a part of the zone here, not 攀枝花's district
        ("广州开发区东区青禾大道3号", "440100"),
        ("四川省攀枝花市西区青禾街8号", "510403"),
        ("德州市青禾路1号", "371400"),  # Texas is 德州 too
        ("（总部）杭州市滨江区青禾路1号", "330108"),
        ("1、杭州市滨江区青禾路1号", "330108"),
    ],
)
def test_a_chinese_address_is_placed_where_a_person_with_an_atlas_is_certain(address, division):
    (found,) = placed({"address": address})
    assert (found["country_code"], found["division_code"]) == ("CN", division)


@pytest.mark.parametrize("address", ["中央大街1号", "西区青禾街8号", "：青禾路1号"])
def test_a_chinese_address_that_names_no_certain_division_is_in_china_and_nowhere_else(address):
    (found,) = placed({"address": address})
    assert (found["country_code"], found["place_precision"]) == ("CN", "country")


@pytest.mark.parametrize(("region", "city", "country"), [("VA", "Alexandria", "US"), ("MI", "Milan", "IT"), ("IL", "Springfield", "US")])
def test_a_town_in_a_state_is_american_unless_the_region_is_one_of_the_country_that_the_town_alone_says(region, city, country):
    (found,) = placed({"region": region, "city": city})
    assert found["country_code"] == country


def test_japanese_and_korean_lines_are_not_chinese():
    rows = placed({"address": "とうきょうと港区1-2"}, {"address": "서울特別市 1"})
    assert [row["country_code"] for row in rows] == [None, None]


def test_a_telephone_number_says_the_country_where_nothing_else_does():
    (found,) = placed({"street": "Beispielweg 5", "phone": "+49 89 23125 100"})
    assert (found["country_code"], found["place_precision"], found["place_method"]) == ("DE", "country", "phone")


def test_a_credit_code_alone_says_the_district_it_was_given_in():
    (found,) = placed({"credit_code": "91330106MA2ABCDE0D"})
    assert (found["city_name"], found["district_name"], found["place_method"]) == ("杭州市", "西湖区", "credit_code")


def test_an_unknown_region_keeps_its_name():
    (found,) = placed({"country": "CA", "region": "Moonshire"})
    assert (found["region_code"], found["region_name"], found["problems"]) == (None, "Moonshire", "region:unknown")


def test_a_chinese_region_bears_its_full_chinese_name_whoever_wrote_it():
    rows = placed({"country": "CN", "region": "Guangdong"}, {"region": "广东"}, {"country": "CN", "region": "GD"})
    assert {row["region_name"] for row in rows} == {"广东省"}


def test_a_misspelt_china_is_china_and_is_told():
    (found,) = placed({"country": "Chnia, PRC", "city": "杭州"})
    assert found["city_name"] == "杭州市"


def test_no_customers_give_no_places():
    assert place_customers(customers([]), SOURCES).num_rows == 0


WRITTEN = st.none() | st.text(max_size=8) | st.sampled_from(["US", "CN", "WA", "上海", "Paris", "75", "广东省深圳市", "+86 21 5555 0000"])
ROW = st.fixed_dictionaries(
    dict.fromkeys(("country", "region", "city", "district", "address", "street", "postal_code", "phone", "credit_code"), WRITTEN)
    | dict.fromkeys(("latitude", "longitude"), st.none() | st.floats(-200, 200) | st.just(float("nan")))
    | {"source": st.sampled_from(["crm", "chinese", "gone"])}
)


@settings(max_examples=25)
@given(rows=st.lists(ROW, max_size=4), data=st.data())
def test_any_text_is_placed_the_same_whatever_the_order_of_rows(rows, data):
    rows = [row | {"record_id": str(i)} for i, row in enumerate(rows)]
    table = place_customers(customers(rows), SOURCES)
    assert table.equals(place_customers(customers(data.draw(st.permutations(rows))), SOURCES))
    for row in table.to_pylist():
        assert row["place_precision"] in PRECISIONS
        assert (row["place_precision"] == "none") == (row["latitude"] is None)
        assert row["latitude"] is None or (-90 <= row["latitude"] <= 90 and -180 <= row["longitude"] <= 180)
