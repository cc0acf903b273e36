"""The account of all checks of one run: nothing is taken for passed that was not made in exactly this run."""

from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration.checks import blocking_checks, must_stop, outcomes_of_run
from orchestration.steps import NOT_MADE


def _definitions(*, passes: bool, severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR) -> tuple:
    @dg.asset
    def table() -> None:
        """An asset with one check."""

    @dg.asset_check(asset=table, name="holds", blocking=True)
    def holds() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=passes, severity=severity, description="as the test says")

    return table, holds


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def test_a_check_that_passed_in_this_run_lets_publishing_go_on(instance: dg.DagsterInstance) -> None:
    table, holds = _definitions(passes=True)
    run = dg.materialize([table, holds], instance=instance).run_id
    outcomes = outcomes_of_run(instance, run, blocking_checks([holds]))
    assert [outcome.passed for outcome in outcomes] == [True]
    assert must_stop(outcomes) == []


def test_a_check_that_passed_in_an_earlier_run_does_not_count_for_this_one(instance: dg.DagsterInstance) -> None:
    table, holds = _definitions(passes=True)
    dg.materialize([table, holds], instance=instance)
    this_run = dg.materialize([table], instance=instance).run_id
    (missing,) = must_stop(outcomes_of_run(instance, this_run, blocking_checks([holds])))
    assert (missing.table, missing.name, missing.detail) == ("table", "holds", NOT_MADE)


def test_a_failed_check_of_error_severity_stops_and_one_of_warn_severity_does_not(instance: dg.DagsterInstance) -> None:
    table, holds = _definitions(passes=False)
    run = dg.materialize([table, holds], instance=instance, raise_on_error=False).run_id
    assert [outcome.name for outcome in must_stop(outcomes_of_run(instance, run, blocking_checks([holds])))] == ["holds"]
    table, holds = _definitions(passes=False, severity=dg.AssetCheckSeverity.WARN)
    run = dg.materialize([table, holds], instance=instance, raise_on_error=False).run_id
    assert must_stop(outcomes_of_run(instance, run, blocking_checks([holds]))) == []
