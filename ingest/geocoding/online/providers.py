"""The providers of places online: their terms, what they answer for, and the geopy geocoder of each.

Here: what differs between Nominatim, Photon, Baidu and AMap. Not here: settings (settings.py), asking within a budget (answers.py).

What each provider's terms ask of you, as far as they are public (2026-11-22; they change: read them before you name a provider):

Nominatim, public server: one request a second at most for the whole company, no bulk work (small one-time jobs excepted; a nightly job
    is bulk work in their words, so keep the budget small or run a server of your own), a User-Agent that names the application and how to
    reach it, results kept rather than asked again, and `© OpenStreetMap contributors` (ODbL) wherever they are shown.
Photon, public server: meant for trying out; a reasonable number of requests, without a number; who asks much is slowed or shut out, and
    there is no promise that it is there. The same data and attribution as Nominatim. For every night: a server of your own.
Baidu, AMap: a key with a quota a day and a second, under a contract. It may forbid to keep what is found, to use it without their map, or
    to use it in business without a licence, so read whether you may fill a warehouse from it: this program keeps answers for good. Points
    are shifted (BD-09, GCJ-02) and brought to WGS-84 here, which the contract, and China's rules of surveying and mapping, may restrict.
All: the address of a customer is sent to them, never its name. For a person's address that is the handing on of personal data.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from geopy.exc import GeocoderParseError, GeopyError
from geopy.geocoders import Nominatim, Photon
from geopy.geocoders.base import Geocoder

from ingest.geocoding.coordinates import to_wgs84
from ingest.geocoding.online.amap import AMap
from ingest.geocoding.online.baidu import Baidu
from ingest.geocoding.online.one_call import OneCall
from ingest.geocoding.online.readings import READERS, Reading
from ingest.geocoding.online.settings import PUBLIC_DOMAINS, OnlineSettings, ProviderKeys


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What is particular to one provider. `covers`: the countries it answers for; None: all."""

    coordinate_system: str = "wgs84"
    covers: frozenset[str] | None = None
    most_bytes: int = 1000


# Hong Kong, Macau and Taiwan are asked of neither Baidu nor AMap: what they say of shifts there does not agree, and AMap has no details of
# Taiwan. Baidu takes 84 bytes: 28 Chinese characters.
PROVIDERS = {
    "nominatim": Provider(),
    "photon": Provider(),
    "baidu": Provider(coordinate_system="bd09", covers=frozenset({"CN"}), most_bytes=84),
    "amap": Provider(coordinate_system="gcj02", covers=frozenset({"CN"})),
}
# Nominatim counts these as parts of the country that they belong to, so it is asked for both.
BELONGS_TO = {
    "HK": "CN", "MO": "CN", "PR": "US", "GU": "US", "VI": "US", "AS": "US", "MP": "US",
    "GP": "FR", "MQ": "FR", "GF": "FR", "RE": "FR", "YT": "FR", "PM": "FR", "BL": "FR", "MF": "FR", "NC": "FR", "PF": "FR", "WF": "FR",
    "SJ": "NO", "AX": "FI", "AW": "NL", "CW": "NL", "SX": "NL", "BQ": "NL",
}  # fmt: skip


class Geocodes(Protocol):
    """What is needed of a geopy geocoder."""

    def geocode(self, query: str, **options: Any) -> Any:
        """One place, or None."""


def make_geocoder(settings: OnlineSettings, keys: ProviderKeys) -> Geocoder:
    """The geocoder of the provider that the settings name. Raises ValueError where they name none."""
    shared: dict[str, Any] = {
        "timeout": settings.timeout_seconds,
        "user_agent": settings.full_user_agent,
        "adapter_factory": OneCall,
        "scheme": settings.scheme,
    }
    match settings.provider:
        case "nominatim":
            return Nominatim(domain=settings.domain or PUBLIC_DOMAINS["nominatim"], **shared)
        case "photon":
            return Photon(domain=settings.domain or PUBLIC_DOMAINS["photon"], **shared)
        case "baidu":
            return Baidu(keys.key, security_key=keys.security_key, **shared)
        case "amap":
            return AMap(keys.key, **shared)
    raise ValueError("no provider is set: nothing is to be asked")


def ask_provider(geocoder: Geocodes, provider: str, text: str, country_code: str | None) -> Reading | None:
    """One call: where `text` is, in WGS-84; None where the provider knows no such place.

    Raises geopy's errors and no others, whatever the answer holds.
    """
    options: dict[str, Any] = {}
    if provider == "nominatim":
        options["addressdetails"] = True
        if country_code:
            options["country_codes"] = sorted({country_code.lower(), BELONGS_TO.get(country_code, country_code).lower()})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # geopy warns before it refuses a latitude of 116
            place = geocoder.geocode(text, exactly_one=True, **options)
            if place is None:
                return None
            if not isinstance(place.raw, Mapping):
                raise GeocoderParseError("The answer holds no place.")
            return _in_wgs84(READERS[provider](place.raw, place.address), PROVIDERS[provider].coordinate_system)
    except GeopyError:  # some of them are a ValueError as well
        raise
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        raise GeocoderParseError("The answer is not what the provider documents.") from None


def _in_wgs84(reading: Reading, system: str) -> Reading:
    """Rounded to 0.0000001 degree (1 cm), for machines differ in the last digits of a sine."""
    north, east = to_wgs84(np.array([reading.latitude]), np.array([reading.longitude]), system)
    return replace(reading, latitude=round(float(north[0]), 7), longitude=round(float(east[0]), 7))
