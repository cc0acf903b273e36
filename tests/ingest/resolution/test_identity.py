"""resolution/identity.py: minting, inheriting and retiring ids, and the periods of records."""

from datetime import date

import polars as pl
import pytest

from ingest.resolution import identity as identity_module
from ingest.resolution.identity import identify, mint, no_pins, record_periods

DAY = date(2026, 11, 20)
RECORDS = {
    "source": pl.String, "record_id": pl.String, "customer_id": pl.String, "match_reason": pl.String,
    "valid_from": pl.Date, "valid_to": pl.Date,
}  # fmt: skip
REDIRECTS = {"old_customer_id": pl.String, "customer_id": pl.String, "cause": pl.String, "happened_on": pl.Date}
CURRENT = {"source": pl.String, "record_id": pl.String, "customer_id": pl.String, "match_reason": pl.String, "first_day": pl.Date}


def day(number):
    return date(2026, 11, number)


def was(*rows):
    """Previous records out of (record_id, customer_id, first day, last day or None)."""
    return pl.DataFrame([("a", r, c, "old", day(f), day(t) if t else None) for r, c, f, t in rows], schema=RECORDS, orient="row")


def led(*rows):
    return pl.DataFrame([(old, new, "merged", day(1)) for old, new in rows], schema=REDIRECTS, orient="row")


def grouped(*groups):
    """Members out of lists of record ids; the group's number is its position."""
    rows = [("a", record_id, number) for number, records in enumerate(groups) for record_id in records]
    return pl.DataFrame(rows, schema={"source": pl.String, "record_id": pl.String, "group": pl.Int64}, orient="row")


def pinned(*rows):
    """Pins out of (record_id, customer_id), the newest last; judgement j1 is the first."""
    built = [("a", record_id, kept, f"j{number}", day(number), number) for number, (record_id, kept) in enumerate(rows, start=1)]
    return pl.DataFrame(built, schema=no_pins().schema, orient="row")


def run(members, previous, redirects=None, pins=None):
    return identify(members, previous, led() if redirects is None else redirects, as_of_date=DAY, pins=pins)


def found(members, previous, redirects=None, pins=None):
    result = run(members, previous, redirects, pins)
    return dict(result.customer_ids.iter_rows()), result.redirects.select(REDIRECTS.keys()).rows()


def founded(*record_ids, borne=()):
    founders = pl.DataFrame({"source": ["a"] * len(record_ids), "record_id": record_ids})
    return mint(founders, lambda asked: asked.filter(asked.is_in(list(borne)))).to_list()


def test_an_id_is_opaque_stable_and_never_one_that_was_used():
    (first,) = founded("1")
    assert founded("1") == [first]
    assert len(first) == 13
    assert first.startswith("C")
    assert first.isupper()
    assert founded("1", borne=[first])[0] not in {first, *founded("2")}


def test_ids_are_minted_as_they_always_were():
    assert founded("1", "2") == ["CYCOQNAGPQQHO", "CBZUAGZZUG5A5"]


def test_of_two_records_with_one_id_the_one_with_the_lower_key_has_it(monkeypatch):
    line = identity_module._line
    first_is_shared = lambda founders, counter: pl.Series("customer_id", ["CX"] * len(founders)) if counter == 0 else line(founders, 0)  # noqa: E731
    monkeypatch.setattr(identity_module, "_line", first_is_shared)
    ids = founded("2", "1")
    assert ids[1] == "CX"
    assert ids[0] != "CX"


def test_a_group_inherits_the_id_most_of_its_records_had():
    ids, redirects = found(grouped(["1", "2", "3"]), was(("1", "C1", 1, None), ("2", "C2", 9, None), ("3", "C2", 9, None)))
    assert ids == {0: "C2"}
    assert redirects == [("C1", "C2", "merged", DAY)]


def test_of_equal_shares_the_oldest_id_counts_and_then_the_lowest():
    assert found(grouped(["1", "2"]), was(("1", "C1", 9, None), ("2", "C2", 1, None)))[0] == {0: "C2"}
    assert found(grouped(["1", "2"]), was(("1", "C2", 1, None), ("2", "C1", 1, None)))[0] == {0: "C1"}


def test_when_a_customer_splits_the_larger_part_keeps_the_id():
    ids, redirects = found(grouped(["1"], ["2", "3"]), was(("1", "C1", 1, None), ("2", "C1", 1, None), ("3", "C1", 1, None)))
    assert ids[1] == "C1"
    assert ids[0] != "C1"
    assert redirects == []


def test_an_id_whose_records_scatter_leads_to_where_most_went():
    previous = was(
        *[("1", "CX", 5, None), ("2", "CX", 5, None), ("3", "CX", 5, None)],
        *[(r, "CA", 1, None) for r in ("4", "5", "6", "7")],
        *[(r, "CB", 1, None) for r in ("8", "9")],
    )
    ids, redirects = found(grouped(["1", "4", "5", "6", "7"], ["2", "3", "8", "9"]), previous)
    assert ids == {0: "CA", 1: "CB"}
    assert redirects == [("CX", "CB", "split", DAY)]


def test_redirects_follow_to_the_living_id():
    _, redirects = found(grouped(["1", "2"]), was(("1", "C1", 1, None), ("2", "C2", 9, None)), led(("C0", "C2")))
    assert redirects == [("C0", "C1", "merged", day(1)), ("C2", "C1", "merged", DAY)]


def test_a_retired_id_is_not_minted_again():
    (own,) = founded("1")
    assert found(grouped(["1"]), was(), led((own, "C9")))[0] != {0: own}


def test_a_redirect_says_where_it_led_first_and_why():
    previous = was(*[(r, "CX", 5, None) for r in "123"], *[(r, "CA", 1, None) for r in "4567"], *[(r, "CB", 1, None) for r in "89"])
    result = run(grouped(["1", "4", "5", "6", "7"], ["2", "3", "8", "9"]), previous).redirects
    assert result.select("first_customer_id", "detail").rows() == [
        ("CB", "2 of its 3 records went to CB, the others to 1 other customer(s).")
    ]
    later = run(
        grouped([*"23894567"]), was(*[(r, "CB", 1, None) for r in "2389"], *[(r, "CA", 1, None) for r in "14567"]), result
    ).redirects
    assert later.select("old_customer_id", "customer_id", "first_customer_id").rows() == [("CB", "CA", "CA"), ("CX", "CA", "CB")]
    assert later["detail"][0] == "All of its 4 record(s) went to CA."


def test_of_equal_parts_of_a_split_the_one_with_the_lowest_record_keeps_the_id_whatever_the_groups_are_called():
    previous = was(("1", "C1", 1, None), ("2", "C1", 1, None))
    assert found(grouped(["1"], ["2"]), previous)[0][0] == "C1"
    assert found(grouped(["2"], ["1"]), previous)[0][1] == "C1"


MERGED = (("1", "C1", 1, None), ("2", "C2", 9, None), ("3", "C2", 9, None))


def test_a_pinned_id_counts_more_than_the_number_of_records():
    ids, redirects = found(grouped([*"123"]), was(*MERGED), pins=pinned(("1", "C1")))
    assert ids == {0: "C1"}
    assert redirects == [("C2", "C1", "merged", DAY)]


def test_the_part_of_a_split_with_the_pin_keeps_the_id_and_the_larger_one_gets_another():
    previous = was(*[(r, "C1", 1, None) for r in "123"])
    ids, redirects = found(grouped(["1"], ["2", "3"]), previous, pins=pinned(("1", "C1")))
    assert ids[0] == "C1"
    assert ids[1] != "C1"
    assert redirects == []


def test_a_pin_takes_an_id_back_from_the_part_that_got_it_when_they_split_before():
    previous = was(("1", "C1", 1, 5), ("1", "C9", 5, None), ("2", "C1", 1, None))
    ids, redirects = found(grouped(["1"], ["2"]), previous, pins=pinned(("1", "C1")))
    assert ids[0] == "C1"
    assert ids[1] not in {"C1", "C9"}
    assert redirects == [("C9", "C1", "merged", DAY)]


def test_a_retired_id_pinned_to_the_customer_it_leads_to_lives_again():
    previous = was(("1", "C1", 1, 5), ("1", "C2", 5, None), ("2", "C2", 1, None))
    result = run(grouped(["1", "2"]), previous, led(("C0", "C2"), ("C1", "C2")), pinned(("1", "C1")))
    assert result.customer_ids["customer_id"].to_list() == ["C1"]
    assert result.redirects.select("old_customer_id", "customer_id").rows() == [("C0", "C1"), ("C2", "C1")]
    assert result.redirects["detail"][1] == "The customer bears C1 again, as judgement j1 says."
    assert result.issues.rows() == []


def test_a_pin_that_is_kept_changes_nothing_the_next_day():
    previous = was(("1", "C1", 1, None), ("2", "C2", 1, 5), ("2", "C1", 5, None))
    result = run(grouped(["1", "2"]), previous, led(("C2", "C1")), pinned(("1", "C1")))
    assert result.customer_ids["customer_id"].to_list() == ["C1"]
    assert result.redirects.select("old_customer_id", "customer_id").rows() == [("C2", "C1")]


def test_an_id_that_only_vanished_records_bear_may_be_pinned_to_records_with_new_keys():
    result = run(grouped(["new"]), was(("gone", "C1", 1, None)), pins=pinned(("new", "C1")))
    assert result.customer_ids["customer_id"].to_list() == ["C1"]


@pytest.mark.parametrize(
    ("pins", "redirects", "issue", "why"),
    [
        ([("1", "C7")], [], "unknown_id", "no customer ever bore it"),
        ([("1", "C2")], [], "unknown_id", "it is the id of another customer"),
        ([("1", "C0")], [("C0", "C2")], "unknown_id", "it was retired and leads to C2, which is the id of another customer"),
    ],
)
def test_a_pin_of_an_id_that_is_not_the_customers_is_an_issue_and_changes_nothing(pins, redirects, issue, why):
    result = run(grouped(["1"], ["2", "3"]), was(*MERGED), led(*redirects), pinned(*pins))
    assert dict(result.customer_ids.iter_rows()) == {0: "C1", 1: "C2"}
    ((judgement_id, found_issue, detail),) = result.issues.rows()
    assert (judgement_id, found_issue) == ("j1", issue)
    assert detail.startswith(f"The id {pins[0][1]} cannot be kept for the customer of a 1: ")
    assert why in detail


def test_a_retired_id_is_not_for_a_part_that_left_the_customer_it_leads_to():
    previous = was(("1", "C2", 1, 5), ("1", "C9", 5, None), ("2", "C2", 1, None))
    result = run(grouped(["1"], ["2"]), previous, led(("C1", "C2")), pinned(("1", "C1")))
    assert dict(result.customer_ids.iter_rows()) == {0: "C9", 1: "C2"}
    assert result.issues["issue"].to_list() == ["unknown_id"]


def test_of_two_ids_pinned_to_one_customer_the_newer_counts():
    result = run(grouped([*"123"]), was(*MERGED), pins=pinned(("2", "C2"), ("1", "C1")))
    assert result.customer_ids["customer_id"].to_list() == ["C1"]
    assert result.issues.select("judgement_id", "issue").rows() == [("j1", "pin_conflict")]


def test_of_two_customers_with_one_pinned_id_the_newer_judgement_counts():
    previous = was(*[(r, "C1", 1, None) for r in "123"])
    result = run(grouped(["1"], ["2", "3"]), previous, pins=pinned(("2", "C1"), ("1", "C1")))
    assert dict(result.customer_ids.iter_rows())[0] == "C1"
    assert result.issues.select("judgement_id", "issue").rows() == [("j1", "pin_conflict")]


def test_one_id_pinned_twice_to_one_customer_is_no_conflict():
    assert len(run(grouped([*"123"]), was(*MERGED), pins=pinned(("1", "C1"), ("2", "C1"))).issues) == 0


def periods(current, previous, redirects=None, as_of=DAY):
    rows = pl.DataFrame([("a", r, c, "new", d) for r, c, d in current], schema=CURRENT, orient="row")
    result = record_periods(rows, previous, led() if redirects is None else redirects, as_of_date=as_of, calendar_start=day(1))
    return result.select("record_id", "customer_id", "valid_from", "valid_to").rows()


def test_a_new_record_begins_on_the_day_it_was_first_seen():
    assert periods([("1", "C1", day(3))], was()) == [("1", "C1", day(3), None)]


def test_a_record_without_a_first_day_begins_with_the_calendar_but_never_moves_back():
    assert periods([("1", "C1", None)], was()) == [("1", "C1", day(1), None)]
    assert periods([("1", "C1", None)], was(("1", "C1", 3, None))) == [("1", "C1", day(3), None)]


def test_a_record_that_moves_closes_its_period_and_begins_another():
    assert periods([("1", "C2", day(3))], was(("1", "C1", 3, None))) == [("1", "C1", day(3), DAY), ("1", "C2", DAY, None)]


def test_a_period_of_no_length_is_dropped():
    assert periods([("1", "C2", day(20))], was(("1", "C1", 20, None))) == [("1", "C2", DAY, None)]


def test_a_move_corrected_on_the_same_day_leaves_no_seam():
    assert periods([("1", "C1", day(3))], was(("1", "C1", 3, 20), ("1", "C2", 20, None))) == [("1", "C1", day(3), None)]


def test_a_record_that_vanished_keeps_its_period_open_or_follows_its_customer():
    previous = was(("1", "C1", 3, None))
    assert periods([], previous) == [("1", "C1", day(3), None)]
    assert periods([], previous, led(("C1", "C2"))) == [("1", "C1", day(3), DAY), ("1", "C2", DAY, None)]


def test_history_stays():
    previous = was(("1", "C1", 3, 5), ("1", "C2", 5, None))
    assert periods([("1", "C2", day(3))], previous) == [("1", "C1", day(3), day(5)), ("1", "C2", day(5), None)]


def test_an_older_export_that_arrives_late_moves_the_beginning_back():
    assert periods([("1", "C1", day(2))], was(("1", "C1", 3, None))) == [("1", "C1", day(2), None)]


def test_seen_from_an_earlier_day_what_began_later_is_left_out():
    previous = was(("1", "C1", 3, 10), ("1", "C2", 10, None))
    assert periods([("1", "C1", day(3))], previous, as_of=day(7)) == [("1", "C1", day(3), None)]
