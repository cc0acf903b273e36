"""geocoding/online/amap.py: AMap in geopy's interface."""

import pytest
from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderParseError,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderRateLimited,
    GeocoderServiceError,
    GeocoderTimedOut,
    GeocoderUnavailable,
)


def test_a_place_is_found_with_its_text_and_its_own_degrees(provider, online, bodies, key) -> None:
    provider.says(bodies["amap"]["found"])
    place = online("amap")[1].geocode("上海市样例路8号")
    assert place.address == "上海市浦东新区样例路8号"
    assert (place.latitude, place.longitude) == (31.175304, 121.531542)
    assert place.raw["adcode"] == "310115"
    assert provider.asked == [("/v3/geocode/geo", {"key": [key], "address": ["上海市样例路8号"], "output": ["JSON"]})]


def test_all_places_come_as_a_list_where_more_than_one_is_wanted(provider, online, bodies) -> None:
    provider.says(bodies["amap"]["found"])
    assert [place.address for place in online("amap")[1].geocode("样例路", exactly_one=False)] == ["上海市浦东新区样例路8号"]


def test_no_place_is_none(provider, online, bodies) -> None:
    provider.says(bodies["amap"]["empty"])
    assert online("amap")[1].geocode("无此路") is None


@pytest.mark.parametrize(
    ("infocode", "error"),
    [
        ("10001", GeocoderAuthenticationFailure), ("10009", GeocoderAuthenticationFailure), ("10012", GeocoderAuthenticationFailure),
        ("10003", GeocoderQuotaExceeded), ("10044", GeocoderQuotaExceeded), ("40000", GeocoderQuotaExceeded),
        ("10004", GeocoderRateLimited), ("10021", GeocoderRateLimited), ("10015", GeocoderTimedOut), ("10016", GeocoderUnavailable),
        ("20000", GeocoderQueryError), ("30001", GeocoderQueryError), ("20003", GeocoderServiceError), ("99999", GeocoderServiceError),
        (10001, GeocoderAuthenticationFailure), ("", GeocoderParseError), (None, GeocoderParseError), ([], GeocoderParseError),
        ("9" * 5000, GeocoderParseError),
    ],
)  # fmt: skip
def test_a_code_becomes_geopy_s_error(provider, online, key, infocode, error) -> None:
    provider.says({"status": "0", "info": f"ERROR {key}", "infocode": infocode})
    with pytest.raises(GeocoderServiceError) as raised:
        online("amap")[1].geocode("样例路")
    assert type(raised.value) is error
    assert key not in str(raised.value)


@pytest.mark.parametrize(
    "page", [[], "x", 1, None, {"status": "1"}, {"status": "1", "geocodes": {}}, {"status": "1", "geocodes": [{"location": []}]}]
)
def test_another_form_is_a_parse_error(provider, online, page) -> None:
    provider.says(page)
    with pytest.raises(GeocoderParseError):
        online("amap")[1].geocode("样例路")
