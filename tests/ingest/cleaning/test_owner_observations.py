"""cleaning/owner_observations.py: one history out of what a source recorded and what its exports show."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.owner_observations import observe_owners
from ingest.cleaning.rep_ids import RepIdentities
from ingest.sources.mapping import Source
from ingest.tables import TABLES
from ingest.warehouse import conform

ZONE = "Asia/Shanghai"
CUSTOMERS = {"file": "x.csv", "key": "id", "columns": {"owner": "owner_user_id"}}
HISTORY = {"file": "h.csv", "key": "id", "columns": {"to": "to_user_id"}, "constants": {"subject": "customers"}}
PEOPLE = RepIdentities(
    {("crm", "7"): "R7"},
    frozenset(),
    users_by_name={("crm", "ann"): frozenset({"7"}), ("crm", "bob"): frozenset({"8"}), ("crm", "chen"): frozenset({"8", "9"})},
    users={"crm": frozenset({"7", "8", "9"})},
)


def day(number):
    return date(2026, 11, number)


def at(number, clock="12:00"):
    """A local time of the source on a day of the month, as written."""
    return f"2026-11-{number:02} {clock}:00"


def utc(number, clock="12:00"):
    return datetime.fromisoformat(at(number, clock)).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC).replace(tzinfo=None)


def system(*, history=True, snapshot="full", **keys):
    entities = {"customers": CUSTOMERS | {"snapshot": snapshot}} | ({"owner_changes": HISTORY} if history else {})
    return Source.model_validate({"name": "crm", "crm": "crm", "time_zone": ZONE, "entities": entities} | keys)


@pytest.fixture(scope="session")
def observe(make_raw):
    """What stands on the as-of date; what was known before that is told in test_owner_versions.py."""

    def observed(rows, changes=(), *, source=None, days=None, as_of=28, identities=PEOPLE, part=()):
        days = {row["as_of_date"] for row in rows} if days is None else {day(number) for number in days}
        table = observe_owners(
            make_raw("customers", rows),
            make_raw("owner_changes", list(changes)),
            {"crm": days},
            sources={"crm": source or system(history=bool(changes))},
            identities=identities,
            as_of_date=day(as_of),
            part_days={"crm": {day(number) for number in part}},
        )
        assert conform(TABLES["clean.owner_observations"], table).equals(table)
        return table.filter(pc.field("known_to").is_null()).sort_by([("record_id", "ascending"), ("sequence", "ascending")])

    return observed


def told(table):
    """(how, day of the month, owner) of each observation."""
    return [(row["observed_by"], row["changed_on"].day, row["owner_rep_id"]) for row in table.to_pylist()]


def shown(number, owner, **keys):
    return {"record_id": "1", "as_of_date": day(number), "owner_user_id": owner, "row_number": number} | keys


def change(moment, before, after, *, log="c1", seen=20, **keys):
    row = {"record_id": log, "as_of_date": day(seen), "subject": "customers", "subject_record_id": "1", "changed_at": moment}
    return row | {"from_user_id": before, "to_user_id": after, "row_number": seen, "file_sha256": "h"} | keys


# Exports alone.


def test_the_first_day_and_every_change_are_kept_with_the_row_that_shows_it(observe):
    table = observe([shown(1, "7"), shown(2, "7"), shown(4, "8"), shown(5, "8"), shown(6, "7")])
    assert told(table) == [("export", 1, "R7"), ("export", 4, "crm:8"), ("export", 6, "R7")]
    assert table.column("row_number").to_pylist() == [1, 4, 6]
    assert table.column("sequence").to_pylist() == [1, 2, 3]
    assert table.column("owner_user_id_raw").to_pylist() == ["7", "8", "7"]
    assert table.column("changed_at").to_pylist() == [None] * 3


def test_a_record_nobody_owns_is_observed_too(observe):
    assert told(observe([shown(1, None), shown(2, " "), shown(3, "8")])) == [("export", 1, None), ("export", 3, "crm:8")]


def test_a_deleted_record_and_a_merged_one_have_no_owner(observe):
    deleted = observe([shown(1, "7"), shown(2, "7", is_deleted="1")]).to_pylist()[-1]
    assert (deleted["owner_rep_id"], deleted["cause"], deleted["owner_user_id_raw"]) == (None, "deleted", "7")
    merged = observe([shown(1, "7"), shown(2, "7", is_deleted="1", merged_into_record_id="9")]).to_pylist()[-1]
    assert (merged["owner_rep_id"], merged["cause"]) == (None, "merged")


def test_a_source_that_never_says_who_owns_gives_no_observations(observe, make_source):
    assert observe([shown(1, None)], source=make_source()).num_rows == 0


def test_no_rows_give_no_observations(observe):
    assert observe([]).num_rows == 0
    assert observe([], [change(at(2), "7", "8")]).num_rows == 0


def test_the_moment_that_the_record_names_is_the_moment_of_the_change(observe):
    rows = [shown(1, "7", owner_changed_at=at(1, "09:00")), shown(5, "8", owner_changed_at=at(3, "18:30"))]
    table = observe(rows)
    assert told(table) == [("export", 1, "R7"), ("export", 3, "crm:8")]
    assert table.column("changed_at").to_pylist() == [utc(1, "09:00"), utc(3, "18:30")]
    assert table.column("as_of_date").to_pylist() == [day(1), day(5)]


def test_a_moment_on_the_day_of_the_export_before_counts_if_it_lies_after_the_moment_before(observe):
    rows = [shown(1, "7", owner_changed_at=at(1, "02:00")), shown(2, "8", owner_changed_at=at(1, "18:30"))]
    assert observe(rows).column("changed_at").to_pylist() == [utc(1, "02:00"), utc(1, "18:30")]


@pytest.mark.parametrize("moment", [at(1, "18:30"), at(9), None, "soon"])
def test_a_moment_that_cannot_be_that_of_the_change_leaves_the_exports_day(observe, moment):
    table = observe([shown(1, "7"), shown(5, "8", owner_changed_at=moment)])
    assert told(table) == [("export", 1, "R7"), ("export", 5, "crm:8")]
    assert table.column("changed_at").to_pylist() == [None, None]


def test_a_moment_that_stands_still_is_the_moment_of_one_change_only(observe):
    rows = [shown(1, "7", owner_changed_at=at(1, "02:00")), shown(3, "8", owner_changed_at=at(1, "02:00"))]
    rows += [shown(4, "9", owner_changed_at=at(3, "12:00")), shown(6, "7", owner_changed_at=at(5, "12:00"))]
    assert observe(rows).column("changed_at").to_pylist() == [utc(1, "02:00"), None, None, utc(5)]


def test_the_moment_of_an_owner_is_not_the_moment_of_a_deletion(observe):
    table = observe([shown(1, "7"), shown(5, "8", owner_changed_at=at(3), is_deleted="1")])
    assert told(table) == [("export", 1, "R7"), ("export", 5, None)]


def test_a_day_of_which_a_file_could_not_be_read_says_nothing_by_what_it_lacks(observe):
    rows = [shown(1, "7"), shown(4, "7")]
    assert len(observe(rows, days=[1, 2, 3, 4]).to_pylist()) == 3
    assert len(observe(rows, days=[1, 2, 3, 4], part=[2, 3]).to_pylist()) == 1
    found = observe(rows, days=[1, 2, 3, 4], part=[2]).to_pylist()
    assert [(row["changed_on"].day, row["owner_rep_id"]) for row in found] == [(1, "R7"), (3, None), (4, "R7")]
    found = observe([shown(1, "7")], days=[1, 2, 3], part=[2]).to_pylist()
    assert [(row["changed_on"].day, row["owner_rep_id"]) for row in found] == [(1, "R7"), (3, None)]
    assert len(observe([shown(1, "7")], days=[1, 2], part=[2]).to_pylist()) == 1


def test_what_a_day_shows_counts_although_a_file_of_it_could_not_be_read(observe):
    found = observe([shown(1, "7"), shown(2, "8")], days=[1, 2, 3], part=[2]).to_pylist()
    assert [row["changed_on"].day for row in found] == [1, 2, 3]


def test_an_absent_record_has_no_owner_until_it_comes_back(observe):
    other = [shown(n, "7", record_id="2") for n in range(1, 7)]
    table = observe([shown(1, "7"), shown(2, "7"), shown(5, "7"), *other])
    rows = [row for row in table.to_pylist() if row["record_id"] == "1"]
    assert [(row["changed_on"], row["owner_rep_id"], row["cause"]) for row in rows] == [
        (day(1), "R7", None),
        (day(3), None, "absent"),
        (day(5), "R7", None),
        (day(6), None, "absent"),
    ]
    assert [(row["as_of_date"], row["row_number"]) for row in rows] == [(day(1), 1), (day(3), 2), (day(5), 5), (day(6), 5)]


def test_a_held_day_and_a_part_of_an_export_say_nothing_by_what_they_lack(observe):
    rows = [shown(1, "7"), shown(5, "7"), shown(3, "7", record_id="2")]
    assert told(observe(rows, days=[1, 5]))[:1] == [("export", 1, "R7")]
    assert len(told(observe(rows, days=[1, 5]))) == 1
    changes = observe(rows, source=system(history=False, snapshot="changes"))
    assert told(changes) == [("export", 1, "R7"), ("export", 3, "R7")]


def test_rows_of_a_held_day_and_of_later_days_are_not_read(observe):
    assert told(observe([shown(1, "7"), shown(2, "8"), shown(3, "9")], days=[1, 3], as_of=2)) == [("export", 1, "R7")]


# The source's own history.


def test_the_history_gives_the_moment_and_exports_that_agree_add_nothing(observe):
    rows = [shown(n, "7" if n < 4 else "8", created_at=at(1, "08:00")) for n in range(1, 7)]
    table = observe(rows, [change(at(4), "7", "8", action="assigned", changed_by_user_id="9")])
    assert told(table) == [("history", 1, "R7"), ("history", 4, "crm:8")]
    first, second = table.to_pylist()
    assert (first["changed_at"], second["changed_at"]) == (utc(1, "08:00"), utc(4))
    assert (first["cause"], first["actor_rep_id"], first["owner_user_id_raw"]) == (None, None, "7")
    assert (second["cause"], second["actor_rep_id"], second["owner_user_id_raw"]) == ("assigned", "crm:9", "8")
    assert (second["as_of_date"], second["file_sha256"], second["row_number"]) == (day(20), "h", 20)


def test_an_export_taken_before_or_between_the_days_changes_is_explained(observe):
    changes = [change(at(4, "09:00"), "7", "8"), change(at(4, "17:00"), "8", "9", log="c2")]
    wanted = [("history", 1, "R7"), ("history", 4, "crm:8"), ("history", 4, "crm:9")]
    for seen in ("7", "8", "9"):
        rows = [shown(1, "7", created_at=at(1)), shown(4, seen), shown(5, "9")]
        assert told(observe(rows, changes)) == wanted


def test_an_owner_that_the_history_does_not_explain_is_an_observation(observe):
    rows = [shown(1, "7", created_at=at(1)), shown(3, "8"), shown(5, "9"), shown(6, "9")]
    assert told(observe(rows, [change(at(2), "7", "8")])) == [("history", 1, "R7"), ("history", 2, "crm:8"), ("export", 5, "crm:9")]


def test_an_export_that_still_shows_the_old_owner_the_day_after_contradicts_the_history(observe):
    rows = [shown(1, "7", created_at=at(1)), shown(4, "7"), shown(5, "7")]
    assert told(observe(rows, [change(at(4), "7", "8")])) == [("history", 1, "R7"), ("history", 4, "crm:8"), ("export", 5, "R7")]


def test_an_export_that_contradicts_the_history_once_does_not_stand_for_ever(observe):
    rows = [shown(1, "8"), shown(3, "9"), shown(5, "8")]
    assert told(observe(rows, [change(at(1), None, "8")])) == [("history", 1, "crm:8"), ("export", 3, "crm:9"), ("export", 5, "crm:8")]


def test_changes_before_the_first_export_are_known_too(observe):
    table = observe([shown(9, "9")], [change(at(2), "7", "8"), change(at(4), "8", "9", log="c2")])
    assert told(table) == [("history", 2, "crm:8"), ("history", 4, "crm:9")]


def test_without_a_change_the_owner_is_that_since_the_record_was_made_if_the_source_keeps_a_history(observe):
    rows = [shown(5, "7", created_at=at(2)), shown(5, "8", record_id="2")]
    with_history = observe(rows, [change(at(3), None, "8", subject_record_id="2")])
    assert told(with_history) == [("export", 2, "R7"), ("history", 3, "crm:8")]
    assert told(observe(rows, source=system(history=False))) == [("export", 5, "R7"), ("export", 5, "crm:8")]
    assert told(observe(rows, source=system(history=True))) == [("export", 5, "R7"), ("export", 5, "crm:8")]


def test_into_the_pool_and_out_of_it(observe):
    changes = [
        change(at(2), "7", None, action="returned"),
        change(at(3), None, None, log="c2", action="Retaken"),
        change(at(4), None, "8", log="c3", action="claimed"),
        change(at(6), "8", None, log="c4"),
    ]
    rows = [shown(n, owner) for n, owner in [(1, "7"), (2, None), (3, None), (4, "8"), (5, "8"), (6, None), (7, None)]]
    table = observe(rows, changes)
    assert told(table) == [("export", 1, "R7"), ("history", 2, None), ("history", 4, "crm:8"), ("history", 6, None)]
    assert table.column("cause").to_pylist() == [None, "returned", "claimed", None]


def test_a_change_without_a_moment_an_owner_or_a_customer_is_none(observe):
    changes = [
        change(None, "7", "8"),
        change("soon", "7", "8", log="c2"),
        change(at(3), None, None, log="c3"),
        change(at(3), "7", "8", log="c4", subject="leads"),
        change(at(3), "7", "8", log="c5", subject_record_id=None),
        change(at(3), "7", "8", log="c6", subject_record_id="never exported"),
        change(at(29), "7", "8", log="c7"),
    ]
    assert told(observe([shown(1, "7")], changes)) == [("export", 1, "R7")]


def test_a_change_in_the_last_minute_of_the_as_of_date_counts_and_one_of_the_next_day_does_not(observe):
    changes = [change(at(9, "23:59"), "7", "8", seen=9), change(at(10, "00:00"), "8", "9", log="c2", seen=9)]
    assert told(observe([shown(1, "7")], changes, as_of=9)) == [("export", 1, "R7"), ("history", 9, "crm:8")]


@pytest.mark.parametrize("moment", ["2999-01-01 00:00:00", "2026-11-31 12:00:00", "9999-12-31 23:59:59"])
def test_a_change_of_the_far_future_or_of_no_day_is_not_believed_and_the_others_stand(observe, moment):
    changes = [change(at(3), "7", "8"), change(moment, "8", "9", log="c2")]
    assert told(observe([shown(1, "7"), shown(4, "8")], changes)) == [("export", 1, "R7"), ("history", 3, "crm:8")]


def test_two_systems_with_other_clocks_tell_one_moment_each_on_the_day_of_its_own_calendar(observe):
    # One change, half past midnight in Shanghai: there it is the 4th, in New York still noon of the 3rd.
    there = observe([shown(1, "7"), shown(4, "8")], [change(at(4, "00:30"), "7", "8")])
    here = observe([shown(1, "7"), shown(4, "8")], [change(at(3, "11:30"), "7", "8")], source=system(time_zone="America/New_York"))
    assert told(there)[1:] == [("history", 4, "crm:8")]
    assert told(here)[1:] == [("history", 3, "crm:8")]
    assert there.column("changed_at").to_pylist()[1] == here.column("changed_at").to_pylist()[1] == utc(4, "00:30")


# What single CRMs do.


def test_salesforce_writes_a_change_with_names_and_with_ids_and_loaders_write_it_twice(observe):
    changes = [
        change(at(3), "Ann", "Bob", log="c1"),
        change(at(3), "7", "8", log="c2"),
        change(at(3), "7", "8", log="c3"),
        change(at(5), "8", "9", log="c5"),
        change(at(5), "Bob", "Chen", log="c4"),  # two users are called Chen: the row with ids says which
    ]
    table = observe([shown(1, "7"), shown(3, "8"), shown(5, "9")], changes)
    assert told(table) == [("export", 1, "R7"), ("history", 3, "crm:8"), ("history", 5, "crm:9")]
    assert table.column("owner_user_id_raw").to_pylist() == ["7", "Bob", "9"]


def test_salesforce_ids_of_fifteen_and_eighteen_characters_are_one_person_and_one_record(observe):
    source = system(ids="salesforce")
    nobody = RepIdentities({}, frozenset(), id_kinds={"crm": "salesforce"})
    changes = [change(at(3), "005000000000001", "00500000000AbCd", subject_record_id="001000000000001")]
    rows = [shown(n, owner, record_id="001000000000001AAA") for n, owner in [(1, "005000000000001AAA"), (3, "00500000000AbCdAAK")]]
    table = observe(rows, changes, source=source, identities=nobody)
    assert told(table) == [("export", 1, "crm:005000000000001AAA"), ("history", 3, "crm:00500000000AbCdAAK")]


def test_a_change_whose_new_value_the_loader_lost_is_set_right_by_the_next_export(observe):
    rows = [shown(1, "7", created_at=at(1)), shown(3, "8"), shown(4, "8")]
    table = observe(rows, [change(at(3), "7", None)])
    assert told(table) == [("history", 1, "R7"), ("history", 3, None), ("export", 3, "crm:8")]


def test_fxiaoke_says_the_moment_in_the_record_and_returns_to_the_pool(observe):
    rows = [
        shown(1, "7", owner_changed_at="1793491200000"),
        shown(2, "7", owner_changed_at="1793491200000"),
        shown(5, None, owner_changed_at="1793750400000", pool_id="p"),
    ]
    table = observe(rows)
    assert [row["owner_rep_id"] for row in table.to_pylist()] == ["R7", None]
    assert table.column("changed_at").to_pylist() == [datetime.fromisoformat(f"2026-11-{number} 00:00") for number in ("01", "04")]


def test_a_hard_deleted_record_has_no_owner_whatever_its_history_says_afterwards(observe):
    other = [shown(n, "7", record_id="2") for n in range(1, 9)]
    rows = [shown(1, "7"), shown(2, "7"), *other]
    table = observe(rows, [change(at(5), "7", "8")])
    mine = [row for row in table.to_pylist() if row["record_id"] == "1"]
    assert [(row["changed_on"].day, row["owner_rep_id"]) for row in mine] == [(1, "R7"), (3, None), (5, "crm:8"), (6, None)]


def test_a_late_day_gives_the_history_it_would_have_given_in_time(observe):
    rows = [shown(1, "7"), shown(2, "8"), shown(3, "8")]
    late = observe([rows[0], rows[2], rows[1]])
    assert late.equals(observe(rows))
    assert told(late)[1] == ("export", 2, "crm:8")


# Any history.

OWNERS = [None, "7", "8", "9"]
RECORDS = "1234"
ROW = st.fixed_dictionaries(
    {
        "record_id": st.sampled_from(RECORDS),
        "as_of_date": st.integers(1, 8).map(day),
        "owner_user_id": st.sampled_from(OWNERS),
        "is_deleted": st.sampled_from([None, None, None, "1"]),
        "created_at": st.sampled_from([None, at(1, "06:00"), at(3, "06:00")]),
        "owner_changed_at": st.sampled_from([None, None, *(at(n, clock) for n in (1, 3, 4, 6) for clock in ("03:00", "15:00"))]),
    }
)
EXPORTS = st.lists(ROW, max_size=24, unique_by=lambda row: (row["record_id"], row["as_of_date"]))
LOGGED = st.builds(
    lambda log, record, number, clock, ends, action: change(
        at(number, clock), *ends, log=log, seen=9, subject_record_id=record, action=action
    ),
    st.integers(0, 99).map(str),
    st.sampled_from(RECORDS),
    st.integers(1, 8),
    st.sampled_from(["09:00", "17:00"]),
    st.tuples(st.sampled_from(OWNERS), st.sampled_from(OWNERS)),
    st.sampled_from([None, "returned"]),
)
LOG = st.lists(LOGGED, max_size=10, unique_by=lambda row: row["record_id"])
DAYS = range(1, 9)


@settings(max_examples=30)
@given(rows=EXPORTS, changes=LOG, snapshot=st.sampled_from(["full", "changes"]), data=st.data())
def test_the_order_of_rows_does_not_matter_and_every_promise_of_the_sequence_holds(rows, changes, snapshot, data, observe):
    rows = [row | {"row_number": number} for number, row in enumerate(rows, start=1)]
    source = system(snapshot=snapshot)
    table = observe(rows, changes, source=source, days=DAYS)
    shuffled = observe(data.draw(st.permutations(rows)), data.draw(st.permutations(changes)), source=source, days=DAYS)
    assert table.equals(shuffled)
    found = pl.DataFrame(pl.from_arrow(table))
    for _, record in found.group_by("record_id"):
        owners = record.sort("sequence")["owner_rep_id"].to_list()
        assert record["sequence"].sort().to_list() == list(range(1, len(owners) + 1))
        assert all(before != after for before, after in pairwise(owners))
        assert record.sort("sequence")["changed_on"].is_sorted()
    exported = {row["record_id"] for row in rows}
    assert exported == set(found["record_id"])


def as_told_day_by_day(rows, changes, days, *, is_full):
    """The owners of one record in order, by going through the days one after the other: the rules in their plainest form."""
    by_day = {row["as_of_date"].day: row for row in rows}
    log = sorted(changes, key=lambda row: row["changed_at"])
    log = [row for row in log if row["to_user_id"] or row["from_user_id"] or row["action"] == "returned"]
    owners, state, before_day, before = [], "unknown", 0, "unknown"
    if log and log[0]["from_user_id"] and any(row["created_at"] for row in rows):
        made = max((row for row in rows if row["created_at"]), key=lambda row: row["as_of_date"])["created_at"]
        owners += [log[0]["from_user_id"]] if made < log[0]["changed_at"] else []
    for number in days:
        row, todays = by_day.get(number), [entry for entry in log if int(entry["changed_at"][8:10]) == number]
        earlier = [entry for entry in log if before_day <= int(entry["changed_at"][8:10]) < number]
        start = state
        for entry in todays:
            state = entry["to_user_id"]
            owners.append(state)
        if row is None and (before_day == 0 or not is_full):
            continue
        owner = None if row is None or row["is_deleted"] else row["owner_user_id"]
        if owner != state:
            possible = {entry["to_user_id"] for entry in todays[:-1]} | ({earlier[-1]["to_user_id"]} if earlier else set())
            possible |= {before} if before_day else set()
            is_open = not before_day and not earlier and (not todays or todays[0]["from_user_id"] in (None, owner))
            if not todays or not (owner in possible or (is_open and start == "unknown")):
                state = owner
                owners.append(owner)
        before_day, before = number, owner
    return [owner for place, owner in enumerate(owners) if place == 0 or owner != owners[place - 1]]


@settings(max_examples=60)
@given(rows=EXPORTS, changes=LOG, snapshot=st.sampled_from(["full", "changes"]))
def test_the_owners_are_those_that_going_day_by_day_finds(rows, changes, snapshot, observe):
    made = dict.fromkeys("12", at(1, "06:00"))  # before any export: what is made after it was exported is no case of its own
    rows = [row | {"row_number": n, "owner_changed_at": None, "created_at": made.get(row["record_id"])} for n, row in enumerate(rows, 1)]
    changes = list({(row["subject_record_id"], row["changed_at"]): row for row in changes}.values())
    found = pl.DataFrame(pl.from_arrow(observe(rows, changes, source=system(snapshot=snapshot), days=DAYS)))
    for record_id in {row["record_id"] for row in rows}:
        mine = [row for row in rows if row["record_id"] == record_id]
        logged = [row for row in changes if row["subject_record_id"] == record_id]
        owners = found.filter(pl.col("record_id") == record_id).sort("sequence")["owner_rep_id"].to_list()
        wanted = as_told_day_by_day(mine, logged, DAYS, is_full=snapshot == "full")
        assert owners == [{"7": "R7"}.get(owner, owner and f"crm:{owner}") for owner in wanted]
