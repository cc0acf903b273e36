"""geocoding/build_american_tables.py: its arithmetic and its choices, without its packages."""

import numpy as np
import polars as pl
import pytest

from ingest.geocoding import build_american_tables as script
from ingest.values.folding import key_of


def test_the_centre_is_that_of_the_largest_ring():
    square = np.array([[-100.0, 30.0], [-98.0, 30.0], [-98.0, 32.0], [-100.0, 32.0], [-100.0, 30.0]])
    island = np.array([[10.0, 10.0], [10.1, 10.0], [10.1, 10.1], [10.0, 10.0]])
    assert script._centre([island, square]) == (31.0, -99.0)
    assert script._centre([square[::-1]]) == (31.0, -99.0)


def test_an_arc_is_unpacked_and_turned_around():
    transform = {"scale": [0.5, 1.0], "translate": [-10.0, 20.0]}
    arc = script._unpacked([[0, 0], [2, 1], [2, 1]], transform)
    assert arc.tolist() == [[-10.0, 20.0], [-9.0, 21.0], [-8.0, 22.0]]
    assert script._ring([~0], [arc]).tolist() == arc[::-1].tolist()


def town(name, written, rank, population, latitude=30.0):
    row = {"name": name, "written": written, "rank": rank, "population": population, "latitude": latitude, "longitude": -97.0}
    return row | {"state": "TX", "county_fips": "48001", "key": key_of(written)}


def best(*rows):
    names = pl.DataFrame(list(rows))
    return {row["key"]: row for row in script._best_of_each_key(names).to_dicts()}


def test_a_towns_own_name_comes_before_a_larger_towns_other_name():
    found = best(town("Alpha", "Alpha", 0, 900), town("Beta", "Alpha", 3, 90_000, 31.0))
    assert (found["alpha"]["name"], found["alpha"]["is_shared"]) == ("Alpha", False)


def test_two_towns_of_one_name_and_size_are_shared():
    assert best(town("Alpha", "Alpha", 0, 1000), town("Alpha", "Alpha", 0, 400, 31.0))["alpha"]["is_shared"]
    assert not best(town("Alpha", "Alpha", 0, 1000), town("Alpha", "Alpha", 0, 100, 31.0))["alpha"]["is_shared"]
    assert not best(town("Alpha", "Alpha", 0, 1000), town("Alpha-Beta", "Alpha", 0, 900, 30.1))["alpha"]["is_shared"]


def test_a_large_citys_other_name_is_its_own_where_its_post_office_bears_it():
    rows = [town("Alpha City", "Alpha City", 0, 500_000), town("Alpha City", "Alpha", 3, 500_000), town("Alpha", "Alpha", 1, 0, 30.1)]
    names = script._with_cities_before_their_post_offices(pl.DataFrame(rows))
    assert script._best_of_each_key(names).filter(pl.col("key") == "alpha")["name"].to_list() == ["Alpha City"]


def spelling(key, name, *, shared=False, latitude=30.0):
    row = {"key": key, "is_shared": shared, "state": "TX", "county_fips": None, "name": name, "latitude": latitude}
    return row | {"longitude": -97.0, "population": 10}


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([spelling("alpha", "Alpha")], []),
        ([spelling("alpha", "Alpha"), spelling("alphaville", "Alpha")], ["alphaville"]),
        ([spelling("alpha", "Alpha", shared=True)], ["alpha"]),
        ([spelling("alpha", "Alpha"), spelling("alphaville", "ALPHA", latitude=31.0)], ["alpha", "alphaville"]),
    ],
    ids=["own name", "another name", "shared", "two towns of one name"],
)
def test_a_spelling_is_kept_where_the_towns_own_name_does_not_say_it(rows, kept):
    spellings = pl.DataFrame(rows, schema_overrides={"county_fips": pl.String})
    towns = spellings.select(script.TOWN).unique().sort("latitude")
    found = script._beyond_own_names(spellings, towns)
    assert found["key"].sort().to_list() == kept
