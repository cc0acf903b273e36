"""AMap (高德地图) in geopy's interface, which has no class for it.

Here: the question to /v3/geocode/geo and what its codes mean. Not here: precision and degrees of an answer (readings.py), the system of
its degrees, GCJ-02 (providers.py), any HTTP (one_call.py).

The answer is an object with status ("1" or "0"), info, infocode and geocodes, each with formatted_address, adcode, level and location
(`longitude,latitude`); fields without a value are empty lists. Codes as AMap lists them for its web services (2026-11-22).
"""

from functools import partial
from typing import Any
from urllib.parse import urlencode

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
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location

_ERRORS: dict[type[GeocoderServiceError], frozenset[int]] = {
    # key wrong, expired, deleted, of another product, without the right; caller's address or signature not accepted; account closed
    GeocoderAuthenticationFailure: frozenset({10001, 10002, 10005, 10006, 10007, 10008, 10009, 10011, 10012, 10013, 10026, 10041, 40002}),
    # the day's calls of the key, the account or the caller's address, or the calls that were bought, are used up
    GeocoderQuotaExceeded: frozenset({10003, 10010, 10044, 10045, 40000, 40003}),
    # too many in a minute or a second: of the key, the service, the caller's address
    GeocoderRateLimited: frozenset({10004, 10014, 10019, 10020, 10021, 10029}),
    GeocoderTimedOut: frozenset({10015}),
    GeocoderUnavailable: frozenset({10016, 10017}),
}


class AMap(Geocoder):
    """Geocoder of AMap's web services, of China's mainland only."""

    geocode_path = "/v3/geocode/geo"

    def __init__(
        self,
        api_key: str,
        *,
        domain: str = "restapi.amap.com",
        scheme: str | None = None,
        timeout: Any = DEFAULT_SENTINEL,
        proxies: Any = DEFAULT_SENTINEL,
        user_agent: str | None = None,
        ssl_context: Any = DEFAULT_SENTINEL,
        adapter_factory: Any = None,
    ):
        """`api_key`: of a key for web services (Web服务). The others are geopy's."""
        super().__init__(
            scheme=scheme,
            timeout=timeout,
            proxies=proxies,
            user_agent=user_agent,
            ssl_context=ssl_context,
            adapter_factory=adapter_factory,
        )
        self.api_key = api_key
        self.api = f"{self.scheme}://{domain.strip('/')}{self.geocode_path}"

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: Any = DEFAULT_SENTINEL) -> Location | list[Location] | None:
        """The place of an address, or all that AMap offers; None where it knows none. Degrees are GCJ-02. Raises geopy's errors.

        The URL holds the key, so it is not logged, as geopy's own geocoders do.
        """
        url = f"{self.api}?{urlencode({'key': self.api_key, 'address': query, 'output': 'JSON'})}"
        return self._call_geocoder(url, partial(self._parse_json, exactly_one=exactly_one), timeout=timeout)

    def _parse_json(self, page: Any, exactly_one: bool) -> Location | list[Location] | None:
        if not isinstance(page, dict):
            raise GeocoderParseError("The answer is no object.")
        if str(page.get("status")) != "1":
            raise _error(page.get("infocode"))
        places = page.get("geocodes")
        if not isinstance(places, list):
            raise GeocoderParseError("The answer has no list of geocodes.")
        if not places:
            return None
        return _location(places[0]) if exactly_one else [_location(place) for place in places]


def _location(place: Any) -> Location:
    if not isinstance(place, dict) or not isinstance(place.get("location"), str):
        raise GeocoderParseError("A geocode has no location.")
    longitude, _, latitude = place["location"].partition(",")
    address = place.get("formatted_address")
    return Location(address if isinstance(address, str) else "", (float(latitude), float(longitude)), place)


def _error(infocode: Any) -> GeocoderServiceError:
    code = int(infocode) if isinstance(infocode, str | int) and str(infocode).isdecimal() and len(str(infocode)) < 9 else 0
    for error, codes in _ERRORS.items():
        if code in codes:
            return error(f"AMap answers with infocode {code}.")
    # 30001 is also what AMap says to a line that is no address at all: the question's fault as far as one can tell
    if 20000 <= code < 20003 or 20011 <= code < 20020 or 30000 <= code < 40000:
        return GeocoderQueryError(f"AMap answers with infocode {code}.")
    if not code:
        return GeocoderParseError("The answer has neither success nor an infocode.")
    return GeocoderServiceError(f"AMap answers with infocode {code}.")
