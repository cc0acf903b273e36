"""cleaning/owner_versions.py: on every day the rows that are known are what the exports up to that day say, and nothing else.

More histories than CI tries: `BAILIWICK_HISTORIES=20000 pytest tests/ingest/cleaning/test_owner_versions.py`.
"""

import os
from collections import Counter
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.owner_observations import observe_owners
from ingest.cleaning.rep_ids import RepIdentities
from ingest.sources.mapping import Source

RECORDS = "123456"  # of which each has a history of its own
EXAMPLES = int(os.environ.get("BAILIWICK_HISTORIES", "120")) // len(RECORDS)
PEOPLE = RepIdentities(
    {("crm", "7"): "R7"},
    frozenset(),
    users_by_name={("crm", "ann"): frozenset({"7"}), ("crm", "bob"): frozenset({"8"}), ("crm", "chen"): frozenset({"8", "9"})},
    users={"crm": frozenset({"7", "8", "9"})},
)
NUMBERS = ["sequence", "first_sequence", "known_from", "known_to"]
LAST = 7


def night(number):
    return date(2026, 3, number)


def moment(number, clock="12:00"):
    return f"2026-03-{number:02} {clock}:00"


def crm(*, has_log, snapshot="full"):
    entities = {"customers": {"file": "x.csv", "key": "id", "columns": {"owner": "owner_user_id"}, "snapshot": snapshot}}
    if has_log:
        log = {"file": "h.csv", "key": "id", "columns": {"to": "to_user_id"}, "constants": {"subject": "customers"}}
        entities["owner_changes"] = log
    return Source.model_validate({"name": "crm", "crm": "crm", "time_zone": "Asia/Shanghai", "entities": entities})


def row(number, owner, **keys):
    return {"record_id": "1", "as_of_date": night(number), "owner_user_id": owner, "row_number": number} | keys


def entry(seen, when, before, after, *, log="c1", **keys):
    """A row of the log in the export of the night `seen`."""
    evidence = {"record_id": log, "as_of_date": night(seen), "file_sha256": "log", "row_number": 100 + int(log.strip("c"))}
    said = {"subject": "customers", "subject_record_id": "1", "changed_at": when, "from_user_id": before, "to_user_id": after}
    return evidence | said | keys


@pytest.fixture(scope="session")
def known(make_raw):
    """Every row, also of what is no longer known to be so, out of the exports up to a night."""

    def rows_of(rows, log=(), *, until=LAST, days=range(1, LAST + 1), part=(), source=None):
        until = night(until)
        table = observe_owners(
            make_raw("customers", [row for row in rows if row["as_of_date"] <= until]),
            make_raw("owner_changes", [row for row in log if row["as_of_date"] <= until]),
            {"crm": {night(number) for number in days if night(number) <= until}},
            sources={"crm": source or crm(has_log=bool(log))},
            identities=PEOPLE,
            as_of_date=until,
            part_days={"crm": {night(number) for number in part if night(number) <= until}},
        )
        return pl.DataFrame(pl.from_arrow(table))

    return rows_of


def told(table):
    """(how, day of the month, owner, known from, known to) of each row."""
    days = pl.col("changed_on", "known_from", "known_to").dt.day()
    told_of = ("observed_by", "changed_on", "owner_rep_id", "known_from", "known_to")
    return table.sort("known_from", "first_sequence").with_columns(days).select(told_of).rows()


def test_a_change_that_an_export_shows_is_known_from_that_export_on(known):
    found = known([row(1, "7"), row(2, "7"), row(5, "8"), row(7, "8")], days=[1, 2, 5, 7])
    assert told(found) == [("export", 1, "R7", 1, None), ("export", 5, "crm:8", 5, None)]
    assert found["first_sequence"].to_list() == found["sequence"].to_list() == [1, 2]


def test_a_change_that_the_log_tells_later_than_the_export_showed_it_is_revised_on_that_day(known):
    rows = [row(number, "7" if number < 3 else "8") for number in range(1, 8)]
    found = known(rows, [entry(5, moment(2, "18:00"), "7", "8")])
    assert told(found) == [
        ("export", 1, "R7", 1, None),
        ("export", 3, "crm:8", 3, 5),
        ("history", 2, "crm:8", 5, None),
    ]


def test_a_row_whose_number_moved_is_not_closed(known):
    rows = [row(number, "7" if number < 6 else "9") for number in range(1, 8)]
    found = known(rows, [entry(7, moment(3), "7", "8"), entry(7, moment(4), "8", "7", log="c2")])
    assert told(found)[:2] == [("export", 1, "R7", 1, None), ("export", 6, "crm:9", 6, None)]
    moved = found.filter(pl.col("owner_rep_id") == "crm:9")
    assert moved.select("first_sequence", "sequence").rows() == [(2, 4)]


def test_two_rows_known_from_one_day_may_end_with_the_same_number(known):
    """Why the key is not (source, record_id, known_from, sequence)."""
    rows = [row(1, "7"), row(2, "8"), *(row(number, "8") for number in range(3, 10))]
    log = [entry(1, moment(1, "09:00"), None, "7"), entry(4, moment(1, "08:00"), None, "9", log="c2")]
    log += [entry(4, moment(2, "08:00"), "7", "8", log="c3")]
    found = known(rows, log)
    assert found.filter(pl.col("known_from") < night(4)).select("known_from", "first_sequence", "sequence", "known_to").rows() == [
        (night(1), 1, 2, None),
        (night(2), 2, 2, night(4)),
    ]


def test_a_mended_row_of_the_log_closes_what_it_said_and_a_return_to_it_opens_that_again(known):
    rows = [row(number, "8") for number in range(1, 8)]
    log = [entry(seen, moment(1, "02:00"), None, "9" if seen == 4 else "8") for seen in (1, 4, 6)]
    owners = [(owner, start, end) for how, _, owner, start, end in told(known(rows, log)) if how == "history"]
    assert owners == [("crm:8", 1, 4), ("crm:9", 4, 6), ("crm:8", 6, None)]


def test_a_change_of_tomorrow_in_tonights_log_is_known_tomorrow(known):
    rows = [row(1, "7"), row(2, "7"), row(4, "8")]
    found = known(rows, [entry(2, moment(3, "00:10"), "7", "8")], days=[1, 2, 4])
    assert told(found)[1:] == [("history", 3, "crm:8", 3, None)]


def test_the_first_change_of_a_record_shows_who_owned_it_since_it_was_made(known):
    rows = [row(number, "7" if number < 3 else "8", created_at=moment(1, "06:00")) for number in range(1, 8)]
    others = [row(number, "9", record_id="2", created_at=moment(1, "06:00")) for number in range(1, 8)]
    found = known([*rows, *others], [entry(3, moment(3), "7", "8"), entry(1, moment(1), None, "9", log="c2", subject_record_id="2")])
    assert told(found.filter(pl.col("record_id") == "1")) == [
        ("export", 1, "R7", 1, 3),
        ("history", 1, "R7", 3, None),
        ("history", 3, "crm:8", 3, None),
    ]
    assert told(found.filter(pl.col("record_id") == "2")) == [("history", 1, "crm:9", 1, None)]


def test_a_moment_of_making_that_is_told_later_dates_the_first_owner_from_then_on(known):
    rows = [row(number, "7", created_at=None if number < 3 else moment(1, "06:00")) for number in range(1, 8)]
    rows += [row(number, "9", record_id="2") for number in range(1, 8)]
    found = known(rows, [entry(1, moment(1), None, "9", subject_record_id="2")]).filter(pl.col("record_id") == "1")
    assert told(found) == [("export", 1, "R7", 1, 3), ("export", 1, "R7", 3, None)]
    assert found.sort("known_from")["changed_at"].is_null().to_list() == [True, False]


def test_a_log_that_starts_later_dates_the_first_owners_of_all_records(known):
    rows = [row(number, "7", record_id=record, created_at=moment(1, "06:00")) for record in "12" for number in range(2, 10)]
    found = known(rows, [entry(5, moment(5), "7", "7", subject_record_id="other")])
    assert [row for row in told(found) if row[3] == 2] == [("export", 2, "R7", 2, 5)] * 2
    assert [row for row in told(found) if row[3] == 5] == [("export", 1, "R7", 5, None)] * 2


# Any history.

OWNERS = [None, "7", "8", "9"]
WHEN = st.one_of(st.none(), st.builds(moment, st.integers(1, 7), st.sampled_from(["03:00", "12:00", "23:30"])))
ROW = st.fixed_dictionaries(
    {
        "record_id": st.sampled_from(RECORDS),
        "as_of_date": st.integers(1, 7).map(night),
        "owner_user_id": st.sampled_from(OWNERS),
        "is_deleted": st.sampled_from([None, None, None, None, "1"]),
        "created_at": st.sampled_from([None, moment(1, "06:00"), moment(1, "06:00"), "2026-03-01", moment(3, "06:00"), "soon"]),
        "owner_changed_at": WHEN,
    }
)
ROWS = st.lists(ROW, max_size=36, unique_by=lambda row: (row["record_id"], row["as_of_date"]))
NAMED = st.sampled_from([*OWNERS, "Ann", "Bob", "Chen"])
ENTRY = st.builds(
    lambda log, seen, record, when, before, after, action: entry(
        seen, when, before, after, log=f"c{log}", subject_record_id=record, action=action
    ),
    st.integers(1, 12),
    st.integers(1, 7),
    st.sampled_from([*RECORDS, "never exported"]),
    WHEN,
    NAMED,
    NAMED,
    st.sampled_from([None, None, "returned"]),
)
LOG = st.lists(ENTRY, max_size=24, unique_by=lambda row: (row["record_id"], row["as_of_date"]))
NIGHTS = st.sets(st.integers(1, 7), min_size=4)


def in_order_of_time(rows):
    """How the rows known on one day are put in the order in which they happened, without a number of that day."""
    return rows.sort(
        "record_id", "changed_on", "changed_at", "observed_by", "sequence", descending=[False, False, False, True, False], nulls_last=True
    )


@settings(max_examples=EXAMPLES)
@given(rows=ROWS, log=LOG, days=NIGHTS, part=st.sets(st.integers(1, 7), max_size=2), snapshot=st.sampled_from(["full", "full", "changes"]))
def test_on_every_day_the_rows_known_then_are_what_the_exports_up_to_that_day_say(rows, log, days, part, snapshot, known):
    rows = [row | {"row_number": number} for number, row in enumerate(rows, start=1)]
    setting = {"days": days, "part": part, "source": crm(has_log=bool(log), snapshot=snapshot)}
    table = known(rows, log, **setting)
    said = [name for name in table.columns if name not in NUMBERS]
    first_numbers, last_numbers = {}, {}
    for number in range(1, LAST + 1):
        today = night(number)
        of_day = known(rows, log, until=number, **setting).filter(pl.col("known_to").is_null())
        then = table.filter((pl.col("known_from") <= today) & (pl.col("known_to").is_null() | (pl.col("known_to") > today)))
        assert Counter(then.select(said).rows()) == Counter(of_day.select(said).rows()), today
        for found in of_day.select(*said, "sequence").rows():
            first_numbers.setdefault((*found[:-1], today), found[-1])
            last_numbers[(*found[:-1], today)] = found[-1]
    now = table.filter(pl.col("known_to").is_null())
    assert now.select(*said, "sequence").sort(pl.all()).equals(of_day.select(*said, "sequence").sort(pl.all()))
    for found in table.iter_rows(named=True):
        content = tuple(found[name] for name in said)
        last_day = (found["known_to"] or night(LAST + 1)) - timedelta(days=1)
        assert found["first_sequence"] == first_numbers[*content, found["known_from"]]
        assert found["sequence"] == last_numbers[*content, last_day]
    ends = Counter((*row[:-1], row[-1]) for row in table.select(*said, "known_to").drop_nulls("known_to").rows())
    assert not ends.keys() & set(table.select(*said, "known_from").rows())  # nothing is closed and opened again on one day
