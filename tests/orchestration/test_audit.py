"""`bailiwick audit`: a pack that an auditor can check without this program."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from orchestration.cli import main


def bailiwick(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def pack(refreshed_home, tmp_path) -> Path:
    result = bailiwick("audit", "Fictional Works B1", "--out", tmp_path / "pack", "--home", refreshed_home)
    assert result.exit_code == 0, result.output
    assert "Missing" not in result.output
    return tmp_path / "pack"


def test_every_hash_can_be_worked_out_from_the_csv_alone(pack):
    events = rows(pack / "events.csv")
    assert [event["role"] for event in events] == ["owner", "territory"]
    for event in events:
        values = [value for name, value in event.items() if name not in ("previous_hash", "row_hash")]
        text = "".join(f"{len(value.encode())}:{value}" if value else "-" for value in values)
        assert hashlib.sha256(f"{event['previous_hash']}\n{text}".encode()).hexdigest() == event["row_hash"]


def test_the_row_that_proves_an_event_is_quoted_from_the_export(pack):
    said = {row["column"]: row["text"] for row in rows(pack / "evidence.csv")}
    assert (said["name"], said["owner_user_id"], said["record_id"]) == ("Fictional Works B1", "ann", "1")
    assert {(row["file"], row["row"]) for row in rows(pack / "evidence.csv")} == {("crm/2026-06-29/customers.csv", "1")}


def test_the_rule_is_quoted_from_the_sheet_that_was_in_force(pack, refreshed_home):
    found = rows(pack / "rules.csv")
    assert {row["column"]: row["text"] for row in found} == {
        "rule_id": "R1",
        "territory_id": "WEST",
        "region_codes": "US-WA|US-OR",
        "valid_from": "2026-01-01",
    }
    digest = hashlib.sha256((refreshed_home / "rules" / "territory_rules.csv").read_bytes()).hexdigest()
    assert {(row["sheet_sha256"], row["row"]) for row in found} == {(digest, "1")}


def test_what_rules_saw_in_the_customer_is_told_by_period(pack):
    (seen,) = rows(pack / "values.csv")
    assert (seen["customer_name"], seen["region_code"], seen["valid_from"], seen["valid_to"]) == (
        "Fictional Works B1",
        "US-WA",
        "0001-01-01",
        "",
    )


def test_the_page_asks_for_nothing_and_shows_every_hash(pack):
    page = (pack / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "http://" not in page and "https://" not in page
    for event in rows(pack / "events.csv"):
        assert f"<code>{event['row_hash']}</code>" in page
    (seal,) = rows(pack / "seals.csv")
    assert seal["seal"] in page


def test_the_same_pack_is_the_same_bytes(refreshed_home, pack, tmp_path):
    bailiwick("audit", "Fictional Works B1", "--out", tmp_path / "again", "--home", refreshed_home)
    assert {path.name: path.read_bytes() for path in pack.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()
    }


def test_a_folder_that_holds_something_else_is_left_alone(refreshed_home, pack):
    before = {path.name: path.read_bytes() for path in pack.iterdir()}
    result = bailiwick("audit", "Fictional Works B1", "--out", pack, "--home", refreshed_home)
    assert result.exit_code == 2
    assert "is not empty" in result.output
    assert {path.name: path.read_bytes() for path in pack.iterdir()} == before


def test_without_the_work_file_rows_are_named_and_the_pack_says_what_is_missing(home, tmp_path):
    (home / "warehouse.duckdb").unlink()
    result = bailiwick("audit", "Fictional Works B1", "--out", tmp_path / "pack", "--home", home, "--json")
    found = json.loads(result.output)
    assert found["missing"] == [
        line for line in found["missing"] if line.startswith("The text of row 1 of crm/2026-06-29/customers.csv could not be read again")
    ]
    assert len(found["missing"]) == 1
    assert rows(tmp_path / "pack" / "evidence.csv")[0]["row"] == "1"
