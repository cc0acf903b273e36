"""geocoding/online/providers.py: what each provider is asked, and that no answer raises anything but geopy's errors."""

import copy
from typing import Any

import pytest
from geopy.adapters import BaseSyncAdapter
from geopy.exc import GeocoderParseError, GeopyError
from geopy.geocoders import Nominatim, Photon
from hypothesis import given
from hypothesis import strategies as st

from ingest.geocoding.coordinates import kilometres
from ingest.geocoding.online.amap import AMap
from ingest.geocoding.online.baidu import Baidu
from ingest.geocoding.online.providers import ask_provider, make_geocoder
from ingest.geocoding.online.readings import PRECISIONS
from ingest.geocoding.online.settings import OnlineSettings, ProviderKeys

SHANGHAI = (31.1774276, 121.5272106)  # the place of the published pair of GCJ-02 that the bodies of AMap hold


@pytest.mark.parametrize("name", ["nominatim", "photon"])
def test_open_street_map_s_places_are_in_wgs84(provider, online, bodies, name) -> None:
    provider.says(bodies[name]["found"])
    reading = ask_provider(online(name)[1], name, "Beispielweg 12, München", "DE")
    assert (reading.latitude, reading.longitude, reading.place_precision, reading.country_code) == (48.1371, 11.5754, "point", "DE")
    assert "Beispielweg" in reading.label


@pytest.mark.parametrize("name", ["amap", "baidu"])
def test_shifted_places_are_brought_to_wgs84(provider, online, bodies, name) -> None:
    provider.says(bodies[name]["found"])
    reading = ask_provider(online(name)[1], name, "上海市样例路8号", "CN")
    assert kilometres(*[[value] for value in (reading.latitude, reading.longitude, *SHANGHAI)])[0] < 0.01
    assert reading.place_precision == "point"


@pytest.mark.parametrize("name", ["nominatim", "photon", "amap", "baidu"])
def test_no_such_place_is_none(provider, online, bodies, name) -> None:
    provider.says(bodies[name]["empty"])
    assert ask_provider(online(name)[1], name, "nowhere", "CN") is None


@pytest.mark.parametrize(("country", "sent"), [("DE", "de"), ("HK", "cn,hk"), ("PR", "pr,us"), (None, None)])
def test_nominatim_is_asked_within_the_country(provider, online, country, sent) -> None:
    provider.says([])
    ask_provider(online("nominatim")[1], "nominatim", "x", country)
    assert provider.asked[0][1].get("countrycodes", [None]) == [sent]
    assert provider.asked[0][1]["addressdetails"] == ["1"]


def test_the_contact_is_sent_as_user_agent(provider, online) -> None:
    ask_provider(online("nominatim", contact="ops@example.com")[1], "nominatim", "x", "DE")
    assert provider.headers[0]["User-Agent"] == "Bailiwick (ops@example.com)"


@pytest.mark.parametrize(
    "body",
    [
        [{"lat": "121.5", "lon": "31.2", "display_name": "exchanged"}], [{"lat": "48", "lon": "400", "display_name": "beyond"}],
        [{"lat": None, "lon": None, "display_name": "without"}], [{"lat": "48", "lon": "11", "display_name": None}],
        ["x"], "x", 7, {"a": 1},
    ],
)  # fmt: skip
def test_a_point_that_cannot_be_is_malformed(provider, online, body) -> None:
    provider.says(body)
    with pytest.raises(GeocoderParseError):
        ask_provider(online("nominatim")[1], "nominatim", "x", None)


def test_each_provider_is_asked_at_its_own_host() -> None:
    keys = ProviderKeys(key="k", security_key="s")
    made = {
        name: make_geocoder(OnlineSettings(provider=name, contact="a@example.com"), keys)
        for name in ("nominatim", "photon", "baidu", "amap")
    }
    assert {name: type(geocoder) for name, geocoder in made.items()} == {
        "nominatim": Nominatim, "photon": Photon, "baidu": Baidu, "amap": AMap,
    }  # fmt: skip
    assert {name: geocoder.api for name, geocoder in made.items()} == {
        "nominatim": "https://nominatim.openstreetmap.org/search", "photon": "https://photon.komoot.io/api",
        "baidu": "https://api.map.baidu.com/geocoding/v3/", "amap": "https://restapi.amap.com/v3/geocode/geo",
    }  # fmt: skip
    assert made["baidu"].security_key == "s"
    own = make_geocoder(OnlineSettings(provider="photon", domain="maps.example.com:2322", scheme="http"), keys)
    assert own.api == "http://maps.example.com:2322/api"
    with pytest.raises(ValueError, match="no provider"):
        make_geocoder(OnlineSettings(), keys)


class Says(BaseSyncAdapter):
    """Answers every question with one body."""

    def __init__(self, body: Any):
        super().__init__(proxies=None, ssl_context=None)
        self.body = body

    def get_json(self, url, *, timeout, headers):
        return self.body

    def get_text(self, url, *, timeout, headers):
        raise AssertionError(f"{url} was asked for text; every provider answers in JSON")


def geocoder_that_says(name: str, body: Any):
    options = {"adapter_factory": lambda proxies, ssl_context: Says(body)}
    match name:
        case "nominatim":
            return Nominatim(user_agent="tests", domain="127.0.0.1", **options)
        case "photon":
            return Photon(domain="127.0.0.1", **options)
    return {"amap": AMap, "baidu": Baidu}[name]("k", domain="127.0.0.1", **options)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.sampled_from(["48.1", "121.5,31.2", "0", "1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def places_in(value: Any, path: tuple = ()) -> list[tuple]:
    """The path of every value in a body."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, inner in items for found in places_in(inner, (*path, name)))]


def with_value(body: Any, path: tuple, value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(body)
    inside = changed
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = value
    return changed


@pytest.mark.parametrize("name", ["nominatim", "photon", "amap", "baidu"])
def test_whatever_an_answer_holds_only_geopy_s_errors_come_of_it(bodies, name) -> None:
    found = bodies[name]["found"]

    @given(st.data())
    def holds(data) -> None:
        path = data.draw(st.sampled_from(places_in(found)))
        body = with_value(found, path, data.draw(ANYTHING))
        try:
            reading = ask_provider(geocoder_that_says(name, body), name, "x", "CN")
        except GeopyError:
            return
        if reading is not None:
            assert abs(reading.latitude) <= 90
            assert abs(reading.longitude) <= 180
            assert reading.place_precision in PRECISIONS
            assert len(reading.label.encode("utf-8")) <= 4 * 120

    holds()
