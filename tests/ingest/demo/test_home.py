"""The demo's home: the same every time, and never written over anything else."""

import csv
import hashlib
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.demo.company import invent_company
from ingest.demo.home import write_demo
from ingest.demo.world import SYSTEMS
from ingest.errors import HomeInvalid
from ingest.home import CompanyHome
from ingest.rules.consistency import KnownIds
from ingest.rules.read import read_rules
from ingest.sources.mapping import read_sources

SMALL = {"customers": 60, "nights": 3}


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A home of nine nights, with what was reported about it."""
    folder = tmp_path_factory.mktemp("demo") / "home"
    return write_demo(folder, customers=150, nights=9)


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path):
    write_demo(tmp_path / "first", **SMALL)
    write_demo(tmp_path / "second", **SMALL)
    write_demo(tmp_path / "other", **SMALL, seed=8)
    first, other = hashes(tmp_path / "first"), hashes(tmp_path / "other")
    assert first == hashes(tmp_path / "second")
    landed = [path for path in first if path.startswith(("landing/salesforce", "truth/owners"))]
    assert landed
    assert all(first[path] != other[path] for path in landed)


@pytest.mark.skipif(sys.platform != "linux", reason="only there are processes forked")
def test_exports_written_by_other_processes_are_the_same_and_reported_alike(tmp_path, monkeypatch):
    told: dict[str, list[tuple[str, int, int]]] = {"one": [], "several": []}
    reports = {}
    for name, large in (("one", 10**12), ("several", 1)):
        monkeypatch.setattr("ingest.demo.home._LARGE", large)
        reports[name] = write_demo(tmp_path / name, **SMALL, progress=lambda *step, name=name: told[name].append(step))
    assert hashes(tmp_path / "one") == hashes(tmp_path / "several")
    assert replace(reports["one"], folder=tmp_path) == replace(reports["several"], folder=tmp_path)
    assert sorted(step[0] for step in told["one"]) == sorted(step[0] for step in told["several"])
    assert [step[1:] for step in told["one"]] == [step[1:] for step in told["several"]]


def test_the_report_counts_what_was_written(written):
    assert written.nights[0] == date(2026, 6, 22)
    assert written.nights[-1] == date(2026, 6, 30)
    assert written.customers == 150
    assert written.files == len(hashes(written.folder))
    assert len(rows(written.folder / "truth" / "customers.csv")) == written.records > 150
    assert len(rows(written.folder / "truth" / "places.csv")) == 150
    assert written.deals > written.records / 2


def test_make_demo_refreshes_first_as_of_the_night_before_people_find_out(written):
    assert written.first_look == date(2026, 6, 25)
    usual = invent_company(customers=60, nights=30, seed=7, last_night=date(2026, 6, 30)).cases.first_look
    makefile = (Path(__file__).parents[3] / "Makefile").read_text(encoding="utf-8")
    assert f"refresh --home $(DEMO) --as-of {usual}" in makefile


def test_every_system_has_a_folder_for_every_night_but_the_missing_ones(written):
    for system in SYSTEMS:
        nights = {path.name for path in (written.folder / "landing" / system).iterdir()}
        missing = {"fxiaoke": {"2026-06-23"}, "yonyou": {"2026-06-27"}}.get(system, set())
        assert nights == {night.isoformat() for night in written.nights} - missing


def test_writing_the_same_demo_again_touches_no_file(tmp_path):
    write_demo(tmp_path, **SMALL)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    write_demo(tmp_path, **SMALL)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_file_that_was_altered_is_put_right(tmp_path):
    write_demo(tmp_path, **SMALL)
    sheet = tmp_path / "rules" / "reps.csv"
    original = sheet.read_bytes()
    sheet.write_bytes(b"nonsense")
    write_demo(tmp_path, **SMALL)
    assert sheet.read_bytes() == original


@pytest.mark.parametrize("name", ["company.toml", "notes.txt"])
def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path, name):
    (tmp_path / name).write_text("ours", encoding="utf-8")
    with pytest.raises(HomeInvalid, match="a demo is not mixed with it"):
        write_demo(tmp_path, **SMALL)
    assert hashes(tmp_path).keys() == {name}


def test_another_demo_is_not_written_over_the_first(tmp_path):
    write_demo(tmp_path, customers=20, nights=1)
    with pytest.raises(HomeInvalid, match="another demo"):
        write_demo(tmp_path, customers=21, nights=1)


def test_progress_is_told_step_by_step_to_the_end(tmp_path):
    steps = []
    write_demo(tmp_path, customers=20, nights=2, progress=lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == list(range(1, len(steps) + 1))
    assert {total for _, _, total in steps} == {len(steps)}
    assert steps[0][0] == "truth about salesforce"
    assert [what for what, _, _ in steps if what.startswith("zoho ")] == ["zoho 2026-06-29", "zoho 2026-06-30"]


def test_the_rule_sheets_pass_at_the_door(written):
    sheets = read_rules(CompanyHome(written.folder), KnownIds(), keep=False).sheets
    counts = {name: count for name, (_, count) in sheets.items()}
    assert counts.pop("credit_splits") >= 2
    assert counts == {
        "territories": 10,
        "territory_rules": 13,
        "reps": 26,
        "rep_territories": 28,
        "protection": 5,
        "pool": 3,
        "quotas": 20 * 18,
        "fx_rates": 4,
        "holidays": 9,
        "industries": 6,
        "size_bands": 3,
        "potential": 8,
        "survivorship": 2,
    }


def test_the_mappings_of_all_six_systems_are_valid(written):
    sources = read_sources(written.folder / "sources")
    assert sources.keys() == SYSTEMS.keys()
    assert {name: source.default_currency for name, source in sources.items()} == dict.fromkeys(SYSTEMS, "CNY") | {
        "salesforce": "USD",
        "zoho": "EUR",
    }


def test_the_truth_says_of_every_record_who_is_who_and_who_had_it(written):
    truth = written.folder / "truth"
    records = [(row["source"], row["record_id"]) for row in rows(truth / "customers.csv")]
    assert len(set(records)) == len(records)
    owners: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows(truth / "owners.csv"):
        owners.setdefault((row["source"], row["record_id"]), []).append(row)
    assert list(owners) == records
    for changes in owners.values():
        assert [row["sequence"] for row in changes] == [str(number) for number in range(1, len(changes) + 1)]
        assert [row["changed_on"] for row in changes] == sorted(row["changed_on"] for row in changes)
    assert not [record_id for _, record_id in records if record_id.startswith("zcrm_")]
    gone = set(records) - {(row["source"], row["record_id"]) for row in rows(truth / "territories.csv")}
    assert gone
    assert {owners[record][-1]["owner_rep_id"] for record in gone} == {""}


def test_who_leaves_is_out_of_the_sheets_from_that_day_on(written):
    ended = {row["rep_id"]: row["valid_to"] for row in rows(written.folder / "rules" / "reps.csv") if row["valid_to"]}
    assert ended == {"E1009": "2026-06-30", "E1022": "2026-06-28", "E1026": "2026-06-25"}
    worked = rows(written.folder / "rules" / "rep_territories.csv")
    assert {row["rep_id"]: row["valid_to"] for row in worked if row["rep_id"] in ended} == ended


def test_the_new_territory_begins_where_the_old_cut_ends(written):
    rules = {row["rule_id"]: row for row in rows(written.folder / "rules" / "territory_rules.csv")}
    (central,) = (row for row in rows(written.folder / "rules" / "territories.csv") if row["territory_id"] == "CHINA-CENTRAL")
    assert rules["R03"]["valid_to"] == rules["R12"]["valid_from"] == rules["R13"]["valid_from"] == central["valid_from"] == "2026-06-26"


def test_no_half_written_file_is_left(written):
    assert not [path for path in written.folder.rglob("*") if path.name.endswith(".part")]
