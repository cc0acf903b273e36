"""What a refresh says of customer ids: merged, split, moved, each with why."""

from datetime import date

import pyarrow as pa
import pytest

from ingest.tables import TABLES
from ingest.warehouse import Warehouse
from orchestration.id_changes import id_changes

FIRST, NIGHT, LATER = date(2026, 6, 1), date(2026, 6, 30), date(2026, 7, 1)
WENT, REASON = {"match_reason": "Same name."}, "one firm, two names"


def belonged(record, *customers, **more):
    """Periods of a record of one source: one customer since the first day, or one until the night and another since."""
    days = [FIRST, *([NIGHT] if len(customers) == 2 else [])]
    ends = [*days[1:], None]
    return [
        {"source": "crm", "record_id": record, "customer_id": customer, "valid_from": start, "valid_to": end, "match_reason": "Alone."}
        | more
        for customer, start, end in zip(customers, days, ends, strict=True)
    ]


def led(old, new, cause, day=NIGHT):
    return {
        "old_customer_id": old, "customer_id": new, "cause": cause, "happened_on": day, "first_customer_id": new, "detail": "Gone.",
    }  # fmt: skip


def judged(left, right, verdict, on=date(2026, 6, 20), reason=REASON, sequence=1):
    return {
        "judgement_id": f"{left}{right}{sequence}", "sequence": sequence, "left_source": "crm", "left_record_id": left,
        "right_source": "crm", "right_record_id": right, "verdict": verdict, "judged_by": "Ann", "judged_on": on, "reason": reason,
        "is_in_file": True,
    }  # fmt: skip


@pytest.fixture
def changes(tmp_path):
    """What is said of records, redirects and judgements as of the night."""

    def of(records, redirects=(), judgements=(), questions=()):
        warehouse = Warehouse(tmp_path / "w.duckdb")
        rows = {"customer_records": records, "customer_id_redirects": redirects, "judgements": judgements, "match_questions": questions}
        warehouse.replace_all(
            {
                f"resolved.{name}": pa.Table.from_pylist(list(found), schema=TABLES[f"resolved.{name}"].arrow_schema)
                for name, found in rows.items()
            }
        )
        return id_changes(warehouse, NIGHT)

    return of


def counts(found):
    return found.merged, found.split, found.moved


def test_a_night_on_which_no_id_changed_says_nothing(changes):
    found = changes([*belonged("1", "CA"), *belonged("2", "CB")])
    assert counts(found) == (0, 0, 0)
    assert not found.is_any
    assert found.examples == ()
    assert found.question == ""


def test_a_customer_whose_records_all_went_to_one_other_was_merged_and_the_steward_says_why(changes):
    records = [*belonged("1", "CA", "CB", **WENT), *belonged("2", "CB")]
    found = changes(records, [led("CA", "CB", "merged")], [judged("1", "2", "same")])
    assert counts(found) == (1, 0, 0)
    (example,) = found.examples
    assert (example.kind, example.old_customer_id, example.customer_ids) == ("merged", "CA", ("CB",))
    assert example.sentence == f"Ann on 2026-06-20: {REASON}."


def test_without_a_judgement_the_record_says_why(changes):
    found = changes([*belonged("1", "CA", "CB", **WENT), *belonged("2", "CB")], [led("CA", "CB", "merged")])
    assert found.examples[0].sentence == "crm 1: Same name."


def test_a_customer_that_keeps_its_id_and_loses_a_record_to_a_new_one_was_split(changes):
    found = changes([*belonged("1", "CA"), *belonged("2", "CA", "CN")], judgements=[judged("1", "2", "different", reason="two firms")])
    assert counts(found) == (0, 1, 0)
    assert found.examples[0].customer_ids == ("CA", "CN")
    assert found.examples[0].sentence == "Ann on 2026-06-20: two firms."


def test_a_customer_whose_records_went_two_ways_was_split_and_bears_no_id_any_more(changes):
    records = [*belonged("1", "CX", "CA"), *belonged("2", "CX", "CB"), *belonged("3", "CA"), *belonged("4", "CB")]
    found = changes(records, [led("CX", "CA", "split")], [judged("1", "3", "same"), judged("1", "2", "different", reason="two firms")])
    assert counts(found) == (0, 1, 0)
    assert (found.examples[0].customer_ids, found.redirects) == (("CA", "CB"), 1)
    assert found.examples[0].sentence == "Ann on 2026-06-20: two firms."


def test_a_record_that_went_to_a_customer_that_was_there_is_moved(changes):
    found = changes([*belonged("1", "CA"), *belonged("2", "CA", "CB", **WENT), *belonged("3", "CB")])
    assert counts(found) == (0, 0, 1)
    assert found.examples[0].sentence == "crm 2: Same name."


def test_what_a_later_judgement_takes_back_or_what_is_of_a_later_day_explains_nothing(changes):
    records = [*belonged("1", "CA", "CB", **WENT), *belonged("2", "CB")]
    said = [
        judged("1", "2", "same"),
        judged("1", "2", "withdrawn", date(2026, 6, 21), sequence=2),
        judged("1", "2", "same", LATER, sequence=3),
    ]
    assert changes(records, [led("CA", "CB", "merged")], said).examples[0].sentence == "crm 1: Same name."


def test_what_happened_on_another_day_is_counted_among_the_redirects_only(changes):
    found = changes(belonged("1", "CA"), [led("CX", "CA", "merged", FIRST)])
    assert (counts(found), found.redirects) == ((0, 0, 0), 1)


def test_what_a_steward_decided_is_the_example_before_what_comes_first_by_id(changes):
    records = [*belonged("1", "CA", "CB", **WENT), *belonged("2", "CB"), *belonged("3", "CY", "CZ"), *belonged("4", "CZ")]
    found = changes(records, [led("CA", "CB", "merged"), led("CY", "CZ", "merged")], [judged("3", "4", "same")])
    assert found.merged == 2
    assert found.examples[0].old_customer_id == "CY"


def test_the_most_valuable_question_is_told(changes):
    asked = {
        "question_rank": 1, "left_source": "crm", "left_record_id": "1", "right_source": "crm", "right_record_id": "2",
        "left_customer_id": "CA", "right_customer_id": "CB", "score": 0.6, "weight": 0.5, "record_count": 2, "evidence": "Same name.",
    }  # fmt: skip
    found = changes([*belonged("1", "CA"), *belonged("2", "CB")], questions=[asked | {"question_rank": 2, "evidence": "?"}, asked])
    assert (found.questions, found.question) == (2, "CA or CB? Same name.")
