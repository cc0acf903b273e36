"""serving/questions_to_decide.py: which rows wait for a decision, in which order, in whose territory."""

from pathlib import Path

import duckdb
import pytest

from serving.questions_to_decide import SUBJECTS, TABLES_TO_DECIDE, waiting, waiting_counts

SHOWN = (Path(__file__).parents[1] / "cases" / "shown_marts.sql").read_text(encoding="utf-8")


@pytest.fixture
def copy(home):
    """The marts of the home by hand and those of shown_marts.sql, with a run log, under the names that a published copy has."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(SHOWN)
        connection.execute(
            "use warehouse.marts; create table audit_runs as select 'run-1' as run_id, date '2026-11-21' as as_of_date, "
            "timestamp '2026-11-22 01:00:00' as started_at, timestamp '2026-11-22 01:00:00' as finished_at"
        )
        yield connection


def _ids(copy, name, *, territory_id=None, column="customer_id") -> list:
    return waiting(copy, name, territory_id=territory_id, limit=99).rows[column].tolist()


def test_the_copy_by_hand_holds_every_table_that_is_asked(copy):
    assert set(TABLES_TO_DECIDE) <= {name for (name,) in copy.execute("select table_name from duckdb_tables()").fetchall()}


def test_only_what_waits_today_is_counted(copy):
    assert waiting_counts(copy) == {"conflicts": 2, "drift": 2, "rule_issues": 2, "handovers": 2, "pool": 2, "match_questions": 1}


@pytest.mark.parametrize(
    ("territory_id", "counts"),
    [
        ("WEST", [1, 1, 0, 0, 1, 0]),
        ("CN", [1, 1, 1, 1, 1, 1]),
        ("UNASSIGNED", [0, 0, 1, 0, 0, 1]),
        ("NOWHERE", [0, 0, 0, 0, 0, 0]),
        ("'; drop table dim_customers; --", [0, 0, 0, 0, 0, 0]),
    ],
)
def test_a_territory_counts_what_concerns_its_customers_and_rules(copy, territory_id, counts):
    assert waiting_counts(copy, territory_id=territory_id) == dict(zip(SUBJECTS, counts, strict=True))


@pytest.mark.parametrize("territory_id", [None, "WEST", "CN", "UNASSIGNED"])
def test_every_list_has_as_many_rows_as_are_counted_and_begins_with_a_sentence(copy, territory_id):
    for name, count in waiting_counts(copy, territory_id=territory_id).items():
        found = waiting(copy, name, territory_id=territory_id, limit=99)
        assert (len(found.rows), found.total) == (count, count)
        assert all(sentence.endswith(".") for sentence in found.rows.iloc[:, 0])


def test_a_territory_that_lies_below_counts_to_those_above_it(copy):
    copy.execute("update dim_territories set path = 'CN/WEST' where territory_id = 'WEST'")
    assert _ids(copy, "conflicts", territory_id="CN") == ["C1", "C2"]
    assert _ids(copy, "conflicts", territory_id="WEST") == ["C1"]


def test_a_territory_whose_id_is_part_of_another_one_is_not_above_it(copy):
    copy.execute("update dim_territories set path = 'CN-EAST/WEST' where territory_id = 'WEST'")
    assert _ids(copy, "conflicts", territory_id="CN") == ["C2"]


def test_a_customer_counts_where_it_is_today(copy):
    copy.execute("update fct_territory_assignments set valid_to = date '2026-11-21' where customer_id = 'C2'")
    copy.execute("insert into fct_territory_assignments values ('C2', 'WEST', 'T-3', '', 1, date '2026-11-21', null)")
    assert _ids(copy, "conflicts", territory_id="WEST") == ["C1", "C2"]
    assert _ids(copy, "conflicts", territory_id="CN") == []


@pytest.mark.parametrize(("valid_from", "valid_to", "waits"), [
    ("2026-11-21", None, True), ("2026-11-22", None, False), ("2026-11-01", "2026-11-21", False), ("2026-11-01", "2026-11-22", True),
])  # fmt: skip
def test_a_conflict_waits_on_the_days_on_which_people_claim_it(copy, valid_from, valid_to, waits):
    copy.execute("delete from fct_ownership_conflicts where customer_id = 'C2'")
    copy.execute("update fct_ownership_conflicts set valid_from = $a, valid_to = $b", {"a": valid_from, "b": valid_to})
    copy.execute("delete from fct_ownership_conflicts where rule_id is null")
    assert waiting_counts(copy)["conflicts"] == int(waits)


def test_the_most_urgent_come_first_and_a_tie_ends_in_an_id(copy):
    assert _ids(copy, "conflicts") == ["C1", "C2"]
    assert _ids(copy, "drift") == ["C1", "C2"]
    assert _ids(copy, "rule_issues", column="customer_count") == [1, 0]
    assert _ids(copy, "handovers", column="subject_id") == ["crm:D-1", "C2"]
    assert _ids(copy, "pool") == ["C2", "C1"]
    copy.execute("update fct_public_pool set due_date = date '2026-11-26' where status = 'due'")
    assert _ids(copy, "pool") == ["C1", "C2"]


def test_a_list_that_is_cut_keeps_the_most_urgent_and_says_how_many_there_are(copy):
    found = waiting(copy, "pool", limit=1)
    assert (found.rows["customer_id"].tolist(), found.total) == (["C2"], 2)


def test_people_are_listed_with_commas_and_both_customers_of_a_question_are_named(copy):
    assert waiting(copy, "pool", limit=9).rows["may_take_rep_ids"].tolist()[1] == "R2, R7"
    (question,) = waiting(copy, "match_questions", limit=9).rows.to_dict(orient="records")
    assert (question["left_customer_name"], question["right_customer_name"]) == ("海尔集团 (Haier)", "100% Cotton_Works")
    assert (question["left_record"], question["right_record"]) == ("erp:K-7", "erp:K-9")
