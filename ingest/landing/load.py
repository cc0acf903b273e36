"""Loading batches one after another: read, judge, write.

Here: whether a batch must be read again, what becomes of it (loaded, refused, held), its row of raw.batches.
Not here: which files make a batch (land.py), reading one (batches.py), the comparison of two nights (guards.py).

Batches come by source, day and entity, so that files read for several entities are read once, and every day is judged against the last
one that was believed before it: a late file therefore has the days after it judged again.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl
import pyarrow as pa

from ingest.errors import FileRefused
from ingest.home import CompanyHome
from ingest.landing.acceptances import Acceptance, Acceptances
from ingest.landing.batches import FORMAT_VERSION, SUPERSEDING, Batch, FeedFiles, read_batch
from ingest.landing.content import Content, Limits
from ingest.landing.drift import profile_of
from ingest.landing.files import LandedFile, archived_path
from ingest.landing.guards import Shown, check_rows, judge, missing, shown
from ingest.landing.ledger import FileKey
from ingest.landing.read_content import read_content
from ingest.landing.zip_files import read_member
from ingest.sources.mapping import Format, GuardLimits, Source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

BatchKey = tuple[str, date, str]
"""Source, day, entity."""

_MOST_PENDING_ROWS = 300_000  # 2026-11-22: written in one transaction; 1,440 small batches one by one cost a minute more
# Codes of batches that are loaded although a file of theirs could not be read: another export of the same thing stands in for it, or
# nothing does, and then nothing may be inferred from what the batch lacks.
VERSION_REFUSED, PART_REFUSED = "version_refused", "part_refused"
VERSION_HELD = "version_held"  # an earlier export of the day stands while a newer one is held


class Reader:
    """Reads archived files; keeps those of one source and day, since several entities may read the same file."""

    def __init__(self, home: CompanyHome, limits: Limits):
        self._home, self._limits = home, limits
        self._folder: tuple[str, date | None] | None = None
        self._kept: dict[tuple[str, str], Content | FileRefused] = {}
        self._zips: dict[str, bytes] = {}
        self.facts: dict[FileKey, dict[str, object]] = {}

    def __call__(self, file: LandedFile, format_: Format) -> Content:
        """The content of a file. Raises FileRefused, the same every time."""
        if (file.source, file.as_of_date) != self._folder:
            self._folder, self._kept, self._zips = (file.source, file.as_of_date), {}, {}
        key = (file.sha256, format_.model_dump_json())
        if key not in self._kept:
            try:
                self._kept[key] = read_content(self._bytes(file), file.path, format_, self._limits)
            except FileRefused as refusal:
                self._kept[key] = refusal
        content = self._kept[key]
        if isinstance(content, FileRefused):
            raise content
        self.facts[file.key] = {"encoding": content.encoding, "row_count": content.row_count}
        return content

    def forget(self) -> None:
        """Let go of what was read; it is read again if another entity wants it."""
        self._kept, self._zips = {}, {}

    def _bytes(self, file: LandedFile) -> bytes:
        if file.container_sha256 is None:
            return self._archived(file, file.sha256)
        if file.container_sha256 not in self._zips:
            self._zips[file.container_sha256] = self._archived(file, file.container_sha256)
        return read_member(self._zips[file.container_sha256], file.container_index, self._limits, name=file.path)

    def _archived(self, file: LandedFile, sha256: str) -> bytes:
        path = archived_path(self._home.archive, sha256)
        if not path.exists():
            where = path.relative_to(self._home.root).as_posix()
            raise FileRefused("not_archived", f"{file.path} is no longer in the archive ({where}). Put it back from a backup.")
        return path.read_bytes()


@dataclass(kw_only=True)
class Outcome:
    """What became of one batch in this landing: its row of raw.batches, and of each file what to say in the ledger.

    `is_new`: it was read or settled anew; `is_same`: what was read is what had been loaded before.
    """

    row: dict[str, object]
    is_new: bool = False
    is_same: bool = False
    files: dict[FileKey, tuple[str, FileRefused | None]] = field(default_factory=dict)
    exported_at: dict[FileKey, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """The last believed day of a source's entity: its row, and what it showed if it was read in this landing."""

    row: dict[str, object]
    shown: Shown | None


class Loader:
    """Loads the batches of one landing in order; `finish` writes what is still pending."""

    def __init__(
        self, warehouse: Warehouse, sources: dict[str, Source], reader: Reader, acceptances: Acceptances, known: dict[BatchKey, dict]
    ):
        self._warehouse, self._sources, self._reader, self._acceptances, self._known = warehouse, sources, reader, acceptances, known
        self._pending: list[tuple[str, dict[str, object], pa.Table]] = []
        self._pending_rows = 0
        self._believed: dict[tuple[str, str], _Judged] = {}
        self._mapping_hashes: dict[tuple[str, str], str] = {}
        self._limits: dict[tuple[str, str], tuple[GuardLimits, str]] = {}

    def load(self, key: BatchKey, feeds: list[FeedFiles], spoken_of: Callable[[LandedFile], set[str]]) -> Outcome:
        """Bring one batch up to date."""
        source, _, entity = key
        before = self._known.get(key)
        files = sorted({f"{file.sha256} {file.is_overwritten} {file.path}" for feed in feeds for file in feed.all_files()})
        fingerprint = f"{_hash_of_lines(files)}-{self._mapping_hash(source, entity)}"
        believed = self._believed.get((source, entity))
        limits, hash_of_limits = self._limits_of(source, entity)
        compared = f"{hash_of_limits} {believed.row['as_of_date']} {believed.row['content_sha256']}" if believed else hash_of_limits
        settled = (
            before is not None and before["fingerprint"] == fingerprint and before["reason_code"] not in (VERSION_REFUSED, PART_REFUSED)
        )
        let_pass = before is not None and before["held_content_sha256"] and self._acceptance(key, before["held_content_sha256"])
        if settled and before["compared_with"] == compared and before["state"] != "refused" and not let_pass:
            outcome = Outcome(row=before)
        else:
            outcome = self._read(key, feeds, spoken_of, limits, {"fingerprint": fingerprint, "compared_with": compared})
        if outcome.row["state"] == "loaded" and not outcome.is_new:
            self._believed[source, entity] = _Judged(row=outcome.row, shown=None)
        return outcome

    def miss(self, key: BatchKey, last_day: date) -> Outcome:
        """Say that the day of an entity did not come, unless a person has said that this is right."""
        source, day, entity = key
        place = f"{source}/{entity}/{day}"
        refusal = missing(place, entity, last_day)
        accepted = self._acceptance(key, "")
        reason = f"{place}: no export, let pass by {accepted.accepted_by}: {accepted.reason}" if accepted else str(refusal)
        row = _empty_row(key) | {
            "state": "held",
            "reason_code": "missing_accepted" if accepted else refusal.code,
            "reason": reason,
            "compared_with": str(last_day),
        }
        before = self._known.get(key)
        if before != row:
            self._write(key, TABLES[f"raw.{entity}"].arrow_schema.empty_table(), None, row)
        return Outcome(row=row, is_new=before != row)

    def drop(self, key: BatchKey) -> None:
        """Take back a batch whose files moved to another day or whose feed left the mapping."""
        source, day, entity = key
        place = {"source": source, "as_of_date": day}
        gone = [(f"raw.{entity}", place), ("raw.quarantine", place | {"entity": entity}), ("raw.batches", place | {"entity": entity})]
        self._pending += [(name, where, TABLES[name].arrow_schema.empty_table()) for name, where in gone]

    def finish(self) -> None:
        """Write what is pending, in one transaction."""
        if self._pending:
            self._warehouse.replace_parts(self._pending)
        self._pending, self._pending_rows = [], 0

    def _acceptance(self, key: BatchKey, content_sha256: str) -> Acceptance | None:
        source, day, entity = key
        return self._acceptances.get((source, entity, day, content_sha256))

    def _limits_of(self, source: str, entity: str) -> tuple[GuardLimits, str]:
        """The guards' limits for the entity, and their hash."""
        if (source, entity) not in self._limits:
            limits = self._sources[source].guards.of(entity)
            self._limits[source, entity] = (limits, _hash(limits.model_dump()))
        return self._limits[source, entity]

    def _mapping_hash(self, source: str, entity: str) -> str:
        """Hash of everything that decides how the entity's files are read."""
        if (source, entity) not in self._mapping_hashes:
            mapping = self._sources[source]
            parts = [
                FORMAT_VERSION,
                TABLES[f"raw.{entity}"].column_names,
                [feed.model_dump(by_alias=True) for feed in mapping.entities[entity]],
                [mapping.ids, mapping.time_zone, mapping.date_order, mapping.guards.of(entity).rejected_ratio],
                mapping.describe.model_dump() if mapping.describe else None,
            ]
            self._mapping_hashes[source, entity] = _hash(parts)
        return self._mapping_hashes[source, entity]

    def _read(
        self,
        key: BatchKey,
        feeds: list[FeedFiles],
        spoken_of: Callable[[LandedFile], set[str]],
        limits: GuardLimits,
        marks: dict[str, object],
    ) -> Outcome:
        """Read a batch; of several exports of the day the newest that may be believed."""
        source, day, entity = key
        before = self._known.get(key)
        put_back: dict[FileKey, FileRefused] = {}
        held_content = None
        try:
            while True:
                batch = read_batch(self._sources[source], entity, day, _without(feeds, put_back), self._reader, spoken_of)
                check_rows(key, feeds, batch, limits)
                content = content_hash(batch)
                now = shown(day, content, batch.rows)
                held = judge(f"{source}/{entity}/{day}", [feed.feed for feed in feeds], limits, self._shown_before(source, entity), now)
                accepted = self._acceptance(key, content) if held else None
                rivals = {why_not for why_not, why in batch.passed_over.items() if why.code in ("newer_export", "newer_content")}
                if held is None or accepted or not rivals:
                    break
                held_content = held_content or content
                put_back |= {file.key: held for file in batch.used if file.key in {f.key for feed in feeds for f in feed.files}}
        except FileRefused as refusal:
            return self._refused(key, feeds, refusal, marks, before)
        row = (
            _empty_row(key)
            | marks
            | {
                "state": "loaded" if held is None or accepted else "held",
                "content_sha256": content,
                "mapping_sha256": self._mapping_hash(source, entity),
                "file_count": len(batch.used),
                "unmapped_columns": ", ".join(batch.unmapped_columns),
                "profile": profile_of(self._sources[source], entity, batch.columns, batch.rows),
            }
        )
        if row["state"] == "held":
            row |= {
                "reason_code": held.code,
                "reason": str(held),
                "rows_read": batch.rows_read,
                "held_content_sha256": held_content or content,
            }
            self._write(key, batch.rows.slice(0, 0), None, row)
            return Outcome(row=row, is_new=True, files=_fates(batch, put_back, "held", held), exported_at=batch.exported_at)
        if accepted:
            row |= {"reason_code": "accepted", "reason": f"Let pass by {accepted.accepted_by}: {accepted.reason} ({held.code})"}
        if put_back:
            said = f"{put_back[min(put_back)]}\n  Until then {day}'s earlier version stays in place."
            row |= {"reason_code": VERSION_HELD, "reason": said, "held_content_sha256": held_content}
        if unreadable := batch.unreadable():
            stands = f"{day}'s earlier version stays in place." if batch.is_whole() else "The other files of the day were loaded."
            code = VERSION_REFUSED if batch.is_whole() else PART_REFUSED
            row |= {"reason_code": code, "reason": f"{source} {entity}: {unreadable[0][1]}\n  {stands}"}
        row |= {
            "rows_read": batch.rows_read,
            "rows_loaded": batch.rows.num_rows,
            "rows_quarantined": batch.quarantine.num_rows,
            "rows_left_out": batch.rows_left_out,
        }
        self._write(key, batch.rows, self._quarantine(key, batch, before, row), row)
        self._believed[source, entity] = _Judged(row=row, shown=now)
        same = ("state", "content_sha256", "mapping_sha256", "rows_loaded")
        return Outcome(
            row=row,
            is_new=True,
            is_same=before is not None and all(before[name] == row[name] for name in same),
            files=_fates(batch, put_back, "loaded", None),
            exported_at=batch.exported_at,
        )

    def _refused(
        self, key: BatchKey, feeds: list[FeedFiles], refusal: FileRefused, marks: dict[str, object], before: dict | None
    ) -> Outcome:
        """A batch of which no file can be read. What it showed before stays: its files are still there, so a mapping was changed."""
        source, day, entity = key
        stays = before is not None and before["rows_loaded"]
        what = f"{day}'s earlier version stays in place." if stays else "What was loaded before stays in place."
        row = (
            _empty_row(key)
            | marks
            | {
                "state": "refused",
                "reason_code": refusal.code,
                "reason": f"{source} {entity}: {refusal}\n  {day}'s {entity} from {source} were not loaded. {what}",
                "content_sha256": _hash(sorted({file.sha256 for feed in feeds for file in feed.all_files()})),
                "mapping_sha256": self._mapping_hash(source, entity),
                "file_count": sum(len(feed.files) for feed in feeds),
            }
        )
        if stays:
            row |= {name: before[name] for name in ("rows_read", "rows_loaded", "rows_quarantined", "rows_left_out")}
            self._pending.append(("raw.batches", _place(key) | {"entity": entity}, _batch_table(row)))
            self._believed[source, entity] = _Judged(row=row, shown=None)
        else:
            self._write(key, TABLES[f"raw.{entity}"].arrow_schema.empty_table(), None, row)
        return Outcome(
            row=row,
            is_new=True,
            files={file.key: ("loaded" if stays else "refused", refusal) for feed in feeds for file in feed.all_files()},
        )

    def _shown_before(self, source: str, entity: str) -> Shown | None:
        """What the last believed day showed, out of memory or the warehouse: what was not read in this landing is not pending."""
        believed = self._believed.get((source, entity))
        if believed is None or believed.shown is not None:
            return believed.shown if believed else None
        fields = TABLES[f"raw.{entity}"].column_names
        columns = [name for name in ("record_id", "owner_user_id") if name in fields]
        day = believed.row["as_of_date"]
        rows = self._warehouse.read_part(f"raw.{entity}", {"source": source, "as_of_date": day}, columns)
        return shown(day, believed.row["content_sha256"], rows)

    def _quarantine(self, key: BatchKey, batch: Batch, before: dict | None, row: dict) -> pa.Table:
        """The refused rows of a batch, with those of earlier readings that load since the mapping was mended."""
        is_mended = before is not None and before["rows_quarantined"] and before["mapping_sha256"] != row["mapping_sha256"]
        if not is_mended or _files_half(before) != _files_half(row):
            return batch.quarantine
        old = pl.DataFrame(pl.from_arrow(self._warehouse.read_part("raw.quarantine", _place(key) | {"entity": key[2]})))
        new = pl.DataFrame(pl.from_arrow(batch.quarantine))
        mended = old.join(new, on=["file_sha256", "row_number"], how="anti").with_columns(pl.lit("replayed").alias("status"))
        return pl.concat([new, mended]).to_arrow().cast(TABLES["raw.quarantine"].arrow_schema)

    def _write(self, key: BatchKey, rows: pa.Table, quarantine: pa.Table | None, row: dict[str, object]) -> None:
        entity = key[2]
        refused = TABLES["raw.quarantine"].arrow_schema.empty_table() if quarantine is None else quarantine
        place = _place(key)
        self._pending += [
            (f"raw.{entity}", place, rows),
            ("raw.quarantine", place | {"entity": entity}, refused),
            ("raw.batches", place | {"entity": entity}, _batch_table(row)),
        ]
        self._pending_rows += rows.num_rows
        if self._pending_rows > _MOST_PENDING_ROWS:
            self._reader.forget()  # what was read and what is written of a large file need not be in memory together
            self.finish()


def is_held(row: Mapping[str, object]) -> bool:
    """Whether a row of raw.batches waits for a person: a held export, or one that is missing and nobody said it need not come."""
    return bool(row["held_content_sha256"]) or row["reason_code"] == "missing"


def _place(key: BatchKey) -> dict[str, object]:
    return {"source": key[0], "as_of_date": key[1]}


def _batch_table(row: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([row], schema=TABLES["raw.batches"].arrow_schema)


def _empty_row(key: BatchKey) -> dict[str, object]:
    source, day, entity = key
    row: dict[str, object] = dict.fromkeys(TABLES["raw.batches"].column_names)
    counts = dict.fromkeys(("file_count", "rows_read", "rows_loaded", "rows_quarantined", "rows_left_out"), 0)
    texts = dict.fromkeys(("fingerprint", "content_sha256", "mapping_sha256", "unmapped_columns", "profile", "compared_with"), "")
    return row | counts | texts | {"source": source, "as_of_date": day, "entity": entity}


def _files_half(row: dict[str, object]) -> str:
    return str(row["fingerprint"]).partition("-")[0]


def _without(feeds: list[FeedFiles], put_back: dict[FileKey, FileRefused]) -> list[FeedFiles]:
    return [replace(feed, files=[file for file in feed.files if file.key not in put_back]) for feed in feeds]


def _fates(
    batch: Batch, put_back: dict[FileKey, FileRefused], state: str, why: FileRefused | None
) -> dict[FileKey, tuple[str, FileRefused | None]]:
    """What the ledger says of each file of a batch."""
    fates: dict[FileKey, tuple[str, FileRefused | None]] = {file.key: (state, why) for file in batch.used}
    for key, reason in batch.passed_over.items():
        fates[key] = ("superseded" if reason.code in SUPERSEDING else "refused", reason)
    return fates | {key: ("held", reason) for key, reason in put_back.items()}


def content_hash(batch: Batch) -> str:
    """Hash over the content of the files that a batch was made of."""
    return _hash(sorted({file.sha256 for file in batch.used}))


def _hash_of_lines(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()  # 10,000 of them a night: without JSON in between


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
