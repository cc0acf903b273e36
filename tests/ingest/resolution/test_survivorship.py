"""resolution/survivorship.py: which of several values a customer bears."""

from datetime import date, datetime
from decimal import Decimal

import pytest

CODE = {"credit_code": "91350100M000100Y43"}


@pytest.fixture
def survivor(resolve):
    """The one customer that records with one credit code make."""

    def of(*rows, **settings):
        resolution = resolve([CODE | row for row in rows], **settings)
        (customer,) = resolution.customers.to_pylist()
        return customer

    return of


def test_each_field_comes_from_the_best_record_that_has_it(survivor):
    left = {"source": "a", "name": "Acme", "phone": None, "industry": "mining"}
    right = {"source": "b", "name": "ACME Inc", "phone": "206 555 0100", "industry": "trade"}
    found = survivor(left, right, priorities={"a": 2, "b": 1})
    assert (found["customer_name"], found["comparable_name"], found["industry"]) == ("ACME Inc", "acme", "trade")
    found = survivor(left, right, priorities={"a": 1, "b": 2})
    assert (found["customer_name"], found["phone"], found["industry"]) == ("Acme", "206 555 0100", "mining")


def test_of_equal_priority_the_newest_change_counts(survivor):
    old = {"source": "a", "name": "Old", "modified_at": datetime.fromisoformat("2026-01-01")}
    new = {"source": "b", "name": "New", "modified_at": datetime.fromisoformat("2026-02-01")}
    assert survivor(old, new)["customer_name"] == "New"
    assert survivor(old | {"modified_at": None}, new)["customer_name"] == "New"


def test_a_deleted_record_yields_to_a_living_one(survivor):
    gone = {"source": "a", "name": "Gone", "is_deleted": True, "email": "a@b.example"}
    found = survivor(gone, {"source": "b", "name": "Here"}, priorities={"a": 1})
    assert (found["customer_name"], found["email"], found["is_active"]) == ("Here", "a@b.example", True)


def test_a_customer_is_active_only_with_a_living_record_in_a_newest_export(survivor):
    assert survivor({"is_deleted": True}, {"is_in_latest_export": False})["is_active"] is False
    assert survivor({"is_deleted": True}, {})["is_active"] is True


def test_address_and_place_come_from_the_record_placed_most_precisely(survivor):
    city = {"source": "a", "street": "1 Main St", "postal_code": "1", "city_name": "Seattle", "country_code": "US"}
    point = {"source": "b", "postal_code": "2", "city_name": "Bothell", "place_precision": "point", "latitude": 47.7, "longitude": -122.2}
    found = survivor(city, point, priorities={"a": 1})
    assert (found["city_name"], found["postal_code"], found["place_precision"]) == ("Bothell", "2", "point")
    assert (found["address"], found["country_code"], found["latitude"]) == (None, None, 47.7)


def test_revenue_and_its_currency_come_from_one_record(survivor):
    best = {"source": "a", "currency_code": "USD"}
    other = {"source": "b", "annual_revenue_amount": Decimal("5.0000"), "currency_code": "CNY"}
    found = survivor(best, other, priorities={"a": 1})
    assert (found["annual_revenue_amount"], found["currency_code"]) == (Decimal("5.0000"), "CNY")


def test_records_and_sources_are_counted_and_the_first_day_is_the_earliest(survivor):
    first = {("a", "000"): date(2026, 3, 1), ("a", "001"): date(2026, 2, 1), ("b", "002"): date(2026, 4, 1)}
    found = survivor({}, {}, {"source": "b"}, first_seen=first)
    assert (found["record_count"], found["source_count"], found["first_seen_date"]) == (3, 2, date(2026, 2, 1))


def parents(resolution, ids):
    found = {row["customer_id"]: row["parent_customer_id"] for row in resolution.customers.to_pylist()}
    return {key: found[customer_id] for key, customer_id in ids(resolution).items()}


def test_a_branch_hangs_below_the_one_company_of_its_name(resolve, ids):
    rows = [
        {"record_id": "1", "name": "青禾机械有限公司", "city_name": "Seattle"},
        {"record_id": "2", "name": "青禾机械有限公司上海分公司", "city_name": "Boston"},
        {"record_id": "3", "name": "栎川贸易有限公司", "city_name": "Seattle", "phone": "206 555 0100"},
        {"record_id": "4", "name": "栎川贸易有限公司", "city_name": "Boston", "phone": "617 555 0100"},
        {"record_id": "5", "name": "栎川贸易有限公司北京分公司", "city_name": "Denver"},
    ]
    resolution = resolve(rows)
    found, customer = parents(resolution, ids), ids(resolution)
    assert len(set(customer.values())) == 5
    assert [found["a", str(i)] for i in range(1, 6)] == [None, customer["a", "1"], None, None, None]


def test_a_parent_is_found_by_its_record_and_else_by_a_name_only_one_customer_bears(resolve, ids):
    rows = [
        {"record_id": "1", "name": "Acme Group Holding"},
        {"record_id": "2", "name": "Harbour Lane", "parent_record_id": "1"},
        {"record_id": "3", "name": "Zephyr", "parent_name": "ACME Group Holding Ltd."},
        {"record_id": "4", "name": "Quill", "parent_name": "Nobody"},
        {"record_id": "5", "name": "Tamarind", "parent_record_id": "5"},
        {"record_id": "6", "name": "Larkspur", "city_name": "Seattle", "country_code": "US"},
        {"record_id": "7", "name": "Larkspur", "city_name": "Boston", "country_code": "US"},
        {"record_id": "8", "name": "Juniper", "parent_name": "Larkspur"},
    ]
    resolution = resolve(rows)
    found, customer = parents(resolution, ids), ids(resolution)["a", "1"]
    assert [found["a", str(i)] for i in range(2, 9)] == [customer, customer, None, None, None, None, None]


def test_what_a_company_decides_about_a_field_holds_from_its_day_and_is_published_with_the_reason(resolve):
    rows = [CODE | {"source": s, "name": f"Acme {s}", "phone": p} for s, p in (("a", "206 555 0100"), ("b", "206 555 0177"))]
    sheet = [{"field": "phone", "rule": "trust", "sources": "b|a", "valid_to": None}]
    found = resolve(rows, survivorship=sheet)
    (customer,) = found.customers.to_pylist()
    assert (customer["phone"], customer["customer_name"]) == ("206 555 0177", "Acme a")
    (phone,) = [row for row in found.customer_values.to_pylist() if row["field"] == "phone"]
    assert (phone["customer_id"], phone["value"], phone["source"]) == (customer["customer_id"], "206 555 0177", "b")
    assert phone["reason"] == "b comes before a in trust; 1 of 2 records that have one say so."
    later = resolve(rows, survivorship=[sheet[0] | {"valid_from": date(2026, 12, 1)}])
    assert later.customers.to_pylist()[0]["phone"] == "206 555 0100"


def test_every_value_a_customer_bears_has_its_row_and_no_other(resolve):
    found = resolve([CODE | {"name": "Acme", "email": "x@y.example"}, CODE | {"source": "b", "name": "Acme", "employee_count": 7}])
    assert {row["field"]: row["value"] for row in found.customer_values.to_pylist()} == {
        "customer_name": "Acme", "credit_code": CODE["credit_code"], "email": "x@y.example", "employee_count": "7",
    }  # fmt: skip
