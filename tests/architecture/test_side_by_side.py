"""Tests of one file run in one worker: otherwise every costly home is made once per worker, and nothing else would tell."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ("tests/ingest/demo/test_chance.py", "tests/ingest/demo/test_spellings.py")


@pytest.fixture(scope="module")
def group_of(pytestconfig):
    return pytestconfig.pluginmanager.get_plugin(str(ROOT / "tests" / "conftest.py")).group_of


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/story/test_demo.py::test_a[as_sold]", "story/test_demo.py"),
        ("tests/orchestration/test_refresh.py::test_a", "orchestration"),
        ("tests/dbt_project/ownership/test_b.py::test_a", "dbt_project"),
        ("tests/ingest/landing/test_bad_input.py::test_a[3]", "ingest/landing/test_bad_input.py/test_a[3]"),
    ],
)
def test_what_shares_a_costly_fixture_is_one_group(group_of, nodeid, group):
    assert group_of(nodeid) == group


def test_each_group_runs_in_one_worker():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-vvv", *FILES]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    workers = defaultdict(set)
    for worker, file in re.findall(r"^\[(gw\d)\] .*PASSED (\S+?)::", done.stdout, flags=re.MULTILINE):
        workers[file].add(worker)
    assert sorted(workers) == sorted(FILES)
    assert [len(found) for found in workers.values()] == [1, 1]
