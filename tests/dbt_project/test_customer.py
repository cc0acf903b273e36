"""The customer marts of the tiny company in conftest.py."""


def test_a_customer_keeps_its_industry_in_the_companys_words(rows):
    assert rows("select customer_id, industry_code from marts.dim_customers order by 1") == [
        ("C1", "Retail"),
        ("C2", "retail"),
        ("C3", None),
    ]


def test_a_record_that_moved_keeps_its_former_period(rows):
    assert rows("select customer_id, valid_from, valid_to from marts.bridge_customer_records where source = 'erp' order by 2") == [
        ("C0", "2026-01-05", "2026-02-01"),
        ("C2", "2026-02-01", None),
    ]


def test_a_retired_id_leads_to_the_one_in_use(rows):
    assert rows("select old_customer_id, customer_id, cause, cast(happened_at as date) from marts.customer_id_redirects") == [
        ("C0", "C2", "merged", "2026-02-01")
    ]
