import datetime as dt
import subprocess
import sys
from dataclasses import FrozenInstanceError

import pandas as pd
import pytest

from expectations.baselines import Baselines, load_baselines
from expectations.runner import columns_needed, run_suite
from ingest.errors import ContractBroken

BUILT_IN = load_baselines(None)
DAY = dt.date(2026, 11, 21)


def _customers(*names: str | None) -> pd.DataFrame:
    return pd.DataFrame({"source": "crm", "as_of_date": [DAY] * len(names), "name": list(names)})


def test_listing_the_checked_tables_does_not_import_great_expectations_or_pandas():
    code = (
        "import sys, expectations; from expectations.runner import checked_tables, columns_needed; "
        "assert len(checked_tables()) > 10; assert columns_needed('raw.customers'); "
        "sys.exit(sorted({'great_expectations', 'pandas', 'dagster'} & set(sys.modules)) != [])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_judging_a_table_asks_nothing_of_the_network_and_draws_no_progress_bar():
    code = """
import os, socket
import pandas
from expectations.baselines import load_baselines
from expectations.runner import columns_needed, run_suite
def refuse(*arguments, **named):
    raise SystemExit("the network was asked")
socket.socket.connect = socket.getaddrinfo = refuse
os.environ["GX_ANALYTICS_ENABLED"] = "true"
frame = pandas.DataFrame({"user_name": ["a"], "scope": ["own"], "valid_to": [None]})
assert run_suite("marts.dim_row_access", frame, load_baselines(None)).passed
assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_rows_that_another_table_counted_are_compared_and_block():
    result = run_suite("raw.customers", _customers("a", "b"), BUILT_IN, row_bounds=(3, 3))
    assert result.severity == "error"
    bounds = result.outcomes[0]
    assert (bounds.check, bounds.passed, bounds.observed) == ("row_bounds", False, "2 rows")
    assert bounds.sentence == "the number of rows is 3, as the tables before it say"
    assert run_suite("raw.customers", _customers("a", "b", "c"), BUILT_IN, row_bounds=(3, 3)).passed


def test_an_empty_table_blocks_when_another_table_says_rows_were_loaded():
    assert run_suite("raw.customers", _customers(), BUILT_IN, row_bounds=(1, None)).severity == "error"
    assert run_suite("raw.customers", _customers(), BUILT_IN, row_bounds=(0, 0)).passed


def test_a_warning_alone_gives_the_severity_warn_and_an_error_beside_it_wins():
    assert run_suite("raw.customers", _customers(*["a"] * 101), BUILT_IN).severity == "warn"
    faulty = _customers(*["a"] * 201, *[None] * 202)
    assert run_suite("raw.customers", faulty, BUILT_IN).severity == "error"


def test_results_never_hold_a_value_of_the_table():
    secret = "Secret Trading Company"
    result = run_suite("raw.customers", _customers(*[secret] * 300), BUILT_IN)
    assert not result.passed
    assert secret not in repr(result)


def test_the_given_frame_is_not_changed():
    frame = _customers("a", " ", None)
    before = frame.copy()
    run_suite("raw.customers", frame, BUILT_IN)
    pd.testing.assert_frame_equal(frame, before)


def test_the_order_of_rows_and_a_repeated_index_do_not_change_the_result():
    frame = pd.DataFrame(
        {
            "customer_id": ["C1", "C1", "C2", "C3"],
            "territory_id": ["EAST", "WEST", "EAST", "EAST"],
            "valid_to": [DAY, None, None, None],
        },
        index=[0, 0, 0, 0],
    )
    forward = run_suite("marts.fct_territory_assignments", frame, BUILT_IN)
    backward = run_suite("marts.fct_territory_assignments", frame[::-1], BUILT_IN)
    assert forward.outcomes == backward.outcomes


def test_a_share_exactly_on_its_limit_passes():
    baselines = _with_limit("raw.customers", "share_without_name", 0.7)
    assert run_suite("raw.customers", _customers("a", "b", "c", *[None] * 7), baselines).passed
    assert not run_suite("raw.customers", _customers("a", "b", *[None] * 8), baselines).passed


def test_a_missing_column_is_named():
    with pytest.raises(ContractBroken, match=r"raw\.customers lacks the column\(s\) name"):
        run_suite("raw.customers", _customers("a").drop(columns="name"), BUILT_IN)


def test_an_expectation_that_cannot_be_computed_blocks_even_where_its_failure_would_only_warn():
    frame = pd.DataFrame({"record_count": ["many"], "credit_code": ["x"], "place_precision": ["city"]})
    result = run_suite("resolved.customers", frame, BUILT_IN)
    broken = {outcome.check: outcome for outcome in result.outcomes if not outcome.passed}
    assert broken["mean_record_count"].severity == "error"
    assert broken["mean_record_count"].observed == "could not be computed"


def test_a_result_is_frozen():
    result = run_suite("raw.customers", _customers("a"), BUILT_IN)
    with pytest.raises(FrozenInstanceError):
        result.passed = False
    assert result.seconds > 0


def _with_limit(table: str, check: str, limit: float) -> Baselines:
    tables = {name: dict(checks) for name, checks in BUILT_IN.tables.items()}
    tables[table][check] = tables[table][check].model_copy(update={"max": limit})
    return Baselines(tables=tables)


def test_the_mean_of_a_column_without_any_value_is_nothing_to_judge():
    columns = columns_needed("resolved.customers")
    frame = pd.DataFrame([dict.fromkeys(columns) | {"customer_id": f"C{n}", "record_count": 1} for n in range(3)])
    outcomes = {outcome.check: outcome for outcome in run_suite("resolved.customers", frame, load_baselines(None)).outcomes}
    assert outcomes["distinct_credit_code_ratio"].passed
    assert "no rows to judge" in outcomes["distinct_credit_code_ratio"].observed
    assert outcomes["mean_record_count"].observed != outcomes["distinct_credit_code_ratio"].observed
