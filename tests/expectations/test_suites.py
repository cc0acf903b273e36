"""Every expectation is shown a healthy table and one planted fault, and must tell them apart."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pandas as pd
import pytest

from expectations.baselines import load_baselines
from expectations.inspected import INSPECTED
from expectations.runner import checked_tables, columns_needed, run_suite

DAY, NEXT_DAY = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
BUILT_IN = load_baselines(None)


def healthy(table: str) -> pd.DataFrame:
    """A small table of which every expectation holds, with the columns that the table's suite reads."""
    return {
        "raw.batches": _batches,
        "raw.customers": _raw_customers,
        "raw.opportunities": _raw_opportunities,
        "clean.customers": lambda: pd.DataFrame({"comparable_name": list("abcd"), "problems": ["", "", "", "phone:short"]}),
        "clean.opportunities": _clean_opportunities,
        "resolved.customers": _resolved_customers,
        "resolved.customer_records": _customer_records,
        "marts.dim_customers": lambda: pd.DataFrame({"country_code": ["CN", "US", None], "place_precision": ["city", "point", "none"]}),
        "marts.fct_territory_assignments": _assignments,
        "marts.fct_ownership_periods": _ownership,
        "marts.fct_opportunities": _deals,
        "marts.kpi_territory_monthly": _months,
        "marts.dim_row_access": lambda: pd.DataFrame(
            {
                "user_name": ["boss", "ann", "ann", "bob"],
                "scope": ["all", "own", "all", "own"],
                "valid_to": [None, None, DAY, None],
            }
        ),
    }[table]()


def _batches() -> pd.DataFrame:
    rows = [
        ("crm", "customers", DAY, "loaded", 100, 98, 2),
        ("crm", "customers", NEXT_DAY, "loaded", 104, 101, 3),
        ("erp", "orders", NEXT_DAY, "loaded", 10, 10, 0),
    ]
    return pd.DataFrame(rows, columns=list(INSPECTED["raw.batches"].columns))


def _raw_customers() -> pd.DataFrame:
    rows = [("crm", DAY, None)] * 6 + [("crm", NEXT_DAY, f"Name {i}") for i in range(4)] + [("erp", DAY, "Name 9")]
    return pd.DataFrame(rows, columns=["source", "as_of_date", "name"])


def _raw_opportunities() -> pd.DataFrame:
    rows = [("crm", DAY, None, "") for _ in range(20)] + [("crm", NEXT_DAY, f"c{i}", "won") for i in range(4)]
    return pd.DataFrame(rows, columns=["source", "as_of_date", "customer_record_id", "stage"])


def _clean_opportunities() -> pd.DataFrame:
    return pd.DataFrame({"outcome": ["won", "lost", "open", "open"], "closed_date": [DAY, DAY, None, None], "problems": [""] * 4})


def _resolved_customers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_count": [1, 3, 2],
            "credit_code": ["91310000000000001X", None, "91310000000000002X"],
            "place_precision": ["city", "none", None],
        }
    )


def _customer_records() -> pd.DataFrame:
    rows = [("crm", "1", "C1", DAY), ("crm", "1", "C2", None), ("crm", "2", "C2", None), ("erp", "1", "C2", None)]
    return pd.DataFrame(rows, columns=["source", "record_id", "customer_id", "valid_to"])


def _assignments() -> pd.DataFrame:
    rows = [("C1", "EAST", DAY), ("C1", "WEST", None), ("C2", "EAST", None), ("C3", "UNASSIGNED", None)]
    return pd.DataFrame(rows, columns=["customer_id", "territory_id", "valid_to"])


def _ownership() -> pd.DataFrame:
    rows = [
        ("C1", False, "first_observed", DAY, NEXT_DAY),
        ("C1", True, "released_to_pool", NEXT_DAY, None),
        ("C2", False, "first_observed", DAY, None),
        ("C3", False, "first_observed", NEXT_DAY, None),
    ]
    return pd.DataFrame(rows, columns=["customer_id", "is_in_pool", "cause", "valid_from", "valid_to"])


def _deals() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_issue": [None, None, "no_customer", None],
            "outcome": ["won", "lost", "won", "open"],
            "credited_territory_id": ["EAST", "WEST", "UNASSIGNED", "EAST"],
            "kpi_exclusion_reason": [None, None, None, "not_closed"],
            "home_amount": [Decimal("10.0000"), Decimal("0.0000"), Decimal("5.5000"), None],
        }
    )


def _months() -> pd.DataFrame:
    rows = [
        ("EAST", DAY.replace(day=1), "as_sold", 2, Decimal("0.3000")),
        ("UNASSIGNED", DAY.replace(day=1), "as_sold", 1, Decimal("0.1000")),
        ("EAST", DAY.replace(day=1), "as_of_today", 3, Decimal("0.4000")),
        ("UNASSIGNED", DAY.replace(day=1), "as_of_today", 0, None),
    ]
    return pd.DataFrame(rows, columns=["territory_id", "month", "basis", "won_count", "won_amount"])


def _set(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.assign(**{column: [value] * len(frame)})


def _set_rows(column: str, values: dict[int, object]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def plant(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{column: [values.get(i, old) for i, old in enumerate(frame[column])]})

    return plant


def _append(*row: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: pd.DataFrame([*frame.itertuples(index=False, name=None), row], columns=frame.columns)


def _keep(count: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.head(count)


FAULTS: dict[tuple[str, str], Callable[[pd.DataFrame], pd.DataFrame]] = {
    ("raw.batches", "rows"): _keep(0),
    ("raw.batches", "share_refused"): _append("erp", "orders", dt.date(2026, 11, 22), "refused", 0, 0, 0),
    ("raw.batches", "newest_to_previous_ratio"): _set_rows("rows_loaded", {1: 40}),
    ("raw.batches", "quarantined_ratio"): _set_rows("rows_quarantined", {2: 6}),
    ("raw.customers", "share_without_name"): _set_rows("name", {6: None, 7: " ", 8: ""}),
    ("raw.customers", "distinct_name_ratio"): lambda _: pd.DataFrame(
        {"source": ["crm"] * 200, "as_of_date": [DAY] * 200, "name": ["Customer"] * 200}
    ),
    ("raw.opportunities", "share_without_customer"): _set("customer_record_id", " "),
    ("raw.opportunities", "share_without_stage"): _set_rows("stage", {20: None, 21: None, 22: None}),
    ("clean.customers", "share_with_problems"): _set("problems", "phone:short"),
    ("clean.customers", "share_without_comparable_name"): _set_rows("comparable_name", {0: "", 1: None, 2: ""}),
    ("clean.opportunities", "share_with_problems"): _set("problems", "amount:not_a_number"),
    ("clean.opportunities", "share_without_outcome"): _set_rows("outcome", {3: None}),
    ("clean.opportunities", "share_closed_without_date"): _set("closed_date", None),
    ("resolved.customers", "rows"): _keep(0),
    ("resolved.customers", "largest_record_count"): _set_rows("record_count", {1: 50_001}),
    ("resolved.customers", "mean_record_count"): _set("record_count", 51),
    ("resolved.customers", "distinct_credit_code_ratio"): _set("credit_code", "91310000000000001X"),
    ("resolved.customers", "share_without_place"): _set("place_precision", None),
    ("resolved.customer_records", "most_records_of_one_customer"): lambda _: pd.DataFrame(
        {"source": "crm", "record_id": range(50_001), "customer_id": "C1", "valid_to": None}
    ),
    ("resolved.customer_records", "one_customer_per_record"): _append("crm", "2", "C1", None),
    ("marts.dim_customers", "share_without_place"): _set("place_precision", "none"),
    ("marts.dim_customers", "share_without_country"): _set("country_code", None),
    ("marts.fct_territory_assignments", "one_open_period"): _append("C2", "WEST", None),
    ("marts.fct_territory_assignments", "share_unassigned"): _set_rows("territory_id", {2: "UNASSIGNED"}),
    ("marts.fct_territory_assignments", "largest_territory_ratio"): _set("territory_id", "WEST"),
    ("marts.fct_ownership_periods", "one_open_period"): _set_rows("valid_to", {2: NEXT_DAY}),
    ("marts.fct_ownership_periods", "share_in_pool"): _set("is_in_pool", True),
    ("marts.fct_ownership_periods", "share_moved_on_newest_day"): _set_rows("cause", {3: "owner_changed"}),
    ("marts.fct_opportunities", "share_without_customer"): _set("customer_issue", "unknown_customer"),
    ("marts.fct_opportunities", "share_credited_unassigned"): _set("credited_territory_id", "UNASSIGNED"),
    ("marts.fct_opportunities", "share_counted_without_home_amount"): _set_rows("home_amount", {0: None, 1: None}),
    ("marts.fct_opportunities", "won_ratio"): _set("outcome", "won"),
    ("marts.fct_opportunities", "mean_home_amount"): _set("home_amount", Decimal("-1.0000")),
    ("marts.kpi_territory_monthly", "rows"): _keep(0),
    ("marts.kpi_territory_monthly", "both_bases"): _set("basis", "as_sold"),
    ("marts.kpi_territory_monthly", "has_unassigned"): _set("territory_id", "EAST"),
    ("marts.kpi_territory_monthly", "complete_grid"): _keep(3),
    ("marts.kpi_territory_monthly", "won_amount_difference"): _set_rows("won_amount", {0: Decimal("0.3200")}),
    ("marts.kpi_territory_monthly", "won_count_difference"): _set_rows("won_count", {3: 1}),
    ("marts.dim_row_access", "rows"): _keep(0),
    ("marts.dim_row_access", "share_seeing_all"): _set("scope", "all"),
}


@pytest.mark.parametrize("table", checked_tables())
def test_a_healthy_table_passes_every_expectation(table):
    result = run_suite(table, healthy(table), BUILT_IN)
    assert [outcome for outcome in result.outcomes if not outcome.passed] == []
    assert result.passed
    assert result.severity is None
    assert result.outcomes


@pytest.mark.parametrize(("table", "check"), list(FAULTS), ids=str)
def test_a_planted_fault_is_caught_by_its_expectation(table, check):
    result = run_suite(table, FAULTS[table, check](healthy(table)), BUILT_IN)
    caught = {outcome.check: outcome for outcome in result.outcomes if not outcome.passed}
    assert check in caught, result.outcomes
    assert not result.passed
    bounds = BUILT_IN.tables.get(table, {})
    assert caught[check].severity == (bounds[check].severity if check in bounds else "error")


def test_every_expectation_has_a_planted_fault():
    made = {(table, outcome.check) for table in checked_tables() for outcome in run_suite(table, healthy(table), BUILT_IN).outcomes}
    assert made == set(FAULTS)


def test_every_number_in_the_baselines_is_used_by_an_expectation():
    numbers = {(table, check) for table, checks in BUILT_IN.tables.items() for check in checks}
    assert numbers <= set(FAULTS)


def test_checked_tables_and_suites_are_the_same_list():
    from expectations.suites import SUITES  # noqa: PLC0415 - takes seconds, and only this test needs it

    assert tuple(SUITES) == checked_tables()


def test_healthy_frames_hold_exactly_the_columns_that_are_said_to_be_needed():
    for table in checked_tables():
        assert set(healthy(table).columns) == set(columns_needed(table) or [])


def test_columns_needed_of_a_table_without_a_suite_is_none():
    assert columns_needed("staging.stg_customers") is None


@pytest.mark.parametrize("table", checked_tables())
def test_an_empty_table_is_judged_by_its_row_counts_alone(table):
    result = run_suite(table, healthy(table).head(0), BUILT_IN)
    for outcome in result.outcomes:
        if outcome.check == "rows":
            assert (outcome.passed, outcome.observed) == (False, "0")
        else:
            assert (outcome.passed, outcome.observed) == (True, "no rows to judge")


def test_older_export_days_do_not_thin_out_a_fault_of_tonight():
    frame = pd.DataFrame(
        {
            "source": ["crm"] * 101,
            "as_of_date": [DAY] * 100 + [NEXT_DAY],
            "name": [f"Name {i}" for i in range(100)] + [None],
        }
    )
    result = run_suite("raw.customers", frame, BUILT_IN)
    assert result.severity == "error"
    assert next(o.observed for o in result.outcomes if o.check == "share_without_name") == "1 of 1 (100.0%)"


def test_a_small_feed_may_halve_without_a_word():
    frame = _batches()
    frame = frame.assign(rows_loaded=[49, 3, 10])
    assert run_suite("raw.batches", frame, BUILT_IN).passed


def test_a_column_that_is_empty_throughout_is_no_missed_duplicate():
    frame = _resolved_customers().assign(credit_code=None)
    result = run_suite("resolved.customers", frame, BUILT_IN)
    assert next(o for o in result.outcomes if o.check == "distinct_credit_code_ratio").observed == "no rows to judge"
    assert result.passed
