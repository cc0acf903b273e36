"""Why a customer is what it is, told by the published copy.

Here: which customer is meant, and all that the copy says of it: its records and what holds them together, its values and their reasons, its
territory with the rules that lost, its questions and relatives; of two records their evidence, or the chain that joins them. Not here:
printing (orchestration/explain.py, sentences.py), pictures (waterfall.py), the decisions themselves.

"Today" is the as-of date of the publication. Answers are dictionaries of plain values, so that they can be written as JSON.
"""

from collections import deque
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pandas as pd

from ingest.errors import NotFound
from serving.questions import TABLES_ASKED, customer_today, find_customers, last_publication

TABLES_EXPLAINED = (
    *TABLES_ASKED, "customer_id_redirects", "fct_customer_values", "fct_match_evidence", "fct_match_pairs", "fct_match_questions",
    "fct_territory_candidates",
)  # fmt: skip
"""What the copy must hold for these answers."""
_LISTED = 20
_PAIR = "left_source, left_record_id, right_source, right_record_id"

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A customer. `redirected_from`: the retired id that was asked for. `records`: with match_reason, those that hold today first.
    `pairs`: of its records, heaviest first, each with its `fields`. `values`: what stands and why. `territory`: today's, with the owner.
    `candidates`: all rules that match today, the winner first. `questions`: whether it is one with another. `parents`: nearest first."""

    as_of_date: str
    customer: Row
    redirected_from: Row | None
    records: list[Row]
    pairs: list[Row]
    values: list[Row]
    territory: Row
    candidates: list[Row]
    questions: list[Row]
    parents: list[Row]
    branches: list[Row]


@dataclass(frozen=True, kw_only=True)
class PairExplained:
    """Two records. `pair`: its verdict, score, weight and sentence; None where they were not found alike. `evidence`: field by field.
    `chain`: where no pair joins the two although they are one customer, the pairs that do, one after the other."""

    left: Row
    right: Row
    pair: Row | None
    evidence: list[Row]
    chain: list[Row]


def explain(connection: duckdb.DuckDBPyConnection, text: str) -> Explanation:
    """All about the customer that `text` means: an id, also a retired one, a credit code, a record's id, or a name or part of one. Raises
    NotFound where it means nobody or several."""
    today = last_publication(connection)["as_of_date"].iloc[0].date()
    customer_id, redirect = find_customer(connection, text)
    (customer,) = _rows(connection, "select * from dim_customers where customer_id = $id", id=customer_id)
    pairs = pairs_within(connection, customer_id)
    evidence = _rows(
        connection,
        f"select evidence.* from fct_match_evidence as evidence join fct_match_pairs as pairs using ({_PAIR}) "
        f"where pairs.left_customer_id = $id and pairs.right_customer_id = $id order by {_PAIR}, abs(evidence.weight) desc, field",
        id=customer_id,
    )
    by_pair: dict[tuple, list[Row]] = {}
    for row in evidence:
        by_pair.setdefault(_key(row), []).append({name: row[name] for name in ("field", "level", "weight", "sentence")})
    return Explanation(
        as_of_date=today.isoformat(),
        customer=customer,
        redirected_from=redirect,
        records=records_behind(connection, customer_id),
        pairs=[row | {"fields": by_pair.get(_key(row), [])} for row in pairs],
        values=_rows(
            connection, "select * exclude (customer_id) from fct_customer_values where customer_id = $id order by field", id=customer_id
        ),
        territory=_plain(customer_today(connection, customer_id).iloc[0].to_dict()),
        candidates=candidates_on(connection, customer_id, today),
        questions=questions_about(connection, customer_id),
        parents=_parents(connection, customer),
        branches=_rows(
            connection,
            "select customer_id, customer_name from dim_customers where parent_customer_id = $id order by customer_name, customer_id",
            id=customer_id,
        ),
    )  # fmt: skip


def records_behind(connection: duckdb.DuckDBPyConnection, customer_id: str) -> list[Row]:
    """The customer's records with what holds them to it, those that hold today first."""
    return _rows(
        connection,
        "select source, record_id, match_reason, valid_from, valid_to from bridge_customer_records where customer_id = $id "
        "order by valid_to is not null, source, record_id, valid_from",
        id=customer_id,
    )


def candidates_on(connection: duckdb.DuckDBPyConnection, customer_id: str, day: date) -> list[Row]:
    """All rules that matched the customer on a day, as known today, the winner first, each with why it won or lost."""
    return _rows(
        connection,
        "select rule_id, territory_id, is_winner, candidate_rank, matched_on, candidate_reason, rule_reason "
        "from fct_territory_candidates where customer_id = $id and valid_from <= $day and (valid_to is null or valid_to > $day) "
        "order by candidate_rank, rule_id",
        id=customer_id,
        day=day,
    )


def pairs_within(connection: duckdb.DuckDBPyConnection, customer_id: str) -> list[Row]:
    """The pairs of the customer's records, heaviest first, without their fields."""
    return _rows(
        connection,
        f"select {_PAIR}, verdict, score, weight, evidence from fct_match_pairs "
        f"where left_customer_id = $id and right_customer_id = $id order by weight desc, {_PAIR}",
        id=customer_id,
    )


def customer_named(connection: duckdb.DuckDBPyConnection, text: str) -> tuple[str, Row | None] | None:
    """The customer that an id, a retired id or source:record_id names, with the redirect that led there; None where it names none."""
    wanted = text.strip()
    if _rows(connection, "select customer_id from dim_customers where customer_id = $id", id=wanted.upper()):
        return wanted.upper(), None
    redirects = _rows(connection, "select * from customer_id_redirects where old_customer_id = $id", id=wanted.upper())
    if redirects:
        return redirects[0]["customer_id"], redirects[0]
    source, _, record_id = wanted.partition(":")
    records = _rows(
        connection,
        "select customer_id from bridge_customer_records where source = $source and record_id = $record_id and valid_to is null",
        source=source,
        record_id=record_id,
    )
    return (records[0]["customer_id"], None) if records else None


def find_customer(connection: duckdb.DuckDBPyConnection, text: str) -> tuple[str, Row | None]:
    """The id of the customer that `text` means, and the redirect that led there. Raises NotFound."""
    if named := customer_named(connection, text):
        return named
    wanted = text.strip()
    found = find_customers(connection, wanted, limit=_LISTED + 1)
    exact = found[found["customer_name"].str.lower() == wanted.lower()]
    if len(found) == 1 or len(exact) == 1:
        return (found if len(found) == 1 else exact)["customer_id"].iloc[0], None
    if found.empty:
        raise NotFound(
            f"NotFound: no customer is called {wanted!r}, nor is that a customer id, retired or not, a credit code or a record's id.\n"
            "  Expected: one of these, or a part of the name, as the published copy has it."
        )
    listed = "".join(
        f"\n  {row.customer_id}  {row.customer_name}  {row.city_name or ''}".rstrip() for row in found.head(_LISTED).itertuples()
    )
    more = "\n  ... and more" if len(found) > _LISTED else ""
    raise NotFound(f"NotFound: {wanted!r} means several customers; ask again with the id of one of them:{listed}{more}")


def explain_pair(connection: duckdb.DuckDBPyConnection, left: str, right: str) -> PairExplained:
    """What is known of two records, each named as source:record_id, or by a record_id that one system has. Raises NotFound."""
    one, two = sorted((_record(connection, left), _record(connection, right)), key=lambda row: (row["source"], row["record_id"]))
    if one == two:
        raise NotFound(f"NotFound: {left!r} and {right!r} are one record. Name two.")
    ends = {"ls": one["source"], "lr": one["record_id"], "rs": two["source"], "rr": two["record_id"]}
    where = "left_source = $ls and left_record_id = $lr and right_source = $rs and right_record_id = $rr"
    pairs = _rows(connection, f"select * from fct_match_pairs where {where}", **ends)
    evidence = _rows(connection, f"select field, level, weight, sentence from fct_match_evidence where {where} order by field", **ends)
    chain = [] if pairs or one["customer_id"] != two["customer_id"] else _chain(connection, one, two)
    return PairExplained(left=one, right=two, pair=pairs[0] if pairs else None, evidence=evidence, chain=chain)


def _record(connection: duckdb.DuckDBPyConnection, text: str) -> Row:
    """source, record_id, customer_id, customer_name and match_reason of the record that is meant."""
    query = (
        "select source, record_id, customer_id, customer_name, match_reason from bridge_customer_records "
        "left join dim_customers using (customer_id) where valid_to is null and {} order by source, record_id limit 21"
    )
    source, _, record_id = text.strip().partition(":")
    found = _rows(connection, query.format("source = $source and record_id = $record_id"), source=source, record_id=record_id)
    found = found or _rows(connection, query.format("record_id = $record_id"), record_id=text.strip())
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(f"NotFound: no customer has a record {text!r} today.\n  Expected: source:record_id, such as salesforce:001A000001.")
    raise NotFound(
        f"NotFound: {len(found)} systems have a record {text!r}: {', '.join(row['source'] for row in found)}. Write source:{text}."
    )


def _chain(connection: duckdb.DuckDBPyConnection, one: Row, two: Row) -> list[Row]:
    """The fewest pairs that lead from one record to the other within their customer; heavier ones first where there is a choice."""
    pairs = [pair for pair in pairs_within(connection, one["customer_id"]) if pair["verdict"] == "same"]
    next_to: dict[tuple, list[tuple[tuple, Row]]] = {}
    for pair in pairs:
        left, right = _key(pair)[:2], _key(pair)[2:]
        next_to.setdefault(left, []).append((right, pair))
        next_to.setdefault(right, []).append((left, pair))
    start, goal = ((row["source"], row["record_id"]) for row in (one, two))
    came: dict[tuple, tuple[tuple, Row] | None] = {start: None}
    waiting = deque([start])
    while waiting and goal not in came:
        here = waiting.popleft()
        for there, pair in next_to.get(here, []):
            if there not in came:
                came[there] = (here, pair)
                waiting.append(there)
    way: list[Row] = []
    step = came.get(goal)
    while step:
        way.insert(0, step[1])
        step = came[step[0]]
    return way


def questions_about(connection: duckdb.DuckDBPyConnection, customer_id: str) -> list[Row]:
    """What a person is asked: whether the customer is one with another, the most valuable question first."""
    return _rows(
        connection,
        f"""
        select
            question_rank, other.customer_id as other_customer_id, other.customer_name as other_customer_name,
            {_PAIR}, score, weight, evidence
        from fct_match_questions as questions
        left join dim_customers as other
            on other.customer_id = if(left_customer_id = $id, right_customer_id, left_customer_id)
        where left_customer_id = $id or right_customer_id = $id
        order by question_rank
        """,
        id=customer_id,
    )


def _parents(connection: duckdb.DuckDBPyConnection, customer: Row) -> list[Row]:
    """The customers above, nearest first; a circle of parents is walked once."""
    seen, above, parents = {customer["customer_id"]}, customer["parent_customer_id"], []
    while above and above not in seen:
        seen.add(above)
        found = _rows(
            connection, "select customer_id, customer_name, parent_customer_id from dim_customers where customer_id = $id", id=above
        )
        if not found:
            break
        above = found[0].pop("parent_customer_id")
        parents += found
    return parents


def _key(row: Row) -> tuple:
    return tuple(row[name] for name in ("left_source", "left_record_id", "right_source", "right_record_id"))


def _rows(connection: duckdb.DuckDBPyConnection, query: str, **parameters: Any) -> list[Row]:
    result = connection.execute(query, parameters)
    names = [column[0] for column in result.description]
    return [_plain(dict(zip(names, row, strict=True))) for row in result.fetchall()]


def _plain(row: Row) -> Row:
    """The row as JSON holds it: days and times as text, numbers as numbers, what is not there as None."""
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Any:
    if pd.isna(value):
        return None
    if hasattr(value, "date"):  # a time
        return value.isoformat(sep=" ") if value.time().isoformat() != "00:00:00" else value.date().isoformat()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):  # numpy's
        return value.item()
    return float(value) if hasattr(value, "as_tuple") else value
