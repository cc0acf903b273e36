import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

import serving.publish
from ingest.errors import ContractBroken, HomeInvalid, HomeLocked
from ingest.warehouse import Warehouse
from serving.publish import publish, verify_published


def _fetch(published: Path, query: str) -> list[tuple]:
    connection = duckdb.connect(str(published / "marts.duckdb"), read_only=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def _state(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Inode, time of change and content of everything below a folder."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_ino,
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in [folder, *folder.rglob("*")]
    }


@pytest.fixture
def publish_home(home, keys, run_row):
    def call(run_id: str = "run-1", **columns):
        return publish(home / "warehouse.duckdb", home / "published", run=run_row(run_id, **columns), keys=keys)

    return call


def test_a_first_publication_holds_every_mart_and_the_audit_tables(home, publish_home):
    report = publish_home()
    assert report.outcome == "published"
    expected = {
        "audit_acceptances": 0, "audit_drift": 0, "audit_exports": 0, "audit_field_agreement": 0, "audit_field_health": 0,
        "audit_files": 2, "audit_match_weights": 0, "audit_quarantine": 1, "audit_runs": 2, "bridge_customer_records": 6,
        "dim_customers": 3, "dim_reps": 2, "dim_territories": 4, "fct_ownership_periods": 4,
        "fct_territory_assignments": 4, "kpi_territory_monthly": 7,
    }  # fmt: skip
    assert {table.name: table.rows for table in report.tables} == expected
    assert report.changed == tuple(sorted(expected))
    assert report.counts() == {"tables": 16, "rows": 35, "changed": 16, "removed": 0}
    for name, rows in expected.items():
        assert _fetch(home / "published", f"select count(*) from marts.{name}") == [(rows,)]
        assert pq.read_metadata(home / "published" / "parquet" / f"{name}.parquet").num_rows == rows
    assert verify_published(home / "published") == []
    assert not (home / ".publishing").exists()


def test_the_manifest_names_run_day_and_the_hash_of_every_file(home, publish_home):
    publish_home()
    manifest = json.loads((home / "published" / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["run_id"], manifest["as_of_date"], manifest["format_version"]) == ("run-1", "2026-11-21", 2)
    for table in manifest["tables"]:
        content = (home / "published" / "parquet" / f"{table['name']}.parquet").read_bytes()
        assert (table["bytes"], table["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    content = (home / "published" / "marts.duckdb").read_bytes()
    assert manifest["database"] == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    content = (home / "published" / "report" / "data_health.html").read_bytes()
    report = {"name": "data_health.html", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert manifest["reports"] == [report]


def test_the_report_says_what_the_published_tables_say(home, keys, run_row, sql):
    blockers = "select 'C3' as customer_id, 'UNASSIGNED' as territory_id, 'T-1' as example_rule_id, 'city' as field, 1 as rule_count, true"
    sql(
        home / "warehouse.duckdb",
        f"create table marts.fct_territory_blockers as {blockers} as is_unassigned; create table marts.fct_territory_blocked_rules as "
        "select 'T-1' as rule_id, 'WEST' as territory_id, 'city' as field, 1 as customer_count, 1 as unassigned_count",
    )
    publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    page = (home / "published" / "report" / "data_health.html").read_text(encoding="utf-8")
    assert "1 customer misses a rule only because it has no city: 1 rule needs one (T-1 for WEST); it is in no territory." in page
    assert "Known to erp (1)." in page
    assert "As of 2026-11-21." in page


def test_a_page_that_is_made_no_more_is_removed_and_one_that_changed_is_replaced(home, publish_home, monkeypatch):
    publish_home()
    before = _state(home / "published")
    (home / "published" / "report" / "old.html").write_text("<p>of last year</p>", encoding="utf-8")
    monkeypatch.setattr(serving.publish, "health_report", lambda parquet, as_of_date: "<p>another program wrote this</p>")
    report = publish_home("run-2")
    assert (report.outcome, report.changed, report.removed) == ("published", ("audit_runs",), ())
    pages = {path.name: path.read_text(encoding="utf-8") for path in (home / "published" / "report").iterdir()}
    assert pages == {"data_health.html": "<p>another program wrote this</p>"}
    assert _state(home / "published")["parquet/dim_reps.parquet"] == before["parquet/dim_reps.parquet"]
    assert verify_published(home / "published") == []


def test_the_promised_names_work_however_the_copy_is_opened(home, publish_home):
    publish_home()
    file = home / "published" / "marts.duckdb"
    assert _fetch(home / "published", "select count(*) from dim_customers") == [(3,)]
    for attach, name in [("", "marts.dim_customers"), ("as bw", "bw.dim_customers")]:
        connection = duckdb.connect()
        connection.execute(f"attach '{file}' {attach} (read_only)")
        assert connection.execute(f"select count(*) from {name}").fetchall() == [(3,)]
        connection.close()


def test_rows_are_sorted_by_their_key_in_both_copies(home, publish_home):
    publish_home()
    in_duckdb = [row[0] for row in _fetch(home / "published", "select customer_id from marts.dim_customers")]
    in_parquet = pq.read_table(home / "published" / "parquet" / "dim_customers.parquet")["customer_id"].to_pylist()
    assert in_duckdb == in_parquet == ["C1", "C2", "C3"]


def test_rows_without_a_named_key_are_sorted_by_all_columns(home, keys, run_row, sql):
    sql(home / "warehouse.duckdb", "create table marts.pairs as select * from (values (2, 'a'), (1, 'b'), (1, 'a'), (null, 'c')) t(x, y)")
    publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    assert _fetch(home / "published", "select x, y from marts.pairs") == [(1, "a"), (1, "b"), (2, "a"), (None, "c")]


def test_types_and_comments_survive(home, keys, run_row, sql):
    sql(
        home / "warehouse.duckdb",
        "create table marts.kinds as select 1::hugeint as h, 'a'::enum('a', 'b') as e, 1.50::decimal(18, 4) as d, "
        "timestamp '2026-11-21 01:02:03' as t, [1, 2]::integer[] as l; create view marts.seen as select 1 as one;",
    )
    publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    described = dict(_fetch(home / "published", "select column_name, data_type from duckdb_columns() where table_name = 'kinds'"))
    assert described == {"h": "HUGEINT", "e": "ENUM('a', 'b')", "d": "DECIMAL(18,4)", "t": "TIMESTAMP", "l": "INTEGER[]"}
    assert _fetch(home / "published", "select one from marts.seen") == [(1,)]
    comments = dict(_fetch(home / "published", "select table_name, comment from duckdb_tables() where comment is not null"))
    assert comments["dim_customers"] == "One row per customer; it's the one view. Grain: one row per customer."
    assert comments["audit_files"].endswith("Grain: one row per file and version of its content.")
    column = "select comment from duckdb_columns() where table_name = ? and column_name = ?"
    assert _fetch(home / "published", column.replace("?", "'{}'").format("dim_customers", "customer_name")) == [("Surviving name.",)]
    assert _fetch(home / "published", column.replace("?", "'{}'").format("audit_files", "sha256"))[0][0].startswith("Content hash")


def test_the_published_file_has_the_older_storage_that_bi_drivers_read(home, publish_home):
    publish_home()
    header = (home / "published" / "marts.duckdb").read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    # DuckDB's storage number: 64 up to 1.1, 65 for 1.2, higher for later ones
    assert int.from_bytes(header[12:20], "little") == 65
    work_file = (home / "warehouse.duckdb").read_bytes()[:20]
    assert int.from_bytes(work_file[12:20], "little") > 65
    tags = _fetch(home / "published", "select tags from duckdb_databases() where not internal")[0][0]
    assert tags["storage_version"].startswith("v1.2.0")


def test_the_audit_holds_this_run_the_files_and_the_refused_rows_as_written(home, publish_home):
    publish_home()
    published = home / "published"
    assert _fetch(published, "select run_id from marts.audit_runs") == [("run-0",), ("run-1",)]
    files = "select file, sha256, source, entity, rows, status, reason_code from marts.audit_files"
    assert _fetch(published, files) == [
        ("crm/2026-11-21/a.csv", "ab" * 32, "crm", "customers", 3, "loaded", None),
        ("crm/2026-11-21/b.csv", "ab" * 32, "crm", None, None, "refused", "empty_file"),
    ]
    refused = "select file, row, reason, raw_values, status from marts.audit_quarantine"
    assert _fetch(published, refused) == [("crm/2026-11-21/a.csv", 3, "The row has no Id.", '["", "Nobody"]', "open")]


def test_a_run_that_is_logged_already_stands_in_the_run_log_once(home, publish_home):
    publish_home("run-0", rows_quarantined=7)
    assert _fetch(home / "published", "select run_id, rows_quarantined from marts.audit_runs") == [("run-0", 7)]


def test_a_warehouse_that_never_loaded_anything_publishes_empty_audit_tables(tmp_path, run_row, sql):
    sql(tmp_path / "w.duckdb", "create schema marts; create table marts.dim_customers(customer_id varchar)")
    report = publish(tmp_path / "w.duckdb", tmp_path / "published", run=run_row(), keys={})
    rows = {table.name: table.rows for table in report.tables}
    audits = ("acceptances", "drift", "exports", "field_agreement", "field_health", "files", "match_weights", "quarantine")
    assert rows == {f"audit_{name}": 0 for name in audits} | {"audit_runs": 1, "dim_customers": 0}
    types = dict(_fetch(tmp_path / "published", "select column_name, data_type from duckdb_columns() where table_name = 'audit_files'"))
    assert (types["rows"], types["as_of_date"], types["first_seen_at"]) == ("BIGINT", "DATE", "TIMESTAMP")


def test_the_same_tables_in_another_row_order_are_the_same_bytes(home, keys, run_row, sql):
    work = home / "warehouse.duckdb"
    sql(work, "create table marts.many as select i, i % 7 as j, 'name ' || (i % 1000) as n from range(300000) t(i) order by hash(i)")
    first = publish(work, home / "one", run=run_row(), keys=keys | {"many": ["j"]})
    sql(work, "create or replace table marts.many as select i, j, n from marts.many order by hash(i + 99)")
    sql(work, "create or replace table marts.dim_customers as select * from marts.dim_customers order by customer_id desc")
    second = publish(work, home / "two", run=run_row(), keys=keys | {"many": ["j"]})
    assert first.tables == second.tables
    metadata = pq.read_metadata(home / "one" / "parquet" / "many.parquet")
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [122_880, 122_880, 54_240]


def test_publishing_the_same_tables_again_touches_nothing(home, publish_home):
    publish_home()
    before = _state(home / "published")
    report = publish_home("run-2")
    assert report.outcome == "unchanged"
    assert (report.changed, report.removed) == ((), ())
    assert _state(home / "published") == before
    assert not (home / ".publishing").exists()


def test_the_same_tables_for_another_day_are_published_so_that_readers_see_the_day(home, publish_home):
    publish_home()
    report = publish_home("run-2", as_of_date=dt.date(2026, 11, 22))
    assert (report.outcome, report.changed) == ("published", ("audit_runs",))


def test_only_files_of_changed_tables_are_replaced_and_those_of_dropped_tables_removed(home, keys, run_row, sql):
    work, published = home / "warehouse.duckdb", home / "published"
    publish(work, published, run=run_row(), keys=keys)
    before = _state(published)
    sql(work, "update marts.dim_reps set rep_name = 'Ann Other' where rep_id = 'R1'; drop table marts.dim_territories")
    del keys["dim_territories"]
    report = publish(work, published, run=run_row("run-2"), keys=keys)
    assert (report.outcome, report.changed, report.removed) == ("published", ("audit_runs", "dim_reps"), ("dim_territories",))
    after = _state(published)
    assert not (published / "parquet" / "dim_territories.parquet").exists()
    assert after["parquet/dim_customers.parquet"] == before["parquet/dim_customers.parquet"]
    assert verify_published(published) == []


@pytest.mark.parametrize("file", ["marts.duckdb", "parquet/dim_reps.parquet", "report/data_health.html", "manifest.json"])
def test_a_damaged_copy_is_mended_even_though_no_table_changed(home, publish_home, file):
    publish_home()
    path = home / "published" / file
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert verify_published(home / "published") != []
    assert publish_home("run-2").outcome == "published"
    assert verify_published(home / "published") == []


def test_the_log_of_a_program_that_wrote_into_the_copy_is_not_replayed_onto_the_new_one(home, publish_home):
    (home / "published").mkdir()
    (home / "published" / "marts.duckdb.wal").write_bytes(b"somebody else's changes")
    publish_home()
    assert not (home / "published" / "marts.duckdb.wal").exists()
    assert _fetch(home / "published", "select count(*) from marts.dim_reps") == [(2,)]


@pytest.mark.parametrize("step", range(6))
def test_a_crash_at_any_step_of_the_swap_leaves_a_whole_copy_and_the_next_publication_mends_it(home, publish_home, sql, monkeypatch, step):
    publish_home()
    sql(home / "warehouse.duckdb", "update marts.dim_customers set customer_name = 'new'; update marts.dim_reps set rep_name = 'new'")
    done = 0

    def failing_replace(new, old):
        nonlocal done
        if done == step:
            raise OSError("power cut")
        done += 1
        real_replace(new, old)

    real_replace = os.replace
    monkeypatch.setattr(serving.publish.os, "replace", failing_replace)
    # marts.duckdb, then three changed Parquet files (customers, reps, the run log), then the manifest: five steps
    if step < 5:
        with pytest.raises(OSError, match="power cut"):
            publish_home("run-2")
    else:
        assert publish_home("run-2").outcome == "published"
    names = _fetch(
        home / "published", "select customer_name = 'new' from marts.dim_customers union all select rep_name = 'new' from marts.dim_reps"
    )
    assert set(names) == {(step > 0,)}
    monkeypatch.undo()
    assert publish_home("run-3").outcome == ("published" if step < 5 else "unchanged")
    assert verify_published(home / "published") == []


def test_what_a_killed_publication_left_behind_is_cleaned_by_the_next(home, publish_home):
    leftover = home / ".publishing" / "parquet"
    leftover.mkdir(parents=True)
    (leftover / "half.parquet").write_bytes(b"PAR1")
    publish_home()
    assert not (home / ".publishing").exists()
    assert not (home / "published" / "parquet" / "half.parquet").exists()


def test_a_failure_before_the_swap_touches_nothing(home, publish_home, sql, monkeypatch):
    publish_home()
    before = _state(home / "published")
    sql(home / "warehouse.duckdb", "update marts.dim_reps set rep_name = 'new'")
    monkeypatch.setattr(serving.publish, "_copy_table", lambda connection, relation, parquet: connection.execute(
        f'create table new_copy.main."{relation.name}" as select 1 as x from range(99)'))  # fmt: skip
    with pytest.raises(ContractBroken, match="has 99 rows, its Parquet file"):
        publish_home("run-2")
    assert _state(home / "published") == before


def test_a_reader_who_has_the_old_copy_open_keeps_it(home, publish_home, sql):
    publish_home()
    reader = duckdb.connect(str(home / "published" / "marts.duckdb"), read_only=True)
    sql(home / "warehouse.duckdb", "update marts.dim_reps set rep_name = 'new'")
    publish_home("run-2")
    assert reader.execute("select count(*) from marts.dim_reps where rep_name = 'new'").fetchall() == [(0,)]
    reader.close()
    assert _fetch(home / "published", "select count(*) from marts.dim_reps where rep_name = 'new'") == [(2,)]


def test_readers_in_another_process_see_neither_an_error_nor_a_mix_while_the_copy_is_swapped(home, publish_home, sql, tmp_path):
    work = home / "warehouse.duckdb"
    sql(work, "create table marts.one as select 0 as version from range(50000); create table marts.two as from marts.one")
    publish_home("run-10")
    code = """
        import sys, time, pathlib, duckdb
        stop, seen, reads = pathlib.Path(sys.argv[2]), set(), 0
        while not stop.exists():
            connection = duckdb.connect(sys.argv[1], read_only=True)
            versions = connection.execute(
                "select distinct version from marts.one union select distinct version from marts.two").fetchall()
            connection.close()
            assert len(versions) == 1, versions
            seen.add(versions[0][0]); reads += 1
        print(reads, *sorted(seen))
    """
    stop = tmp_path / "stop"
    reader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(home / "published" / "marts.duckdb"), str(stop)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for version in range(1, 6):
        sql(work, f"update marts.one set version = {version}; update marts.two set version = {version}")
        assert publish_home(f"run-{10 + version}").outcome == "published"
        time.sleep(0.3)  # lets the reader have a look at each version; the outcome does not depend on it
    stop.touch()
    output, errors = reader.communicate(timeout=60)
    assert (reader.returncode, errors) == (0, "")
    reads, *seen = [int(word) for word in output.split()]
    assert reads >= len(seen) >= 2
    assert seen[-1] == 5


def test_a_missing_warehouse_is_explained(tmp_path, run_row):
    with pytest.raises(HomeInvalid, match="bailiwick refresh"):
        publish(tmp_path / "warehouse.duckdb", tmp_path / "published", run=run_row(), keys={})
    assert not (tmp_path / ".publishing").exists()


def test_a_warehouse_without_marts_is_not_published(tmp_path, run_row):
    Warehouse(tmp_path / "w.duckdb").replace("raw.runs", run_row().slice(0, 0))
    with pytest.raises(ContractBroken, match="nothing to publish"):
        publish(tmp_path / "w.duckdb", tmp_path / "published", run=run_row(), keys={})
    assert not (tmp_path / "published").exists()


def test_a_table_that_is_promised_and_was_not_built_stops_the_publication(home, keys, run_row):
    with pytest.raises(ContractBroken, match="fct_payments should be published"):
        publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys | {"fct_payments": ["payment_id"]})


def test_a_key_that_is_no_column_is_named(home, keys, run_row):
    with pytest.raises(ContractBroken, match=r"marts\.dim_reps is sorted by person"):
        publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys | {"dim_reps": ["person"]})


def test_a_model_must_not_take_the_name_of_an_audit_table(home, keys, run_row, sql):
    sql(home / "warehouse.duckdb", "create table marts.audit_runs as select 1 as x")
    with pytest.raises(ContractBroken, match=r"marts\.audit_runs is a name of the audit"):
        publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)


def test_a_publication_belongs_to_exactly_one_run(home, keys, run_row):
    with pytest.raises(ContractBroken, match="0 were given"):
        publish(home / "warehouse.duckdb", home / "published", run=run_row().slice(0, 0), keys=keys)


def test_a_warehouse_that_another_program_writes_is_reported_as_locked(home, keys, run_row):
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    writer = subprocess.Popen([sys.executable, "-c", code, str(home / "warehouse.duckdb")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert writer.stdout.readline() == b"open\n"
        with pytest.raises(HomeLocked, match="open for writing in another program"):
            publish(home / "warehouse.duckdb", home / "published", run=run_row(), keys=keys)
    finally:
        writer.communicate(b"")
