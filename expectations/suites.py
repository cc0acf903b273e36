"""What each table as a whole is expected to be: one function per table, as Great Expectations suites.

Here: the expectations, each with the sentence that people read when it fails.
Not here: their numbers (baselines.yml), the figures they are stated on (inspected.py), running them (runner.py), and
anything one row alone can be wrong about (dbt tests).

Importing this module imports Great Expectations, which takes seconds: only runner.py does it, inside its functions.

Two kinds of expectation: those held to a number that a company may change, and those that no company can want otherwise
(`required`), which always block.
"""

from collections.abc import Callable
from typing import Any

import great_expectations.expectations as gxe
from great_expectations import ExpectationSuite
from great_expectations.expectations import Expectation
from great_expectations.expectations.row_conditions import Column

from expectations.baselines import Baselines, Bound

GX_SEVERITY = {"error": "critical", "warn": "warning"}


class _Checks:
    """The expectations of one table, being collected. Names of checks are the keys of baselines.yml."""

    def __init__(self, table: str, baselines: Baselines):
        self.table = table
        self.baselines = baselines
        self.expectations: list[Expectation] = []

    def _add(self, kind: type[Expectation], check: str, severity: str, sentence: str, **arguments: Any) -> None:
        meta = {"check": check, "sentence": sentence}
        self.expectations.append(kind(severity=GX_SEVERITY[severity], meta=meta, **arguments))

    def share(self, check: str, what: str, kind: type[Expectation], column: str, **arguments: Any) -> None:
        """At most a share of the rows breaks a column expectation. Rows that are null in the column are not counted."""
        bound = self.baselines.bound(self.table, check)
        at_most = 0.0 if bound.max is None else bound.max
        # rounded, because 1 - 0.7 is a hair above 0.3 and would fail a table that sits exactly on its limit
        sentence, mostly = f"at most {at_most:.4g} of {what}", round(1 - at_most, 9)
        self._add(kind, check, bound.severity, sentence, column=column, mostly=mostly, **arguments)

    def figure(self, check: str, what: str, kind: type[Expectation], column: str | None = None, **arguments: Any) -> None:
        """A figure of the whole table lies within its limits."""
        bound = self.baselines.bound(self.table, check)
        limits: dict[str, Any] = {"min_value": bound.min, "max_value": bound.max}
        limits |= {} if column is None else {"column": column}
        self._add(kind, check, bound.severity, f"{what} is {_within(bound)}", **limits, **arguments)

    def required(self, check: str, sentence: str, kind: type[Expectation], column: str, **arguments: Any) -> None:
        """What no company can want otherwise. Always blocks."""
        self._add(kind, check, "error", sentence, column=column, **arguments)

    def suite(self) -> ExpectationSuite:
        return ExpectationSuite(name=self.table, expectations=self.expectations)


def _within(bound: Bound) -> str:
    if bound.min is None:
        return f"at most {bound.max:.10g}"
    if bound.max is None:
        return f"at least {bound.min:.10g}"
    return f"{bound.min:.10g}" if bound.min == bound.max else f"between {bound.min:.10g} and {bound.max:.10g}"


def raw_batches(baselines: Baselines) -> ExpectationSuite:
    """What came in, judged feed by feed (source and entity) on its newest export day."""
    checks = _Checks("raw.batches", baselines)
    checks.figure("rows", "the number of feeds", gxe.ExpectTableRowCountToBeBetween)
    checks.share(
        "share_refused", "the feeds have a refused newest export", gxe.ExpectColumnValuesToNotBeInSet, "state", value_set=["refused"]
    )
    checks.figure(
        "newest_to_previous_ratio",
        "the smallest ratio of an export's rows to those of the export before",
        gxe.ExpectColumnMinToBeBetween,
        "newest_to_previous_ratio",
    )
    checks.figure(
        "quarantined_ratio",
        "the largest share of a newest export's rows in quarantine",
        gxe.ExpectColumnMaxToBeBetween,
        "quarantined_ratio",
    )
    return checks.suite()


def raw_customers(baselines: Baselines) -> ExpectationSuite:
    """Customers as exported, newest day of each source: a lost or wrong name column."""
    checks = _Checks("raw.customers", baselines)
    newest = {"row_condition": Column("in_newest_export") == "yes"}
    checks.share("share_without_name", "the newest customer records have no name", gxe.ExpectColumnValuesToNotBeNull, "name", **newest)
    checks.figure(
        "distinct_name_ratio",
        "the number of distinct names per name in the newest exports",
        gxe.ExpectColumnMeanToBeBetween,
        "is_first_of_name",
    )
    return checks.suite()


def raw_opportunities(baselines: Baselines) -> ExpectationSuite:
    """Deals (商机) as exported, newest day of each source: lost columns."""
    checks = _Checks("raw.opportunities", baselines)
    newest = {"row_condition": Column("in_newest_export") == "yes"}
    checks.share(
        "share_without_customer", "the newest deals name no customer", gxe.ExpectColumnValuesToNotBeNull, "customer_record_id", **newest
    )
    checks.share("share_without_stage", "the newest deals have no stage", gxe.ExpectColumnValuesToNotBeNull, "stage", **newest)
    return checks.suite()


def clean_customers(baselines: Baselines) -> ExpectationSuite:
    """Customers after cleaning: values that could not be read, names that cannot be compared."""
    checks = _Checks("clean.customers", baselines)
    checks.share(
        "share_with_problems",
        "the customer records have a value that could not be read",
        gxe.ExpectColumnValuesToBeInSet,
        "problems",
        value_set=[""],
    )
    checks.share(
        "share_without_comparable_name",
        "the customer records have no comparable name",
        gxe.ExpectColumnValuesToNotBeNull,
        "comparable_name",
    )
    return checks.suite()


def clean_opportunities(baselines: Baselines) -> ExpectationSuite:
    """Deals after cleaning: stages that say neither won, lost nor open, and closed deals without a day."""
    checks = _Checks("clean.opportunities", baselines)
    checks.share(
        "share_with_problems", "the deals have a value that could not be read", gxe.ExpectColumnValuesToBeInSet, "problems", value_set=[""]
    )
    checks.share("share_without_outcome", "the deals are neither won, lost nor open", gxe.ExpectColumnValuesToNotBeNull, "outcome")
    checks.share(
        "share_closed_without_date",
        "the won or lost deals have no closing day",
        gxe.ExpectColumnValuesToNotBeNull,
        "closed_date",
        row_condition=Column("outcome").is_in(["won", "lost"]),
    )
    return checks.suite()


def resolved_customers(baselines: Baselines) -> ExpectationSuite:
    """Real-world customers (查重): too many records in one, duplicates that were missed, places not found."""
    checks = _Checks("resolved.customers", baselines)
    checks.figure("rows", "the number of customers", gxe.ExpectTableRowCountToBeBetween)
    checks.figure("largest_record_count", "the largest number of records in one customer", gxe.ExpectColumnMaxToBeBetween, "record_count")
    checks.figure("mean_record_count", "the mean number of records in a customer", gxe.ExpectColumnMeanToBeBetween, "record_count")
    checks.figure(
        "distinct_credit_code_ratio",
        "the number of distinct credit codes per customer with one",
        gxe.ExpectColumnMeanToBeBetween,
        "is_first_of_credit_code",
    )
    checks.share(
        "share_without_place", "the customers have no place", gxe.ExpectColumnValuesToNotBeInSet, "place_precision", value_set=["none"]
    )
    return checks.suite()


def resolved_customer_records(baselines: Baselines) -> ExpectationSuite:
    """Which record belongs to which customer, as far as it still holds."""
    checks = _Checks("resolved.customer_records", baselines)
    checks.figure(
        "most_records_of_one_customer",
        "the largest number of records of one customer",
        gxe.ExpectColumnMaxToBeBetween,
        "records_of_customer",
    )
    checks.required(
        "one_customer_per_record",
        "a record belongs to one customer at a time",
        gxe.ExpectColumnMaxToBeBetween,
        "customers_of_record",
        max_value=1,
    )
    return checks.suite()


def dim_customers(baselines: Baselines) -> ExpectationSuite:
    """The customers that readers get: places."""
    checks = _Checks("marts.dim_customers", baselines)
    checks.share(
        "share_without_place", "the customers have no place", gxe.ExpectColumnValuesToNotBeInSet, "place_precision", value_set=["none"]
    )
    checks.share("share_without_country", "the customers have no country", gxe.ExpectColumnValuesToNotBeNull, "country_code")
    return checks.suite()


def fct_territory_assignments(baselines: Baselines) -> ExpectationSuite:
    """Territory assignment (归属区域): nobody missing, nobody twice, not everybody in one place."""
    checks = _Checks("marts.fct_territory_assignments", baselines)
    checks.required(
        "one_open_period", "every customer has exactly one open period", gxe.ExpectColumnValuesToBeInSet, "open_period_count", value_set=[1]
    )
    checks.share(
        "share_unassigned",
        "the customers are UNASSIGNED today",
        gxe.ExpectColumnValuesToNotBeInSet,
        "open_territory_id",
        value_set=["UNASSIGNED"],
    )
    checks.figure(
        "largest_territory_ratio", "the share of customers in the largest territory", gxe.ExpectColumnMaxToBeBetween, "territory_ratio"
    )
    return checks.suite()


def fct_ownership_periods(baselines: Baselines) -> ExpectationSuite:
    """Ownership (归属) and the public pool (公海): one owner at a time, and no silent mass move."""
    checks = _Checks("marts.fct_ownership_periods", baselines)
    checks.required(
        "one_open_period", "every customer has exactly one open period", gxe.ExpectColumnValuesToBeInSet, "open_period_count", value_set=[1]
    )
    checks.share(
        "share_in_pool",
        "the customers stand in the public pool today",
        gxe.ExpectColumnValuesToNotBeInSet,
        "stands_in_pool",
        value_set=["yes"],
    )
    checks.share(
        "share_moved_on_newest_day",
        "the customers changed hands on the newest day of any change",
        gxe.ExpectColumnValuesToNotBeInSet,
        "moved_on_newest_day",
        value_set=["yes"],
    )
    return checks.suite()


def fct_opportunities(baselines: Baselines) -> ExpectationSuite:
    """Deals as they enter the KPIs: customers, credit, money and outcomes."""
    checks = _Checks("marts.fct_opportunities", baselines)
    checks.share(
        "share_without_customer",
        "the deals belong to no known customer",
        gxe.ExpectColumnValuesToNotBeInSet,
        "has_customer_issue",
        value_set=["yes"],
    )
    checks.share(
        "share_credited_unassigned",
        "the deals are credited to UNASSIGNED",
        gxe.ExpectColumnValuesToNotBeInSet,
        "credited_territory_id",
        value_set=["UNASSIGNED"],
    )
    checks.share(
        "share_counted_without_home_amount",
        "the deals that count in KPIs have no amount in home currency",
        gxe.ExpectColumnValuesToBeInSet,
        "has_home_amount",
        value_set=["yes"],
    )
    checks.figure("won_ratio", "the share of won deals among the closed", gxe.ExpectColumnMeanToBeBetween, column="is_won")
    checks.figure("mean_home_amount", "the mean amount in home currency", gxe.ExpectColumnMeanToBeBetween, column="home_amount")
    return checks.suite()


def kpi_territory_monthly(baselines: Baselines) -> ExpectationSuite:
    """KPIs by territory and month: the grid is complete, and both bases tell of the same deals."""
    checks = _Checks("marts.kpi_territory_monthly", baselines)
    checks.figure("rows", "the number of rows", gxe.ExpectTableRowCountToBeBetween)
    checks.required(
        "both_bases",
        "the bases are as_sold and as_of_today, both and nothing else",
        gxe.ExpectColumnDistinctValuesToEqualSet,
        "basis",
        value_set=["as_sold", "as_of_today"],
    )
    checks.required(
        "has_unassigned",
        "the territory UNASSIGNED is among the rows",
        gxe.ExpectColumnDistinctValuesToContainSet,
        "territory_id",
        value_set=["UNASSIGNED"],
    )
    checks.required(
        "complete_grid",
        "every month and basis has the same number of rows",
        gxe.ExpectColumnUniqueValueCountToBeBetween,
        "rows_of_month",
        max_value=1,
    )
    checks.figure("won_amount_difference", "won amount as sold minus as of today", gxe.ExpectColumnSumToBeBetween, "won_amount_difference")
    checks.figure("won_count_difference", "won deals as sold minus as of today", gxe.ExpectColumnSumToBeBetween, "won_count_difference")
    return checks.suite()


def dim_row_access(baselines: Baselines) -> ExpectationSuite:
    """Who may see what: nobody locked out by an empty table, not everything open to everybody."""
    checks = _Checks("marts.dim_row_access", baselines)
    checks.figure("rows", "the number of users", gxe.ExpectTableRowCountToBeBetween)
    checks.share(
        "share_seeing_all", "the users see every territory today", gxe.ExpectColumnValuesToNotBeInSet, "sees_all", value_set=["yes"]
    )
    return checks.suite()


SUITES: dict[str, Callable[[Baselines], ExpectationSuite]] = {
    "raw.batches": raw_batches,
    "raw.customers": raw_customers,
    "raw.opportunities": raw_opportunities,
    "clean.customers": clean_customers,
    "clean.opportunities": clean_opportunities,
    "resolved.customers": resolved_customers,
    "resolved.customer_records": resolved_customer_records,
    "marts.dim_customers": dim_customers,
    "marts.fct_territory_assignments": fct_territory_assignments,
    "marts.fct_ownership_periods": fct_ownership_periods,
    "marts.fct_opportunities": fct_opportunities,
    "marts.kpi_territory_monthly": kpi_territory_monthly,
    "marts.dim_row_access": dim_row_access,
}
