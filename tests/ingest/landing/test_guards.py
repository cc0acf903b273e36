"""Holding a day: what the guards see, and what becomes of a held day in a landing."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.landing.acceptances import Acceptance, add_acceptance, read_acceptances
from ingest.landing.guards import judge, shown
from ingest.sources.mapping import Feed, GuardLimits

FEED = Feed.model_validate({"file": "x", "key": "Id", "columns": {"Name": "name"}})
CHANGES = FEED.model_copy(update={"snapshot": "changes"})
MONDAY, TUESDAY, WEDNESDAY = "crm/2026-11-16/customers.csv", "crm/2026-11-17/customers.csv", "crm/2026-11-18/customers.csv"
OWNED = {"customers": {"file": "customers*.csv", "key": "Id", "columns": {"Name": "name", "Owner": "owner_user_id"}, "required": ["name"]}}


def export(ids, owner="ann"):
    """CSV of customers; `owner` is a name or a function of the id."""
    return "Id,Name,Owner\n" + "".join(f"{i},c{i},{owner(i) if callable(owner) else owner}\n" for i in ids)


def of_day(day, owners):
    return shown(
        date(2026, 11, day),
        f"hash{day}",
        pl.DataFrame(list(owners.items()), schema={"record_id": pl.String, "owner_user_id": pl.String}, orient="row").to_arrow(),
    )


def code(before, now, *, feed=FEED, entity="customers", **limits):
    held = judge(f"crm/{entity}/2026-11-17", [feed], GuardLimits(**limits), None if before is None else of_day(16, before), of_day(17, now))
    return held and held.code


def people(ids, owner="ann"):
    return {str(i): owner(i) if callable(owner) else owner for i in ids}


def test_the_first_export_and_an_equal_one_are_believed():
    assert code(None, people(range(100))) is None
    assert code(people(range(100)), people(range(100))) is None


@pytest.mark.parametrize(("rows", "expected"), [(70, None), (69, "shrunk"), (0, "shrunk"), (500, None)])
def test_an_export_that_lost_more_rows_than_the_limit_is_held(rows, expected):
    assert code(people(range(100)), people(range(rows)), rows_shrink_ratio=0.3) == expected


def test_other_ids_are_held_even_if_there_are_as_many():
    assert code(people(range(100)), people(range(40, 140))) == "other_ids"
    assert code(people(range(100)), people(range(30, 130))) is None


def test_too_many_new_owners_are_held_and_a_new_record_is_no_new_owner():
    assert code(people(range(100)), people(range(100), lambda i: "bob" if i < 20 else "ann")) is None
    assert code(people(range(100)), people(range(100), lambda i: "bob" if i < 21 else "ann")) == "owners_changed"
    assert code(people(range(100)), people(range(200), lambda i: "bob" if i >= 100 else "ann")) is None
    assert code(people(range(100)), people(range(100), lambda i: None if i < 21 else "ann")) == "owners_changed"


def test_a_record_that_nobody_owned_may_get_an_owner():
    assert code(people(range(100), lambda i: None if i < 50 else "ann"), people(range(100))) is None


def test_owners_are_only_guarded_for_customers():
    assert code(people(range(100)), people(range(100), "bob"), entity="opportunities") is None


def test_a_small_export_and_a_log_say_too_little_to_judge_by():
    assert code(people(range(19)), people(range(1))) is None
    assert code(people(range(20)), people(range(1))) == "shrunk"
    assert code(people(range(100)), people(range(1)), feed=CHANGES) is None


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)), st.floats(0, 1), st.floats(0, 1))
def test_what_is_believed_is_within_every_limit(before, now, shrink, overlap):
    found = code(people(before), people(now), rows_shrink_ratio=shrink, id_overlap_ratio=overlap, min_rows=1)
    if found is None and before:
        assert len(now) >= (1 - shrink) * len(before)
        assert len(before & now) >= overlap * len(before)
    assert found in (None, "shrunk", "other_ids")


def test_the_sentence_says_what_where_how_much_and_how_to_let_it_pass():
    held = judge("crm/customers/2026-11-17", [FEED], GuardLimits(), of_day(16, people(range(100))), of_day(17, people(range(48))))
    assert str(held) == (
        "crm/customers/2026-11-17 is held: it has 48 rows, 52% fewer than the 100 of 2026-11-16 (limit 30%). "
        "Nothing is inferred from it; everything else goes on.\n"
        "  If the export is wrong or late, put the right one into the day's folder. If it is right, let it pass: "
        'bailiwick refresh --accept crm/customers/2026-11-17 --by NAME --why "TEXT"'
    )


# What becomes of a held day in a landing.


@pytest.fixture
def source(make_source):
    return make_source(entities=OWNED)


def days(home):
    return sorted({str(day) for (day,) in home.rows("raw.customers", "as_of_date")})


def batches(home):
    return {str(day): (state, code) for day, state, code in home.rows("raw.batches", "as_of_date", "state", "reason_code")}


def accept(home, place, **other):
    source, entity, day = place.split("/")
    (row,) = [row for row in home.warehouse.read("raw.batches").to_pylist() if (row["entity"], str(row["as_of_date"])) == (entity, day)]
    moment = datetime(2026, 11, 21, 9, tzinfo=UTC)
    values = {
        "content_sha256": row["held_content_sha256"] or "",
        "accepted_by": "Ann",
        "reason": "It is right",
        "accepted_at": moment,
    } | other
    add_acceptance(home.home, Acceptance(source=source, entity=entity, as_of_date=row["as_of_date"], **values))


def test_half_an_export_is_held_while_the_rest_goes_on(home, source):
    home.put(MONDAY, export(range(40)))
    home.put(TUESDAY, export(range(15)))
    home.put(WEDNESDAY, export(range(41)))
    result = home.land(source)
    assert (result.held, result.loaded) == (["crm/customers/2026-11-17"], ["crm/customers/2026-11-16", "crm/customers/2026-11-18"])
    assert days(home) == ["2026-11-16", "2026-11-18"]
    assert home.states()[TUESDAY] == ("held", "shrunk")
    assert home.quarantine()[f"{TUESDAY}.reason.txt"].startswith("crm/customers/2026-11-17 is held")
    again = home.land(source)
    assert (again.held, again.loaded, again.refusals) == (result.held, [], result.refusals)


def test_a_person_lets_a_held_day_pass_and_is_named(home, source):
    home.put(MONDAY, export(range(40)))
    home.put(TUESDAY, export(range(15)))
    home.land(source)
    accept(home, "crm/customers/2026-11-17")
    result = home.land(source)
    assert (result.held, result.loaded) == ([], ["crm/customers/2026-11-17"])
    assert batches(home)["2026-11-17"] == ("loaded", "accepted")
    assert home.rows("raw.batches", "reason")[1] == ("Let pass by Ann: It is right (shrunk)",)
    assert home.rows("raw.acceptances", "accepted_by", "reason") == [("Ann", "It is right")]
    assert home.states()[TUESDAY] == ("loaded", None)
    assert home.land(source).unchanged_count == 2


def test_other_content_than_the_person_saw_is_held_again(home, source):
    home.put(MONDAY, export(range(40)))
    home.put(TUESDAY, export(range(15)))
    home.land(source)
    accept(home, "crm/customers/2026-11-17")
    home.put(TUESDAY, export(range(14)))
    assert home.land(source).held == ["crm/customers/2026-11-17"]
    assert home.rows("raw.batches", "state", "reason_code")[1] == ("loaded", "version_held")
    assert len(home.rows("raw.customers", "record_id")) == 55  # what was let pass stands meanwhile
    accept(home, "crm/customers/2026-11-17")
    home.land(source)
    assert len(home.rows("raw.customers", "record_id")) == 54


def test_a_whole_export_put_beside_the_half_one_is_loaded(home, source):
    home.put(MONDAY, export(range(40)))
    home.put(TUESDAY, export(range(15)))
    home.land(source)
    home.put(TUESDAY, export(range(41)))
    assert home.land(source).loaded == ["crm/customers/2026-11-17"]
    assert days(home) == ["2026-11-16", "2026-11-17"]


def test_a_half_export_written_over_a_whole_one_does_not_take_it_away(home, source):
    home.put(MONDAY, export(range(40)))
    home.put(TUESDAY, export(range(41)))
    home.land(source)
    home.put(TUESDAY, export(range(15)))
    result = home.land(source)
    assert days(home) == ["2026-11-16", "2026-11-17"]
    assert len(home.rows("raw.customers", "record_id")) == 81
    assert any("is held" in said for said in [*result.refusals, *home.quarantine().values()])


def test_a_late_day_has_the_day_after_it_judged_again(home, source):
    home.put(MONDAY, export(range(100)))
    home.put(WEDNESDAY, export(range(60)))
    assert home.land(source).held == ["crm/customers/2026-11-18"]
    home.put(TUESDAY, export(range(80)))
    result = home.land(source)
    assert (result.held, result.loaded) == ([], ["crm/customers/2026-11-17", "crm/customers/2026-11-18"])


@settings(max_examples=10)
@given(
    st.permutations([MONDAY, TUESDAY, WEDNESDAY, "crm/2026-11-19/customers.csv", "crm/2026-11-20/customers.csv"]),
    st.sets(st.integers(0, 3)),
)
def test_the_order_of_arrival_does_not_change_what_is_held(new_home, make_source, order, together):
    sizes = {"16": 100, "17": 80, "18": 50, "19": 60, "20": 90}
    home, source = new_home(), make_source(entities=OWNED)
    for place, path in enumerate(order):
        home.put(path, export(range(sizes[path.split("-")[2][:2]])))
        if place not in together:
            home.land(source)
    home.land(source)
    assert batches(home) == {
        "2026-11-16": ("loaded", None),
        "2026-11-17": ("loaded", None),
        "2026-11-18": ("held", "shrunk"),
        "2026-11-19": ("loaded", None),
        "2026-11-20": ("loaded", None),
    }


def test_an_entity_that_came_the_day_before_and_is_missing_is_held(home, make_source):
    deals = {"file": "deals.csv", "key": "Id", "columns": {"Name": "name"}}
    source = make_source(entities=OWNED | {"opportunities": deals})
    home.put(MONDAY, export(range(3)))
    home.put("crm/2026-11-16/deals.csv", "Id,Name\n1,a\n")
    home.put(TUESDAY, export(range(3)))
    result = home.land(source)
    assert result.held == ["crm/opportunities/2026-11-17"]
    assert "there is no export of opportunities on this day, though there was one on 2026-11-16" in result.refusals[0]
    accept(home, "crm/opportunities/2026-11-17")
    assert home.land(source).held == []
    home.put(WEDNESDAY, export(range(3)))
    assert home.land(source).held == []  # who let it pass said that it need not come
    home.put("crm/2026-11-17/deals.csv", "Id,Name\n1,a\n")
    assert home.land(source).held == ["crm/opportunities/2026-11-18"]  # it did come, so the next day lacks it


def test_a_source_may_say_that_an_entity_does_not_come_every_day(home, make_source):
    deals = {"file": "deals.csv", "key": "Id", "columns": {"Name": "name"}}
    source = make_source(entities=OWNED | {"opportunities": deals}, guards={"entities": {"opportunities": {"missing": "ignore"}}})
    home.put(MONDAY, export(range(3)))
    home.put("crm/2026-11-16/deals.csv", "Id,Name\n1,a\n")
    home.put(TUESDAY, export(range(3)))
    assert home.land(source).held == []


def test_too_many_rows_that_cannot_be_read_refuse_the_file(home, source):
    rows = "".join(f"{i},a,b\n" if i % 3 else ",a,b\n" for i in range(30))
    home.put(MONDAY, "Id,Name,Owner\n" + rows)
    result = home.land(source)
    assert result.refused == ["crm/customers/2026-11-16"]
    assert (
        "10 of 30 rows of crm/2026-11-16/customers.csv cannot be read (no_key), more than guards.rejected_ratio (20%)" in result.refusals[0]
    )


def test_a_decision_written_twice_stands_once_and_keeps_who_came_first(home, source):
    home.put(MONDAY, export(range(40)))
    home.put(TUESDAY, export(range(15)))
    home.land(source)
    accept(home, "crm/customers/2026-11-17")
    accept(home, "crm/customers/2026-11-17", accepted_by="Bob")
    (acceptance,) = read_acceptances(home.home).values()
    assert acceptance.accepted_by == "Ann"
    assert home.home.acceptances_path.read_text().count("\n") == 2


def test_decisions_survive_an_editor_that_leaves_the_last_line_open(home, source):
    home.put(MONDAY, export(range(40)))
    home.put(TUESDAY, export(range(15)))
    home.put(WEDNESDAY, export(range(10)))
    home.land(source)
    accept(home, "crm/customers/2026-11-17")
    path = home.home.acceptances_path
    path.write_text(path.read_text().rstrip("\n"))
    accept(home, "crm/customers/2026-11-18")
    assert len(read_acceptances(home.home)) == 2
