"""The files of the record: written whole and flushed, read only where the bytes are those that were sealed.

Here: bytes on disk, Parquet, content hashes. Not here: which files a night has (store.py), the list that names them (seals.py).
"""

import hashlib
import io
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def sha256(content: bytes) -> str:
    """The content hash, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def parquet(table: pa.Table) -> bytes:
    """The table as the bytes of a Parquet file: the same table, the same bytes."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", version="2.6", store_schema=False)
    return sink.getvalue()


def table(content: bytes, schema: pa.Schema) -> pa.Table:
    """The rows of such a file, with the columns of `schema`. Raises what a reader says of bytes that are none."""
    return pq.read_table(io.BytesIO(content)).select(schema.names).cast(schema)


def write(path: Path, content: bytes) -> None:
    """The whole file or nothing, and on the disk before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.new")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def number_of(path: Path) -> int | None:
    """The night in the name of a night's file; None where there is none."""
    number = path.name.split("_")[0]
    return int(number) if number.isdecimal() and number.isascii() else None
