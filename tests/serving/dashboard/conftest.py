"""A published copy with everything that the page shows, and the page on it, opened at a tab."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import serving.dashboard
from serving import questions
from serving.publish import publish

PAGE = Path(serving.dashboard.__file__).parent / "app.py"
SHOWN = (Path(__file__).parents[2] / "cases" / "shown_marts.sql").read_text(encoding="utf-8")


@pytest.fixture
def shown(home, sql) -> Path:
    """The home of tests/serving/conftest.py with the marts of tests/cases/shown_marts.sql, not yet published."""
    sql(home / "warehouse.duckdb", SHOWN)
    return home


@pytest.fixture
def publish_shown(shown, keys, run_row, monkeypatch) -> Callable[[], Path]:
    """Publish that home, and let the page read the copy."""

    def publish_now(run_id: str = "run-1") -> Path:
        publish(shown / "warehouse.duckdb", shown / "published", run=run_row(run_id, checks_passed=12), keys=keys)
        monkeypatch.setenv("BAILIWICK_PUBLISHED", str(shown / "published"))
        return shown / "published"

    return publish_now


@pytest.fixture
def page_file() -> Path:
    """The page that Streamlit runs."""
    return PAGE


@pytest.fixture
def open_page(publish_shown) -> Callable[..., AppTest]:
    """The page on that copy, at one of its tabs, with what a reader has typed: widget keys and values."""

    def open_now(tab: str = "KPI 业绩", **typed: object) -> AppTest:
        publish_shown()
        page = AppTest.from_file(str(PAGE), default_timeout=60)
        page.session_state["tab"] = tab
        for key, value in typed.items():
            page.session_state[key] = value
        page.run()
        assert not page.exception
        return page

    return open_now


@pytest.fixture
def asked(shown) -> Callable[[str], list[tuple]]:
    """The rows of a query of the test's own on the published copy."""

    def ask(query: str) -> list[tuple]:
        with closing(questions.open_published(shown / "published")) as connection:
            return connection.execute(query).fetchall()

    return ask


@pytest.fixture
def metrics() -> Callable[[AppTest], dict[str, str]]:
    """The page's figures by their labels."""
    return lambda page: {metric.label: metric.value for metric in page.metric}


@pytest.fixture
def frame_with() -> Callable:
    """The table of the page that has a column, and the columns that it has beside it."""
    return lambda page, *columns: next(frame.value for frame in page.dataframe if set(columns) <= set(frame.value))
