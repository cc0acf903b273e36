"""What waits for somebody to decide (待处理), asked of the published copy: each subject's rows, the sentence that says why first.

Here: which rows of which published table wait, in which order, in whose territory. Not here: why they are there (the models say so
themselves), the other questions (questions.py), drawing (dashboard/to_decide.py).

A territory stands for itself and all that lies below it. A subject without a customer lies in none.
"""

from dataclasses import dataclass

import duckdb

from serving.questions import TERRITORIES_BELOW, WITH_NAMES, Listed, ask

_TODAY = "(select today from day)"
_HOLDS = f"valid_from <= {_TODAY} and (valid_to is null or valid_to > {_TODAY})"
_IN_CUSTOMERS = "customer_id in (select customer_id from customers_below)"
_IN_TERRITORY = "territory_id in (select territory_id from territories_below)"


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """`table` with the rows that wait (`waits`), those of a territory (`is_below`), most urgent first (`order`); of those that are `shown`
    the `columns`, with what `joins` add. All of it is SQL of ours; what readers choose comes as $territory and $limit."""

    table: str
    waits: str
    is_below: str
    order: str
    columns: str
    joins: str = ""


_CUSTOMER = "left join dim_customers as customers on shown.customer_id = customers.customer_id"
_ASSIGNED = (
    "left join fct_territory_assignments as assigned on shown.customer_id = assigned.customer_id "
    f"and assigned.valid_from <= {_TODAY} and (assigned.valid_to is null or assigned.valid_to > {_TODAY})"
)
_SUBJECTS = {
    "conflicts": _Subject(
        table="fct_ownership_conflicts",
        waits=_HOLDS,
        is_below=_IN_CUSTOMERS,
        order="valid_from desc, customer_id",
        columns="shown.decision_reason, customers.customer_name, shown.customer_id, assigned.territory_id, shown.owner_rep_id, "
        "replace(shown.claimant_rep_ids, '|', ', ') as claimant_rep_ids, shown.rule_id, shown.valid_from",
        joins=f"{_CUSTOMER} {_ASSIGNED}",
    ),
    "drift": _Subject(
        table="fct_assignment_drift",
        waits="true",
        is_below=_IN_TERRITORY,
        order="since_date desc, drift_id",
        columns="shown.detail, shown.drift, customers.customer_name, shown.customer_id, shown.territory_id, shown.held_territory_id, "
        "shown.owner_rep_id, shown.source, shown.record_id, shown.is_manual, shown.since_date",
        joins=_CUSTOMER,
    ),
    "rule_issues": _Subject(
        table="fct_territory_rule_issues",
        waits="true",
        is_below=_IN_TERRITORY,
        order="customer_count desc, issue_id",
        columns="shown.detail, shown.issue, shown.rule_id, shown.other_rule_id, shown.territory_id, shown.customer_count",
    ),
    "handovers": _Subject(
        table="fct_handovers",
        waits="is_open",
        is_below=_IN_CUSTOMERS,
        order="days_without desc, amount desc nulls last, rep_id, subject, subject_id",
        columns="shown.proposal_reason, shown.rep_id, shown.left_on, shown.days_without, shown.subject, shown.subject_name, "
        "shown.subject_id, customers.customer_name, shown.customer_id, assigned.territory_id, shown.proposed_rep_id, "
        "shown.amount, shown.currency_code",
        joins=f"{_CUSTOMER} {_ASSIGNED}",
    ),
    "pool": _Subject(
        table="fct_public_pool",
        waits="status in ('due', 'warned')",
        is_below=_IN_TERRITORY,
        order="due_date, customer_id",
        columns="shown.reason, shown.status, shown.due_date, customers.customer_name, shown.customer_id, shown.territory_id, "
        "shown.owner_rep_id, shown.pool_rule_id, shown.pool_id, replace(shown.may_take_rep_ids, '|', ', ') as may_take_rep_ids",
        joins=_CUSTOMER,
    ),
    "match_questions": _Subject(
        table="fct_match_questions",
        waits="true",
        is_below=f"(left_{_IN_CUSTOMERS} or right_{_IN_CUSTOMERS})",  # left_customer_id, right_customer_id
        order="question_rank",
        columns="shown.evidence, shown.question_rank, shown.score, customers.customer_name as left_customer_name, shown.left_customer_id, "
        "others.customer_name as right_customer_name, shown.right_customer_id, "
        "shown.left_source || ':' || shown.left_record_id as left_record, "
        "shown.right_source || ':' || shown.right_record_id as right_record",
        joins="left join dim_customers as customers on shown.left_customer_id = customers.customer_id "
        "left join dim_customers as others on shown.right_customer_id = others.customer_id",
    ),
}
SUBJECTS = tuple(_SUBJECTS)
"""conflicts 撞单, drift 归属漂移, rule_issues 规则体检, handovers 交接, pool (due and warned) 公海, match_questions 查重."""
TABLES_TO_DECIDE = tuple(subject.table for subject in _SUBJECTS.values())

_BELOW = f"""
{TERRITORIES_BELOW},
customers_below as (select customer_id from fct_territory_assignments where {_IN_TERRITORY} and {_HOLDS}),
"""


def waiting_counts(connection: duckdb.DuckDBPyConnection, *, territory_id: str | None = None) -> dict[str, int]:
    """How much of each of SUBJECTS waits today, everywhere or in one territory."""
    return {name: _count(connection, subject, territory_id) for name, subject in _SUBJECTS.items()}


def waiting(connection: duckdb.DuckDBPyConnection, name: str, *, territory_id: str | None = None, limit: int) -> Listed:
    """The most urgent rows of one of SUBJECTS, everywhere or in one territory; their first column is the sentence that says why."""
    subject = _SUBJECTS[name]
    common, chosen, parameters = _chosen(subject, territory_id)
    rows = ask(
        connection,
        f"""
        {common}
        first_ones as ({chosen} order by {subject.order} limit $limit),
        shown as (select *, row_number() over (order by {subject.order}) as place from first_ones)
        select {subject.columns} from shown {subject.joins} order by shown.place
        """,
        **parameters,
        limit=limit,
    )
    return Listed(rows=rows, total=_count(connection, subject, territory_id))


def _count(connection: duckdb.DuckDBPyConnection, subject: _Subject, territory_id: str | None) -> int:
    common, chosen, parameters = _chosen(subject, territory_id)
    found = ask(connection, f"{common} chosen as ({chosen}) select count(*) as total from chosen", **parameters)
    return int(found["total"].iloc[0])


def _chosen(subject: _Subject, territory_id: str | None) -> tuple[str, str, dict[str, str]]:
    """The common tables, the query for the rows that wait, and its parameters. Without a territory no customer is looked up."""
    chosen = f"select * from {subject.table} where {subject.waits}"
    if territory_id is None:
        return f"{WITH_NAMES},", chosen, {}
    return f"{WITH_NAMES}, {_BELOW}", f"{chosen} and {subject.is_below}", {"territory": territory_id}
