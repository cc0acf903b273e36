"""How properties are tried, which tests run side by side, and in what order.

Here: the settings of hypothesis; groups for pytest-xdist (`--dist loadgroup`), so that a home or a dbt build that many tests
read is made once and not once per worker; the groups that take longest start first.
Not here: fixtures (each folder has its own).
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# No deadline: two busy cores say nothing about a rule. In CI the examples are always the same, so that a landing never fails
# for what it did not change; elsewhere they are drawn anew each time.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("house"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")

HERE = Path(__file__).parent
# Folders whose tests share one costly fixture; elsewhere each file is a group of its own.
ONE_GROUP = ("orchestration", "dbt_project")
# Files whose tests share nothing and take long: each test is a group of its own.
EACH_ALONE = ("test_bad_input.py",)
LONGEST_FIRST = ("orchestration", "story", "dbt_project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test its group, and put the groups that take longest first."""
    for item in items:
        folder, *rest = item.path.relative_to(HERE).parts
        group = [folder] if folder in ONE_GROUP else [folder, *rest, *([item.name] if item.path.name in EACH_ALONE else [])]
        item.add_marker(pytest.mark.xdist_group("/".join(group)))
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    folder = item.path.relative_to(HERE).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)
