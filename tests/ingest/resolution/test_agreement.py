"""resolution/agreement.py: who bears witness, what is equal, and what stays of the nights before."""

from datetime import date
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.resolution.agreement import COMPARED_FIELDS, NAME, field_agreement, refresh_field_agreement
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
COLUMNS = {
    **{column.name: pl.String for column in TABLES["clean.customers"].columns},
    **dict.fromkeys(("employee_count", "employee_count_from", "employee_count_to"), pl.Int64),
    "annual_revenue_amount": pl.Decimal(18, 4),
    **dict.fromkeys(("customer_id", "place_method", "country_code", "region_code", "city_name", "district_name"), pl.String),
}


def compared(field, *rows):
    """source -> (compared, agreeing) of one field. Each row is (source, customer_id, columns)."""
    records = pl.DataFrame(
        [{"source": source, "customer_id": customer, "place_method": "city_name"} | columns for source, customer, columns in rows],
        schema=COLUMNS,
    )
    found = field_agreement(records, sorted({row[0] for row in rows}))
    return {row["source"]: (row["compared_count"], row["agreeing_count"]) for row in found.filter(field=field).to_dicts()}


def test_records_are_compared_with_other_sources_that_have_the_field():
    rows = [("crm", "C1", {"phone": "+1"}), ("erp", "C1", {"phone": "+1"}), ("web", "C1", {"phone": "+2"}), ("erp", "C2", {"phone": "+1"})]
    assert compared("phone", *rows) == {"crm": (1, 1), "erp": (1, 1), "web": (1, 0)}


def test_an_empty_field_neither_agrees_nor_disagrees():
    assert compared("phone", ("crm", "C1", {"phone": "+1"}), ("erp", "C1", {"phone": None})) == {"crm": (0, 0), "erp": (0, 0)}
    assert compared("size_band", ("crm", "C1", {"size_band": " "}), ("erp", "C1", {"size_band": "large"}))["crm"] == (0, 0)


def test_two_records_of_one_source_do_not_confirm_each_other():
    rows = [("crm", "C1", {"email": "a@b.com"}), ("crm", "C1", {"email": "a@b.com"}), ("erp", "C1", {"email": "c@b.com"})]
    assert compared("email", *rows) == {"crm": (2, 0), "erp": (1, 0)}


@pytest.mark.parametrize(
    ("field", "left", "right", "agrees"),
    [
        ("name", {"core_name": "harbour lane"}, {"core_name": "harbour lane"}, True),
        ("registry_id", {"registry_id": "HRB1234"}, {"registry_id": "HRB1234"}, True),
        ("website", {"website": "a.com", "domain": "a.com"}, {"website": "shop.a.com", "domain": "a.com"}, True),
        ("industry", {"gbt4754_code": "F51"}, {"gbt4754_code": "F52"}, False),
        ("size_band", {"size_band": "Large "}, {"size_band": "large"}, True),
        ("postal_code", {"postal_code": "98101-1234"}, {"postal_code": "98101"}, True),
        ("postal_code", {"postal_code": "ec1a 1bb"}, {"postal_code": "EC1A1BB"}, True),
        ("postal_code", {"postal_code": "1000-001"}, {"postal_code": "1000001"}, True),
        ("city", {"city_name": "杭州市"}, {"city_name": "杭州"}, True),
        ("region", {"region_code": "CN-SH"}, {"region_code": "CN-BJ"}, False),
        ("employee_count", {"employee_count": 80}, {"employee_count_from": 50, "employee_count_to": 99}, True),
        ("employee_count", {"employee_count": 100}, {"employee_count_from": 50, "employee_count_to": 99}, False),
        ("employee_count", {"employee_count": 100}, {"employee_count_from": 99}, True),
        ("employee_count", {"employee_count_from": 100, "employee_count_to": 200}, {"employee_count_to": 99}, False),
    ],
)
def test_values_agree_as_they_are_cleaned(field, left, right, agrees):
    expected = (1, int(agrees))
    assert compared(field, ("crm", "C1", left), ("erp", "C1", right)) == {"crm": expected, "erp": expected}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("100", "USD"), ("90", "USD"), (1, 1)),  # 10 % of the greater
        (("100", "USD"), ("89.99", "USD"), (1, 0)),
        (("100", "USD"), ("100", "CNY"), (0, 0)),
        (("0", "USD"), ("0", "USD"), (1, 1)),
        (("100", None), ("100", "USD"), (0, 0)),
    ],
)
def test_revenue_agrees_within_a_tenth_and_in_one_currency_only(left, right, expected):
    rows = [
        (source, "C1", {"annual_revenue_amount": Decimal(amount), "currency_code": currency})
        for source, (amount, currency) in (("crm", left), ("erp", right))
    ]
    assert set(compared("annual_revenue_amount", *rows).values()) == {expected}


@pytest.mark.parametrize(
    ("field", "method", "is_witness"),
    [
        ("region", "credit_code+phone", False),
        ("country", "source_country", False),
        ("country", "phone", False),
        ("city", "region_name+credit_code", False),
        ("region", "region_name+credit_code", True),
        ("city", "address_text+phone", True),
    ],
)
def test_a_place_that_was_told_from_elsewhere_is_no_witness(field, method, is_witness):
    place = {"country_code": "CN", "region_code": "CN-SH", "city_name": "上海"}
    found = compared(field, ("crm", "C1", place), ("erp", "C1", place | {"place_method": method}))
    assert found == {"crm": (int(is_witness),) * 2, "erp": (int(is_witness),) * 2}


def test_every_source_has_a_row_for_every_field_even_where_nothing_is_compared():
    found = field_agreement(pl.DataFrame(schema=COLUMNS), ["crm", "erp"])
    assert found.select("source", "field").rows() == [(source, field) for source in ("crm", "erp") for field in sorted(COMPARED_FIELDS)]
    assert found["compared_count"].sum() == 0


record = st.tuples(st.sampled_from("abc"), st.sampled_from("12"), st.none() | st.sampled_from("xy"), st.none() | st.integers(1, 4))


@given(st.lists(record, max_size=12), st.randoms())
def test_counts_are_what_a_person_would_count_in_any_order(rows, random):
    def count(index, is_equal):
        known = [row for row in rows if row[index] is not None]
        others = {row: [o for o in known if o[1] == row[1] and o[0] != row[0]] for row in known}
        return {
            source: (
                sum(bool(others[row]) for row in known if row[0] == source),
                sum(any(is_equal(row[index], other[index]) for other in others[row]) for row in known if row[0] == source),
            )
            for source in {row[0] for row in rows}
        }

    shuffled = random.sample(rows, len(rows))
    made = [(source, customer, {"phone": phone, "employee_count": employees}) for source, customer, phone, employees in shuffled]
    for field, index in (("phone", 2), ("employee_count", 3)):
        assert compared(field, *made) == count(index, lambda left, right: left == right)


# ---------------------------------------------------------------------------------------------------------------------
# In the warehouse


def table(name, *rows):
    schema = TABLES[name].arrow_schema
    return pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in rows], schema=schema)


def written(source, record_id, **columns):
    evidence = {"as_of_date": MONDAY, "file_sha256": "f", "row_number": 1, "problems": "", "is_in_latest_export": True}
    return evidence | {"source": source, "record_id": record_id, "phone": "+1"} | columns


@pytest.fixture
def home(tmp_path):
    """Four records of one customer; of two systems one each still exports it."""
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.prepare()
    records = [("crm", "1"), ("erp", "1"), ("erp", "gone"), ("old", "1")]
    flags = {("erp", "gone"): {"is_in_latest_export": False}, ("old", "1"): {"is_deleted": True}}
    warehouse.replace("clean.customers", table("clean.customers", *(written(*key, **flags.get(key, {})) for key in records)))
    since = {"customer_id": "C1", "match_reason": "", "valid_from": MONDAY}
    warehouse.replace(
        "resolved.customer_records",
        table(
            "resolved.customer_records",
            *(since | {"source": source, "record_id": record_id} for source, record_id in records),
            since | {"source": "crm", "record_id": "1", "customer_id": "C0", "valid_from": date(2026, 1, 1), "valid_to": MONDAY},
        ),
    )
    return warehouse


def phones(warehouse):
    rows = warehouse.read(NAME).to_pylist()
    return [(row["source"], row["as_of_date"], row["compared_count"], row["agreeing_count"]) for row in rows if row["field"] == "phone"]


def test_only_records_that_a_source_still_has_are_compared(home):
    assert refresh_field_agreement(home, as_of_date=MONDAY) == (2, 2 * len(COMPARED_FIELDS))
    assert phones(home) == [("crm", MONDAY, 1, 1), ("erp", MONDAY, 1, 1)]


def test_an_unchanged_night_writes_equal_rows_and_nights_before_stay(home):
    refresh_field_agreement(home, as_of_date=MONDAY)
    first = home.read(NAME)
    refresh_field_agreement(home, as_of_date=MONDAY)
    assert home.read(NAME).equals(first)
    home.update("clean.customers", pa.table({"source": ["erp"], "record_id": ["1"], "phone": ["+2"]}))
    refresh_field_agreement(home, as_of_date=TUESDAY)
    assert phones(home) == [("crm", MONDAY, 1, 1), ("crm", TUESDAY, 1, 0), ("erp", MONDAY, 1, 1), ("erp", TUESDAY, 1, 0)]


def test_a_night_that_was_taken_back_goes(home):
    refresh_field_agreement(home, as_of_date=TUESDAY)
    refresh_field_agreement(home, as_of_date=MONDAY)
    assert {row[1] for row in phones(home)} == {MONDAY}


def test_a_warehouse_without_customers_has_no_agreement(tmp_path):
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.prepare()
    assert refresh_field_agreement(warehouse, as_of_date=MONDAY) == (0, 0)
    assert warehouse.read(NAME).num_rows == 0
