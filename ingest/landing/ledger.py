"""The ledger: every file that was ever seen in landing/, and which of them count today.

Here: which version of which file is active, files inside ZIPs, what no batch wants. Not here: reading files (read_content.py), which of
several exports of a day counts (batches.py), what became of each batch (land.py).

Every version that could be read stays active, on disk or not: which of them counts is decided by what the exports say of
themselves, never by the order in which they were loaded (batches.py). A loaded file that disappears from landing/ stays active, since
people tidy up and the archive has it. A refused one that disappears is done with. A file that moved is superseded by its new path, so
that a wrong day can be mended by moving it. Moved means: the same content, size and modification time at another path of the same
source. The content alone would not do, since the list of people is the same every night, and tidying up Monday's must not undo Monday.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from ingest.errors import FileRefused
from ingest.home import CompanyHome
from ingest.landing.content import Limits
from ingest.landing.files import LandedFile, archive_file, archived_hashes, archived_path, find_files
from ingest.landing.zip_files import is_zip, list_members, read_member
from ingest.sources.mapping import Source
from ingest.tables import TABLES

FileKey = tuple[str, str]
"""Path and content hash."""

_OUT_OF_PLAY = ("moved", "taken_away", "replaced")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the ledger says of files: its rows by (path, sha256), the active files in path order, and this look's news.

    `containers`: ZIPs, with the reason where one cannot be opened; their members stand among the active files.
    """

    rows: dict[FileKey, dict[str, object]]
    active: list[LandedFile]
    containers: dict[FileKey, FileRefused | None]
    new_count: int
    messages: list[str]


def look(home: CompanyHome, ledger: pa.Table, *, seen_at: datetime, limits: Limits) -> Seen:
    """Find files, archive new content, open ZIPs, and settle which versions are active. Rows keep what is known of them so far."""
    rows = {(row["path"], row["file_sha256"]): row for row in ledger.to_pylist()}
    hashed = {
        (row["path"], row["size_bytes"], row["modified_ns"]): row["file_sha256"] for row in rows.values() if not row["container_sha256"]
    }
    members_of: dict[str, list[dict]] = {}
    zip_paths: dict[str, list[str]] = {}
    for row in rows.values():
        if row["container_sha256"]:
            members_of.setdefault(row["container_sha256"], []).append(row)
        else:
            zip_paths.setdefault(row["file_sha256"], []).append(row["path"])
    on_disk, new_count = [], 0
    containers: dict[FileKey, FileRefused | None] = {}
    messages: list[str] = []
    archived = archived_hashes(home.archive)
    for file in find_files(home.landing, hashed, messages):
        if file.sha256 not in archived and not archive_file(home.landing / file.path, file.sha256, home.archive):
            messages.append(f"{file.path} changed while it was read (is it still being uploaded?); the next refresh takes it.")
            continue
        row = rows.get(file.key)
        new_count += row is None
        if row is None:
            rows[file.key] = _new_row(file, seen_at)
        else:
            row["modified_ns"] = file.modified_ns
        if row is not None and file.sha256 in members_of:
            containers[file.key] = None
            inside = _known_members(file, members_of[file.sha256], zip_paths[file.sha256])
        elif (row is None or row["encoding"] in (None, "zip")) and _may_be_zip(home, file):
            inside, containers[file.key] = open_zip(file, archived_path(home.archive, file.sha256).read_bytes(), limits)
        else:
            on_disk.append(file)
            continue
        for member in inside:
            rows[member.key] = rows.get(member.key) or _new_row(member, seen_at)
            rows[member.key]["modified_ns"] = member.modified_ns
        on_disk += inside
    active = active_of(rows, on_disk, containers)
    return Seen(rows=rows, active=active, containers=containers, new_count=new_count, messages=messages)


def active_of(rows: dict[FileKey, dict], on_disk: list[LandedFile], containers: dict[FileKey, FileRefused | None]) -> list[LandedFile]:
    active = {file.key: file for file in on_disk}
    paths = {file.path for file in on_disk}
    places = {(file.source, file.sha256, file.modified_ns): file.path for file in on_disk}
    held_zips = {row["container_sha256"] for row in rows.values() if row["container_sha256"]}
    for key, row in sorted(rows.items()):
        path, sha256 = key
        if key in active or key in containers or (sha256 in held_zips and not row["container_sha256"]):
            continue
        moved_to = places.get((row["source"], sha256, row["modified_ns"]))
        readable = row["state"] in ("loaded", "held") or (row["state"] == "superseded" and row["reason_code"] not in _OUT_OF_PLAY)
        if moved_to is not None and path not in paths:
            row |= {"state": "superseded", "reason_code": "moved", "reason": f"The same content now lies at {moved_to}."}
        elif readable:
            active[key] = _landed(row, is_overwritten=path in paths or row["reason_code"] == "newer_content")
        elif path in paths:
            row |= {
                "state": "superseded",
                "reason_code": "replaced",
                "reason": f"{path} was replaced by other content before it was loaded.",
            }
        elif row["state"] != "superseded":
            row |= {"state": "superseded", "reason_code": "taken_away", "reason": f"{path} was taken out of landing/ before it was loaded."}
    return [active[key] for key in sorted(active)]


def _may_be_zip(home: CompanyHome, file: LandedFile) -> bool:
    with archived_path(home.archive, file.sha256).open("rb") as stream:
        return stream.read(2) == b"PK" and is_zip(archived_path(home.archive, file.sha256).read_bytes(), file.path)


def open_zip(file: LandedFile, data: bytes, limits: Limits) -> tuple[list[LandedFile], FileRefused | None]:
    """The files inside a ZIP with that content, each hashed; or why it cannot be opened."""
    try:
        members = [(member, read_member(data, member.index, limits)) for member in list_members(data, file.path, limits)]
    except FileRefused as refusal:
        return [], refusal
    return [
        LandedFile(
            path=f"{file.path}/{member.name}",
            source=file.source,
            as_of_date=file.as_of_date,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            modified_ns=file.modified_ns,
            container_sha256=file.sha256,
            container_index=member.index,
        )
        for member, content in members
    ], None


def _known_members(file: LandedFile, rows: list[dict], zip_paths: list[str]) -> list[LandedFile]:
    """The same out of the ledger, which has opened this content before, at this path or another of `zip_paths`."""
    found = {}
    for row in rows:
        own = max((path for path in zip_paths if row["path"].startswith(f"{path}/")), key=len)
        found[row["container_index"]] = LandedFile(
            path=f"{file.path}{row['path'].removeprefix(own)}",
            source=file.source,
            as_of_date=file.as_of_date,
            sha256=row["file_sha256"],
            size_bytes=row["size_bytes"],
            modified_ns=file.modified_ns,
            container_sha256=file.sha256,
            container_index=row["container_index"],
        )
    return [found[index] for index in sorted(found)]


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
        "container_sha256": file.container_sha256,
        "container_index": file.container_index,
        "exported_at": None,
        "state": "landed",
        "entities": "",
        "reason_code": None,
        "reason": None,
        "first_seen_at": seen_at.replace(tzinfo=None),
    }


def _landed(row: dict, *, is_overwritten: bool) -> LandedFile:
    return LandedFile(
        path=row["path"],
        source=row["source"],
        as_of_date=row["as_of_date"],
        sha256=row["file_sha256"],
        size_bytes=row["size_bytes"],
        modified_ns=row["modified_ns"],
        container_sha256=row["container_sha256"],
        container_index=row["container_index"],
        is_overwritten=is_overwritten,
    )


def is_of_the_future(file: LandedFile, seen: Seen) -> bool:
    """Whether a file claims to describe a day that had not come when it was first seen anywhere on earth: a mistyped folder. Loaded, it
    would make that day the present, and nothing that comes before it could be recorded any more (2026-11-22)."""
    first_seen_on = seen.rows[file.key]["first_seen_at"].date()
    return file.as_of_date is not None and file.as_of_date > first_seen_on + timedelta(days=1)


def without_batch(file: LandedFile, sources: dict[str, Source], *, is_of_the_future: bool = False) -> FileRefused:
    """Why no batch wants a file: its place or name says nothing to any mapping."""
    if is_of_the_future:
        return FileRefused(
            "future_day",
            f"{file.path} claims to describe {file.as_of_date}, a day that had not come when the file did. It is not loaded. "
            "Move it to the folder of the day that it describes.",
        )
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
    if file.matches(sources[file.source].ignore_files):
        return FileRefused("ignored", f"{file.path} is left alone: ignore_files in sources/{file.source}.yml names it. It is archived.")
    return FileRefused(
        "no_feed",
        f"{file.path}: no entity in sources/{file.source}.yml reads a file of that name. "
        "Add a feed, or name it in ignore_files; it is archived.",
    )


def ledger_table(seen: Seen) -> pa.Table:
    """The rows as raw.files."""
    return pa.Table.from_pylist(list(seen.rows.values()), schema=TABLES["raw.files"].arrow_schema)
