"""resolution/identity.py: minting, inheriting and retiring ids, and the periods of records."""

from datetime import date

import polars as pl

from ingest.resolution.identity import identify, mint, record_periods

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


def found(members, previous, redirects=None):
    identity = identify(members, previous, led() if redirects is None else redirects, as_of_date=DAY)
    return identity.customer_ids, identity.redirects.rows()


def test_an_id_is_opaque_stable_and_never_one_that_was_used():
    first = mint("a", "1", set())
    assert first == mint("a", "1", set())
    assert len(first) == 13
    assert first.startswith("C")
    assert first.isupper()
    assert mint("a", "1", {first}) not in {first, mint("a", "2", set())}


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
    own = mint("a", "1", set())
    assert found(grouped(["1"]), was(), led((own, "C9")))[0] != {0: own}


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
