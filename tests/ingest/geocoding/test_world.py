"""geocoding/world.py: places in the rest of the world, and that what users are used to still holds."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.geocoding.american import place_american
from ingest.geocoding.place_table import PARTS, PLACE_SCHEMA
from ingest.geocoding.world import place_world
from ingest.geocoding.world_countries import country_of

OLD = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "places.csv").read_text("utf-8").splitlines()))
PRECISIONS = {"city", "region", "country", "none"}
CODES = {
    "country:spelling", "country:unknown", "region:unknown", "region:not_in_country", "region:spelling", "city:unknown", "city:ambiguous",
    "city:not_in_region",
}  # fmt: skip


def frame_of(*rows):
    return pl.DataFrame([{name: row.get(name) for name in PARTS} for row in rows], schema=dict.fromkeys(PARTS, pl.String))


def world(*rows):
    return place_world(frame_of(*rows)).to_dicts()


@pytest.mark.parametrize("case", OLD, ids=lambda case: " ".join(filter(None, list(case.values())[:4])) or "nothing")
def test_what_users_are_used_to_still_holds_outside_china(case):
    frame = frame_of({name: case[name] or None for name in ("country", "region", "city", "address")})
    country = country_of(frame)[0]
    if country == "CN":
        assert case["country_code"] in ("CN", "")  # chinese.py's
        return
    (found,) = (place_american if country == "US" else place_world)(frame).to_dicts()
    assert {name: found[name] or "" for name in ("country_code", "region_code", "city_name")} == {
        name: case[name] for name in ("country_code", "region_code", "city_name")
    }
    assert (found["place_precision"], found["place_method"], ",".join(found["codes"])) == (
        case["precision"],
        case["method"],
        case["problems"],
    )


LINES = [
    ("Beispielweg 12, 80331 München, Deutschland", "DE-BY", "Munich"),
    ("Beispielweg 12\nD-80331 München\nGermany", "DE-BY", "Munich"),
    ("10 Example Road, Maidstone, Kent ME14 1AA, UK", "GB-KEN", "Maidstone"),
    ("100 Invented St W, Toronto, ON M5V 2T6, Canada", "CA-ON", "Toronto"),
    ("100 Invented St W, Toronto, Ontario, Canada", "CA-ON", "Toronto"),
    ("Voorbeeldkade 1, 1012 AB Amsterdam, Netherlands", "NL-NH", "Amsterdam"),
    ("Av. Exemplo 1, São Paulo - SP, 01310-100, Brasil", "BR-SP", "São Paulo"),
    ("1 Example Place, Singapore 048616, Singapore", None, "Singapore"),
    ("日本东京都千代田区丸之内1-1", "JP-13", None),
    ("加拿大安大略省多伦多市国王街100号", "CA-ON", "Toronto"),
    ("德国巴伐利亚州慕尼黑市样例街1号", "DE-BY", "Munich"),
    ("1 Example Street, Sydney NSW 2000, Australia", "AU-NSW", "Sydney"),
    ("Nowhere Lane 5, Germany", None, None),
]


@pytest.mark.parametrize(("line", "region", "city"), LINES, ids=lambda value: str(value)[:40])
def test_the_end_of_a_line_says_region_and_city(line, region, city):
    (found,) = world({"address": line})
    assert found["region_code"] == region
    if city:
        assert (found["city_name"], found["place_precision"], found["place_method"]) == (city, "city", "address_text")
    assert found["codes"] == []


PARTS_CASES = [
    (("France", "Garonne (Haute)", "Toulouse"), ("FR-31", "Toulouse", [])),
    (("France", "Yveline", "Versailles"), ("FR-78", "Versailles", ["region:spelling"])),
    (("加拿大", "安大略省", "多伦多"), ("CA-ON", "Toronto", [])),
    (("日本", "東京都", None), ("JP-13", None, [])),
    (("Japan", None, "東京"), ("JP-13", "Tokyo", [])),
    (("Russia", "Moscow", "Москва"), ("RU-MOW", "Moscow", [])),
    (("Canada", "Moonshire", "Toronto"), ("CA-ON", "Toronto", ["region:unknown"])),
    (("Germany", "Hessen", "Berlin"), ("DE-HE", "Berlin", ["city:not_in_region"])),
    (("Greece", None, "Αθήνα"), ("GR-I", "Athens", [])),
    (("Deutschland", "BY", "MUENCHEN"), ("DE-BY", "Munich", [])),
    (("Germany", None, "Frankfurt"), ("DE-HE", "Frankfurt am Main", [])),
]


@pytest.mark.parametrize(("parts", "expected"), PARTS_CASES, ids=str)
def test_region_and_city_are_known_in_english_local_and_chinese_spelling(parts, expected):
    (found,) = world(dict(zip(("country", "region", "city"), parts, strict=True)))
    assert (found["region_code"], found["city_name"], found["codes"]) == expected


def test_a_region_and_a_country_bring_a_centre():
    region, country = world({"country": "DE", "region": "Bayern"}, {"country": "DE"})
    assert (round(region["latitude"]), round(country["latitude"])) == (49, 51)
    assert (region["place_precision"], country["place_precision"]) == ("region", "country")


def test_several_cities_of_one_name_and_size_are_nobody():
    alone, in_region = world({"country": "ES", "city": "Salamanca"}, {"country": "ES", "region": "Castilla y León", "city": "Salamanca"})
    assert (alone["place_precision"], alone["city_name"], alone["codes"]) == ("country", "Salamanca", ["city:ambiguous"])
    assert (in_region["place_precision"], in_region["codes"]) == ("city", [])


def test_an_unknown_region_and_city_keep_their_names():
    (found,) = world({"country": "ES", "region": "Nowhere", "city": "Nowhere"})
    assert (found["region_name"], found["city_name"], found["codes"]) == ("Nowhere", "Nowhere", ["city:unknown", "region:unknown"])


def test_no_rows_and_missing_columns_are_allowed():
    assert place_world(pl.DataFrame()).schema == pl.Schema(PLACE_SCHEMA)
    assert place_world(pl.DataFrame({"country": ["Germany", None]}))["country_code"].to_list() == ["DE", None]


BAD = ["", "\u200b", "😀", "\x00", "a" * 10_000, "12345", "שלום", "مرحبا", "日本" * 3000, ",,,", "-"]


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text[:12]))
def test_bad_text_breaks_nothing(text):
    for place in world({"address": text, "city": text, "region": text}, {"country": "FR", "region": text, "city": text}, {"country": text}):
        assert place["place_precision"] in PRECISIONS
        assert set(place["codes"]) <= CODES


PIECES = st.sampled_from(
    ["DE", "Bayern", "München", "FR", "75", "Paris", "1 rue X, 75001 Paris, France", "日本东京都", "UK", "Kent", "FR-IDF"]
)
WRITTEN = st.none() | st.text(max_size=8) | PIECES
ROWS = st.lists(st.fixed_dictionaries(dict.fromkeys(PARTS, WRITTEN)), min_size=1, max_size=5)


@settings(max_examples=30)
@given(rows=ROWS, data=st.data())
def test_any_text_gives_a_place_within_the_contract_whatever_the_order(rows, data):
    found = world(*rows)
    for row, place in zip(rows, found, strict=True):
        assert place["place_precision"] in PRECISIONS
        assert set(place["codes"]) <= CODES
        assert place["codes"] == sorted(set(place["codes"]))
        assert (place["country_code"] is None) == (place["place_precision"] == "none")
        if (row["city"] or "").strip():
            assert place["city_name"]
    order = data.draw(st.permutations(range(len(rows))))
    assert world(*(rows[i] for i in order)) == [found[i] for i in order]
