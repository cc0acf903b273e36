"""The territory models in memory: compiled by dbt once, built of other rows as often as a test asks.

Here: which models, and how rows become what they read. Not here: what is asserted (test_territory_rules.py).
"""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.tables import TABLES

PROJECT = Path(__file__).parents[2] / "dbt_project"
MARTS = ("fct_territory_candidates", "fct_territory_assignments", "fct_territory_blockers", "fct_territory_blocked_rules")
NEWS = "int_ownership__territory_news"
START, TODAY = date(2026, 1, 1), date(2026, 4, 15)
FILLED = {
    "as_of_date": TODAY, "file_sha256": "f", "sheet_sha256": "5", "row_number": 1, "is_in_latest_export": True, "problems": "",
    "match_reason": "x", "record_count": 1, "source_count": 1, "first_seen_date": START,
}  # fmt: skip


class Models:
    """The marts above and all they stand on, compiled once; `run` builds them of other rows each time."""

    def __init__(self, work: Path) -> None:
        environment = os.environ | {
            "BAILIWICK_WAREHOUSE": str(work / "warehouse.duckdb"),
            "DBT_TARGET_PATH": str(work / "target"),
            "DBT_LOG_PATH": str(work / "logs"),
        }
        command = [str(Path(sys.executable).with_name("dbt")), "compile", "--select", *(f"+{name}" for name in (*MARTS, NEWS))]
        command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        done = subprocess.run(command, env=environment, cwd=work, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        manifest = json.loads((work / "target" / "manifest.json").read_text())
        self.nodes, self.compiled = manifest["nodes"], work / "target" / "compiled" / "bailiwick"
        self.models: dict[str, str] = {}  # relation -> SQL, in an order in which they can be built
        self.sources: dict[str, None] = {}
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as warehouse")
        self.connection.execute("set threads = 1")
        self.connection.execute("use warehouse")
        for schema in ("rules", "clean", "resolved", "record", "staging", "intermediate", "marts"):
            self.connection.execute(f"create schema warehouse.{schema}")
        for name in (*MARTS, NEWS):
            self._add(f"model.bailiwick.{name}")

    def __repr__(self) -> str:
        return "<the compiled models>"

    def _add(self, key: str) -> None:
        if key.startswith("source."):
            self.sources[".".join(key.split(".")[2:])] = None
        if key not in self.nodes:
            return
        node = self.nodes[key]
        if f"{node['schema']}.{node['name']}" in self.models:
            return
        for parent in node["depends_on"]["nodes"]:
            self._add(parent)
        self.models[f"{node['schema']}.{node['name']}"] = (self.compiled / node["original_file_path"]).read_text()

    def run(self, given_rows: dict[str, list[dict]]) -> None:
        """Build the marts of a company that consists of `given_rows`."""
        for name in self.sources:
            rows = [
                {column: row.get(column, FILLED.get(column)) for column in TABLES[name].column_names} for row in given_rows.get(name, [])
            ]
            arrow = pa.Table.from_pylist(rows, schema=TABLES[name].arrow_schema)  # noqa: F841 - DuckDB reads it by its name
            self.connection.execute(f"create or replace table warehouse.{name} as select * from arrow")
        for name, sql in self.models.items():
            self.connection.execute(f"create or replace table warehouse.{name} as ({sql}\n)")

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def dicts(self, sql: str) -> list[dict]:
        return self.connection.sql(sql).to_arrow_table().to_pylist()
