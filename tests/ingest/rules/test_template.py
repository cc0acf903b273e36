"""The sheets of an empty home: whoever takes the `#` off the example rows has sheets that fit together."""

from pathlib import Path

import pytest

from ingest.rules.sheets import SHEETS

TEMPLATE = Path(__file__).parents[3] / "orchestration" / "home_template" / "rules"


def lines_of(sheet):
    header, *lines = (TEMPLATE / f"{sheet}.csv").read_text(encoding="utf-8").splitlines()
    return header, lines


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_template_holds_its_columns_and_comments_and_no_row(sheet):
    header, lines = lines_of(sheet)
    assert header == ",".join(SHEETS[sheet].model_fields)
    assert lines
    assert all(line.startswith("# ") for line in lines)


def test_the_examples_of_all_sheets_fit_together(rules_of):
    sheets = {}
    for sheet in SHEETS:
        header, lines = lines_of(sheet)
        examples = [line.removeprefix("# ") for line in lines if line.count(",") == header.count(",") and ", " not in line]
        sheets[sheet] = "\n".join([header, *examples, ""])
    rules = rules_of(options={"home_currency": "USD", "sources": frozenset({"salesforce", "erp"})}, **sheets)
    assert {name: table.num_rows for name, table in rules.tables.items() if table.num_rows == 0} == {}
    assert sum(table.num_rows for table in rules.tables.values()) == 32
