"""The performance marts of the tiny company in conftest.py; every figure was worked out by hand from the rows there."""


def test_every_deal_is_kept_and_says_whether_it_counts(rows):
    assert rows(
        "select opportunity_id, customer_id, customer_issue, kpi_exclusion_reason, home_amount, cycle_days "
        "from marts.fct_opportunities order by 1"
    ) == [
        ("crm:d1", "C2", None, None, "1000.1000", 10),
        ("crm:d10", "C1", None, None, "200.0000", None),
        ("crm:d11", "C1", None, "after_as_of", "7777.0000", 27),
        ("crm:d2", "C2", None, None, "500.2000", 19),
        ("crm:d3", "C1", None, None, None, 10),
        ("crm:d4", None, "no_customer", None, "70.0000", 31),
        ("crm:d5", None, "unknown_customer", None, None, 2),
        ("crm:d6", "C1", None, "not_closed", "40.0000", None),
        ("crm:d7", "C1", None, "deleted", "9999.0000", 1),
        ("crm:d8", "C1", None, "no_closed_date", "8888.0000", None),
        ("crm:d9", "C1", None, "before_calendar", "900.0000", 19),
    ]


def test_a_deal_counts_where_its_customer_was_then_and_where_it_is_now(rows):
    assert rows(
        "select opportunity_id, credited_territory_id, current_territory_id, credit_reason from marts.fct_opportunities "
        "where opportunity_id in ('crm:d2', 'crm:d4', 'crm:d5') order by 1"
    ) == [
        ("crm:d2", "SH", "EAST", "Territory of the customer on 2026-02-20."),
        ("crm:d4", "UNASSIGNED", "UNASSIGNED", "The record names no customer."),
        ("crm:d5", "UNASSIGNED", "UNASSIGNED", "The record names customer unheard-of, which crm does not export."),
    ]


def test_an_order_counts_on_its_day_and_without_one_not_at_all(rows):
    assert rows(
        "select order_id, customer_id, credited_territory_id, kpi_exclusion_reason, home_amount from marts.fct_orders order by 1"
    ) == [
        ("erp:o1", "C2", "SH", None, "450.5000"),
        ("erp:o2", "C2", "EAST", "no_ordered_date", "3.0000"),
    ]


def test_every_territory_has_every_month_twice(rows):
    assert rows("select count(*), count(distinct territory_id), min(month), max(month) from marts.kpi_territory_monthly") == [
        (7 * 4 * 2, 7, "2026-01-01", "2026-04-01")
    ]


def test_figures_of_territories_as_sold(rows):
    assert rows(
        "select territory_id, month, won_count, lost_count, won_amount, win_ratio, average_cycle_days, "
        "new_customer_count, customer_count, active_customer_count, coverage_ratio, order_count, ordered_amount, "
        "quota_amount, attainment_ratio from marts.kpi_territory_monthly where basis = 'as_sold' "
        "and (won_count + lost_count + order_count + active_customer_count > 0 or quota_amount is not null) "
        "order by month, territory_id"
    ) == [
        ("EAST", "2026-01-01", 1, 0, "1000.1000", 1.0, 10.0, 1, 1, 1, 1.0, 0, "0.0000", None, None),
        ("SH", "2026-02-01", 1, 0, "500.2000", 1.0, 19.0, 0, 1, 1, 1.0, 1, "450.5000", "800.0000", 500.2 / 800),
        ("UNASSIGNED", "2026-02-01", 1, 0, "70.0000", 1.0, 31.0, 0, 1, 0, 0.0, 0, "0.0000", "40.0000", 1.75),
        ("WEST", "2026-02-01", 0, 1, "0.0000", 0.0, None, 0, 1, 1, 1.0, 0, "0.0000", "100.0000", 0.0),
        ("EAST", "2026-03-01", 0, 0, "0.0000", None, None, 0, 0, 0, None, 0, "0.0000", "300.0000", 0.0),
        ("UNASSIGNED", "2026-03-01", 1, 0, "0.0000", 1.0, 2.0, 0, 1, 0, 0.0, 0, "0.0000", None, None),
        ("WEST", "2026-03-01", 1, 0, "200.0000", 1.0, None, 0, 1, 1, 1.0, 0, "0.0000", None, None),
    ]


def test_a_won_deal_in_a_foreign_currency_is_counted_and_its_missing_amount_said(rows):
    assert rows(
        "select won_count, won_without_amount_count, won_amount from marts.kpi_territory_monthly "
        "where basis = 'as_sold' and territory_id = 'UNASSIGNED' and month = '2026-03-01'"
    ) == [(1, 1, "0.0000")]


def test_seen_from_today_everything_of_a_moved_customer_counts_for_its_new_territory(rows):
    assert rows(
        "select month, won_amount, customer_count, growth_ratio from marts.kpi_territory_monthly "
        "where basis = 'as_of_today' and territory_id = 'EAST' order by month"
    ) == [
        ("2026-01-01", "1000.1000", 1, None),
        ("2026-02-01", "500.2000", 1, (500.2 - 1000.1) / 1000.1),
        ("2026-03-01", "0.0000", 1, -1.0),
        ("2026-04-01", "0.0000", 1, None),
    ]


def test_figures_of_people_as_sold(rows):
    assert rows(
        "select rep_id, month, won_count, lost_count, won_amount, customer_count, active_customer_count, quota_amount "
        "from marts.kpi_rep_monthly where basis = 'as_sold' "
        "and (won_count + lost_count + order_count + active_customer_count > 0 or quota_amount is not null) "
        "order by month, rep_id"
    ) == [
        ("ann", "2026-01-01", 1, 0, "1000.1000", 2, 1, None),
        ("ann", "2026-02-01", 2, 1, "570.2000", 1, 1, "800.0000"),
        ("crm:u2", "2026-02-01", 0, 0, "0.0000", 0, 0, "100.0000"),
        ("mia", "2026-02-01", 0, 0, "0.0000", 0, 0, "40.0000"),
        ("ann", "2026-03-01", 0, 0, "0.0000", 0, 0, "999.0000"),
        ("crm:u2", "2026-03-01", 1, 0, "0.0000", 2, 1, None),
        ("dan", "2026-03-01", 1, 0, "200.0000", 0, 0, None),
    ]


def test_seen_from_today_the_deals_of_a_customer_count_for_its_owner(rows):
    assert rows(
        "select rep_id, month, won_amount, customer_count from marts.kpi_rep_monthly "
        "where basis = 'as_of_today' and won_count > 0 order by month, rep_id"
    ) == [
        ("crm:u2", "2026-01-01", "1000.1000", 2),
        ("ann", "2026-02-01", "70.0000", 0),
        ("crm:u2", "2026-02-01", "500.2000", 2),
        ("crm:u2", "2026-03-01", "200.0000", 2),
    ]
