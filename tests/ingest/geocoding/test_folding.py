"""geocoding/folding.py: keys of names, and the tables beside it."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.geocoding.folding import TABLES, fold, folded, key_of, read_table, simplified


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Île-de-France", "ILE DE FRANCE"),
        ("ＵＳＡ", "U.S.A."),
        ("Saint-Denis", "St. Denis"),
        ("Straße", "STRASSE"),
        ("Ho Chi Minh", "HồChíMinh"),
        ("O'Fallon", "OFallon"),
        ("Trinidad & Tobago", "Trinidad and Tobago"),
        ("North Saint Paul", "N. St. Paul"),
        ("Aus\u200btin", "Austin"),
    ],
)
def test_spellings_of_one_name_have_one_key(one, other):
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize("text", ["", "  ", "...", "😀", "\u200b", "-,-"])
def test_what_holds_no_letter_has_no_key(text):
    assert key_of(text) is None


def test_parts_of_an_address_stay_parted():
    found = pl.DataFrame({"text": ["1 Main St.;\nAustin,, TX  78701-1234", "上海市，浦东"]}).select(fold(pl.col("text"))).to_series()
    assert found.to_list() == ["1 main st,austin,tx 78701 1234", "上海市,浦东"]


def test_traditional_characters_become_simplified():
    assert simplified(pl.Series(["東京", "Tokyo", None, "東京"])).to_list() == ["东京", "Tokyo", None, "东京"]


@given(st.lists(st.none() | st.text(max_size=12), max_size=6))
def test_the_short_way_for_ascii_gives_the_same_as_the_long_one(texts):
    series = pl.Series("text", texts, dtype=pl.String)
    assert folded(series).to_list() == series.to_frame().select(fold(pl.col("text"))).to_series().to_list()


def test_every_table_says_where_it_comes_from():
    origins = pl.read_csv(TABLES / "ORIGIN.csv", infer_schema=False)
    tables = {path.name for path in TABLES.iterdir() if path.name.startswith(("us_", "world_"))}
    assert tables <= set(origins["table"])
    assert origins.filter(pl.col("table").is_in(tables)).select("package", "licence", "built", "taken").null_count().row(0) == (0, 0, 0, 0)


def test_tables_are_small_sorted_and_hold_one_row_for_each_thing():
    keys = {
        "us_zip.parquet": ["zip"],
        "us_counties.csv": ["county_fips"],
        "us_cities.parquet": ["state", "key"],
        "us_states.csv": ["state"],
        "world_countries.csv": ["country_code"],
        "world_country_names.csv": ["key"],
        "world_regions.csv": ["region_code"],
        "world_region_names.parquet": ["country_code", "key"],
        "world_cities.parquet": ["geoname_id"],
        "world_city_names.parquet": ["key", "geoname_id"],
    }
    for name, key in keys.items():
        table = read_table(name).select(key)
        assert table.equals(table.unique().sort(key)), name
    assert sum(path.stat().st_size for path in TABLES.iterdir() if path.name.startswith(("us_", "world_"))) < 8_000_000


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
    named = read_table("world_city_names.parquet").filter(pl.col("key") == city).join(read_table("world_cities.parquet"), on="geoname_id")
    assert region in set(named["region_code"])


def test_the_spellings_and_regions_kept_before_are_kept():
    names = dict(read_table("world_country_names.csv").select("key", "country_code").iter_rows())
    for row in read_table("world_country_spellings.csv").iter_rows(named=True):
        assert names[key_of(row["name"])] == row["country_code"], row
    assert read_table("world_china_regions.csv").height == 34
