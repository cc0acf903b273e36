"""serving/sentences.py: what people read of a customer's owner, a retired id and two records."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from serving.explain import explain_pair
from serving.ownership import owned
from serving.sentences import named, owner_held, remarks, retired, territory_held, unpaired

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture(scope="module")
def copy():
    with duckdb.connect() as connection:
        for name in ("explained_copy.sql", "owned_copy.sql"):
            connection.execute((CASES / name).read_text(encoding="utf-8"))
        yield connection


def november(day: int) -> date:
    return date(2026, 11, day)


def test_an_owner_is_told_with_cause_rule_record_row_and_event(copy):
    assert owner_held(owned(copy, "CQINGHE", on=november(9))) == [
        "owned by R2, since 2026-11-08 until 2026-11-12: its owner changed",
        "  rule P5, rule sheets of version v1234567890a",
        "  record salesforce 001; proven by row 3 of salesforce/2026-11-08/Account.csv",
        "  (archive: a8)",
        "  known since the export of 2026-11-08, recorded on 2026-11-15: event 6, hash hash6",
    ]


def test_the_pool_is_told_in_the_crms_own_words(copy):
    assert owner_held(owned(copy, "CQINGHE"))[0] == (
        "in the public pool (公海), since 2026-11-12: nobody had it any more, in the CRM's words: returned"
    )


def test_a_territory_is_told_with_its_name(copy):
    assert territory_held(owned(copy, "CQINGHE"))[0] == "in the territory East 华东 (EAST), since 2026-01-01: a rule says so"


def test_a_day_before_the_record_is_told_with_the_day_it_begins(copy):
    found = owned(copy, "CQINGHE", on=date(2025, 1, 1))
    assert owner_held(found) == ["owned by: the record says nothing of 2025-01-01. It begins on 2026-11-01."]
    assert territory_held(found) == ["in the territory: the record says nothing of 2025-01-01. It begins on 2026-01-01."]


def test_what_came_late_is_a_remark_with_the_night_that_recorded_it(copy):
    assert remarks(owned(copy, "CQINGHE", on=november(9), known_on=november(13))) == [
        "Not in the record on 2026-11-13: R2 since 2026-11-08. It was recorded on 2026-11-15, since its file came late.",
        "Not in the record on 2026-11-13: the public pool since 2026-11-12. It was recorded on 2026-11-15, since its file came late.",
    ]


def test_a_dispute_is_a_remark_of_todays_knowledge_only(copy):
    assert remarks(owned(copy, "CQINGHE", on=november(9))) == ["claimed by R1, R2. Rule P5 (first touch): R2 came first."]
    assert remarks(owned(copy, "CQINGHE", on=november(9), known_on=november(9), recorded_on=november(9))) == [
        "Not in the record on 2026-11-09: R2 since 2026-11-08. It was recorded on 2026-11-15, since its file came late."
    ]


def test_knowledge_from_before_the_first_recorded_night_is_told_as_worked_out(copy):
    (remark,) = remarks(owned(copy, "CQINGHE", known_on=date(2026, 10, 31)))
    assert remark.startswith("The record begins on 2026-11-01: what was known before is worked out")


def test_a_retired_id_is_told_with_its_day_cause_and_what_became_of_it(copy):
    assert retired(owned(copy, "COLD").redirected_from) == (
        "COLD was retired on 2026-11-10 (merged) and leads here. Its record zoho 1001 is now one with salesforce 001."
    )
    assert retired({"old_customer_id": "C1", "happened_at": "2026-11-10", "cause": "split", "detail": None}) == (
        "C1 was retired on 2026-11-10 (split) and leads here."
    )


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": None, "name": None}, "the public pool"),
        ({"id": "R1", "name": None}, "R1"),
        ({"id": "R1", "name": "R1"}, "R1"),
        ({"id": "R1", "name": "王小明"}, "王小明 (R1)"),
    ],
)
def test_whoever_has_it_is_named_with_the_id_once(row, told):
    assert named(row) == told


def test_two_records_without_a_pair_say_why_they_are_one_customer_or_two(copy):
    assert unpaired(explain_pair(copy, "salesforce:008", "salesforce:a:100:b")) == [
        "They are one customer, and not by pairs that were compared:",
        "  salesforce 008: No other record was found to be the same customer.",
        "  salesforce a:100:b: With salesforce 008: Says exactly the same.",
    ]
    assert unpaired(explain_pair(copy, "salesforce:008", "salesforce:001"))[0].startswith("They are two customers: ")
