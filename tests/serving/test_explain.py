"""serving/explain.py: all that the published copy says of a customer, or of two records."""

import json
from dataclasses import asdict
from pathlib import Path

import duckdb
import pytest

from ingest.errors import NotFound
from serving.explain import TABLES_EXPLAINED, explain, explain_pair, find_customer

COPY = (Path(__file__).parents[1] / "cases" / "explained_copy.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def copy():
    with duckdb.connect() as connection:
        connection.execute(COPY)
        yield connection


@pytest.fixture(scope="module")
def qinghe(copy):
    return explain(copy, "CQINGHE")


def test_the_copy_by_hand_holds_what_the_answers_ask_of(copy):
    assert set(TABLES_EXPLAINED) <= {name for (name,) in copy.execute("select table_name from duckdb_tables()").fetchall()}


@pytest.mark.parametrize("text", ["CQINGHE", " cqinghe ", "91310000m000100y4a", "K-7", "zoho:1001", "青禾机械有限公司", "qinghe group"])
def test_a_customer_is_found_by_id_code_record_and_by_its_whole_name(copy, text):
    assert find_customer(copy, text) == ("CGROUP" if text == "qinghe group" else "CQINGHE", None)


def test_a_name_that_one_customer_bears_goes_before_names_that_contain_it(copy):
    assert find_customer(copy, "larkspur")[0] == "CACME"
    assert find_customer(copy, "spur Too")[0] == "CACME2"


def test_a_retired_id_leads_to_the_customer_and_says_so(copy):
    found = explain(copy, "cold")
    assert found.customer["customer_id"] == "CQINGHE"
    assert found.redirected_from == {
        "old_customer_id": "COLD",
        "customer_id": "CQINGHE",
        "first_customer_id": "CQINGHE",
        "cause": "merged",
        "detail": "Its record zoho 1001 is now one with salesforce 001.",
        "happened_at": "2026-11-10",
    }


def test_a_text_that_means_several_customers_lists_them_and_one_that_means_nobody_says_what_is_expected(copy):
    with pytest.raises(NotFound) as several:
        find_customer(copy, "Lark")
    assert str(several.value).splitlines() == [
        "NotFound: 'Lark' means several customers; ask again with the id of one of them:",
        "  CACME  Larkspur  Seattle",
        "  CACME2  Larkspur Tools  Boston",
    ]
    with pytest.raises(NotFound, match="no customer is called 'Nobody'"):
        find_customer(copy, "Nobody")
    with pytest.raises(NotFound):
        find_customer(copy, "'; drop table dim_customers; --")


def test_the_records_that_hold_come_first_each_with_its_reason(qinghe):
    assert [(row["source"], row["record_id"], row["valid_to"]) for row in qinghe.records] == [
        ("salesforce", "001", None), ("yonyou", "K-7", None), ("zoho", "1001", None), ("zoho", "1002", "2026-11-12"),
    ]  # fmt: skip
    assert qinghe.records[1]["match_reason"] == "With zoho 1001: Same credit code."


def test_the_pairs_inside_the_customer_come_heaviest_first_with_their_fields(qinghe):
    assert [(pair["left_record_id"], pair["right_record_id"], pair["weight"]) for pair in qinghe.pairs] == [
        ("K-7", "1001", 26.0), ("001", "1001", 19.5),
    ]  # fmt: skip
    assert qinghe.pairs[0]["fields"][0] == {"field": "credit_code", "level": "same", "weight": 40.0, "sentence": "Same credit code"}
    assert all(sum(row["weight"] for row in pair["fields"]) == pytest.approx(pair["weight"]) for pair in qinghe.pairs)


def test_values_territory_losers_questions_and_relatives_are_told(qinghe):
    assert [(row["field"], row["source"], row["agreeing_count"], row["differing_count"]) for row in qinghe.values] == [
        ("customer_name", "yonyou", 2, 1), ("phone", "zoho", 2, 0),
    ]  # fmt: skip
    assert (qinghe.territory["territory_id"], qinghe.territory["territory_since"], qinghe.territory["owner_name"]) == (
        "EAST",
        "2026-01-01",
        "王小明",
    )
    assert [(row["rule_id"], row["is_winner"]) for row in qinghe.candidates] == [("T1", True), ("T2", False)]
    assert qinghe.candidates[1]["candidate_reason"] == "Lost to T1: T2 is broader (country CN)."
    assert [(row["other_customer_id"], row["other_customer_name"]) for row in qinghe.questions] == [("CLIKE", "青禾机械")]
    assert qinghe.parents == [{"customer_id": "CGROUP", "customer_name": "Qinghe Group"}]
    assert qinghe.branches == [{"customer_id": "CBRANCH", "customer_name": "青禾机械有限公司苏州分公司"}]
    assert qinghe.as_of_date == "2026-11-21"


def test_a_customer_in_the_pool_without_relatives_has_empty_lists(copy):
    found = explain(copy, "CLIKE")
    assert (found.pairs, found.values, found.candidates, found.parents, found.branches) == ([], [], [], [], [])
    assert (found.territory["territory_id"], found.territory["is_in_pool"], found.territory["owner_name"]) == ("UNASSIGNED", True, None)
    assert [row["other_customer_id"] for row in found.questions] == ["CQINGHE"]


def test_every_answer_can_be_written_as_json(copy, qinghe):
    for found in (qinghe, explain(copy, "CTWIN"), explain_pair(copy, "zoho:1001", "salesforce:001")):
        assert json.loads(json.dumps(asdict(found))) == asdict(found)


def test_two_records_in_any_order_are_one_pair_with_its_evidence(copy):
    found = explain_pair(copy, "zoho:1001", "001")
    assert found == explain_pair(copy, "salesforce:001", "1001")
    assert (found.left["source"], found.right["source"], found.pair["verdict"], found.chain) == ("salesforce", "zoho", "same", [])
    assert {row["field"]: row["weight"] for row in found.evidence} == {
        "address": -6.0, "caps": -2.5, "name": 19.0, "phone": 16.0, "place": 6.0, "prior": -13.0,
    }  # fmt: skip


def test_records_of_one_customer_that_are_no_pair_are_joined_by_a_chain(copy):
    found = explain_pair(copy, "salesforce:001", "yonyou:K-7")
    assert (found.pair, found.evidence) == (None, [])
    assert [(pair["left_record_id"], pair["right_record_id"]) for pair in found.chain] == [("001", "1001"), ("K-7", "1001")]


@pytest.mark.parametrize(("left", "right"), [("salesforce:008", "salesforce:a:100:b"), ("salesforce:008", "salesforce:001")])
def test_twins_and_records_of_two_customers_have_neither_pair_nor_chain(copy, left, right):
    found = explain_pair(copy, left, right)
    assert (found.pair, found.chain) == (None, [])


@pytest.mark.parametrize(
    ("left", "right", "says"),
    [
        ("zoho:1", "001", "no customer has a record 'zoho:1' today"),
        ("007", "001", "2 systems have a record '007': salesforce, zoho. Write source:007"),
        ("salesforce:001", "001", "are one record"),
    ],
)
def test_a_record_that_is_not_there_or_not_clear_is_a_mistake_that_says_what_to_write(copy, left, right, says):
    with pytest.raises(NotFound, match=says):
        explain_pair(copy, left, right)
