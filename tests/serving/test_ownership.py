"""serving/ownership.py: who owned a customer, on a day, as known on a day, as recorded on a night."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from ingest.errors import NotFound
from orchestration.owner import told
from serving.ownership import TABLES_OWNED, owned

CASES = Path(__file__).parents[1] / "cases"


def november(day: int) -> date:
    return date(2026, 11, day)


@pytest.fixture(scope="module")
def copy():
    with duckdb.connect() as connection:
        for name in ("explained_copy.sql", "owned_copy.sql"):
            connection.execute((CASES / name).read_text(encoding="utf-8"))
        yield connection


def test_the_copy_by_hand_holds_what_the_answers_ask_of(copy):
    assert set(TABLES_OWNED) <= {name for (name,) in copy.execute("select table_name from duckdb_tables()").fetchall()}


@pytest.mark.parametrize(
    ("on", "known_on", "recorded_on", "owner"),
    [
        (1, 21, 21, "R1"),
        (7, 21, 21, "R1"),
        (8, 21, 21, "R2"),
        (11, 21, 21, "R2"),
        (12, 21, 21, None),
        (21, 21, 21, None),
        (11, 11, 21, "R2"),  # by the exports up to the 11th, one of which came late
        (11, 11, 11, "R1"),  # what was published that night
        (11, 21, 14, "R1"),  # the late file was not there yet
        (11, 7, 21, "R1"),
    ],
)
def test_the_owner_of_a_day_depends_on_what_is_known_and_on_what_was_recorded(copy, on, known_on, recorded_on, owner):
    found = owned(copy, "CQINGHE", on=november(on), known_on=november(known_on), recorded_on=november(recorded_on))
    assert found.owner["id"] == owner


def test_an_answer_names_the_event_the_rule_and_the_row_that_proves_it(copy):
    found = owned(copy, "CQINGHE", on=november(9))
    assert found.owner == {
        "valid_from": "2026-11-08",
        "valid_to": "2026-11-12",
        "id": "R2",
        "name": None,
        "cause": "owner_changed",
        "source_cause": None,
        "policy": None,
        "rule_id": "P5",
        "rules_version": "v1234567890abcdef",
        "actor": None,
        "source": "salesforce",
        "record_id": "001",
        "file": "salesforce/2026-11-08/Account.csv",
        "evidence_file_sha256": "a8",
        "evidence_row": 3,
        "happened_at": "2026-11-08T00:00:00",
        "known_on": "2026-11-08",
        "recorded_on": "2026-11-15",
        "event_id": "e6",
        "sequence": 6,
        "row_hash": "hash6",
    }
    assert (found.territory["id"], found.territory["name"], found.territory["rule_id"]) == ("EAST", "East 华东", "T1")
    assert [row["claimant_rep_ids"] for row in found.conflicts] == ["R1|R2"]


def test_an_appointed_owner_is_told_with_the_policy_and_the_rule_of_the_territory(copy):
    found = owned(copy, "CGROUP")
    assert (found.owner["id"], found.owner["policy"], found.owner["rule_id"]) == ("R1", "least_loaded", "T2")
    assert (
        "since 2026-11-15: nobody had it, and the policy of its territory appointed somebody (least_loaded); no CRM names" in told(found)[3]
    )


def test_days_that_are_not_given_are_those_of_the_publication_and_on_follows_known_on(copy):
    found = owned(copy, "CQINGHE")
    assert (found.on, found.known_on, found.recorded_on) == ("2026-11-21", "2026-11-21", "2026-11-21")
    assert owned(copy, "CQINGHE", known_on=november(9)).on == "2026-11-09"


def test_what_came_late_is_said(copy):
    assert [row["event_id"] for row in owned(copy, "CQINGHE", known_on=november(13)).late] == ["e6", "e8"]
    assert owned(copy, "CQINGHE", known_on=november(7)).late == []
    assert owned(copy, "CQINGHE", known_on=november(16)).late == []


def test_a_day_before_the_record_has_no_owner(copy):
    found = owned(copy, "CQINGHE", on=date(2025, 1, 1))
    assert found.owner is None
    assert found.owners[0]["valid_from"] == "2026-11-01"


def test_a_retired_id_answers_for_itself_while_it_was_in_use_and_then_its_heir(copy):
    then = owned(copy, "COLD", known_on=november(9))
    assert (then.customer_id, then.owner["id"], then.redirected_from) == ("COLD", "R2", None)
    now = owned(copy, "COLD")
    assert (now.customer_id, now.redirected_from["old_customer_id"]) == ("CQINGHE", "COLD")


@pytest.mark.parametrize("option", ["on", "known_on", "recorded_on"])
def test_a_question_about_the_future_is_not_answered(copy, option):
    with pytest.raises(NotFound, match=f"--{option.replace('_', '-')} 2026-11-22 is after 2026-11-21"):
        owned(copy, "CQINGHE", **{option: november(22)})
