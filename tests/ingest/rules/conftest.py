"""What the tests of rules share: a home with rule sheets out of a few lines of text."""

import pytest

from ingest.errors import RulesInvalid
from ingest.home import CompanyHome
from ingest.rules.consistency import KnownIds
from ingest.rules.read import read_rules


@pytest.fixture
def home(tmp_path):
    (tmp_path / "rules").mkdir()
    return CompanyHome(tmp_path)


@pytest.fixture
def rules_of(home):
    """A function that writes sheets (name=text or bytes) and reads them. `known`: ids that exports name."""

    def read(known=None, **sheets):
        for name, content in sheets.items():
            (home.rules / f"{name}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        return read_rules(home, known or KnownIds())

    return read


@pytest.fixture
def problems_of(rules_of):
    """A function that writes sheets and gives the sentences they are refused with; none if they are accepted."""

    def read(known=None, **sheets):
        try:
            rules_of(known, **sheets)
        except RulesInvalid as invalid:
            return invalid.problems
        return []

    return read
