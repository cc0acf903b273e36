"""The same places as plain pandas: one function called for each row over dictionaries of the same reference tables.

Here: what somebody would write first who has the tables: find names by searching the text, the longest first; look ZIPs, states and
towns up; take what the row says as it is. No names found twice, no doubts, no codes: less is done than in ingest/geocoding.
Not here: the measuring (places.py), the truth (places_truth.py).
"""

import re
import unicodedata
from functools import cache
from pathlib import Path

import h3
import pandas as pd
import polars as pl

import ingest.cleaning
import ingest.geocoding

TABLES = Path(ingest.geocoding.__file__).parent / "tables"
COUNTRY_NAMES = Path(ingest.cleaning.__file__).parent / "country_names.csv"
COLUMNS = (
    "country_code", "region_code", "region_name", "city_name", "district_name", "division_code", "latitude", "longitude",
    "place_precision", "h3_cell_5", "h3_cell_7",
)  # fmt: skip
IN_PARQUET = 10_000  # degrees are held there as whole numbers
LEVELS = ("province", "city", "district")
WRITTEN = ("region", "city", "district", "address", "street")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
AMERICAN_LINE = re.compile(r"([^,]+),\s*([A-Za-z]{2})\.?,?\s+(\d{5})(?:-\d{4})?(?:,?\s*(?:USA|US|United States))?\s*$")


def key(text: str) -> str:
    """Letters and digits alone, in lower case and without accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).lower() if letter.isalnum())


def read(name: str) -> pd.DataFrame:
    """A reference table as text, degrees as numbers."""
    table = pd.read_parquet(TABLES / name) if name.endswith("parquet") else pd.read_csv(TABLES / name, dtype=str, keep_default_na=False)
    for column in ("latitude", "longitude"):
        if column in table.columns:
            table[column] = pd.to_numeric(table[column]) / (IN_PARQUET if name.endswith("parquet") else 1)
    return table


@cache
def chinese() -> dict:
    """Divisions by code, per level their names with the code, longest first, and the codes that are no longer in force."""
    table, former = read("cn_divisions.csv"), read("cn_former.csv")
    divisions = {row["division_code"]: row for row in table.to_dict("records")}
    names: dict[str, list[tuple[str, str]]] = {level: [] for level in LEVELS}
    for code, row in divisions.items():
        for name in {row["name"], row["short_name"]} if row["level"] != "district" else {row["name"]}:
            names[row["level"]].append((name, code))
    for row in former.to_dict("records"):
        names[divisions[row["division_code"]]["level"]].append((row["former_name"], row["division_code"]))
    regions = read("world_china_regions.csv").set_index("short_name")
    return {
        "divisions": divisions,
        "names": {level: sorted(found, key=lambda one: (-len(one[0]), one)) for level, found in names.items()},
        "former": dict(zip(former["former_code"], former["division_code"], strict=True)),
        "regions": {
            code: tuple(regions.loc[row["short_name"], ["region_code", "full_name"]])
            for code, row in divisions.items() if row["level"] == "province"
        },
    }  # fmt: skip


@cache
def american() -> dict:
    """ZIPs, towns by state and key, states by key and by letters, counties."""
    states = read("us_states.csv")
    by_key = {}
    for row in states.to_dict("records"):
        for name in (row["state"], row["name"], *row["other_names"].split("|"), *row["chinese_names"].split("|")):
            by_key.setdefault(key(name), row["state"])
    by_key.pop("", None)
    return {
        "zips": {row["zip"]: row for row in read("us_zip.parquet").to_dict("records")},
        "towns": {(row["state"], key(row["name"])): row for row in read("us_cities.parquet").to_dict("records")},
        "by_key": by_key,
        "states": {row["state"]: row for row in states.to_dict("records")},
        "counties": {row["county_fips"]: row["name"] for row in read("us_counties.csv").to_dict("records")},
    }


@cache
def world() -> dict:
    """Countries by key, regions by country and key, towns by country and key, the largest of a name."""
    regions, towns = read("world_regions.csv"), read("world_cities.parquet").sort_values("population")
    names = read("world_region_names.parquet")
    countries = pd.read_csv(COUNTRY_NAMES, dtype=str, keep_default_na=False)
    return {
        "countries": {key(row["name"]): row["country_code"] for row in countries.to_dict("records")},
        "centres": {row["country_code"]: row for row in read("world_countries.csv").to_dict("records")},
        "regions": {row["region_code"]: row for row in regions.to_dict("records")},
        "region_keys": {(row["country_code"], row["key"]): row["region_code"] for row in names.to_dict("records")},
        "towns": {(row["country_code"], key(row["name"])): row for row in towns.to_dict("records")},
    }


def place_row(row: pd.Series) -> tuple:
    """COLUMNS of one row."""
    parts = {name: value.strip() for name, value in row.items() if isinstance(value, str) and value.strip()}
    country = country_of(parts)
    if country == "CN":
        return finished(place_chinese(parts))
    if country == "US":
        return finished(place_american(parts))
    return finished(place_world(parts, country)) if country else (None,) * 8 + ("none", None, None)


def country_of(parts: dict[str, str]) -> str | None:
    if "country" in parts:
        return world()["countries"].get(key(parts["country"]))
    text = " ".join(parts.get(name, "") for name in WRITTEN)
    if CHINESE.search(text):
        return "CN"
    if AMERICAN_LINE.search(text) or key(parts.get("region", "")) in american()["by_key"] or parts.get("postal_code", "")[:5].isdigit():
        return "US"
    return "CN" if "credit_code" in parts else None


def place_chinese(parts: dict[str, str]) -> dict:
    """Down from the province: the first name found in the text whose division lies in what was found before."""
    tables = chinese()
    text, found = "".join(parts.get(name, "") for name in WRITTEN), None
    for level in LEVELS:
        for name, code in tables["names"][level]:
            if name in text and (found is None or found in above(code)):
                found = code
                break
    if found is None and "credit_code" in parts:
        code = parts["credit_code"][2:8]
        found = code if code in tables["divisions"] else tables["former"].get(code)
    if found is None:
        return {"country_code": "CN", "place_precision": "country"}
    line = [tables["divisions"][code] for code in above(found)]
    levels = {one["level"]: one["name"] for one in line}
    region_code, region_name = tables["regions"][line[-1]["division_code"]]
    if line[-1]["name"].endswith("市"):
        levels["city"] = line[-1]["name"]
    precision = "district" if "district" in levels else "city" if "city" in levels else "region"
    return {
        "country_code": "CN", "region_code": region_code, "region_name": region_name, "city_name": levels.get("city"),
        "district_name": levels.get("district"), "division_code": found, "latitude": line[0]["latitude"], "longitude": line[0]["longitude"],
        "place_precision": precision,
    }  # fmt: skip


def above(code: str) -> list[str]:
    line = [code]
    while parent := chinese()["divisions"][line[-1]]["parent_code"]:
        line.append(parent)
    return line


def place_american(parts: dict[str, str]) -> dict:
    """The ZIP, else the town in the state, else the state."""
    tables = american()
    city, state, code = parts.get("city", ""), tables["by_key"].get(key(parts.get("region", ""))), parts.get("postal_code", "")[:5]
    if not (city or state or code) and (end := AMERICAN_LINE.search(parts.get("address", parts.get("street", "")))):
        city, state, code = end[1], tables["by_key"].get(key(end[2])), end[3]
    found = tables["zips"].get(code.zfill(5)) if code else None
    precision, name = "postal_code", found["city"] if found else None
    if found is None:
        found, precision = tables["towns"].get((state, key(city))), "city"
        name = found["name"] if found else None
    if found is None:
        region = world()["regions"].get(tables["states"].get(state, {}).get("region_code"))
        if region is None:
            return {"country_code": "US", "place_precision": "country"}
        return {"country_code": "US", "region_code": region["region_code"], "region_name": region["name"], "city_name": city or None,
                "latitude": region["latitude"], "longitude": region["longitude"], "place_precision": "region"}  # fmt: skip
    where = tables["states"][found["state"]]
    return {
        "country_code": "US", "region_code": where["region_code"], "region_name": where["name"], "city_name": city or name,
        "district_name": tables["counties"].get(found["county_fips"]), "division_code": found["county_fips"], "latitude": found["latitude"],
        "longitude": found["longitude"], "place_precision": precision,
    }  # fmt: skip


def place_world(parts: dict[str, str], country: str) -> dict:
    """The town, and the region as written or else the town's."""
    tables = world()
    town = tables["towns"].get((country, key(parts.get("city", ""))))
    code = tables["region_keys"].get((country, key(parts.get("region", "")))) or (town["region_code"] if town else None)
    region = tables["regions"].get(code)
    centre = town or region or tables["centres"].get(country)
    return {
        "country_code": country, "region_code": code, "region_name": region["name"] if region else None,
        "city_name": town["name"] if town else None, "latitude": centre["latitude"] if centre else None,
        "longitude": centre["longitude"] if centre else None, "place_precision": "city" if town else "region" if region else "country",
    }  # fmt: skip


def finished(place: dict) -> tuple:
    """COLUMNS, with the cells of the map."""
    if place.get("latitude") is not None and place["place_precision"] not in ("region", "country"):
        fine = h3.latlng_to_cell(place["latitude"], place["longitude"], 7)
        place |= {"h3_cell_7": fine, "h3_cell_5": h3.cell_to_parent(fine, 5)}
    return tuple(place.get(name) for name in COLUMNS)


def place_table(rows: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS of each row."""
    return pd.DataFrame(rows.apply(place_row, axis=1).tolist(), columns=COLUMNS, index=rows.index)


def place(parts: pl.DataFrame) -> pl.DataFrame:
    """`place_table` for a frame of Polars, for the same judges."""
    placed = place_table(pd.DataFrame({name: parts[name].to_list() for name in parts.columns}))
    return pl.DataFrame({name: placed[name].astype(object).where(placed[name].notna(), None).tolist() for name in COLUMNS})
