import datetime as dt
from contextlib import closing

import duckdb
import pandas as pd
import pytest

from ingest.errors import HomeInvalid
from serving import questions
from serving.publish import publish

OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)


@pytest.fixture
def connection(home, keys, run_row):
    publish(home / "warehouse.duckdb", home / "published", run=run_row(checks_passed=12), keys=keys)
    with closing(questions.open_published(home / "published")) as opened:
        yield opened


def _rows(frame: pd.DataFrame, *columns: str) -> list[tuple]:
    plain = frame[list(columns)].astype(object)
    return [tuple(row) for row in plain.where(plain.notna(), None).itertuples(index=False)]


def test_a_folder_without_a_publication_says_what_to_do_next(tmp_path):
    with pytest.raises(HomeInvalid, match="bailiwick refresh"):
        questions.open_published(tmp_path)


def test_a_copy_that_lacks_a_table_names_it(tmp_path, run_row, sql):
    sql(tmp_path / "w.duckdb", "create schema marts; create table marts.dim_customers(customer_id varchar)")
    publish(tmp_path / "w.duckdb", tmp_path / "published", run=run_row(), keys={})
    with pytest.raises(HomeInvalid, match="has no bridge_customer_records, dim_reps"):
        questions.open_published(tmp_path / "published")


def test_the_published_copy_cannot_be_written_through_the_questions(connection):
    with pytest.raises(Exception, match="read-only"):
        connection.execute("delete from dim_customers")


def test_the_last_publication_is_that_of_the_run_that_finished_last(connection):
    last = questions.last_publication(connection)
    assert _rows(last, "run_id", "checks_passed", "customer_count", "quarantined_count") == [("run-1", 12, 3, 1)]
    assert _rows(last, "loaded_file_count", "refused_file_count") == [(1, 1)]
    assert last["as_of_date"].iloc[0].date() == dt.date(2026, 11, 21)


def test_refused_files_and_quarantined_rows_come_with_their_reason(connection):
    files = questions.refused_files(connection)
    assert _rows(files, "file", "status", "reason") == [("crm/2026-11-21/b.csv", "refused", "The file b.csv has no rows.")]
    rows = questions.quarantined_rows(connection)
    assert _rows(rows, "source", "entity", "reason_code", "rows", "example") == [("crm", "customers", "no_key", 1, "The row has no Id.")]


def test_months_are_listed_oldest_first(connection):
    assert questions.kpi_months(connection) == [OCTOBER, NOVEMBER]


def test_kpis_by_month_keep_the_basis_that_was_asked_for(connection):
    frame = questions.kpi_by_month(connection, basis="as_of_today", first=OCTOBER, last=NOVEMBER)
    assert _rows(frame, "territory_id", "won_count", "won_amount", "win_ratio", "attainment_ratio") == [
        ("WEST", 4, 350.0, pytest.approx(4 / 7), 1.75)
    ]


def test_ratios_are_null_where_the_denominator_is_zero_or_missing(connection):
    frame = questions.kpi_by_month(connection, basis="as_sold", first=OCTOBER, last=OCTOBER)
    assert _rows(frame, "territory_id", "win_ratio", "attainment_ratio") == [
        ("CN", None, None), ("UNASSIGNED", None, None), ("WEST", 0.5, 0.50125),
    ]  # fmt: skip


def test_ratios_over_a_span_are_made_of_the_sums_not_of_the_months_ratios(connection):
    frame = questions.kpi_totals(connection, basis="as_sold", first=OCTOBER, last=NOVEMBER)
    assert _rows(frame, "territory_id", "won_count", "lost_count", "won_amount", "win_ratio", "attainment_ratio") == [
        ("WEST", 4, 1, 400.25, 0.8, pytest.approx(400.25 / 400)),
        ("CN", 1, 3, 50.0, 0.25, 0.5),
        ("UNASSIGNED", 0, 0, 0.0, None, None),
    ]


def test_a_territory_carries_the_name_it_has_on_the_day_of_the_publication(connection):
    frame = questions.kpi_totals(connection, basis="as_sold", first=NOVEMBER, last=NOVEMBER)
    assert dict(_rows(frame, "territory_id", "territory_name"))["CN"] == "Greater China 大中华"


def test_a_chart_shows_the_largest_territories_and_sums_the_rest():
    rows = [(f"T{i}", f"Name {i}", month, float(amount)) for i, amount in enumerate([5, 50, 20, 10]) for month in (OCTOBER, NOVEMBER)]
    by_month = pd.DataFrame(rows, columns=["territory_id", "territory_name", "month", "won_amount"])
    chart = questions.largest_and_rest(by_month, largest=2)
    assert _rows(chart[chart["month"] == OCTOBER], "territory_name", "won_amount") == [
        ("Name 1", 50.0), ("Name 2", 20.0), ("(others)", 15.0),
    ]  # fmt: skip
    assert chart["won_amount"].sum() == by_month["won_amount"].sum()
    assert "(others)" not in set(questions.largest_and_rest(by_month, largest=3)["territory_name"]), "one rest needs no name"


def test_an_empty_span_gives_an_empty_chart(connection):
    by_month = questions.kpi_by_month(connection, basis="as_sold", first=dt.date(2030, 1, 1), last=dt.date(2030, 1, 1))
    assert questions.largest_and_rest(by_month, largest=2).empty


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("aurora", ["C1"]),
        ("海尔", ["C2"]),
        ("HAIER", ["C2"]),
        ("c3", ["C3"]),
        ("91370200000000001a", ["C2"]),
        ("0012", ["C1"]),
        ("K-8", []),
        ("100%", ["C3"]),
        ("n_w", ["C3"]),
        ("%", ["C3"]),
        ("  ", []),
        ("'; drop table dim_customers; --", []),
    ],
)
def test_customers_are_found_by_part_of_the_name_or_by_an_id_and_never_by_a_pattern(connection, text, found):
    assert questions.find_customers(connection, text)["customer_id"].tolist() == found


def test_a_search_stops_at_its_limit(connection):
    assert questions.find_customers(connection, "a", limit=2)["customer_id"].tolist() == ["C1", "C2"]


def test_who_owns_a_customer_today_in_which_territory_and_by_which_rule(connection):
    today = questions.customer_today(connection, "C1")
    assert _rows(today, "territory_id", "territory_name", "rule_id", "owner_rep_id", "owner_name", "cause") == [
        ("WEST", "West", "T-1", "R1", "Ann Example", "owner_changed")
    ]
    assert today["owner_since"].iloc[0].date() == dt.date(2026, 11, 20)
    assert today["assignment_reason"].iloc[0].startswith("Rule T-1")


def test_a_customer_in_the_pool_has_no_owner_and_says_so(connection):
    today = questions.customer_today(connection, "C3")
    assert _rows(today, "territory_id", "owner_name", "is_in_pool") == [("UNASSIGNED", None, True)]


def test_an_unknown_customer_gives_no_row(connection):
    assert questions.customer_today(connection, "C99").empty


def test_territories_count_every_customer_once_and_unassigned_is_one_of_them(connection):
    listed = questions.territories(connection)
    assert _rows(listed, "territory_id", "customer_count", "manager_name") == [
        ("CN", 1, "王小明"), ("UNASSIGNED", 1, None), ("WEST", 1, "Ann Example"),
    ]  # fmt: skip
    assert listed["customer_ratio"].sum() == pytest.approx(1)


def test_the_customers_of_a_territory_are_those_of_it_and_of_what_lies_below_it_today(home, keys, run_row, sql):
    sql(home / "warehouse.duckdb", "update marts.dim_territories set path = 'CN/WEST' where territory_id = 'WEST'")
    publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    with closing(questions.open_published(home / "published")) as connection:
        below = questions.customers_of_territory(connection, "CN", limit=10)
        assert _rows(below.rows, "customer_id", "territory_id", "owner", "rule_id") == [
            ("C1", "WEST", "Ann Example", "T-1"), ("C2", "CN", "王小明", "T-2"),
        ]  # fmt: skip
        assert below.total == 2
        first = questions.customers_of_territory(connection, "CN", limit=1)
        assert (_rows(first.rows, "customer_id"), first.total) == ([("C1",)], 2)
        pool = questions.customers_of_territory(connection, "UNASSIGNED", limit=10)
        assert _rows(pool.rows, "customer_id", "owner", "is_in_pool") == [("C3", None, True)]
        assert questions.customers_of_territory(connection, "NOWHERE", limit=10).total == 0


def test_a_file_that_is_no_database_says_what_to_do_next(tmp_path):
    (tmp_path / "marts.duckdb").write_bytes(b"this is no database" * 1000)
    with pytest.raises(HomeInvalid, match=r"cannot be opened as a published copy(.|\n)*bailiwick doctor"):
        questions.open_published(tmp_path)


def test_a_copy_that_names_no_run_says_so(home, keys, run_row):
    publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    with duckdb.connect(str(home / "published" / "marts.duckdb")) as writing:
        writing.execute("delete from audit_runs")
    with closing(questions.open_published(home / "published")) as connection, pytest.raises(HomeInvalid, match="names no run"):
        questions.last_publication(connection)
