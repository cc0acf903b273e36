"""One refresh from the command line: the same job that the schedule runs, in this process, under the home's lock.

Here: deciding whether there is anything to do, running the job, saying what came of it.
Not here: the steps (assets/), printing (cli.py). Dagster is imported only when there is something to run: its imports and
dbt's take about 5 s.
"""

import os
import shutil
import time
import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.errors import BailiwickError, ContractBroken
from ingest.home import CompanyHome, open_home
from ingest.landing.load import is_held
from ingest.sources.mapping import read_sources
from ingest.warehouse import Warehouse
from orchestration.fingerprint import input_fingerprint
from orchestration.id_changes import IdChanges, id_changes
from orchestration.lock import hold
from orchestration.settings import company_parameters, read_settings, settings_text
from orchestration.steps import NOT_MADE, CheckOutcome, Step, StepLog, checks_failed
from serving.manifest import verify_published

_DAGSTER_YAML = "dagster.yaml"


@dataclass(frozen=True, kw_only=True)
class RefreshReport:
    """What a refresh did. `outcome`: published; unchanged (the tables came out the same); nothing_to_do (no input changed).

    `ids`: what became of customer ids, None where nothing was done.
    """

    outcome: str
    run_id: str
    as_of_date: date
    steps: list[Step]
    checks: list[CheckOutcome]
    messages: list[str]
    seconds: float
    ids: IdChanges | None = None


def refresh(folder: Path, *, asked_date: date | None = None, full: bool = False, steps: StepLog | None = None) -> RefreshReport:
    """Bring a home up to date. `full` runs every step even if no input changed.

    Raises HomeInvalid, SourceInvalid, RulesInvalid (the input is wrong), ChecksFailed (a blocking check failed; the last
    published copy stands), HomeLocked (another refresh holds the home).
    """
    started = time.perf_counter()
    steps = steps or StepLog()
    home = open_home(folder)
    with hold(home) as dead:
        if dead:
            steps.messages.append(f"The refresh before this one died ({dead}). What is published was not touched; this one starts afresh.")
        read_sources(home.sources)  # a mistake in a mapping is said at once, not after the programs have started
        settings = read_settings(home)
        company_parameters(home, settings)  # as is one in the parameters of resolution
        fingerprint = input_fingerprint(home, asked_date, settings_text(home, settings))
        last = _last_run(home)
        if not full and last and last["input_fingerprint"] == fingerprint and not verify_published(home.published):
            steps.messages += _standing_refusals(home)
            outcome, run_id, as_of_date, checks, ids = "nothing_to_do", last["run_id"], last["as_of_date"], [], None
        else:
            run_id, checks = _run(home, asked_date, steps)
            last = _last_run(home)
            outcome, as_of_date = last["outcome"], last["as_of_date"]
            ids = id_changes(Warehouse(home.warehouse_path), as_of_date)
    return RefreshReport(
        outcome=outcome,
        run_id=run_id,
        as_of_date=as_of_date,
        steps=steps.steps,
        checks=checks,
        messages=steps.messages,
        seconds=time.perf_counter() - started,
        ids=ids,
    )


def _last_run(home: CompanyHome) -> dict | None:
    if not home.warehouse_path.exists():
        return None
    runs = Warehouse(home.warehouse_path).read("raw.runs").to_pylist()
    return max(runs, key=lambda run: (run["finished_at"], run["run_id"]), default=None)


def _standing_refusals(home: CompanyHome) -> list[str]:
    """What an earlier refresh said of files that were refused and days that are held, and that nobody has mended since."""
    warehouse = Warehouse(home.warehouse_path)
    files = [row for row in warehouse.read("raw.files").to_pylist() if row["state"] in ("refused", "landed", "loaded")]
    held = [row for row in warehouse.read("raw.batches").to_pylist() if is_held(row)]
    return sorted({row["reason"] for row in [*files, *held] if row["reason_code"] not in (None, "ignored")})


def dagster_home(home: CompanyHome) -> Path:
    """The home's DAGSTER_HOME with today's dagster.yaml, for this process and those it starts."""
    home.dagster.mkdir(parents=True, exist_ok=True)
    packaged = Path(__file__).parent / _DAGSTER_YAML
    checkout = Path(__file__).parents[1] / _DAGSTER_YAML
    shutil.copyfile(packaged if packaged.exists() else checkout, home.dagster / _DAGSTER_YAML)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    # Events are stored 50 at a time: one by one, 600 of them took 5 s of the run (2026-11-21, SQLite).
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "50")
    return home.dagster


def _run(home: CompanyHome, asked_date: date | None, steps: StepLog) -> tuple[str, list[CheckOutcome]]:
    with steps.step("start") as step:
        dagster_home(home)
        import dagster as dg  # noqa: PLC0415 - see the module's docstring

        from orchestration.build import build  # noqa: PLC0415
        from orchestration.checks import outcomes_of_run  # noqa: PLC0415
        from orchestration.jobs import NIGHTLY_REFRESH  # noqa: PLC0415
        from orchestration.resources import AS_OF_TAG  # noqa: PLC0415

        built = build(home, steps)
        job = built.definitions.resolve_job_def(NIGHTLY_REFRESH)
        step.note = "programs loaded, dbt project parsed"
    run_id = str(uuid.uuid4())
    tags = {AS_OF_TAG: asked_date.isoformat()} if asked_date else {}
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.DagsterInstance.get() as instance:
        for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
            # Whoever holds the home's lock knows that nobody else is at work: these died, and would count as running for ever.
            instance.report_run_failed(record.dagster_run, "The process of this run died.")
        try:
            job.execute_in_process(instance=instance, run_id=run_id, tags=tags, run_config=quiet)
        except Exception as error:
            raise _explained(error, outcomes_of_run(instance, run_id, built.blocking), home) from error
        return run_id, outcomes_of_run(instance, run_id, built.blocking)


def _explained(error: Exception, checks: list[CheckOutcome], home: CompanyHome) -> BailiwickError:
    """The error as a person should read it: our own as it is, failed checks by name, anything else as a fault of the program."""
    cause: BaseException | None = error
    met: list[BaseException] = []
    while cause is not None and cause not in met:  # Dagster's resource errors can name each other as their context
        if isinstance(cause, BailiwickError):
            return cause
        met.append(cause)
        cause = cause.__cause__ or cause.__context__
    failed = [check for check in checks if check.is_blocking and not check.passed and check.detail != NOT_MADE]
    if failed:
        return checks_failed(failed)
    first = next((each for each in reversed(met) if not type(each).__module__.startswith("dagster")), error)
    lines = [line.strip() for line in str(first).splitlines() if line.strip()]
    return ContractBroken(
        "ContractBroken: the refresh met a fault of the program; nothing was published and nothing is lost.\n"
        f"  {type(first).__name__}: {' '.join(lines[:3])}\n"
        f"  Please report it with {home.dbt / 'logs' / 'dbt.log'} and the run's page in `make ui`."
    )
