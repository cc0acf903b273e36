"""The ledger: every file that was ever seen in landing/, and which of them count today.

Here: which version of which file is active, what became of each. Not here: reading files (csv_files.py), batches (land.py).

A loaded file that disappears from landing/ stays active, since people tidy up and the archive has it. A refused one that
disappears is done with, and what it was to replace counts again. A file that moved is superseded by its new path, so that a wrong
day can be mended by moving it. Moved means: the same content, size and modification time at another path of the same source. The
content alone would not do, since the list of people is the same every night, and tidying up Monday's must not undo Monday.
"""

from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch

import pyarrow as pa

from ingest.errors import FileRefused
from ingest.home import CompanyHome
from ingest.landing.files import LandedFile, archive_file, find_files
from ingest.sources.mapping import Source
from ingest.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the ledger says of files: its rows by (path, sha256), the active files in path order, and this look's news."""

    rows: dict[tuple[str, str], dict[str, object]]
    active: list[LandedFile]
    new_count: int
    messages: list[str]


def look(home: CompanyHome, ledger: pa.Table, *, seen_at: datetime) -> Seen:
    """Find files, archive new content, and settle which versions are active. Rows keep what is known of them so far."""
    rows = {(row["path"], row["file_sha256"]): row for row in ledger.to_pylist()}
    hashed = {(row["path"], row["size_bytes"], row["modified_ns"]): row["file_sha256"] for row in rows.values()}
    on_disk, new_count = [], 0
    messages: list[str] = []
    for file in find_files(home.landing, hashed, messages):
        if not archive_file(home.landing / file.path, file.sha256, home.archive):
            messages.append(f"{file.path} changed while it was read (is it still being uploaded?); the next refresh takes it.")
            continue
        on_disk.append(file)
        row = rows.get((file.path, file.sha256))
        if row is None:
            new_count += 1
            rows[file.path, file.sha256] = _new_row(file, seen_at)
        else:
            row["modified_ns"] = file.modified_ns
    active = {file.path: file for file in on_disk}
    places = {(file.source, file.sha256, file.modified_ns): file.path for file in on_disk}
    for key, row in sorted(rows.items()):
        path, sha256 = key
        moved_to = places.get((row["source"], sha256, row["modified_ns"]))
        if path in active:
            if active[path].sha256 != sha256 and row["state"] != "loaded":  # what is loaded stays until the newer content is
                row.update(superseded_by_content(path))
        elif moved_to is not None:
            row |= {"state": "superseded", "reason_code": "moved", "reason": f"The same content now lies at {moved_to}."}
        elif row["state"] == "loaded":
            active[path] = _landed(row)
        elif row["state"] != "superseded":
            row |= {"state": "superseded", "reason_code": "taken_away", "reason": f"{path} was taken out of landing/ before it was loaded."}
    return Seen(rows=rows, active=[active[path] for path in sorted(active)], new_count=new_count, messages=messages)


def superseded_by_content(path: str) -> dict[str, object]:
    """What the ledger says of a version whose path holds other content by now."""
    return {"state": "superseded", "reason_code": "newer_content", "reason": f"{path} was replaced by other content."}


def _new_row(file: LandedFile, seen_at: datetime) -> dict[str, object]:
    return {
        "path": file.path,
        "source": file.source,
        "as_of_date": file.as_of_date,
        "file_sha256": file.sha256,
        "size_bytes": file.size_bytes,
        "modified_ns": file.modified_ns,
        "encoding": None,
        "row_count": None,
        "state": "unmapped",
        "entities": "",
        "reason_code": None,
        "reason": None,
        "first_seen_at": seen_at.replace(tzinfo=None),
    }


def _landed(row: dict) -> LandedFile:
    return LandedFile(
        path=row["path"],
        source=row["source"],
        as_of_date=row["as_of_date"],
        sha256=row["file_sha256"],
        size_bytes=row["size_bytes"],
        modified_ns=row["modified_ns"],
    )


def without_batch(file: LandedFile, sources: dict[str, Source]) -> FileRefused:
    """Why no batch wants a file: its place or name says nothing to any mapping."""
    if file.as_of_date is None:
        return FileRefused(
            "no_day",
            f"{file.path} does not lie in landing/<source>/<YYYY-MM-DD>/, so the day it describes is unknown. Move it there.",
        )
    if file.source not in sources:
        known = ", ".join(sorted(sources)) or "none yet"
        return FileRefused(
            "no_source",
            f"{file.path}: there is no sources/{file.source}.yml (known: {known}). Write one, or move the file to the right folder.",
        )
    if any(fnmatch(file.name.casefold(), pattern.casefold()) for pattern in sources[file.source].ignore_files):
        return FileRefused("ignored", f"{file.path} is left alone: ignore_files in sources/{file.source}.yml names it. It is archived.")
    return FileRefused(
        "no_feed",
        f"{file.path}: no entity in sources/{file.source}.yml reads a file of that name. "
        "Add a feed, or name it in ignore_files; it is archived.",
    )


def ledger_table(seen: Seen) -> pa.Table:
    """The rows as raw.files."""
    return pa.Table.from_pylist(list(seen.rows.values()), schema=TABLES["raw.files"].arrow_schema)
