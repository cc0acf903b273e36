"""The tab of ownership: for one customer who had it on a day, as known on a day, by what it is proven, and which rules spoke.

Here: the questions a reader sets, and the layout of the answers. Not here: the answers (serving/ownership.py, serving/explain.py), their
sentences (serving/sentences.py), the evidence that two records are one customer (pairs.py).
"""

import datetime as dt

import duckdb
import pandas as pd
import streamlit as st

from serving import questions
from serving.dashboard import pairs
from serving.dashboard.layout import SHOWN, escaped, lines, table
from serving.explain import Row, candidates_on, customer_named, records_behind
from serving.ownership import Owned, owned
from serving.sentences import named, owner_held, remarks, retired, territory_held

FOUND = 50
"""Customers that a search offers; more of them nobody reads, and each letter of the name makes them fewer."""
# 2026-11-23: a date field without a lower bound offers ten years only, and CRMs know of owners before that.
EARLIEST = dt.date(1970, 1, 1)
_PROOF = [
    "valid_from", "valid_to", "holder", "cause", "rule_id", "rules_version", "actor", "source", "record_id", "file", "evidence_row",
    "known_on", "recorded_on", "sequence", "row_hash",
]  # fmt: skip


def draw(connection: duckdb.DuckDBPyConnection, today: dt.date) -> None:
    """The search, the two days, and all that is said of the customer."""
    st.header("Who owns what 归属")
    text = st.text_input(
        "Customer 客户: part of the name, customer id (retired ones too), credit code, record id or source:record id",
        key="search",
        persist_state="session",
    )
    if not text.strip():
        st.caption("Type at least one character.")
        return
    chosen = _chosen(connection, text)
    if chosen is None:
        return
    customer_id, asked = chosen
    on, known_on = _days(today)
    found = owned(connection, asked, on=on, known_on=known_on)
    _answer(found)
    st.subheader("Owners over time 归属历史")
    _periods(found.owners)
    st.subheader("Territories over time 区域历史")
    _periods(found.territories)
    if found.customer_id != customer_id:
        still = f"{found.customer_id} was still in use by what was known on {known_on}, and answers for itself."
        st.info(escaped(f"{still} What follows is of {customer_id}."))
    _candidates(connection, customer_id, on, is_past_knowledge=known_on != today)
    records = records_behind(connection, customer_id)
    st.subheader("Records behind it 来源记录")
    table(_dated(pd.DataFrame(records[:SHOWN])), total=len(records))
    pairs.draw(connection, customer_id, [row for row in records if row["valid_to"] is None])


def _chosen(connection: duckdb.DuckDBPyConnection, text: str) -> tuple[str, str] | None:
    """The customer that the reader means, and the id whose record is asked: of a retired id its own. None where nobody is found."""
    known = customer_named(connection, text)
    heir, redirect = known or (None, None)
    found = questions.find_customers(connection, heir or text, limit=FOUND + 1)
    if redirect:
        st.info(escaped(f"{retired(redirect)} 编号已停用，以下为其继承客户。"))
    if found.empty:
        st.info("No customer has this name or id. Try a shorter part of the name.")
        return None
    labels = {row["customer_id"]: _label(row) for row in found.head(FOUND).to_dict(orient="records")}
    count = f"{len(labels)} found" if len(found) <= FOUND else f"The first {FOUND} of more: type more of the name"
    if st.session_state.get("customer") not in labels:
        st.session_state.pop("customer", None)  # it was chosen for another search
    customer_id = st.selectbox(f"{count} 请选择", list(labels), format_func=labels.__getitem__, key="customer", persist_state="session")
    leads_here = redirect is not None and redirect["customer_id"] == customer_id
    return customer_id, redirect["old_customer_id"] if leads_here else customer_id


def _label(row: Row) -> str:
    place = "" if pd.isna(row["city_name"]) else f", {row['city_name']}"
    return f"{row['customer_name']} ({row['customer_id']}){place}"


def _days(today: dt.date) -> tuple[dt.date, dt.date]:
    """As of and as known on. The publication's day is part of the keys: a new publication is asked about its own day."""
    left, right = st.columns(2)
    on = left.date_input(
        "As of 归属日期", today, EARLIEST, today, key=f"on {today}", persist_state="session", help="The day that is asked about."
    )
    known_on = right.date_input(
        "As known on 知晓时间", today, EARLIEST, today, key=f"known on {today}", persist_state="session",
        help="Only what exports up to this day show, also if their files came late.",
    )  # fmt: skip
    return on, known_on


def _answer(found: Owned) -> None:
    left, right = st.columns(2)
    with left:
        st.metric("Territory 区域", _short(found.territory, "No territory 无区域"))
        lines(territory_held(found))
    with right:
        st.metric("Owner 归属人", _short(found.owner, "Public pool 公海"))
        lines(owner_held(found))
    for remark in remarks(found):
        st.warning(escaped(remark))


def _short(row: Row | None, nobody: str) -> str:
    if row is None:
        return "Not in the record 无记录"
    return nobody if row["id"] is None else row["name"] or row["id"]


def _candidates(connection: duckdb.DuckDBPyConnection, customer_id: str, on: dt.date, *, is_past_knowledge: bool) -> None:
    st.subheader("Rules that matched 命中规则")
    rules = candidates_on(connection, customer_id, on)
    if not rules:
        st.info(f"No territory rule matched it on {on}.")
        return
    if rules[0]["is_winner"]:  # else every one that matched is kept out by an exclusion, as its own sentence says
        lines([rules[0]["candidate_reason"]])
    columns = ["candidate_reason", "rule_id", "territory_id", "candidate_rank", "is_winner", "matched_on", "rule_reason"]
    table(pd.DataFrame(rules[:SHOWN])[columns], total=len(rules))
    if is_past_knowledge:
        st.caption("The rules and the customer's values are those that are known today, whatever day of knowledge is asked for.")


def _periods(periods: list[Row]) -> None:
    """Every period as known then, newest first, each with what proves it."""
    if not periods:
        st.info("The record says nothing of it.")
        return
    newest = [row | {"holder": named(row)} for row in reversed(periods)]
    table(_dated(pd.DataFrame(newest[:SHOWN])[_PROOF]), total=len(newest))


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its days as days: answers bear them as text, which tables would not sort by its heading."""
    days = [name for name in ("valid_from", "valid_to", "known_on", "recorded_on") if name in frame]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})
