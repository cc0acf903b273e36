"""geocoding/online/baidu.py: what geopy's BaiduV3 leaves out."""

import hashlib
import logging
from urllib.parse import quote_plus, urlencode

import pytest
from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderParseError,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderRateLimited,
    GeocoderServiceError,
)


def test_a_place_is_found_in_baidu_s_own_degrees(provider, online, bodies, key) -> None:
    provider.says(bodies["baidu"]["found"])
    place = online("baidu")[1].geocode("上海市样例路8号")
    assert (place.latitude, place.longitude, place.address) == (31.18132861, 121.53801569, "门址")
    assert provider.asked == [("/geocoding/v3/", {"ak": [key], "output": ["json"], "address": ["上海市样例路8号"]})]


def test_a_second_key_signs_the_question(provider, online, bodies, key) -> None:
    provider.says(bodies["baidu"]["found"])
    online("baidu", security_key="sign")[1].geocode("样例路")
    query = urlencode({"ak": key, "output": "json", "address": "样例路"})
    signature = hashlib.md5(quote_plus(f"/geocoding/v3/?{query}sign").encode()).hexdigest()
    assert provider.asked[0][1]["sn"] == [signature]


@pytest.mark.parametrize("page", [{"status": 1, "msg": "Internal Service Error:无相关结果"}, {"status": 0, "result": []}, {"status": 0}])
def test_no_place_is_none(provider, online, page) -> None:
    provider.says(page)
    assert online("baidu")[1].geocode("无此路") is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (1, GeocoderServiceError), (2, GeocoderQueryError), (3, GeocoderAuthenticationFailure), (4, GeocoderQuotaExceeded),
        (5, GeocoderAuthenticationFailure), (101, GeocoderAuthenticationFailure), (200, GeocoderAuthenticationFailure),
        (240, GeocoderAuthenticationFailure), ("211", GeocoderAuthenticationFailure), (302, GeocoderQuotaExceeded),
        (401, GeocoderRateLimited), (999, GeocoderServiceError), (None, GeocoderParseError), ("", GeocoderParseError),
        ([], GeocoderParseError), (1.5, GeocoderParseError),
    ],
)  # fmt: skip
def test_a_status_becomes_geopy_s_error(provider, online, key, status, error) -> None:
    provider.says({"status": status, "message": f"APP {key}"})
    with pytest.raises(GeocoderServiceError) as raised:
        online("baidu")[1].geocode("样例路")
    assert type(raised.value) is error
    assert key not in str(raised.value)


@pytest.mark.parametrize("page", [[], "x", {"status": 0, "result": "x"}, {"status": 0, "result": {"level": "门址"}}])
def test_another_form_is_a_parse_error(provider, online, page) -> None:
    provider.says(page)
    with pytest.raises(GeocoderParseError):
        online("baidu")[1].geocode("样例路")


def test_the_keys_are_in_no_log(provider, online, bodies, key, caplog) -> None:
    provider.says(bodies["baidu"]["found"])
    with caplog.at_level(logging.DEBUG):
        online("baidu")[1].geocode("样例路")
        provider.says(bodies["amap"]["found"])
        online("amap")[1].geocode("样例路")
    assert key not in caplog.text
