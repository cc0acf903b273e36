"""The tab of territories: how customers are spread over them, and who is in one of them."""

import duckdb
import streamlit as st

from serving import questions
from serving.dashboard.layout import SHOWN, table, territory_choice


def draw(connection: duckdb.DuckDBPyConnection) -> None:
    """The territories in force, and the customers of the one that the reader chooses."""
    st.header("Territories 区域")
    listed = questions.territories(connection)
    unassigned = listed.loc[listed["territory_id"] == "UNASSIGNED", "customer_ratio"].dropna()
    left, right = st.columns(2)
    left.metric("Share of customers UNASSIGNED 未分配", f"{unassigned.iloc[0]:.1%}" if len(unassigned) else "no customers")
    right.metric("Territories 区域数", f"{(listed['territory_id'] != 'UNASSIGNED').sum():,}")
    table(listed)
    st.subheader("Customers of a territory 区域客户")
    if listed.empty:
        st.info("There is no territory yet: write rules/territories.csv and run `bailiwick refresh`.")
        return
    territory_id = territory_choice(listed, "Territory, with those below it 区域（含下级）", key="territory")
    found = questions.customers_of_territory(connection, territory_id, limit=SHOWN)
    st.metric("Customers 客户", f"{found.total:,}")
    if found.total:
        table(found.rows, total=found.total)
