"""What another set of rule sheets would change, as figures: moves, relations, pipeline, quota, balance.

Here: reading the tables of a comparison into one answer, and potential's measure. Not here: the tables' SQL (what_if_tables.py), the page
(what_if_page.py), files for CRMs (proposed_moves.py), running the rules (orchestration/what_if.py).

Amounts are in the company's currency. Sums over flows are the totals: nothing is left out of them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl

from serving.fairness import fairness
from serving.what_if_tables import steps, taken

Row = dict[str, Any]
UNASSIGNED = "UNASSIGNED"
MEASURES = ("customers", "potential", "pipeline")
SIDES = ("before", "after")
QUOTA_RULE = (
    "A territory's quota is that of the nearest territory at or above it that has one. What is left of it, from the month of the day on, "
    "goes with the customers that move out of its reach, in proportion to their open pipeline; where its customers have none, to their "
    "potential; where that is unknown too, to their number."
)
_POTENTIALS = (  # the best that is known, its name and how it is worked out of a customer
    ("potential_score", "potential_score"),
    ("annual_revenue_amount", "case when coalesce(currency_code, '{currency}') = '{currency}' then annual_revenue_amount end"),
    ("employee_count", "employee_count"),
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The answer. `on`: the day that both sets are compared for; `as_of_date`: that of customers, owners and deals.

    `potential_measure`: the column of dim_customers that stands for potential; None where nothing is known of any customer.
    `totals`: counts and amounts over all customers. `flows`: one per pair of territories, the largest first. `quotas`: one per
    territory that has a quota left. `territories`, `reps`: the balance, one row each, figures of a side null where it is not part of it
    there; `fairness`: gini, coefficient_of_variation, max_over_min per kind, measure and side. `issues`: what is wrong with the other
    rules on that day, those that are new first. `proposals`: of broken relations, whom the rules name or why nobody, by territory.
    """

    on: date
    as_of_date: date
    currency_code: str
    potential_measure: str | None
    totals: dict[str, Any]
    flows: list[Row]
    quotas: list[Row]
    territories: list[Row]
    reps: list[Row]
    fairness: list[Row]
    issues: list[Row]
    proposals: list[Row]


def potential_measure(connection: duckdb.DuckDBPyConnection, currency: str) -> tuple[str | None, str]:
    """The column of the attached home's dim_customers that stands for potential, and the expression that yields it."""
    columns = {row[0] for row in connection.execute("describe home.marts.dim_customers").fetchall()}
    for name, expression in _POTENTIALS:
        written = expression.format(currency=currency)
        asked = f"select exists (select 1 from home.marts.dim_customers where is_active and ({written}) > 0)"
        if name in columns and connection.execute(asked).fetchall()[0][0]:
            return name, written
    return None, "cast(null as decimal(38, 4))"


def take(connection: duckdb.DuckDBPyConnection, *, on: date, potential: str) -> None:
    """Copy what the comparison needs out of the attached home into `asked.*`."""
    connection.execute(f"set variable asked_on = date '{on.isoformat()}'")
    connection.execute("create schema if not exists asked")
    for name, query in taken(potential).items():
        connection.execute(f"create table asked.{name} as {query}")


def compare(
    connection: duckdb.DuckDBPyConnection, *, on: date, as_of_date: date, currency_code: str, potential_measure: str | None
) -> Comparison:
    """The answer, out of a scratch file in which the models ran over the other sheets; makes the tables `answer.*` in it."""
    connection.execute("create schema if not exists answer")
    for name, query in steps().items():
        connection.execute(f"create table answer.{name} as {query}")
    balance = {kind: _balance(connection, kind) for kind in ("territory", "rep")}
    return Comparison(
        on=on,
        as_of_date=as_of_date,
        currency_code=currency_code,
        potential_measure=potential_measure,
        totals=_rows(connection, _TOTALS)[0],
        flows=_rows(connection, _FLOWS),
        quotas=_rows(connection, _QUOTAS),
        territories=balance["territory"],
        reps=balance["rep"],
        fairness=[row for kind, rows in balance.items() for row in _fairness(kind, rows)],
        issues=_rows(connection, _ISSUES),
        proposals=_rows(connection, _PROPOSED),
    )


_TOTALS = """
    select
        count(*) as customers,
        count(*) filter (where is_moved) as moved,
        count(*) filter (where not is_moved and from_rule_id is distinct from to_rule_id) as stay_by_another_rule,
        count(*) filter (where is_moved and to_territory_id = 'UNASSIGNED') as become_unassigned,
        count(*) filter (where is_moved and from_territory_id = 'UNASSIGNED') as were_unassigned,
        count(*) filter (where is_broken) as broken,
        count(*) filter (where is_broken and not is_moved) as broken_without_move,
        count(*) filter (where is_broken and proposals.proposed_owner_rep_id is null) as broken_without_proposal,
        count(*) filter (where owner_rep_id is not null and not had_place) as outside_before,
        coalesce(sum(deals), 0) as deals,
        coalesce(sum(deals) filter (where is_moved), 0) as deals_moved,
        coalesce(sum(deals_without_amount) filter (where is_moved), 0) as deals_moved_without_amount,
        coalesce(sum(pipeline), 0) as pipeline,
        coalesce(sum(pipeline) filter (where is_moved), 0) as pipeline_moved,
        coalesce(sum(potential), 0) as potential,
        coalesce(sum(potential) filter (where is_moved), 0) as potential_moved,
        (select coalesce(sum(amount), 0) from asked.quotas) as quota,
        (select coalesce(sum(quota_share), 0) from answer.weights where is_leaving) as quota_moved
    from answer.customers
    left join answer.proposals as proposals on customers.customer_id = proposals.customer_id"""

_FLOWS = """
    with quotas as (
        select from_territory_id, to_territory_id, sum(quota_share) as quota_moved from answer.weights where is_leaving group by all
    ),
    flows as (
        select
            from_territory_id, to_territory_id, count(*) as customers, count(*) filter (where is_broken) as broken,
            sum(deals) as deals, sum(pipeline) as pipeline, coalesce(sum(potential), 0) as potential
        from answer.customers where is_moved group by all
    )
    select
        flows.from_territory_id, froms.name as from_territory_name, flows.to_territory_id, tos.name as to_territory_name,
        flows.* exclude (from_territory_id, to_territory_id), coalesce(quotas.quota_moved, 0) as quota_moved
    from flows
    left join quotas on flows.from_territory_id = quotas.from_territory_id and flows.to_territory_id = quotas.to_territory_id
    left join answer.territory_names as froms on flows.from_territory_id = froms.id
    left join answer.territory_names as tos on flows.to_territory_id = tos.id
    order by customers desc, flows.from_territory_id, flows.to_territory_id"""

_QUOTAS = """
    select
        quotas.territory_id, names.name as territory_name, max(quotas.amount) as quota, max(weights.basis) as basis,
        count(*) filter (where weights.is_leaving) as customers_leaving,
        coalesce(sum(weights.quota_share) filter (where weights.is_leaving), 0) as quota_moved
    from asked.quotas as quotas
    left join answer.weights as weights on quotas.territory_id = weights.quota_territory_id
    left join answer.territory_names as names on quotas.territory_id = names.id
    group by quotas.territory_id, names.name order by quota_moved desc, quotas.territory_id"""

_ISSUES = """
    select
        issues.issue, issues.rule_id, issues.other_rule_id, issues.territory_id, issues.detail, issues.customer_count,
        issues.issue_id not in (select issue_id from asked.issues) as is_new
    from marts.fct_territory_rule_issues as issues order by is_new desc, customer_count desc, issue_id"""

_PROPOSED = """
    select
        customers.to_territory_id as territory_id, names.name as territory_name, proposals.proposal_reason as reason,
        count(*) as broken, count(proposals.proposed_owner_rep_id) as with_proposal
    from answer.proposals as proposals
    inner join answer.customers as customers on proposals.customer_id = customers.customer_id
    left join answer.territory_names as names on customers.to_territory_id = names.id
    group by all order by with_proposal, broken desc, territory_id"""

_MOVES = """
    select
        customers.customer_id, customers.customer_name, customers.is_moved, customers.is_broken as is_relation_broken,
        customers.from_territory_id, froms.name as from_territory_name, customers.to_territory_id, tos.name as to_territory_name,
        from_rule_id as rule_id_before, to_rule_id as rule_id_after, reason_before, reason_after,
        owner_rep_id, owners.name as owner_name, proposals.proposed_owner_rep_id, proposed.name as proposed_owner_name,
        proposals.proposal_reason, deals as open_deals, cast(pipeline as decimal(18, 2)) as open_pipeline_amount, potential,
        round(weights.quota_share, 2) as quota_moved_amount
    from answer.customers as customers
    left join answer.proposals as proposals on customers.customer_id = proposals.customer_id
    left join (select customer_id, quota_share from answer.weights where is_leaving) as weights
        on customers.customer_id = weights.customer_id
    left join answer.territory_names as froms on customers.from_territory_id = froms.id
    left join answer.territory_names as tos on customers.to_territory_id = tos.id
    left join answer.rep_names as owners on customers.owner_rep_id = owners.id
    left join answer.rep_names as proposed on proposals.proposed_owner_rep_id = proposed.id
    where customers.is_moved or customers.is_broken
    order by customers.from_territory_id, customers.to_territory_id, customers.pipeline desc, customers.customer_id"""


def moves(connection: duckdb.DuckDBPyConnection, *, most: int | None = None) -> pl.DataFrame:
    """One row per customer that moves or whose relation breaks. `most`: only so many, those with the largest open pipeline first."""
    query = _MOVES if most is None else f"from ({_MOVES}) order by open_pipeline_amount desc, customer_id limit {most}"
    return pl.DataFrame(pl.from_arrow(connection.sql(query).to_arrow_table()))


def balance_tables(found: Comparison) -> dict[str, pl.DataFrame]:
    """The balance of territories and people, and how fair it is, each as one table by the name of its file."""
    columns = ["kind", "id", "name", *(f"{measure}_{side}" for measure in MEASURES for side in SIDES)]
    rows = [{"kind": kind} | row for kind, balance in (("territory", found.territories), ("rep", found.reps)) for row in balance]
    return {
        "balance": pl.DataFrame([{name: row[name] for name in columns} for row in rows], schema=columns, infer_schema_length=None),
        "fairness": pl.DataFrame(found.fairness, infer_schema_length=None),
    }


def _balance(connection: duckdb.DuckDBPyConnection, kind: str) -> list[Row]:
    """One row per territory or person that has a part on either side: its figures before and after."""
    columns = ", ".join(f"max({measure}) filter (where side = '{side}') as {measure}_{side}" for measure in MEASURES for side in SIDES)
    return _rows(
        connection,
        f"""
        select balance.id, names.name, {columns}
        from answer.balance as balance left join answer.{kind}_names as names on balance.id = names.id
        where balance.kind = '{kind}' group by balance.id, names.name order by balance.id""",
    )


def _fairness(kind: str, rows: Sequence[Row]) -> list[Row]:
    """The figures of each measure and side; customers without a territory are nobody's workload."""
    found = []
    for measure in MEASURES:
        for side in SIDES:
            amounts = [row[f"{measure}_{side}"] for row in rows if row["id"] != UNASSIGNED and row[f"{measure}_{side}"] is not None]
            figures = {name: None if value is None else round(value, 4) for name, value in asdict(fairness(amounts)).items()}
            found.append({"kind": kind, "measure": measure, "side": side, "count": len(amounts)} | figures)
    return found


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    """Amounts as numbers of two decimals, for people and JSON alike."""
    return round(float(value), 2) if isinstance(value, Decimal | float) else value
