"""The session: everything the assets of one run share.

Here: opening a home for a run, under its lock. Not here: what the assets do (assets/), settings (settings.py).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import dagster as dg
import pyarrow as pa

from ingest.clock import now
from ingest.geocoding.online.settings import read_keys
from ingest.home import CompanyHome, open_home
from ingest.resolution.parameters import Parameters
from ingest.sources.mapping import Source, read_sources
from ingest.warehouse import Warehouse
from orchestration.fingerprint import input_fingerprint, rest_of
from orchestration.lock import hold
from orchestration.settings import Settings, company_parameters, read_settings, settings_text
from orchestration.steps import Step, StepLog

AS_OF_TAG = "bailiwick/as_of_date"


@dataclass
class Session:
    """One run on one home. `asked_date` is the as-of date that was asked for, or None for the newest loaded day.
    `parameters`: of resolution, the company's own; None for those of the program."""

    home: CompanyHome
    settings: Settings
    sources: dict[str, Source]
    started_at: datetime
    parameters: Parameters | None = None
    asked_date: date | None = None
    fingerprint: str = ""
    steps: StepLog = field(default_factory=StepLog)

    @cached_property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.home.warehouse_path)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """A timed step that keeps the warehouse open. Not for dbt, which opens the file itself."""
        with self.warehouse.opened(), self.steps.step(name) as step:
            yield step

    def rest_is_unchanged(self) -> bool:
        """Whether everything but the exports (rules, mappings, settings, program) is as at the last run that reached its end."""
        runs = self.warehouse.read("raw.runs").to_pylist()
        last = max(runs, key=lambda run: (run["finished_at"], run["run_id"]), default=None)
        return last is not None and rest_of(last["input_fingerprint"]) == rest_of(self.fingerprint)

    def as_of_date(self) -> date:
        """The day this run describes, as the rules step wrote it into rules.company."""
        return self.warehouse.read("rules.company").column("as_of_date")[0].as_py()

    def is_past_day(self) -> bool:
        """Whether a day before the newest loaded one is described, which says what was known then."""
        newest = self.warehouse.query("select max(as_of_date) as day from raw.batches where rows_loaded > 0").column("day")[0].as_py()
        return newest is not None and self.as_of_date() < newest

    def read_until(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A raw table up to the as-of date: what a refresh of that day may know. All columns, or those named."""
        return self.warehouse.read_part(name, {}, columns, until=self.as_of_date())

    def count_until(self, name: str) -> int:
        """Rows of a raw table up to the as-of date."""
        counted = self.warehouse.query(f"select count(*) as n from {name} where as_of_date <= date '{self.as_of_date()}'")
        return counted.column("n")[0].as_py()


@contextmanager
def open_session(folder: Path, *, asked_date: date | None, steps: StepLog) -> Iterator[Session]:
    """A session under the home's lock. Raises HomeInvalid, SourceInvalid or HomeLocked before anything is touched."""
    home = open_home(folder)
    with hold(home) as dead:
        if dead:
            steps.messages.append(f"The refresh before this one died ({dead}). Nothing it published is affected; this one starts afresh.")
        settings = read_settings(home)
        read_keys(settings.geocoder)  # a missing key is told before any work
        session = Session(
            home=home,
            settings=settings,
            sources=read_sources(home.sources),
            started_at=now(),
            parameters=company_parameters(home, settings),
            asked_date=asked_date,
            fingerprint=input_fingerprint(home, asked_date, settings_text(home, settings)),
            steps=steps,
        )
        for name in session.warehouse.prepare():
            steps.messages.append(f"{name} was written by an earlier version of the program and has today's columns now.")
        yield session


def session_resource(folder: Path, steps: StepLog) -> dg.ResourceDefinition:
    """The session as Dagster's resource: opened once per run, closed at its end."""

    @dg.resource(description="The company home of this run, held under its lock.")
    @contextmanager
    def session(context: dg.InitResourceContext) -> Iterator[Session]:
        asked = context.run.tags.get(AS_OF_TAG) if context.run else None
        with open_session(folder, asked_date=date.fromisoformat(asked) if asked else None, steps=steps) as opened:
            yield opened

    return session
