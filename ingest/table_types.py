"""What a table declaration consists of: types, columns, tables.

Here: the words of a declaration. Not here: the declarations (tables.py, rule_tables.py).
"""

from dataclasses import dataclass

import pyarrow as pa

ARROW_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.decimal128(18, 4),  # money: exact, so that sums do not depend on the order of rows
    # What money is multiplied by. 2026-11-22: four decimals are too few for a rate (1 VND is 0.00028 CNY; 0.0003 would be 7 % too much),
    # and DuckDB multiplies two decimals of 18 digits within 18 digits, which overflows from 10^10 on; with 20 digits it takes 38.
    "factor": pa.decimal128(20, 10),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),  # always UTC
    "boolean": pa.bool_(),
}
DUCKDB_TYPES: dict[str, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18,4)",
    "factor": "DECIMAL(20,10)",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its name, its type (a key of ARROW_TYPES) and the sentence that explains it."""

    name: str
    type: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its relation (`schema.name`), what one row is, its primary key and its columns."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def schema_name(self) -> str:
        return self.name.split(".")[0]

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, ARROW_TYPES[c.type]) for c in self.columns])

    @property
    def column_names(self) -> list[str]:
        return [c.name for c in self.columns]


def columns_of(*rows: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name=name, type=type_, sentence=sentence) for name, type_, sentence in rows)
