"""geocoding/online/places.py: which answers are believed, and the whole way from records to places."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.geocoding.online.answers import ANSWER_SCHEMA, STATUSES, merge_answers
from ingest.geocoding.online.places import WRONG_PLACE, place_online, use_answers
from ingest.geocoding.online.readings import PRECISIONS
from ingest.geocoding.online.settings import OnlineSettings
from ingest.geocoding.places import place_records

MUNICH = {
    "address_key": "k", "country_code": "DE", "city_name": "München", "latitude": 48.137, "longitude": 11.575, "place_precision": "city",
    "place_method": "city_name", "problems": "",
}  # fmt: skip
PLACE_COLUMNS = {
    "address_key": pl.String, "country_code": pl.String, "city_name": pl.String, "latitude": pl.Float64, "longitude": pl.Float64,
    "place_precision": pl.String, "place_method": pl.String, "problems": pl.String,
}  # fmt: skip
ANSWER = {
    "address_key": "k", "provider": "photon", "status": "found", "latitude": 48.2, "longitude": 11.6, "place_precision": "street",
    "label": "", "attempts": 1, "first_asked_on": date(2026, 11, 20), "last_asked_on": date(2026, 11, 20), "calls_on_last_day": 1,
}  # fmt: skip


def used(place: dict, *answers: dict) -> dict:
    places = pl.DataFrame([MUNICH | place], schema=PLACE_COLUMNS)
    return use_answers(places, pl.DataFrame([ANSWER | answer for answer in answers], schema=ANSWER_SCHEMA)).row(0, named=True)


def test_a_finer_answer_near_the_city_is_believed() -> None:
    assert used({}, {}) == MUNICH | {
        "latitude": 48.2, "longitude": 11.6, "place_precision": "street", "place_method": "online_photon",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("place", "answer"),
    [
        ({}, {"latitude": 52.5, "longitude": 13.4}),  # Berlin for a street in Munich
        ({}, {"latitude": 40.4, "longitude": -3.7}),
        ({}, {"status": "wrong_place"}),
        ({"place_precision": "country", "latitude": 51.0, "longitude": 10.0}, {"latitude": 40.4, "longitude": -3.7}),
        ({"place_precision": "region", "latitude": 48.9, "longitude": 11.5}, {"latitude": 40.4, "longitude": -3.7}),
    ],
)
def test_a_place_elsewhere_is_not_believed_and_gets_a_code(place, answer) -> None:
    assert used(place, answer) == MUNICH | place | {"problems": WRONG_PLACE}


@pytest.mark.parametrize("precision", ["city", "region", "country"])
def test_an_answer_that_is_no_finer_changes_nothing(precision) -> None:
    assert used({}, {"place_precision": precision}) == MUNICH


@pytest.mark.parametrize("status", [status for status in STATUSES if status not in ("found", "wrong_place")])
def test_a_failure_changes_nothing(status) -> None:
    assert used({}, {"status": status, "latitude": None, "longitude": None, "place_precision": None}) == MUNICH


def test_without_an_answer_or_a_question_nothing_changes() -> None:
    assert used({}) == MUNICH
    assert used({"address_key": None}, {}) == MUNICH | {"address_key": None}
    assert used({}, {"address_key": "another"}) == MUNICH


def test_a_country_s_place_takes_any_finer_answer_in_its_box() -> None:
    place = {"place_precision": "country", "latitude": 51.0, "longitude": 10.0, "city_name": None}
    found = used(place, {"place_precision": "region"})
    assert (found["place_precision"], found["city_name"]) == ("region", None)


def test_other_problems_stay() -> None:
    place = {"problems": "city:ambiguous,region:unknown"}
    assert used(place, {"latitude": 52.5})["problems"] == "city:ambiguous,online:wrong_place,region:unknown"
    assert used(place, {})["problems"] == "city:ambiguous,region:unknown"


def test_of_several_providers_the_finest_believed_answer_counts() -> None:
    point = {"provider": "nominatim", "place_precision": "point", "latitude": 48.14}
    assert used({}, {}, point)["place_method"] == "online_nominatim"
    assert used({}, {}, point | {"latitude": 52.5}) == used({}, {})
    assert used({}, point, {"provider": "amap"})["place_method"] == "online_nominatim"
    assert used({}, {}, {"provider": "amap", "latitude": 48.14})["place_method"] == "online_amap"  # as fine: the alphabet


@pytest.fixture
def records() -> pl.DataFrame:
    rows = [
        ("Beispielweg 12", "München", "DE", None, None), ("BEISPIELWEG 12", "München", "DE", None, None),
        ("Beispielweg 12", "Berlin", "DE", None, None), ("Beispielweg 12", "München", "DE", 48.15, 11.58),
        (None, "München", "DE", None, None),
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=["street", "city", "country", "latitude", "longitude"], orient="row")


def test_from_records_to_places_with_one_call_for_each_address(provider, online, bodies, nothing_known, night, records) -> None:
    feature = bodies["photon"]["found"]["features"][0]
    provider.says({"features": [feature | {"geometry": {"type": "Point", "coordinates": [11.65, 48.2]}}]})
    settings, geocoder = online("photon")
    before = place_records(records)
    places, rows = place_online(records, before, nothing_known, settings, as_of_date=night, geocoder=geocoder)
    assert places.schema == before.schema
    assert places["place_method"].to_list() == ["online_photon", "online_photon", "city_name", "given_point", "city_name"]
    assert places["problems"].to_list() == ["", "", WRONG_PLACE, "", ""]
    assert places["h3_cell_7"][0] == places["h3_cell_7"][1] != before["h3_cell_7"][0]
    assert places["h3_cell_7"][2:].to_list() == before["h3_cell_7"][2:].to_list()
    assert len(provider.asked) == rows.height == 2
    assert sorted(query["q"] for _, query in provider.asked) == [
        ["BEISPIELWEG 12, Munich, Bayern, Germany"], ["Beispielweg 12, Berlin, Germany"],
    ]  # fmt: skip


def test_a_night_later_the_cache_alone_gives_the_same_places(provider, online, bodies, nothing_known, night, records) -> None:
    provider.says(bodies["photon"]["found"])
    settings, geocoder = online("photon")
    before = place_records(records)
    places, rows = place_online(records, before, nothing_known, settings, as_of_date=night, geocoder=geocoder)
    known = merge_answers(nothing_known, rows)
    provider.asked.clear()
    again, none = place_online(records, before, known, settings, as_of_date=night + timedelta(days=1), geocoder=geocoder)
    assert again.equals(places)
    assert none.is_empty()
    assert provider.asked == []


def test_turned_off_the_offline_places_stand(provider, online, bodies, nothing_known, night, records) -> None:
    provider.says(bodies["photon"]["found"])
    settings, geocoder = online("photon")
    before = place_records(records)
    _, rows = place_online(records, before, nothing_known, settings, as_of_date=night, geocoder=geocoder)
    places, none = place_online(records, before, rows, OnlineSettings(), as_of_date=night)
    assert places.equals(before)
    assert none.is_empty()


def test_no_records_are_no_places(nothing_known, night) -> None:
    records = pl.DataFrame(schema={"street": pl.String, "country": pl.String})
    places, rows = place_online(records, place_records(records), nothing_known, OnlineSettings(provider="photon"), as_of_date=night)
    assert places.is_empty()
    assert rows.is_empty()


DEGREES = st.none() | st.floats(-90, 90)


@given(
    st.lists(
        st.fixed_dictionaries({
            "latitude": DEGREES, "longitude": DEGREES, "place_precision": st.sampled_from([*PRECISIONS, "none"]),
            "country_code": st.sampled_from([None, "DE", "XX"]), "address_key": st.sampled_from([None, "k", "l"]),
        }), max_size=4,
    ),
    st.lists(
        st.fixed_dictionaries({
            "status": st.sampled_from(STATUSES), "latitude": DEGREES, "longitude": DEGREES,
            "place_precision": st.none() | st.sampled_from(PRECISIONS), "address_key": st.sampled_from(["k", "l"]),
        }), max_size=3,
    ),
)  # fmt: skip
def test_answers_only_ever_make_a_place_finer(places, answers) -> None:
    frame = pl.DataFrame([MUNICH | place for place in places], schema=PLACE_COLUMNS)
    unique = {answer["address_key"]: ANSWER | answer for answer in answers}
    result = use_answers(frame, pl.DataFrame(list(unique.values()), schema=ANSWER_SCHEMA))
    assert result.schema == frame.schema
    order = [*PRECISIONS, "none"]
    for before, after in zip(frame.iter_rows(named=True), result.iter_rows(named=True), strict=True):
        unchanged = {name: after[name] for name in PLACE_COLUMNS if name != "problems"}
        if unchanged != {name: before[name] for name in unchanged}:
            assert order.index(after["place_precision"]) < order.index(before["place_precision"])
            assert after["place_method"] == "online_photon"
            assert after["country_code"] == "DE"
