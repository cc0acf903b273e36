"""What a landing would say of files that no refresh has read yet. Nothing is written, archived or remembered.

Here: reading them where they lie, judging them against the last believed day. Not here: landing them (land.py), telling people
(orchestration/doctor.py).

Only batches that hold a new file are read. That a late day has the days after it judged again (load.py) is left to the landing.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from ingest.errors import FileRefused, HomeInvalid
from ingest.home import CompanyHome
from ingest.landing.acceptances import Acceptances, read_acceptances
from ingest.landing.batches import FeedFiles, read_batch
from ingest.landing.content import Content, Limits
from ingest.landing.files import LandedFile, archived_path, find_files
from ingest.landing.guards import Shown, check_rows, judge, missing, shown
from ingest.landing.land import batches_of, missed_of, spoken_of
from ingest.landing.ledger import FileKey, active_of, is_of_the_future, open_zip, without_batch
from ingest.landing.load import BatchKey, content_hash
from ingest.landing.read_content import read_content
from ingest.landing.zip_files import is_zip, read_member
from ingest.sources.mapping import Format, Source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the next landing would say. `refusals`: (path or source/entity/day, why it would be refused or held). `batches`: every
    source/entity/day that was judged. `rows`: raw.<entity> of the batches that would be loaded, for the entities asked for."""

    refusals: list[tuple[str, FileRefused]] = field(default_factory=list)
    batches: set[str] = field(default_factory=set)
    rows: dict[str, list[pa.Table]] = field(default_factory=dict)


def preview(
    home: CompanyHome,
    warehouse: Warehouse,
    sources: dict[str, Source],
    *,
    seen_at: datetime,
    max_file_bytes: int,
    wanted_rows: Collection[str] = (),
) -> Preview:
    """Judge every batch that holds a file no refresh has read, as if it were landed at `seen_at`. `wanted_rows` names entities whose rows
    are wanted."""
    found = Preview()
    reader = _Reader(home, Limits(max_bytes=max_file_bytes))
    files, new = _look(home, warehouse, reader, found)
    to_come = {file.key for file in files if is_of_the_future(file, seen_at)}
    wanted = batches_of([file for file in files if file.key not in to_come], sources)
    claimed = {file.key for feeds in wanted.values() for feed in feeds for file in feed.all_files()}
    left = [file for file in files if file.key in new and file.key not in claimed]
    found.refusals.extend((file.path, without_batch(file, sources, is_of_the_future=file.key in to_come)) for file in left)
    guard = _Guard(home, warehouse, wanted)
    fresh = {key for key, feeds in wanted.items() if any(file.key in new for feed in feeds for file in feed.all_files())}
    for key in sorted({*fresh, *missed_of(wanted, sources)}):
        source, day, entity = key
        place = f"{source}/{entity}/{day}"
        found.batches.add(place)
        if key not in fresh:
            found.refusals.extend((place, why) for why in guard.missing(key))
            continue
        limits = sources[source].guards.of(entity)
        try:
            batch = read_batch(sources[source], entity, day, wanted[key], reader, spoken_of(sources[source]))
            check_rows(key, wanted[key], batch, limits)
        except FileRefused as refusal:
            found.refusals.append((place, refusal))
            continue
        found.refusals.extend((path, why) for (path, _), why in batch.unreadable())
        now = shown(day, content_hash(batch), batch.rows)
        held = judge(place, [feed.feed for feed in wanted[key]], limits, guard.before(key), now)
        if held and not guard.is_accepted(key, now.content_sha256):
            found.refusals.append((place, held))
            continue
        guard.believe(key, now)
        if entity in wanted_rows:
            found.rows.setdefault(entity, []).append(batch.rows)
    found.refusals[:] = [(about, why) for about, why in found.refusals if why.code != "ignored"]
    return found


def _look(home: CompanyHome, warehouse: Warehouse, reader: "_Reader", found: Preview) -> tuple[list[LandedFile], set[FileKey]]:
    """The active files of every source and day in which something is new, as the ledger would settle them, and which are new."""
    ledger = warehouse.read("raw.files").to_pylist()
    hashed = {(row["path"], row["size_bytes"], row["modified_ns"]): row["file_sha256"] for row in ledger if not row["container_sha256"]}
    unnamed: list[str] = []
    on_disk = find_files(home.landing, hashed, unnamed)
    found.refusals.extend(("landing", FileRefused("not_readable", text)) for text in unnamed)
    new = {file.key for file in on_disk if (file.path, file.size_bytes, file.modified_ns) not in hashed}
    folders = {(file.source, file.as_of_date) for file in on_disk if file.key in new}
    there: list[LandedFile] = []
    containers: dict[FileKey, FileRefused | None] = {}
    for file in (file for file in on_disk if (file.source, file.as_of_date) in folders):
        if not reader.is_zip(file):
            there.append(file)
            continue
        inside, containers[file.key] = open_zip(file, reader.content(file.sha256, file.path), reader.limits)
        reader.zip_paths[file.sha256] = file.path
        there += inside
        if file.key in new:
            new |= {member.key for member in inside}
            nothing = None if inside else FileRefused("empty_zip", f"{file.path} is a ZIP without a file in it; it is archived.")
            found.refusals.extend((file.path, why) for why in [containers[file.key] or nothing] if why)
    rows = {(row["path"], row["file_sha256"]): row for row in ledger if (row["source"], row["as_of_date"]) in folders}
    return active_of(rows, there, containers), new


class _Guard:
    """What the guards hold a batch against: the days that the warehouse has, and those judged in this preview."""

    def __init__(self, home: CompanyHome, warehouse: Warehouse, wanted: Mapping[BatchKey, list[FeedFiles]]):
        self._warehouse = warehouse
        self._acceptances: Acceptances = {}
        with suppress(HomeInvalid):  # a finding of its own
            self._acceptances = read_acceptances(home)
        self._days: dict[tuple[str, str], list[tuple[date, bool]]] = {}
        self._came: dict[tuple[str, str], dict[date, bool]] = {}
        for row in warehouse.read("raw.batches").to_pylist():
            place, day = (row["source"], row["entity"]), row["as_of_date"]
            self._days.setdefault(place, []).append((day, row["state"] == "loaded" or row["rows_loaded"] > 0))
            is_let_pass = row["reason_code"] == "missing_accepted" or self.is_accepted((row["source"], day, row["entity"]), "")
            if is_let_pass or row["reason_code"] != "missing":
                self._came.setdefault(place, {})[day] = not is_let_pass
        for source, day, entity in wanted:
            self._came.setdefault((source, entity), {})[day] = True
        self._believed: dict[tuple[str, str], dict[date, Shown]] = {}

    def believe(self, key: BatchKey, now: Shown) -> None:
        source, day, entity = key
        self._believed.setdefault((source, entity), {})[day] = now

    def is_accepted(self, key: BatchKey, content_sha256: str) -> bool:
        source, day, entity = key
        return (source, entity, day, content_sha256) in self._acceptances

    def missing(self, key: BatchKey) -> list[FileRefused]:
        """Why the day of an entity that did not come would be held; nothing where it need not come."""
        source, day, entity = key
        came = self._came.get((source, entity), {})
        last = max((each for each in came if each < day), default=None)
        if last is None or not came[last]:
            return []
        if self.is_accepted(key, ""):
            came[day] = False  # a person said that it need not come; until it does again
            return []
        return [missing(f"{source}/{entity}/{day}", entity, last)]

    def before(self, key: BatchKey) -> Shown | None:
        """What the last believed day before this one showed."""
        source, day, entity = key
        judged = self._believed.get((source, entity), {})
        days = [each for each, is_loaded in self._days.get((source, entity), []) if is_loaded and each < day]
        last = max([*days, *(each for each in judged if each < day)], default=None)
        if last is None or last in judged:
            return judged.get(last)
        columns = [name for name in ("record_id", "owner_user_id") if name in TABLES[f"raw.{entity}"].column_names]
        rows = self._warehouse.read_part(f"raw.{entity}", {"source": source, "as_of_date": last}, columns)
        return shown(last, "", rows)


class _Reader:
    """Reads files out of the archive if an earlier refresh put them there, else where they lie in landing/. `zip_paths`: where the ZIPs
    lie, by content."""

    def __init__(self, home: CompanyHome, limits: Limits):
        self._home, self.limits = home, limits
        self.zip_paths: dict[str, str] = {}
        self._folder: tuple[str, date | None] | None = None
        self._kept: dict[tuple[str, str, str], Content | FileRefused] = {}
        self._zips: dict[str, bytes] = {}

    def __call__(self, file: LandedFile, format_: Format) -> Content:
        if (file.source, file.as_of_date) != self._folder:  # several entities may read the same files, other days never do
            self._folder, self._kept, self._zips = (file.source, file.as_of_date), {}, {}
        key = (*file.key, format_.model_dump_json())
        if key not in self._kept:
            try:
                self._kept[key] = read_content(self._bytes(file), file.path, format_, self.limits)
            except FileRefused as refusal:
                self._kept[key] = refusal
        content = self._kept[key]
        if isinstance(content, FileRefused):
            raise content
        return content

    def is_zip(self, file: LandedFile) -> bool:
        """Whether a file is a ZIP of files; most are told by their first two bytes."""
        path = self._place(file.sha256, file.path)
        if not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(2) == b"PK" and is_zip(path.read_bytes(), file.path)

    def content(self, sha256: str, path: str) -> bytes:
        """The bytes with that hash."""
        place = self._place(sha256, path)
        if not place.is_file():
            raise FileRefused("not_archived", f"{path} is no longer in landing/ or in the archive. Put it back from a backup.")
        return place.read_bytes()

    def _place(self, sha256: str, path: str) -> Path:
        archived = archived_path(self._home.archive, sha256)
        return archived if archived.is_file() else self._home.landing / path

    def _bytes(self, file: LandedFile) -> bytes:
        if file.container_sha256 is None:
            return self.content(file.sha256, file.path)
        if file.container_sha256 not in self._zips:
            path = self.zip_paths.get(file.container_sha256, file.path)
            self._zips[file.container_sha256] = self.content(file.container_sha256, path)
        return read_member(self._zips[file.container_sha256], file.container_index, self.limits, name=file.path)
