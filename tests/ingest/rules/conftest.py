"""What the tests of rules share: a home with rule sheets out of a few lines of text, and rows of sheets."""

from datetime import date

import pytest

from ingest.errors import RulesInvalid
from ingest.home import CompanyHome
from ingest.rules.consistency import KnownIds
from ingest.rules.read import read_rules
from ingest.rules.rows import Cell
from ingest.rules.sheets import SHEETS


@pytest.fixture
def home(tmp_path):
    (tmp_path / "rules").mkdir()
    return CompanyHome(tmp_path)


@pytest.fixture
def rules_of(home):
    """A function that writes sheets (name=text or bytes) and reads them. `known`: ids that exports name; `options`: of read_rules."""

    def read(known=None, options=None, **sheets):
        for name, content in sheets.items():
            (home.rules / f"{name}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        return read_rules(home, known or KnownIds(), **(options or {}))

    return read


@pytest.fixture
def problems_of(rules_of):
    """A function that writes sheets and gives the sentences they are refused with; none if they are accepted."""

    def read(known=None, options=None, **sheets):
        try:
            rules_of(known, options, **sheets)
        except RulesInvalid as invalid:
            return invalid.problems
        return []

    return read


@pytest.fixture(scope="session")
def rows_of():
    """A function that makes rows of a sheet from line 2 on, as {sheet: rows}; what a row does not say is the column's default."""

    def make(sheet, *found):
        fields = SHEETS[sheet].model_fields
        empty = {name: None if info.is_required() else info.default for name, info in fields.items()}
        empty |= {"valid_from": date(2026, 1, 1), "valid_to": None}
        return {sheet: [(Cell(sheet=sheet, line=line), empty | row) for line, row in enumerate(found, 2)]}

    return make
