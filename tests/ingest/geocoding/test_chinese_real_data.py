"""Chinese places on real data, where it is present: registered companies and addresses labelled by hand."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def places_cn():
    if not (DATA / "cn_registry").exists():
        pytest.skip("the real data is not here")
    spec = importlib.util.spec_from_file_location("places_cn", ROOT / "benchmarks" / "places_cn.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_registered_companies_are_in_their_province_and_city(places_cn):
    figures = places_cn.registry(DATA)
    assert figures["address_and_code:province_right_of_all"] >= 0.995
    assert figures["address_and_code:city_right_of_all"] >= 0.98
    assert figures["address:province_right_of_found"] >= 0.995
    assert figures["address:city_right_of_found"] >= 0.98


@pytest.mark.parametrize("part", ["dev", "train"])
def test_labelled_provinces_cities_and_districts_are_found(places_cn, part):
    figures = places_cn.labelled(DATA, part)
    assert min(figures[f"{tag}:f1"] for tag in ("prov", "city", "district")) >= 0.95
