"""Which models other rule sheets decide, what they read beside, and that nothing else is run or copied."""

import json
from pathlib import Path

import duckdb
import pytest

from ingest.errors import HomeInvalid
from ingest.home import CompanyHome
from orchestration import scratch

SQL = {
    "stg_a": ("staging", "view", ["source.bailiwick.rules.territories"], 'select territory_id from "warehouse"."rules"."territories"'),
    "stg_b": ("staging", "view", ["source.bailiwick.clean.b"], 'select * from "warehouse"."clean"."b"'),
    "dim_b": ("marts", "table", ["model.bailiwick.stg_b"], 'select * from "warehouse"."staging"."stg_b"'),
    "dim_a": (
        "marts", "table", ["model.bailiwick.stg_a", "model.bailiwick.dim_b"],
        'select territory_id, b.n from "warehouse"."staging"."stg_a" cross join "warehouse"."marts"."dim_b" as b',
    ),
    "fct_a": ("marts", "table", ["model.bailiwick.dim_a"], 'select count(*) as n from "warehouse"."marts"."dim_a"'),
}  # fmt: skip


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    sources = {
        f"source.bailiwick.{name}": dict(zip(("schema", "name"), name.split("."), strict=True)) for name in ("rules.territories", "clean.b")
    }
    nodes = {
        f"model.bailiwick.{name}": {"schema": schema, "name": name, "config": {"materialized": kind}, "compiled_code": sql}
        for name, (schema, kind, _, sql) in SQL.items()
    }
    parents = {f"model.bailiwick.{name}": above for name, (_, _, above, _) in SQL.items()}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes, "sources": sources, "parent_map": parents}))
    return path


@pytest.fixture
def home(tmp_path: Path) -> CompanyHome:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.dim_b as select 7 as n, 'long' as unread")
    return CompanyHome(tmp_path)


def test_only_what_a_sheet_decides_is_run_and_only_what_that_reads_is_taken(manifest: Path) -> None:
    plan = scratch.plan(manifest, ["fct_a"])
    assert [model.name for model in plan.models] == ["staging.stg_a", "marts.dim_a", "marts.fct_a"]
    assert plan.given == ("marts.dim_b",)
    assert plan.sheets == {"territories"}
    assert scratch.plan(manifest, ["dim_b"]) == scratch.Plan(models=(), given=("marts.dim_b",), sheets=frozenset())


def test_the_models_run_in_the_scratch_file_and_columns_that_nobody_names_stay_behind(
    manifest: Path, home: CompanyHome, tmp_path: Path
) -> None:
    plan = scratch.plan(manifest, ["fct_a"])
    (tmp_path / "scratch").mkdir()
    with scratch.opened(tmp_path / "scratch") as connection:
        with scratch.home_attached(connection, home):
            scratch.take_given(connection, plan)
        connection.execute("create table rules.territories as select 'T' as territory_id")
        scratch.run(connection, plan, only=["marts.dim_a"])
        assert connection.execute("from marts.dim_a").fetchall() == [("T", 7)]
        assert connection.execute("select count(*) from duckdb_tables() where table_name = 'fct_a'").fetchall() == [(0,)]
        assert [row[0] for row in connection.execute("describe marts.dim_b").fetchall()] == ["n"]
        connection.execute("insert into rules.territories values ('U')")
        scratch.run(connection, plan)
        assert connection.execute("from marts.fct_a").fetchall() == [(2,)]


def test_a_home_that_lacks_what_is_read_asks_for_a_refresh(home: CompanyHome, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    with scratch.opened(tmp_path / "scratch") as connection:
        with pytest.raises(HomeInvalid, match="another version of the program"), scratch.home_attached(connection, home):
            connection.execute("from home.marts.dim_c")
        with scratch.home_attached(connection, home):  # and is let go all the same
            assert connection.execute("select n from home.marts.dim_b").fetchall() == [(7,)]
