"""cleaning/owner_history.py: each change of a source's log once, in the order it happened."""

from datetime import date

import polars as pl
import pytest

from ingest.cleaning.owner_history import COLUMNS, changes_in_order, logged_changes
from ingest.cleaning.rep_ids import RepIdentities

NOBODY = RepIdentities({}, frozenset())


def entry(log, before, after, *, night=20, hour=12, **keys):
    """A row of the log as the export of a night holds it."""
    row = {"record_id": log, "as_of_date": date(2026, 11, night), "subject": "customers", "subject_record_id": "1", "row_number": night}
    return row | {"changed_at": f"2026-11-02 {hour}:00", "from_user_id": before, "to_user_id": after} | keys


@pytest.fixture(scope="session")
def read(make_raw, make_source):
    def changes(*rows, identities=NOBODY, source=None):
        source = source or make_source(entity="owner_changes")
        logged = logged_changes(make_raw("owner_changes", list(rows)), source=source, identities=identities, until=date(2026, 11, 30))
        return changes_in_order(logged.filter(pl.col("known_to").is_null()), record="record_id").select(COLUMNS)

    return changes


def ends(changes):
    return changes.select("from_rep_id", "to_rep_id").rows()


def test_a_log_without_rows_has_every_column(read):
    assert read().columns == COLUMNS


def test_a_log_that_is_exported_every_night_is_proved_by_its_first_night(read):
    found = read(*(entry("c1", "u1", "u2", night=night) for night in (5, 3, 4)))
    assert found.select("as_of_date", "row_number").rows() == [(date(2026, 11, 3), 3)]


def test_a_log_row_that_was_mended_later_counts_as_mended(read):
    found = read(entry("c1", "u1", None, night=3), entry("c1", "u1", "u2", night=4), entry("c1", "u1", "u2", night=5))
    assert found.select("to_rep_id", "as_of_date").rows() == [("crm:u2", date(2026, 11, 4))]


def test_two_changes_in_one_moment_are_put_in_the_order_that_leads_on(read):
    rows = [entry("a", "u2", "u3"), entry("b", "u1", "u2"), entry("0", "u3", "u1", hour=15)]
    for order in (rows, rows[::-1]):
        assert ends(read(*order)) == [("crm:u1", "crm:u2"), ("crm:u2", "crm:u3"), ("crm:u3", "crm:u1")]


def test_a_return_and_a_claim_in_one_moment_end_with_the_claim(read):
    assert ends(read(entry("b", "u1", None), entry("a", None, "u2"))) == [("crm:u1", None), (None, "crm:u2")]


def test_changes_that_lead_in_a_circle_in_one_moment_are_both_kept_by_their_ids(read):
    assert ends(read(entry("b", "u2", "u1"), entry("a", "u1", "u2"))) == [("crm:u1", "crm:u2"), ("crm:u2", "crm:u1")]


def test_the_row_with_ids_counts_before_the_row_with_names_even_where_no_users_are_exported(read):
    assert ends(read(entry("a", "Ann", "Bob"), entry("b", "u1", "u2"))) == [("crm:u1", "crm:u2")]
    assert ends(read(entry("a", "Ann", "Bob"))) == [("crm:Ann", "crm:Bob")]


def test_a_repeat_that_says_more_is_the_one_that_is_kept(read):
    found = read(entry("a", None, "u2"), entry("b", "u1", "u2", changed_by_user_id="u9", action="assigned"))
    assert found.select("from_rep_id", "actor_rep_id", "cause").rows() == [("crm:u1", "crm:u9", "assigned")]


def test_only_the_sources_own_log_is_read(read, make_source):
    assert read(entry("a", "u1", "u2"), source=make_source("other", entity="owner_changes")).is_empty()
