"""cleaning/owner_observations.py: the days on which another owner showed."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning.owner_observations import observe_owners
from ingest.cleaning.rep_ids import RepIdentities
from ingest.tables import TABLES
from ingest.warehouse import conform


def day(number):
    return date(2026, 11, number)


@pytest.fixture(scope="session")
def observe(make_raw, make_source):
    def observed(rows, source=None):
        source = source or make_source(feed={"columns": {"owner": "owner_user_id"}})
        identities = RepIdentities({("crm", "7"): "R7"}, frozenset())
        table = observe_owners(make_raw("customers", rows), sources={source.name: source}, identities=identities)
        return conform(TABLES["clean.owner_observations"], table)

    return observed


def shown(table):
    return pl.DataFrame(pl.from_arrow(table)).select("record_id", "as_of_date", "owner_rep_id").rows()


def record(number, owner, *, is_deleted=None, record_id="1"):
    return {"record_id": record_id, "as_of_date": day(number), "owner_user_id": owner, "is_deleted": is_deleted, "row_number": number}


def test_the_first_day_and_every_change_are_kept_with_the_row_that_shows_it(observe):
    table = observe([record(1, "7"), record(2, "7"), record(4, "8"), record(5, "8"), record(6, "7")])
    assert shown(table) == [("1", day(1), "R7"), ("1", day(4), "crm:8"), ("1", day(6), "R7")]
    assert table.column("row_number").to_pylist() == [1, 4, 6]
    assert table.column("owner_user_id_raw").to_pylist() == ["7", "8", "7"]


def test_a_record_nobody_owns_is_observed_too(observe):
    assert shown(observe([record(1, None), record(2, " "), record(3, "8")])) == [("1", day(1), None), ("1", day(3), "crm:8")]


def test_a_deleted_record_has_no_owner(observe):
    table = observe([record(1, "7"), record(2, "7", is_deleted="1")])
    assert shown(table) == [("1", day(1), "R7"), ("1", day(2), None)]
    assert table.column("owner_user_id_raw").to_pylist() == ["7", "7"]


def test_a_source_that_never_says_who_owns_gives_no_observations(observe, make_source):
    assert observe([record(1, None)], make_source()).num_rows == 0


def test_no_rows_give_no_observations(observe):
    assert observe([]).num_rows == 0


OBSERVED = st.tuples(st.integers(1, 9), st.sampled_from([None, "7", "8"]), st.sampled_from(["1", "2"]))
DAYS = st.lists(OBSERVED, unique_by=lambda observed: (observed[0], observed[2]))


@settings(max_examples=40)
@given(days=DAYS, data=st.data())
def test_the_order_in_which_days_are_loaded_does_not_matter(days, data, observe):
    rows = [record(number, owner, record_id=record_id) for number, owner, record_id in days]
    assert observe(rows).equals(observe(data.draw(st.permutations(rows))))
