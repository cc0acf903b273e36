"""geocoding/chinese.py against tests/cases/cn_addresses.csv, codes of any year, and what must hold for any text."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.credit_codes import check_character
from ingest.geocoding.chinese import INPUT, area_codes, division_of_code, place_chinese
from ingest.geocoding.chinese_tables import divisions, names
from ingest.geocoding.place_table import PLACE_SCHEMA

CASES = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "cn_addresses.csv").read_text("utf-8").splitlines()))
PRECISIONS = {"district", "city", "region", "none"}
METHODS = {"parts", "address_text", "credit_code", "postal_code", "phone", "none"}
CODES = {
    "region:unknown", "city:unknown", "district:unknown", "region:ambiguous", "city:ambiguous", "district:ambiguous", "district:several",
    "region:contradicts_city", "city:contradicts_district", "district:contradicts_city", "postal_code:contradicts_credit_code",
    "phone:contradicts_credit_code", "phone:contradicts_postal_code",
}  # fmt: skip


def placed_china(*rows):
    schema = dict.fromkeys(INPUT, pl.String)
    return place_chinese(pl.DataFrame([{name: row.get(name) for name in INPUT} for row in rows], schema=schema)).to_dicts()


def made_up_credit_code(division):
    first = f"91{division}MA0BAJ001"
    return first + check_character(first)


def found_names(place):
    return place["region_name"], place["city_name"], place["district_name"], place["division_code"]


@pytest.fixture(scope="module")
def places_of_cases():
    return placed_china(*({name: case.get(name) or None for name in INPUT} for case in CASES))


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(filter(None, list(case.values())[:7])))
def test_a_chinese_address_is_placed_as_people_read_it(case, places_of_cases):
    found = places_of_cases[CASES.index(case)]
    expected = {name: case[name] or None for name in ("region_code", "city_name", "district_name")}
    assert {name: found[name] for name in expected} == expected
    assert (found["place_precision"], ",".join(found["codes"])) == (case["precision"], case["codes"])


def test_the_cases_are_of_every_strength_and_many():
    assert {case["strength"] for case in CASES} == {"STRONG", "MEDIUM", "WEAK"}
    assert len(CASES) >= 120


def test_cases_placed_together_are_placed_as_each_alone_whatever_the_order():
    rows = [{name: case.get(name) or None for name in INPUT} for case in CASES]
    together = placed_china(*rows)
    assert placed_china(*reversed(rows)) == list(reversed(together))
    assert [placed_china(row)[0] for row in rows[::9]] == together[::9]


def test_the_method_names_what_decided():
    written, parts, both, by_post, by_code, all_three = placed_china(
        {"address": "杭州市西湖区听雨路1号"},
        {"city": "杭州市", "district": "西湖区"},
        {"city": "杭州市", "address": "西湖区听雨路1号"},
        {"address": "朝阳区听雨路1号", "postal_code": "100020"},
        {"credit_code": made_up_credit_code("330106")},
        {"credit_code": made_up_credit_code("330106"), "postal_code": "310012", "phone": "0571-55550123"},
    )
    assert [place["place_method"] for place in (written, parts, both)] == ["address_text", "parts", "parts+address_text"]
    assert by_post["place_method"] == "address_text+postal_code"
    assert [place["place_method"] for place in (by_code, all_three)] == ["credit_code", "credit_code+postal_code+phone"]


def test_a_telephone_elsewhere_than_the_credit_code_is_said():
    (found,) = placed_china({"credit_code": made_up_credit_code("330106"), "phone": "021-55550123"})
    assert (found["city_name"], found["codes"]) == ("杭州市", ["phone:contradicts_credit_code"])


def test_a_written_place_is_not_changed_by_the_telephone():
    (found,) = placed_china({"address": "杭州市西湖区听雨路1号", "phone": "021-55550123", "credit_code": made_up_credit_code("310106")})
    assert found_names(found) == ("浙江省", "杭州市", "西湖区", "330106")


def test_a_part_that_gave_no_place_keeps_its_words_and_one_code_says_why():
    unknown, elsewhere, contradicted = placed_china(
        {"region": "浙江省", "city": "星屿市"}, {"city": "杭州市", "district": "徐汇区"}, {"region": "江苏省", "city": "杭州市"}
    )
    assert (unknown["city_name"], unknown["codes"], unknown["place_precision"]) == ("星屿市", ["city:unknown"], "region")
    assert (elsewhere["district_name"], elsewhere["codes"], elsewhere["division_code"]) == (
        "徐汇区",
        ["district:contradicts_city"],
        "330100",
    )
    assert (contradicted["city_name"], contradicted["codes"], contradicted["division_code"]) == (
        "杭州市",
        ["region:contradicts_city"],
        "320000",
    )


def test_the_point_is_the_centre_of_what_is_certain():
    district, city, region = placed_china({"address": "杭州市西湖区"}, {"address": "杭州市"}, {"address": "浙江省"})
    assert (district["latitude"], district["longitude"]) == (divisions()["330106"].latitude, divisions()["330106"].longitude)
    assert city["latitude"] == divisions()["330100"].latitude
    assert region["latitude"] == divisions()["330000"].latitude


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("330106", ("浙江省", "杭州市", "西湖区", "330106")),
        ("310108", ("上海市", "上海市", "静安区", "310106")),  # 闸北区 until 2015
        ("310000", ("上海市", "上海市", None, "310000")),
        ("310141", ("上海市", "上海市", None, "310000")),  # the free trade zone's registry
        ("320594", ("江苏省", "苏州市", None, "320500")),  # 苏州工业园区's registry
        ("441900", ("广东省", "东莞市", None, "441900")),
        ("429004", ("湖北省", "仙桃市", "仙桃市", "429004")),
        ("420600", ("湖北省", "襄阳市", None, "420600")),
        ("710000", ("台湾省", None, None, "710000")),
        ("500234", ("重庆市", "重庆市", "开州区", "500154")),
    ],
)
def test_a_division_code_of_any_year_has_names(code, expected):
    found = division_of_code(code)
    assert (found.region_name, found.city_name, found.district_name, found.division_code) == expected


@pytest.mark.parametrize("code", [None, "", "9", "990000", "000000", "ABCDEF"])
def test_what_is_no_division_code_has_no_names(code):
    assert division_of_code(code) is None


@pytest.mark.parametrize(
    ("phone", "area_code"),
    [
        ("0571-55550123", "0571"), ("(010) 5555 0123", "010"), ("+86 21 5555 0123", "021"),
        ("0086-755-55550123", "0755"), ("86 0571 55550123", "0571"),
        ("13955550123", None), ("+86 139 5555 0123", None),
        ("55550123", None), ("+1 212 555 0123", None), ("0999955550123", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_an_area_code_is_read_from_fixed_lines_of_the_mainland_only(phone, area_code):
    assert area_codes(pl.Series([phone], dtype=pl.String)).to_list() == [area_code]


def test_no_rows_give_no_rows_and_missing_columns_count_as_null():
    assert place_chinese(pl.DataFrame(schema={"address": pl.String})).schema == PLACE_SCHEMA
    assert place_chinese(pl.DataFrame({"city": ["杭州"]})).to_dicts()[0]["city_name"] == "杭州市"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("杭州市西湖区听雨路" + "一" * 10_000, ("浙江省", "杭州市", "西湖区", "330106")),
        ("一" * 10_000 + "杭州市", (None, None, None, None)),  # nobody's address begins there
        ("杭州市\x00西湖区\x1f听雨路", ("浙江省", "杭州市", "西湖区", "330106")),
        ("杭州市|西湖区|听雨路", ("浙江省", "杭州市", "西湖区", "330106")),
        ("\U000f0001\ue002杭州市\ue003西湖区", ("浙江省", "杭州市", "西湖区", "330106")),  # characters that a signature is written in
        ("HangZhou 杭州市 Xihu 西湖区", ("浙江省", "杭州市", "西湖区", "330106")),
        ("😀" * 300, (None, None, None, None)),
        ("３３０１０６", (None, None, None, None)),
        ("מרחוב 1", (None, None, None, None)),
        ("<><>|||###~~··", (None, None, None, None)),
    ],
    ids=["long", "late", "control", "bars", "private use", "mixed scripts", "emoji", "a number", "right to left", "marks"],
)
def test_bad_input_has_a_stated_outcome(address, expected):
    (found,) = placed_china({"address": address})
    assert found_names(found) == expected


_ODD = st.text(st.characters(codec="utf-8"), max_size=40)
_CHINESE = st.lists(
    st.one_of(
        st.sampled_from(names()), st.sampled_from(["路", "街道", "1号", "大厦", "高新区", "镇", " ", "(", ",", "|", "\u200b", "💼"]), _ODD
    ),
    max_size=8,
).map("".join)
_PART = st.one_of(st.none(), _CHINESE)


@settings(max_examples=60)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(INPUT, _PART)), min_size=1, max_size=12))
def test_every_row_has_one_place_that_agrees_with_itself(rows):
    places = placed_china(*rows)
    assert len(places) == len(rows)
    for place in places:
        assert place["country_code"] in {"CN", None}
        assert place["place_precision"] in PRECISIONS
        assert set(place["codes"]) <= CODES
        assert place["codes"] == sorted(set(place["codes"]))
        assert set(place["place_method"].split("+")) <= METHODS
        certain = place["division_code"]
        assert (certain is None) == (place["place_precision"] == "none") == (place["latitude"] is None) == (place["region_code"] is None)
        if certain:
            assert divisions()[certain].code == certain
            assert 3 < place["latitude"] < 54
            assert 73 < place["longitude"] < 136


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(code for code, one in divisions().items() if one.level == "district")),
    st.sampled_from(["", "听雨路1号", " No.8"]),
)
def test_every_division_is_found_by_its_full_names(code, rest):
    division = divisions()[code]
    line = [divisions()[division.parent], division]
    if line[0].parent:
        line.insert(0, divisions()[line[0].parent])
    (found,) = placed_china({"address": "".join(one.name for one in line) + rest})
    assert (found["division_code"], found["codes"]) == (code, [])
