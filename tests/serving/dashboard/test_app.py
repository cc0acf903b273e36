"""serving/dashboard/app.py: the state of the publication, the tabs, and what is said when there is nothing to show."""

import json
import re
import tomllib

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from serving.dashboard.app import TABS
from serving.dashboard.to_decide import SUBJECTS
from serving.publish import publish


def test_the_page_opens_with_the_state_of_the_last_publication(open_page, metrics):
    page = open_page()
    assert metrics(page)["As of 数据日期"] == "2026-11-21"
    counts = [metrics(page)[label] for label in ("Files loaded 已载入文件", "Files refused 拒收文件", "Rows quarantined 隔离")]
    assert counts == ["1", "1", "1"]
    assert any(
        "run-1` · finished 2026-11-22 01:00 UTC" in caption.value and "12 checks passed" in caption.value for caption in page.caption
    )


@pytest.mark.parametrize(
    ("tab", "header"),
    [
        ("KPI 业绩", "KPI by territory and month 区域业绩"),
        ("Ownership 归属", "Who owns what 归属"),
        ("To decide 待处理", "To decide 待处理"),
        ("Territories 区域", "Territories 区域"),
    ],
)
def test_every_tab_has_its_heading_with_the_word_of_the_trade_and_only_the_open_one_is_drawn(open_page, tab, header):
    assert tab in TABS
    assert [found.value for found in open_page(tab).header] == ["Last publication 最近发布", header]


@pytest.mark.parametrize("tab", [*TABS, *SUBJECTS])
def test_every_column_of_every_table_has_a_heading_in_both_languages(open_page, tab):
    page = open_page("To decide 待处理", subject=tab) if tab in SUBJECTS else open_page(tab, search="C2")
    assert len(page.dataframe) >= 2
    for frame in page.dataframe:
        configured = json.loads(frame.proto.columns)
        headings = {name: configured.get(name, {}).get("label") or name for name in frame.value}
        assert [name for name, heading in headings.items() if not re.search("[A-Z].*[\u4e00-\u9fff]", heading)] == []


@pytest.mark.parametrize("tab", TABS)
def test_nothing_but_the_page_is_printed(open_page, tab):
    assert not open_page(tab, search="aurora").markdown, "Streamlit prints what stands alone on a line of app.py"


def test_what_was_typed_is_still_there_when_the_reader_comes_back_to_a_tab(open_page):
    page = open_page("Ownership 归属")
    page.text_input(key="search").set_value("a").run()
    page.selectbox(key="customer").set_value("C2").run()
    for tab in ("To decide 待处理", "Ownership 归属"):
        page.session_state["tab"] = tab
        page.run()
        assert not page.exception
    assert page.text_input(key="search").value == "a"
    assert page.selectbox(key="customer").value == "C2"


def test_a_new_publication_shows_with_the_next_click(open_page, publish_shown, shown, sql, metrics):
    page = open_page()
    sql(shown / "warehouse.duckdb", "delete from marts.dim_customers where customer_id = 'C3'")
    publish_shown("run-2")
    assert metrics(page)["Customers 客户"] == "3"
    page.run()
    assert not page.exception
    assert metrics(page)["Customers 客户"] == "2"


@pytest.mark.parametrize("is_set", [True, False])
def test_without_a_published_copy_the_page_says_what_to_do_next(page_file, tmp_path, monkeypatch, is_set):
    monkeypatch.delenv("BAILIWICK_PUBLISHED", raising=False)
    if is_set:
        monkeypatch.setenv("BAILIWICK_PUBLISHED", str(tmp_path / "published"))
    page = AppTest.from_file(str(page_file), default_timeout=60).run()
    assert not page.exception
    assert len(page.error) == 1
    assert any("make d" in info.value for info in page.info)


def _said(page_file, published, monkeypatch, tab="KPI 业绩", **typed) -> str:
    monkeypatch.setenv("BAILIWICK_PUBLISHED", str(published))
    page = AppTest.from_file(str(page_file), default_timeout=60)
    for key, value in ({"tab": tab} | typed).items():
        page.session_state[key] = value
    page.run()
    assert not page.exception
    assert len(page.error) == 1
    assert "bailiwick refresh" in page.info[0].value
    return page.error[0].value


def test_a_copy_of_another_version_that_lacks_tables_is_named_in_a_sentence(page_file, home, keys, run_row, monkeypatch):
    publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    assert "has no customer_id_redirects, fct_ownership_events" in _said(page_file, home / "published", monkeypatch)


def test_a_copy_of_another_version_that_lacks_columns_is_named_in_a_sentence(page_file, shown, publish_shown, sql, monkeypatch):
    sql(shown / "warehouse.duckdb", "alter table marts.fct_public_pool drop column due_date")
    said = _said(page_file, publish_shown(), monkeypatch, "To decide 待处理", subject="pool")
    assert said.startswith("The published copy was made by another version.")
    assert "due_date" in said


@pytest.mark.parametrize("content", [b"", b"this is no database" * 1000])
def test_a_file_that_is_no_database_is_named_in_a_sentence(page_file, tmp_path, monkeypatch, content):
    (tmp_path / "marts.duckdb").write_bytes(content)
    monkeypatch.setenv("BAILIWICK_PUBLISHED", str(tmp_path))
    page = AppTest.from_file(str(page_file), default_timeout=60).run()
    assert not page.exception
    assert len(page.error) == 1


def test_a_copy_without_any_row_is_named_in_a_sentence(page_file, publish_shown, monkeypatch):
    published = publish_shown()
    connection = duckdb.connect(str(published / "marts.duckdb"))
    for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall():
        connection.execute(f"delete from {name}")
    connection.close()
    assert _said(page_file, published, monkeypatch) == "the published copy names no run, so nothing says which day it describes."


@pytest.mark.parametrize("tab", TABS)
def test_a_company_without_customers_has_a_page(open_page, shown, sql, tab):
    with duckdb.connect(str(shown / "warehouse.duckdb")) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()]
    sql(shown / "warehouse.duckdb", ";".join(f"delete from marts.{name}" for name in names))
    page = open_page(tab, search="aurora")
    assert not page.error
    assert len(page.info) == 1


def test_the_page_is_served_to_this_machine_only_and_reports_nothing(page_file):
    settings = tomllib.loads((page_file.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "localhost"
    assert settings["browser"]["gatherUsageStats"] is False
