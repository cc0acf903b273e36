"""The only door to the warehouse file: read, replace, append.

Here: opening the private DuckDB file of a company home, and writing tables that fit their contract in `tables.py`.
Not here: what stands in the tables; relations made by dbt (read only, never written).

Calls open the file and close it again, because dbt runs in a process of its own and DuckDB admits one writer: a connection
kept open would lock dbt out. Opening takes 50 ms (2026-11-21), so a step that makes many calls keeps it `opened` meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from ingest.errors import ContractBroken, HomeInvalid, HomeLocked
from ingest.table_types import ARROW_TYPES, DUCKDB_TYPES, Table
from ingest.tables import TABLES

STORED_AS_IT_IS = 200_000
"""Rows from which data are stored in the order and the form of text in which they come: sorting 1 M rows takes 2 s and a copy of them,
every reader sorts, and DuckDB takes Arrow's string views as well as strings (2026-11-22)."""
SLICE_ROWS = 122_880
"""Rows that a step which goes through a table in slices holds at once: a row group of DuckDB."""


def conform(table: Table, data: pa.Table) -> pa.Table:
    """`data` with the columns of `table` in their order and types, sorted by its key, after checking the key.

    Large data (STORED_AS_IT_IS) stay unsorted, and texts in them may be string views.

    Raises ContractBroken for a missing or surplus column, a value that does not fit its type, or a key that is null or
    stands twice.
    """
    wanted, given = set(table.column_names), set(data.column_names)
    if wanted != given:
        lacking, surplus = sorted(wanted - given) or "nothing", sorted(given - wanted) or "nothing"
        raise ContractBroken(
            f"ContractBroken: {table.name} lacks {lacking} and has {surplus} too many.\n"
            "  Expected: the columns declared in ingest/tables.py. This is a fault of the program; please report it."
        )
    data, is_large = data.select(table.column_names), data.num_rows > STORED_AS_IT_IS
    try:
        data = data.cast(_with_views(table.arrow_schema, data.schema) if is_large else table.arrow_schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ContractBroken(f"ContractBroken: {table.name}: a value does not fit the declared type: {error}") from error
    is_sorted = _check_key(table, data)
    return data if is_large or is_sorted else data.sort_by([(name, "ascending") for name in table.key])


def _with_views(wanted: pa.Schema, given: pa.Schema) -> pa.Schema:
    """`wanted`, but texts as string views where they are given so."""
    is_view = {field.name for field in given if field.type == pa.string_view()}
    return pa.schema([pa.field(field.name, pa.string_view()) if field.name in is_view else field for field in wanted])


def _check_key(table: Table, data: pa.Table) -> bool:
    """Whether the rows are seen to stand in the order of the key. Raises ContractBroken."""
    for name in table.key:
        if empty := data.column(name).null_count:
            raise ContractBroken(f"ContractBroken: {table.name}.{name} is part of the key and is empty in {empty} row(s).")
    keys = pl.DataFrame(pl.from_arrow(data.select(table.key)))
    telling = [name for name in table.key if keys[name].n_unique() > 1] or table.key[:1]  # source and day are one for a whole batch
    distinct = keys[telling[0]].n_unique() if len(telling) == 1 else keys.select(telling).n_unique()
    if distinct != data.num_rows:
        raise ContractBroken(f"ContractBroken: {table.name} has {data.num_rows - distinct} row(s) too many for its key {table.key}.")
    return len(telling) == 1 and keys[telling[0]].is_sorted()  # spares a slice of 150,000 rows 0.3 s (2026-11-22)


class Warehouse:
    """The private work file of one company home. `path` need not exist yet."""

    def __init__(self, path: Path):
        self.path = path
        self._kept: duckdb.DuckDBPyConnection | None = None
        self._is_writing = False

    @contextmanager
    def opened(self) -> Iterator["Warehouse"]:
        """Keep the file open for the calls made inside. Not around anything that another process does to it."""
        with self._connection() as connection:
            outer, self._kept = self._kept, connection
            try:
                yield self
            finally:
                self._kept = outer

    @contextmanager
    def _connection(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._kept is not None:
            yield self._kept
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            connection = duckdb.connect(str(self.path), read_only=read_only and self.path.exists())
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise HomeInvalid(
                    f"HomeInvalid: {self.path.name} cannot be opened.\n  It says: {str(error).splitlines()[0]}\n"
                    "  If a newer version of this program wrote it, use that one; otherwise put the file back from a backup."
                ) from error
            raise HomeLocked(
                f"HomeLocked: {self.path.name} is open in another program, and DuckDB admits one writer.\n"
                f"  It says: {str(error).splitlines()[0]}\n"
                "  Close that program (a BI tool should read published/marts.duckdb instead), then run `bailiwick refresh` again."
            ) from error
        try:
            connection.execute("set timezone = 'UTC'")
            yield connection
        finally:
            connection.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Everything written inside counts together or not at all; the connection is for a step that keeps a state of its own in SQL
        (schema `resolution`), no other."""
        with self.opened(), self._transaction() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._connection() as connection:
            if self._is_writing:  # the outer transaction decides
                yield connection
                return
            connection.begin()
            self._is_writing = True
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            finally:
                self._is_writing = False
            connection.commit()

    def exists(self, name: str) -> bool:
        """Whether the relation is in the file."""
        schema, relation = name.split(".")
        with self._connection(read_only=True) as connection:
            return _has(connection, schema, relation)

    def read(self, name: str) -> pa.Table:
        """All rows of a relation, sorted by the key where Python declares it. A declared table nobody wrote yet is empty."""
        schema, relation = name.split(".")
        if name in TABLES and not self.path.exists():
            return TABLES[name].arrow_schema.empty_table()
        with self._connection(read_only=True) as connection:
            if not _has(connection, schema, relation):
                if name in TABLES:
                    return TABLES[name].arrow_schema.empty_table()
                raise ContractBroken(f"ContractBroken: there is no relation {name} in {self.path.name}.")
            order = ", ".join(f'"{column}"' for column in TABLES[name].key) if name in TABLES else "all"
            return connection.sql(f'select * from "{schema}"."{relation}" order by {order}').to_arrow_table()

    def read_part(
        self, name: str, where: Mapping[str, object], columns: Iterable[str] | None = None, *, until: date | None = None
    ) -> pa.Table:
        """The rows of a declared table that have given values in given columns (one of several, where a list is given) and an `as_of_date`
        up to `until`, sorted by the key; all columns, or those named."""
        table = TABLES[name]
        wanted = list(columns) if columns else table.column_names
        schema, relation = name.split(".")
        if not self.path.exists() or not self.exists(name):
            return table.arrow_schema.empty_table().select(wanted)
        chosen, order = (", ".join(f'"{column}"' for column in names) for names in (wanted, table.key))
        conditions = [f'list_contains(?, "{column}")' if isinstance(value, list) else f'"{column}" = ?' for column, value in where.items()]
        conditions += ["as_of_date <= ?"] if until else []
        with self._connection(read_only=True) as connection:
            query = f'select {chosen} from "{schema}"."{relation}" where {" and ".join(conditions) or "true"} order by {order}'
            return connection.sql(query, params=[*where.values(), *([until] if until else [])]).to_arrow_table()

    def stream(self, sql: str, *, slice_rows: int = SLICE_ROWS, **tables: pa.Table) -> Iterator[pa.Table]:
        """The result of a read-only query of the project's own, in slices of which one at a time is in memory.

        `tables` can be named in the query. What is written to the warehouse meanwhile, even to the tables that are read, is not seen.
        """
        with self._connection(read_only=True) as connection:
            cursor = connection.cursor()  # one of its own: a result is lost once its connection runs another query
            try:
                cursor.execute("set timezone = 'UTC'")
                for name, data in tables.items():
                    cursor.register(name, data)
                for batch in cursor.sql(sql).to_arrow_reader(slice_rows):
                    yield pa.Table.from_batches([batch])
            finally:
                cursor.close()

    def query(self, sql: str, **tables: pa.Table) -> pa.Table:
        """The result of a read-only query of the project's own (never one built from a file's content).

        `tables` can be named in the query beside the warehouse's own relations.
        """
        with self._connection(read_only=True) as connection:
            for name, data in tables.items():
                connection.register(name, data)
            try:
                return connection.sql(sql).to_arrow_table()
            finally:
                for name in tables:
                    connection.unregister(name)

    def replace(self, name: str, data: pa.Table) -> None:
        """Make `data` the whole content of a declared table, in one transaction. Raises ContractBroken."""
        data = conform(TABLES[name], data)
        with self._transaction() as connection:
            _create(connection, TABLES[name], fresh=True)
            _insert(connection, TABLES[name], data)

    def create(self, name: str) -> None:
        """Make a declared table, empty, where it is not there yet."""
        with self._transaction() as connection:
            _create(connection, TABLES[name], fresh=False)

    def merge(self, name: str, slices: Iterable[pa.Table], *, gone: pa.Table) -> None:
        """Rows of a declared table anew, in one transaction: those with the keys in `gone` go, each row of `slices` takes the place of
        the row with its key or is added. Raises ContractBroken.

        The key is checked within a slice; no two slices may share one.
        """
        table = TABLES[name]
        with self._transaction() as connection:
            _create(connection, table, fresh=False)
            is_empty = not connection.execute(f"select exists (select 1 from {name})").fetchall()[0][0]
            _delete(connection, table, gone)
            for data in slices:
                conformed = conform(table, data)
                if not is_empty:
                    _delete(connection, table, conformed.select(table.key))
                _insert(connection, table, conformed)

    def update(self, name: str, data: pa.Table) -> None:
        """Write other values into rows of a declared table: `data` has its key and the columns that change. Unknown keys are ignored."""
        table = TABLES[name]
        if not data.num_rows:
            return
        others = [column for column in data.column_names if column not in table.key]
        changed, same = ", ".join(f'"{column}" = new."{column}"' for column in others), _same_key(table)
        with self._transaction() as connection:
            connection.register("updated_rows", data)
            connection.execute(f"update {name} as old set {changed} from updated_rows as new where {same}")
            connection.unregister("updated_rows")

    def replace_all(self, tables: dict[str, pa.Table]) -> None:
        """`replace` for several tables in one transaction: readers see all of them new, or none."""
        conformed = {name: conform(TABLES[name], data) for name, data in tables.items()}
        with self._transaction() as connection:
            for name, data in conformed.items():
                _create(connection, TABLES[name], fresh=True)
                _insert(connection, TABLES[name], data)

    def replace_parts(self, parts: list[tuple[str, dict[str, object], pa.Table]]) -> None:
        """Replace the rows of declared tables that have given values in given columns; all parts in one transaction.

        Each part is (table, column -> value, the new rows). Rows that do not have the values stay as they are. The key is
        checked within the new rows; `where` is part of the key in every use, so no other row can share one. Parts of one table are
        deleted and inserted together: a night of 1,440 small parts took 27 s one by one (2026-11-22). Of two parts with the same
        place the later counts.
        """
        places: dict[tuple[str, tuple[str, ...]], dict[tuple[object, ...], pa.Table]] = {}
        for name, where, data in parts:
            places.setdefault((name, tuple(where)), {})[tuple(where.values())] = data
        with self._transaction() as connection:
            for (name, columns), by_value in places.items():
                table = TABLES[name]
                data = conform(table, _one_table(table, list(by_value.values())))
                types = {column.name: ARROW_TYPES[column.type] for column in table.columns}
                values = zip(*by_value, strict=True)
                keys = pa.table({column: pa.array(found, types[column]) for column, found in zip(columns, values, strict=True)})
                _create(connection, table, fresh=False)
                connection.register("replaced_places", keys)
                same = " and ".join(f'old."{column}" = new."{column}"' for column in columns)
                connection.execute(
                    f'delete from "{table.schema_name}"."{name.split(".")[1]}" as old using replaced_places as new where {same}'
                )
                connection.unregister("replaced_places")
                _insert(connection, table, data)

    def append(self, name: str, data: pa.Table) -> None:
        """Add rows to a declared table. Raises ContractBroken when a key already stands there."""
        table = TABLES[name]
        data = conform(table, data)
        with self._transaction() as connection:
            _create(connection, table, fresh=False)
            connection.register("new_rows", data)
            same = " and ".join(f'old."{column}" = new_rows."{column}"' for column in table.key)
            known = connection.sql(
                f'select count(*) from "{table.schema_name}"."{name.split(".")[1]}" as old join new_rows on {same}'
            ).fetchall()[0][0]
            connection.unregister("new_rows")
            if known:
                raise ContractBroken(f"ContractBroken: {known} row(s) of {name} already stand there; a log is only added to.")
            _insert(connection, table, data)

    def prepare(self) -> list[str]:
        """Make every declared table that is not there yet, empty, so that SQL finds them all; and give those that an earlier
        version of the program wrote today's columns, new ones null. Returns the names of the latter."""
        changed = []
        with self._transaction() as connection:
            for table in TABLES.values():
                schema, relation = table.name.split(".")
                if not _has(connection, schema, relation):
                    _create(connection, table, fresh=False)
                    continue
                described = connection.sql(f'describe "{schema}"."{relation}"').fetchall()
                wanted = [(column.name, DUCKDB_TYPES[column.type]) for column in table.columns]
                if [(row[0], row[1]) for row in described] == wanted:
                    continue
                kept = {row[0] for row in described}
                columns = ", ".join(f'{_cast(name, type_) if name in kept else "null::" + type_} as "{name}"' for name, type_ in wanted)
                connection.execute(f'create or replace table "{schema}"."{relation}" as select {columns} from "{schema}"."{relation}"')
                changed.append(table.name)
        return changed

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, so that the file alone is the warehouse."""
        with self._connection() as connection:
            connection.execute("checkpoint")


def _one_table(table: Table, parts: list[pa.Table]) -> pa.Table:
    parts = [part.select(table.column_names) for part in parts]
    if len({part.schema for part in parts}) > 1:  # a large part with string views beside small ones
        parts = [part.cast(table.arrow_schema) for part in parts]
    return pa.concat_tables(parts)


def _cast(name: str, type_: str) -> str:
    return f'try_cast("{name}" as {type_})'


def _has(connection: duckdb.DuckDBPyConnection, schema: str, relation: str) -> bool:
    found = connection.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?", [schema, relation]
    ).fetchall()
    return found[0][0] > 0


def _create(connection: duckdb.DuckDBPyConnection, table: Table, *, fresh: bool) -> None:
    schema, relation = table.name.split(".")
    columns = ", ".join(f'"{column.name}" {DUCKDB_TYPES[column.type]}' for column in table.columns)
    connection.execute(f'create schema if not exists "{schema}"')
    verb = "create or replace table" if fresh else "create table if not exists"
    connection.execute(f'{verb} "{schema}"."{relation}" ({columns})')


def _same_key(table: Table) -> str:
    return " and ".join(f'old."{column}" = new."{column}"' for column in table.key)


def _delete(connection: duckdb.DuckDBPyConnection, table: Table, keys: pa.Table) -> None:
    if keys.num_rows:
        connection.register("deleted_keys", keys)
        connection.execute(f"delete from {table.name} as old using deleted_keys as new where {_same_key(table)}")
        connection.unregister("deleted_keys")


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, data: pa.Table) -> None:
    if not data.num_rows:
        return
    schema, relation = table.name.split(".")
    incoming = data  # noqa: F841 - found by its name; a registered one stays in memory until the transaction ends (2026-11-22)
    connection.execute(f'insert into "{schema}"."{relation}" by name select * from incoming')
