"""serving/dashboard/kpi.py: the figures on either basis."""


def _west(page) -> float:
    totals = next(
        frame.value for frame in page.dataframe if "attainment_ratio" in frame.value and "month" not in frame.value
    )  # fmt: skip
    return totals.set_index("territory_id").loc["WEST", "won_amount"]


def test_choosing_the_basis_changes_the_figures(open_page):
    page = open_page()
    assert _west(page) == 400.25
    page.radio(key="basis").set_value("as_of_today").run()
    assert not page.exception
    assert _west(page) == 350.0


def test_without_months_the_page_says_why_there_are_no_figures(open_page, shown, sql):
    sql(shown / "warehouse.duckdb", "delete from marts.kpi_territory_monthly")
    assert any("no months yet" in info.value for info in open_page().info)


def test_a_single_month_needs_no_slider(open_page, shown, sql):
    sql(shown / "warehouse.duckdb", "delete from marts.kpi_territory_monthly where month < date '2026-11-01'")
    assert len(open_page().select_slider) == 0
