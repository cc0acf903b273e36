"""The doctor: each planted fault is found and named with its next step, worst first, and nothing is changed."""

import hashlib
import importlib.util
import json
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from filelock import FileLock

from orchestration.cli import main
from orchestration.doctor import SEVERITIES, Finding, examine

_SPEC = importlib.util.spec_from_file_location("doctor_homes", Path(__file__).with_name("doctor_homes.py"))
homes = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(homes)
COMPANY, CRM, FAULTS, ONLY_CUSTOMERS, RULES = homes.COMPANY, homes.CRM, homes.FAULTS, homes.ONLY_CUSTOMERS, homes.RULES
customers, deals, land_all, put, zipped = homes.customers, homes.deals, homes.land_all, homes.put, homes.zipped


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    return homes.write_home(tmp_path_factory.mktemp("healthy") / "home")


@pytest.fixture
def small(healthy: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    return Path(shutil.copytree(healthy, tmp_path / "home"))


@pytest.fixture(scope="module")
def sick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return homes.plant(tmp_path_factory.mktemp("sick") / "home")


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
    assert [finding.sentence.splitlines()[0] for finding in surplus] == [
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


def test_acceptances_saved_in_another_encoding_are_named_and_hide_nothing(small: Path) -> None:
    put(small, "acceptances.csv", "source,entity,as_of_date,content_sha256,accepted_by,reason,accepted_at\n王".encode("gb18030"))
    put(small, "landing/crm/2026-06-29/customers.csv", customers(40)[:-9])
    found = {finding.about: finding for finding in examine(small)}
    assert "not UTF-8" in found["acceptances.csv"].sentence
    assert "Save it as CSV UTF-8" in found["acceptances.csv"].sentence
    assert found["crm/customers/2026-06-29"].severity == "error"


def test_a_work_file_that_cannot_be_opened_hides_neither_settings_nor_rules_nor_the_published_copy(small: Path) -> None:
    put(small, "warehouse.duckdb", b"not a database at all" * 1000)
    put(small, "expectations.yml", "- no mapping\n")
    put(small, "rules/reps.csv", ALONE["rules"])
    put(small, "published/marts.duckdb", b"another database")
    found = {finding.about: finding for finding in examine(small)}
    assert set(found) == {"warehouse.duckdb", "expectations.yml", "rules", "published"}
    assert "put the file back from a backup" in found["warehouse.duckdb"].sentence


def test_a_work_file_of_an_earlier_version_is_named_and_hides_neither_rules_nor_the_published_copy(small: Path) -> None:
    with duckdb.connect(str(small / "warehouse.duckdb")) as connection:
        connection.execute("alter table raw.files drop column container_sha256")
    put(small, "rules/reps.csv", ALONE["rules"])
    put(small, "published/marts.duckdb", b"another database")
    found = {finding.about: finding for finding in examine(small)}
    assert {about: finding.severity for about, finding in found.items()} == {
        "warehouse.duckdb": "warning",
        "rules": "fatal",
        "published": "error",
    }
    assert "`bailiwick refresh` brings it up to date" in found["warehouse.duckdb"].sentence


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


def test_a_held_day_is_told_once_though_another_entity_was_loaded_from_its_file(small: Path) -> None:
    contacts = "  contacts:\n    file: customers.csv\n    key: id\n    columns: {name: name}\n"
    guards = "guards: {entities: {contacts: {rows_shrink_ratio: 1, id_overlap_ratio: 0}}}\n"
    put(small, "sources/crm.yml", CRM + contacts + guards)
    land_all(small)
    put(small, "landing/crm/2026-06-29/customers.csv", customers(15))
    put(small, "landing/crm/2026-06-29/deals.csv", deals("Won", "Lost"))
    land_all(small)
    errors = [finding for finding in examine(small) if finding.severity == "error" and finding.about != "published"]
    assert [finding.about for finding in errors] == ["crm/customers/2026-06-29"]
    assert "is held" in errors[0].sentence


def test_an_entity_that_no_longer_comes_is_told_once_with_the_first_day_to_let_pass(small: Path) -> None:
    for day in ("2026-06-29", "2026-06-30", "2026-07-01"):
        put(small, f"landing/crm/{day}/customers.csv", customers(40))
    land_all(small)
    (held,) = [finding for finding in examine(small) if finding.severity == "error"]
    assert held.about == "crm/opportunities/2026-06-29"
    assert "missing on 2 later day(s) too, last on 2026-07-01" in held.sentence


def test_a_wrong_rule_is_fatal_where_everything_that_could_explain_it_was_read(small: Path) -> None:
    put(small, "rules/territory_rules.csv", RULES["territory_rules"] + "R2,WESTT,2026-01-01\n")
    (finding,) = examine(small)
    assert (finding.severity, finding.sentence.splitlines()[-1]) == ("fatal", "  Correct the sheet in rules/.")
    put(small, "rules/rep_territories.csv", RULES["rep_territories"].splitlines()[0] + "\nann,WEST,2026-01-01\n")
    (small / "sources/crm.yml").write_text("crm: none")
    doubtful = [finding for finding in examine(small) if finding.about == "rules"]
    assert [(finding.severity, "unless an export says so: sources/crm.yml" in finding.sentence) for finding in doubtful] == [
        ("error", True)
    ] * 2


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
