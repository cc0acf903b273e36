import csv
import json
from datetime import date

import pyarrow as pa
import pytest

from ingest.home import CompanyHome
from ingest.landing.quarantine import mirror_quarantine
from ingest.tables import TABLES

FILE = {"path": "crm/2026-11-20/a.csv", "file_sha256": "f" * 64, "state": "refused", "reason": "It is empty."}
ROW = {
    "source": "crm",
    "entity": "customers",
    "as_of_date": "2026-11-20",
    "path": "crm/2026-11-20/a.csv",
    "row_number": 7,
    "reason_code": "no_key",
    "reason": "The row has no key.",
}


@pytest.fixture
def mirrored(tmp_path):
    """A function that mirrors files and rows and gives back every file of quarantine/ as text."""
    home = CompanyHome(tmp_path)

    def mirror(files=(), cells=()):
        rows = [ROW | {"row_number": n, "raw_values": json.dumps(row)} for n, row in enumerate(cells, 1)]
        schema = TABLES["raw.quarantine"].arrow_schema
        days = [row | {"as_of_date": date(2026, 11, 20)} for row in rows]
        count = mirror_quarantine(
            home, pa.Table.from_pylist(list(files), schema=TABLES["raw.files"].arrow_schema), pa.Table.from_pylist(days, schema=schema)
        )
        found = {path.relative_to(home.quarantine).as_posix(): path for path in home.quarantine.rglob("*") if path.is_file()}
        assert count == len(found)
        return found

    return mirror


def cells_of(path):
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [row[4:] for row in csv.reader(stream)][1:]


def test_a_refused_file_has_its_reason_beside_its_path(mirrored):
    found = mirrored([FILE])
    assert list(found) == ["crm/2026-11-20/a.csv.reason.txt"]
    assert found["crm/2026-11-20/a.csv.reason.txt"].read_text() == f"It is empty.\nContent: {'f' * 64}\n"


def test_files_without_a_refusal_are_not_mirrored(mirrored):
    calm = [FILE | {"path": state, "state": state} for state in ("superseded", "unmapped")] + [FILE | {"state": "loaded", "reason": None}]
    assert mirrored(calm) == {}
    assert len(mirrored([FILE | {"state": "loaded"}])) == 1


def test_refused_rows_stand_in_one_file_per_entity_and_day(mirrored):
    found = mirrored(cells=[["", "Acme"], ["", "海尔"]])
    assert list(found) == ["crm/2026-11-20/customers.csv"]
    raw = found["crm/2026-11-20/customers.csv"].read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfpath,row_number,reason_code,reason,cells ->\r\n")
    assert cells_of(found["crm/2026-11-20/customers.csv"]) == [["", "Acme"], ["", "海尔"]]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =1", "\t=1", "\r=1", "－1＋1", "＝1", "+86 21 5550", "-"]
)
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(mirrored, cell):
    found = mirrored(cells=[[cell, "x"]])
    assert cells_of(found["crm/2026-11-20/customers.csv"]) == [["'" + cell, "x"]]


@pytest.mark.parametrize("cell", ["-12", "-12.50", "+8", "12", "a=b", "", " ", "Acme - North", "'x"])
def test_a_negative_number_and_harmless_text_stay_as_they_are(mirrored, cell):
    found = mirrored(cells=[[cell, "x"]])
    assert cells_of(found["crm/2026-11-20/customers.csv"]) == [[cell, "x"]]


@pytest.mark.parametrize("cell", ["a\rb", "a\nb", "a\r\nb", 'say "x"', "a,b", "a;b"])
def test_cells_of_any_text_are_read_back_from_the_mirror(mirrored, cell):
    found = mirrored(cells=[["x", cell]])
    assert cells_of(found["crm/2026-11-20/customers.csv"]) == [["x", cell]]


def test_what_is_no_longer_refused_leaves_the_mirror_with_its_folders(mirrored):
    found = mirrored([FILE], [["", "Acme"]])
    folder = next(iter(found.values())).parents[2]
    assert mirrored() == {}
    assert list(folder.iterdir()) == []


def test_an_unchanged_mirror_is_not_written_again(mirrored):
    before = {name: path.stat().st_mtime_ns for name, path in mirrored([FILE], [["", "Acme"]]).items()}
    assert {name: path.stat().st_mtime_ns for name, path in mirrored([FILE], [["", "Acme"]]).items()} == before
