"""The command `bailiwick audit`: an auditor's pack for one customer, out of a home's published copy, record, archive and work file.

Here: opening what the pack is made of, and the lines that people read. Not here: the pack (serving/audit_pack.py).
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.home import open_home
from ingest.record.store import RecordStore
from serving.audit_pack import TABLES_PACKED, gather, write
from serving.questions import open_published


@dataclass(frozen=True, kw_only=True)
class Packed:
    """What was written. `missing`: what could not be found, as sentences."""

    customer_id: str
    customer_name: str | None
    files: list[Path]
    rows: dict[str, int]
    missing: list[str]


def audit(home: Path, text: str, out: Path) -> Packed:
    """Write the pack of the customer that `text` means into the folder `out`. Raises NotFound, HomeInvalid, RecordBroken."""
    opened = open_home(home)
    nights = RecordStore(opened.record).nights()
    raw = _work_file(opened.warehouse_path)
    try:
        with open_published(opened.published, tables=TABLES_PACKED) as connection:
            pack = gather(connection, text, archive=opened.archive, nights=nights, raw=raw)
    finally:
        if raw is not None:
            raw.close()
    return Packed(
        customer_id=pack.customer_id,
        customer_name=pack.customer_name,
        files=write(pack, out),
        rows={name: len(rows) for name, rows in pack.tables.items()},
        missing=pack.missing,
    )


def _work_file(path: Path) -> duckdb.DuckDBPyConnection | None:
    """The work file, where it is there and no refresh runs; without it the pack names the rows of exports and does not quote them."""
    try:
        return duckdb.connect(str(path), read_only=True) if path.exists() else None
    except duckdb.IOException:
        return None


def told(found: Packed, out: Path) -> list[str]:
    """What was written, in lines for people."""
    counts = ", ".join(f"{count} {name}" for name, count in found.rows.items() if count)
    return [
        f"{found.customer_id}  {found.customer_name or '(no name)'}: {counts}",
        *(f"  {path.name}" for path in found.files),
        *(f"Missing: {line}" for line in found.missing),
        f"Open {out / 'index.html'} in any browser; it needs neither this program nor a network.",
    ]
