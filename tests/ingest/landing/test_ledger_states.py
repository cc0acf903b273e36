"""What the ledger says of each file: landed, loaded, refused, held or superseded, and by which reason, over several landings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ONE, TWO = "crm/2026-11-19/customers.csv", "crm/2026-11-20/customers.csv"
MORE = "crm/2026-11-20/customers_more.csv"
OWNERS = "crm/2026-11-20/owners.csv"
LOOKUP = {"file": "owners.csv", "key": "Customer", "match": "Id", "columns": {"User": "owner_user_id"}}
NAMED = {"file": "customers*.csv", "key": "Id", "columns": {"Name": "name"}}


def export(ids, name="n"):
    return "Id,Name\n" + "".join(f"{i},{name}\n" for i in ids)


def rows(home):
    return sorted((str(day), record, name) for day, record, name in home.rows("raw.customers", "as_of_date", "record_id", "name"))


def batches(home):
    return {
        (entity, str(day)): (state, code)
        for entity, day, state, code in home.rows("raw.batches", "entity", "as_of_date", "state", "reason_code")
    }


def test_each_state_has_its_file(home):
    home.put(ONE, export(range(40)))
    home.put(TWO, export(range(10)))
    home.put("crm/2026-11-18/customers.csv", export(range(40)))
    home.put("crm/2026-11-18/customers (1).csv", export(range(40)))
    home.put("crm/2026-11-21/customers.csv", "Id,Title\n1,a\n")
    home.put("crm/2026-11-21/notes.txt", "x")
    home.land()
    assert home.states() == {
        "crm/2026-11-18/customers.csv": ("loaded", None),
        "crm/2026-11-18/customers (1).csv": ("superseded", "same_content"),
        ONE: ("loaded", None),
        TWO: ("held", "shrunk"),
        "crm/2026-11-21/customers.csv": ("refused", "missing_column"),
        "crm/2026-11-21/notes.txt": ("landed", "no_feed"),
    }
    unexplained = [row for row in home.rows("raw.files", "path", "state", "reason") if row[1] != "loaded" and not row[2]]
    assert unexplained == []


def test_a_second_landing_says_of_every_file_what_the_first_said(home):
    test_each_state_has_its_file(home)
    before = home.warehouse.read("raw.files")
    home.land()
    assert home.warehouse.read("raw.files").equals(before)


@pytest.mark.parametrize(("text", "code"), [("", "empty_file"), ("Id,Title\n9,a\n", "missing_column"), ("Id,Na", "missing_column")])
def test_a_file_that_cannot_be_read_beside_one_that_can_changes_no_earlier_day(home, text, code):
    home.put(ONE, export(range(3), "before"))
    home.land()
    earlier = rows(home)
    home.put(TWO, export(range(2), "after"))
    home.put(MORE, text)
    result = home.land()
    assert [row for row in rows(home) if row[0] == "2026-11-19"] == earlier
    assert len(rows(home)) == 5
    assert batches(home)["customers", "2026-11-20"] == ("loaded", "part_refused")
    assert (home.states()[TWO], home.states()[MORE]) == (("loaded", None), ("refused", code))
    assert "The other files of the day were loaded." in result.refusals[0]
    assert home.land().refused == ["crm/customers/2026-11-20"], "it is said again until somebody mends it"


def test_the_mended_half_of_a_day_joins_the_other(home):
    home.put(TWO, export(range(2)))
    home.put(MORE, "")
    home.land()
    home.put(MORE, export([7]))
    result = home.land()
    assert (result.loaded, result.refused) == (["crm/customers/2026-11-20"], [])
    assert [record for _, record, _ in rows(home)] == ["0", "1", "7"]
    assert batches(home)["customers", "2026-11-20"] == ("loaded", None)
    assert home.quarantine() == {}


def test_a_day_that_lost_its_larger_half_is_held(home):
    home.put(ONE, export(range(40)))
    home.put(TWO, export(range(10)))
    home.put(MORE, "")
    result = home.land()
    assert result.held == ["crm/customers/2026-11-20"]
    assert {day for day, _, _ in rows(home)} == {"2026-11-19"}
    home.put(MORE, export(range(10, 40)))
    result = home.land()
    assert (result.held, result.loaded) == ([], ["crm/customers/2026-11-20"])
    assert len(rows(home)) == 80


def test_a_reason_goes_when_the_entity_it_came_from_is_mended(home, make_source):
    people = {
        "file": "customers.csv",
        "key": "Id",
        "columns": {"Name": "name"},
        "lookups": {"owner": LOOKUP | {"columns": {"User": "email"}}},
    }
    source = make_source(entities={"customers": NAMED, "reps": people})
    home.put(TWO, export([1]))
    home.land(source)
    assert home.states()[TWO] == ("loaded", "missing_file")
    home.put(OWNERS, "Customer,User\n1,ann\n")
    home.land(source)
    assert home.states() == {TWO: ("loaded", None), OWNERS: ("loaded", None)}
    assert home.quarantine() == {}


def test_a_describe_file_is_not_held_with_a_later_day_that_has_its_own_by_now(home, make_source):
    feed = {"file": "customers.csv", "key": "Id", "columns": {"Name": "name"}, "coded": {"name": "kind"}}
    source = make_source(entities={"customers": feed}, describe={"file": "options.csv", "field": "f", "code": "c", "label": "l"})
    home.put(ONE, export(range(40)))
    home.put("crm/2026-11-19/options.csv", "f,c,l\nkind,n,Name\n")
    home.put(TWO, export(range(10)))
    home.land(source)
    assert home.states()["crm/2026-11-19/options.csv"] == ("loaded", "shrunk")
    home.put("crm/2026-11-20/options.csv", "f,c,l\nkind,n,Noun\n")
    home.land(source)
    assert home.states()["crm/2026-11-19/options.csv"] == ("loaded", None)
    assert home.states()["crm/2026-11-20/options.csv"] == ("held", "shrunk")


def test_files_of_a_lookup_that_cannot_be_read_say_why(home, make_source):
    feeds = [NAMED | {"file": "customers.csv", "lookups": {"owner": LOOKUP}}, NAMED | {"file": "customers_more.csv"}]
    home.put(TWO, export([1]))
    home.put(MORE, export([2]))
    home.put(OWNERS, "")
    home.land(make_source(entities={"customers": feeds}))
    assert home.states() == {TWO: ("refused", "empty_file"), MORE: ("loaded", None), OWNERS: ("refused", "empty_file")}


def test_a_held_file_that_is_tidied_away_stays_held(home):
    home.put(ONE, export(range(40)))
    home.put(TWO, export(range(10)))
    home.land()
    home.remove(TWO)
    assert home.land().held == ["crm/customers/2026-11-20"]
    assert home.states()[TWO] == ("held", "shrunk")


def test_a_file_of_two_entities_is_loaded_when_one_of_them_is_held(home, make_source):
    reps = NAMED | {"file": "customers.csv"}
    source = make_source(
        entities={"customers": NAMED, "reps": reps}, guards={"entities": {"reps": {"rows_shrink_ratio": 1, "id_overlap_ratio": 0}}}
    )
    home.put(ONE, export(range(40)))
    home.put(TWO, export(range(10)))
    home.land(source)
    assert batches(home)["customers", "2026-11-20"] == ("held", "shrunk")
    assert home.states()[TWO] == ("loaded", "shrunk")
    assert len(home.rows("raw.reps", "record_id")) == 50


def test_a_mended_mapping_replays_what_it_had_quarantined(home, make_source):
    home.put(TWO, "No,Id,Name\n1,,a\n2,,b\n3,x,c\n")
    home.land()
    assert (len(rows(home)), home.rows("raw.quarantine", "reason_code")) == (1, [("no_key",)] * 2)
    assert list(home.quarantine()) == ["crm/2026-11-20/customers.csv"]
    home.remove(TWO)  # the archive has it
    mended = make_source(entities={"customers": {"file": "customers.csv", "key": "No", "columns": {"Name": "name"}}})
    assert home.land(mended).loaded == ["crm/customers/2026-11-20"]
    assert (len(rows(home)), home.quarantine()) == (3, {})
    assert home.rows("raw.quarantine", "reason_code", "status") == [("no_key", "replayed")] * 2
    assert home.rows("raw.batches", "rows_quarantined") == [(0,)]


def test_a_mended_mapping_replays_a_refused_file(home, make_source):
    home.put(TWO, "Id,Title\n1,a\n")
    home.land()
    home.land(make_source(entities={"customers": {"file": "customers.csv", "key": "Id", "columns": {"Title": "name"}}}))
    assert rows(home) == [("2026-11-20", "1", "a")]
    assert home.quarantine() == {}


def test_rows_are_replayed_once_and_stay_in_the_quarantine_as_such(home, make_source):
    home.put(TWO, "No,Id,Name\n1,,a\n2,x,b\n,,c\n")
    home.land()
    assert home.rows("raw.quarantine", "row_number", "status") == [(1, "open"), (3, "open")]
    mended = make_source(entities={"customers": NAMED | {"key": "No"}})
    home.land(mended)
    for _ in range(2):
        assert home.rows("raw.quarantine", "row_number", "status") == [(1, "replayed"), (3, "open")]
        assert home.rows("raw.batches", "rows_quarantined") == [(1,)]
        assert home.land(mended).loaded == []


def test_a_replayed_row_is_forgotten_when_other_content_takes_its_place(home, make_source):
    home.put(TWO, "No,Id,Name\n1,,a\n2,x,b\n")
    home.land()
    mended = make_source(entities={"customers": NAMED | {"key": "No"}})
    home.land(mended)
    home.put(TWO, "No,Id,Name\n5,y,b\n")
    home.land(mended)
    assert home.rows("raw.quarantine", "row_number") == []


def test_what_drifted_goes_with_the_entity_that_leaves_the_mapping(home, make_source):
    both = make_source(entities={"customers": NAMED, "reps": NAMED})
    home.put(ONE, "Id,Name\n1,a\n")
    home.put(TWO, "Id,Name,Fax\n1,a,5\n")
    home.land(both)
    assert home.rows("raw.drift", "entity", "name") == [("customers", "Fax"), ("reps", "Fax")]
    home.land(make_source(entities={"customers": NAMED}))
    assert home.rows("raw.drift", "entity", "name") == [("customers", "Fax")]


FILES = {
    ONE: export(range(40)),
    TWO: export(range(30)),
    MORE: "Id,Title\n1,a\n",
    OWNERS: "Customer,User\n1,ann\n",
    "crm/2026-11-19/owners.csv": "Customer,User\n2,bob\n",
    "crm/2026-11-21/customers.csv": export(range(5)),
    "crm/2026-11-21/owners.csv": "",
}


@given(order=st.permutations(sorted(FILES)), together=st.sets(st.integers(0, len(FILES) - 1)))
@settings(max_examples=4)
def test_what_the_ledger_says_in_the_end_does_not_depend_on_the_order(new_home, make_source, order, together):
    reps = {
        "file": "customers.csv",
        "key": "Id",
        "columns": {"Name": "name"},
        "lookups": {"owner": LOOKUP | {"columns": {"User": "email"}}},
    }
    source = make_source(entities={"customers": NAMED, "reps": reps})
    at_once, one_by_one = new_home(), new_home()
    for path in sorted(FILES):
        at_once.put(path, FILES[path])
    at_once.land(source)
    for place, path in enumerate(order):
        one_by_one.put(path, FILES[path])
        if place not in together:
            one_by_one.land(source)
    one_by_one.land(source)
    said = ("path", "state", "reason_code", "reason", "entities", "row_count", "exported_at", "encoding")
    assert one_by_one.rows("raw.files", *said) == at_once.rows("raw.files", *said)
    for table in ("raw.batches", "raw.customers", "raw.reps", "raw.quarantine", "raw.drift"):
        assert one_by_one.warehouse.read(table).equals(at_once.warehouse.read(table)), table
    assert one_by_one.quarantine() == at_once.quarantine()
