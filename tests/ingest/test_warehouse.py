import subprocess
import sys
from datetime import date

import duckdb
import pyarrow as pa
import pytest

from ingest.errors import ContractBroken, HomeInvalid, HomeLocked
from ingest.tables import TABLES
from ingest.warehouse import Warehouse, conform

TABLE = "raw.reps"
MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(tmp_path / "sub" / "warehouse.duckdb")


def reps(*rows, source="crm", day=MONDAY, schema=None):
    """raw.reps out of (record_id, name)."""
    evidence = {"source": source, "as_of_date": day, "file_sha256": "f", "row_number": 1}
    found = [evidence | {"record_id": record_id, "name": name} for record_id, name in rows]
    return pa.Table.from_pylist(found, schema=schema or TABLES[TABLE].arrow_schema)


def names(warehouse):
    return [(row["source"], row["record_id"], row["as_of_date"], row["name"]) for row in warehouse.read(TABLE).to_pylist()]


def sql(warehouse, *statements):
    connection = duckdb.connect(str(warehouse.path))
    try:
        return [connection.execute(statement).fetchall() for statement in statements]
    finally:
        connection.close()


def test_a_declared_table_that_nobody_wrote_is_empty(warehouse):
    assert warehouse.read(TABLE).equals(TABLES[TABLE].arrow_schema.empty_table())
    assert not warehouse.exists(TABLE)


def test_a_relation_that_nobody_declared_or_wrote_breaks_the_contract(warehouse):
    with pytest.raises(ContractBroken, match=r"there is no relation marts\.dim_reps in warehouse\.duckdb"):
        warehouse.read("marts.dim_reps")


def test_replace_makes_the_data_the_whole_content_in_the_order_of_the_key(warehouse):
    warehouse.replace(TABLE, reps(("9", "old")))
    warehouse.replace(TABLE, reps(("2", "b"), ("1", "a")))
    assert warehouse.exists(TABLE)
    assert warehouse.read(TABLE).equals(reps(("1", "a"), ("2", "b")))


def test_the_order_of_columns_and_rows_does_not_matter(warehouse):
    data = reps(("1", "a"), ("2", "b"))
    shuffled = data.select(list(reversed(data.column_names))).take([1, 0])
    warehouse.replace(TABLE, shuffled)
    assert warehouse.read(TABLE).equals(data)


def test_every_declared_table_comes_back_as_it_is_declared(warehouse):
    with warehouse.opened():
        for name, table in TABLES.items():
            warehouse.replace(name, table.arrow_schema.empty_table())
            assert warehouse.read(name).schema.equals(table.arrow_schema), name


def test_values_of_near_types_are_taken_and_others_break_the_contract():
    rows = reps(("1", "a"))
    near = rows.set_column(rows.column_names.index("row_number"), "row_number", pa.array([1], pa.int8()))
    assert conform(TABLES[TABLE], near).schema == TABLES[TABLE].arrow_schema
    wrong = rows.set_column(rows.column_names.index("row_number"), "row_number", pa.array(["one"]))
    with pytest.raises(ContractBroken, match=r"raw\.reps: a value does not fit the declared type"):
        conform(TABLES[TABLE], wrong)


def test_money_with_too_many_digits_breaks_the_contract():
    table = TABLES["rules.quotas"]
    row = {"rep_id": "a", "territory_id": "", "quota_date": MONDAY, "currency_code": "EUR", "sheet_sha256": "f", "row_number": 1}
    data = pa.Table.from_pylist([row]).append_column("amount", pa.array(["1.23456"]).cast(pa.decimal128(20, 5)))
    with pytest.raises(ContractBroken, match="does not fit the declared type"):
        conform(table, data)


def test_a_missing_or_surplus_column_breaks_the_contract(warehouse):
    data = reps(("1", "a"))
    with pytest.raises(ContractBroken, match=r"raw\.reps lacks \['name'\] and has nothing too many"):
        warehouse.replace(TABLE, data.drop_columns(["name"]))
    with pytest.raises(ContractBroken, match=r"lacks nothing and has \['hobby'\] too many"):
        warehouse.replace(TABLE, data.append_column("hobby", pa.array(["x"])))


def test_an_empty_or_doubled_key_breaks_the_contract_and_writes_nothing(warehouse):
    warehouse.replace(TABLE, reps(("1", "a")))
    with pytest.raises(ContractBroken, match=r"raw\.reps\.record_id is part of the key and is empty in 1 row"):
        warehouse.replace(TABLE, reps((None, "b")))
    with pytest.raises(ContractBroken, match=r"raw\.reps has 2 row\(s\) too many for its key"):
        warehouse.replace(TABLE, reps(("2", "b"), ("2", "c"), ("2", "b")))
    assert names(warehouse) == [("crm", "1", MONDAY, "a")]


def test_replace_all_writes_every_table_or_none(warehouse):
    warehouse.replace_all({TABLE: reps(("1", "a")), "raw.territories": TABLES["raw.territories"].arrow_schema.empty_table()})
    assert warehouse.exists("raw.territories")
    with pytest.raises(ContractBroken):
        warehouse.replace_all({TABLE: reps(("2", "b")), "raw.territories": reps(("1", "a"))})
    assert names(warehouse) == [("crm", "1", MONDAY, "a")]


def test_append_adds_rows_and_refuses_those_that_stand_there(warehouse):
    warehouse.append(TABLE, reps(("1", "a")))
    warehouse.append(TABLE, reps(("1", "b"), ("2", "c"), day=TUESDAY))
    with pytest.raises(ContractBroken, match=r"1 row\(s\) of raw\.reps already stand there; a log is only added to"):
        warehouse.append(TABLE, reps(("1", "changed"), ("3", "new")))
    assert names(warehouse) == [("crm", "1", MONDAY, "a"), ("crm", "1", TUESDAY, "b"), ("crm", "2", TUESDAY, "c")]


def test_replace_parts_replaces_only_the_rows_that_have_the_values(warehouse):
    warehouse.append(TABLE, reps(("1", "a"), ("2", "b")))
    warehouse.append(TABLE, reps(("1", "a"), day=TUESDAY))
    warehouse.append(TABLE, reps(("1", "a"), source="erp"))
    warehouse.replace_parts([(TABLE, {"source": "crm", "as_of_date": MONDAY}, reps(("3", "c")))])
    assert names(warehouse) == [("crm", "1", TUESDAY, "a"), ("crm", "3", MONDAY, "c"), ("erp", "1", MONDAY, "a")]
    warehouse.replace_parts([(TABLE, {"source": "crm"}, reps())])
    assert names(warehouse) == [("erp", "1", MONDAY, "a")]


def test_replace_parts_writes_every_part_or_none(warehouse):
    warehouse.append(TABLE, reps(("1", "a")))
    with pytest.raises(ContractBroken):
        warehouse.replace_parts([(TABLE, {"source": "crm"}, reps(("2", "b"))), (TABLE, {"source": "crm"}, reps(("3", "c"), ("3", "d")))])
    assert names(warehouse) == [("crm", "1", MONDAY, "a")]


def test_prepare_makes_every_declared_table_and_leaves_filled_ones_alone(warehouse):
    warehouse.replace(TABLE, reps(("1", "a")))
    assert warehouse.prepare() == []
    assert all(warehouse.exists(name) for name in TABLES)
    assert names(warehouse) == [("crm", "1", MONDAY, "a")]


def test_prepare_gives_a_table_of_an_older_version_todays_columns(warehouse):
    warehouse.prepare()
    sql(
        warehouse,
        "create or replace table raw.reps (record_id varchar, source varchar, as_of_date date, file_sha256 varchar, row_number integer,"
        " full_name varchar, is_active varchar)",
        f"insert into raw.reps values ('1', 'crm', '{MONDAY}', 'f', 7, 'Ann', 'true')",
    )
    assert warehouse.prepare() == [TABLE]
    (row,) = warehouse.read(TABLE).to_pylist()
    expected = {"source": "crm", "record_id": "1", "as_of_date": MONDAY, "file_sha256": "f", "row_number": 7, "is_active": "true"}
    assert {name: value for name, value in row.items() if value is not None} == expected
    assert warehouse.read(TABLE).schema == TABLES[TABLE].arrow_schema
    assert warehouse.prepare() == []


def test_query_sees_the_warehouse_and_the_tables_it_is_given(warehouse):
    warehouse.replace(TABLE, reps(("1", "a"), ("2", "b")))
    found = warehouse.query("select name from raw.reps join wanted using (record_id)", wanted=pa.table({"record_id": ["2"]}))
    assert found.to_pylist() == [{"name": "b"}]


def test_query_writes_nothing(warehouse):
    warehouse.replace(TABLE, reps(("1", "a")))
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        warehouse.query("delete from raw.reps")
    assert len(names(warehouse)) == 1


def test_after_a_checkpoint_the_file_alone_is_the_warehouse(warehouse, tmp_path):
    warehouse.replace(TABLE, reps(("1", "a")))
    warehouse.checkpoint()
    copy = Warehouse(tmp_path / "copy.duckdb")
    copy.path.write_bytes(warehouse.path.read_bytes())
    assert names(copy) == [("crm", "1", MONDAY, "a")]


def test_a_file_that_another_program_holds_says_so(warehouse):
    warehouse.replace(TABLE, reps(("1", "a")))
    holding = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); sys.stdout.write('held\\n'); sys.stdout.flush(); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holding, str(warehouse.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        for action in (lambda: warehouse.read(TABLE), lambda: warehouse.replace(TABLE, reps(("2", "b")))):
            with pytest.raises(HomeLocked, match=r"warehouse\.duckdb is open in another program(\n|.)*published/marts\.duckdb") as caught:
                action()
            assert caught.value.exit_code == 3
        other.stdin.close()
        assert other.wait(timeout=30) == 0
    assert names(warehouse) == [("crm", "1", MONDAY, "a")]


def test_a_file_that_is_no_warehouse_is_not_taken_for_a_locked_one(warehouse):
    warehouse.path.parent.mkdir()
    warehouse.path.write_bytes(b"something else " * 1000)
    with pytest.raises(HomeInvalid, match=r"warehouse\.duckdb cannot be opened(\n|.)*not a valid DuckDB database file") as caught:
        warehouse.read(TABLE)
    assert caught.value.exit_code == 2


def test_within_a_file_kept_open_a_failed_write_leaves_nothing_behind_and_the_next_succeeds(warehouse):
    with warehouse.opened() as kept:
        kept.replace(TABLE, reps(("1", "a")))
        with pytest.raises(ContractBroken):
            kept.append(TABLE, reps(("1", "again"), ("2", "b")))
        kept.append(TABLE, reps(("3", "c")))
        assert [name for _, _, _, name in names(kept)] == ["a", "c"]
    assert [name for _, _, _, name in names(warehouse)] == ["a", "c"]


def test_slices_are_read_while_the_same_table_is_written(warehouse):
    warehouse.replace(TABLE, reps(*((f"{number:04}", "name") for number in range(5000))))
    with warehouse.opened():
        found = warehouse.stream(f"select * from {TABLE} order by record_id", slice_rows=2048)
        renamed = (part.set_column(part.column_names.index("name"), "name", pa.array(["new"] * part.num_rows)) for part in found)
        warehouse.merge(TABLE, renamed, gone=reps(("0007", "any")))
    assert {row[3] for row in names(warehouse)} == {"new"}
    assert len(names(warehouse)) == 5000  # what goes and comes again stands there


def test_merging_adds_rows_takes_the_place_of_those_with_their_key_and_takes_away_those_gone(warehouse):
    warehouse.merge(TABLE, [reps(("1", "a"), ("2", "b")), reps(("3", "c"))], gone=reps())
    warehouse.merge(TABLE, [reps(("2", "b changed")), reps(), reps(("4", "d"))], gone=reps(("1", "whatever"), ("9", "unknown")))
    assert [(row[1], row[3]) for row in names(warehouse)] == [("2", "b changed"), ("3", "c"), ("4", "d")]


def test_a_slice_that_breaks_the_contract_leaves_the_table_as_it_was(warehouse):
    warehouse.replace(TABLE, reps(("1", "a")))
    with pytest.raises(ContractBroken, match="too many for its key"):
        warehouse.merge(TABLE, [reps(("2", "b")), reps(("5", "e"), ("5", "f"))], gone=reps(("1", "a")))
    assert names(warehouse) == [("crm", "1", MONDAY, "a")]


def test_single_columns_are_written_into_the_rows_of_a_key(warehouse):
    warehouse.replace(TABLE, reps(("1", "a"), ("2", "b")))
    warehouse.update(TABLE, reps(("2", "changed"), ("3", "unknown")).select(["source", "record_id", "as_of_date", "name"]))
    assert [(row[1], row[3]) for row in names(warehouse)] == [("1", "a"), ("2", "changed")]
    warehouse.update(TABLE, reps())
    assert len(names(warehouse)) == 2


def test_rows_up_to_a_day_and_only_the_columns_asked_for(warehouse):
    warehouse.replace(TABLE, pa.concat_tables([reps(("1", "a")), reps(("1", "b"), day=TUESDAY)]))
    assert warehouse.read_part(TABLE, {}, ["record_id", "name"], until=MONDAY).to_pylist() == [{"record_id": "1", "name": "a"}]
    assert warehouse.read_part(TABLE, {"source": "crm"}, until=TUESDAY).num_rows == 2
    assert warehouse.read_part(TABLE, {"source": "erp"}, until=TUESDAY).num_rows == 0
