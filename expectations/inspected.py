"""Which tables are inspected, which of their columns that takes, and the figures made of them first.

Here: the list of checked tables, the columns to read, and added columns that hold a figure of the whole table (records
of the same customer, newest against previous export), so that an expectation can be stated on one column.
Not here: what is expected of the figures (suites.py, baselines.yml).

Light to import: neither pandas nor Great Expectations, because orchestration lists its checks from here at start-up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame, Series

# 2026-11-21: below 50 rows a feed halves by chance (a handful of territories, one rep who leaves): it is not compared.
SMALLEST_COMPARED_EXPORT = 50


@dataclass(frozen=True, kw_only=True)
class InspectedTable:
    """One checked table: the columns its suite reads, and how figures of the whole table are added to the frame.

    `prepare` returns a new frame and leaves the given one as it is; without it the frame is judged as it stands.
    """

    columns: tuple[str, ...]
    prepare: "Callable[[DataFrame], DataFrame] | None" = None


def _feeds(frame: "DataFrame") -> "DataFrame":
    """raw.batches -> one row per source and entity: its newest export day beside the loaded day before.

    `newest_to_previous_ratio` is null where a day before is missing or too small to compare, `quarantined_ratio` where
    nothing was read.
    """
    feed = ["source", "entity"]
    ordered = frame.sort_values([*feed, "as_of_date"], kind="stable")
    loaded = ordered[ordered["state"] == "loaded"]
    loaded = loaded.assign(previous_rows=loaded.groupby(feed)["rows_loaded"].shift(1))
    loaded = loaded.groupby(feed).tail(1)[[*feed, "rows_loaded", "previous_rows"]]
    newest = ordered.groupby(feed).tail(1)[[*feed, "state", "rows_read", "rows_quarantined"]]
    feeds = newest.merge(loaded, on=feed, how="left")
    previous = feeds["previous_rows"].where(feeds["previous_rows"] >= SMALLEST_COMPARED_EXPORT)
    return feeds.assign(
        newest_to_previous_ratio=feeds["rows_loaded"] / previous,
        quarantined_ratio=feeds["rows_quarantined"] / feeds["rows_read"].where(feeds["rows_read"] > 0),
    )


def _newest_customers(frame: "DataFrame") -> "DataFrame":
    newest = _in_newest_export(frame)
    name = _empty_as_null(frame["name"])
    return newest.assign(name=name, is_first_of_name=_is_first(name[newest["in_newest_export"] == "yes"]))


def _newest_opportunities(frame: "DataFrame") -> "DataFrame":
    return _in_newest_export(frame).assign(
        customer_record_id=_empty_as_null(frame["customer_record_id"]), stage=_empty_as_null(frame["stage"])
    )


def _in_newest_export(frame: "DataFrame") -> "DataFrame":
    """Older days stay in raw.* for ever; a fault of tonight must not be thinned out by them."""
    newest = frame.groupby("source")["as_of_date"].transform("max")
    return frame.assign(in_newest_export=(frame["as_of_date"] == newest).map({True: "yes", False: "no"}))


def _empty_as_null(values: "Series") -> "Series":
    text = values.astype("string")
    return text.mask((text.str.strip() == "").fillna(False)).astype(object)


def _is_first(values: "Series") -> "Series":
    """1 where a value stands for the first time, 0 where it is repeated, null where there is none; its mean is the
    number of distinct values per value."""
    known = values.dropna()
    return (~known.duplicated()).astype(float)


def _clean_customers(frame: "DataFrame") -> "DataFrame":
    return frame.assign(comparable_name=_empty_as_null(frame["comparable_name"]))


def _place_as_text(frame: "DataFrame") -> "DataFrame":
    return frame.assign(place_precision=frame["place_precision"].fillna("none"))


def _resolved_customers(frame: "DataFrame") -> "DataFrame":
    return _place_as_text(frame).assign(is_first_of_credit_code=_is_first(frame["credit_code"]))


def _records_of_customers(frame: "DataFrame") -> "DataFrame":
    """Adds, to rows that still hold, how many records the customer has and how many customers the record has."""
    is_open = frame["valid_to"].isna()
    holding = frame[is_open]
    return frame.assign(
        records_of_customer=holding.groupby("customer_id")["record_id"].transform("size"),
        customers_of_record=holding.groupby(["source", "record_id"])["customer_id"].transform("size"),
    )


def _assignments(frame: "DataFrame") -> "DataFrame":
    """Adds `open_period_count`, and for open rows outside UNASSIGNED the share of customers in their territory."""
    holding = frame[frame["valid_to"].isna()]
    assigned = holding[holding["territory_id"] != "UNASSIGNED"]
    sizes = assigned.groupby("territory_id")["customer_id"].transform("size")
    return frame.assign(
        open_period_count=_open_periods(frame), open_territory_id=holding["territory_id"], territory_ratio=sizes / max(len(holding), 1)
    )


def _ownership(frame: "DataFrame") -> "DataFrame":
    """Adds `open_period_count`, and for open rows whether the customer is in the pool and moved on the newest day."""
    holding = frame[frame["valid_to"].isna()]
    is_newest = holding["valid_from"] == frame["valid_from"].max()
    moved = holding["cause"].isin(["owner_changed", "released_to_pool"]) & is_newest
    words = {True: "yes", False: "no"}
    return frame.assign(
        open_period_count=_open_periods(frame),
        stands_in_pool=holding["is_in_pool"].astype(bool).map(words),
        moved_on_newest_day=moved.map(words),
    )


def _open_periods(frame: "DataFrame") -> "Series":
    """How many open periods each customer has, on the customer's first row and null on the others: one figure each."""
    counts = frame["valid_to"].isna().groupby(frame["customer_id"]).transform("sum")
    return counts.where(~frame["customer_id"].duplicated())


def _deals(frame: "DataFrame") -> "DataFrame":
    """Adds `is_won` (1, 0, null while open) and, for deals that count in KPIs, whether their home amount is known."""
    is_counted = frame["kpi_exclusion_reason"].isna()
    return frame.assign(
        is_won=frame["outcome"].map({"won": 1.0, "lost": 0.0}),
        has_home_amount=frame["home_amount"].notna().map({True: "yes", False: "no"}).where(is_counted),
        has_customer_issue=frame["customer_issue"].notna().map({True: "yes", False: "no"}),
    )


def _months(frame: "DataFrame") -> "DataFrame":
    """Adds the rows of each month and basis, and as sold minus as of today: exact, before money becomes a float.

    A difference is one figure and stands in the first row.
    """

    def difference(column: str) -> list[float | None]:
        as_sold = frame.loc[frame["basis"] == "as_sold", column].dropna().sum()
        as_of_today = frame.loc[frame["basis"] == "as_of_today", column].dropna().sum()
        return [float(as_sold - as_of_today), *[None] * (len(frame) - 1)]

    return frame.assign(
        rows_of_month=frame.groupby(["month", "basis"])["territory_id"].transform("size"),
        won_amount_difference=difference("won_amount"),
        won_count_difference=difference("won_count"),
    )


def _users(frame: "DataFrame") -> "DataFrame":
    """marts.dim_row_access -> one row per user: whether an open row lets the user see everything."""
    sees_all = (frame["scope"] == "all") & frame["valid_to"].isna()
    users = sees_all.groupby(frame["user_name"]).max().map({True: "yes", False: "no"})
    return users.rename("sees_all").reset_index()


INSPECTED: dict[str, InspectedTable] = {
    "raw.batches": InspectedTable(
        columns=("source", "entity", "as_of_date", "state", "rows_read", "rows_loaded", "rows_quarantined"), prepare=_feeds
    ),
    "raw.customers": InspectedTable(columns=("source", "as_of_date", "name"), prepare=_newest_customers),
    "raw.opportunities": InspectedTable(columns=("source", "as_of_date", "customer_record_id", "stage"), prepare=_newest_opportunities),
    "clean.customers": InspectedTable(columns=("comparable_name", "problems"), prepare=_clean_customers),
    "clean.opportunities": InspectedTable(columns=("outcome", "closed_date", "problems")),
    "resolved.customers": InspectedTable(columns=("record_count", "credit_code", "place_precision"), prepare=_resolved_customers),
    "resolved.customer_records": InspectedTable(columns=("source", "record_id", "customer_id", "valid_to"), prepare=_records_of_customers),
    "marts.dim_customers": InspectedTable(columns=("country_code", "place_precision"), prepare=_place_as_text),
    "marts.fct_territory_assignments": InspectedTable(columns=("customer_id", "territory_id", "valid_to"), prepare=_assignments),
    "marts.fct_ownership_periods": InspectedTable(
        columns=("customer_id", "is_in_pool", "cause", "valid_from", "valid_to"), prepare=_ownership
    ),
    "marts.fct_opportunities": InspectedTable(
        columns=("customer_issue", "outcome", "credited_territory_id", "kpi_exclusion_reason", "home_amount"), prepare=_deals
    ),
    "marts.kpi_territory_monthly": InspectedTable(columns=("territory_id", "month", "basis", "won_count", "won_amount"), prepare=_months),
    "marts.dim_row_access": InspectedTable(columns=("user_name", "scope", "valid_to"), prepare=_users),
}
