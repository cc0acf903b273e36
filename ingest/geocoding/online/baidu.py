"""Baidu (百度地图) as geopy asks it, with its answers read more carefully.

Here: what geopy's BaiduV3 leaves out. Not here: precision and degrees of an answer (readings.py), the system of its degrees, BD-09
(providers.py), any HTTP (one_call.py).

geopy 2.5.0 logs the URL with its key, takes `无相关结果` (no such place) for an error of the server, and stumbles over a status that is
no number (2026-11-22).
"""

from functools import partial
from typing import Any

from geopy.exc import (
    GeocoderAuthenticationFailure,
    GeocoderParseError,
    GeocoderQueryError,
    GeocoderQuotaExceeded,
    GeocoderRateLimited,
    GeocoderServiceError,
)
from geopy.geocoders import BaiduV3
from geopy.geocoders.base import DEFAULT_SENTINEL
from geopy.location import Location

_NOTHING_FOUND = "无相关结果"


class Baidu(BaiduV3):
    """BaiduV3 that can be asked at another host and never raises but geopy's errors for what an answer holds."""

    def __init__(self, api_key: str, *, domain: str = "api.map.baidu.com", **options: Any):
        """`api_key`: the AK; `security_key` the SK, where the AK is of the kind that signs. The others are geopy's."""
        super().__init__(api_key, **options)
        self.api = f"{self.scheme}://{domain.strip('/')}{self.api_path}"

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: Any = DEFAULT_SENTINEL) -> Location | list[Location] | None:
        """The place of an address (84 bytes of UTF-8 at most); None where Baidu knows none. Degrees are BD-09. Raises geopy's errors."""
        parameters = {"ak": self.api_key, "output": "json", "address": query}
        url = self._construct_url(self.api, self.api_path, parameters)
        return self._call_geocoder(url, partial(self._parse_json, exactly_one=exactly_one), timeout=timeout)

    def _parse_json(self, page: Any, exactly_one: bool = True) -> Location | list[Location] | None:
        if not isinstance(page, dict):
            raise GeocoderParseError("The answer is no object.")
        status = page.get("status")
        if not str(status).isdecimal() or len(str(status)) > 8:
            raise GeocoderParseError("The answer has no status.")
        if int(status):
            if int(status) == 1 and _NOTHING_FOUND in f"{page.get('msg')}{page.get('message')}":
                return None
            raise _error(int(status))
        place = page.get("result")
        if not place:
            return None
        if not isinstance(place, dict) or not isinstance(place.get("location"), dict):
            raise GeocoderParseError("The result has no location.")
        point = place["location"]
        level = place.get("level")
        found = Location(level if isinstance(level, str) else "", (float(point["lat"]), float(point["lng"])), place)
        return found if exactly_one else [found]


def _error(status: int) -> GeocoderServiceError:
    """What Baidu's numbers mean: 3, 5, 101 and the two hundreds the key, 4 and the three hundreds the quota, the four hundreds haste."""
    kind: type[GeocoderServiceError] = GeocoderServiceError
    if status in (3, 5, 101, 102) or 200 <= status < 300:
        kind = GeocoderAuthenticationFailure
    elif status == 4 or 300 <= status < 400:
        kind = GeocoderQuotaExceeded
    elif 400 <= status < 500:
        kind = GeocoderRateLimited
    elif status == 2:
        kind = GeocoderQueryError
    return kind(f"Baidu answers with status {status}.")
