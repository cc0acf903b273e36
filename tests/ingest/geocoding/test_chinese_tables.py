"""The Chinese reference tables as they are committed, and the lookups over them."""

import csv
import re
from pathlib import Path

import pytest

from ingest.geocoding import chinese_tables
from ingest.geocoding.chinese_tables import (
    area_code_cities,
    current_code,
    divisions,
    former_codes,
    lineage,
    postal_divisions,
    regions,
    senses,
    shared_division,
)
from ingest.geocoding.reference_tables import TABLES

CHINESE_TABLES = ("cn_divisions.csv", "cn_dissolved.csv", "cn_former.csv", "cn_area_codes.csv", "cn_postal.csv")


def table_rows(name):
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_are_34_provinces_and_each_has_an_iso_code():
    provinces = [code for code, division in divisions().items() if division.level == "province"]
    assert len(provinces) == 34
    assert set(provinces) == set(regions())
    assert len({code for code, _ in regions().values()}) == 34


def test_there_are_as_many_cities_and_districts_as_the_country_has():
    levels = [division.level for division in divisions().values() if division.code < "71"]
    assert 333 + 4 + 25 <= levels.count("city") <= 375  # prefectures, municipalities, and divisions directly under a province
    assert 2800 <= levels.count("district") <= 2860


def test_every_division_lies_in_one_above_it():
    for division in divisions().values():
        above = [divisions()[code].level for code in lineage(division.code)]
        assert above in (["province"], ["city", "province"], ["district", "city", "province"])
        assert lineage(division.code)[-1][:2] == division.code[:2]


def test_a_centre_lies_within_some_300_km_of_its_citys_except_in_the_wide_north_and_west():
    for division in divisions().values():
        if division.level == "district" and division.code[:2] not in {"15", "46", "50", "51", "54", "62", "63", "65", "23"}:
            city = divisions()[division.parent]
            assert abs(division.latitude - city.latitude) < 2.5, division
            assert abs(division.longitude - city.longitude) < 3.2, division


def test_every_former_division_has_a_successor_in_force_in_its_own_province():
    for row in table_rows("cn_former.csv"):
        assert row["division_code"] in divisions(), row
        assert row["division_code"][:2] == row["former_code"][:2] or row["former_code"].startswith("51"), row  # 重庆 was part of 四川


@pytest.mark.parametrize("name", CHINESE_TABLES)
def test_a_table_is_sorted_without_repetitions_and_its_origin_is_recorded(name):
    text = (TABLES / name).read_bytes().decode("utf-8")
    lines = text.split("\n")
    assert "\r" not in text
    assert lines[-1] == ""
    assert lines[1:-1] == sorted(set(lines[1:-1]))
    assert len(lines) < 10_000
    origins = [row for row in table_rows("ORIGIN.csv") if row["table"] == name]
    assert origins
    for origin in origins:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", origin["built"])
        assert origin["licence"] in {"MIT", "BSD", "Apache-2.0"}


def test_codes_of_postal_and_telephone_tables_are_in_force():
    assert set(postal_divisions().values()) <= set(divisions())
    assert {code for codes in area_code_cities().values() for code in codes} <= set(divisions())
    assert area_code_cities()["0571"] == ("330100",)
    assert [postal_divisions()[prefix] for prefix in ("10", "201", "518")] == ["110100", "310100", "440300"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("闸北区", "310106"),
        ("南汇区", "310115"),
        ("崇文区", "110101"),
        ("宣武区", "110102"),
        ("襄樊市", "420600"),
        ("莱芜市", "370100"),
        ("绍兴县", "330603"),
    ],
)
def test_a_former_name_means_its_successor(name, code):
    assert code in {sense.code for sense in senses()[name]}


def test_a_code_of_any_year_leads_to_a_division_in_force():
    assert {current_code(code) for code in former_codes()} <= set(divisions())
    assert current_code("330106") == "330106"
    assert current_code("339999") == "330000"
    assert current_code("99") is None


def test_what_several_divisions_share_is_the_deepest_that_contains_all():
    assert shared_division(["330106", "330108"]) == "330100"
    assert shared_division(["330106", "330200"]) == "330000"
    assert shared_division(["330106", "330100"]) == "330100"
    assert shared_division(["330106", "310106"]) is None


def test_names_are_tried_longest_first():
    found = chinese_tables.names()
    assert [len(name) for name in found] == sorted((len(name) for name in found), reverse=True)
    assert Path(chinese_tables.__file__).parent == TABLES.parent
