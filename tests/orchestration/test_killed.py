"""A refresh that is killed, at whatever moment: the record is whole, and the next refresh gives what an undisturbed one gives.

Here: kill -9 of the whole process group of `bailiwick refresh`, several times in a row, for some homes with the loss of the warehouse and
of landing/ on top; and, of the dangerous part, recording and publishing, the death of the process before every step that touches the disk.
Not here: which bytes make the record (tests/ingest/record), what a publication is (tests/serving/test_publish.py), a home that loses
its warehouse after everything was recorded (tests/story/test_record.py).

One kill in CI, a hundred by `BAILIWICK_KILLS=100 pytest tests/orchestration/test_killed.py -k moments`.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from random import Random

import duckdb
import pytest

from ingest.home import CompanyHome
from ingest.record.journals import JOURNALS
from ingest.record.store import RecordStore
from ingest.warehouse import Warehouse
from orchestration.assets.publishing import record_and_publish
from orchestration.verify import verify
from serving.manifest import read_manifest

KILLS = int(os.environ.get("BAILIWICK_KILLS", "1"))
IN_A_ROW = 10
COMMAND = Path(sys.executable).with_name("bailiwick")
SECOND_DAY = "2026-06-30"
WITH_RUN_OR_CLOCK = ("audit_runs", "audit_files")
ONLY_IN_THE_WAREHOUSE = "audit_field_agreement"  # what was found on earlier days
JUDGED = """\
left_source,left_record_id,right_source,right_record_id,verdict,customer_id,judged_by,judged_on,reason
crm,2,crm,4,same,,kim,2026-06-30,one shop
"""


@dataclass(frozen=True, kw_only=True)
class Night:
    """What a refresh left: the record's files, the published tables, the names of all files but those of Dagster and dbt."""

    record: dict[str, bytes]
    published: dict[str, str]
    files_seen: list[tuple]
    names: set[str]


def left_by(root: Path) -> Night:
    manifest = read_manifest(root / "published")
    with duckdb.connect(str(root / "published" / "marts.duckdb"), read_only=True) as connection:
        files = connection.sql("select * exclude (first_seen_at) from audit_files order by all").fetchall()
    names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return Night(
        record={path.relative_to(root).as_posix(): path.read_bytes() for path in sorted((root / "record").rglob("*")) if path.is_file()},
        published={table.name: table.sha256 for table in manifest.tables if table.name not in WITH_RUN_OR_CLOCK},
        files_seen=files,
        names={name for name in names if not name.startswith(("dagster/", "dbt/", "landing/", ".refresh.lock"))},
    )


def second_night(root: Path) -> None:
    """Exports of the next day: a customer changes hands, another one comes, deals are won; and two customers are judged to be one."""
    (root / "judgements.csv").write_text(JUDGED)
    before, folder = root / "landing" / "crm" / "2026-06-29", root / "landing" / "crm" / SECOND_DAY
    folder.mkdir()
    customers = (before / "customers.csv").read_text().replace("1,Fictional Works B1,US,WA,ann", "1,Fictional Works B1,US,WA,bo")
    (folder / "customers.csv").write_text(customers + "9,Fictional Works J9,US,WA,ann\n")
    (folder / "deals.csv").write_text((before / "deals.csv").read_text().replace("Lost", "Won"))


def refreshed(root: Path, *, dies_after: float | None = None, waits_for: str | None = None) -> int:
    """Run the command; kill it and everything it started so many seconds after its start, or after it has said the words. Its exit code."""
    with (root.parent / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [str(COMMAND), "refresh", "--home", str(root)], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            while waits_for and process.poll() is None and waits_for.encode() not in (root.parent / "output.txt").read_bytes():
                time.sleep(0.05)
            return process.wait(dies_after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


@pytest.fixture(scope="module")
def undisturbed(refreshed_home, tmp_path_factory):
    """A home with a second night to come; what an undisturbed refresh leaves; how many seconds it takes."""
    root = tmp_path_factory.mktemp("undisturbed")
    shutil.copytree(refreshed_home, root / "waiting")
    second_night(root / "waiting")
    shutil.copytree(root / "waiting", root / "home")
    started = time.perf_counter()
    assert refreshed(root / "home") == 0, (root / "output.txt").read_text()
    seconds = time.perf_counter() - started
    return root / "waiting", left_by(root / "home"), seconds


def chains(kills: int):
    """How many times each home is killed before its refresh is left alone."""
    return [min(IN_A_ROW, kills - start) for start in range(0, kills, IN_A_ROW)]


@pytest.mark.parametrize("number", range(len(chains(KILLS))))
def test_a_refresh_that_is_killed_at_random_moments_leaves_a_whole_record_and_the_next_one_mends_the_rest(undisturbed, tmp_path, number):
    waiting, expected, seconds = undisturbed
    random, root = Random(number), tmp_path / "home"
    shutil.copytree(waiting, root)
    kill = 0
    while kill < chains(KILLS)[number]:
        # Half of the moments are after dbt: what is recorded and published there takes a tenth of the time.
        is_late = (kill + number) % 2 == 1
        moment = random.uniform(0, seconds * 0.1 if is_late else seconds)
        code = refreshed(root, dies_after=moment, waits_for="  dbt  " if is_late else None)
        said = (tmp_path / "output.txt").read_text(errors="replace").splitlines()
        print(f"kill {number}.{kill} {'late ' if is_late else ''}{moment:.2f} s: {code}, last said: {said[-1:]}")
        assert code in (0, -signal.SIGKILL), said
        assert list(RecordStore(CompanyHome(root).record).check()) == []
        if code == 0:  # it was done before its moment came: from the beginning
            assert left_by(root) == expected
            shutil.rmtree(root)
            shutil.copytree(waiting, root)
        kill += code != 0
    is_lost = number % 2 == 0
    if is_lost:
        shutil.rmtree(root / "landing")
        (root / "warehouse.duckdb").unlink()
        (root / "warehouse.duckdb.wal").unlink(missing_ok=True)
    assert refreshed(root) == 0, (tmp_path / "output.txt").read_text()
    assert verify(root).breaks == []
    assert without(ONLY_IN_THE_WAREHOUSE if is_lost else "", left_by(root)) == without(ONLY_IN_THE_WAREHOUSE if is_lost else "", expected)
    with sqlite3.connect(root / "dagster" / "history" / "runs.db") as runs:
        assert {status for (status,) in runs.execute("select status from runs")} <= {"SUCCESS", "FAILURE"}


def without(table: str, night: Night) -> Night:
    """The same without a published table."""
    return replace(night, published={name: sha256 for name, sha256 in night.published.items() if name != table})


MARTS = """
create schema marts; create schema intermediate;
create table marts.dim_customers as
select * from (values ('C1', 'Fictional Works'), ('C2', 'Invented Trade')) as t(customer_id, customer_name);
create table intermediate.news as
select * exclude (sequence, night, previous_hash, row_hash) from record.ownership_events;
create view marts.fct_ownership_events as
select * from record.ownership_events
union all by name
select * from intermediate.news where event_id not in (select event_id from record.ownership_events);
create table intermediate.int_ownership__grounds as select 'C1' as customer_id, 1::bigint as basis, 1::bigint as context;
create view marts.fct_ownership_conflicts as select * from record.ownership_conflicts;
"""


def come_to_be_known(root: Path, *events: tuple[str, str, str]) -> None:
    """News of a night: event, customer, owner."""
    values = ", ".join(f"('{event}', '{customer}', '{owner}')" for event, customer, owner in events)
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute(
            f"""
            delete from intermediate.news;
            insert into intermediate.news by name
            select
                event_id, customer_id, to_id, 'change' as kind, 'owner' as role, date '2026-06-29' as happened_on,
                timestamp '2026-06-29' as happened_at, date '2026-06-29' as known_on, timestamp '2026-06-30' as known_at,
                date '2026-06-30' as recorded_on, 'first_observed' as cause, 'v' as rules_version
            from (values {values}) as news(event_id, customer_id, to_id);
            insert into resolved.customer_records by name
            select 'crm' as source, event_id as record_id, customer_id, 'why' as match_reason, date '2026-06-29' as valid_from
            from intermediate.news
            """
        )


@pytest.fixture
def waiting(tmp_path):
    """A tiny home with one night recorded and published, and news of the next."""
    root = tmp_path / "waiting"
    warehouse = Warehouse(root / "warehouse.duckdb")
    warehouse.prepare()
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(MARTS)
    come_to_be_known(root, ("e1", "C1", "ann"), ("e2", "C2", "bo"))
    run = {"run_id": "run-1", "as_of_date": date(2026, 6, 29), "rules_version": "v", "outcome": "published"}
    run |= dict.fromkeys(("started_at", "finished_at"), datetime(2026, 6, 30, 1))  # noqa: DTZ001 - as raw.runs has it
    keys = {"dim_customers": ["customer_id"], "fct_ownership_events": ["event_id"]}
    record_and_publish(CompanyHome(root), warehouse, run, keys, tuple(journal for journal in JOURNALS if journal.name == "memberships"))
    come_to_be_known(root, ("e3", "C1", "bo"), ("e4", "C2", "ann"))
    return root


def test_recording_and_publishing_may_die_before_any_step_and_the_next_refresh_ends_where_an_undisturbed_one_does(waiting, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("kill_points.py")), str(waiting), str(scratch), "20" if KILLS < 100 else "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    undisturbed, *attempts, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert (last["codes"][0], undisturbed["after"]["breaks"], undisturbed["after"]["unlike"]) == (0, [], []), done.stderr
    assert (undisturbed["after"]["nights"], len(undisturbed["after"]["record"])) == (["2026-06-29", "2026-06-30"], 3)
    recorded = [len(attempt["between"]["nights"]) for attempt in attempts]
    assert recorded == sorted(recorded)
    assert (recorded[0], recorded[-1], len(attempts) > 15) == (1, 2, True), recorded
    for attempt in [*attempts, last]:
        assert attempt["codes"][1:] == [0, 0], (attempt["step"], done.stderr)
        assert attempt["between"]["breaks"] == [], attempt["step"]
        told = undisturbed["after"].keys() if attempt["is_recorded"] else ("breaks", "nights", "record", "warehouse")
        assert [attempt["after"][name] for name in told] == [undisturbed["after"][name] for name in told], attempt["step"]
