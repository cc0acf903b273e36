"""Running the suite of a table on a frame, and saying the result without showing anybody's data.

Here: loading Great Expectations (once, when first needed, without its usage statistics), judging a frame, the result.
Not here: what is expected (suites.py), by which numbers (baselines.py), what a failure stops (orchestration).

Great Expectations puts the values that break an expectation into its results. Only counts and ratios leave this module.
An empty table is judged by its row counts alone: a share of nothing is neither too high nor too low, and the outcome
says so.
"""

import os
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from expectations.baselines import Baselines, Severity
from expectations.inspected import INSPECTED
from ingest.errors import ContractBroken

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationValidationResult
    from pandas import DataFrame

_SEVERITY: dict[str, Severity] = {"critical": "error", "warning": "warn"}
_NOTHING_TO_JUDGE = "no rows to judge"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one expectation ended.

    `sentence` is what was expected, `severity` what a failure means (error blocks), `observed` a count or a ratio.
    """

    check: str
    sentence: str
    passed: bool
    severity: Severity
    observed: str


@dataclass(frozen=True, kw_only=True)
class SuiteResult:
    """How a table's suite ended. `severity` is that of the worst failure, None where nothing failed."""

    table: str
    passed: bool
    severity: Literal["error", "warn"] | None
    outcomes: tuple[Outcome, ...]
    seconds: float


def checked_tables() -> tuple[str, ...]:
    """The tables that have a suite, upstream first. Instant: does not import Great Expectations."""
    return tuple(INSPECTED)


def columns_needed(table_name: str) -> list[str] | None:
    """The columns that the table's suite reads; None for a table without a suite."""
    return list(INSPECTED[table_name].columns) if table_name in INSPECTED else None


def run_suite(
    table_name: str, frame: "DataFrame", baselines: Baselines, *, row_bounds: tuple[int, int | None] | None = None
) -> SuiteResult:
    """Judge `frame`, the rows of `table_name` with at least the columns of `columns_needed`.

    `row_bounds` are the fewest and the most rows (None: no limit) that another table says should stand here, e.g. what
    raw.batches counted as loaded; a breach blocks. The frame is not changed. Raises KeyError for a table without a
    suite and ContractBroken when a needed column is missing.
    """
    started = time.perf_counter()
    table = INSPECTED[table_name]
    if missing := [column for column in table.columns if column not in frame.columns]:
        raise ContractBroken(
            f"ContractBroken: the inspection of {table_name} lacks the column(s) {', '.join(missing)}.\n"
            "  Expected: the columns of expectations/inspected.py. Where the table changed, that file has to follow."
        )
    given = frame[list(table.columns)].reset_index(drop=True)
    prepared = table.prepare(given) if table.prepare and len(given) else given
    outcomes = [] if row_bounds is None else [_row_bounds_outcome(len(given), *row_bounds)]
    outcomes += _judge(table_name, _floats_for_decimals(prepared), baselines)
    failures = [outcome.severity for outcome in outcomes if not outcome.passed]
    return SuiteResult(
        table=table_name,
        passed=not failures,
        severity="error" if "error" in failures else "warn" if failures else None,
        outcomes=tuple(outcomes),
        seconds=time.perf_counter() - started,
    )


def _row_bounds_outcome(rows: int, fewest: int, most: int | None) -> Outcome:
    limits = f"at least {fewest:,}" if most is None else f"between {fewest:,} and {most:,}"
    wanted = f"{fewest:,}" if fewest == most else limits
    return Outcome(
        check="row_bounds",
        sentence=f"the number of rows is {wanted}, as the tables before it say",
        passed=fewest <= rows and (most is None or rows <= most),
        severity="error",
        observed=f"{rows:,} rows",
    )


def _judge(table_name: str, frame: "DataFrame", baselines: Baselines) -> list[Outcome]:
    suite = _suite(table_name, baselines)
    wanted = [e for e in suite.expectations if _counts_rows(e) or (len(frame) and not _is_mean_of_nothing(e, frame))]
    results = {result.expectation_config.meta["check"]: result for result in _validate(table_name, wanted, frame)}
    return [_outcome(expectation, results.get(expectation.meta["check"])) for expectation in suite.expectations]


def _suite(table_name: str, baselines: Baselines) -> "ExpectationSuite":
    _without_usage_statistics()
    from expectations.suites import SUITES  # noqa: PLC0415 - imports Great Expectations, which takes seconds

    return SUITES[table_name](baselines)


def _without_usage_statistics() -> None:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read by Great Expectations while it is imported


def _is_mean_of_nothing(expectation: Any, frame: "DataFrame") -> bool:
    """Great Expectations takes the mean of a column without any value for 0, and a company without register numbers would be warned."""
    return expectation.expectation_type == "expect_column_mean_to_be_between" and bool(frame[expectation.column].isna().all())


def _counts_rows(expectation: Any) -> bool:
    return expectation.expectation_type == "expect_table_row_count_to_be_between"


def _validate(table_name: str, wanted: list[Any], frame: "DataFrame") -> list["ExpectationValidationResult"]:
    """The results of Great Expectations. A fresh context each time: a kept one holds on to every frame it ever saw."""
    if not wanted:
        return []
    import great_expectations as gx  # noqa: PLC0415 - takes seconds
    from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas(table_name).add_dataframe_asset(table_name)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(batch_parameters={"dataframe": frame})
    suite = gx.ExpectationSuite(name=table_name, expectations=wanted)
    return batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0}).results


def _outcome(expectation: Any, result: "ExpectationValidationResult | None") -> Outcome:
    if result is None:
        passed, observed, severity = True, _NOTHING_TO_JUDGE, _SEVERITY[expectation.severity.value]
    elif _raised(result):
        # a check that could not be made is no check that passed, whatever its severity
        passed, observed, severity = False, "could not be computed", "error"
    else:
        passed, observed = _observed(result)
        severity = _SEVERITY[expectation.severity.value]
    return Outcome(
        check=expectation.meta["check"], sentence=expectation.meta["sentence"], passed=passed, severity=severity, observed=observed
    )


def _raised(result: "ExpectationValidationResult") -> bool:
    """Great Expectations reports a failure of its own as one flat record, or as one per metric."""
    info = result.exception_info or {}
    records = [info] if "raised_exception" in info else [value for value in info.values() if isinstance(value, dict)]
    return any(record.get("raised_exception") for record in records)


def _observed(result: "ExpectationValidationResult") -> tuple[bool, str]:
    """Whether it passed, and the count or ratio that was seen."""
    numbers = result.result
    if "element_count" in numbers:  # stated on every value of a column
        judged = numbers["element_count"] - (numbers.get("missing_count") or 0)
        if not judged:
            return True, _NOTHING_TO_JUDGE
        broken = numbers["unexpected_count"]
        return bool(result.success), f"{broken:,} of {judged:,} ({broken / judged:.1%})"
    if "unexpected_count" in numbers or "missing_count" in numbers:  # stated on the set of distinct values
        surplus, missing = numbers.get("unexpected_count", 0), numbers.get("missing_count", 0)
        return bool(result.success), f"{missing} value(s) missing, {surplus} too many"
    figure = numbers.get("observed_value")
    if figure is None or figure != figure:  # noqa: PLR0124 - NaN, the only value that differs from itself
        return True, _NOTHING_TO_JUDGE
    # four digits: enough to see what is wrong, and not the value of a table's only row
    return bool(result.success), f"{figure:,}" if isinstance(figure, int) else f"{float(figure):.4g}"


def _floats_for_decimals(frame: "DataFrame") -> "DataFrame":
    """Money arrives as Decimal objects, which Great Expectations cannot average."""
    money = {name: frame[name].astype(float) for name in frame.columns if _holds_decimals(frame[name])}
    return frame.assign(**money) if money else frame


def _holds_decimals(values: Any) -> bool:
    if values.dtype != object:
        return False
    known = values.dropna()
    return len(known) > 0 and isinstance(known.iloc[0], Decimal)
