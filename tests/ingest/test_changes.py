"""ingest/changes.py: which rows are worked on again, in a table of the contract."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ingest.changes import bring_up_to_date, newest_records
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

RAW, PLACES = "raw.reps", "geo.customer_places"
MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(tmp_path / "warehouse.duckdb")


def reps(*rows, day=MONDAY, source="crm"):
    evidence = {"source": source, "as_of_date": day, "file_sha256": "f", "row_number": 1}
    found = [evidence | {"record_id": record_id, "name": name} for record_id, name in rows]
    return pa.Table.from_pylist(found, schema=TABLES[RAW].arrow_schema)


def bring(warehouse, until=MONDAY, read_by=None, again="false", columns=("name",)):
    """Names of raw.reps as cities of geo.customer_places; the ids that were worked on."""
    worked = []

    def work(rows):
        worked.extend(rows.column("record_id").to_pylist())
        places = rows.select(["source", "record_id", "read_from"])
        places = places.append_column("city_name", pc.utf8_upper(rows.column("name")))
        empty = {
            field.name: pa.nulls(len(rows), field.type) for field in TABLES[PLACES].arrow_schema if field.name not in places.column_names
        }
        return pa.table({name: places.column(name) for name in places.column_names} | empty)

    changed = bring_up_to_date(
        warehouse, PLACES, newest_records(RAW, until), work, columns=columns, read_by=read_by or {"crm": "1"}, again=again
    )
    assert changed.worked_on == len(worked)
    return worked, changed.gone, [(row["record_id"], row["city_name"]) for row in warehouse.read(PLACES).to_pylist()]


def test_only_what_is_new_or_differs_is_worked_on_and_what_is_gone_goes(warehouse):
    warehouse.replace(RAW, reps(("3", "c"), ("1", "a"), ("2", "b"), ("10", None)))
    assert bring(warehouse) == (["1", "10", "2", "3"], 0, [("1", "A"), ("10", None), ("2", "B"), ("3", "C")])
    assert bring(warehouse)[0] == []
    warehouse.replace(
        RAW, pa.concat_tables([reps(("1", "a"), ("2", "b"), ("10", "")), reps(("2", "bb"), ("4", "d"), ("1", "a"), day=TUESDAY)])
    )
    assert bring(warehouse, TUESDAY) == (["10", "2", "4"], 1, [("1", "A"), ("10", ""), ("2", "BB"), ("4", "D")])


def test_an_earlier_day_is_made_again_from_what_was_known_then(warehouse):
    warehouse.replace(RAW, pa.concat_tables([reps(("1", "a")), reps(("1", "b"), ("2", "c"), day=TUESDAY)]))
    assert bring(warehouse, TUESDAY)[2] == [("1", "B"), ("2", "C")]
    assert bring(warehouse, MONDAY) == (["1"], 1, [("1", "A")])


def test_another_way_of_reading_a_source_works_on_its_rows_alone(warehouse):
    warehouse.replace(RAW, pa.concat_tables([reps(("1", "a")), reps(("2", "b"), source="erp")]))
    bring(warehouse, read_by={"crm": "1", "erp": "1"})
    assert bring(warehouse, read_by={"crm": "1", "erp": "2"})[0] == ["2"]


def test_rows_that_are_asked_for_are_worked_on_again(warehouse):
    warehouse.replace(RAW, reps(("1", "a"), ("2", "b")))
    bring(warehouse)
    assert bring(warehouse, again="old.city_name = 'B'")[0] == ["2"]


@pytest.mark.parametrize(
    ("before", "after"),
    [(("a", "b:c"), ("a:b", "c")), (("a", None), (None, "a")), (("a", ""), ("a", None)), (("1:a", "-"), ("1:a-", None))],
)
def test_a_text_that_moves_between_columns_is_a_change_whatever_characters_it_holds(warehouse, before, after):
    for worked_on, (name, email) in ((["1"], before), ([], before), (["1"], after)):
        row = {"source": "crm", "as_of_date": MONDAY, "file_sha256": "f", "row_number": 1, "record_id": "1", "name": name, "email": email}
        warehouse.replace(RAW, pa.Table.from_pylist([row], schema=TABLES[RAW].arrow_schema))
        assert bring(warehouse, columns=("name", "email"))[0] == worked_on


def test_no_rows_make_an_empty_table(warehouse):
    warehouse.prepare()
    assert bring(warehouse) == ([], 0, [])
