"""quarantine/: what was refused, as files that a person can open, mend and export again.

Here: a mirror of raw.quarantine and of the refused files in raw.files; rewritten whole, so it never contradicts the tables.
Not here: deciding what is refused (batches.py, land.py).

quarantine/<source>/<day>/<entity>.csv holds refused rows, <file>.reason.txt says why a whole file was refused, or why an entity
it is read for was.
"""

import csv
import io
import json
import shutil
import unicodedata

import pyarrow as pa
import pyarrow.compute as pc

from ingest.home import CompanyHome


def mirror_quarantine(home: CompanyHome, files: pa.Table, rows: pa.Table) -> int:
    """Write the mirror and remove what is no longer refused. Returns the number of files it consists of."""
    wanted = _reasons(files) | _rows(rows)
    home.quarantine.mkdir(exist_ok=True)
    for path in sorted(home.quarantine.rglob("*"), reverse=True):
        relative = path.relative_to(home.quarantine).as_posix()
        if path.is_file() and relative not in wanted:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            shutil.rmtree(path)
    for relative, text in wanted.items():
        path = home.quarantine / relative
        content = text.encode("utf-8")
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return len(wanted)


def _reasons(files: pa.Table) -> dict[str, str]:
    with_reason = files.filter(pc.is_valid(files.column("reason"))).to_pylist()  # few of the ten thousand that a ledger may know
    refused = [row for row in with_reason if row["state"] in ("refused", "held", "loaded") and row["reason"]]
    return {f"{row['path']}.reason.txt": f"{row['reason']}\nContent: {row['file_sha256']}\n" for row in refused}


def _rows(rows: pa.Table) -> dict[str, str]:
    by_file: dict[str, list[dict]] = {}
    for row in (row for row in rows.to_pylist() if row["status"] != "replayed"):
        by_file.setdefault(f"{row['source']}/{row['as_of_date']}/{row['entity']}.csv", []).append(row)
    return {name: _csv(found) for name, found in by_file.items()}


def _csv(rows: list[dict]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # Python 3.11 quotes a lone \r only where it is part of the line end
    writer.writerow(["path", "row_number", "reason_code", "reason", "cells ->"])
    for row in rows:
        cells = [_harmless(cell) for cell in json.loads(row["raw_values"])]
        writer.writerow([row["path"], row["row_number"], row["reason_code"], row["reason"], *cells])
    return "\ufeff" + out.getvalue()  # with a byte order mark, since people open it in Excel


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, made text. Only here: stored values are never changed."""
    stripped = cell.lstrip()
    # Full-width signs too: a spreadsheet set to Chinese or Japanese takes ＝ for =.
    if unicodedata.normalize("NFKC", stripped[:1]) in ("=", "+", "-", "@") and not stripped.lstrip("+-").replace(".", "", 1).isdigit():
        return "'" + cell
    return cell
