"""benchmarks/cleaning_customers.py: the invented customers are readable, mostly different, and the same each time."""

import polars as pl

from benchmarks.cleaning_customers import FIRST_DAY, SOURCE, customers, next_night
from ingest.cleaning.records import clean_entity
from ingest.cleaning.rep_ids import RepIdentities
from ingest.sources.mapping import Source
from ingest.tables import TABLES

ROWS = 5000


def test_the_same_number_of_customers_are_the_same_customers():
    assert customers(ROWS).equals(customers(ROWS))


def test_what_is_filled_is_mostly_different_and_a_third_of_the_cells_is_empty():
    made = customers(ROWS)
    assert made.columns == TABLES["raw.customers"].column_names
    assert made["name"].n_unique() > 0.95 * ROWS
    for field in ("phone", "email", "website", "street", "industry"):
        assert 0.25 < made[field].null_count() / ROWS < 0.35


def test_nearly_all_that_is_filled_can_be_read():
    source = Source.model_validate({"name": SOURCE, "crm": "x", "default_country": "CN", "entities": {}})
    made = customers(ROWS)
    settings = {"identities": RepIdentities({}, frozenset()), "latest_days": {SOURCE: FIRST_DAY}, "default_currency": "CNY"}
    cleaned = pl.DataFrame(pl.from_arrow(clean_entity("customers", made.to_arrow(), sources={SOURCE: source}, **settings)))
    for field, share in (("credit_code", 0.95), ("phone", 0.9), ("email", 0.99), ("website", 0.99), ("created_at", 1.0)):
        assert cleaned[field].count() >= share * made[field].count()


def test_of_a_hundred_customers_one_is_another_the_night_after():
    made = customers(ROWS)
    later = next_night(made, FIRST_DAY.replace(day=21))
    assert (made["name"] != later["name"]).sum() == ROWS // 100
    assert later["as_of_date"].unique().to_list() == [FIRST_DAY.replace(day=21)]
