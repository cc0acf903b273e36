"""The customer marts of the tiny company in conftest.py."""


def test_a_customer_keeps_its_industry_in_the_companys_words(rows):
    assert rows("select customer_id, industry_code from marts.dim_customers order by 1") == [
        ("C1", "Retail"),
        ("C2", "retail"),
        ("C3", None),
    ]


def test_a_customer_is_as_large_as_the_sheet_says_and_rules_see_it(rows):
    assert rows("select customer_id, size_band, size_reason from marts.dim_customers order by 1") == [
        ("C1", "large", "100 employees"),
        ("C2", None, "its records say 重点, which is no name of the sheet size_bands"),
        ("C3", None, None),
    ]
    assert rows("select customer_id, size_band from marts.dim_customer_periods order by 1") == [("C1", "large"), ("C2", None), ("C3", None)]


def test_a_record_that_moved_keeps_its_former_period(rows):
    assert rows("select customer_id, valid_from, valid_to from marts.bridge_customer_records where source = 'erp' order by 2") == [
        ("C0", "2026-01-05", "2026-02-01"),
        ("C2", "2026-02-01", None),
    ]


def test_a_retired_id_leads_to_the_one_in_use(rows):
    assert rows("select old_customer_id, customer_id, cause, cast(happened_at as date) from marts.customer_id_redirects") == [
        ("C0", "C2", "merged", "2026-02-01")
    ]
