"""Publishing as an asset: marts.* -> published/. The work is in serving/publish.py."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pyarrow as pa

from ingest.clock import now
from ingest.home import CompanyHome
from ingest.record.journals import JOURNALS, Journal
from ingest.record.nights import Recorded, record_night
from ingest.record.store import RecordStore
from ingest.tables import TABLES
from ingest.warehouse import Warehouse
from orchestration.checks import must_stop, outcomes_of_run
from orchestration.dbt_project import grain_keys
from orchestration.resources import Session
from orchestration.steps import checks_failed
from serving.publish import PublishReport, publish


def published_asset(marts: list[dg.AssetKey], blocking: Callable[[], set[dg.AssetCheckKey]], manifest: Path) -> dg.AssetsDefinition:
    """The last asset. `blocking` names the checks that must have passed in this very run."""

    @dg.asset(
        key=["published", "marts"],
        # the report reads both; no mart hangs on them, so that without this they could come after it
        deps=[*marts, ["clean", "field_health"], ["resolved", "field_agreement"], ["resolved", "match_weights"]],
        group_name="published",
        description="What readers get: marts.duckdb, Parquet, the run's audit tables, the report on data health.",
    )
    def published(context: dg.AssetExecutionContext, session: dg.ResourceParam[Session]) -> dg.MaterializeResult:
        with session.steps.step("publish") as step:
            outcomes = outcomes_of_run(context.instance, context.run_id, blocking())
            if failed := must_stop(outcomes):
                raise checks_failed(failed)
            run = _run_row(session, context, sum(outcome.passed for outcome in outcomes))
            recorded, report = record_and_publish(session.home, session.warehouse, run, grain_keys(manifest))
            counts = report.counts()
            step.rows_out = counts["rows"]
            step.note = f"{counts['changed']} of {counts['tables']} tables changed, {recorded.added} events recorded"
            if recorded.night:
                session.steps.messages.append(_sealed(recorded))
        return dg.MaterializeResult(metadata={"outcome": report.outcome, **counts, "events_recorded": recorded.added})

    return published


def record_and_publish(
    home: CompanyHome, warehouse: Warehouse, run: dict[str, object], keys: dict[str, list[str]], journals: tuple[Journal, ...] = JOURNALS
) -> tuple[Recorded, PublishReport]:
    """Record the night right before it is published: what readers are shown stands in the record, and what failed a check does not.

    `run`: its row of raw.runs, logged last. A refresh may die between any two steps in here: the next one finds the record whole, and
    publishes what this one would have.
    """
    store, described = RecordStore(home.record), {"as_of_date": run["as_of_date"], "rules_version": run["rules_version"]}
    recorded = record_night(warehouse, store, **described, journals=journals)
    warehouse.checkpoint()
    report = publish(home.warehouse_path, home.published, run=_table(run), keys=keys)
    warehouse.append("raw.runs", _table(run | {"outcome": report.outcome}))
    return recorded, report


def _sealed(recorded: Recorded) -> str:
    return (
        f"Recorded night {recorded.night}, {recorded.head.recorded_on}: {recorded.added} events of ownership, {recorded.head.rows} in all. "
        f"Seal: {recorded.head.seal}. Whoever keeps this line elsewhere can prove later that nothing before it was altered."
    )


def _run_row(session: Session, context: dg.AssetExecutionContext, checks_passed: int) -> dict[str, object]:
    batches = session.warehouse.read("raw.batches").to_pylist()
    company = session.warehouse.read("rules.company").to_pylist()[0]
    return {
        "run_id": context.run_id,
        "as_of_date": company["as_of_date"],
        "started_at": session.started_at.replace(tzinfo=None),
        "finished_at": now().replace(tzinfo=None),
        "outcome": "published",
        "input_fingerprint": session.fingerprint,
        "rules_version": company["rules_version"],
        "rows_loaded": sum(row["rows_loaded"] for row in batches),
        "rows_quarantined": sum(row["rows_quarantined"] for row in batches),
        "checks_passed": checks_passed,
    }


def _table(run: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([run], schema=TABLES["raw.runs"].arrow_schema)
