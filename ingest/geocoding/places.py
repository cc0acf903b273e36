"""Where customers are: clean.customers -> geo.customer_places, without a network.

Here: country, region and city of each record from its written parts, its address or its coordinates, what is missing filled in
from what is known, and codes for what does not fit together.
Not here: what places are called (reference.py), Chinese divisions below the city, streets and postal codes (later work).

What is written and not recognised is kept as a name and gets a code; nothing is guessed from a single likeness. Every distinct
combination of written parts is placed once, however many records bear it.
"""

import re
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
import pyarrow as pa
from geopy.distance import geodesic

from ingest.geocoding import reference
from ingest.geocoding.reference import City, folded, has_chinese
from ingest.tables import TABLES
from ingest.warehouse import conform

FAR_FROM_CITY_KM = 100.0  # 2026-11-21: the largest metropolitan areas reach 80 km from their centre; beyond 100 one side is wrong
# 2026-11-21: of several cities of one name the largest is meant when the next has less than a fifth of its inhabitants: Paris in
# France (Paris in Texas: 1 %) and Portland in Oregon (Maine: 10 %), but no Springfield, whose two largest are of one size.
RUNNER_UP_SHARE = 0.2
_EARTH_RADIUS_KM = 6371.0
_SPHERE_ERROR = 0.006  # the earth's flattening makes a distance on the sphere wrong by 0.56 % at most

_PARTS = ("country", "region", "city", "address_hint")
_MUNICIPALITIES = {"CN-BJ": "北京", "CN-CQ": "重庆", "CN-SH": "上海", "CN-TJ": "天津"}  # regions that are one city
_CODE_LIKE = re.compile(r"[A-Za-z0-9]{1,3}")
_STREET_FOLLOWS = re.compile(r"[东西南北中]?[一二三四五]?(?:大道|大街|路|街|道|巷)")  # 南京东路 is a street in Shanghai
_LONGEST_CHINESE_CITY = 8


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What is known so far of one combination of written parts."""

    country_code: str | None = None
    region_code: str | None = None
    region_name: str | None = None
    city_name: str | None = None
    city_latitude: float | None = None
    city_longitude: float | None = None
    place_precision: str = "none"
    place_method: str = "none"
    codes: list[str] = field(default_factory=list)

    def with_region(self, code: str, method: str) -> "_Place":
        region = reference.regions_by_code()[code]
        return replace(
            self, country_code=code[:2], region_code=code, region_name=region.name, place_precision="region", place_method=method
        )

    def with_city(self, city: City, method: str) -> "_Place":
        known = self
        if not known.region_name and city.region_code:
            known = known.with_region(city.region_code, method)
        return replace(
            known,
            country_code=known.country_code or city.country_code,
            city_name=city.name,
            city_latitude=city.latitude,
            city_longitude=city.longitude,
            place_precision="city",
            place_method=method,
        )

    def but(self, code: str, **known: str | None) -> "_Place":
        return replace(self, codes=[*self.codes, code], **known)


_PLACE_SCHEMA = {
    "country_code": pl.String, "region_code": pl.String, "region_name": pl.String, "city_name": pl.String,
    "city_latitude": pl.Float64, "city_longitude": pl.Float64, "place_precision": pl.String, "place_method": pl.String,
    "codes": pl.List(pl.String),
}  # fmt: skip


def place_customers(customers: pa.Table) -> pa.Table:
    """geo.customer_places out of clean.customers: one row per record, degrees in WGS-84, precision `none` where nothing is known.

    Codes: country:spelling, country:unknown, region:unknown, region:not_in_country, city:unknown, city:ambiguous,
    city:not_in_region, point:incomplete, point:zero, point:far_from_city.
    """
    columns = ("source", "record_id", "address", "street", "district", "city", "region", "country", "latitude", "longitude")
    records = pl.DataFrame(pl.from_arrow(customers.select(list(columns)))).with_columns(_address_hint())
    distinct = records.select(_PARTS).unique().sort(_PARTS)
    found = [_locate(*parts) for parts in distinct.iter_rows()]
    places = pl.DataFrame([vars(place) for place in found], schema=_PLACE_SCHEMA)
    placed = records.join(pl.concat([distinct, places], how="horizontal"), on=_PARTS, how="left", nulls_equal=True)
    result = _with_points(placed).select(
        "source", "record_id", "country_code", "region_code", "region_name", "city_name",
        pl.col("district").alias("district_name"), pl.lit(None, dtype=pl.String).alias("division_code"),
        "latitude", "longitude", "place_precision", "place_method",
        pl.col("codes").list.drop_nulls().list.sort().list.join(",").alias("problems"),
    )  # fmt: skip
    return conform(TABLES["geo.customer_places"], result.to_arrow())


def _address_hint() -> pl.Expr:
    """The free-text address where it may say more than the parts do: Chinese, and city or region missing."""
    address = pl.coalesce("address", "street")
    lacks = pl.col("city").is_null() | pl.col("region").is_null()
    return pl.when(address.str.contains(r"\p{Han}") & lacks).then(address).alias("address_hint")


def _locate(country: str | None, region: str | None, city: str | None, address: str | None) -> _Place:
    place = _locate_country(country)
    place = _locate_region(place, region)
    place = _locate_city(place, city)
    if address and place.country_code in (None, "CN"):
        place = _read_address(place, address)
    if place.region_code in _MUNICIPALITIES and not place.city_name:
        place = _locate_city(place, _MUNICIPALITIES[place.region_code])
    return place


def _locate_country(text: str | None) -> _Place:
    if text is None:
        return _Place()
    code = reference.country_codes().get(folded(text))
    if code:
        method = "country_code" if len(folded(text)) <= 3 and folded(text).isascii() else "country_name"
        return _Place(country_code=code, place_precision="country", place_method=method)
    code = reference.closest_country(text)
    if code:
        return _Place(country_code=code, place_precision="country", place_method="country_name_fuzzy", codes=["country:spelling"])
    return _Place(codes=["country:unknown"])


def _locate_region(place: _Place, text: str | None) -> _Place:
    if text is None:
        return place
    country, code = place.country_code, text.upper().strip()
    if code in reference.regions_by_code():
        if country in (None, code[:2]):
            return place.with_region(code, "region_code")
        return place.but("region:not_in_country", region_name=text)
    if country is None:
        unique = reference.regions_by_unique_name().get(folded(text))
        return place.with_region(unique.code, "region_name") if unique else place.but("region:unknown", region_name=text)
    if f"{country}-{code}" in reference.regions_by_code():
        return place.with_region(f"{country}-{code}", "region_code")
    named = reference.region_names(country).get(folded(text))
    if named:
        return place.with_region(named.code, "region_name")
    if reference.country_codes().get(folded(text)) == country:  # a city state repeats its own name: 香港, Singapore
        return place
    if _CODE_LIKE.fullmatch(code):  # codes that a country has given up since: French départements, counties
        return replace(
            place, region_code=f"{country}-{code}", region_name=text, place_precision="region", place_method="region_code_unlisted"
        )
    return place.but("region:unknown", region_name=text)


def _locate_city(place: _Place, text: str | None) -> _Place:
    if text is None:
        return place
    candidates = _cities_named(place.country_code, text)
    if not candidates:
        return place.but("city:unknown", city_name=text)
    in_region = _in_region(candidates, place.region_code)
    if not in_region:
        return place.but("city:not_in_region", city_name=text)
    city = _the_one_meant(in_region)
    return place.with_city(city, "city_name") if city else place.but("city:ambiguous", city_name=text)


def _cities_named(country: str | None, text: str) -> tuple[City, ...]:
    known = reference.city_names(country) if country else reference.cities_of_the_world()
    name = folded(text)
    for spelling in (name, name.removesuffix("市"), name + "市", name.removesuffix(" city"), f"{name} city"):
        if spelling in known:
            return known[spelling]
    return ()


def _in_region(cities: tuple[City, ...], region_code: str | None) -> tuple[City, ...]:
    """The cities in the region or in the region above it; all of them where the reference cannot tell."""
    region = reference.regions_by_code().get(region_code or "")
    if region is None:
        return cities
    wanted = {region.code, region.parent_code}
    can_tell = wanted & reference.regions_with_cities(region.code[:2])
    return tuple(city for city in cities if city.region_code in wanted) if can_tell else cities


def _the_one_meant(cities: tuple[City, ...]) -> City | None:
    """The largest of several cities of one name, where the next one is much smaller."""
    if len(cities) == 1 or cities[1].population < RUNNER_UP_SHARE * cities[0].population:
        return cities[0]
    return None


def _read_address(place: _Place, address: str) -> _Place:
    """Province and city at the start of a Chinese address, where the parts do not say them."""
    rest = address.strip().removeprefix("中国").strip()
    starts = [rest]
    name = next((n for n in reference.chinese_region_names() if rest.startswith(n) and not _STREET_FOLLOWS.match(rest[len(n) :])), None)
    if name:
        starts.insert(0, rest[len(name) :].strip())
        if not place.region_name:
            place = place.with_region(reference.region_names("CN")[name].code, "address_text")
    if place.city_name or place.region_code in _MUNICIPALITIES:
        return place
    for start in starts:
        city = _city_at_start(start, place.region_code)
        if city:
            return place.with_city(city, "address_text")
    return place


def _city_at_start(text: str, region_code: str | None) -> City | None:
    known = reference.city_names("CN")
    for length in range(min(_LONGEST_CHINESE_CITY, len(text)), 1, -1):
        name = text[:length]
        if not has_chinese(name) or _STREET_FOLLOWS.match(text[length:]):
            continue
        cities = known.get(name) or known.get(name.removesuffix("市")) or ()
        named = tuple(city for city in cities if name.endswith("市") or city.name == name)
        in_region = _in_region(named, region_code)
        if in_region:
            return _the_one_meant(in_region)
    return None


def _with_points(placed: pl.DataFrame) -> pl.DataFrame:
    """Given coordinates before the city's, and codes for those that cannot be right."""
    latitude, longitude = pl.col("latitude"), pl.col("longitude")
    has_both = latitude.is_not_null() & longitude.is_not_null()
    is_zero = has_both & (latitude == 0) & (longitude == 0)
    in_range = (latitude.abs() <= 90) & (longitude.abs() <= 180)
    placed = placed.with_columns(has_point=(has_both & ~is_zero & in_range).fill_null(False), is_zero=is_zero.fill_null(False))
    is_far = _far_from_city(placed)
    incomplete = latitude.is_not_null() != longitude.is_not_null()
    codes = pl.concat_list(
        pl.col("codes"),
        pl.when(incomplete).then(pl.lit("point:incomplete")),
        pl.when("is_zero").then(pl.lit("point:zero")),
        pl.when(is_far).then(pl.lit("point:far_from_city")),
    )
    return placed.with_columns(
        latitude=pl.when("has_point").then(latitude).otherwise("city_latitude"),
        longitude=pl.when("has_point").then(longitude).otherwise("city_longitude"),
        place_precision=pl.when("has_point").then(pl.lit("point")).otherwise("place_precision"),
        place_method=pl.when("has_point").then(pl.lit("given_point")).otherwise("place_method"),
        codes=codes,
    )


def _far_from_city(placed: pl.DataFrame) -> pl.Series:
    """Whether the given point is more than FAR_FROM_CITY_KM from the placed city.

    The sphere decides what is clearly near or far; the exact distance on the ellipsoid, a thousand times slower, is measured
    only where the sphere's error could matter.
    """
    points = ("latitude", "longitude", "city_latitude", "city_longitude")
    degrees = [placed[name].to_numpy().astype(float) for name in points]
    north, east, city_north, city_east = (np.radians(column) for column in degrees)
    half_chord = np.sin((city_north - north) / 2) ** 2 + np.cos(north) * np.cos(city_north) * np.sin((city_east - east) / 2) ** 2
    kilometres = 2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half_chord, 0, 1)))
    is_far = kilometres > FAR_FROM_CITY_KM
    for row in np.flatnonzero(np.abs(kilometres - FAR_FROM_CITY_KM) <= FAR_FROM_CITY_KM * _SPHERE_ERROR):
        point, city = (degrees[0][row], degrees[1][row]), (degrees[2][row], degrees[3][row])
        is_far[row] = geodesic(point, city).km > FAR_FROM_CITY_KM
    return pl.Series("is_far", is_far & placed["has_point"].to_numpy())
