"""Two exports of the same thing on one day: which of them counts, whatever the order in which they came."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

DAY = "crm/2026-11-20"
A, COPY = f"{DAY}/customers.csv", f"{DAY}/customers (1).csv"
MAPPING = {"file": "customers.csv", "key": "Id", "columns": {"Name": "name", "Modified": "modified_at"}, "required": ["name"]}


@pytest.fixture
def source(make_source):
    return make_source(entities={"customers": MAPPING})


def export(name, modified="", record_id=1):
    return f"Id,Name,Modified\n{record_id},{name},{modified}\n"


def names(home):
    return [name for (name,) in home.rows("raw.customers", "name")]


def versions(home):
    """State and reason code of every version of every path."""
    return sorted(home.rows("raw.files", "path", "state", "reason_code"), key=str)


@pytest.mark.parametrize(
    "copy", ["customers (1).csv", "customers（2）.csv", "customers - 副本.csv", "customers_copy.csv", "Customers - Copy (3).CSV"]
)
def test_of_an_export_and_its_copy_the_one_whose_rows_changed_last_counts(home, source, copy):
    home.put(A, export("old", "2026-11-20 08:00:00"))
    home.put(f"{DAY}/{copy}", export("new", "2026-11-20 09:00:00"))
    result = home.land(source)
    assert names(home) == ["new"]
    assert home.states() == {A: ("superseded", "newer_export"), f"{DAY}/{copy}": ("loaded", None)}
    (message,) = result.messages
    assert message.startswith(f"{A} (")
    assert "has an older stamp (2026-11-20 08:00:00 before 2026-11-20 09:00:00)" in message


def test_two_files_whose_names_differ_in_more_add_up(home, make_source):
    source = make_source(entities={"customers": MAPPING | {"file": "customers*.csv"}})
    home.put(f"{DAY}/customers_1.csv", export("one", record_id=1))
    home.put(f"{DAY}/customers_2.csv", export("two", record_id=2))
    home.land(source)
    assert names(home) == ["one", "two"]


def test_the_time_in_a_name_counts_before_what_the_rows_say(home, source):
    home.put(f"{DAY}/customers_20261120_0900.csv", export("early", "2026-11-20 12:00:00"))
    home.put(f"{DAY}/customers_20261120_2215.csv", export("late", "2026-11-19 12:00:00"))
    home.land(source)
    assert names(home) == ["late"]
    stamps = {path.split("_")[-1]: str(stamp) for path, stamp in home.rows("raw.files", "path", "exported_at")}
    assert stamps == {"0900.csv": "2026-11-20 09:00:00", "2215.csv": "2026-11-20 22:15:00"}


def test_the_time_in_a_name_is_on_the_clock_of_the_source(home, make_source):
    source = make_source(entities={"customers": MAPPING}, time_zone="Asia/Shanghai")
    home.put(f"{DAY}/customers_20261120_0700.csv", export("stamped"))  # 23:00 of the day before, UTC
    home.put(A, export("rows", "2026-11-19T23:30:00Z"))
    home.land(source)
    assert names(home) == ["rows"]


def test_an_export_that_says_when_it_was_made_counts_before_one_that_does_not(home, source):
    home.put(COPY, export("no stamp"))
    home.put(A, export("stamped", "2020-01-01"))
    home.land(source)
    assert names(home) == ["stamped"]


@pytest.mark.parametrize("modified", ["", "2026-11-20 08:00:00"])
def test_of_equal_stamps_the_higher_hash_counts_and_the_loser_is_told_how_to_win(home, source, modified):
    contents = {A: export("a", modified), COPY: export("b", modified)}
    highest = max(contents, key=lambda path: hashlib.sha256(contents[path].encode()).hexdigest())
    for path, content in contents.items():
        home.put(path, content)
    result = home.land(source)
    assert names(home) == [contents[highest].split("\n")[1].split(",")[1]]
    assert "has an equal stamp, so it does not count. If it should, put a later time into its name" in result.messages[0]


def test_what_is_written_over_a_file_counts_even_with_a_lower_hash(home, source):
    for name in ("a", "b", "a"):
        home.put(A, export(name, "2026-11-20"))
        home.land(source)
        assert names(home) == [name]
    assert versions(home) == [(A, "loaded", None), (A, "superseded", "newer_content")]


def test_an_older_export_delivered_again_over_a_newer_one_does_not_count(home, source):
    home.put(A, export("new", "2026-11-20 09:00:00"))
    home.land(source)
    home.put(A, export("old", "2026-11-20 08:00:00"))
    for _ in range(2):
        home.land(source)
        assert names(home) == ["new"]
        assert versions(home) == [(A, "loaded", None), (A, "superseded", "newer_export")]


def test_a_newer_export_over_one_that_was_loaded_replaces_all_its_rows(home, source):
    home.put(A, "Id,Name,Modified\n1,a,2026-11-19\n2,b,2026-11-19\n")
    home.land(source)
    home.put(A, export("c", "2026-11-20", record_id=3))
    home.land(source)
    assert home.rows("raw.customers", "record_id", "name") == [("3", "c")]


def test_every_export_of_a_log_adds_to_it(home, make_source):
    source = make_source(entities={"customers": MAPPING | {"snapshot": "changes"}})
    home.put(A, export("one", "2026-11-20", record_id=1))
    home.put(COPY, export("two", "2026-11-19", record_id=2))
    home.land(source)
    home.put(A, export("three", "2026-11-20", record_id=3))
    home.land(source)
    assert names(home) == ["one", "two", "three"]
    assert {state for _, state, _ in versions(home)} == {"loaded"}


def test_an_export_that_cannot_be_read_leaves_the_earlier_one_of_the_day(home, source):
    home.put(A, export("good", "2026-11-20 08:00:00"))
    home.put(f"{DAY}/customers_20261120_2215.csv", "Id,Title\n1,a\n")
    result = home.land(source)
    assert names(home) == ["good"]
    assert home.rows("raw.batches", "state", "reason_code") == [("loaded", "version_refused")]
    assert "2026-11-20's earlier version stays in place." in result.refusals[0]


def test_of_two_exports_of_a_lookup_the_newest_time_in_the_name_counts(home, make_source):
    owners = {"file": "owners.csv", "key": "Customer", "match": "Id", "columns": {"User": "owner_user_id"}}
    source = make_source(entities={"customers": MAPPING | {"lookups": {"owner": owners}}})
    home.put(A, export("a"))
    home.put(f"{DAY}/owners_20261120_2215.csv", "Customer,User\n1,new\n")
    home.put(f"{DAY}/owners_20261120_0815.csv", "Customer,User\n1,old\n")
    home.land(source)
    assert home.rows("raw.customers", "owner_user_id") == [("new",)]
    assert home.states()[f"{DAY}/owners_20261120_0815.csv"] == ("superseded", "newer_export")


EXPORTS = {
    A: export("a", "2026-11-20 08:00:00"),
    COPY: export("b", "2026-11-20 08:00:00"),
    f"{DAY}/customers - 副本.csv": export("c", "2026-11-20 07:00:00"),
    f"{DAY}/customers_copy.csv": "Id,Title\n1,unreadable\n",
    f"{DAY}/customers (2).csv": export("a", "2026-11-20 08:00:00"),
}


@given(order=st.permutations(sorted(EXPORTS)), together=st.sets(st.integers(0, 3)))
@settings(max_examples=4)
def test_the_order_in_which_exports_of_a_day_come_does_not_matter(new_home, make_source, order, together):
    source = make_source(entities={"customers": MAPPING})
    at_once, one_by_one = new_home(), new_home()
    for path in sorted(EXPORTS):
        at_once.put(path, EXPORTS[path])
    at_once.land(source)
    for place, path in enumerate(order):
        one_by_one.put(path, EXPORTS[path])
        if place not in together:
            one_by_one.land(source)
    one_by_one.land(source)
    for table in ("raw.customers", "raw.batches", "raw.quarantine"):
        assert one_by_one.warehouse.read(table).equals(at_once.warehouse.read(table)), table
    assert one_by_one.states() == at_once.states()
    assert one_by_one.quarantine() == at_once.quarantine()


@given(order=st.permutations(range(4)), copies=st.lists(st.booleans(), min_size=4, max_size=4), tidied=st.sets(st.integers(0, 3)))
@settings(max_examples=5)
def test_whatever_is_written_over_or_tidied_away_the_newest_stamp_counts(new_home, make_source, order, copies, tidied):
    home, source = new_home(), make_source(entities={"customers": MAPPING})
    for number in order:
        path = COPY if copies[number] else A
        home.put(path, export(f"version {number}", f"2026-11-20 1{number}:00:00"))
        home.land(source)
        if number in tidied:
            home.remove(path)
    home.land(source)
    assert names(home) == ["version 3"]
    assert [state for _, state, _ in versions(home)].count("loaded") == 1
