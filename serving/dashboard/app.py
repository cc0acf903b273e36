"""The page: what was published, and a tab for each kind of reader: figures, ownership, what waits for a decision, territories.

Here: opening the copy, the tabs, and what is said when there is nothing to show. Not here: what stands in a tab (the modules beside this
one), any access to the work file.

The folder of the published copy comes from the environment variable BAILIWICK_PUBLISHED. The copy is opened anew for
every view and closed again, so that a new publication shows with the next click. Only the tab that is looked at asks anything.
"""

import datetime as dt
import os
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
import streamlit as st

from ingest.errors import BailiwickError
from serving import questions
from serving.dashboard import kpi, ownership, territories, to_decide
from serving.dashboard.layout import SHOWN, table
from serving.explain import TABLES_EXPLAINED
from serving.ownership import TABLES_OWNED
from serving.questions_to_decide import TABLES_TO_DECIDE

ENVIRONMENT = "BAILIWICK_PUBLISHED"
# What the copy must hold for the page. No docstring below a name in this file: Streamlit would print it (2026-11-23).
TABLES_SHOWN = tuple(dict.fromkeys((*TABLES_OWNED, *TABLES_EXPLAINED, *TABLES_TO_DECIDE)))
TABS = ("KPI 业绩", "Ownership 归属", "To decide 待处理", "Territories 区域")


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
        with closing(questions.open_published(Path(folder), tables=TABLES_SHOWN)) as connection:
            _draw(connection)
    except BailiwickError as error:
        first, *rest = str(error).splitlines()
        st.error(first.partition(": ")[2])
        st.info("\n\n".join(line.strip() for line in rest))
    except (duckdb.BinderException, duckdb.CatalogException) as error:  # the tables are there, with other columns
        st.error(f"The published copy was made by another version. {str(error).splitlines()[0]}")
        st.info("Run `bailiwick refresh` with this version, then look again.")


def _draw(connection: duckdb.DuckDBPyConnection) -> None:
    today = _publication(connection)
    first, second, third, fourth = st.tabs(TABS, key="tab", on_change="rerun")
    if first.open:
        with first:
            kpi.draw(connection)
    if second.open:
        with second:
            ownership.draw(connection, today)
    if third.open:
        with third:
            to_decide.draw(connection)
    if fourth.open:
        with fourth:
            territories.draw(connection)


def _publication(connection: duckdb.DuckDBPyConnection) -> dt.date:
    """What was published last; its day."""
    st.header("Last publication 最近发布")
    last = questions.last_publication(connection).iloc[0]
    figures = {
        "As of 数据日期": f"{last['as_of_date']:%Y-%m-%d}",
        "Customers 客户": f"{last['customer_count']:,}",
        "Files loaded 已载入文件": f"{last['loaded_file_count']:,}",
        "Files refused 拒收文件": f"{last['refused_file_count']:,}",
        "Rows quarantined 隔离": f"{last['quarantined_count']:,}",
    }
    for column, (label, value) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, value)
    checks = "" if pd.isna(last["checks_passed"]) else f" · {last['checks_passed']:,.0f} checks passed"
    st.caption(f"Run `{last['run_id']}` · finished {last['finished_at']:%Y-%m-%d %H:%M} UTC{checks}")
    if last["refused_file_count"]:
        with st.expander("Which files were refused, and why 拒收原因"):
            files = questions.refused_files(connection)
            table(files.head(SHOWN), total=len(files))
    if last["quarantined_count"]:
        with st.expander("Which rows were quarantined, and why 隔离原因"):
            table(questions.quarantined_rows(connection))
    return last["as_of_date"].date()


if __name__ == "__main__":
    main()
