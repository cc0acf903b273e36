"""What a provider's answer says: degrees, how precise they are, in which country, and the provider's own text.

Here: the one place of an answer in each provider's form, read distrustfully. Not here: the systems of the degrees (providers.py), whether
the place is believed (places.py).

Where an answer does not say how precise it is, the coarser is taken: a wrong street is worse than a right city.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from geopy.exc import GeocoderParseError

PRECISIONS = ("point", "street", "postal_code", "district", "city", "region", "country")
"""From the finest to the coarsest."""
_OSM_KINDS = {
    "country": "country", "state": "region", "province": "region", "region": "region",
    "postcode": "postal_code", "postal_code": "postal_code",
    "county": "district", "state_district": "district", "district": "district", "city_district": "district", "borough": "district",
    "suburb": "district", "quarter": "district", "neighbourhood": "district", "locality": "district", "hamlet": "district",
    "city": "city", "town": "city", "municipality": "city", "village": "city",
    "road": "street", "street": "street", "house": "point", "building": "point",
}  # fmt: skip
_AMAP_LEVELS = {
    "国家": "country", "省": "region", "市": "city", "区县": "district", "开发区": "district", "乡镇": "district", "村庄": "district",
    "热点商圈": "district", "道路": "street", "道路交叉路口": "street", "小巷": "street", "兴趣点": "point", "门牌号": "point",
    "单元号": "point", "楼层": "point", "房间": "point", "公交地铁站点": "point", "门址": "point", "住宅区": "point",
}  # fmt: skip
_BAIDU_LEVELS = {
    "国家": "country", "省": "region", "城市": "city", "区县": "district", "乡镇": "district", "村庄": "district", "商圈": "district",
    "开发区": "district", "工业园区": "district", "道路": "street", "交叉路口": "street", "桥": "street",
}  # fmt: skip
_BAIDU_UNKNOWN = ("", "UNKNOWN", "NoClass", "未知")
_BAIDU_WITHIN_A_KILOMETRE = 50  # the confidence that Baidu's guide gives to points that are at most 1 km off
_LONGEST_LABEL = 120


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One place of an answer; degrees in the provider's own system."""

    latitude: float
    longitude: float
    place_precision: str
    country_code: str | None
    label: str


def read_nominatim(place: Mapping[str, Any], label: Any) -> Reading:
    """A place of Nominatim's format json: lat and lon are texts. Raises GeocoderParseError, as all of these do."""
    kinds = [_text(place.get(name)) for name in ("addresstype", "type", "class", "category")]
    precision = next((_OSM_KINDS[kind] for kind in kinds[:2] if kind in _OSM_KINDS), None)
    if kinds[1] in ("postcode", "postal_code"):
        precision = "postal_code"
    if precision is None:
        precision = "street" if "highway" in kinds[2:] else _by_rank(place.get("place_rank"))
    address = place.get("address")
    country = _country(address.get("country_code")) if isinstance(address, Mapping) else None
    return _reading(place.get("lat"), place.get("lon"), precision, country, label)


def _by_rank(rank: Any) -> str:
    """Nominatim's ranks: 4 countries, 8 states, 10 to 12 counties, 13 to 16 cities, 26 and 27 streets, 28 and more houses."""
    if not isinstance(rank, int) or isinstance(rank, bool):
        return "country"
    limits = ((4, "country"), (9, "region"), (12, "district"), (16, "city"), (25, "district"), (27, "street"))
    return next((precision for limit, precision in limits if rank <= limit), "point")


def read_photon(place: Mapping[str, Any], label: Any) -> Reading:
    """A feature of Photon's GeoJSON: coordinates are longitude, latitude."""
    geometry, properties = place.get("geometry"), place.get("properties")
    if not isinstance(geometry, Mapping) or not isinstance(properties, Mapping):
        raise GeocoderParseError("A feature lacks geometry or properties.")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        raise GeocoderParseError("A feature has no pair of coordinates.")
    key, value = _text(properties.get("osm_key")), _text(properties.get("osm_value"))
    precision = _OSM_KINDS.get(_text(properties.get("type")))
    if properties.get("housenumber"):
        precision = "point"
    elif value == "postcode":
        precision = "postal_code"
    elif precision is None:  # servers before 0.4 say no type; `other` is a lake as well as an office
        precision = "street" if key == "highway" else _OSM_KINDS.get(value, "city") if key == "place" else "city"
    return _reading(coordinates[1], coordinates[0], precision, _country(properties.get("countrycode")), label)


def read_amap(place: Mapping[str, Any], label: Any) -> Reading:
    """A geocode of AMap: location is `longitude,latitude`, level one of nineteen words."""
    longitude, _, latitude = _text(place.get("location")).partition(",")
    country = "CN" if place.get("country") == "中国" else None
    return _reading(latitude, longitude, _AMAP_LEVELS.get(_text(place.get("level")), "city"), country, label)


def read_baidu(place: Mapping[str, Any], label: Any) -> Reading:
    """A result of Baidu: level is a word, most of them kinds of buildings; precise and confidence say how well the point is meant."""
    point, level, confidence = place.get("location"), _text(place.get("level")), place.get("confidence")
    if not isinstance(point, Mapping):
        raise GeocoderParseError("A result has no location.")
    if level in _BAIDU_UNKNOWN:
        precision = "city"
    elif level in _BAIDU_LEVELS:
        precision = _BAIDU_LEVELS[level]
    elif place.get("precise") == 1:
        precision = "point"
    else:
        precision = "street" if isinstance(confidence, int) and confidence >= _BAIDU_WITHIN_A_KILOMETRE else "district"
    return _reading(point.get("lat"), point.get("lng"), precision, None, label)


READERS: dict[str, Callable[[Mapping[str, Any], Any], Reading]] = {
    "nominatim": read_nominatim, "photon": read_photon, "amap": read_amap, "baidu": read_baidu,
}  # fmt: skip


def _reading(latitude: Any, longitude: Any, precision: str, country: str | None, label: Any) -> Reading:
    north, east = _degree(latitude, 90.0), _degree(longitude, 180.0)
    if north == 0 and east == 0:
        raise GeocoderParseError("The point 0, 0 is no place.")
    return Reading(latitude=north, longitude=east, place_precision=precision, country_code=country, label=_label(label))


def _degree(value: Any, most: float) -> float:
    """A number or the text of one, within the globe."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise GeocoderParseError("A degree is no number.")
    try:
        degree = float(value)
    except (ValueError, OverflowError):
        raise GeocoderParseError("A degree is no number.") from None
    if not math.isfinite(degree) or abs(degree) > most:
        raise GeocoderParseError("A degree lies outside the globe.")
    return degree


def _country(value: Any) -> str | None:
    code = _text(value).upper()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _label(value: Any) -> str:
    """The provider's text, without what no table can hold (half of a surrogate pair, control characters), shortened."""
    letters = (letter if letter.isprintable() else " " for letter in _text(value)[: 4 * _LONGEST_LABEL])
    return " ".join("".join(letters).split())[:_LONGEST_LABEL]
