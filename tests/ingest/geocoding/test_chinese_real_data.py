"""Chinese places on real data, where it is present: registered companies and addresses labelled by hand."""

import csv
from pathlib import Path

import pytest

from benchmarks import places_truth
from ingest.geocoding.chinese import place_chinese

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
JUDGED = list(csv.DictReader((ROOT / "tests" / "cases" / "cn_ambiguous.csv").read_text("utf-8").splitlines()))


@pytest.fixture(scope="module", autouse=True)
def _real_data():
    if not (DATA / "cn_registry").exists():
        pytest.skip("the real data is not here")


def test_registered_companies_are_in_their_province_and_city():
    figures = places_truth.registry(DATA, place_chinese)
    assert figures["province_right"] >= 0.995
    assert figures["city_right"] >= 0.98


@pytest.mark.parametrize("part", ["dev", "train"])
def test_labelled_provinces_cities_and_districts_are_found(part):
    figures = places_truth.labelled(DATA, place_chinese, part)
    assert min(figures[f"{tag}_f1"] for tag in ("prov", "city", "district")) >= 0.95


def test_what_the_names_of_divisions_leave_open_is_left_open():
    figures = places_truth.ambiguous(DATA, place_chinese, "by_names_code")
    assert figures["rows"] == len(JUDGED) == 200
    assert figures["right"] >= 0.95
    assert figures["too_deep"] + figures["wrong"] <= 0.02
