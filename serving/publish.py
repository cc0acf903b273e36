"""Publishing: the audited marts become a copy that readers may hold open while the next one is made.

Here: writing every published table as Parquet and into marts.duckdb, having the report made of them, and swapping them in.
Not here: the manifest's form and its verification (manifest.py), what stands in the tables (dbt_project), the
audit tables' content (audit.py), the report (health_report.py).

  1. every table is written as Parquet into a private folder beside published/, rows in a total order, so that equal
     tables are equal bytes; the report is made of these files
  2. when they are the bytes already published (the run log aside) and those files are whole, nothing is touched
  3. otherwise marts.duckdb is built from the Parquet files, closed, opened again and counted
  4. then the swap: marts.duckdb, the Parquet files and pages that changed, files of what is no more, the manifest last

In marts.duckdb the tables stand in DuckDB's own schema `main`. DuckDB names an opened file after itself, so that
`marts.dim_customers` means this file's dim_customers; a schema of the same name inside would make every such query
ambiguous, and DuckDB refuses those.

Each file is replaced by `os.replace`: whoever has the old one open keeps it, whoever opens it next gets the new one
whole. A crash between two replacements leaves marts.duckdb old or new, never half; the manifest then disagrees with
some files, `verify_published` says which, and the next publication mends it. Parquet files are swapped one by one: who
needs several tables of one and the same publication reads marts.duckdb.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.errors import ContractBroken, HomeInvalid, HomeLocked
from ingest.landing.files import sha256_of
from ingest.tables import TABLES
from ingest.warehouse import conform
from serving.audit import AUDIT_TABLES
from serving.health_report import NAME as HEALTH_REPORT
from serving.health_report import health_report
from serving.manifest import (
    DATABASE,
    FORMAT_VERSION,
    MANIFEST,
    PARQUET,
    REPORT,
    Manifest,
    PublishedDatabase,
    PublishedReport,
    PublishedTable,
    read_manifest,
    unknown_files,
    verify_published,
    write_manifest,
)

__all__ = ["PublishReport", "publish", "verify_published"]

RUN_LOG = "audit_runs"
# 2026-11-21: the oldest storage that drivers of current BI tools read; a file in DuckDB 2.0's own does not open in 1.5.
STORAGE_VERSION = "v1.2.0"
# 2026-11-21: DuckDB's own row group is 122,880 rows; equal ones let it read the Parquet files with all cores.
ROWS_PER_GROUP = 122_880
STAGING = ".publishing"


@dataclass(frozen=True, kw_only=True)
class PublishReport:
    """What a publication did.

    `outcome` is `published`, or `unchanged` when the same tables stood there already. `tables` are all tables of the
    copy, `changed` the names whose Parquet file was replaced, `removed` the names that are no more.
    """

    outcome: Literal["published", "unchanged"]
    tables: tuple[PublishedTable, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Figures for a run's log: tables, rows, tables changed and removed."""
        return {
            "tables": len(self.tables),
            "rows": sum(table.rows for table in self.tables),
            "changed": len(self.changed),
            "removed": len(self.removed),
        }


@dataclass(frozen=True, kw_only=True)
class _Relation:
    """One table to be published: the query that yields it, its columns with their types, and its comments."""

    name: str
    query: str
    order: tuple[str, ...]
    columns: dict[str, str]
    comment: str | None
    column_comments: dict[str, str]


def publish(warehouse_path: Path, published: Path, *, run: pa.Table, keys: dict[str, list[str]]) -> PublishReport:
    """Publish every relation of schema `marts` and the audit tables of `warehouse_path` into the folder `published`.

    `run` is this run's row of raw.runs; the copy's run log holds it beside the earlier ones. `keys` names the columns
    that a mart (its name without the schema) is sorted by; columns that are not named follow, so that the order is
    total. Until the swap begins nothing in `published` is touched. One publication at a time: the caller holds it.

    Raises ContractBroken when there is nothing to publish, a key names what is not there, or the copy does not hold
    what the warehouse does; HomeLocked when another program has the warehouse open; HomeInvalid when there is no warehouse.
    """
    run = conform(TABLES["raw.runs"], run)
    if run.num_rows != 1:
        raise ContractBroken(f"ContractBroken: a publication belongs to one run; {run.num_rows} were given.")
    published = published.resolve()  # a symlink to another disk: build on that disk, because os.replace cannot cross
    _clear_leftovers(published)
    staging = _staging(published)
    for folder in (PARQUET, REPORT):
        (staging / folder).mkdir(parents=True)
    try:
        with _warehouse(warehouse_path, staging, run) as connection:
            relations = _relations(connection, keys)
            tables = tuple(_write_parquet(connection, relation, staging / PARQUET) for relation in relations)
        run_id, as_of_date = str(run["run_id"][0]), str(run["as_of_date"][0])
        reports = (_write_report(staging, as_of_date),)
        if _is_unchanged(published, as_of_date, tables, reports):
            return PublishReport(outcome="unchanged", tables=tables, changed=(), removed=())
        _build_database(staging, relations, tables)
        database = PublishedDatabase(bytes=(staging / DATABASE).stat().st_size, sha256=sha256_of(staging / DATABASE))
        manifest = Manifest(
            format_version=FORMAT_VERSION, run_id=run_id, as_of_date=as_of_date, database=database, tables=tables, reports=reports
        )
        write_manifest(manifest, staging / MANIFEST)
        changed, removed = _swap(staging, published, manifest)
        return PublishReport(outcome="published", tables=tables, changed=changed, removed=removed)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


# ---------------------------------------------------------------------------------------------------------------------
# Staging


def _staging(published: Path) -> Path:
    """The private folder the copy is built in: beside published/, or in it where that is a disk of its own."""
    home = published.parent
    home.mkdir(parents=True, exist_ok=True)
    is_own_disk = published.exists() and published.stat().st_dev != home.stat().st_dev
    return (published if is_own_disk else home) / STAGING


def _clear_leftovers(published: Path) -> None:
    """Remove what a publication that crashed left behind."""
    for folder in (published.parent, published):
        if (folder / STAGING).exists():
            shutil.rmtree(folder / STAGING)


# ---------------------------------------------------------------------------------------------------------------------
# Reading the warehouse


@contextmanager
def _warehouse(path: Path, staging: Path, run: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the warehouse as its own database and knows `this_run`."""
    if not path.is_file():
        raise HomeInvalid(
            f"HomeInvalid: there is no {path.name} to publish from.\n  Expected: the work file of a refresh. Run `bailiwick refresh`."
        )
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.IOException as error:
        raise HomeLocked(
            f"HomeLocked: {path.name} is open for writing in another program, so it cannot be published.\n"
            f"  It says: {str(error).splitlines()[0]}\n"
            "  Close that program, then run `bailiwick refresh` again."
        ) from error
    try:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"set temp_directory = {_literal(str(staging / 'spill'))}")
        connection.register("this_run", run)
        yield connection
    finally:
        connection.close()


def _relations(connection: duckdb.DuckDBPyConnection, keys: dict[str, list[str]]) -> tuple[_Relation, ...]:
    """Every relation of schema marts and the audit tables, sorted by name."""
    comments = dict(
        connection.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'marts' "
            "union all select view_name, comment from duckdb_views() where schema_name = 'marts'"
        ).fetchall()
    )
    if not comments:
        raise ContractBroken("ContractBroken: schema marts holds no relation, so there is nothing to publish.")
    if taken := sorted(set(comments) & set(AUDIT_TABLES)):
        raise ContractBroken(f"ContractBroken: marts.{taken[0]} is a name of the audit; call the model something else.")
    if absent := sorted(set(keys) - set(comments) - set(AUDIT_TABLES)):
        raise ContractBroken(
            f"ContractBroken: {', '.join(absent)} should be published and is not in schema marts.\n"
            "  Expected: every table that the marts' YAML declares. Was its model built in this run?"
        )
    found = [_mart(connection, name, keys.get(name, []), comment) for name, comment in comments.items()]
    found += [_audit(connection, name) for name in AUDIT_TABLES]
    return tuple(sorted(found, key=lambda relation: relation.name))


def _mart(connection: duckdb.DuckDBPyConnection, name: str, key: list[str], comment: str | None) -> _Relation:
    described = connection.execute(
        "select column_name, data_type, comment from duckdb_columns() where schema_name = 'marts' and table_name = ? order by column_index",
        [name],
    ).fetchall()
    columns = {column: type_ for column, type_, _ in described}
    if unknown := [column for column in key if column not in columns]:
        raise ContractBroken(f"ContractBroken: marts.{name} is sorted by {unknown[0]}, which is not a column of it.")
    return _Relation(
        name=name,
        query=f"select * from marts.{_quoted(name)}",
        order=(*key, *(column for column in columns if column not in key)),
        columns=columns,
        comment=comment,
        column_comments={column: text for column, _, text in described if text},
    )


def _audit(connection: duckdb.DuckDBPyConnection, name: str) -> _Relation:
    table = AUDIT_TABLES[name]
    query = table.query(exists=_exists(connection, table.source))
    columns = {row[0]: row[1] for row in connection.execute(f"describe {query}").fetchall()}
    return _Relation(
        name=name,
        query=query,
        order=(*table.key, *(column for column in columns if column not in table.key)),
        columns=columns,
        comment=table.comment,
        column_comments=table.column_comments,
    )


def _exists(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    schema, name = relation.split(".")
    found = connection.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?", [schema, name]
    ).fetchall()
    return bool(found)


# ---------------------------------------------------------------------------------------------------------------------
# Writing


def _write_parquet(connection: duckdb.DuckDBPyConnection, relation: _Relation, folder: Path) -> PublishedTable:
    """Write one table: a total order, fixed settings and equal row groups, so that equal rows are equal bytes."""
    path = folder / f"{relation.name}.parquet"
    order = ", ".join(f"{_quoted(column)} asc nulls last" for column in relation.order)
    reader = connection.sql(f"select * from ({relation.query}) order by {order}").to_arrow_reader(ROWS_PER_GROUP)
    rows = 0
    with pq.ParquetWriter(path, reader.schema, version="2.6", compression="zstd", compression_level=3) as writer:
        for group in _groups(reader):
            writer.write_table(group, row_group_size=ROWS_PER_GROUP)
            rows += group.num_rows
    _sync(path)
    return PublishedTable(name=relation.name, rows=rows, bytes=path.stat().st_size, sha256=sha256_of(path))


def _groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The rows in tables of ROWS_PER_GROUP: how DuckDB happened to cut its batches must not show in the file."""
    waiting = reader.schema.empty_table()
    for batch in reader:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while waiting.num_rows >= ROWS_PER_GROUP:
            yield waiting.slice(0, ROWS_PER_GROUP).combine_chunks()
            waiting = waiting.slice(ROWS_PER_GROUP)
    if waiting.num_rows:
        yield waiting.combine_chunks()


def _write_report(staging: Path, as_of_date: str) -> PublishedReport:
    """Make the health report of the Parquet files just written."""
    path = staging / REPORT / HEALTH_REPORT
    path.write_bytes(health_report(staging / PARQUET, as_of_date=as_of_date).encode())
    _sync(path)
    return PublishedReport(name=path.name, bytes=path.stat().st_size, sha256=sha256_of(path))


def _build_database(staging: Path, relations: tuple[_Relation, ...], tables: tuple[PublishedTable, ...]) -> None:
    """Build marts.duckdb from the Parquet files just written, in the older storage, and count it after reopening."""
    path = staging / DATABASE
    connection = duckdb.connect()
    try:
        connection.execute(f"set temp_directory = {_literal(str(staging / 'spill'))}")
        connection.execute(f"attach {_literal(str(path))} as new_copy (storage_version '{STORAGE_VERSION}')")
        for relation in relations:
            _copy_table(connection, relation, staging / PARQUET / f"{relation.name}.parquet")
        connection.execute("checkpoint new_copy")
        connection.execute("detach new_copy")
    finally:
        connection.close()
    _check_counts(path, tables)
    _sync(path)


def _copy_table(connection: duckdb.DuckDBPyConnection, relation: _Relation, parquet: Path) -> None:
    # the types of the warehouse, because Parquet knows fewer (an enumeration comes back as text)
    select = ", ".join(f"cast({_quoted(name)} as {type_}) as {_quoted(name)}" for name, type_ in relation.columns.items())
    table = f"new_copy.main.{_quoted(relation.name)}"
    connection.execute(f"create table {table} as select {select} from read_parquet({_literal(str(parquet))})")
    if relation.comment:
        connection.execute(f"comment on table {table} is {_literal(relation.comment)}")
    for column, comment in relation.column_comments.items():
        connection.execute(f"comment on column {table}.{_quoted(column)} is {_literal(comment)}")


def _check_counts(path: Path, tables: tuple[PublishedTable, ...]) -> None:
    connection = duckdb.connect(str(path), read_only=True)
    try:
        for table in tables:
            counted = connection.execute(f"select count(*) from {_quoted(table.name)}").fetchall()[0][0]
            if counted != table.rows:
                raise ContractBroken(
                    f"ContractBroken: the copy of {table.name} has {counted:,} rows, its Parquet file {table.rows:,}.\n"
                    "  Nothing was published. Is the disk full? Run `bailiwick refresh` again; if it stays, report it."
                )
    finally:
        connection.close()


# ---------------------------------------------------------------------------------------------------------------------
# Swapping


def _is_unchanged(published: Path, as_of_date: str, tables: tuple[PublishedTable, ...], reports: tuple[PublishedReport, ...]) -> bool:
    """Whether the same tables and pages for the same day stand there, whole. The run log alone makes no publication."""
    try:
        manifest = read_manifest(published)
    except (FileNotFoundError, ValueError):
        return False
    wanted = {table.name: table.sha256 for table in tables if table.name != RUN_LOG}
    return (
        manifest.format_version == FORMAT_VERSION
        and manifest.as_of_date == as_of_date
        and manifest.hashes(without=RUN_LOG) == wanted
        and manifest.reports == reports
        and not verify_published(published)
    )


def _swap(staging: Path, published: Path, manifest: Manifest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put the new files in place, the manifest last; returns the names of changed and of removed tables."""
    for folder in (PARQUET, REPORT):
        (published / folder).mkdir(parents=True, exist_ok=True)
    for log in sorted(published.glob(f"{DATABASE}.wal*")):
        log.unlink()  # left by a program that wrote into the copy: DuckDB would replay it onto the new file
    _replace(staging / DATABASE, published / DATABASE)
    changed = []
    for file in (*manifest.tables, *manifest.reports):
        target = published / file.file
        if not target.is_file() or sha256_of(target) != file.sha256:
            _replace(staging / file.file, target)
            changed.append(file)
    surplus = unknown_files(published, manifest)
    for path in surplus:
        path.unlink()
    for folder in (PARQUET, REPORT):
        _sync(published / folder)
    _replace(staging / MANIFEST, published / MANIFEST)
    changed_tables = tuple(file.name for file in changed if isinstance(file, PublishedTable))
    return changed_tables, tuple(path.stem for path in surplus if path.suffix == ".parquet")


def _replace(new: Path, old: Path) -> None:
    os.replace(new, old)  # noqa: PTH105 - named as in the module's docstring: it is the one step that must be atomic
    _sync(old.parent)


def _sync(path: Path) -> None:
    """Have a file's content, or a folder's entries, on the disk before the next step relies on them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
