"""An empty home that explains itself, and that the program itself can read."""

import csv
from pathlib import Path

import pytest

from ingest.errors import HomeInvalid
from ingest.home import open_home
from ingest.rules.consistency import KnownIds
from ingest.rules.read import read_rules
from ingest.rules.sheets import SHEETS
from orchestration.init import init_home
from orchestration.settings import read_settings


def test_the_new_home_is_valid_as_it_stands(tmp_path: Path) -> None:
    init_home(tmp_path / "home")
    home = open_home(tmp_path / "home")
    assert read_settings(home).company.name == "My company"
    rules = read_rules(home, KnownIds())
    assert set(rules.sheets) == set(SHEETS)
    assert all(table.num_rows == 0 for table in rules.tables.values())


def test_every_rule_sheet_has_the_columns_of_its_model_and_an_example(tmp_path: Path) -> None:
    init_home(tmp_path / "home")
    for sheet, model in SHEETS.items():
        header, *lines = (tmp_path / "home" / "rules" / f"{sheet}.csv").read_text(encoding="utf-8").splitlines()
        assert header.split(",") == list(model.model_fields)
        examples = [line.removeprefix("# ") for line in lines if line.startswith("# ") and line.count(",") >= len(model.model_fields) - 1]
        assert examples, f"{sheet} has no example row"
        for cells in csv.reader(examples[-1:]):
            model.model_validate(dict(zip(model.model_fields, cells, strict=True)))


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(HomeInvalid, match="is not empty; nothing was written"):
        init_home(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
