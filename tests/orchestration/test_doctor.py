"""The doctor: each planted fault is found and named with its next step, worst first, and nothing is changed."""

import hashlib
import io
import json
import shutil
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from filelock import FileLock

from ingest.home import CompanyHome
from ingest.landing.files import sha256_of
from ingest.landing.land import land
from ingest.sources.mapping import read_sources
from ingest.tables import TABLES
from ingest.warehouse import Warehouse
from orchestration.cli import main
from orchestration.doctor import SEVERITIES, Finding, examine
from serving.manifest import Manifest, PublishedDatabase, PublishedTable, write_manifest

SEEN_AT = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
COMPANY = '[company]\nname = "Hospital"\ncurrency = "USD"\ncalendar_start = 2026-01-01\n'
CRM = """\
crm: handmade
rep_ids: company
territory_ids: company
entities:
  customers:
    file: customers*.csv
    key: id
    columns: {name: name, owner: owner_user_id}
    required: [name]
  opportunities:
    file: deals.csv
    key: id
    columns: {customer: customer_record_id, stage: [stage, outcome]}
    values: {outcome: {Won: won, Lost: lost}}
"""
ONLY_CUSTOMERS = "crm: handmade\nentities: {customers: {file: customers.csv, key: id, columns: {name: name}}}\n"
RULES = {
    "territories": "territory_id,territory_name,valid_from\nWEST,West,2026-01-01\nREST,Rest,2026-01-01\n",
    "territory_rules": "rule_id,territory_id,valid_from\nR1,REST,2026-01-01\n",
    "reps": "rep_id,rep_name,valid_from\nann,Ann,2026-01-01\nbo,Bo,2026-01-01\n",
    "rep_territories": "rep_id,territory_id,valid_from\nann,WEST,2026-01-01\nbo,REST,2026-01-01\n",
}


def customers(count: int, *, extra: str = "") -> str:
    return "id,name,owner\n" + "".join(f"{n},Fictional Works {n},{'ann' if n % 2 else 'bo'}\n" for n in range(1, count + 1)) + extra


def deals(*stages: str) -> str:
    return "id,customer,stage\n" + "".join(f"d{n},{n},{stage}\n" for n, stage in enumerate(stages, start=1))


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv", (2026, 7, 1, 0, 0, 0)), text)
    return out.getvalue()


def put(root: Path, path: str, content: str | bytes) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def land_all(root: Path) -> None:
    home = CompanyHome(root)
    land(home, Warehouse(home.warehouse_path), read_sources(home.sources), seen_at=SEEN_AT, max_file_bytes=1 << 20)


def publish(root: Path, as_of: date) -> None:
    """As if a refresh had ended: one table, its manifest and the row of the run."""
    put(root, "published/parquet/dim_reps.parquet", b"a table")
    put(root, "published/marts.duckdb", b"a database")
    table, database = root / "published/parquet/dim_reps.parquet", root / "published/marts.duckdb"
    manifest = Manifest(
        format_version=1,
        run_id="run",
        as_of_date=as_of.isoformat(),
        database=PublishedDatabase(bytes=database.stat().st_size, sha256=sha256_of(database)),
        tables=(PublishedTable(name="dim_reps", rows=1, bytes=table.stat().st_size, sha256=sha256_of(table)),),
    )
    write_manifest(manifest, root / "published/manifest.json")
    run = {"run_id": "run", "as_of_date": as_of, "outcome": "published", "input_fingerprint": "", "rules_version": ""}
    run |= {"started_at": datetime(2026, 7, 1, 3), "finished_at": datetime(2026, 7, 1, 4)}  # noqa: DTZ001 - UTC, as the table has it
    run |= dict.fromkeys(("rows_loaded", "rows_quarantined", "checks_passed"), 1)
    Warehouse(root / "warehouse.duckdb").replace("raw.runs", pa.Table.from_pylist([run], schema=TABLES["raw.runs"].arrow_schema))


def write_home(root: Path) -> Path:
    """A home in which nothing is wrong: one system, one loaded and published day."""
    put(root, "company.toml", COMPANY)
    put(root, "sources/crm.yml", CRM)
    for sheet, text in RULES.items():
        put(root, f"rules/{sheet}.csv", text)
    put(root, "landing/crm/2026-06-28/customers.csv", customers(40))
    put(root, "landing/crm/2026-06-28/deals.csv", deals("Won", "Lost"))
    land_all(root)
    publish(root, date(2026, 6, 28))
    return root


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    return write_home(tmp_path_factory.mktemp("healthy") / "home")


@pytest.fixture
def small(healthy: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    return Path(shutil.copytree(healthy, tmp_path / "home"))


def plant(root: Path) -> Path:
    """Every fault of FAULTS in one home: first what landings met on earlier nights, then what nobody has read."""
    write_home(root)
    put(root, "sources/erp.yml", ONLY_CUSTOMERS)
    put(root, "sources/old.yml", ONLY_CUSTOMERS)
    put(root, "sources/spare.yml", ONLY_CUSTOMERS)
    put(root, "landing/erp/2026-06-25/customers.csv", "id,name\n1,Fictional Works 1\n")
    put(root, "landing/erp/2026-06-26/customers.csv", 'id,name\n1,Fictional Works 1\n2,"Fictional Wo')
    put(root, "landing/crm/2026-06-29/customers.csv", customers(40, extra="40,Fictional Works again,bo\n"))
    put(root, "landing/crm/2026-06-29/deals.csv", "id,customer,stage,mood\nd1,1,Won,good\nd2,2,Loste,bad\n")
    put(root, "landing/crm/2026-06-30/customers.csv", customers(15))
    put(root, "landing/crm/2026-06-30/prices.csv", "id,price\n1,2\n")
    land_all(root)

    put(root, "company.toml", COMPANY.replace("USD", "USDD"))
    put(root, "sources/zoho_eu.yml", "crm: zoho\ndate_ordr: dmy\n")
    put(root, "expectations.yml", "raw.customer: {rows: {min: 1}}\n")
    put(root, "acceptances.csv", "source,entity,as_of_date,content_sha256\ncrm,customers,2026-06-30,x\n")
    put(
        root,
        "rules/territories.csv",
        RULES["territories"]
        .replace("valid_from\n", "valid_from,parent_territory_id\n")
        .replace("2026-01-01\nREST,Rest,2026-01-01", "2026-01-01,REST\nREST,Rest,2026-01-01,WEST"),
    )
    put(root, "rules/territory_rules.csv", RULES["territory_rules"] + "R2,WESTT,2026-01-01\n")
    put(
        root,
        "rules/credit_splits.csv",
        "split_id,source,record_id,rep_id,share_ratio,valid_from\nS1,crm,1,ann,0.5,2026-01-01\nS1,crm,1,bo,0.4,2026-01-01\n",
    )
    put(root, "published/parquet/dim_reps.parquet", b"A table")
    shutil.rmtree(root / "archive" / sha256_of(root / "landing/erp/2026-06-25/customers.csv")[:2])
    put(root, "landing/customers.csv", customers(1))
    put(root, "landing/crm/customers_of_today.csv", customers(1))
    put(root, "landing/salesforse/2026-07-01/Account.csv", customers(1))
    put(root, "landing/zoho_eu/2026-07-01/Accounts.csv", customers(1))
    put(root, "landing/crm/2026-07-01/export.zip", zipped(customers=customers(40)[:-9], notes="a,b\n1,2\n"))
    put(root, "landing/spare/2026-06-30/customers.csv", "id,name\n" + "".join(f"1.2345678901{n}E+17,Works {n}\n" for n in range(10, 40)))
    return root


# severity, what it is about, and words of the sentence: what is wrong, and the next step
FAULTS = {
    "a currency that is none": ("fatal", "company.toml", "'USDD' is no ISO 4217 currency code", "explains each setting"),
    "a misspelt key of a mapping": ("fatal", "sources/zoho_eu.yml", "date_ordr", "Correct sources/zoho_eu.yml"),
    "a check that does not exist": ("fatal", "expectations.yml", 'there is no table "raw.customer"', "Closest: raw.customers"),
    "an acceptance without a name": ("fatal", "acceptances.csv", "acceptances.csv line 2 cannot be read", "Mend that row by hand"),
    "a rule for an unknown territory": (
        "fatal",
        "rules",
        "territory_rules.csv line 3",
        "(closest: WEST)",
        "mend sources/zoho_eu.yml first",
    ),
    "a territory above itself": ("fatal", "rules", "WEST stands above itself by way of REST", "Correct the sheet in rules/"),
    "shares that are not one": ("fatal", "rules", "the revenue shares of S1 sum to 0.9", "mend the shares"),
    "a truncated file": ("error", "erp/2026-06-26/customers.csv", "It looks truncated", "export it again"),
    "half an export": ("error", "crm/customers/2026-06-30", "15 rows, 62% fewer than the 40", "--accept crm/customers/2026-06-30"),
    "a missing entity": ("error", "crm/opportunities/2026-06-30", "there is no export of opportunities", "put the right one into"),
    "one that will be missing": ("error", "crm/opportunities/2026-07-01", "the next refresh will say", "there is no export of"),
    "a lost archive file": ("error", "archive", "erp/2026-06-25/customers.csv", "Put archive/ back from a backup"),
    "an altered published file": ("error", "published", "dim_reps.parquet was altered", "bailiwick refresh --full"),
    "a file of no day": ("error", "crm/customers_of_today.csv", "the day it describes is unknown", "Move it there"),
    "a file of no source": ("error", "customers.csv", "the day it describes is unknown", "Move it there"),
    "a truncated file in an unread ZIP": ("error", "crm/customers/2026-07-01", "export.zip/customers.csv breaks off", "Export it again"),
    "ids that Excel damaged": ("error", "spare/customers/2026-06-30", "damaged its ids", "set the id columns to Text"),
    "rows in quarantine": ("warning", "crm/customers/2026-06-29", "1 of 41 rows are quarantined", "says why; mend them"),
    "an unlisted value": ("warning", "crm/opportunities/2026-06-29", "outcome holds 'Loste'", "Say in sources/crm.yml"),
    "a file nobody reads": ("warning", "crm/2026-06-30/prices.csv", "no entity in sources/crm.yml reads", "name it in ignore_files"),
    "one in a ZIP": ("warning", "crm/2026-07-01/export.zip/notes.csv", "the next refresh will say", "name it in ignore_files"),
    "a file of an unknown system": ("warning", "salesforse/2026-07-01/Account.csv", "no sources/salesforse.yml", "Write one, or move"),
    "a system that never came": ("warning", "sources/old.yml", "nothing was ever loaded from it", "Put exports into landing/old/"),
    "a system that fell silent": ("warning", "sources/erp.yml", "2026-06-25, while others have 2026-06-29", "See why"),
    "a copy that is behind": ("warning", "published", "exports of 2026-06-29 are loaded", "Run `bailiwick refresh`"),
    "a column nobody maps": ("hint", "crm/opportunities/2026-06-29", "the column 'mood' is new", "Map it or name it in `ignore`"),
    "files that wait": ("hint", "landing", "6 file(s) were not read yet", "Run `bailiwick refresh`"),
}


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plant(tmp_path_factory.mktemp("sick") / "home")


@pytest.fixture(scope="module")
def told(sick: Path) -> list[Finding]:
    return examine(sick)


def _state(root: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != ".refresh.lock":
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def fits(finding: Finding, fault: tuple[str, ...]) -> bool:
    severity, about, *words = fault
    return (finding.severity, finding.about) == (severity, about) and all(word in finding.sentence for word in words)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_named_by_its_own_words_with_its_next_step(told: list[Finding], fault: str) -> None:
    assert [finding for finding in told if fits(finding, FAULTS[fault])], [vars(finding) for finding in told]


def test_nothing_is_told_that_was_not_planted(told: list[Finding]) -> None:
    surplus = [finding for finding in told if not any(fits(finding, fault) for fault in FAULTS.values())]
    assert [finding.sentence.split(";")[0].splitlines()[0] for finding in surplus] == [
        "territories.csv line 3, column parent_territory_id: REST stands above itself by way of WEST"  # the other half of the cycle
    ]


def test_the_worst_stands_first_and_the_order_is_the_same_every_time(told: list[Finding], sick: Path) -> None:
    ranks = [SEVERITIES.index(finding.severity) for finding in told]
    assert ranks == sorted(ranks)
    assert set(ranks) == set(range(len(SEVERITIES)))
    assert examine(sick) == told


def test_examining_changes_nothing_on_disk(sick: Path) -> None:
    before = _state(sick)
    examine(sick)
    assert _state(sick) == before


def test_every_sentence_reads_as_one(told: list[Finding]) -> None:
    for finding in told:
        assert finding.sentence.strip().endswith((".", '"')), finding.sentence
        assert not any(word in finding.sentence for word in ("Invalid:", "Traceback", "None", "  \n", "..")), finding.sentence


def test_the_command_prints_every_finding_and_ends_with_2(sick: Path, told: list[Finding]) -> None:
    result = CliRunner().invoke(main, ["doctor", "--home", str(sick)])
    assert result.exit_code == 2
    shown = " ".join(result.output.split())
    for finding in told:
        assert " ".join(finding.sentence.split()) in shown
    as_json = CliRunner().invoke(main, ["doctor", "--home", str(sick), "--json"])
    assert json.loads(as_json.output) == [vars(finding) for finding in told]


def test_a_healthy_home_has_no_finding_that_needs_anybody(refreshed_home: Path) -> None:
    assert [finding for finding in examine(refreshed_home) if finding.severity != "hint"] == []


def test_a_healthy_home_that_was_landed_and_published_has_no_finding_at_all(healthy: Path) -> None:
    assert examine(healthy) == []


ALONE = {
    "company.toml": "[company",
    "expectations.yml": "- no mapping\n",
    "acceptances.csv": "nothing\nof use\n",
    "sources/zoho_eu.yml": "crm: zohoo\n",
    "sources/erp.yml": "\tno: yaml",
    "rules": "rep_id,rep_name,valid_from\nann,Ann,2026-13-01\n",
}


@pytest.mark.parametrize("place", ALONE)
def test_a_fault_in_one_place_hides_none_in_another(small: Path, place: str) -> None:
    put(small, "rules/reps.csv" if place == "rules" else place, ALONE[place])
    put(small, "landing/crm/2026-06-29/customers.csv", customers(40)[:-9])
    put(small, "published/marts.duckdb", b"another database")
    found = {(finding.severity, finding.about) for finding in examine(small)}
    assert {("fatal", place), ("error", "crm/customers/2026-06-29"), ("error", "published"), ("hint", "landing")} <= found
    assert {about for severity, about in found if severity == "fatal"} == {place}


def test_a_work_file_that_cannot_be_opened_hides_neither_settings_nor_rules_nor_the_published_copy(small: Path) -> None:
    put(small, "warehouse.duckdb", b"not a database at all" * 1000)
    put(small, "expectations.yml", "- no mapping\n")
    put(small, "rules/reps.csv", ALONE["rules"])
    put(small, "published/marts.duckdb", b"another database")
    found = {finding.about: finding for finding in examine(small)}
    assert set(found) == {"warehouse.duckdb", "expectations.yml", "rules", "published"}
    assert "put the file back from a backup" in found["warehouse.duckdb"].sentence


def test_while_a_refresh_runs_only_what_lies_beside_its_work_is_examined(small: Path) -> None:
    put(small, "expectations.yml", "- no mapping\n")
    put(small, "landing/crm/2026-06-29/customers.csv", "")
    with FileLock(small / ".refresh.lock"):
        found = examine(small)
    assert [(finding.severity, finding.about) for finding in found] == [("fatal", "expectations.yml"), ("hint", "lock")]
    assert "Wait until it is done" in found[1].sentence


def test_a_refused_file_that_was_replaced_or_taken_away_is_no_longer_told(small: Path) -> None:
    put(small, "landing/crm/2026-06-29/customers.csv", customers(40)[:-9])
    put(small, "landing/crm/2026-06-29/deals.csv", "")
    land_all(small)
    refused = {finding.about for finding in examine(small) if finding.severity == "error"}
    assert refused == {"crm/2026-06-29/customers.csv", "crm/2026-06-29/deals.csv"}
    put(small, "landing/crm/2026-06-29/customers.csv", customers(40))
    put(small, "landing/crm/2026-06-29/deals.csv", deals("Won", "Lost"))
    assert [finding.about for finding in examine(small)] == ["landing"]
    shutil.rmtree(small / "landing/crm/2026-06-29")
    assert examine(small) == []


def test_one_refused_file_is_told_once_though_a_zip_and_a_batch_both_say_it(small: Path) -> None:
    put(small, "landing/crm/2026-06-29/export.zip", zipped(customers=customers(40)[:-9], deals=deals("Won", "Lost")))
    land_all(small)
    errors = [finding for finding in examine(small) if finding.severity == "error"]
    assert [finding.about for finding in errors] == ["crm/2026-06-29/export.zip/customers.csv"]


def test_a_held_day_whose_right_export_lies_there_by_now_only_waits_for_the_refresh(small: Path) -> None:
    put(small, "landing/crm/2026-06-29/customers.csv", customers(15))
    put(small, "landing/crm/2026-06-29/deals.csv", deals("Won", "Lost"))
    land_all(small)
    assert [finding.about for finding in examine(small)] == ["crm/customers/2026-06-29", "published"]
    put(small, "landing/crm/2026-06-29/customers.csv", customers(39))
    assert [finding.about for finding in examine(small)] == ["published", "landing"]


def test_an_entity_that_no_longer_comes_is_told_once_with_the_first_day_to_let_pass(small: Path) -> None:
    for day in ("2026-06-29", "2026-06-30", "2026-07-01"):
        put(small, f"landing/crm/{day}/customers.csv", customers(40))
    land_all(small)
    (held,) = [finding for finding in examine(small) if finding.severity == "error"]
    assert held.about == "crm/opportunities/2026-06-29"
    assert "missing on 2 later day(s) too, last on 2026-07-01" in held.sentence


def test_ids_that_only_an_unread_export_names_are_no_fault_of_the_rule_sheets(small: Path) -> None:
    put(small, "sources/crm.yml", CRM + "  reps:\n    file: people.csv\n    key: id\n    columns: {name: name}\n    required: [name]\n")
    put(
        small,
        "rules/reps.csv",
        RULES["reps"].replace("valid_from\n", "valid_from,manager_rep_id\n").replace("2026-01-01", "2026-01-01,carla"),
    )
    (before,) = {finding.about for finding in examine(small) if finding.severity == "fatal"}
    assert before == "rules"
    put(small, "landing/crm/2026-06-29/people.csv", "id,name\ncarla,Carla\nann,Ann\nbo,Bo\n")
    assert [finding for finding in examine(small) if finding.severity == "fatal"] == []


def test_a_mapping_that_was_taken_away_is_fatal_as_long_as_its_exports_are_loaded(small: Path) -> None:
    put(small, "sources/erp.yml", ONLY_CUSTOMERS)
    (small / "sources/crm.yml").unlink()
    (gone,) = [finding for finding in examine(small) if finding.severity == "fatal"]
    assert gone.about == "sources/crm.yml"
    assert "Put it back" in gone.sentence


def test_a_value_that_no_list_has_is_told_though_it_was_there_from_the_first_day(tmp_path: Path) -> None:
    put(tmp_path, "company.toml", COMPANY)
    put(tmp_path, "sources/crm.yml", CRM)
    put(tmp_path, "landing/crm/2026-06-28/customers.csv", customers(2))
    put(tmp_path, "landing/crm/2026-06-28/deals.csv", deals("Won", "WON ", "", "Maybe"))
    land_all(tmp_path)
    (finding,) = [finding for finding in examine(tmp_path) if "value list" in finding.sentence]
    assert finding.sentence.startswith("outcome holds 'Maybe', which no value list has")


def test_a_home_without_territory_rules_and_one_whose_last_refresh_died_are_warned(small: Path) -> None:
    (small / "rules/territory_rules.csv").unlink()
    put(small, ".refresh.json", '{"pid": 77, "host": "here", "since": "2026-07-01T03:00:00+00:00"}')
    found = {finding.about: finding.sentence for finding in examine(small)}
    assert set(found) == {"rules/territory_rules.csv", "last refresh"}
    assert "every customer is UNASSIGNED. Write some" in found["rules/territory_rules.csv"]
    assert "process 77 on here" in found["last refresh"]


def test_a_full_disk_is_warned_of(healthy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.doctor.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(10 << 30, 9 << 30, 1 << 30))
    (finding,) = examine(healthy)
    assert finding.sentence.startswith("only 1.0 GiB are free")


def test_a_home_just_made_says_what_to_do_first(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["init", str(tmp_path / "home")]).exit_code == 0
    found = [(finding.severity, finding.about) for finding in examine(tmp_path / "home")]
    assert found == [("fatal", "sources"), ("error", "published"), ("warning", "rules/territory_rules.csv")]


def test_a_home_that_does_not_exist_is_the_only_finding(tmp_path: Path) -> None:
    (finding,) = examine(tmp_path / "nowhere")
    assert finding.severity == "fatal"
    assert "bailiwick init" in finding.sentence


def test_the_command_ends_with_2_when_no_refresh_can_succeed_and_speaks_json(tmp_path: Path, healthy: Path) -> None:
    broken = CliRunner().invoke(main, ["doctor", "--home", str(tmp_path / "nowhere"), "--json"])
    assert broken.exit_code == 2
    assert json.loads(broken.output)[0]["severity"] == "fatal"
    fine = CliRunner().invoke(main, ["doctor", "--home", str(healthy)])
    assert fine.exit_code == 0, fine.output
