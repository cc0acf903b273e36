"""What a landing would say of files that no refresh has read yet. Nothing is written, archived or remembered.

Here: reading them where they lie, judging them against the last believed day. Not here: landing them (land.py), telling people
(orchestration/doctor.py).
"""

from pathlib import Path

import polars as pl

from ingest.errors import FileRefused
from ingest.home import CompanyHome
from ingest.landing.batches import read_batch
from ingest.landing.content import Content, Limits
from ingest.landing.files import LandedFile, find_files
from ingest.landing.guards import Shown, judge, shown
from ingest.landing.land import batches_of, spoken_of
from ingest.landing.ledger import open_zip, without_batch
from ingest.landing.load import BatchKey, check_rows, content_hash
from ingest.landing.read_content import read_content
from ingest.landing.zip_files import is_zip, read_member
from ingest.sources.mapping import Format, Source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse


def preview(home: CompanyHome, warehouse: Warehouse, sources: dict[str, Source], *, max_file_bytes: int) -> list[tuple[str, FileRefused]]:
    """For every batch that holds a file no refresh has read: (path or source/entity/day, why it would be refused or held)."""
    limits = Limits(max_bytes=max_file_bytes)
    ledger = warehouse.read("raw.files").to_pylist()
    hashed = {(row["path"], row["size_bytes"], row["modified_ns"]): row["file_sha256"] for row in ledger if not row["container_sha256"]}
    on_disk = find_files(home.landing, hashed)
    new = {file.path for file in on_disk if (file.path, file.size_bytes, file.modified_ns) not in hashed}
    folders = {(file.source, file.as_of_date) for file in on_disk if file.path in new}
    found: list[tuple[str, FileRefused]] = []
    files: list[LandedFile] = []
    reader = _OnDisk(home.landing, limits)
    for file in (file for file in on_disk if (file.source, file.as_of_date) in folders):
        data = (home.landing / file.path).read_bytes()
        if is_zip(data, file.path):
            inside, refusal = open_zip(file, data, limits)
            files += inside
            found += [(file.path, refusal)] if refusal else []
        else:
            files.append(file)
    wanted = batches_of(files, sources)
    claimed = {file.key for feeds in wanted.values() for feed in feeds for file in feed.all_files()}
    found += [(file.path, without_batch(file, sources)) for file in files if file.key not in claimed and _is_new(file, new)]
    for key, feeds in sorted(wanted.items()):
        source, day, entity = key
        try:
            batch = read_batch(sources[source], entity, day, feeds, reader, spoken_of(sources[source]))
            check_rows(key, feeds, batch, sources[source].guards.of(entity))
        except FileRefused as refusal:
            found.append((f"{source}/{entity}/{day}", refusal))
            continue
        found += [(path, why) for (path, _), why in batch.unreadable()]
        now = shown(day, content_hash(batch), pl.DataFrame(pl.from_arrow(batch.rows)))
        limits_of = sources[source].guards.of(entity)
        held = judge(f"{source}/{entity}/{day}", [feed.feed for feed in feeds], limits_of, _before(warehouse, key), now)
        found += [(f"{source}/{entity}/{day}", held)] if held else []
    return [(about, why) for about, why in found if why.code != "ignored"]


def _is_new(file: LandedFile, new: set[str]) -> bool:
    return file.path in new or any(file.path.startswith(f"{path}/") for path in new)


def _before(warehouse: Warehouse, key: BatchKey) -> Shown | None:
    """What the last day believed before this one showed."""
    source, day, entity = key
    days = [
        row["as_of_date"]
        for row in warehouse.read_part("raw.batches", {"source": source, "entity": entity}).to_pylist()
        if row["state"] == "loaded" and row["as_of_date"] < day
    ]
    if not days:
        return None
    columns = [name for name in ("record_id", "owner_user_id") if name in TABLES[f"raw.{entity}"].column_names]
    rows = warehouse.read_part(f"raw.{entity}", {"source": source, "as_of_date": max(days)}, columns)
    return shown(max(days), "", pl.DataFrame(pl.from_arrow(rows)))


class _OnDisk:
    """Reads files where they lie in landing/."""

    def __init__(self, landing: Path, limits: Limits):
        self._landing, self._limits = landing, limits
        self._kept: dict[tuple[str, str, str], Content | FileRefused] = {}

    def __call__(self, file: LandedFile, format_: Format) -> Content:
        key = (*file.key, format_.model_dump_json())
        if key not in self._kept:
            try:
                self._kept[key] = read_content(self._bytes(file), file.path, format_, self._limits)
            except FileRefused as refusal:
                self._kept[key] = refusal
        content = self._kept[key]
        if isinstance(content, FileRefused):
            raise content
        return content

    def _bytes(self, file: LandedFile) -> bytes:
        if file.container_index is None:
            return (self._landing / file.path).read_bytes()
        container = next(parent for parent in (self._landing / file.path).parents if parent.is_file())
        return read_member(container.read_bytes(), file.container_index, self._limits)
