"""The tab of what waits for somebody to decide: six subjects with their counts, and the rows of the one that the reader chooses."""

import duckdb
import streamlit as st

from serving import questions
from serving.dashboard.layout import SHOWN, table, territory_choice
from serving.questions_to_decide import waiting, waiting_counts

SUBJECTS = {
    "conflicts": ("Conflicts 撞单", "Customers that several people claim today, and whose claim counts."),
    "drift": ("Drift 归属漂移", "What CRMs or owners hold against the territory rules."),
    "rule_issues": ("Rule issues 规则体检", "Territory rules that match nobody, never decide, tie, lead to nobody or leave a gap."),
    "handovers": ("Hand-overs 交接", "What people who left still have, and who should have it; longest without anybody first."),
    "pool": ("Pool warnings 公海预警", "Owned customers that a rule of the pool takes, or should have taken; by the day."),
    "match_questions": ("Match questions 查重", "Customers that may be one. The answer is a row in judgements.csv; most valuable first."),
}


def draw(connection: duckdb.DuckDBPyConnection) -> None:
    """Counts of all subjects, and the rows of one."""
    st.header("To decide 待处理")
    territory_id = territory_choice(
        questions.territories(connection),
        "Territory, with those below it 区域（含下级）",
        key="decide_territory",
        everywhere="All territories 全部区域",
    )
    counts = waiting_counts(connection, territory_id=territory_id)
    for column, (name, (label, _)) in zip(st.columns(len(SUBJECTS)), SUBJECTS.items(), strict=True):
        column.metric(label, f"{counts[name]:,}")
    if territory_id is not None:
        st.caption("What belongs to no known customer, and so to no territory, stands under all territories only.")
    name = st.radio(
        "Show 显示", list(SUBJECTS), format_func=lambda value: SUBJECTS[value][0], horizontal=True, key="subject", persist_state="session"
    )
    st.caption(SUBJECTS[name][1])
    if not counts[name]:
        st.info("Nothing waits here 无待处理事项.")
        return
    found = waiting(connection, name, territory_id=territory_id, limit=SHOWN)
    table(found.rows, total=found.total)
