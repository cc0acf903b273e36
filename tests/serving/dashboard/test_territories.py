"""serving/dashboard/territories.py: how customers are spread, and who is in one territory."""

import serving.dashboard.territories

TAB = "Territories 区域"
_BELOW = "update marts.dim_territories set path = 'CN/WEST' where territory_id = 'WEST'"


def test_the_share_of_unassigned_customers_is_shown(open_page, metrics):
    assert metrics(open_page(TAB))["Share of customers UNASSIGNED 未分配"] == "33.3%"


def test_without_assignments_there_is_no_share(open_page, metrics, shown, sql):
    sql(shown / "warehouse.duckdb", "delete from marts.fct_territory_assignments")
    assert metrics(open_page(TAB))["Share of customers UNASSIGNED 未分配"] == "no customers"


def test_a_territory_shows_its_customers_and_their_owners(open_page, metrics, frame_with, asked):
    page = open_page(TAB, territory="WEST")
    rows = frame_with(page, "territory_since", "customer_id")
    assert rows[["customer_id", "owner"]].values.tolist() == [["C1", "Ann Example"]]
    assert rows["customer_id"].tolist() == [
        customer
        for (customer,) in asked("select customer_id from fct_territory_assignments where territory_id = 'WEST' and valid_to is null")
    ]
    assert metrics(page)["Customers 客户"] == "1"


def test_what_lies_below_a_territory_counts_to_it(open_page, frame_with, shown, sql):
    sql(shown / "warehouse.duckdb", _BELOW)
    page = open_page(TAB, territory="CN")
    assert frame_with(page, "territory_since")["territory_id"].tolist() == ["WEST", "CN"]


def test_rows_that_are_cut_are_said_with_the_number_there_is(open_page, frame_with, shown, sql, monkeypatch):
    sql(shown / "warehouse.duckdb", _BELOW)
    monkeypatch.setattr(serving.dashboard.territories, "SHOWN", 1)
    page = open_page(TAB, territory="CN")
    assert len(frame_with(page, "territory_since")) == 1
    assert any(caption.value.startswith("The first 1 of 2 rows") for caption in page.caption)
