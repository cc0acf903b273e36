"""Data health: what is counted, and that it is counted once."""

from datetime import date

import pyarrow as pa
import pytest

from ingest.cleaning import health
from ingest.cleaning.health import field_health, refresh_field_health
from ingest.entities import ENTITIES
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


def batch(day, content="c1", entity="customers", rows=1):
    row = dict.fromkeys(TABLES["raw.batches"].column_names, "")
    counts = {"file_count": 1, "rows_read": rows, "rows_loaded": rows, "rows_quarantined": 0, "rows_left_out": 0}
    return row | counts | {"source": "crm", "entity": entity, "as_of_date": day, "state": "loaded", "content_sha256": content}


def batches(*rows):
    return pa.Table.from_pylist(list(rows), schema=TABLES["raw.batches"].arrow_schema)


@pytest.fixture
def home(tmp_path, make_raw):
    """A warehouse with two nights of customers."""
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    days = [{"as_of_date": MONDAY, "name": "A", "city": "X"}, {"as_of_date": TUESDAY, "name": "A"}, {"as_of_date": TUESDAY, "name": " "}]
    warehouse.replace("raw.customers", make_raw("customers", days))
    warehouse.replace("raw.batches", batches(batch(MONDAY), batch(TUESDAY, rows=2)))
    return warehouse


def counted(warehouse, field="name"):
    rows = warehouse.read("clean.field_health").to_pylist()
    return [(row["as_of_date"], row["row_count"], row["filled_count"]) for row in rows if row["field"] == field]


def refresh(warehouse, source, until=TUESDAY):
    return refresh_field_health(warehouse, {"crm": source}, until=until, default_currency="EUR")


def test_filled_unreadable_and_different_texts_are_counted_by_day(make_raw, make_source):
    rows = [
        {"as_of_date": MONDAY, "employee_count": "12", "email": "a@b.com"},
        {"as_of_date": MONDAY, "employee_count": "many", "email": " "},
        {"as_of_date": MONDAY, "employee_count": "many", "email": None},
        {"as_of_date": TUESDAY, "employee_count": "50-99", "email": "none"},
    ]
    source = make_source(feed={"columns": {"n": "employee_count"}})
    found = field_health("customers", make_raw("customers", rows), source=source, default_currency="EUR")
    assert found.filter(field="employee_count").rows() == [
        (MONDAY, "employee_count", True, 3, 3, 2, 2),
        (TUESDAY, "employee_count", True, 1, 1, 0, 1),
    ]
    assert found.filter(field="email").rows() == [(MONDAY, "email", False, 3, 1, 0, 1), (TUESDAY, "email", False, 1, 1, 1, 1)]
    assert found.height == 2 * len(ENTITIES["customers"].fields)


def test_every_loaded_export_is_counted_once(home, make_source):
    source = make_source()
    assert refresh(home, source) == (2, 3)
    assert counted(home) == [(MONDAY, 1, 1), (TUESDAY, 2, 1)]
    assert refresh(home, source) == (0, 0)
    assert counted(home) == [(MONDAY, 1, 1), (TUESDAY, 2, 1)]


def test_a_night_is_counted_again_when_its_export_or_its_mapping_changes(home, make_source, monkeypatch):
    refresh(home, make_source())
    home.replace("raw.batches", batches(batch(MONDAY, content="c2"), batch(TUESDAY, rows=2)))
    assert refresh(home, make_source()) == (1, 1)
    assert refresh(home, make_source(decimal_mark=",")) == (2, 3)
    monkeypatch.setattr(health, "_VERSION", health._VERSION + 1)
    assert refresh(home, make_source(decimal_mark=",")) == (2, 3)


def test_a_night_that_was_taken_back_or_lies_ahead_is_not_there(home, make_source):
    assert refresh(home, make_source(), until=MONDAY) == (1, 1)
    assert counted(home) == [(MONDAY, 1, 1)]
    refresh(home, make_source())
    home.replace("raw.batches", batches(batch(TUESDAY, rows=2)))
    assert refresh(home, make_source()) == (0, 0)
    assert counted(home) == [(TUESDAY, 2, 1)]


def test_many_rows_are_read_in_portions_with_the_same_result(home, make_source, monkeypatch):
    refresh(home, make_source())
    at_once = home.read("clean.field_health")
    monkeypatch.setattr(health, "_MOST_ROWS", 1)
    home.replace("clean.field_health", at_once.slice(0, 0))
    assert refresh(home, make_source()) == (2, 3)
    assert home.read("clean.field_health").equals(at_once)
