"""resolution/comparisons.py: the verdict on two records, and the thresholds on tests/cases/name_pairs.csv."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.names import comparable_names
from ingest.resolution.comparisons import compare, name_similarity
from ingest.resolution.thresholds import thresholds

PAIRS = list(csv.DictReader((Path(__file__).parents[2] / "cases" / "name_pairs.csv").read_text("utf-8").splitlines()))
SEATTLE = {"country_code": "US", "region_code": "US-WA", "city_name": "Seattle"}
BOSTON = {"country_code": "US", "region_code": "US-MA", "city_name": "Boston"}
CODE, OTHER_CODE = "91350100M000100Y43", "9111000000000000XX"
NAME = {"name": "Harbour Lane Instruments"}
PHONE = {"phone": "206 555 0100"}


@pytest.fixture
def verdict(featured):
    """same, possible or different; the first record is of source a, the second of b unless it says so."""

    def judge(left, right, **changed):
        limits = thresholds().model_copy(update=changed)
        records = featured([{"source": "a", "record_id": "1"} | left, {"source": "b", "record_id": "2"} | right])
        found = compare(records, pl.DataFrame({"left": [0], "right": [1]}), limits=limits)
        return found["verdict"].to_list()[0] if len(found) else "different"

    return judge


def similarity(left, right):
    return name_similarity(*(comparable_names(pl.Series("name", [name])) for name in (left, right)))[0]


@pytest.mark.parametrize("pair", [p for p in PAIRS if p["strength"] != "WEAK"], ids=lambda p: f"{p['left_name']} | {p['right_name']}")
def test_names_in_one_city_are_judged_as_a_person_would(pair, verdict):
    found = verdict(SEATTLE | {"name": pair["left_name"]}, SEATTLE | {"name": pair["right_name"]})
    if pair["truth"] == "different":
        assert found != "same"
    elif pair["strength"] == "STRONG":
        assert found == "same"


def test_all_medium_pairs_but_one_are_found():
    medium = [p for p in PAIRS if p["strength"] == "MEDIUM" and p["truth"] == "same"]
    found = [p for p in medium if similarity(p["left_name"], p["right_name"]) >= thresholds().same_above]
    assert (len(medium), len(found)) == (5, 4)


def test_the_threshold_merges_no_different_pair_and_a_lower_one_does(verdict):
    different = [(SEATTLE | {"name": p["left_name"]}, SEATTLE | {"name": p["right_name"]}) for p in PAIRS if p["truth"] == "different"]

    def merges(same_above):
        return sum(verdict(left, right, same_above=same_above) == "same" for left, right in different)

    assert merges(thresholds().same_above) == 0
    assert merges(0.94) > 0


def test_one_valid_credit_code_is_one_customer_whatever_else_differs(verdict):
    assert verdict({"name": "Old Name", "credit_code": CODE} | BOSTON, {"name": "New Name", "credit_code": CODE} | SEATTLE) == "same"


def test_two_credit_codes_are_never_one_customer(verdict):
    left, right = NAME | SEATTLE | PHONE | {"credit_code": CODE}, NAME | SEATTLE | PHONE | {"credit_code": OTHER_CODE}
    assert verdict(left, right) == "different"


def test_one_register_number_is_one_customer_unless_the_names_are_unlike(verdict):
    number = {"registry_id": "HRB 12345"}
    assert verdict(NAME | number, {"name": "Harbour Lane Instruments Europe"} | {"registry_id": "HRB12345"}) == "same"
    assert verdict(NAME | number, {"name": "Zephyr Cafe"} | number) == "possible"
    assert verdict(NAME | number | {"country_code": "DE"}, {"name": "Zephyr Cafe"} | number | {"country_code": "AT"}) == "different"


def test_a_branch_is_not_its_company_even_on_the_same_telephone(verdict):
    phone = {"phone": "021 5555 0100"}
    assert verdict({"name": "青禾有限公司上海分公司"} | phone, {"name": "青禾有限公司"} | phone) == "different"


def test_shops_of_different_numbers_are_not_the_same_even_on_the_same_telephone(verdict):
    assert verdict({"name": "Harbour Lane Shop 12"} | PHONE, {"name": "Harbour Lane Shop 21"} | PHONE) == "different"
    assert verdict({"name": "Harbour Lane Shop 12"} | PHONE, {"name": "Harbour Lane Shop"} | PHONE) == "possible"


def test_equal_names_of_two_systems_need_one_place_or_a_contact(verdict):
    assert verdict(NAME | SEATTLE, NAME | SEATTLE) == "same"
    assert verdict(NAME | SEATTLE, NAME) == "same"
    assert verdict(NAME, NAME) == "same"
    assert verdict(NAME | SEATTLE, NAME | BOSTON) == "possible"
    assert verdict(NAME | SEATTLE | PHONE, NAME | BOSTON | PHONE) == "same"
    assert verdict(NAME | SEATTLE, NAME | {"country_code": "US", "region_code": "US-MA"}) == "possible"


def test_equal_names_of_one_system_need_more_than_the_city(verdict):
    one = {"source": "a"}
    assert verdict(NAME | SEATTLE, NAME | SEATTLE | one) == "possible"
    assert verdict(NAME | SEATTLE, NAME | BOSTON | one) == "different"
    for agreeing in ({"street": "1 Main St."}, {"postal_code": "98011"}, PHONE):
        assert verdict(NAME | SEATTLE | agreeing, NAME | SEATTLE | agreeing | one) == "same"
    assert verdict(NAME | SEATTLE | {"street": "1 Main St"}, NAME | BOSTON | one | {"street": "1 Main St"}) == "different"
    assert verdict(NAME | {"website": "chain.example"}, NAME | {"website": "chain.example"} | one) == "possible"


def test_a_name_known_in_two_cities_is_not_joined_by_a_record_without_place(featured):
    records = featured([{"source": "a"} | NAME | SEATTLE, {"source": "b"} | NAME | BOSTON, {"source": "c"} | NAME])
    pairs = pl.DataFrame({"left": [0, 0, 1], "right": [1, 2, 2]})
    assert compare(records, pairs, limits=thresholds())["verdict"].to_list() == ["possible"] * 3


def test_a_name_that_is_part_of_the_other_is_possible_on_the_same_telephone(verdict):
    long, short = {"name": "Marigold Pharmaceuticals Research Group"}, {"name": "Marigold Pharmaceuticals"}
    assert verdict(long | PHONE, short | PHONE) == "possible"
    assert verdict(long | SEATTLE, short | SEATTLE) == "different"
    assert verdict({"name": "Zephyr Cafe"} | PHONE, short | PHONE) == "different"


def test_records_without_a_name_match_on_strong_identifiers_only(verdict):
    contacts = PHONE | {"email": "a@harbour.example"}
    assert verdict(PHONE | SEATTLE, PHONE | SEATTLE) == "different"
    assert verdict(contacts, contacts) == "same"
    assert verdict({"credit_code": CODE}, {"credit_code": CODE} | NAME) == "same"


def test_like_chinese_names_need_more_than_the_city(verdict):
    names = {"name": "云杉市青禾精密机械设备制造安装工程服务贸易"}, {"name": "云杉市青禾精密机械设备制造安装工程服务贸"}
    city = {"country_code": "CN", "region_code": "CN-ZJ", "city_name": "杭州"}
    phone = {"phone": "0571 5555 0100"}
    assert similarity(names[0]["name"], names[1]["name"]) >= thresholds().same_above
    assert verdict(names[0] | city, names[1] | city) == "possible"
    assert verdict(names[0] | phone, names[1] | phone) == "same"


def test_the_evidence_says_what_agrees_and_what_differs(featured):
    records = featured([{"source": "a"} | NAME | SEATTLE | PHONE, {"source": "b"} | NAME | BOSTON | PHONE])
    pairs = pl.DataFrame({"left": [0], "right": [1]})
    assert compare(records, pairs, limits=thresholds())["evidence"].to_list() == [
        "Same name and same contact; agree: telephone; differ: region, city."
    ]


@given(st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=5))
def test_likeness_is_symmetric_and_one_only_for_equal_names(pairs):
    left, right = (pl.Series("n", [pair[side] for pair in pairs], dtype=pl.String) for side in (0, 1))
    found = name_similarity(left, right)
    assert found.to_list() == name_similarity(right, left).to_list()
    assert [score == 1.0 for score in found] == [a == b for a, b in pairs]


def test_likeness_counts_characters_and_not_bytes():
    assert name_similarity(pl.Series(["海尔"]), pl.Series(["海信"]))[0] == 0.5
