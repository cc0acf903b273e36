"""CSV files that people open in a spreadsheet or feed into a CRM.

Here: how a text is kept from being taken for a formula, and writing a table. Not here: which tables (audit_pack.py, proposed_moves.py).
"""

from pathlib import Path

import polars as pl

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FORMULA_PATTERN = "^[" + "".join(rf"\x{ord(sign):02x}" for sign in _FORMULA) + "]"


def harmless(value: object) -> object:
    """A text that a spreadsheet would take for a formula with an apostrophe in front; anything else, a negative number too, as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def write_csv(rows: pl.DataFrame, path: Path, *, byte_order_mark: bool = True) -> None:
    """Write a table, texts as `harmless` has them. With the mark Excel reads the file as UTF-8; programs that import want none."""
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    shielded = [
        pl.when(pl.col(name).str.contains(_FORMULA_PATTERN)).then(pl.concat_str(pl.lit("'"), name)).otherwise(name).alias(name)
        for name in texts
    ]
    rows.with_columns(shielded).write_csv(path, include_bom=byte_order_mark, line_terminator="\r\n")
