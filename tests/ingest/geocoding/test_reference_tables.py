"""geocoding/reference_tables.py: the tables of places are small, sorted and complete."""

import polars as pl
import pytest

from ingest.cleaning.countries import country_keys
from ingest.geocoding.reference_tables import TABLES, american_towns, cities_of_the_world, read_table
from ingest.values.folding import key_of

KEYS = {
    "us_zip.parquet": ["zip"],
    "us_counties.csv": ["county_fips"],
    "us_states.csv": ["state"],
    "us_city_names.parquet": ["town", "key"],
    "world_countries.csv": ["country_code"],
    "world_regions.csv": ["region_code"],
    "world_region_names.parquet": ["country_code", "key"],
    "world_city_names.parquet": ["town", "key"],
}


@pytest.mark.parametrize("name", KEYS)
def test_a_table_is_sorted_and_holds_one_row_for_each_thing(name):
    table = read_table(name).select(KEYS[name])
    assert table.equals(table.unique().sort(KEYS[name]))


def test_no_town_stands_twice_in_its_table():
    for name in ("us_cities.parquet", "world_cities.parquet"):
        assert not read_table(name).is_duplicated().any(), name


def test_no_table_reaches_a_megabyte():
    # 2026-11-22: 3.8 MB together, the largest 0.9; before towns and their spellings were parted 6.7 and 2.1.
    sizes = [path.stat().st_size for path in TABLES.iterdir()]
    assert max(sizes) < 1_000_000
    assert sum(sizes) < 4_000_000


def test_a_spelling_means_one_town_in_its_state():
    towns = american_towns()
    assert not towns.select("state", "key").is_duplicated().any()
    assert towns["key"].null_count() == 0
    assert towns.height > 130_000


def test_every_town_is_known_by_its_own_name_and_once_by_each_spelling():
    cities = cities_of_the_world()
    assert not cities.select("town", "key").is_duplicated().any()
    assert cities.filter("is_own")["town"].n_unique() == read_table("world_cities.parquet").height
    assert cities.filter(pl.col("key") == key_of("Köln"))["country_code"].to_list() == ["DE"]


def test_degrees_are_the_nearest_number_of_four_digits():
    for degrees in (american_towns()["latitude"], cities_of_the_world()["longitude"], read_table("us_zip.parquet")["latitude"]):
        some = degrees.drop_nulls().head(2000)
        assert some.to_list() == [float(f"{value:.4f}") for value in some]


CAPITALS = {
    "CA-QC": "quebec",
    "CA-ON": "toronto",
    "AU-SA": "adelaide",
    "AU-TAS": "hobart",
    "DE-BY": "munich",
    "DE-SH": "kiel",
    "DE-SN": "dresden",
    "FR-BRE": "rennes",
    "FR-ARA": "lyon",
    "FR-20R": "ajaccio",
    "GB-SCT": "edinburgh",
    "US-WA": "olympia",
    "JP-13": "tokyo",
    "IN-MH": "mumbai",
    "BR-SP": "saopaulo",
    "CN-ZJ": "hangzhou",
    "CN-SN": "西安",
}


@pytest.mark.parametrize(("region", "city"), CAPITALS.items())
def test_a_capital_lies_in_its_region(region, city):
    assert region in set(cities_of_the_world().filter(pl.col("key") == city)["region_code"])


def test_all_of_chinas_provinces_are_there():
    assert read_table("world_china_regions.csv").height == 34


def test_the_spellings_of_countries_kept_by_hand_are_in_cleanings_table():
    known = country_keys()
    for row in read_table("world_country_spellings.csv").iter_rows(named=True):
        assert known[key_of(row["name"])] == row["country_code"], row
