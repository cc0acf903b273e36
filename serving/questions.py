"""The questions people ask the published copy, each as one function.

Here: SQL with parameters on published/marts.duckdb, answered as pandas frames with the columns named in each docstring.
Not here: one customer's record of ownership (ownership.py) and evidence (explain.py), what waits for people (questions_to_decide.py),
drawing the answers (dashboard/), the work file (nobody reads it while a refresh runs).

"Today" is the as-of date of the publication, never the clock. Ratios over several months are made of the sums, not of the
months' ratios, and are null where the denominator is 0.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from ingest.errors import HomeInvalid
from serving.manifest import DATABASE

TABLES_ASKED = (
    "audit_files",
    "audit_quarantine",
    "audit_runs",
    "bridge_customer_records",
    "dim_customers",
    "dim_reps",
    "dim_territories",
    "fct_ownership_periods",
    "fct_territory_assignments",
    "kpi_territory_monthly",
)

# The last row of the run log; the publication's day; the newest name of a territory or person up to that day.
_LAST_RUN = "(from audit_runs order by coalesce(finished_at, started_at) desc, run_id desc limit 1)"
WITH_NAMES = f"""
with day as (select as_of_date as today from {_LAST_RUN}),
territory_names as (
    select * from dim_territories
    qualify row_number() over (partition by territory_id order by valid_from > (from day), valid_from desc) = 1
),
rep_names as (
    select * from dim_reps
    qualify row_number() over (partition by rep_id order by valid_from > (from day), valid_from desc) = 1
)
"""
# $territory and what lies below it today; itself also where no sheet knows it (UNASSIGNED).
TERRITORIES_BELOW = """
territories_below as (
    select territory_id from territory_names where contains('/' || path || '/', '/' || $territory || '/')
    union
    select $territory as territory_id
)
"""


def open_published(published: Path, *, tables: Sequence[str] = TABLES_ASKED) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published copy, which holds `tables`; the caller closes it.

    A connection sees one publication from first to last question, even while the next one is swapped in. Raises
    HomeInvalid when nothing was published there, when the file is no database, or when the copy lacks tables that the questions need.
    """
    path = published / DATABASE
    if not path.is_file():
        raise HomeInvalid(
            f"HomeInvalid: nothing was published yet: there is no {DATABASE} in the folder {published.name or published}.\n"
            "  Expected: the folder published/ of a company home after a refresh.\n"
            "  Run `bailiwick refresh --home DIR` (or `make demo`), then ask again."
        )
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise HomeInvalid(
            f"HomeInvalid: {path.name} in the folder {published.name or published} cannot be opened as a published copy.\n"
            f"  It says: {str(error).splitlines()[0]}\n"
            "  Run `bailiwick doctor --home DIR`; a refresh writes the copy anew."
        ) from error
    present = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    if missing := [name for name in tables if name not in present]:
        connection.close()
        raise HomeInvalid(
            f"HomeInvalid: the published copy has no {', '.join(missing)}.\n"
            "  It was made by another version. Run `bailiwick refresh` with this one, then ask again."
        )
    return connection


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The first rows of a long answer, and how many there are in all."""

    rows: pd.DataFrame
    total: int


def ask(connection: duckdb.DuckDBPyConnection, query: str, **parameters: object) -> pd.DataFrame:
    """The answer to a query, its $parameters given by name."""
    return connection.execute(query, parameters).df()


# ---------------------------------------------------------------------------------------------------------------------
# The last publication


def last_publication(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row: run_id, as_of_date, finished_at (UTC), rules_version, checks_passed, rows_loaded, and counts:
    customer_count, quarantined_count, loaded_file_count, refused_file_count (refused, or claimed by no source). Raises HomeInvalid
    when the copy names no run: then nothing says which day it describes."""
    last = ask(
        connection,
        f"""
        select
            run_id, as_of_date, coalesce(finished_at, started_at) as finished_at, rules_version, checks_passed, rows_loaded,
            (select count(*) from dim_customers) as customer_count,
            (select count(*) from audit_quarantine) as quarantined_count,
            (select count(*) from audit_files where status = 'loaded') as loaded_file_count,
            (select count(*) from audit_files where status in ('refused', 'unmapped')) as refused_file_count
        from {_LAST_RUN}
        """,
    )
    if last.empty:
        raise HomeInvalid(
            "HomeInvalid: the published copy names no run, so nothing says which day it describes.\n"
            "  Expected: a row of audit_runs for every publication.\n"
            "  Run `bailiwick refresh`, then ask again."
        )
    return last


def refused_files(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Files that were refused or that no source claims, newest day first: file, as_of_date, status, reason."""
    return ask(
        connection,
        """
        select file, as_of_date, status, reason from audit_files
        where status in ('refused', 'unmapped') order by as_of_date desc nulls last, file
        """,
    )


def quarantined_rows(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Refused rows by source, entity and reason_code, most first: also rows, newest_day and an example's reason."""
    return ask(
        connection,
        """
        select
            source, entity, reason_code, count(*) as rows, max(as_of_date) as newest_day,
            arg_min(reason, (file, row)) as example
        from audit_quarantine group by source, entity, reason_code order by rows desc, source, entity, reason_code
        """,
    )


# ---------------------------------------------------------------------------------------------------------------------
# KPIs


def kpi_months(connection: duckdb.DuckDBPyConnection) -> list[dt.date]:
    """The months that have figures, oldest first, each as its first day."""
    return [month for (month,) in connection.execute("select distinct month from kpi_territory_monthly order by month").fetchall()]


def kpi_by_month(connection: duckdb.DuckDBPyConnection, *, basis: str, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Figures of every territory and month from `first` to `last`: territory_id, territory_name, month, won_count,
    lost_count, won_amount, win_ratio, quota_amount, attainment_ratio. `basis` is as_sold or as_of_today."""
    return ask(
        connection,
        f"""
        {WITH_NAMES}
        select
            kpi.territory_id, coalesce(names.territory_name, kpi.territory_id) as territory_name, kpi.month,
            kpi.won_count, kpi.lost_count, kpi.won_amount,
            kpi.won_count / nullif(kpi.won_count + kpi.lost_count, 0) as win_ratio,
            kpi.quota_amount, cast(kpi.won_amount as double) / nullif(kpi.quota_amount, 0) as attainment_ratio
        from kpi_territory_monthly as kpi
        left join territory_names as names using (territory_id)
        where kpi.basis = $basis and kpi.month between $first and $last
        order by kpi.month, kpi.territory_id
        """,
        basis=basis,
        first=first,
        last=last,
    )


def kpi_totals(connection: duckdb.DuckDBPyConnection, *, basis: str, first: dt.date, last: dt.date) -> pd.DataFrame:
    """The same figures over the whole span, one row per territory, largest won_amount first. `attainment_ratio` sets the
    won amount of the months that have a quota against those quotas."""
    return ask(
        connection,
        f"""
        {WITH_NAMES}
        select
            kpi.territory_id, min(coalesce(names.territory_name, kpi.territory_id)) as territory_name,
            cast(sum(kpi.won_count) as bigint) as won_count, cast(sum(kpi.lost_count) as bigint) as lost_count,
            coalesce(sum(kpi.won_amount), 0) as won_amount,
            sum(kpi.won_count) / nullif(sum(kpi.won_count + kpi.lost_count), 0) as win_ratio,
            sum(kpi.quota_amount) as quota_amount,
            cast(sum(kpi.won_amount) filter (where kpi.quota_amount > 0) as double)
                / nullif(sum(kpi.quota_amount) filter (where kpi.quota_amount > 0), 0) as attainment_ratio
        from kpi_territory_monthly as kpi
        left join territory_names as names using (territory_id)
        where kpi.basis = $basis and kpi.month between $first and $last
        group by kpi.territory_id
        order by coalesce(sum(kpi.won_amount), 0) desc, kpi.territory_id
        """,
        basis=basis,
        first=first,
        last=last,
    )


def largest_and_rest(by_month: pd.DataFrame, *, largest: int) -> pd.DataFrame:
    """`kpi_by_month` for a chart: the `largest` territories by won amount, the others summed as `(others)`.

    Columns territory_name, month, won_amount; largest territory first, `(others)` last. Sums stay what they were.
    """
    totals = by_month.groupby(["territory_id", "territory_name"], as_index=False)["won_amount"].sum()
    ranked = totals.sort_values(["won_amount", "territory_id"], ascending=[False, True])["territory_id"].tolist()
    shown = set(ranked[:largest]) if len(ranked) > largest + 1 else set(ranked)
    rank = {territory: position for position, territory in enumerate(ranked)}
    is_shown = by_month["territory_id"].isin(shown)
    labelled = by_month.assign(
        rank=by_month["territory_id"].map(rank).where(is_shown, len(ranked)),
        territory_name=by_month["territory_name"].where(is_shown, "(others)"),
    )
    summed = labelled.groupby(["rank", "territory_name", "month"], as_index=False)["won_amount"].sum()
    return summed[["territory_name", "month", "won_amount"]]


# ---------------------------------------------------------------------------------------------------------------------
# Ownership


def find_customers(connection: duckdb.DuckDBPyConnection, text: str, *, limit: int = 50) -> pd.DataFrame:
    """Customers whose name contains `text` (any case), or with exactly this customer_id, credit code or record id.

    Columns customer_id, customer_name, country_code, city_name, record_count; exact hits first. Empty text finds nobody.
    """
    wanted = text.strip().lower()
    return ask(
        connection,
        """
        select customer_id, customer_name, country_code, city_name, record_count
        from dim_customers
        where $wanted <> '' and (
            contains(lower(customer_name), $wanted)
            or lower(customer_id) = $wanted
            or lower(credit_code) = $wanted
            or customer_id in (select customer_id from bridge_customer_records where lower(record_id) = $wanted and valid_to is null)
        )
        order by lower(customer_name) <> $wanted, customer_name, customer_id
        limit $limit
        """,
        wanted=wanted,
        limit=limit,
    )


def customer_today(connection: duckdb.DuckDBPyConnection, customer_id: str) -> pd.DataFrame:
    """One row: customer_id, customer_name, territory_id, territory_name, territory_since, rule_id, assignment_reason,
    candidate_count, owner_rep_id, owner_name, is_in_pool, owner_since, cause. No row for an unknown customer."""
    return ask(
        connection,
        f"""
        {WITH_NAMES}
        select
            customers.customer_id, customers.customer_name,
            assigned.territory_id, territory_names.territory_name, assigned.valid_from as territory_since,
            assigned.rule_id, assigned.assignment_reason, assigned.candidate_count,
            owned.owner_rep_id, coalesce(rep_names.rep_name, owned.owner_rep_id) as owner_name, owned.is_in_pool,
            owned.valid_from as owner_since, owned.cause
        from dim_customers as customers
        cross join day
        left join fct_territory_assignments as assigned
            on customers.customer_id = assigned.customer_id
            and assigned.valid_from <= day.today and (assigned.valid_to is null or assigned.valid_to > day.today)
        left join territory_names on assigned.territory_id = territory_names.territory_id
        left join fct_ownership_periods as owned
            on customers.customer_id = owned.customer_id
            and owned.valid_from <= day.today and (owned.valid_to is null or owned.valid_to > day.today)
        left join rep_names on owned.owner_rep_id = rep_names.rep_id
        where customers.customer_id = $id
        """,
        id=customer_id,
    )


# ---------------------------------------------------------------------------------------------------------------------
# Territories


def territories(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every territory in force today, and any other with customers: territory_id, territory_name, path, level,
    manager_name, customer_count and customer_ratio (its share of all customers today). UNASSIGNED is one."""
    return ask(
        connection,
        f"""
        {WITH_NAMES},
        holding as (
            select territory_id, count(*) as customer_count
            from fct_territory_assignments cross join day
            where valid_from <= day.today and (valid_to is null or valid_to > day.today)
            group by territory_id
        ),
        in_force as (
            select names.* from territory_names as names cross join day
            where names.valid_from <= day.today and (names.valid_to is null or names.valid_to > day.today)
        ),
        listed as (select territory_id from in_force union select territory_id from holding)
        select
            listed.territory_id, coalesce(names.territory_name, listed.territory_id) as territory_name, names.path, names.level,
            coalesce(rep_names.rep_name, names.manager_rep_id) as manager_name,
            coalesce(holding.customer_count, 0) as customer_count,
            coalesce(holding.customer_count, 0) / nullif((select sum(customer_count) from holding), 0) as customer_ratio
        from listed
        left join territory_names as names on listed.territory_id = names.territory_id
        left join rep_names on names.manager_rep_id = rep_names.rep_id
        left join holding on listed.territory_id = holding.territory_id
        order by coalesce(names.path, listed.territory_id), listed.territory_id
        """,
    )


def customers_of_territory(connection: duckdb.DuckDBPyConnection, territory_id: str, *, limit: int) -> Listed:
    """Customers that are in the territory today, or in one below it, by name: customer_name, customer_id, country_code, city_name,
    territory_id, owner (a name; null in the pool), is_in_pool, territory_since, rule_id."""
    held = """
    held as (
        select assigned.customer_id, assigned.territory_id, assigned.valid_from as territory_since, assigned.rule_id
        from fct_territory_assignments as assigned
        cross join day
        where assigned.territory_id in (select territory_id from territories_below)
            and assigned.valid_from <= day.today and (assigned.valid_to is null or assigned.valid_to > day.today)
    )
    """
    rows = ask(
        connection,
        f"""
        {WITH_NAMES},
        {TERRITORIES_BELOW},
        {held},
        listed as (
            select customers.customer_name, customers.country_code, customers.city_name, held.*
            from held inner join dim_customers as customers on held.customer_id = customers.customer_id
            order by customers.customer_name, held.customer_id
            limit $limit
        )
        select
            listed.customer_name, listed.customer_id, listed.country_code, listed.city_name, listed.territory_id,
            coalesce(rep_names.rep_name, owned.owner_rep_id) as owner, owned.is_in_pool, listed.territory_since, listed.rule_id
        from listed
        cross join day
        left join fct_ownership_periods as owned
            on listed.customer_id = owned.customer_id
            and owned.valid_from <= day.today and (owned.valid_to is null or owned.valid_to > day.today)
        left join rep_names on owned.owner_rep_id = rep_names.rep_id
        order by listed.customer_name, listed.customer_id
        """,
        territory=territory_id,
        limit=limit,
    )
    total = ask(connection, f"{WITH_NAMES}, {TERRITORIES_BELOW}, {held} select count(*) as total from held", territory=territory_id)
    return Listed(rows=rows, total=int(total["total"].iloc[0]))
