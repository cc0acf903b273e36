"""A small home that was refreshed once, and a state of `bailiwick resolve` after one load; each test that changes anything gets a copy."""

import importlib.util
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main
from orchestration.resolve import resolve

_SPEC = importlib.util.spec_from_file_location("resolve_loads", Path(__file__).with_name("resolve_loads.py"))
loads = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(loads)

FIRST_DAY, SECOND_DAY = "2026-06-29", "2026-06-30"

MAPPING = """\
crm: handmade
rep_ids: company
territory_ids: company
entities:
  customers:
    file: customers.csv
    key: id
    columns: {name: name, country: country, state: region, owner: owner_user_id}
  opportunities:
    file: deals.csv
    key: id
    columns: {customer: customer_record_id, owner: owner_user_id, stage: [stage, outcome], amount: amount, closed: closed_date}
    values: {outcome: {Won: won, Lost: lost, Open: open}}
"""
COMPANY = """\
[company]
name = "Handmade"
currency = "USD"
calendar_start = 2026-01-01
"""
RULES = {
    "territories": "territory_id,territory_name,valid_from\nWEST,West,2026-01-01\nREST,Rest,2026-01-01\n",
    "territory_rules": (
        "rule_id,territory_id,country_codes,region_codes,valid_from\nR1,WEST,,US-WA|US-OR,2026-01-01\nR2,REST,,,2026-01-01\n"
    ),
    "reps": "rep_id,rep_name,valid_from\nann,Ann,2026-01-01\nbo,Bo,2026-01-01\n",
    "rep_territories": "rep_id,territory_id,valid_from\nann,WEST,2026-01-01\nbo,REST,2026-01-01\n",
}
CUSTOMERS = "id,name,country,state,owner\n" + "".join(
    f"{n},Fictional Works {chr(65 + n)}{n},US,{'WA' if n % 2 else 'TX'},{'ann' if n % 2 else 'bo'}\n" for n in range(1, 9)
)
DEALS = "id,customer,owner,stage,amount,closed\n" + "".join(
    f"d{n},{n},{'ann' if n % 2 else 'bo'},{'Won' if n < 6 else 'Lost'},{n * 100},2026-0{n % 5 + 1}-15\n" for n in range(1, 9)
)


def write_home(root: Path) -> Path:
    """The home's own files and its first day of exports."""
    for folder in ("sources", "rules"):
        (root / folder).mkdir(parents=True)
    (root / "company.toml").write_text(COMPANY)
    (root / "sources" / "crm.yml").write_text(MAPPING)
    for sheet, text in RULES.items():
        (root / "rules" / f"{sheet}.csv").write_text(text)
    export(root, FIRST_DAY, customers=CUSTOMERS, deals=DEALS)
    return root


def export(root: Path, day: str, *, customers: str | bytes | None = None, deals: str | bytes | None = None) -> None:
    """Put files of one day into landing/."""
    folder = root / "landing" / "crm" / day
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("customers.csv", customers), ("deals.csv", deals)):
        if content is not None:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def bailiwick(*arguments: str | Path) -> Result:
    """Run the command in this process, so that heavy imports are paid for once."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="session")
def refreshed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after its first refresh. Not to be changed."""
    root = write_home(tmp_path_factory.mktemp("refreshed") / "home")
    result = bailiwick("refresh", "--home", root)
    assert result.exit_code == 0, result.output
    return root


@pytest.fixture
def home(refreshed_home: Path, tmp_path: Path) -> Path:
    """A copy of the refreshed home that a test may change."""
    return Path(shutil.copytree(refreshed_home, tmp_path / "home"))


@pytest.fixture
def published_bytes() -> Callable[[Path], dict[str, bytes]]:
    """Every file below published/ with its content."""

    def read(root: Path) -> dict[str, bytes]:
        folder = root / "published"
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    return read


@pytest.fixture
def load(tmp_path):
    """Run the command on a text; the result, and the folder it wrote into."""

    def run(text, *options, out="out", state=None, day=loads.DAYS[0], name="customers.csv", judged=None):
        file = tmp_path / name
        if text is not None:
            file.write_text(text, "utf-8")
        options = [*options, "--as-of", day] + (["--state", str(tmp_path / state)] if state else [])
        if judged is not None:
            (tmp_path / "judged.csv").write_text("\n".join([loads.JUDGEMENTS, *judged]) + "\n", "utf-8")
            options += ["--judgements", str(tmp_path / "judged.csv")]
        return CliRunner().invoke(main, ["resolve", str(file), "--out", str(tmp_path / out), *options]), tmp_path / out

    return run


@pytest.fixture
def loaded(load):
    """Run the command where nothing is wrong: the report and the ids by record."""

    def run(*arguments, **options):
        result, out = load(*arguments, **options)
        assert result.exit_code == 0, result.output
        return json.loads((out / "report.json").read_text("utf-8")), loads.ids(out)

    return run


@pytest.fixture(scope="session")
def first_load(tmp_path_factory):
    """A folder in which loads.FIRST was loaded on the first day: state and out. Not to be changed."""
    root = tmp_path_factory.mktemp("first")
    (root / "customers.csv").write_text(loads.table(*loads.FIRST), "utf-8")
    resolve(root / "customers.csv", root / "out", state=root / "state", as_of_date=date.fromisoformat(loads.DAYS[0]))
    return root


@pytest.fixture
def known(first_load, tmp_path):
    """A copy of that folder's state and result in this test's own; the ids by record."""
    for name in ("state", "out"):
        shutil.copytree(first_load / name, tmp_path / name)
    return loads.ids(tmp_path / "out")
