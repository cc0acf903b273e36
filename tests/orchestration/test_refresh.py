"""A refresh as a person meets it: what is published, what a second one does, and what bad input leads to.

Fixtures that hold data are in conftest.py; constants of the small home are read from its files, not imported.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from ingest.home import CompanyHome
from ingest.warehouse import Warehouse
from orchestration.cli import main
from orchestration.refresh import refresh

Bytes = Callable[[Path], dict[str, bytes]]
SECOND_DAY = "2026-06-30"


def bailiwick(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def export(root: Path, name: str, content: str | bytes) -> Path:
    path = root / "landing" / "crm" / SECOND_DAY / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def first_day(root: Path, name: str) -> str:
    return (root / "landing" / "crm" / "2026-06-29" / name).read_text()


def marts(root: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(root / "published" / "marts.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


def test_the_first_refresh_publishes_figures_that_can_be_checked_by_hand(refreshed_home: Path) -> None:
    # deals 1..5 are won at 100 each times their number; odd customers are in Washington, so theirs go to WEST
    won = marts(
        refreshed_home,
        """select territory_id, sum(won_count), sum(won_amount) from marts.kpi_territory_monthly
           where basis = 'as_sold' and won_count > 0 group by 1 order by 1""",
    )
    assert [(territory, count, int(amount)) for territory, count, amount in won] == [("REST", 2, 600), ("WEST", 3, 900)]
    open_periods = "select owner_rep_id, count(*) from marts.fct_ownership_periods where valid_to is null group by 1 order by 1"
    owners = marts(refreshed_home, open_periods)
    assert owners == [("ann", 4), ("bo", 4)]


def test_every_blocking_check_is_accounted_for_in_the_published_run(refreshed_home: Path) -> None:
    ((outcome, passed),) = marts(refreshed_home, "select outcome, checks_passed from marts.audit_runs")
    assert outcome == "published"
    assert passed > 50


def test_a_second_refresh_of_unchanged_input_does_nothing_and_says_so(home: Path, published_bytes: Bytes) -> None:
    before = published_bytes(home)
    result = bailiwick("refresh", "--home", home)
    assert result.exit_code == 0, result.output
    assert "Nothing changed since run" in result.output
    assert published_bytes(home) == before


def test_a_published_copy_that_somebody_damaged_is_made_afresh_though_no_input_changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The run itself is replaced: each real one takes half a minute of CI, and only the decision to run is at stake here.
    asked = []

    def run(home: CompanyHome, *_: object) -> tuple[str, list]:
        asked.append(home.root)
        return "a run", []

    monkeypatch.setattr("orchestration.refresh._run", run)
    assert refresh(home).outcome == "nothing_to_do"
    assert asked == []
    (home / "published" / "parquet" / "dim_customers.parquet").write_bytes(b"not what was published")
    refresh(home)
    refresh(home, full=True)
    assert asked == [home, home]


BAD_EXPORTS = {
    "a missing required column": (
        lambda good: good.replace("id,name,country", "id,title,country"),
        ['column "name" is not in crm/2026-06-30/customers.csv', "The file has: id, title, country, state, owner", "sources/crm.yml"],
    ),
    "a truncated file": (lambda good: good[: good.rindex(",US")], ["breaks off in row 8", "Export it again"]),
    "an empty file": (lambda _: "", ["is empty (0 bytes)", "Export it again"]),
    "a header and no rows": (lambda good: good.splitlines()[0] + "\n", ["has a header and no rows", "expect: {rows: {min: 0}}"]),
    "a wrong encoding": (
        lambda good: good.replace("Fictional Works", "虚构公司").encode() + b"a09,\xff\xfe\n",
        ["is not UTF-8 throughout", "in line", "CSV UTF-8"],
    ),
}


@pytest.mark.parametrize("kind", BAD_EXPORTS)
def test_a_bad_export_gets_one_clear_message_and_leaves_everything_in_place(home: Path, published_bytes: Bytes, kind: str) -> None:
    spoil, expected = BAD_EXPORTS[kind]
    before = published_bytes(home)
    bad = export(home, "customers.csv", spoil(first_day(home, "customers.csv")))
    content = bad.read_bytes()
    result = bailiwick("refresh", "--home", home)
    assert result.exit_code == 2, result.output
    for words in expected:
        assert words in result.output
    assert "Traceback" not in result.output
    assert published_bytes(home) == before
    assert bad.read_bytes() == content
    reason = (home / "quarantine" / "crm" / SECOND_DAY / "customers.csv.reason.txt").read_text()
    assert expected[0] in reason
    raw = Warehouse(CompanyHome(home).warehouse_path).read("raw.customers")
    assert set(raw.column("as_of_date").to_pylist()) == {date(2026, 6, 29)}


def test_one_night_with_a_good_and_a_bad_export_and_then_the_day_before_again(home: Path) -> None:
    # One test and two refreshes, since each takes half a minute of CI.
    changed = first_day(home, "customers.csv").replace("1,Fictional Works B1,US,WA,ann", "1,Fictional Works B1,US,WA,bo")
    export(home, "customers.csv", changed + "9,Fictional Works J9,US,WA,ann\n")
    export(home, "deals.csv", "")
    result = bailiwick("refresh", "--home", home)
    assert result.exit_code == 0, result.output
    assert "is empty (0 bytes)" in result.output
    assert "Published as of 2026-06-30" in result.output
    assert marts(home, "select count(*) from marts.dim_customers") == [(9,)]
    assert marts(home, "select count(*) from marts.fct_opportunities") == [(8,)]
    assert marts(home, "select status from marts.audit_files where file = 'crm/2026-06-30/deals.csv'") == [("refused",)]
    periods = """
        select periods.owner_rep_id, periods.valid_from, periods.valid_to
        from marts.fct_ownership_periods as periods join marts.bridge_customer_records as records using (customer_id)
        where records.record_id = '1' order by periods.valid_from"""
    first, second = date(2026, 6, 29), date(2026, 6, 30)
    assert marts(home, periods) == [("ann", first, second), ("bo", second, None)]

    again = bailiwick("refresh", "--home", home, "--as-of", "2026-06-29")
    assert again.exit_code == 0, again.output
    assert marts(home, "select count(*) from marts.dim_customers") == [(8,)]
    assert marts(home, periods) == [("ann", first, None)]


def test_a_rule_that_points_to_an_unknown_territory_is_named_with_the_nearest_one(home: Path, published_bytes: Bytes) -> None:
    before = published_bytes(home)
    sheet = home / "rules" / "territory_rules.csv"
    sheet.write_text(sheet.read_text().replace("R1,WEST", "R1,WESTT"))
    result = bailiwick("refresh", "--home", home)
    assert result.exit_code == 2, result.output
    assert "territory_rules.csv line 2, column territory_id: 'WESTT' is no known territory" in result.output
    assert "(closest: WEST)" in result.output
    assert "Traceback" not in result.output
    assert published_bytes(home) == before


def test_a_failed_blocking_check_ends_with_1_and_the_last_good_copy_stands(home: Path, published_bytes: Bytes) -> None:
    before = published_bytes(home)
    rows = [line.split(",") for line in first_day(home, "customers.csv").splitlines()]
    nameless = [rows[0], *([row[0], "", *row[2:]] for row in rows[1:])]
    export(home, "customers.csv", "\n".join(",".join(row) for row in nameless) + "\n")
    result = bailiwick("refresh", "--home", home)
    assert result.exit_code == 1, result.output
    assert "ChecksFailed" in result.output
    assert "raw.customers: expectations" in result.output
    assert "The last published copy stands untouched" in result.output
    assert "Traceback" not in result.output
    assert published_bytes(home) == before


def test_a_home_that_does_not_exist_is_said_with_the_next_step(tmp_path: Path) -> None:
    result = bailiwick("refresh", "--home", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "there is no folder" in result.output
    assert "bailiwick init" in result.output
    assert not (tmp_path / "nowhere").exists()


def test_a_home_without_any_loadable_export_says_what_is_missing(home: Path) -> None:
    for folder in ("landing", "archive"):
        shutil.rmtree(home / folder)
    (home / "warehouse.duckdb").unlink()
    result = bailiwick("refresh", "--home", home)
    assert result.exit_code == 2, result.output
    assert "no export could be loaded" in result.output
    assert "bailiwick doctor" in result.output


_HOLDER = """
import sys, time
from pathlib import Path
from ingest.home import CompanyHome
from orchestration.lock import hold
with hold(CompanyHome(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(120)
"""


def test_two_refreshes_at_once_the_second_ends_with_3_and_a_dead_holder_is_named(home: Path, published_bytes: Bytes) -> None:
    before = published_bytes(home)
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(home)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        refused = bailiwick("refresh", "--home", home)
        assert refused.exit_code == 3, refused.output
        assert f"process {holder.pid} on" in refused.output
        assert "nothing was changed by this call" in refused.output
        os.kill(holder.pid, signal.SIGKILL)
    time.sleep(0.1)
    after = bailiwick("refresh", "--home", home)
    assert after.exit_code == 0, after.output
    assert f"The refresh before this one died (process {holder.pid} on" in after.output
    assert published_bytes(home) == before


def test_a_day_that_is_none_is_refused_by_name(home: Path) -> None:
    result = bailiwick("refresh", "--home", home, "--as-of", "30.06.2026")
    assert result.exit_code == 2
    assert "expected one such as 2026-11-21" in result.output
