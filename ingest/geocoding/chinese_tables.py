"""The Chinese divisions as lookups: by code, by name, by postal code and by telephone area code.

Here: reading the tables cn_*.csv once, and which names stand for which divisions. Not here: building those tables
(build_chinese_tables.py), finding names in a text (chinese_text.py), choosing between divisions (chinese_chains.py).
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ingest.geocoding.chinese_latin import CLOSE, OPEN, latin_names
from ingest.geocoding.chinese_names import stem_of

_TABLES = Path(__file__).parent / "tables"
_REGIONS = _TABLES / "world_china_regions.csv"
MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})  # 直辖市: province and city at once
# Names in use that no table has.
_OTHER_NAMES = {
    "内蒙": "150000", "内蒙古省": "150000", "广西省": "450000", "宁夏省": "640000", "新疆省": "650000", "西藏省": "540000",
    "香港": "810000", "澳门": "820000", "澳门市": "820000", "香港市": "810000", "浦东区": "310115", "滨海区": "120116",
    "光明新区": "440311", "龙华新区": "440309", "坪山新区": "440310", "阜蒙县": "210921", "喀左县": "211324", "前郭县": "220721",
}  # fmt: skip
# What begins like a division and is another place: 杭州湾新区 lies in 宁波.
NOT_PLACES = (
    "杭州湾",
    "深圳湾",
    "台州湾",
    "中国",
    "中华人民共和国",
    "东方红",
    "白云山",
    "新安江",
    "钱塘江",
    "富春江",
    "河南岸",
    "江南大道",
)


@dataclass(frozen=True, slots=True)
class Division:
    """One division in force. `parent` is the code of the division above it, empty for a province."""

    code: str
    name: str
    level: str
    parent: str
    short_name: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Sense:
    """One division that a name may mean. `kind`: full, short, former, former_short; loose: 阿克苏市 for its prefecture."""

    code: str
    kind: str


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=1)
def divisions() -> dict[str, Division]:
    """Every division in force by its code."""
    return {
        row["division_code"]: Division(
            row["division_code"],
            row["name"],
            row["level"],
            row["parent_code"],
            row["short_name"],
            float(row["latitude"]),
            float(row["longitude"]),
        )
        for row in _rows(_TABLES / "cn_divisions.csv")
    }


@lru_cache(maxsize=1)
def regions() -> dict[str, tuple[str, str]]:
    """Province code -> ISO 3166-2 code and full name."""
    by_name = {row["short_name"]: (row["region_code"], row["full_name"]) for row in _rows(_REGIONS)}
    return {code: by_name[division.short_name] for code, division in divisions().items() if division.level == "province"}


@lru_cache(maxsize=1)
def former_codes() -> dict[str, str]:
    """Code no longer in force -> the code that took its place."""
    return {row["former_code"]: row["division_code"] for row in _rows(_TABLES / "cn_former.csv") if row["former_code"] not in divisions()}


@lru_cache(maxsize=1)
def area_code_cities() -> dict[str, tuple[str, ...]]:
    """Telephone area code with its 0 -> the cities that share it."""
    known: dict[str, tuple[str, ...]] = {}
    for row in _rows(_TABLES / "cn_area_codes.csv"):
        known[row["area_code"]] = (*known.get(row["area_code"], ()), row["division_code"])
    return known


@lru_cache(maxsize=1)
def postal_divisions() -> dict[str, str]:
    """Postal code prefix of two to four digits -> the city or province that all codes under it share."""
    return {row["postal_prefix"]: row["division_code"] for row in _rows(_TABLES / "cn_postal.csv")}


@lru_cache(maxsize=20_000)
def lineage(code: str) -> tuple[str, ...]:
    """The division and everything above it, the division first."""
    above = [code]
    while divisions()[above[-1]].parent:
        above.append(divisions()[above[-1]].parent)
    return tuple(above)


def shared_division(codes: list[str]) -> str | None:
    """The deepest division that all of these are or lie in; None where they share no province."""
    first = lineage(codes[0])
    others = [set(lineage(code)) for code in codes[1:]]
    return next((code for code in first if all(code in other for other in others)), None)


@lru_cache(maxsize=5_000)
def current_code(code: str) -> str | None:
    """The division in force for six digits of any year: itself, its successor, its city or its province; None for no place in China."""
    for candidate in (code, f"{code[:4]}00", f"{code[:2]}0000"):
        if candidate in divisions():
            return candidate
        if candidate in former_codes():
            return former_codes()[candidate]
    return None


@lru_cache(maxsize=1)
def senses() -> dict[str, tuple[Sense, ...]]:
    """Every name of a division, full, short and former, and what it may mean; NOT_PLACES mean nothing."""
    known: dict[str, dict[str, Sense]] = {}

    def add(name: str, code: str, kind: str) -> None:
        if len(name) > 1:
            known.setdefault(name, {}).setdefault(code, Sense(code, kind))

    for code, division in sorted(divisions().items()):
        add(division.name, code, "full")
        for name in _usual_forms(division):
            add(name, code, "full")
        if division.name.startswith("市"):  # 青岛市北区 is 青岛 and 市北区, not 青岛市 and 北区
            add(divisions()[division.parent].short_name + division.name, code, "full")
        if division.level == "district" and division.name.endswith("市") and division.short_name == divisions()[division.parent].short_name:
            add(division.name, division.parent, "loose")
    for name, code in _OTHER_NAMES.items():
        add(name, code, "full")
    for code, division in sorted(divisions().items()):
        add(division.short_name, code, "short")
    for row in _rows(_TABLES / "cn_former.csv"):
        add(row["former_name"], row["division_code"], "former")
        level = "city" if row["former_code"].endswith("00") else "district"
        add(stem_of(row["former_name"], level), row["division_code"], "former_short")
    for (name, code), is_full in sorted(
        latin_names({code: (one.name, one.short_name, one.level) for code, one in divisions().items()}).items()
    ):
        add(name, code, "full" if is_full else "short")
    for code, (region_code, _) in sorted(regions().items()):
        add(f"{OPEN}{region_code.lower().replace('-', '')}{CLOSE}", code, "full")
    return {name: tuple(found.values()) for name, found in known.items()} | dict.fromkeys(NOT_PLACES, ())


def _usual_forms(division: Division) -> list[str]:
    """Forms between the full name and the short one: 延边州, 金秀县, 喀什市 for the prefecture's seat is another division."""
    name, stem = division.name, division.short_name
    if stem == name:
        return []
    for long, usual in (("自治州", "州"), ("自治县", "县"), ("自治旗", "旗"), ("特别行政区", "特区")):
        if name.endswith(long):
            return [stem + usual, stem + long]
    return []


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """All names, longest first, so that the leftmost and longest is found; the place in this order is the name's number."""
    return tuple(sorted(senses(), key=lambda name: (-len(name), name)))
