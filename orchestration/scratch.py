"""The models that rule sheets decide, run again over other sheets in a scratch file, by the very SQL that a refresh runs.

Here: which models depend on the sheets, taking along what they read, running them in order. Not here: what is compared
(serving/what_if.py), the models (dbt_project/).

dbt is not started: its manifest holds each model's SQL (dbt_project.py), which names its tables as in a file `warehouse.duckdb`. So the
scratch file has that name, in a folder of its own. Whatever of a model's parents does not depend on the sheets is copied out of the home's
work file, once and in seconds; after that the home is free for a refresh.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.errors import HomeInvalid, HomeLocked
from ingest.home import CompanyHome
from ingest.tables import TABLES

_PROJECT = "model.bailiwick."
_SHEETS_SCHEMA = "rules"
_HOME = "home"


@dataclass(frozen=True)
class Model:
    """One relation of the scratch file: `schema.name`, table or view, its SQL."""

    name: str
    kind: str
    sql: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to run: models, parents first; `given`: relations that they read and that no sheet decides; `sheets`: those they read."""

    models: tuple[Model, ...]
    given: tuple[str, ...]
    sheets: frozenset[str]


def plan(manifest: Path, wanted: Sequence[str]) -> Plan:
    """The plan for the `wanted` models, by name. One of them that no sheet decides is given."""
    content = json.loads(manifest.read_text(encoding="utf-8"))
    nodes, parents = content["nodes"] | content["sources"], content["parent_map"]
    decided: dict[str, bool] = {}
    order: list[str] = []
    given: list[str] = []
    sheets: set[str] = set()

    def is_decided(key: str) -> bool:
        if key not in decided:
            is_sheet = key.startswith("source.") and nodes[key]["schema"] == _SHEETS_SCHEMA
            decided[key] = is_sheet or any(is_decided(parent) for parent in _read(parents, key))
        return decided[key]

    def visit(key: str) -> None:
        if key in order or key in given:
            return
        if not is_decided(key):
            given.append(key)
        elif key.startswith("source."):
            sheets.add(nodes[key]["name"])
        else:
            for parent in _read(parents, key):
                visit(parent)
            order.append(key)

    for name in wanted:
        visit(f"{_PROJECT}{name}")
    return Plan(
        models=tuple(Model(_named(nodes[key]), nodes[key]["config"]["materialized"], nodes[key]["compiled_code"]) for key in order),
        given=tuple(_named(nodes[key]) for key in given),
        sheets=frozenset(sheets),
    )


def _read(parents: Mapping[str, list[str]], key: str) -> list[str]:
    return sorted(parent for parent in parents.get(key, []) if parent.startswith(("model.", "source.")))


def _named(node: Mapping[str, str]) -> str:
    return f"{node['schema']}.{node['name']}"


@contextmanager
def opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a new scratch file in `folder`, which must be empty."""
    connection = duckdb.connect(str(folder / "warehouse.duckdb"))
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")  # no model relies on it, and large results need not wait in memory
        connection.execute(f"create schema {_SHEETS_SCHEMA}")
        yield connection
    finally:
        connection.close()


@contextmanager
def home_attached(connection: duckdb.DuckDBPyConnection, home: CompanyHome) -> Iterator[None]:
    """The home's work file as the database `home`, read only. Raises HomeInvalid where there is none, or one that lacks what
    is read inside, and HomeLocked while it is written."""
    if not home.warehouse_path.is_file():
        raise HomeInvalid(
            f"HomeInvalid: {home.root} has no {home.warehouse_path.name}, so there is nothing to compare with.\n"
            f"  Run `bailiwick refresh --home {home.root}`, then ask again."
        )
    try:
        connection.execute(f"attach '{_quoted(home.warehouse_path)}' as {_HOME} (read_only)")
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise HomeInvalid(
                f"HomeInvalid: {home.warehouse_path.name} cannot be opened.\n  It says: {str(error).splitlines()[0]}\n"
                "  If a newer version of this program wrote it, use that one; otherwise put the file back from a backup."
            ) from error
        raise HomeLocked(
            f"HomeLocked: {home.warehouse_path.name} is being written, most likely by a refresh.\n"
            "  Ask again when it is done; nothing was changed by this call."
        ) from error
    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise HomeInvalid(
            f"HomeInvalid: {home.warehouse_path.name} lacks a table or a column that is needed; another version of the program wrote it.\n"
            f"  It says: {str(error).splitlines()[0]}\n"
            f"  Run `bailiwick refresh --home {home.root} --full` with this one, then ask again."
        ) from error
    finally:
        connection.execute(f"detach {_HOME}")


def take_given(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Copy what the plan's models read out of the attached home."""
    for name in plan.given:
        target = _target(name)
        readers = [model.sql for model in plan.models if re.search(rf'"{target[0]}"\."{target[1]}"', model.sql)]
        columns = [row[0] for row in connection.execute(f'describe {_HOME}."{target[0]}"."{target[1]}"').fetchall()]
        # Only columns whose name stands somewhere in a reader's SQL: a million deals are read for the people they name, no more.
        kept = [column for column in columns if not readers or any(re.search(rf"\b{re.escape(column)}\b", sql) for sql in readers)]
        listed = ", ".join(f'"{column}"' for column in kept or columns[:1])
        connection.execute(f'create schema if not exists "{target[0]}"')
        connection.execute(f'create table "{target[0]}"."{target[1]}" as select {listed} from {_HOME}."{target[0]}"."{target[1]}"')


def put_sheets(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """Make `rules.<sheet>` tables the sheets that the models see."""
    for name, rows in tables.items():
        wanted = rows.select(TABLES[name].column_names)  # noqa: F841 - found by its name in the SQL below
        connection.execute(f"create or replace table {name} as select * from wanted")


def run(connection: duckdb.DuckDBPyConnection, plan: Plan, *, only: Sequence[str] = ()) -> None:
    """Run the plan's models, parents first; with `only` those of them (by `schema.name`) and what they need."""
    needed = _needed(plan, only) if only else {model.name for model in plan.models}
    for schema in sorted({_target(name)[0] for name in needed}):
        connection.execute(f"create schema if not exists {schema}")
    for model in plan.models:
        if model.name in needed:
            kind = "view" if model.kind == "view" else "table"
            connection.execute(f"create or replace {kind} {model.name} as {model.sql}")


def _needed(plan: Plan, only: Sequence[str]) -> set[str]:
    needed = set(only)
    for model in reversed(plan.models):
        if model.name in needed:
            needed |= {other.name for other in plan.models if '"{}"."{}"'.format(*_target(other.name)) in model.sql}
    return needed


def _target(name: str) -> tuple[str, str]:
    schema, relation = name.split(".")
    return schema, relation


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
