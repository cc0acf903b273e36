"""Whatever lies in landing/: each file loads, is held or is refused with a reason, every row is accounted for, no earlier day changes,
nothing is written outside the home, and no error escapes.

1,000 cases run in CI. More: `BAILIWICK_BAD_INPUT_CASES=50000 pytest tests/ingest/landing/test_bad_input.py`; one again by its number:
`mutations.make_case(NUMBER)`.
"""

import hashlib
import importlib.util
import os
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

_PATH = Path(__file__).with_name("mutations.py")
_SPEC = importlib.util.spec_from_file_location("landing_mutations", _PATH)
mutations = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(mutations)

CASES = int(os.environ.get("BAILIWICK_BAD_INPUT_CASES", "1000"))
PARTS = 4  # so that two workers share the work
AT_ONCE = 170  # sources, each of which gets one file a day
FIRST_DAY = date(2026, 1, 1)
MAPPING = {
    "customers": {
        "file": ["customers*", "*.csv"],
        "key": "Id",
        "columns": {
            "Name": "name",
            "OwnerId": "owner_user_id",
            "City": "city",
            "Amount": "annual_revenue_amount",
            "LastModifiedDate": "modified_at",
        },
        "labels": {"Name": "客户名称"},
        "ignore": ["Notes"],
        "required": ["name"],
    }
}


def fingerprints(home) -> dict[tuple, str]:
    """Of every loaded source and day: a hash over its rows, in the order of their ids."""
    rows = pl.DataFrame(pl.from_arrow(home.warehouse.read("raw.customers"))).partition_by("source", "as_of_date", as_dict=True)
    return {place: hashlib.sha256(found.write_csv(quote_style="always").encode()).hexdigest() for place, found in rows.items()}


def check_day(home, day: date, cases: dict[str, int], outside: Path) -> Counter:
    """Every promise about the files of one day. Returns how many came to which end."""
    states = Counter()
    files = [row for row in home.warehouse.read("raw.files").to_pylist() if row["as_of_date"] == day]
    of_source: dict[str, list[dict]] = {}
    for row in files:
        of_source.setdefault(row["source"], []).append(row)
        assert row["state"] in ("loaded", "held", "refused", "landed", "superseded"), row
        assert row["state"] == "loaded" or row["reason"], row
        states[row["state"]] += 1
    for source, number in cases.items():
        assert of_source.get(source), f"case {number} left no trace in the ledger"
    for batch in home.warehouse.read("raw.batches").to_pylist():
        number = cases.get(batch["source"])
        assert (
            batch["rows_read"] == batch["rows_loaded"] + batch["rows_quarantined"] + batch["rows_left_out"] or batch["state"] == "held"
        ), (
            number,
            batch,
        )
        assert batch["rows_left_out"] >= 0, (number, batch)
        assert batch["state"] == "loaded" or (batch["reason"] and batch["reason_code"]), (number, batch)
        assert "Traceback" not in (batch["reason"] or ""), (number, batch)
    assert sorted(outside.iterdir()) == [home.home.root], "something was written beside the home"
    return states


@pytest.mark.parametrize("part", range(PARTS))
def test_bad_input_is_loaded_held_or_refused_and_nothing_else(new_home, make_source, part):
    home = new_home()
    sources = [make_source(f"crm{place:02d}", entities=MAPPING) for place in range(AT_ONCE)]
    good = mutations.as_csv(mutations.rows_of(mutations.Random(0), 30))
    for source in sources:
        home.put(f"{source.name}/{FIRST_DAY}/customers.csv", good)
    home.land(*sources)
    before = fingerprints(home)
    assert len(before) == AT_ONCE
    numbers = range(part, CASES, PARTS)
    ends: Counter = Counter()
    for night, start in enumerate(range(0, len(numbers), AT_ONCE), start=1):
        day = FIRST_DAY + timedelta(days=night)
        cases = dict(zip((source.name for source in sources), numbers[start : start + AT_ONCE], strict=False))
        for source, number in cases.items():
            case = mutations.make_case(number)
            home.put(f"{source}/{day}/{case.name}", case.data)
        home.land(*sources)
        ends += check_day(home, day, cases, home.home.root.parent)
        after = fingerprints(home)
        assert {place: after.get(place) for place in before} == before, "an earlier day changed"
        before = after
    assert ends["loaded"] > 0.1 * len(numbers), ends  # a test that only ever refuses would prove nothing
    assert ends["refused"] > 0.2 * len(numbers), ends
