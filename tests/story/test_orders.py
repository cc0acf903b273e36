"""Whatever the order in which files come to landing/, and however many come at once: the same tables, cell by cell, and the truth.

A few orders run in CI, each with the files of one system, since no system's export touches another's rows. The fifty, with those of all
six at once: `BAILIWICK_ORDERS=50 pytest tests/story/test_orders.py`.

Here: the order of loading. Not here: what the tables say beyond who owned what (test_demo.py), one rule of landing at a time
(tests/ingest/landing).
"""

import csv
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pyarrow as pa
import pytest

from ingest.cleaning.exported_ids import exported_ids
from ingest.cleaning.owner_observations import observe_owners
from ingest.cleaning.rep_ids import RepIdentities
from ingest.demo.home import write_demo
from ingest.entities import ENTITIES
from ingest.home import CompanyHome, open_home
from ingest.landing.land import Landing, land
from ingest.rules.read import read_rules
from ingest.sources.mapping import read_sources
from ingest.warehouse import Warehouse

IN_CI = 6
ORDERS = int(os.environ.get("BAILIWICK_ORDERS", IN_CI))
# 2026-11-22: the least company in which every kind of fault happens: nights that lack, lose, repeat, correct or garble something.
CUSTOMERS, NIGHTS = 200, 8
MOST_LANDINGS = 4
FIXED_TIME = 1_790_000_000  # of every file, so that no time tells which came first
SEEN_AT = datetime(2026, 7, 1, 1, tzinfo=UTC)
SYSTEMS = ("fxiaoke", "jiandaoyun", "neocrm", "salesforce", "yonyou", "zoho")
RAW_TABLES = ("raw.files", "raw.batches", "raw.quarantine", "raw.drift", "raw.acceptances", *(f"raw.{entity}" for entity in ENTITIES))
WHEN_SEEN = {"raw.files": ["first_seen_at"]}


class Company:
    """The demo's home, whose exports lie in waiting/ until a test puts them into landing/."""

    def __init__(self, root: Path, waiting: Path) -> None:
        self.home: CompanyHome = open_home(root)
        self.waiting = waiting
        self.warehouse = Warehouse(self.home.warehouse_path)
        self.sources = read_sources(self.home.sources)

    def paths(self, systems: tuple[str, ...]) -> list[str]:
        """The exports of some systems, in path order."""
        found = (path.relative_to(self.waiting).as_posix() for path in self.waiting.rglob("*") if path.is_file())
        return sorted(path for path in found if path.split("/")[0] in systems)

    def put(self, paths: list[str]) -> None:
        """Let files appear in landing/."""
        for path in paths:
            target = self.home.landing / path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(self.waiting / path, target)

    def land(self, seen_at: datetime = SEEN_AT) -> Landing:
        return land(self.home, self.warehouse, self.sources, seen_at=seen_at, max_file_bytes=1 << 28)

    def tables(self) -> dict[str, pa.Table]:
        """Every table of raw.*, without the columns that tell when something was first seen."""
        with self.warehouse.opened():
            return {name: self.warehouse.read(name).drop_columns(WHEN_SEEN.get(name, [])) for name in RAW_TABLES}

    def first_seen(self) -> list[datetime]:
        """When each file was first seen, in the order of the ledger."""
        return self.warehouse.read("raw.files").column("first_seen_at").to_pylist()

    def mirror(self) -> dict[str, bytes]:
        """Every file of quarantine/."""
        folder = self.home.quarantine
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def people(self) -> pa.Table:
        """rules.reps, held against the ids that this home's exports hold."""
        read = self.warehouse.read
        known = exported_ids(read("raw.territories"), read("raw.reps"), read("raw.rep_territories"), self.sources)
        return read_rules(self.home, known, keep=False, home_currency="CNY").tables["rules.reps"]

    def observations(self, people: pa.Table) -> pa.Table:
        """clean.owner_observations of what has landed."""
        days: dict[str, set[date]] = {}
        for row in self.warehouse.read("raw.batches").to_pylist():
            if row["entity"] == "customers" and row["state"] == "loaded":
                days.setdefault(row["source"], set()).add(row["as_of_date"])
        return observe_owners(
            self.warehouse.read("raw.customers"),
            self.warehouse.read("raw.owner_changes"),
            days,
            sources=self.sources,
            identities=RepIdentities.from_rules(people, self.sources, self.warehouse.read("raw.reps")),
            as_of_date=max(day for found in days.values() for day in found),
        )


@pytest.fixture(scope="session")
def waiting_demo(tmp_path_factory):
    """The demo's home with nothing in landing/, and the folder in which its exports wait."""
    root = tmp_path_factory.mktemp("orders")
    write_demo(root / "demo", customers=CUSTOMERS, nights=NIGHTS)
    waiting = (root / "demo" / "landing").rename(root / "waiting")
    for path in waiting.rglob("*"):
        os.utime(path, (FIXED_TIME, FIXED_TIME))
    return root / "demo", waiting


@pytest.fixture
def company(waiting_demo, tmp_path):
    """A home of its own in which nothing has landed yet."""
    home, waiting = waiting_demo
    shutil.copytree(home, tmp_path / "home")
    (tmp_path / "home" / "landing").mkdir()
    return Company(tmp_path / "home", waiting)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What came of everything in one go."""

    landing: Landing
    tables: dict[str, pa.Table]
    mirror: dict[str, bytes]
    people: pa.Table
    observations: pa.Table
    truth: list[dict[str, str]]


@pytest.fixture(scope="session")
def at_once(waiting_demo, tmp_path_factory):
    """What landed when every export was there from the start."""
    home, waiting = waiting_demo
    root = tmp_path_factory.mktemp("orders") / "at_once"
    shutil.copytree(home, root)
    company = Company(root, waiting)
    company.put(company.paths(SYSTEMS))
    landing, people = company.land(), company.people()
    with (root / "truth" / "owners.csv").open(encoding="utf-8-sig", newline="") as stream:
        truth = list(csv.DictReader(stream))
    return Expected(
        landing=landing,
        tables=company.tables(),
        mirror=company.mirror(),
        people=people,
        observations=company.observations(people),
        truth=truth,
    )


def of_systems(table: pa.Table, systems: tuple[str, ...]) -> pl.DataFrame:
    """The rows of some systems."""
    frame = pl.DataFrame(pl.from_arrow(table))
    return frame.filter(pl.col("source").is_in(systems))


def assert_same_tables(found: dict[str, pa.Table], expected: dict[str, pa.Table], systems: tuple[str, ...]) -> None:
    """Cell by cell; the message shows the first rows that differ."""
    for name, table in expected.items():
        rows, wanted = of_systems(found[name], systems), of_systems(table, systems)
        if not rows.equals(wanted):
            only_found = [row for row in rows.to_dicts() if row not in wanted.to_dicts()]
            only_wanted = [row for row in wanted.to_dicts() if row not in rows.to_dicts()]
            raise AssertionError(f"{name}: {rows.height} rows for {wanted.height}\n  found:  {only_found[:3]}\n  wanted: {only_wanted[:3]}")


def portions(paths: list[str], random: Random) -> list[list[str]]:
    """The paths in another order, cut into one to MOST_LANDINGS pieces, none of them empty."""
    shuffled = random.sample(paths, len(paths))
    cuts = sorted(random.sample(range(1, len(paths)), random.randrange(MOST_LANDINGS)))
    return [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(paths)], strict=True)]


def assert_as_expected(company: Company, expected: Expected, systems: tuple[str, ...]) -> None:
    assert_same_tables(company.tables(), expected.tables, systems)
    observations = company.observations(expected.people)
    assert_same_tables({"clean.owner_observations": observations}, {"clean.owner_observations": expected.observations}, systems)
    assert company.mirror() == {path: text for path, text in expected.mirror.items() if path.split("/")[0] in systems}


def test_the_company_has_every_kind_of_fault(at_once):
    codes = {code for name in ("files", "batches", "quarantine") for code in at_once.tables[f"raw.{name}"]["reason_code"].to_pylist()}
    assert {"same_content", "newer_export", "shrunk", "no_key", "duplicate_key", "too_many_cells"} <= codes
    assert at_once.landing.held
    assert at_once.landing.file_count > 300


def test_what_landed_shows_the_owners_that_the_truth_says(at_once):
    found = {
        (
            row["source"],
            row["record_id"],
            str(row["sequence"]),
            str(row["changed_on"]),
            row["changed_at"].strftime("%Y-%m-%d %H:%M:%S") if row["changed_at"] else "",
            row["owner_rep_id"] or "",
        )
        for row in at_once.observations.to_pylist()
        if row["known_to"] is None
    }
    truth = {tuple(row.values()) for row in at_once.truth}
    assert len(truth) > CUSTOMERS
    assert (sorted(truth - found)[:5], sorted(found - truth)[:5]) == ([], [])


@pytest.mark.parametrize("number", range(ORDERS))
def test_files_that_come_in_any_order_and_portions_give_the_same_tables(company, at_once, number):
    systems = SYSTEMS if ORDERS > IN_CI else (SYSTEMS[number % len(SYSTEMS)],)
    for landing, portion in enumerate(portions(company.paths(systems), Random(number))):
        company.put(portion)
        company.land(SEEN_AT + timedelta(days=landing))
    assert_as_expected(company, at_once, systems)
    again = company.land()
    assert (again.loaded, again.new_file_count) == ([], 0)


def test_a_warehouse_that_was_lost_comes_back_the_same(company, at_once):
    systems = SYSTEMS if ORDERS > IN_CI else SYSTEMS[1:3]
    first, *rest = portions(company.paths(systems), Random(ORDERS))
    company.put(first)
    company.land()
    company.home.warehouse_path.unlink()
    company.put([path for portion in rest for path in portion])
    company.land()
    assert_as_expected(company, at_once, systems)


def test_a_home_of_which_only_the_archive_is_left_comes_back_the_same(company, at_once):
    systems = SYSTEMS if ORDERS > IN_CI else SYSTEMS[3:5]
    for landing, portion in enumerate(portions(company.paths(systems), Random(ORDERS + 1))):
        company.put(portion)
        company.land(SEEN_AT + timedelta(days=landing))
    shutil.rmtree(company.home.landing)
    company.land(SEEN_AT + timedelta(days=8))
    kept, first_seen, mirror = company.tables(), company.first_seen(), company.mirror()
    company.home.warehouse_path.unlink()
    company.land(SEEN_AT + timedelta(days=9))
    assert_same_tables(company.tables(), kept, systems)
    assert (company.first_seen(), company.mirror()) == (first_seen, mirror)
    observations = {"clean.owner_observations": company.observations(at_once.people)}
    assert_same_tables(observations, {"clean.owner_observations": at_once.observations}, systems)
