"""The tab of figures: how territories do, month by month, on either basis."""

import duckdb
import plotly.graph_objects as go
import streamlit as st

from serving import questions
from serving.dashboard.layout import table

# 2026-11-21: more than eight colours in one chart cannot be told apart; the rest is summed.
LARGEST_SHOWN = 8
BASES = {
    "as_sold": "As sold: each deal counts for the territory of its day",
    "as_of_today": "As of today: each deal counts for the territory its customer is in now",
}


def draw(connection: duckdb.DuckDBPyConnection) -> None:
    """A chart and tables of the months that the reader chooses."""
    st.header("KPI by territory and month 区域业绩")
    months = questions.kpi_months(connection)
    if not months:
        st.info("There are no months yet: company.toml decides the first day that figures are made for.")
        return
    left, right = st.columns(2)
    basis = left.radio("Basis 口径", list(BASES), format_func=BASES.__getitem__, key="basis", persist_state="session")
    first, last = right.select_slider(
        "Months 月份", months, value=(months[max(0, len(months) - 12)], months[-1]), format_func=lambda m: f"{m:%Y-%m}", key="span"
    ) if len(months) > 1 else (months[0], months[0])  # fmt: skip
    by_month = questions.kpi_by_month(connection, basis=basis, first=first, last=last)
    figure = go.Figure()
    for name, rows in questions.largest_and_rest(by_month, largest=LARGEST_SHOWN).groupby("territory_name", sort=False):
        figure.add_bar(x=rows["month"], y=rows["won_amount"], name=str(name))
    figure.update_layout(
        barmode="stack", height=360, margin={"l": 10, "r": 10, "t": 30, "b": 10},
        title="Won amount by month, home currency 赢单金额", xaxis={"tickformat": "%Y-%m", "dtick": "M1"},
    )  # fmt: skip
    st.plotly_chart(figure, width="stretch", key="won_amount_chart")
    st.subheader("The whole span 整个期间")
    table(questions.kpi_totals(connection, basis=basis, first=first, last=last))
    st.caption("Win ratio: won / (won + lost). Attainment: won amount against quota, in months that have one.")
    with st.expander("Month by month 逐月"):
        table(by_month)
