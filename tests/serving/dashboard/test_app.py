import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import serving.dashboard
from serving.publish import publish

PAGE = Path(serving.dashboard.__file__).parent / "app.py"


@pytest.fixture
def page(home, keys, run_row, monkeypatch):
    publish(home / "warehouse.duckdb", home / "published", run=run_row(checks_passed=12), keys=keys)
    monkeypatch.setenv("BAILIWICK_PUBLISHED", str(home / "published"))
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


def _metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_the_page_opens_with_the_state_of_the_last_publication(page):
    assert not page.exception
    metrics = _metrics(page)
    assert metrics["As of 数据日期"] == "2026-11-21"
    assert (metrics["Files loaded"], metrics["Files refused"], metrics["Rows quarantined 隔离"]) == ("1", "1", "1")
    assert any(
        "run-1` · finished 2026-11-22 01:00 UTC" in caption.value and "12 checks passed" in caption.value for caption in page.caption
    )


def test_every_section_has_its_heading_with_the_word_of_the_trade(page):
    assert [header.value for header in page.header] == [
        "Last publication 最近发布", "KPI by territory and month 区域业绩", "Who owns what 归属", "Territories 区域",
    ]  # fmt: skip


def test_the_share_of_unassigned_customers_is_shown(page):
    assert _metrics(page)["Share of customers UNASSIGNED 未分配"] == "33.3%"


def test_choosing_the_basis_changes_the_figures(page):
    def west() -> float:
        totals = next(frame.value for frame in page.dataframe if "attainment_ratio" in frame.value and "month" not in frame.value)
        return totals.set_index("territory_id").loc["WEST", "won_amount"]

    assert west() == 400.25
    page.radio(key="basis").set_value("as_of_today").run()
    assert not page.exception
    assert west() == 350.0


def test_searching_a_customer_shows_territory_rule_reason_owner_and_records(page):
    page.text_input(key="search").set_value("aurora").run()
    assert not page.exception
    metrics = _metrics(page)
    assert (metrics["Territory 区域"], metrics["Owner 归属人"]) == ("West", "Ann Example")
    assert any(text.value.startswith("Rule T-1 (1 dimension") for text in page.text)
    records = next(frame.value for frame in page.dataframe if "match_reason" in frame.value)
    assert records["record_id"].tolist() == ["0011", "0012"]


def test_a_customer_in_the_public_pool_is_shown_as_such(page):
    page.text_input(key="search").set_value("100% cotton").run()
    assert not page.exception
    assert _metrics(page)["Owner 归属人"] == "Public pool 公海"


def test_a_search_without_a_hit_says_so(page):
    page.text_input(key="search").set_value("nobody at all").run()
    assert not page.exception
    assert any("No customer has this name or id" in info.value for info in page.info)


def test_a_new_publication_shows_with_the_next_click(page, home, keys, run_row, sql):
    sql(home / "warehouse.duckdb", "delete from marts.dim_customers where customer_id = 'C3'")
    publish(home / "warehouse.duckdb", home / "published", run=run_row("run-2"), keys=keys)
    assert _metrics(page)["Customers 客户"] == "3"
    page.run()
    assert not page.exception
    assert _metrics(page)["Customers 客户"] == "2"


def test_without_months_the_page_says_why_there_are_no_figures(home, keys, run_row, sql, monkeypatch):
    sql(home / "warehouse.duckdb", "delete from marts.kpi_territory_monthly; delete from marts.fct_territory_assignments")
    publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    monkeypatch.setenv("BAILIWICK_PUBLISHED", str(home / "published"))
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not page.exception
    assert any("no months yet" in info.value for info in page.info)
    assert _metrics(page)["Share of customers UNASSIGNED 未分配"] == "no customers"


def test_a_single_month_needs_no_slider(home, keys, run_row, sql, monkeypatch):
    sql(home / "warehouse.duckdb", "delete from marts.kpi_territory_monthly where month < date '2026-11-01'")
    publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    monkeypatch.setenv("BAILIWICK_PUBLISHED", str(home / "published"))
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not page.exception
    assert len(page.select_slider) == 0


@pytest.mark.parametrize("is_set", [True, False])
def test_without_a_published_copy_the_page_says_what_to_do_next(tmp_path, monkeypatch, is_set):
    monkeypatch.delenv("BAILIWICK_PUBLISHED", raising=False)
    if is_set:
        monkeypatch.setenv("BAILIWICK_PUBLISHED", str(tmp_path / "published"))
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not page.exception
    assert len(page.error) == 1
    assert any("make d" in info.value for info in page.info)


def test_the_page_is_served_to_this_machine_only_and_reports_nothing():
    settings = tomllib.loads((PAGE.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "localhost"
    assert settings["browser"]["gatherUsageStats"] is False
