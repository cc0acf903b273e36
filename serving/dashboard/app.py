"""The page: what was published, how territories do, who owns what, how customers are spread.

Here: drawing the answers of serving/questions.py. Not here: any figure of its own, any access to the work file.

The folder of the published copy comes from the environment variable BAILIWICK_PUBLISHED. The copy is opened anew for
every view and closed again, so that a new publication shows with the next click.
"""

import os
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ingest.errors import BailiwickError
from serving import questions

ENVIRONMENT = "BAILIWICK_PUBLISHED"
# 2026-11-21: more than eight colours in one chart cannot be told apart; the rest is summed.
LARGEST_SHOWN = 8
BASES = {
    "as_sold": "As sold: each deal counts for the territory of its day",
    "as_of_today": "As of today: each deal counts for the territory its customer is in now",
}
PERCENT = st.column_config.NumberColumn(format="percent")
LOCAL_NUMBER = st.column_config.NumberColumn(format="localized")
DAY = st.column_config.DateColumn(format="YYYY-MM-DD")


def main() -> None:
    """Draw the page, or say why it cannot be drawn and what to do."""
    st.set_page_config(page_title="Bailiwick", layout="wide")
    st.title("Bailiwick")
    folder = os.environ.get(ENVIRONMENT, "")
    if not folder:
        st.error(f"The environment variable {ENVIRONMENT} is not set, so the page does not know which copy to show.")
        st.info("Start it with `make dashboard`, or set the variable to the folder published/ of a company home.")
        return
    try:
        connection = questions.open_published(Path(folder))
    except BailiwickError as error:
        first, *rest = str(error).splitlines()
        st.error(first.partition(": ")[2])
        st.info("\n\n".join(line.strip() for line in rest))
        return
    with closing(connection):
        _publication(connection)
        kpi, ownership, territories = st.tabs(["KPI 业绩", "Ownership 归属", "Territories 区域"])
        with kpi:
            _kpi(connection)
        with ownership:
            _ownership(connection)
        with territories:
            _territories(connection)


def _publication(connection: duckdb.DuckDBPyConnection) -> None:
    st.header("Last publication 最近发布")
    last = questions.last_publication(connection).iloc[0]
    figures = {
        "As of 数据日期": f"{last['as_of_date']:%Y-%m-%d}",
        "Customers 客户": f"{last['customer_count']:,}",
        "Files loaded": f"{last['loaded_file_count']:,}",
        "Files refused": f"{last['refused_file_count']:,}",
        "Rows quarantined 隔离": f"{last['quarantined_count']:,}",
    }
    for column, (label, value) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, value)
    checks = "" if pd.isna(last["checks_passed"]) else f" · {last['checks_passed']:,.0f} checks passed"
    st.caption(f"Run `{last['run_id']}` · finished {last['finished_at']:%Y-%m-%d %H:%M} UTC{checks}")
    if last["refused_file_count"]:
        with st.expander("Which files were refused, and why"):
            _table(questions.refused_files(connection), as_of_date=DAY)
    if last["quarantined_count"]:
        with st.expander("Which rows were quarantined, and why"):
            _table(questions.quarantined_rows(connection), newest_day=DAY)


def _kpi(connection: duckdb.DuckDBPyConnection) -> None:
    st.header("KPI by territory and month 区域业绩")
    months = questions.kpi_months(connection)
    if not months:
        st.info("There are no months yet: company.toml decides the first day that figures are made for.")
        return
    left, right = st.columns(2)
    basis = left.radio("Basis 口径", list(BASES), format_func=BASES.__getitem__, key="basis")
    first, last = right.select_slider(
        "Months", months, value=(months[max(0, len(months) - 12)], months[-1]), format_func=lambda m: f"{m:%Y-%m}", key="span"
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
    st.subheader("The whole span")
    _table(questions.kpi_totals(connection, basis=basis, first=first, last=last), **_KPI_COLUMNS)
    st.caption("Win ratio: won / (won + lost). Attainment: won amount against quota, in months that have one.")
    with st.expander("Month by month"):
        _table(by_month, month=st.column_config.DateColumn(format="YYYY-MM"), **_KPI_COLUMNS)


_KPI_COLUMNS = {"won_amount": LOCAL_NUMBER, "quota_amount": LOCAL_NUMBER, "win_ratio": PERCENT, "attainment_ratio": PERCENT}


def _ownership(connection: duckdb.DuckDBPyConnection) -> None:
    st.header("Who owns what 归属")
    text = st.text_input("Customer 客户: part of the name, customer id, credit code or record id", key="search")
    if not text.strip():
        st.caption("Type at least one character.")
        return
    found = questions.find_customers(connection, text)
    if found.empty:
        st.info("No customer has this name or id. Try a shorter part of the name.")
        return
    labels = {row["customer_id"]: f"{row['customer_name']} ({row['customer_id']})" for row in found.to_dict(orient="records")}
    customer_id = st.selectbox(f"{len(found)} found", list(labels), format_func=labels.__getitem__, key="customer")
    today = questions.customer_today(connection, customer_id).iloc[0]
    territory, owner = st.columns(2)
    territory.metric("Territory 区域", _text(today["territory_name"], today["territory_id"], "none"))
    territory.text(_text(today["assignment_reason"], "No assignment on this day."))
    territory.caption(f"Rule {_text(today['rule_id'], 'none')} · since {_day(today['territory_since'])}")
    is_in_pool = not pd.isna(today["is_in_pool"]) and bool(today["is_in_pool"])
    owner.metric("Owner 归属人", "Public pool 公海" if is_in_pool else _text(today["owner_name"], "unknown"))
    owner.caption(f"{_text(today['cause'], 'no period')} · since {_day(today['owner_since'])}")
    st.subheader("Records behind it 来源记录")
    _table(questions.records_behind(connection, customer_id), valid_from=DAY, valid_to=DAY)
    st.subheader("Owners over time 归属历史")
    _table(questions.ownership_history(connection, customer_id), valid_from=DAY, valid_to=DAY)
    st.subheader("Territories over time 区域历史")
    _table(questions.territory_history(connection, customer_id), valid_from=DAY, valid_to=DAY)


def _territories(connection: duckdb.DuckDBPyConnection) -> None:
    st.header("Territories 区域")
    listed = questions.territories(connection)
    unassigned = listed.loc[listed["territory_id"] == "UNASSIGNED", "customer_ratio"].dropna()
    left, right = st.columns(2)
    left.metric("Share of customers UNASSIGNED 未分配", f"{unassigned.iloc[0]:.1%}" if len(unassigned) else "no customers")
    right.metric("Territories", f"{(listed['territory_id'] != 'UNASSIGNED').sum():,}")
    _table(listed, customer_ratio=PERCENT)


def _table(frame: pd.DataFrame, **columns: object) -> None:
    st.dataframe(frame, width="stretch", hide_index=True, column_config={k: v for k, v in columns.items() if k in frame})


def _text(*candidates: object) -> str:
    """The first candidate that is not null."""
    return str(next(value for value in candidates if not pd.isna(value)))


def _day(value: object) -> str:
    return "ever" if pd.isna(value) else f"{value:%Y-%m-%d}"


if __name__ == "__main__":
    main()
