"""geocoding/reference.py: the lookups and the numbers in their comments."""

from itertools import combinations

import pytest
from rapidfuzz import fuzz

from ingest.geocoding import reference


def test_folding_is_for_comparison_of_width_case_accents_and_points():
    assert reference.folded("Île-de-France") == reference.folded("ILE DE FRANCE") == "ile de france"
    assert reference.folded("ＵＳＡ") == "usa"
    assert reference.folded("Saint-Denis") == reference.folded("St. Denis")
    assert reference.folded("上海市") == "上海市"


def test_no_two_countries_are_as_close_as_the_cutoff():
    codes, names = reference.country_codes(), reference.fuzzy_country_names()
    closest = max(fuzz.ratio(a, b) for a, b in combinations(names, 2) if codes[a] != codes[b])
    assert closest < reference.COUNTRY_CUTOFF
    assert closest > reference.COUNTRY_CUTOFF - 2  # the cutoff is no stricter than it need be


@pytest.mark.parametrize(("written", "code"), [("Philipines", "PH"), ("Germny", "DE"), ("Austrialia", "AU"), ("Holand", "NL")])
def test_a_slip_in_a_countrys_name_is_forgiven(written, code):
    assert reference.closest_country(written) == code


@pytest.mark.parametrize("written", ["Niger", "Mali", "Republic of Malbi", "Wakanda", "x", "", "中囯国国国国"])
def test_short_official_and_foreign_names_are_not_guessed(written):
    assert reference.closest_country(written) is None


def test_every_code_of_the_own_tables_is_in_the_standard():
    for row in reference._rows("cn_regions.csv") + reference._rows("geonames_regions.csv"):
        assert row["region_code"] in reference.regions_by_code()
    for row in reference._rows("country_names.csv"):
        assert row["country_code"].lower() in reference.country_codes()


def test_all_regions_of_china_stand_in_the_own_table():
    own = {row["region_code"] for row in reference._rows("cn_regions.csv")}
    assert own == {code for code in reference.regions_by_code() if code.startswith("CN-")}
    assert len(own) == 34


CAPITALS = {
    "CN-ZJ": "hangzhou", "CN-SN": "西安", "CN-SX": "taiyuan", "CN-HE": "shijiazhuang", "CN-HA": "zhengzhou", "CN-SD": "jinan",
    "CA-QC": "quebec", "CA-ON": "toronto", "AU-SA": "adelaide", "AU-TAS": "hobart", "DE-BY": "munich", "DE-SH": "kiel",
    "DE-SN": "dresden", "FR-BRE": "rennes", "FR-ARA": "lyon", "FR-20R": "ajaccio", "GB-SCT": "edinburgh", "US-WA": "olympia",
}  # fmt: skip


@pytest.mark.parametrize(("region", "city"), CAPITALS.items())
def test_a_capital_lies_in_its_region(region, city):
    assert region in {found.region_code for found in reference.city_names(region[:2])[city]}


def test_a_chinese_city_bears_one_name_however_it_is_written():
    names = {reference.city_names("CN")[written][0].name for written in ("hangzhou", "杭州", "杭州市")}
    assert names == {"杭州"}
