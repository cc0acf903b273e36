"""The asset graph of a home: keys, order, groups, schedule."""

import os
from pathlib import Path

import dagster as dg
import pytest

from ingest.home import CompanyHome
from ingest.tables import TABLES
from orchestration.build import Built, build
from orchestration.steps import StepLog


@pytest.fixture(scope="module")
def built(refreshed_home: Path) -> Built:
    before = dict(os.environ)
    try:
        return build(CompanyHome(refreshed_home), StepLog())
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module")
def graph(built: Built) -> object:
    return built.definitions.resolve_asset_graph()


def test_every_table_python_writes_is_an_asset_of_its_own_name(graph: object) -> None:
    keys = {"/".join(key.path) for key in graph.get_all_asset_keys()}
    written = {name.replace(".", "/") for name in TABLES} - {"raw/runs"}  # the run log belongs to the run itself
    assert written <= keys


def test_the_graph_reads_from_landing_to_published(graph: object) -> None:
    upstream, waiting = set(), [dg.AssetKey(["published", "marts"])]
    while waiting:
        for parent in graph.get(waiting.pop()).parent_keys:
            if parent not in upstream:
                upstream.add(parent)
                waiting.append(parent)
    names = {"/".join(key.path) for key in upstream}
    steps = {"home/landing", "raw/customers", "clean/customers", "geo/customer_places", "resolved/customers", "marts/kpi_territory_monthly"}
    assert steps <= names
    assert {"clean/field_health", "resolved/field_agreement", "marts/fct_territory_blockers"} <= names  # the report reads them
    order = ["home", "record", "raw", "rules", "clean", "geo", "resolved", "staging", "intermediate", "marts", "published"]
    for key in graph.get_all_asset_keys():
        for parent in graph.get(key).parent_keys:
            assert order.index(parent.path[0]) <= order.index(key.path[0]) or parent.path[0] == "marts", f"{key} hangs on {parent}"


def test_dbt_tests_and_suites_are_blocking_checks(built: Built) -> None:
    tables = {".".join(key.asset_key.path) for key in built.blocking}
    assert {"raw.customers", "resolved.customers", "marts.fct_opportunities", "marts.fct_ownership_periods"} <= tables
    assert len(built.blocking) > 60


def test_the_schedule_runs_in_the_companys_time_zone_and_the_job_in_one_process(built: Built) -> None:
    (schedule,) = built.definitions.schedules
    assert schedule.cron_schedule == "0 3 * * *"
    assert schedule.execution_timezone == "UTC"
    job = built.definitions.resolve_job_def("nightly_refresh")
    assert job.executor_def.name == "in_process"
