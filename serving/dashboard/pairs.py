"""Why two records are one customer, or may be: the picture of their evidence, below the ownership of a customer.

Here: which two records the reader looks at. Not here: their evidence (serving/explain.py), the picture (serving/waterfall.py).
"""

import duckdb
import streamlit as st

from serving.dashboard.layout import SHOWN, lines
from serving.explain import PairExplained, Row, explain_pair, pairs_within, questions_about
from serving.sentences import unpaired
from serving.waterfall import waterfall


def draw(connection: duckdb.DuckDBPyConnection, customer_id: str, records: list[Row]) -> None:
    """The picture of two records that the reader chooses: two of the customer's, or one and that of another customer which may be it.

    `records`: those that hold today."""
    st.subheader("Why they are one customer 合并依据")
    questions = questions_about(connection, customer_id)
    asked = {_name(row, end): row for row in questions for end in ("left", "right")}
    own = [f"{row['source']}:{row['record_id']}" for row in records]
    others = {name: row for name, row in asked.items() if name not in own}
    if len(own) + len(others) < 2:
        st.caption("One record stands behind it, and nobody has to say whether another is the same customer.")
        return
    if len(own) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(own):,} records are offered.")
    left, right = _suggested(connection, customer_id, own, questions)
    one, two = st.columns(2)
    lefts = own[:SHOWN] if left in own[:SHOWN] else [left, *own[:SHOWN]]
    first = one.selectbox("A record 记录一", lefts, index=lefts.index(left), key=f"left {customer_id}")
    rights = [name for name in (*own[:SHOWN], *others) if name != first]
    second = two.selectbox(
        "and another 记录二",
        rights,
        index=rights.index(right) if right in rights else 0,
        format_func=lambda name: _label(name, others.get(name)),
        key=f"right {customer_id} {first}",
    )
    _picture(connection, explain_pair(connection, first, second))


def _suggested(connection: duckdb.DuckDBPyConnection, customer_id: str, own: list[str], questions: list[Row]) -> tuple[str, str | None]:
    """The two that are shown first: the heaviest pair of the customer, else the first question about it, else any two."""
    for row in (*pairs_within(connection, customer_id)[:1], *questions[:1]):
        left, right = _name(row, "left"), _name(row, "right")
        return (left, right) if left in own else (right, left)
    return own[0], None


def _picture(connection: duckdb.DuckDBPyConnection, found: PairExplained) -> None:
    if found.pair:
        st.image(waterfall(found), width="stretch")
    elif found.chain:
        lines(["They are one customer by way of other records:"])
        for link in found.chain:
            st.image(waterfall(explain_pair(connection, _name(link, "left"), _name(link, "right"))), width="stretch")
    else:
        lines(unpaired(found))


def _name(row: Row, end: str) -> str:
    return f"{row[f'{end}_source']}:{row[f'{end}_record_id']}"


def _label(name: str, question: Row | None) -> str:
    """Of a record of another customer also which, and that it is asked."""
    return f"{name} (is it {question['other_customer_name'] or question['other_customer_id']}? 待判断)" if question else name
