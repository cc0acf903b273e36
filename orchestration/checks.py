"""Checks: what Great Expectations inspects at the borders, and whether every check of a run was made and passed.

Here: suites as blocking asset checks, and the account of all checks of one run that publishing asks for.
Not here: what is expected (expectations/suites.py), dbt's tests (dbt_project/, checks through assets/dbt.py).
"""

from collections.abc import Iterable

import dagster as dg

from expectations.baselines import load_baselines
from expectations.runner import checked_tables, columns_needed, run_suite
from ingest.entities import ENTITIES
from orchestration.resources import Session
from orchestration.steps import NOT_MADE, CheckOutcome


def _row_bounds(session: Session, table: str) -> tuple[int, int | None] | None:
    """How many rows the tables before it say that a table must have; None where they say nothing."""
    schema, _, name = table.partition(".")
    if schema == "raw" and name in ENTITIES:
        loaded = sum(row["rows_loaded"] for row in session.warehouse.read("raw.batches").to_pylist() if row["entity"] == name)
        return loaded, loaded
    if table == "resolved.customers":
        records = session.warehouse.query("select count(*) as n from clean.customers").column("n")[0].as_py()
        return min(records, 1), records
    return None


def _suite_check(table: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(table.split(".")),
        name="expectations",
        blocking=True,
        description=f"What {table} as a whole must look like (expectations/suites.py).",
    )
    def inspect(session: dg.ResourceParam[Session]) -> dg.AssetCheckResult:
        with session.step(f"inspect {table}") as step:
            columns = ", ".join(f'"{column}"' for column in columns_needed(table) or [])
            frame = session.warehouse.query(f"select {columns} from {table}").to_pandas()
            bounds = _row_bounds(session, table)
            result = run_suite(table, frame, load_baselines(session.home.expectations_path), row_bounds=bounds)
            step.rows_in = len(frame)
            failed = [outcome for outcome in result.outcomes if not outcome.passed]
            step.note = f"{len(result.outcomes)} expectations" + (f", {len(failed)} not met" if failed else "")
        lines = [f"{'met' if o.passed else 'NOT MET (' + o.severity + ')'}: {o.sentence}; seen: {o.observed}" for o in result.outcomes]
        return dg.AssetCheckResult(
            passed=result.passed,
            severity=dg.AssetCheckSeverity.ERROR if result.severity == "error" else dg.AssetCheckSeverity.WARN,
            description="; ".join(f"{o.sentence} (seen: {o.observed})" for o in failed) or None,
            metadata={"expectations": dg.MetadataValue.md("\n".join(f"- {line}" for line in lines))},
        )

    return inspect


SUITE_CHECKS = [_suite_check(table) for table in checked_tables()]


def blocking_checks(definitions: Iterable[dg.AssetsDefinition]) -> set[dg.AssetCheckKey]:
    """Every check among the definitions that must pass before anything is published."""
    return {spec.key for definition in definitions for spec in definition.check_specs if spec.blocking}


def outcomes_of_run(instance: dg.DagsterInstance, run_id: str, blocking: set[dg.AssetCheckKey]) -> list[CheckOutcome]:
    """What came of each check in exactly this run, read from its events. A blocking check without an event did not pass."""
    entries = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    outcomes: dict[dg.AssetCheckKey, CheckOutcome] = {}
    for entry in entries:
        if entry.dagster_event is None or entry.run_id != run_id:
            continue
        found = entry.dagster_event.asset_check_evaluation_data
        outcomes[found.asset_check_key] = CheckOutcome(
            table=".".join(found.asset_key.path),
            name=found.check_name,
            passed=found.passed,
            is_blocking=found.asset_check_key in blocking and found.severity == dg.AssetCheckSeverity.ERROR,
            detail=found.description or "",
        )
    for key in sorted(blocking - set(outcomes), key=str):
        outcomes[key] = CheckOutcome(table=".".join(key.asset_key.path), name=key.name, passed=False, is_blocking=True, detail=NOT_MADE)
    return sorted(outcomes.values(), key=lambda outcome: (outcome.table, outcome.name))


def must_stop(outcomes: list[CheckOutcome]) -> list[CheckOutcome]:
    """The outcomes that forbid publishing."""
    return [outcome for outcome in outcomes if outcome.is_blocking and not outcome.passed]
