"""The record and the warehouse: both hold the same nights, whichever of the two was lost or came later."""

from datetime import date

import pyarrow as pa
import pytest

from ingest.errors import RecordBroken
from ingest.record.journals import Journal
from ingest.record.nights import load_record, record_night
from ingest.record.store import RecordStore
from ingest.record_tables import EVENT_COLUMNS
from ingest.table_types import DUCKDB_TYPES, Table, columns_of
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)
CITIES = Journal(
    name="cities",
    table=Table(
        name="record.cities",
        grain="one row per customer and night on which its city was new",
        key=("night", "customer_id"),
        columns=columns_of(("night", "integer", "Night."), ("customer_id", "text", "Customer."), ("city", "text", "City.")),
    ),
    news="""
        select tonight.customer_id, tonight.city
        from marts.tonight
        left join (select * from record.cities qualify row_number() over (partition by customer_id order by night desc) = 1) as known
            using (customer_id)
        where known.city is distinct from tonight.city
        order by 1
    """,
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setitem(TABLES, "record.cities", CITIES.table)
    store, warehouse = RecordStore(tmp_path / "record"), Warehouse(tmp_path / "warehouse.duckdb")

    def night(on: date, cities: dict[str, str]) -> int:
        """One night that finds these cities and no event; the number under which it was recorded."""
        warehouse.prepare()
        load_record(warehouse, store, journals=(CITIES,))
        columns = ", ".join(f"{column.name} {DUCKDB_TYPES[column.type]}" for column in EVENT_COLUMNS)
        with warehouse.transaction() as connection:
            for schema in ("marts", "intermediate"):
                connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create or replace table marts.fct_ownership_events ({columns})")
            connection.execute(
                "create or replace table intermediate.int_ownership__grounds (customer_id varchar, basis bigint, context bigint)"
            )
            connection.execute("create or replace table marts.fct_ownership_conflicts as select * from record.ownership_conflicts")
            connection.register("given", pa.table({"customer_id": list(cities), "city": list(cities.values())}))
            connection.execute("create or replace table marts.tonight as select * from given")
        return record_night(warehouse, store, as_of_date=on, rules_version="v", journals=(CITIES,)).night

    night.store, night.warehouse, night.path = store, warehouse, tmp_path
    return night


def journal(home) -> list[tuple]:
    rows = home.warehouse.query("select * from record.cities order by all").to_pylist()
    return [tuple(row.values()) for row in rows]


def test_a_night_adds_to_a_journal_only_what_is_new_and_is_a_night_without_events(home):
    assert home(MONDAY, {"C1": "杭州", "C2": "苏州"}) == 1
    assert home(TUESDAY, {"C1": "杭州", "C2": "无锡"}) == 2
    assert home(TUESDAY, {"C1": "杭州", "C2": "无锡"}) == 0
    assert home(TUESDAY, {"C1": "杭州", "C2": "上海"}) == 3
    assert journal(home) == [(1, "C1", "杭州"), (1, "C2", "苏州"), (2, "C2", "无锡"), (3, "C2", "上海")]
    assert [night["row_count"] for night in home.store.nights()] == [0, 0, 0]


def test_a_past_day_adds_nothing_to_a_journal(home):
    home(TUESDAY, {"C1": "杭州"})
    assert home(MONDAY, {"C1": "苏州"}) == 0
    assert journal(home) == [(1, "C1", "杭州")]


def test_a_warehouse_that_was_lost_gets_its_journals_back_from_disk(home):
    home(MONDAY, {"C1": "杭州"})
    home(TUESDAY, {"C1": "苏州"})
    known = journal(home)
    (home.path / "warehouse.duckdb").unlink()
    home.warehouse.prepare()
    assert load_record(home.warehouse, home.store, journals=(CITIES,)) == 2
    assert journal(home) == known


def test_only_nights_that_the_warehouse_does_not_know_are_read(home):
    home(MONDAY, {"C1": "杭州"})
    (path,) = (home.path / "record" / "cities").glob("*")
    content = path.read_bytes()
    path.unlink()
    assert load_record(home.warehouse, home.store, journals=(CITIES,)) == 0
    path.write_bytes(content)


def test_journals_in_the_warehouse_that_are_not_those_on_disk_are_read_again(home):
    home(MONDAY, {"C1": "杭州", "C2": "苏州"})
    known = journal(home)
    with home.warehouse.transaction() as connection:
        connection.execute("delete from record.cities where customer_id = 'C1'")
    assert load_record(home.warehouse, home.store, journals=(CITIES,)) == 1
    assert journal(home) == known


def test_what_other_models_judged_is_judged_again_and_what_was_observed_stays_known(home):
    home(MONDAY, {"C1": "杭州"})
    basis = "select basis, context, judged_by from record.ownership_basis"
    with home.warehouse.transaction() as connection:
        connection.execute("insert into intermediate.int_ownership__grounds values ('C1', 7, 8)")
    with home.warehouse.transaction() as connection:
        connection.execute("create or replace table marts.tonight as select 'C1' as customer_id, '苏州' as city")
    record_night(home.warehouse, home.store, as_of_date=TUESDAY, rules_version="v", journals=(CITIES,))
    load_record(home.warehouse, home.store, journals=(CITIES,))
    (judged,) = home.warehouse.query(basis).to_pylist()
    assert (judged["basis"], judged["context"], len(judged["judged_by"])) == (7, 8, 64)
    with home.warehouse.transaction() as connection:
        connection.execute("update record.ownership_basis set judged_by = 'models of last year'")
    load_record(home.warehouse, home.store, journals=(CITIES,))
    assert home.warehouse.query(basis).to_pylist() == [{"basis": 7, "context": -1, "judged_by": judged["judged_by"]}]


def test_a_record_that_was_lost_begins_anew_and_the_warehouse_with_it(home):
    home(MONDAY, {"C1": "杭州"})
    home.store.root.rename(home.path / "elsewhere")
    assert home(TUESDAY, {"C1": "杭州"}) == 1
    assert journal(home) == [(1, "C1", "杭州")]
    assert home.store.nights()[0]["recorded_on"] == TUESDAY


def test_a_broken_journal_leaves_the_warehouse_as_it_was(home):
    home(MONDAY, {"C1": "杭州"})
    home(TUESDAY, {"C1": "苏州"})
    path = sorted((home.path / "record" / "cities").glob("*"))[-1]
    path.write_bytes(path.read_bytes()[:-1])
    with home.warehouse.transaction() as connection:
        connection.execute("delete from record.nights where night = 2")
        connection.execute("delete from record.cities where night = 2")
    with pytest.raises(RecordBroken, match=r"record/cities/000002_2026-06-02\.parquet: its content does not give the hash"):
        load_record(home.warehouse, home.store, journals=(CITIES,))
    assert journal(home) == [(1, "C1", "杭州")]
