"""What clean.owner_observations says was known on each of thirty nights, held against what happened.

The oracle never looks at an export: it is the demo's perfect observer (ingest/demo/truth.py), told of the nights up to that one only.

Here: a whole company, night by night. Not here: one history at a time (tests/ingest/cleaning/test_owner_versions.py), the order of
loading (test_orders.py).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl
import pytest

from ingest.cleaning.exported_ids import exported_ids
from ingest.cleaning.owner_observations import observe_owners
from ingest.cleaning.rep_ids import RepIdentities
from ingest.demo.company import Company, invent_company
from ingest.demo.formats import FORMATS
from ingest.demo.home import write_demo
from ingest.demo.truth import Observer
from ingest.home import open_home
from ingest.landing.land import land
from ingest.rules.read import read_rules
from ingest.sources.mapping import read_sources
from ingest.warehouse import Warehouse

CUSTOMERS, NIGHTS, SEED, LAST_NIGHT = 150, 30, 7, date(2026, 6, 30)


@dataclass(frozen=True)
class CutShort:
    """The company as it was known on a night: its later nights have not come yet."""

    company: Company
    night: date

    def calendar(self, system):
        return self.company.calendar(system)

    def loaded_nights(self, system):
        return tuple(night for night in self.company.loaded_nights(system) if night <= self.night)


def known_in_truth(company, system, night):
    """(record, place, day, moment, owner) of everything that could be known of a system's records on a night."""
    form = FORMATS[system]
    observer = Observer(CutShort(company, night), system, flags_deletion=form.FLAGS_DELETION)
    return {
        (form.record_id(record.number).removeprefix("zcrm_"), *row)
        for record in company.records(system, frozenset())
        if observer.is_seen(record)
        for row in observer.owners(record)
    }


@pytest.fixture(scope="module")
def observed(tmp_path_factory):
    """clean.owner_observations of the demo, every row."""
    root = tmp_path_factory.mktemp("known") / "demo"
    write_demo(root, customers=CUSTOMERS, nights=NIGHTS, seed=SEED, last_night=LAST_NIGHT)
    home = open_home(root)
    sources, warehouse = read_sources(home.sources), Warehouse(home.warehouse_path)
    land(home, warehouse, sources, seen_at=datetime(2026, 7, 1, 1, tzinfo=UTC), max_file_bytes=1 << 28)
    read = warehouse.read
    known = exported_ids(read("raw.territories"), read("raw.reps"), read("raw.rep_territories"), sources)
    people = read_rules(home, known, keep=False, home_currency="CNY").tables["rules.reps"]
    days: dict[str, set[date]] = {}
    for row in read("raw.batches").to_pylist():
        if row["entity"] == "customers" and row["state"] == "loaded":
            days.setdefault(row["source"], set()).add(row["as_of_date"])
    identities = RepIdentities.from_rules(people, sources, read("raw.reps"))
    table = observe_owners(
        read("raw.customers"), read("raw.owner_changes"), days, sources=sources, identities=identities, as_of_date=LAST_NIGHT
    )
    return pl.DataFrame(pl.from_arrow(table))


@pytest.fixture(scope="module")
def company():
    return invent_company(customers=CUSTOMERS, nights=NIGHTS, seed=SEED, last_night=LAST_NIGHT)


def known_in_table(observed, system, night):
    """The same out of the table. The order of time is told by the rows themselves: a history comes before an export of its moment."""
    is_known = (pl.col("known_from") <= night) & (pl.col("known_to").is_null() | (pl.col("known_to") > night))
    rows = observed.filter((pl.col("source") == system) & is_known).sort(
        "record_id", "changed_on", "changed_at", "observed_by", "sequence", descending=[False, False, False, True, False], nulls_last=True
    )
    found, places = set(), {}
    for row in rows.iter_rows(named=True):
        place = places[row["record_id"]] = places.get(row["record_id"], 0) + 1
        moment = f"{row['changed_at']:%Y-%m-%d %H:%M:%S}" if row["changed_at"] else ""
        found.add((row["record_id"], place, row["changed_on"].isoformat(), moment, row["owner_rep_id"] or ""))
    return found


@pytest.mark.parametrize("system", sorted(FORMATS))
def test_on_every_night_what_was_known_is_what_a_perfect_observer_of_the_nights_so_far_could_know(observed, company, system):
    nights = company.loaded_nights(system)
    assert len(nights) > NIGHTS * 0.8
    for night in nights:
        found, wanted = known_in_table(observed, system, night), known_in_truth(company, system, night)
        assert (night, sorted(wanted - found)[:5], sorted(found - wanted)[:5]) == (night, [], [])
        assert found


def test_some_of_what_was_known_was_revised_and_most_was_not(observed):
    revised = observed["known_to"].count()
    assert 0 < revised < len(observed) * 0.1
