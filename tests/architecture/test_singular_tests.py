"""dbt tests that are queries of their own: each is a check of the asset it names."""

import re
from pathlib import Path

import pytest

SINGULAR = sorted((Path(__file__).parents[2] / "dbt_project" / "tests" / "singular").rglob("*.sql"))


@pytest.mark.parametrize("path", SINGULAR, ids=lambda path: path.stem)
def test_a_test_reads_the_asset_that_it_is_a_check_of(path):
    """Else Dagster takes it for a remark about every table that it reads, and no check."""
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"""["']ref["']: \{["']name["']: ["'](\w+)["']\}""", text)
    read = set(re.findall(r"\{\{ ref\(['\"](\w+)['\"]\) \}\}", text))
    assert set(named) <= read if named else len(read) == 1, f"{path.name} is a check of {named or 'nothing'} and reads {sorted(read)}"
