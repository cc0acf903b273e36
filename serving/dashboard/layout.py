"""What the tabs share: tables with headings in two languages, texts that stay texts, the choice of a territory.

Here: nothing that asks the copy. Not here: what a tab shows.
"""

import re
from collections.abc import Iterable

import pandas as pd
import streamlit as st

SHOWN = 200
"""Rows of one table at most: a page is for looking; whoever needs all rows reads the published tables."""

# 2026-11-23: the sentences of the demo company have up to 237 characters. Streamlit 1.67 breaks text into lines in rows of more than 64
# pixels only; three lines of this width hold nearly all, and a click shows the rest.
SENTENCE_WIDTH, SENTENCE_HEIGHT = 480, 66
_DAYS = {
    "as_of_date": "Day 日期",
    "newest_day": "Newest day 最新日期",
    "valid_from": "From 起",
    "valid_to": "Until 止",
    "since_date": "Since 自",
    "territory_since": "Since 自",
    "due_date": "Due 到期",
    "left_on": "Left on 离职日期",
    "known_on": "Known on 知晓时间",
    "recorded_on": "Recorded on 入账日期",
}
_RATIOS = {"win_ratio": "Win ratio 赢单率", "attainment_ratio": "Attainment 完成率", "customer_ratio": "Share 占比"}
_NUMBERS = {
    "won_amount": "Won amount 赢单金额",
    "quota_amount": "Quota 目标",
    "amount": "Amount 金额",
    "customer_count": "Customers 客户数",
    "won_count": "Won 赢单",
    "lost_count": "Lost 输单",
    "days_without": "Days without 空置天数",
    "rows": "Rows 行数",
}
_SENTENCES = {
    "decision_reason": "Decided because 判定理由",
    "detail": "What and what next 说明",
    "proposal_reason": "Proposed because 建议理由",
    "reason": "Reason 理由",
    "evidence": "Evidence 依据",
    "candidate_reason": "Won or lost because 胜负理由",
    "match_reason": "Held together by 合并依据",
    "rule_reason": "Why the rule exists 规则缘由",
    "example": "Example 示例",
}
# Of what is long and seldom read whole the beginning is enough; a click shows the rest.
_CODES = {"rules_version": "Version 规则版本", "row_hash": "Hash 哈希"}
_TEXTS = {
    "customer_name": "Customer 客户",
    "customer_id": "Customer id 客户编号",
    "left_customer_name": "One 客户一",
    "left_customer_id": "Its id 编号一",
    "right_customer_name": "The other 客户二",
    "right_customer_id": "Its id 编号二",
    "left_record": "Its record 记录一",
    "right_record": "Its record 记录二",
    "territory_id": "Territory 区域",
    "territory_name": "Territory name 区域名称",
    "held_territory_id": "In the CRM CRM中的区域",
    "path": "Path 层级路径",
    "level": "Level 层级",
    "record_id": "Record 记录",
    "file": "File 文件",
    "manager_name": "Led by 负责人",
    "country_code": "Country 国家",
    "city_name": "City 城市",
    "owner": "Owner 归属人",
    "owner_rep_id": "Owner 归属人",
    "is_in_pool": "In the pool 公海",
    "claimant_rep_ids": "Claimed by 争议方",
    "proposed_rep_id": "Proposed 建议接手",
    "may_take_rep_ids": "May take it 可领取",
    "rep_id": "Person 人员",
    "holder": "Who or where 归属",
    "cause": "Cause 原因",
    "rule_id": "Rule 规则",
    "other_rule_id": "Other rule 另一规则",
    "pool_rule_id": "Pool rule 公海规则",
    "pool_id": "Pool 公海",
    "actor": "Done by 操作人",
    "source": "Source 来源",
    "evidence_row": "Row 行号",
    "sequence": "Event 事件号",
    "candidate_rank": "Rank 名次",
    "is_winner": "Won 胜出",
    "matched_on": "Matched on 命中条件",
    "drift": "Kind 类型",
    "issue": "Issue 问题",
    "subject": "What 事项",
    "subject_name": "Name 名称",
    "subject_id": "Its id 事项编号",
    "entity": "Entity 对象",
    "reason_code": "Reason code 原因代码",
    "status": "Status 状态",
    "is_manual": "By hand 手工",
    "question_rank": "No. 序号",
    "score": "Probability 概率",
    "currency_code": "Currency 币种",
}
_COLUMNS = {
    **{name: st.column_config.DateColumn(label, format="YYYY-MM-DD") for name, label in _DAYS.items()},
    **{name: st.column_config.NumberColumn(label, format="percent") for name, label in _RATIOS.items()},
    **{name: st.column_config.NumberColumn(label, format="localized") for name, label in _NUMBERS.items()},
    **{name: st.column_config.Column(label, width=SENTENCE_WIDTH) for name, label in _SENTENCES.items()},
    **{name: st.column_config.Column(label, width="small") for name, label in _CODES.items()},
    **{name: st.column_config.Column(label) for name, label in _TEXTS.items()},
    "month": st.column_config.DateColumn("Month 月份", format="YYYY-MM"),
}


def table(frame: pd.DataFrame, *, total: int | None = None) -> None:
    """A frame under its headings; `total`: of how many rows these are the first."""
    st.dataframe(
        frame,
        width="stretch",
        hide_index=True,
        column_config={name: _COLUMNS[name] for name in frame if name in _COLUMNS},
        row_height=SENTENCE_HEIGHT if any(name in _SENTENCES for name in frame) else None,
        placeholder="",
    )
    if total is not None and total > len(frame):
        st.caption(f"The first {len(frame):,} of {total:,} rows 仅显示前 {len(frame):,} 行. The published tables hold all of them.")


def lines(texts: Iterable[str]) -> None:
    """Sentences as they are: names come from CRMs, and nothing in them may become a link, a picture or a colour."""
    st.text("\n".join(texts))


def escaped(text: str) -> str:
    """The text for elements that read Markdown (info, warning, caption), with nothing in it that Markdown would act on."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])", r"\\\1", text)


def territory_choice(listed: pd.DataFrame, label: str, *, key: str, everywhere: str | None = None) -> str | None:
    """The territory that the reader chooses of those in `listed` (territory_id, territory_name); None for `everywhere`, where offered."""
    names = {row["territory_id"]: f"{row['territory_name']} ({row['territory_id']})" for row in listed.to_dict(orient="records")}
    options = [None, *names] if everywhere else list(names)
    return st.selectbox(label, options, format_func=lambda value: names.get(value, everywhere), key=key, persist_state="session")
