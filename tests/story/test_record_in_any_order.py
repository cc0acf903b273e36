"""Thirty nights of the fictional company: what its exports show, and what the record says of it, in whatever order the files came.

The oracle never looks at an export: it is the demo's perfect observer (ingest/demo/truth.py), told of the nights up to one only. Landing,
cleaning and the models of ownership are the real ones, run in this process; who is one customer is given, since it is not what is asked.
CI takes a small company, some of the nights and one order; all of it:
`BAILIWICK_NIGHTS=30 BAILIWICK_ORDERS=50 pytest tests/story/test_record_in_any_order.py`.

Here: a whole company, night by night and in portions. Not here: one history at a time (tests/ingest/cleaning/test_owner_versions.py),
the tables of landing (test_orders.py), the command that people use (test_record.py).
"""

import csv
import importlib.util
import os
import shutil
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from ingest.cleaning.exported_ids import exported_ids
from ingest.cleaning.owner_refresh import refresh_owner_observations
from ingest.cleaning.refresh import refresh_entity
from ingest.cleaning.rep_ids import PEOPLE_COLUMNS, RepIdentities
from ingest.demo.company import Company, invent_company
from ingest.demo.formats import FORMATS
from ingest.demo.home import write_demo
from ingest.demo.truth import Observer
from ingest.home import open_home
from ingest.landing.land import land
from ingest.record.nights import Recorded, load_record, record_night
from ingest.record.store import RecordStore
from ingest.rules.read import read_rules
from ingest.sources.mapping import read_sources
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

NIGHTS = int(os.environ.get("BAILIWICK_NIGHTS", "8"))
ORDERS = int(os.environ.get("BAILIWICK_ORDERS", "1"))
CUSTOMERS, SEED, LAST_NIGHT = 60, 7, date(2026, 6, 30)
REFRESHES = min(6, max(3, NIGHTS // 4))
SEEN_AT = datetime(2026, 7, 1, 1, tzinfo=UTC)
FIXED_TIME = 1_790_000_000  # of every file, so that no time tells which came first

_SPEC = importlib.util.spec_from_file_location("record_nights", Path(__file__).parents[1] / "dbt_project" / "record_nights.py")
record_nights = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(record_nights)
_SPEC = importlib.util.spec_from_file_location("dbt_conftest", Path(__file__).parents[1] / "dbt_project" / "conftest.py")
dbt_conftest = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(dbt_conftest)
Membership, Observation, Oracle, Rule, World = (
    getattr(record_nights, name) for name in ("Membership", "Observation", "Oracle", "Rule", "World")
)


def number(day: date) -> int:
    return (day - record_nights.DAY_0).days


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
    form, cut = FORMATS[system], CutShort(company, night)
    if not cut.loaded_nights(system):
        return set()
    observer = Observer(cut, system, flags_deletion=form.FLAGS_DELETION)
    return {
        (form.record_id(record.number).removeprefix("zcrm_"), *row)
        for record in company.records(system, frozenset())
        if observer.is_seen(record)
        for row in observer.owners(record)
    }


class Harness:
    """A home whose exports lie in waiting/ until a night lets them arrive, refreshed in this process."""

    def __init__(self, root: Path, waiting: Path, models: list[tuple[str, str, str]], customer_of: dict[tuple[str, str], str]) -> None:
        self.home, self.waiting, self.models, self.customer_of = open_home(root), waiting, models, customer_of
        self.sources = read_sources(self.home.sources)
        self.warehouse = Warehouse(self.home.warehouse_path)
        self.store = RecordStore(self.home.record)
        self.warehouse.prepare()

    def put(self, paths: list[str]) -> None:
        """Let files appear in landing/."""
        for path in paths:
            target = self.home.landing / path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(self.waiting / path, target)

    def night(self, day: date) -> Recorded:
        """Refresh as of a day with what has arrived."""
        with self.warehouse.opened():
            land(self.home, self.warehouse, self.sources, seen_at=SEEN_AT, max_file_bytes=1 << 28)
            load_record(self.warehouse, self.store, journals=())
            self._clean(day)
            self._model(day)
            return record_night(self.warehouse, self.store, as_of_date=day, rules_version=record_nights.RULES_VERSION, journals=())

    def told_again(self, day: date) -> list[tuple]:
        """The periods as a refresh of a past day publishes them."""
        with self.warehouse.opened():
            self._model(day)
        return self.periods()

    def _clean(self, day: date) -> None:
        read = self.warehouse.read
        known = exported_ids(read("raw.territories"), read("raw.reps"), read("raw.rep_territories"), self.sources)
        people = read_rules(self.home, known, keep=False, home_currency="CNY").tables["rules.reps"]
        identities = RepIdentities.from_rules(people, self.sources, self.warehouse.read_part("raw.reps", {}, PEOPLE_COLUMNS, until=day))
        days: dict[str, set[date]] = {}
        for row in read("raw.batches").to_pylist():
            if row["entity"] == "customers" and row["state"] == "loaded" and row["as_of_date"] <= day:
                days.setdefault(row["source"], set()).add(row["as_of_date"])
        latest = {source: max(found) for source, found in days.items()}
        refresh_entity(
            self.warehouse,
            "customers",
            sources=self.sources,
            identities=identities,
            latest_days=latest,
            default_currency="CNY",
            until=day,
        )
        refresh_owner_observations(self.warehouse, days, sources=self.sources, identities=identities, until=day)

    def first_seen(self, day: date) -> dict[tuple[str, str], date]:
        """When each record was first seen by a day."""
        rows = self.warehouse.query(
            "select source, record_id, min(as_of_date) as day from raw.customers "
            f"where as_of_date <= date '{day}' group by all order by all"
        )
        return {(row["source"], row["record_id"]): row["day"] for row in rows.to_pylist()}

    def _model(self, day: date) -> None:
        seen = self.first_seen(day)
        firsts: dict[str, date] = {}
        for record, since in seen.items():
            firsts[self.customer_of[record]] = min(since, firsts.get(self.customer_of[record], since))
        customers, ever = sorted(firsts), record_nights.on(-500)
        given = {
            "dim_customers": [(c, None, firsts[c], None, None, True) for c in customers],
            "dim_territories": [("HOME", "HOME", 1, None, None, None, ever, None)],
            "fct_territory_assignments": [(c, "HOME", "R", ever, None) for c in customers],
            "bridge_customer_records": [(*record, self.customer_of[record], since, None) for record, since in seen.items()],
        }
        company = {"company_name": "Fictional", "as_of_date": day, "rules_version": record_nights.RULES_VERSION}
        self.warehouse.replace_all(
            {
                "rules.company": _table("rules.company", [company]),
                "rules.protection": _table("rules.protection", protections(self.home.root)),
            }
        )
        with self.warehouse.transaction() as connection:
            for schema in ("staging", "intermediate", "marts"):
                connection.execute(f"create schema if not exists {schema}")
            for name, columns in record_nights.GIVEN.items():
                connection.execute(f"create or replace table marts.{name} ({columns})")
                if rows := given.get(name):
                    connection.executemany(f"insert into marts.{name} values ({', '.join('?' * len(rows[0]))})", rows)
            for name, kind, statement in self.models:
                connection.execute(f"create or replace {kind} {name} as {statement}")

    def periods(self) -> list[tuple]:
        rows = self.warehouse.query(
            "select customer_id, owner_rep_id, valid_from, valid_to, rule_id, source, record_id "
            "from marts.fct_ownership_periods order by all"
        )
        return [tuple(row.values()) for row in rows.to_pylist()]

    def history(self, known: date) -> dict[str, list[tuple]]:
        """Of each customer its changes of owner as known on a day, straight from the files on disk."""
        return record_nights.Company.history(self, number(known))


def _table(name: str, rows: list[dict]) -> pa.Table:
    schema = TABLES[name].arrow_schema
    return pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in rows], schema=schema)


def protections(root: Path) -> list[dict]:
    """The rules of engagement that ask for nothing but the claims themselves, for all customers."""
    with (root / "rules" / "protection.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["kind"] in ("filing", "first_touch")]
    numbers = ("priority", "days", "extension_days", "extension_limit")
    return [
        {"protection_id": row["protection_id"], "kind": row["kind"], "applies_to": "customers", "sources": row["sources"] or None}
        | {name: int(row[name]) if row[name] else None for name in numbers}
        | {"valid_from": date.fromisoformat(row["valid_from"])}
        for row in rows
    ]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return record_nights.compiled_models(dbt_conftest._dbt_in(tmp_path_factory.mktemp("dbt")))


@pytest.fixture(scope="module")
def company():
    return invent_company(customers=CUSTOMERS, nights=NIGHTS, seed=SEED, last_night=LAST_NIGHT)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo's home with nothing in landing/, and the folder in which its exports wait."""
    root = tmp_path_factory.mktemp("any_order")
    write_demo(root / "demo", customers=CUSTOMERS, nights=NIGHTS, seed=SEED, last_night=LAST_NIGHT)
    waiting = (root / "demo" / "landing").rename(root / "waiting")
    for path in waiting.rglob("*"):
        os.utime(path, (FIXED_TIME, FIXED_TIME))
    return root / "demo", waiting


@pytest.fixture(scope="module")
def customer_of(demo):
    with (demo[0] / "truth" / "customers.csv").open(encoding="utf-8-sig", newline="") as stream:
        told = {(row["source"], row["record_id"]): f"C{row['customer_number']}" for row in csv.DictReader(stream)}
    found = defaultdict(lambda: "C-nobody")  # records that no whole export shows; no part of the truth
    found.update(told)
    return found


@pytest.fixture(scope="module")
def refreshes():
    """The days on which the company is refreshed, the last one included."""
    days = [LAST_NIGHT - timedelta(days=back) for back in range(NIGHTS)]
    return sorted({LAST_NIGHT, *Random(SEED).sample(days, REFRESHES - 1)})


@pytest.fixture(scope="module")
def harness(demo, models, customer_of, tmp_path_factory):
    def make() -> Harness:
        root = tmp_path_factory.mktemp("home") / "home"
        shutil.copytree(demo[0], root)
        (root / "landing").mkdir()
        return Harness(root, demo[1], models, customer_of)

    return make


def waiting_files(demo) -> list[tuple[str, date]]:
    paths = sorted(path.relative_to(demo[1]).as_posix() for path in demo[1].rglob("*") if path.is_file())
    return [(path, date.fromisoformat(path.split("/")[1])) for path in paths]


@pytest.fixture(scope="module")
def in_order(harness, demo, refreshes):
    """The company whose files all came in time."""
    made, before = harness(), date.min
    for day in refreshes:
        made.put([path for path, of_day in waiting_files(demo) if before < of_day <= day])
        made.night(day)
        before = day
    return made


def world_known_on(company, made: Harness, night: date) -> World:
    """What decides, as a perfect observer knew it on a night."""
    world = World()
    for system in sorted(FORMATS):
        for record, _, day, _, owner in sorted(known_in_truth(company, system, night), key=lambda row: (row[0], row[1])):
            seen = Observation(record=(system, record), day=number(date.fromisoformat(day)), rep=owner or None, known=number(night))
            world.observations.append(seen)
    for record, since in made.first_seen(night).items():
        customer = made.customer_of[record]
        world.memberships.append(Membership(record=record, customer=customer, since=number(since)))
        world.first_seen[customer] = min(number(since), world.first_seen.get(customer, number(since)))
    for row in made.warehouse.query("select source, record_id, expires_on as day from clean.customers").to_pylist():
        if row["day"]:
            world.expires[row["source"], row["record_id"]] = number(row["day"])
    for rule in protections(made.home.root):
        longest = rule["days"] + (rule["extension_days"] or 0) * (rule["extension_limit"] or 0)
        named = {name: rule[name] for name in ("kind", "priority", "days", "sources")}
        world.rules.append(Rule(rule_id=rule["protection_id"], since=number(rule["valid_from"]), longest=longest, **named))
    return world


def known_in_table(made: Harness, system: str, night: date) -> set[tuple]:
    """(record, place, day, moment, owner) out of the table. The order of time is told by the rows: a history comes before an export."""
    rows = made.warehouse.query(
        f"""
        select
            record_id, row_number() over (
                partition by record_id
                order by changed_on, changed_at nulls last, observed_by desc, sequence
            ) as place,
            changed_on, changed_at, owner_rep_id
        from clean.owner_observations
        where source = '{system}' and known_from <= date '{night}' and (known_to is null or known_to > date '{night}')
        """
    ).to_pylist()
    return {
        (
            row["record_id"],
            row["place"],
            row["changed_on"].isoformat(),
            f"{row['changed_at']:%Y-%m-%d %H:%M:%S}" if row["changed_at"] else "",
            row["owner_rep_id"] or "",
        )
        for row in rows
    }


@pytest.mark.parametrize("system", sorted(FORMATS))
def test_on_every_night_what_was_known_is_what_a_perfect_observer_of_the_nights_so_far_could_know(in_order, company, system):
    nights = company.loaded_nights(system)
    assert len(nights) > NIGHTS * 0.6
    for night in nights:
        found, wanted = known_in_table(in_order, system, night), known_in_truth(company, system, night)
        assert (night, sorted(wanted - found)[:5], sorted(found - wanted)[:5]) == (night, [], [])
        assert found


def test_some_of_what_was_known_was_revised_and_most_was_not(in_order):
    (counted,) = in_order.warehouse.query("select count(*) as n, count(known_to) as revised from clean.owner_observations").to_pylist()
    assert 0 < counted["revised"] < counted["n"] * 0.1


def test_as_known_on_every_night_the_record_says_of_every_customer_what_the_truth_says(in_order, company):
    compared = 0
    for night in (LAST_NIGHT - timedelta(days=back) for back in range(NIGHTS)):
        world = world_known_on(company, in_order, night)
        oracle, found = Oracle(world), in_order.history(night)
        for customer in sorted(world.first_seen):
            if customer == "C-nobody":
                continue
            expected = oracle.history(customer, number(night), oracle.days_of_interest(customer))
            assert found.get(customer, []) == expected, (customer, night)
            compared += len(expected)
    assert compared > 60 * NIGHTS


@pytest.mark.parametrize("seed", range(ORDERS))
def test_files_that_came_in_another_order_leave_one_history_and_every_night_stays_told_as_it_was(harness, demo, in_order, refreshes, seed):
    random, made, shown = Random(seed), harness(), {}
    arrives = {path: random.choice([day for day in refreshes if day >= of_day]) for path, of_day in waiting_files(demo)}
    for day in refreshes:
        made.put([path for path, when in arrives.items() if when == day])
        made.night(day)
        shown[day] = made.periods()
        if day == refreshes[-2]:
            made.home.warehouse_path.unlink()  # in the midst of it the warehouse is lost: archive and record give it back
            made.warehouse.prepare()
    assert list(made.store.check()) == []
    assert shown[LAST_NIGHT] == (in_order.told_again(LAST_NIGHT))
    for back in range(NIGHTS):
        night = LAST_NIGHT - timedelta(days=back)
        assert made.history(night) == in_order.history(night), night
    assert made.night(LAST_NIGHT).added == 0
    for day in refreshes[:-1]:
        assert made.told_again(day) == shown[day], day
