"""geocoding/online/readings.py: how precise an answer is, and what of it is believed to be a point."""

import pytest
from geopy.exc import GeocoderParseError

from ingest.geocoding.online.readings import PRECISIONS, read_amap, read_baidu, read_nominatim, read_photon


def nominatim(**changes):
    place = {"lat": "48.1", "lon": "11.5", "class": "place", "type": "house", "place_rank": 30, "address": {"country_code": "de"}}
    return read_nominatim({**place, **changes}, "somewhere")


def photon(**properties):
    return read_photon({"geometry": {"coordinates": [11.5, 48.1]}, "properties": properties}, "somewhere")


@pytest.mark.parametrize(
    ("changes", "precision"),
    [
        ({}, "point"),
        ({"class": "office", "type": "company", "addresstype": "office"}, "point"),
        ({"class": "highway", "type": "residential", "addresstype": "road", "place_rank": 26}, "street"),
        ({"class": "highway", "type": "primary", "place_rank": None}, "street"),
        ({"class": "place", "type": "postcode", "addresstype": "postcode", "place_rank": 21}, "postal_code"),
        ({"class": "boundary", "type": "administrative", "addresstype": "suburb", "place_rank": 19}, "district"),
        ({"class": "boundary", "type": "administrative", "place_rank": 12}, "district"),
        ({"class": "boundary", "type": "administrative", "addresstype": "city", "place_rank": 10}, "city"),
        ({"class": "boundary", "type": "administrative", "place_rank": 16}, "city"),
        ({"class": "boundary", "type": "administrative", "addresstype": "state", "place_rank": 8}, "region"),
        ({"class": "boundary", "type": "administrative", "place_rank": 4}, "country"),
        ({"class": "natural", "type": "water", "place_rank": "30"}, "country"),
        ({"class": None, "type": 7, "place_rank": True}, "country"),
    ],
)
def test_nominatim_says_it_by_kind_and_else_by_rank(changes, precision) -> None:
    assert nominatim(**changes).place_precision == precision


@pytest.mark.parametrize(
    ("properties", "precision"),
    [
        ({"type": "house"}, "point"), ({"housenumber": "12", "type": "other"}, "point"), ({"type": "street"}, "street"),
        ({"type": "locality"}, "district"), ({"type": "city"}, "city"), ({"type": "county"}, "district"), ({"type": "state"}, "region"),
        ({"type": "country"}, "country"), ({"type": "other", "osm_key": "natural", "osm_value": "water"}, "city"),
        ({"osm_key": "highway", "osm_value": "primary"}, "street"), ({"osm_key": "place", "osm_value": "suburb"}, "district"),
        ({"osm_key": "place", "osm_value": "postcode", "type": "district"}, "postal_code"), ({}, "city"),
    ],
)  # fmt: skip
def test_photon_says_it_by_type_and_else_by_the_map_s_own_words(properties, precision) -> None:
    assert photon(**properties).place_precision == precision


@pytest.mark.parametrize(
    ("level", "precision"),
    [("门牌号", "point"), ("兴趣点", "point"), ("道路", "street"), ("乡镇", "district"), ("区县", "district"), ("市", "city"),
     ("省", "region"), ("国家", "country"), ("未知", "city"), ([], "city"), ("门牌", "city")],
)  # fmt: skip
def test_amap_says_it_by_level(level, precision) -> None:
    assert read_amap({"location": "121.5,31.1", "level": level}, "").place_precision == precision


@pytest.mark.parametrize(
    ("place", "precision"),
    [
        ({"level": "门址", "precise": 1}, "point"), ({"level": "商务大厦", "precise": 0, "confidence": 60}, "street"),
        ({"level": "商务大厦", "precise": 0, "confidence": 30}, "district"), ({"level": "商务大厦"}, "district"),
        ({"level": "道路", "precise": 1}, "street"), ({"level": "乡镇", "precise": 1}, "district"),
        ({"level": "城市", "precise": 1}, "city"),
        ({"level": "UNKNOWN", "precise": 1}, "city"), ({"precise": 1}, "city"),
    ],
)  # fmt: skip
def test_baidu_says_it_by_level_and_by_its_own_doubt(place, precision) -> None:
    assert read_baidu({"location": {"lat": 31.1, "lng": 121.5}, **place}, "").place_precision == precision


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": "north"}, {"lat": None}, {"lat": True}, {"lat": "91"}, {"lon": "181"}, {"lat": "nan"}, {"lat": "inf"}, {"lat": 10**400},
        {"lat": "0", "lon": "0.0"}, {"lat": ["48"]},
    ],
)  # fmt: skip
def test_what_is_no_degree_of_the_globe_is_a_parse_error(changes) -> None:
    with pytest.raises(GeocoderParseError):
        nominatim(**changes)


def test_degrees_may_be_numbers_or_texts() -> None:
    assert (nominatim(lat=48).latitude, nominatim(lon="1.15e1").longitude) == (48.0, 11.5)


@pytest.mark.parametrize(
    ("code", "country"), [("de", "DE"), ("DE", "DE"), ("", None), (49, None), ("deu", None), (None, None), ("德国", None)]
)
def test_a_country_is_two_letters_or_unknown(code, country) -> None:
    assert nominatim(address={"country_code": code}).country_code == country


def test_a_label_is_short_and_printable() -> None:
    place = {"location": "121.5,31.1"}
    assert read_amap(place, "样例路\n8号\x00 \ud800end").label == "样例路 8号 end"
    assert len(read_amap(place, "x" * 9000).label) == 120
    assert read_amap(place, ["x"]).label == ""


def test_precisions_run_from_the_finest_to_the_coarsest() -> None:
    assert PRECISIONS == ("point", "street", "postal_code", "district", "city", "region", "country")
