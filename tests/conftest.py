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


def group_of(nodeid: str) -> str:
    """The group of a test, by its id: tests/<folder>/.../<file>::<name>."""
    path, _, name = nodeid.partition("::")
    folder, *rest = path.removeprefix(f"{HERE.name}/").split("/")
    return folder if folder in ONE_GROUP else "/".join([folder, *rest, *([name] if path.endswith(EACH_ALONE) else [])])


# 2026-11-22: pytest-xdist 3.8 hands the group on by writing it into the test's id, which pytest 9.2 no longer lets it do: every test was
# a group of its own, and every costly home was made once per worker. So the groups are told to its scheduler directly.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """For `--dist loadgroup` a scheduler that knows the groups and takes them in the order they are handed in."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only where tests run side by side

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False  # it would begin with the groups that have most tests
    return ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the groups that take longest first."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    folder = item.path.relative_to(HERE).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)
