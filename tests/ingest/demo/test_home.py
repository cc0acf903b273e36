"""The demo's home: the same every time, and never written over anything else."""

import csv
import hashlib
from datetime import date
from pathlib import Path

import pytest

from ingest.demo.home import write_demo
from ingest.errors import HomeInvalid
from ingest.home import CompanyHome
from ingest.rules.consistency import KnownIds
from ingest.rules.read import read_rules
from ingest.sources.mapping import read_sources


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    write_demo(tmp_path / "first", customers=60)
    write_demo(tmp_path / "second", customers=60)
    assert hashes(tmp_path / "first") == hashes(tmp_path / "second")


def test_another_seed_writes_another_company(tmp_path):
    write_demo(tmp_path / "first", customers=60)
    write_demo(tmp_path / "second", customers=60, seed=8)
    account = "landing/salesforce/2026-06-30/Account.csv"
    assert (tmp_path / "first" / account).read_bytes() != (tmp_path / "second" / account).read_bytes()


def test_the_report_counts_what_was_written(tmp_path):
    report = write_demo(tmp_path / "demo", customers=60, nights=4, last_night=date(2026, 3, 2))
    assert report.nights == (date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2))
    assert report.customers == 60
    assert report.records == 65, "8 % of 60 are recorded twice"
    assert report.files == len(hashes(tmp_path / "demo"))
    assert len(rows(tmp_path / "demo" / "truth" / "customers.csv")) == report.records
    assert len(rows(tmp_path / "demo" / "truth" / "territories.csv")) == report.records


def test_writing_the_same_demo_again_touches_no_file(tmp_path):
    write_demo(tmp_path, customers=60)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    write_demo(tmp_path, customers=60)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_file_that_was_altered_is_put_right(tmp_path):
    write_demo(tmp_path, customers=60)
    sheet = tmp_path / "rules" / "reps.csv"
    original = sheet.read_bytes()
    sheet.write_bytes(b"nonsense")
    write_demo(tmp_path, customers=60)
    assert sheet.read_bytes() == original


@pytest.mark.parametrize("name", ["company.toml", "notes.txt"])
def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path, name):
    (tmp_path / name).write_text("ours", encoding="utf-8")
    with pytest.raises(HomeInvalid, match="a demo is not mixed with it"):
        write_demo(tmp_path, customers=60)
    assert hashes(tmp_path).keys() == {name}


def test_another_demo_is_not_written_over_the_first(tmp_path):
    write_demo(tmp_path, customers=60)
    with pytest.raises(HomeInvalid, match="another demo"):
        write_demo(tmp_path, customers=61)


def test_the_rule_sheets_pass_at_the_door(tmp_path):
    write_demo(tmp_path, customers=60)
    rules = read_rules(CompanyHome(tmp_path), KnownIds())
    assert {name: count for name, (_, count) in rules.sheets.items()} == {
        "territories": 9,
        "territory_rules": 11,
        "reps": 16,
        "rep_territories": 16,
        "quotas": 12 * 18,
    }


def test_every_column_of_the_exports_is_mapped_or_ignored_by_name(tmp_path):
    write_demo(tmp_path, customers=60)
    source = read_sources(tmp_path / "sources")["salesforce"]
    for entity, file in (("customers", "Account.csv"), ("opportunities", "Opportunity.csv"), ("reps", "User.csv")):
        (feed,) = source.entities[entity]
        spoken_of = {*feed.key, *feed.columns, *feed.ignore, *(c for made in feed.combined.values() for c in made.columns)}
        header = rows(tmp_path / "landing" / "salesforce" / "2026-06-30" / file)[0].keys()
        assert file in feed.file
        assert {column for column in header if column} <= spoken_of


def test_the_truth_about_owners_has_neither_gap_nor_overlap(tmp_path):
    write_demo(tmp_path, customers=200)
    by_record: dict[str, list[dict[str, str]]] = {}
    for row in rows(tmp_path / "truth" / "owners.csv"):
        by_record.setdefault(row["record_id"], []).append(row)
    assert max(len(periods) for periods in by_record.values()) > 1, "owners do change between nights"
    for periods in by_record.values():
        assert [row["valid_to"] for row in periods[:-1]] == [row["valid_from"] for row in periods[1:]]
        assert periods[-1]["valid_to"] == ""


def test_who_leaves_is_out_of_the_sheets_from_the_last_night_on(tmp_path):
    write_demo(tmp_path, customers=60)
    ended = {row["rep_id"]: row["valid_to"] for row in rows(tmp_path / "rules" / "reps.csv") if row["valid_to"]}
    assert ended == {"E1009": "2026-06-30"}
    assert {r["rep_id"]: r["valid_to"] for r in rows(tmp_path / "rules" / "rep_territories.csv") if r["valid_to"]} == ended
