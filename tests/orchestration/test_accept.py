"""Letting a held day pass: what is meant, what is written down, and what a landing then does."""

import csv
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from filelock import FileLock

from ingest.errors import HomeInvalid, HomeLocked
from ingest.home import CompanyHome
from ingest.landing.land import Landing, land
from ingest.landing.load import is_held
from ingest.sources.mapping import read_sources
from ingest.warehouse import Warehouse
from orchestration.accept import accept_held_days
from orchestration.cli import main
from orchestration.refresh import RefreshReport

SOURCE = """\
crm: handmade
entities:
  customers: {file: customers.csv, key: id, columns: {name: name}}
  opportunities: {file: deals.csv, key: id, columns: {name: name}}
"""
HALF, MISSING = "crm/customers/2026-06-29", "crm/opportunities/2026-06-29"
COLUMNS = ["source", "entity", "as_of_date", "content_sha256", "accepted_by", "reason", "accepted_at"]


def export_of(count: int) -> str:
    return "id,name\n" + "".join(f"{n},Fictional Works {n}\n" for n in range(count))


def put_export(root: Path, path: str, text: str) -> None:
    file = root / "landing" / "crm" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def land_home(root: Path) -> Landing:
    home = CompanyHome(root)
    seen_at = datetime(2026, 7, 1, tzinfo=UTC)
    return land(home, Warehouse(home.warehouse_path), read_sources(home.sources), seen_at=seen_at, max_file_bytes=1 << 20)


def decisions(root: Path) -> list[dict[str, str]]:
    path = root / "acceptances.csv"
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def run(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["refresh", "--home", str(root), *arguments])


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which half an export and a missing one are held. Not to be changed."""
    root = tmp_path_factory.mktemp("holding") / "home"
    (root / "sources").mkdir(parents=True)
    (root / "company.toml").write_text('[company]\nname = "Holding"\ncurrency = "USD"\ncalendar_start = 2026-01-01\n')
    (root / "sources" / "crm.yml").write_text(SOURCE)
    put_export(root, "2026-06-28/customers.csv", export_of(40))
    put_export(root, "2026-06-28/deals.csv", export_of(3))
    put_export(root, "2026-06-29/customers.csv", export_of(15))
    assert land_home(root).held == [HALF, MISSING]
    return root


@pytest.fixture
def root(holding: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(holding, tmp_path / "home"))


def test_who_why_when_and_what_content_are_written_down(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.accept.now", lambda: datetime(2026, 7, 1, 9, 30, tzinfo=UTC))
    (row,) = [
        row for row in Warehouse(root / "warehouse.duckdb").read("raw.batches").to_pylist() if is_held(row) and row["entity"] == "customers"
    ]
    accept_held_days(root, [HALF], by="Ann", why='They closed "East", all of it')
    assert (root / "acceptances.csv").read_bytes().decode() == (
        f"{','.join(COLUMNS)}\n"
        f'crm,customers,2026-06-29,{row["held_content_sha256"]},Ann,"They closed ""East"", all of it",2026-07-01T09:30:00+00:00\n'
    )


def test_a_day_that_was_let_pass_is_loaded_by_the_next_landing_and_an_absence_is_believed(root: Path) -> None:
    accept_held_days(root, [HALF, MISSING], by="Ann", why="It is right")
    landing = land_home(root)
    assert (landing.held, landing.loaded) == ([], [HALF])
    warehouse = Warehouse(root / "warehouse.duckdb")
    assert warehouse.read_part("raw.customers", {"as_of_date": date(2026, 6, 29)}).num_rows == 15
    reasons = {row["entity"]: row["reason"] for row in warehouse.read("raw.batches").to_pylist() if row["reason_code"]}
    assert reasons == {
        "customers": "Let pass by Ann: It is right (shrunk)",
        "opportunities": f"{MISSING}: no export, let pass by Ann: It is right",
    }


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("crm/customer/2026-06-29", f"(closest: {HALF})"),
        ("crm/oportunities/2026-06-29", f"(closest: {MISSING})"),
        ("zoho", f"(held are: {HALF}, {MISSING})"),
        ("crm/customers/2026-06-28", f"(closest: {HALF})"),  # loaded, so nothing holds it
        ("", f"(held are: {HALF}, {MISSING})"),
    ],
)
def test_a_place_that_is_not_held_is_refused_with_the_nearest_that_is(root: Path, place: str, named: str) -> None:
    with pytest.raises(HomeInvalid, match="is not held, so there is nothing to let pass") as error:
        accept_held_days(root, [place], by="Ann", why="It is right")
    assert named in str(error.value)
    assert "`bailiwick doctor` says which days are" in str(error.value)
    assert decisions(root) == []


def test_of_several_places_all_are_let_pass_or_none(root: Path) -> None:
    with pytest.raises(HomeInvalid, match="crm/customers/2026-06-31 is not held"):
        accept_held_days(root, [HALF, MISSING, "crm/customers/2026-06-31"], by="Ann", why="It is right")
    assert decisions(root) == []
    accept_held_days(root, [HALF, f" {MISSING}/", HALF], by="Ann", why="It is right")
    assert [(row["entity"], row["content_sha256"] == "") for row in decisions(root)] == [("customers", False), ("opportunities", True)]


def test_the_same_acceptance_again_adds_nothing_before_and_after_the_landing(root: Path) -> None:
    accept_held_days(root, [HALF, MISSING], by="Ann", why="It is right")
    once = (root / "acceptances.csv").read_bytes()
    accept_held_days(root, [HALF], by="Bo", why="Me too")
    land_home(root)
    accept_held_days(root, [MISSING, HALF], by="Bo", why="Me too")
    assert (root / "acceptances.csv").read_bytes() == once


def test_other_content_than_was_let_pass_has_to_be_let_pass_again(root: Path) -> None:
    accept_held_days(root, [HALF], by="Ann", why="It is right")
    land_home(root)
    put_export(root, "2026-06-29/customers.csv", export_of(14))
    assert land_home(root).held == [HALF, MISSING]
    accept_held_days(root, [HALF], by="Bo", why="Right again")
    assert [row["accepted_by"] for row in decisions(root)] == ["Ann", "Bo"]
    assert land_home(root).held == [MISSING]


def test_a_home_without_a_work_file_holds_nothing(root: Path) -> None:
    (root / "warehouse.duckdb").unlink()
    with pytest.raises(HomeInvalid, match="held are: none"):
        accept_held_days(root, [HALF], by="Ann", why="It is right")
    assert not (root / "warehouse.duckdb").exists()


def test_a_work_file_of_an_earlier_version_has_to_be_refreshed_first(root: Path) -> None:
    with duckdb.connect(str(root / "warehouse.duckdb")) as connection:
        connection.execute("alter table raw.batches drop column held_content_sha256")
    with pytest.raises(HomeInvalid, match="Run `bailiwick refresh` without --accept first"):
        accept_held_days(root, [HALF], by="Ann", why="It is right")
    assert decisions(root) == []


def test_acceptances_that_cannot_be_read_are_not_added_to(root: Path) -> None:
    (root / "acceptances.csv").write_text("source,entity\ncrm,customers\n")
    with pytest.raises(HomeInvalid, match=r"acceptances\.csv lacks the column"):
        accept_held_days(root, [HALF], by="Ann", why="It is right")
    assert (root / "acceptances.csv").read_text() == "source,entity\ncrm,customers\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--accept", HALF],
        ["--accept", HALF, "--by", "Ann"],
        ["--accept", HALF, "--why", "It is right"],
        ["--accept", HALF, "--by", " ", "--why", "It is right"],
        ["--by", "Ann", "--why", "It is right"],
    ],
)
def test_who_what_and_why_go_together_on_the_command_line(root: Path, arguments: list[str]) -> None:
    result = run(root, *arguments)
    assert result.exit_code == 2
    assert "--accept SOURCE/ENTITY/DAY, --by NAME and" in " ".join(result.output.split())
    assert decisions(root) == []


def test_a_wrong_place_ends_the_command_with_2_before_any_refresh(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.refresh.refresh", None)  # calling it would be a TypeError
    options = ("--accept", HALF, "--accept", "crm/customer/2026-06-29", "--by", "Ann", "--why", "It is right")
    said = run(root, *options)
    assert said.exit_code == 2
    assert f"crm/customer/2026-06-29 is not held, so there is nothing to let pass (closest: {HALF})" in " ".join(said.output.split())
    as_json = run(root, *options, "--json")
    assert as_json.exit_code == 2
    told = json.loads(as_json.output)
    assert (told["error"], told["exit_code"]) == ("HomeInvalid", 2)
    assert HALF in told["message"]
    assert decisions(root) == []


def test_while_a_refresh_runs_nothing_is_let_pass_and_the_command_ends_with_3(root: Path) -> None:
    with FileLock(root / ".refresh.lock"):
        with pytest.raises(HomeLocked, match="nothing was changed by this call"):
            accept_held_days(root, [HALF], by="Ann", why="It is right")
        assert run(root, "--accept", HALF, "--by", "Ann", "--why", "It is right").exit_code == 3
    assert decisions(root) == []


def test_the_decision_is_written_before_the_refresh_starts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The refresh itself is replaced: a real one takes half a minute, and only what it would find is at stake here.
    found: list[list[dict[str, str]]] = []

    def refresh(home: Path, **_: object) -> RefreshReport:
        found.append(decisions(home))
        return RefreshReport(
            outcome="nothing_to_do", run_id="run", as_of_date=date(2026, 6, 28), steps=[], checks=[], messages=[], seconds=0.0
        )

    monkeypatch.setattr("orchestration.refresh.refresh", refresh)
    result = run(root, "--accept", HALF, "--accept", MISSING, "--by", " Ann ", "--why", "It is right")
    assert result.exit_code == 0, result.output
    assert [(row["entity"], row["accepted_by"], row["reason"]) for row in found[0]] == [
        ("customers", "Ann", "It is right"),
        ("opportunities", "Ann", "It is right"),
    ]
