"""Three companies refreshed by the command that people use, the fictional one twice; the tests only look at what came out.

The real exports lie beside the repository (../shared/data) and are never part of it: without them their stories are skipped.
"""

import csv
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
REAL_DATA = ROOT.parent / "shared" / "data"
HOMES = ROOT / "tests" / "homes"
COMMAND = Path(sys.executable).with_name("bailiwick")
TIMEOUT_SECONDS = 900  # 2026-11-21: ten times what the largest story took on two cores

MAVEN_FILES = ("accounts.csv", "products.csv", "sales_pipeline.csv", "sales_teams.csv")
ADVENTUREWORKS_FILES = (
    "address.csv",
    "businessentityaddress.csv",
    "customer.csv",
    "employee.csv",
    "salesorderheader_2011_subset.csv",
    "salesperson.csv",
    "salespersonquotahistory.csv",
    "salesterritory.csv",
    "salesterritoryhistory.csv",
    "stateprovince.csv",
    "store.csv",
)
# One fictional customer for each row of the table of states: its code and country, and nothing else to go by.
PROBES_YML = """\
crm: probes
title: One fictional customer per state or province
territory_ids: company
entities:
  customers:
    file: probes.csv
    key: stateprovinceid
    columns: {name: name, stateprovincecode: region, countryregioncode: country}
    ignore: [territoryid]
"""


@dataclass(frozen=True, kw_only=True)
class Story:
    """A refreshed home: `output` is what the refresh said. `exports`: the folder of the original exports.

    `before`: who was who after the refresh before that one: (source, record_id) -> customer_id; empty where there was none.
    `first`: a copy of the home as the refresh before that one left it; None where there was none.
    """

    home: Path
    exports: Path
    output: str
    before: dict[tuple[str, str], str] = field(default_factory=dict)
    first: "Story | None" = None

    def rows(self, sql: str) -> list[tuple]:
        """All rows of a query on the published copy."""
        return _rows(self.home / "published" / "marts.duckdb", sql)

    def one(self, sql: str):
        """The only value of a query on the published copy."""
        ((value,),) = self.rows(sql)
        return value

    def private(self, sql: str) -> list[tuple]:
        """All rows of a query on the work file, which people do not read."""
        return _rows(self.home / "warehouse.duckdb", sql)

    def export(self, name: str) -> list[dict[str, str]]:
        """The rows of one of the original exports."""
        with (self.exports / name).open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))

    def published_hashes(self) -> dict[str, str]:
        """Content hash of every published file, by its path."""
        folder = self.home / "published"
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}

    def refresh_again(self, *options: str) -> str:
        """Refresh once more; what it said."""
        return _command("refresh", "--home", str(self.home), *options)

    def kept(self, folder: Path) -> "Story":
        """A copy of what can be asked of the home as it is now, in a new folder: later refreshes do not reach it."""
        for name in ("published/marts.duckdb", "warehouse.duckdb"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.home / name, folder / name)
        for name in ("rules", "truth"):
            shutil.copytree(self.home / name, folder / name)
        return replace(self, home=folder)


def _rows(path: Path, sql: str) -> list[tuple]:
    connection = duckdb.connect(str(path), read_only=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def _command(*arguments: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("BAILIWICK_", "DAGSTER_", "DBT_"))}
    environment["COLUMNS"] = "400"  # so that no sentence is broken into lines
    done = subprocess.run([str(COMMAND), *arguments], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, env=environment, check=False)
    assert done.returncode == 0, f"bailiwick {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _home_with_exports(target: Path, home: str, data: str, source_and_day: str, files: tuple[str, ...]) -> Path:
    exports = REAL_DATA / data
    missing = [name for name in files if not (exports / name).is_file()]
    if missing:
        pytest.skip(f"the real exports are not beside the repository: ../shared/data/{data} lacks {', '.join(missing)}")
    shutil.copytree(HOMES / home, target)
    landing = target / "landing" / source_and_day
    landing.mkdir(parents=True)
    for name in files:
        shutil.copyfile(exports / name, landing / name)
    return exports


def _refreshed(home: Path, exports: Path) -> Story:
    return Story(home=home, exports=exports, output=_command("refresh", "--home", str(home)))


@pytest.fixture(scope="session")
def maven(tmp_path_factory):
    """The Maven CRM, credited by the office of the agent who closed the deal."""
    home = tmp_path_factory.mktemp("story") / "maven"
    exports = _home_with_exports(home, "maven_crm", "maven_crm", "maven/2017-12-31", MAVEN_FILES)
    return _refreshed(home, exports)


@pytest.fixture(scope="session")
def adventureworks(tmp_path_factory):
    """AdventureWorks, and beside its customers one fictional customer for each of its states and provinces."""
    home = tmp_path_factory.mktemp("story") / "adventureworks"
    exports = _home_with_exports(home, "adventureworks", "adventureworks_oltp", "adventureworks/2014-06-30", ADVENTUREWORKS_FILES)
    _add_probes(home, exports)
    return _refreshed(home, exports)


def _add_probes(home: Path, exports: Path) -> None:
    (home / "sources" / "probes.yml").write_text(PROBES_YML, encoding="utf-8")
    target = home / "landing" / "probes" / "2014-06-30" / "probes.csv"
    target.parent.mkdir(parents=True)
    with (exports / "stateprovince.csv").open(encoding="utf-8", newline="") as stream:
        states = list(csv.DictReader(stream))
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("stateprovinceid", "name", "stateprovincecode", "countryregioncode", "territoryid"))
        for state in states:
            key = state["stateprovinceid"]
            writer.writerow((key, _word(key), state["stateprovincecode"], state["countryregioncode"], ""))


def _word(key: str) -> str:
    """A name like no other, so that no two probes are taken for one customer."""
    digest = hashlib.sha256(f"probe {key}".encode()).digest()
    return "".join("bdfgklmnprstvz"[byte % 14] + "aeiou"[byte // 14 % 5] for byte in digest[:7]).capitalize()


@pytest.fixture(scope="session")
def invented(tmp_path_factory):
    """Writes a fictional company that nobody has refreshed: its customers, its nights up to 2026-06-30."""

    def write(customers: int, nights: int) -> Story:
        home = tmp_path_factory.mktemp("story") / "demo"
        output = _command("demo", str(home), f"--customers={customers}", f"--nights={nights}")
        return Story(home=home, exports=home / "landing", output=output)

    return write


@pytest.fixture(scope="session")
def demo(invented):
    """The fictional company: six CRMs, nine nights; refreshed as of the fourth and then of the last, as `make demo` does."""
    story = invented(300, 9)
    story.refresh_again("--as-of", "2026-06-25")
    first = story.kept(story.home.with_name("first"))
    rows = first.rows("select source, record_id, customer_id from marts.bridge_customer_records")
    before = {(source, record): customer for source, record, customer in rows}
    assert len(before) == len(rows)  # nothing has changed yet
    return replace(_refreshed(story.home, story.exports), before=before, first=first)


@pytest.fixture
def page_of(monkeypatch):
    """The dashboard's page on a story's published copy, at a tab, with what a reader has typed: widget keys and values."""

    def open_page(story: Story, tab: str, **typed: object) -> AppTest:
        monkeypatch.setenv("BAILIWICK_PUBLISHED", str(story.home / "published"))
        page = AppTest.from_file(str(ROOT / "serving" / "dashboard" / "app.py"), default_timeout=60)
        for key, value in ({"tab": tab} | typed).items():
            page.session_state[key] = value
        page.run()
        assert not page.exception
        assert not page.error
        return page

    return open_page
