"""geocoding/table_origins.py: the record of what comes from where."""

import csv

from ingest.geocoding import table_origins
from ingest.geocoding.reference_tables import TABLES
from ingest.geocoding.table_origins import BY_HAND, ORIGIN_COLUMNS, Package, path_of, record_origins

HEADER = ",".join(ORIGIN_COLUMNS) + "\n"


def test_other_tables_lines_stay_and_those_of_tables_that_are_gone_go(tmp_path, monkeypatch):
    monkeypatch.setattr(table_origins, "TABLES", tmp_path)
    (tmp_path / "other.csv").touch()
    line = "other.csv,some,1.0,MIT,2026-11-22,names\n"
    (tmp_path / "ORIGIN.csv").write_text(HEADER + line + "gone.csv,some,1.0,MIT,2026-11-22,x\nmine.csv,old,0,MIT,2020-01-01,y\n", "utf-8")
    record_origins([("mine.csv", Package("new", "2.0", "MIT; and more"), "names, points"), ("mine.csv", BY_HAND, "z")])
    lines = (tmp_path / "ORIGIN.csv").read_text("utf-8").splitlines(keepends=True)
    assert [HEADER, line] == [lines[0], lines[-1]]
    assert [row[:4] + row[5:] for row in csv.reader(lines[1:-1])] == [
        ["mine.csv", "new", "2.0", "MIT; and more", "names, points"],
        ["mine.csv", "own", "", "Apache-2.0", "z"],
    ]


def test_every_table_says_where_it_comes_from():
    with (TABLES / "ORIGIN.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    recorded = {row["table"] for row in rows}
    assert {path.name for path in TABLES.iterdir()} - {"ORIGIN.csv"} <= recorded
    assert {"cleaning/country_names.csv", "cleaning/place_words.csv"} <= recorded
    assert all(path_of(table).exists() for table in recorded)
    assert all(row[name] for row in rows for name in ORIGIN_COLUMNS if name != "version")
