"""Recording and publishing, dying before each step that touches the disk: run as `python kill_points.py WAITING SCRATCH EVERY`.

Here: one process that never starts a thread and forks for each attempt, since starting Python anew would take seconds each time. WAITING is
a home in which a night waits to be recorded. For each step a copy of it dies there (no cleaning up, as after kill -9) and is then refreshed
as the next refresh would; what was found is one line of JSON. The first line is that of a copy that was left alone. Of publishing
only every EVERY-th step is tried, since it has many that are alike.
Not here: what is asserted (test_killed.py).
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pandas as pd  # noqa: F401 - what reads Arrow tables would import it anew in every child: 2 s

from ingest.home import CompanyHome
from ingest.record.journals import JOURNALS
from ingest.record.nights import load_record
from ingest.record.store import RecordStore
from ingest.warehouse import Warehouse
from orchestration.assets.publishing import record_and_publish
from serving.manifest import read_manifest, verify_published

DIED = 137
DAY = date(2026, 6, 30)
STEPS = ((os, "replace"), (os, "fsync"), (os, "unlink"), (shutil, "rmtree"), *(
    (Warehouse, name) for name in ("transaction", "append", "replace", "checkpoint")
))  # fmt: skip
OF_IDS = tuple(journal for journal in JOURNALS if journal.name in ("memberships", "redirects", "judgements"))
KEYS = {"dim_customers": ["customer_id"], "fct_ownership_events": ["event_id"]}


def finish(root: Path, run_id: str) -> None:
    """What a refresh does when all checks have passed, and before it what brings the record in at the front."""
    home, moment = CompanyHome(root), datetime(2026, 7, 1, 1)  # noqa: DTZ001 - as raw.runs has it
    warehouse = Warehouse(home.warehouse_path)
    run = {"run_id": run_id, "as_of_date": DAY, "started_at": moment, "finished_at": moment, "outcome": "published", "rules_version": "v"}
    load_record(warehouse, RecordStore(home.record), journals=OF_IDS)
    record_and_publish(home, warehouse, run, KEYS, OF_IDS)


def die_before(step: int) -> None:
    """From now on the process ends, all at once, when it is about to take its step of that number."""
    taken = iter(range(step + 1))

    def deadly(real: Callable) -> Callable:
        def call(*arguments: object, **named: object) -> object:
            if next(taken, None) == step:
                os._exit(DIED)
            return real(*arguments, **named)

        return call

    for place, name in STEPS:
        setattr(place, name, deadly(getattr(place, name)))


def state(root: Path) -> dict:
    """What stands in a home, and whether it holds."""
    home = CompanyHome(root)
    nights = [night["recorded_on"].isoformat() for night in RecordStore(home.record).nights()]
    names = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_file()]
    warehouse = Warehouse(home.warehouse_path)
    counted = warehouse.query(
        "select (select count(*) from record.ownership_events) as events, (select count(*) from record.nights) as nights"
    )
    return {
        "breaks": [broken.place for broken in RecordStore(home.record).check()],
        "nights": nights,
        "record": {path.name: path.read_bytes().hex() for path in sorted(home.record.rglob("*")) if path.is_file() and path.name[0] != "."},
        "published": read_manifest(home.published).hashes(without="audit_runs"),
        "unlike": verify_published(home.published),
        "warehouse": counted.to_pylist(),
        "names": [name for name in names if name != "warehouse.duckdb.wal"],
    }


def forked(work: Callable[[], dict | None], answer: Path) -> tuple[int, dict | None]:
    """Do something in a child; its exit code and its answer."""
    child = os.fork()
    if child == 0:
        try:
            answer.write_text(json.dumps(work()))
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, json.loads(answer.read_text()) if code == 0 else None


def main(waiting: Path, scratch: Path, every: int) -> None:
    """One step after the other, until an attempt comes to its end."""

    def attempt(step: int, root: Path) -> None:
        die_before(step)
        finish(root, "run-2")

    def next_refresh(root: Path) -> dict:
        finish(root, "run-3")
        return state(root)

    step, code = -1, DIED
    while code == DIED:
        root = scratch / "home"
        shutil.copytree(waiting, root)
        code, _ = forked(lambda step=step, root=root: attempt(step, root), scratch / "answer.json") if step >= 0 else (DIED, None)
        found, between = forked(lambda root=root: state(root), scratch / "answer.json") if step >= 0 and code == DIED else (0, None)
        mended, after = forked(lambda root=root: next_refresh(root), scratch / "answer.json")
        print(json.dumps({"step": step, "codes": [code, found, mended], "between": between, "after": after}), flush=True)
        shutil.rmtree(root)
        is_recorded = between is not None and between["warehouse"][0]["nights"] == len(after["nights"])
        step += every if is_recorded else 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
