"""serving/dashboard/ownership.py: who had a customer on a day, as known on a day, by what it is proven, and which rules spoke."""

import datetime as dt
import re

import pytest

import serving.dashboard.ownership

TAB = "Ownership 归属"
ON, KNOWN_ON = "on 2026-11-21", "known on 2026-11-21"


def _texts(page) -> str:
    return "\n".join(text.value for text in page.text)


def _periods(page, role: str):
    """The table of owners (role 0) or of territories (role 1)."""
    return [frame.value for frame in page.dataframe if "row_hash" in frame.value][role]


def test_a_customer_shows_territory_owner_and_what_proves_them(open_page, metrics):
    page = open_page(TAB, search="aurora")
    assert (metrics(page)["Territory 区域"], metrics(page)["Owner 归属人"]) == ("West", "Ann Example")
    said = _texts(page)
    assert "owned by Ann Example (R1), since 2026-11-20: its owner changed, in the CRM's words: reassigned *today*, done by Kim" in said
    assert "rule P1, rule sheets of version v1234567890a" in said
    assert "record crm 0011; proven by row 4 of crm/2026-11-21/a.csv" in said
    assert "known since the export of 2026-11-20, recorded on 2026-11-21: event 2, hash hash2" in said


def test_both_days_are_the_publications_until_a_reader_chooses_others(open_page):
    page = open_page(TAB, search="aurora")
    assert (page.date_input(key=ON).value, page.date_input(key=KNOWN_ON).value) == (dt.date(2026, 11, 21), dt.date(2026, 11, 21))


def test_the_owner_is_that_of_the_day_asked_about(open_page, metrics):
    page = open_page(TAB, search="aurora")
    page.date_input(key=ON).set_value(dt.date(2026, 11, 5)).run()
    assert not page.exception
    assert (metrics(page)["Territory 区域"], metrics(page)["Owner 归属人"]) == ("Unassigned", "王小明")
    page.date_input(key=ON).set_value(dt.date(2020, 1, 1)).run()
    assert metrics(page)["Owner 归属人"] == "Not in the record 无记录"
    assert "the record says nothing of 2020-01-01. It begins on 2026-11-01." in _texts(page)


def test_what_was_not_known_on_a_day_does_not_count_and_what_came_late_is_said(open_page, metrics):
    page = open_page(TAB, search="aurora")
    page.date_input(key=KNOWN_ON).set_value(dt.date(2026, 11, 19)).run()
    assert metrics(page)["Owner 归属人"] == "王小明"
    assert not page.warning, "neither late, nor is today's dispute one of that day"
    page.date_input(key=KNOWN_ON).set_value(dt.date(2026, 11, 20)).run()
    assert metrics(page)["Owner 归属人"] == "Ann Example"
    (warning,) = page.warning
    assert warning.value.replace("\\", "") == (
        "Not in the record on 2026-11-20: Ann Example (R1) since 2026-11-20. It was recorded on 2026-11-21, since its file came late."
    )


def test_a_dispute_is_said_with_the_rule_that_decided_it(open_page):
    (warning,) = open_page(TAB, search="aurora").warning
    assert warning.value.replace("\\", "") == "claimed by R1, R2. Rule P1 (first touch): R1 came first."


def test_every_period_comes_with_cause_rule_version_actor_file_and_row_as_the_record_has_them(open_page, asked):
    page = open_page(TAB, search="aurora")
    columns = ["valid_from", "holder", "cause", "rule_id", "actor", "source", "record_id", "file", "evidence_row", "sequence", "row_hash"]
    shown = _periods(page, 0)[columns].astype(object)
    shown["valid_from"] = [day.date() for day in shown["valid_from"]]
    recorded = asked("""
        select happened_on, rep_name || ' (' || to_id || ')', cause, rule_id, actor, source, record_id, 'crm/2026-11-21/a.csv',
            evidence_row, sequence, row_hash
        from fct_ownership_events join dim_reps on rep_id = to_id
        where customer_id = 'C1' and role = 'owner' order by happened_on desc
    """)
    assert [tuple(row) for row in shown.where(shown.notna(), None).itertuples(index=False)] == recorded
    assert _periods(page, 1)["holder"].tolist() == ["West (WEST)", "Unassigned (UNASSIGNED)"]
    assert set(_periods(page, 1)["rules_version"]) == {"v1234567890abcdef"}


def test_the_rules_that_matched_on_the_day_are_told_with_why_the_others_lost(open_page, frame_with):
    page = open_page(TAB, search="aurora")
    assert "Rule T-1 (1 dimension: country US) beat 1 other: T-9 has a higher priority number." in _texts(page)
    rules = frame_with(page, "candidate_reason")
    assert rules[["rule_id", "is_winner"]].values.tolist() == [["T-1", True], ["T-9", False]]
    assert rules["candidate_reason"].iloc[1] == "Lost to T-1: T-9 has a higher priority number."
    page.date_input(key=ON).set_value(dt.date(2026, 11, 5)).run()
    assert any("No territory rule matched it on 2026-11-05" in info.value for info in page.info)


def test_the_records_behind_a_customer_are_listed(open_page, frame_with, asked):
    page = open_page(TAB, search="C2")
    records = frame_with(page, "match_reason")
    assert list(zip(records["source"], records["record_id"], strict=True)) == asked(
        "select source, record_id from bridge_customer_records where customer_id = 'C2' and valid_to is null order by source, record_id"
    )


def test_a_customer_in_the_public_pool_is_shown_as_such(open_page, metrics):
    page = open_page(TAB, search="100% cotton")
    assert metrics(page)["Owner 归属人"] == "Public pool 公海"
    assert "in the public pool (公海), since 2026-11-01: nobody was ever seen to own it" in _texts(page)


def test_a_search_without_a_hit_says_so(open_page):
    assert any("No customer has this name or id" in info.value for info in open_page(TAB, search="nobody at all").info)


@pytest.mark.parametrize("text", ["'; drop table dim_customers; --", "%", "crm:", ":", "\x00", "C" * 10_000, "[x](http://example.com)"])
def test_an_odd_text_finds_who_bears_it_or_nobody(open_page, text):
    page = open_page(TAB, search=text)
    assert not page.error


def test_a_retired_id_leads_to_its_heir_and_says_so(open_page, metrics):
    page = open_page(TAB, search="cx1")
    assert (
        page.info[0]
        .value.replace("\\", "")
        .startswith("CX1 was retired on 2026-11-15 (merged) and leads here. Its record crm 0012 is now one with crm 0011.")
    )
    assert page.selectbox(key="customer").value == "C1"
    assert metrics(page)["Owner 归属人"] == "Ann Example"


def test_a_retired_id_answers_for_itself_while_it_was_in_use(open_page, metrics):
    page = open_page(TAB, search="CX1")
    page.date_input(key=KNOWN_ON).set_value(dt.date(2026, 11, 9)).run()
    assert not page.exception
    assert metrics(page)["Owner 归属人"] == "王小明"
    assert any("CX1 was still in use by what was known on 2026-11-09" in info.value.replace("\\", "") for info in page.info)


def test_another_search_forgets_the_customer_of_the_last_one(open_page, metrics):
    page = open_page(TAB, search="a")
    assert page.selectbox(key="customer").options[0].startswith("Aurora Trading Ltd (C1)")
    page.selectbox(key="customer").set_value("C2").run()
    assert metrics(page)["Owner 归属人"] == "王小明"
    page.text_input(key="search").set_value("cotton").run()
    assert not page.exception
    assert page.selectbox(key="customer").value == "C3"


def test_what_a_crm_wrote_does_not_become_markup(open_page, shown, sql):
    evil = "![x](http://example.com/p.png) <b>:red[y]</b> $z$"
    sql(shown / "warehouse.duckdb", f"update marts.fct_ownership_conflicts set decision_reason = '{evil}' where customer_id = 'C1'")
    (warning,) = open_page(TAB, search="aurora").warning
    assert re.search(r"(?<!\\)[\[\]()<>:$!]", warning.value) is None, "a sign that Markdown acts on stands without a backslash"
    assert evil in warning.value.replace("\\", "")


def test_a_search_that_finds_more_than_are_listed_says_so(open_page, monkeypatch):
    monkeypatch.setattr(serving.dashboard.ownership, "FOUND", 1)
    chosen = open_page(TAB, search="a").selectbox(key="customer")
    assert len(chosen.options) == 1
    assert chosen.label.startswith("The first 1 of more: type more of the name")
