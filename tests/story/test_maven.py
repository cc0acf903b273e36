"""The Maven CRM from four CSV files to published figures, to the dollar, defects included.

The figures are what anybody gets who joins the deals with the table of agents by hand.
"""

from decimal import Decimal

import pytest

pytestmark = pytest.mark.story

OFFICES = {
    "Central": (1629, Decimal(3_346_293)),
    "East": (1171, Decimal(3_090_594)),
    "West": (1438, Decimal(3_568_647)),
}


@pytest.mark.parametrize("basis", ["as_sold", "as_of_today"])
def test_every_office_has_its_won_deals_and_their_amount(maven, basis):
    found = maven.rows(
        f"""
        select territory_id, sum(won_count), sum(won_amount) from marts.kpi_territory_monthly
        where basis = '{basis}' group by 1 having sum(won_count) > 0
        """
    )
    assert {territory: (count, amount) for territory, count, amount in found} == OFFICES


@pytest.mark.parametrize("basis", ["as_sold", "as_of_today"])
def test_the_company_won_4238_deals_lost_2473_and_sold_ten_million(maven, basis):
    ((won, lost, amount),) = maven.rows(
        f"select sum(won_count), sum(lost_count), sum(won_amount) from marts.kpi_territory_monthly where basis = '{basis}'"
    )
    assert (won, lost, amount) == (4238, 2473, Decimal(10_005_534))


@pytest.mark.parametrize("basis", ["as_sold"])
def test_what_the_people_sold_is_what_the_territories_sold(maven, basis):
    by_person = maven.rows(f"select sum(won_count), sum(lost_count), sum(won_amount) from marts.kpi_rep_monthly where basis = '{basis}'")
    assert by_person == [(4238, 2473, Decimal(10_005_534))]


def test_each_person_sold_what_the_export_says(maven):
    expected: dict[str, Decimal] = {}
    for deal in maven.export("sales_pipeline.csv"):
        if deal["deal_stage"] == "Won":
            expected[deal["sales_agent"]] = expected.get(deal["sales_agent"], Decimal(0)) + Decimal(deal["close_value"])
    found = maven.rows(
        "select rep_id, sum(won_amount) from marts.kpi_rep_monthly where basis = 'as_sold' group by 1 having sum(won_count) > 0"
    )
    assert dict(found) == expected


def test_every_deal_of_the_export_is_published_once(maven):
    assert maven.rows("select count(*), count(distinct opportunity_id) from marts.fct_opportunities") == [(8801, 8801)]


def test_deals_without_a_known_customer_are_kept_and_say_so(maven):
    found = dict(maven.rows("select customer_issue, count(*) from marts.fct_opportunities where customer_issue is not null group by 1"))
    assert found == {"no_customer": 1425, "unknown_customer": 1}
    assert maven.one("select count(*) from marts.fct_opportunities where customer_id is null") == 1426


def test_a_deal_on_an_unknown_customer_keeps_the_customer_as_written(maven):
    accounts = {row["account"] for row in maven.export("accounts.csv")}
    (stray,) = {row["account"] for row in maven.export("sales_pipeline.csv") if row["account"]} - accounts
    assert maven.rows("select customer_record_id from marts.fct_opportunities where customer_issue = 'unknown_customer'") == [(stray,)]


def test_products_carry_the_name_of_the_price_list_and_the_written_one_is_kept(maven):
    products = {row["product"] for row in maven.export("products.csv")}
    assert {name for (name,) in maven.rows("select distinct product from marts.fct_opportunities")} == products
    written = maven.private("select count(*) from clean.opportunities where product_raw = 'GTXPro' and product = 'GTX Pro'")
    assert written == [(1480,)]


def test_industries_and_countries_are_spelt_right_and_the_written_one_is_kept(maven):
    industries = {name for (name,) in maven.rows("select distinct industry_code from marts.dim_customers")}
    assert "technology" in industries
    assert "technolgy" not in industries
    assert len(industries) == 10
    assert maven.private("select count(*) from clean.customers where industry_raw = 'technolgy' and industry = 'technology'") == [(12,)]
    assert maven.private("select country from clean.customers where country_raw = 'Philipines'") == [("Philippines",)]
    assert maven.one("select count(*) from marts.dim_customers where country_code = 'PH'") == 1


def test_every_account_is_a_customer_in_the_territory_that_the_sheet_says(maven):
    assert maven.one("select count(*) from marts.dim_customers") == 85
    unassigned = "select count(*) from marts.fct_territory_assignments where territory_id = 'UNASSIGNED'"
    assert maven.one(unassigned) == 0
    found = maven.rows(
        """
        select customers.country_code, assignments.territory_id, assignments.rule_id
        from marts.fct_territory_assignments as assignments
        inner join marts.dim_customers as customers using (customer_id)
        where assignments.valid_to is null and customers.country_code <> 'US'
        """
    )
    assert len(found) == 14
    assert {rule for country, _, rule in found if country in ("BR", "PA")} == {"LATIN-AMERICA"}
    assert {territory for country, territory, _ in found if country in ("CN", "JP", "KR", "PH")} == {"West"}


def test_subsidiaries_point_to_their_parents(maven):
    expected = {(row["account"], row["subsidiary_of"]) for row in maven.export("accounts.csv") if row["subsidiary_of"]}
    found = maven.rows(
        """
        select customers.customer_name, parents.customer_name
        from marts.dim_customers as customers
        inner join marts.dim_customers as parents on customers.parent_customer_id = parents.customer_id
        """
    )
    assert set(found) == expected


def test_agents_without_a_deal_are_people_of_the_company_too(maven):
    agents = {row["sales_agent"] for row in maven.export("sales_teams.csv")}
    managers = {row["manager"] for row in maven.export("sales_teams.csv")}
    sellers = {row["sales_agent"] for row in maven.export("sales_pipeline.csv")}
    assert len(agents - sellers) == 6
    assert {name for (name,) in maven.rows("select rep_id from marts.dim_reps")} == agents | managers


def test_each_agent_answers_to_the_manager_of_the_export(maven):
    expected = {(row["sales_agent"], row["manager"]) for row in maven.export("sales_teams.csv")}
    assert set(maven.rows("select rep_id, manager_rep_id from marts.dim_reps where manager_rep_id is not null")) == expected


def test_a_second_refresh_has_nothing_to_do_and_touches_no_published_byte(maven):
    before = maven.published_hashes()
    assert "marts.duckdb" in before
    said = maven.refresh_again()
    assert "Nothing changed" in said
    assert maven.published_hashes() == before
