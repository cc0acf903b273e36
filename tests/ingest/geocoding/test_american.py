"""geocoding/american.py against tests/cases/us_addresses.csv, and what must hold for any text."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.geocoding.american import place_american
from ingest.geocoding.place_table import PARTS, PLACE_SCHEMA

CASES = pl.read_csv(Path(__file__).parents[2] / "cases" / "us_addresses.csv", infer_schema=False).to_dicts()
EXPECTED = ("region_code", "city_name", "division_code", "precision", "method", "codes")
CODES = {
    "country:spelling",
    "country:unknown",
    "region:unknown",
    "region:not_in_country",
    "city:unknown",
    "city:ambiguous",
    "city:not_in_region",
    "district:unknown",
    "postal_code:unknown",
    "postal_code:leading_zero",
    "postal_code:contradicts_region",
    "postal_code:contradicts_city",
}
PRECISIONS = {"postal_code", "city", "district", "region", "country", "none"}


def american(*rows):
    frame = pl.DataFrame([{name: row.get(name) for name in PARTS} for row in rows], schema=dict.fromkeys(PARTS, pl.String))
    return place_american(frame).to_dicts()


@pytest.fixture(scope="module")
def placed_cases():
    return american(*CASES)


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda i: " ".join(filter(None, (CASES[i][name] for name in PARTS))) or "nothing")
def test_an_american_address_is_found(number, placed_cases):
    case, found = CASES[number], placed_cases[number]
    found |= {"precision": found["place_precision"], "method": found["place_method"], "codes": ",".join(found["codes"]) or None}
    assert {name: found[name] for name in EXPECTED} == {name: case[name] for name in EXPECTED}


def test_a_zip_brings_county_and_centre():
    (found,) = american({"postal_code": "78701"})
    assert (found["district_name"], found["division_code"], found["region_name"]) == ("Travis County", "48453", "Texas")
    assert (round(found["latitude"], 1), round(found["longitude"], 1)) == (30.3, -97.7)


def test_town_and_state_that_agree_win_against_a_zip_elsewhere():
    (found,) = american({"city": "Austin", "region": "TX", "postal_code": "98101"})
    assert (found["region_code"], found["place_precision"], found["codes"]) == ("US-TX", "city", ["postal_code:contradicts_region"])
    assert round(found["latitude"], 1) == 30.3


def test_town_and_zip_that_agree_win_against_the_state():
    (found,) = american({"city": "Seattle", "region": "TX", "postal_code": "98101"})
    assert (found["region_code"], found["place_method"], found["codes"]) == (
        "US-WA",
        "postal_code+city_name",
        ["postal_code:contradicts_region"],
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("St. Louis", "Saint Louis"),
        ("Ft Worth", "Fort Worth"),
        ("Mt. Vernon", "Mount Vernon"),
        ("N. Little Rock", "North Little Rock"),
        ("WINSTON SALEM", "Winston-Salem"),
        ("O Fallon", "O’Fallon"),
        ("Cañon City", "Canon City"),
        ("ＤＥＮＶＥＲ", "Denver"),
    ],
)
def test_two_spellings_of_a_town_are_one(one, other):
    states = {"St. Louis": "MO", "Ft Worth": "TX", "Mt. Vernon": "NY", "N. Little Rock": "AR", "WINSTON SALEM": "NC", "O Fallon": "IL"}
    region = states.get(one, "CO")
    first, second = american({"city": one, "region": region}, {"city": other, "region": region})
    assert first == second
    assert first["place_precision"] == "city"


@pytest.mark.parametrize("state", ["California", "CALIF.", "Cal.", "ca", "US-CA", "加州", "加利福尼亚州", "加利福尼亞州", " CA "])
def test_a_state_is_known_however_it_is_written(state):
    (found,) = american({"region": state})
    assert (found["region_code"], found["place_precision"], found["codes"]) == ("US-CA", "region", [])


BAD = [
    "",
    " \t\n",
    "\u200b\u200e",
    "😀🏢",
    "\x00\x07",
    "a" * 10_000,
    "12345",
    "שלום עולם",
    "مرحبا",
    "78701" * 2000,
    "北京市朝阳区",
    "-",
    ",,,,",
]


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text[:12]))
def test_bad_text_is_nowhere_and_breaks_nothing(text):
    (found,) = american({"address": text, "city": text, "region": text, "district": text})
    assert found["place_precision"] in PRECISIONS
    assert found["region_code"] is None


def test_unseen_characters_and_emoji_do_not_hide_a_town():
    (found,) = american({"city": "Aus\u200btin \U0001f3e2", "region": "\u202aTX\u202c"})
    assert (found["city_name"], found["place_precision"]) == ("Austin", "city")


def test_the_end_of_a_line_of_ten_thousand_characters_is_read():
    (found,) = american({"address": "Floor 1, " * 1200 + "Austin, TX 78701"})
    assert (found["division_code"], found["place_precision"]) == ("48453", "postal_code")


def test_no_rows_and_missing_columns_are_allowed():
    assert place_american(pl.DataFrame()).schema == pl.Schema(PLACE_SCHEMA)
    assert place_american(pl.DataFrame({"postal_code": ["78701", None]}))["division_code"].to_list() == ["48453", None]


PIECES = st.sampled_from(
    ["US", "TX", "Austin", "78701", "98101", "St. Louis", "Springfield", "1 Main St, Austin, TX 78701", "2139", "Travis", "加州", "MA"]
)
WRITTEN = st.none() | st.text(max_size=8) | PIECES
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(PARTS, WRITTEN)), min_size=1, max_size=5)


@settings(max_examples=40)
@given(rows=ROWS, data=st.data())
@example(rows=[dict.fromkeys(PARTS)], data=None)
def test_any_text_gives_a_place_within_the_contract_whatever_the_order(rows, data):
    found = american(*rows)
    assert len(found) == len(rows)
    for place in found:
        assert place["place_precision"] in PRECISIONS
        assert set(place["codes"]) <= CODES
        assert place["codes"] == sorted(set(place["codes"]))
        assert place["country_code"] in (None, "US")
        assert (place["country_code"] is None) == (place["place_precision"] == "none")
        assert place["division_code"] is None or len(place["division_code"]) == 5
        assert (place["latitude"] is None) == (place["longitude"] is None)
    if data is not None:
        order = data.draw(st.permutations(range(len(rows))))
        assert american(*(rows[i] for i in order)) == [found[i] for i in order]
