"""The sensor for new exports: quiet without files, patient while they arrive, once for each change."""

import os
from pathlib import Path

import dagster as dg
import pytest

from ingest.clock import now
from ingest.home import CompanyHome
from orchestration.sensors import QUIET_SECONDS, new_exports_sensor


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing" / "crm" / "2026-06-30"
    folder.mkdir(parents=True)
    return folder


def _evaluate(root: Path, cursor: str | None = None) -> tuple[list[object], str | None]:
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance, cursor=cursor) as context:
        return list(new_exports_sensor(CompanyHome(root))(context)), context.cursor


def _put(folder: Path, *, seconds_ago: float) -> None:
    path = folder / "customers.csv"
    path.write_text("id\n1\n")
    moment = now().timestamp() - seconds_ago
    os.utime(path, (moment, moment))


def test_without_files_nothing_is_asked_for(tmp_path: Path, landing: Path) -> None:
    (answer,), _ = _evaluate(tmp_path)
    assert isinstance(answer, dg.SkipReason)


def test_files_that_may_still_be_arriving_are_waited_for(tmp_path: Path, landing: Path) -> None:
    _put(landing, seconds_ago=QUIET_SECONDS / 2)
    (answer,), cursor = _evaluate(tmp_path)
    assert isinstance(answer, dg.SkipReason)
    assert cursor is None


def test_files_at_rest_ask_for_one_run_and_only_a_change_for_another(tmp_path: Path, landing: Path) -> None:
    _put(landing, seconds_ago=QUIET_SECONDS * 2)
    (first,), cursor = _evaluate(tmp_path)
    assert isinstance(first, dg.RunRequest)
    (again,), _ = _evaluate(tmp_path, cursor)
    assert isinstance(again, dg.SkipReason)
    _put(landing, seconds_ago=QUIET_SECONDS * 3)
    (changed,), _ = _evaluate(tmp_path, cursor)
    assert isinstance(changed, dg.RunRequest)
    assert changed.run_key != first.run_key
