"""One batch: everything one source says about one entity on one day, read from its files through its mapping.

Here: choosing between several exports of the same thing, putting the feeds of a batch together, settling keys, counting. The result is
a pure function of the files' content and the mapping, so that neither the order of loading nor a second loading can change it.
Not here: one file through one feed (feeds.py), which files make a batch (land.py), whether it may be believed (guards.py), types and
value lists (cleaning/).

Rows read = rows loaded + rows quarantined + rows left out on purpose, always. A row that two feeds read counts for each of them;
if both refuse it, it is quarantined once and left out the second time. Of the rows of a lookup's files only those that do not
fit their header count.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl
import pyarrow as pa

from ingest.entities import ENTITIES
from ingest.errors import FileRefused
from ingest.landing.columns import comparable_header
from ingest.landing.content import BadRow, Content
from ingest.landing.feeds import (
    KEY,
    ROW,
    Options,
    Setting,
    apply_feed,
    columns_matched_later,
    options_by_field,
    read_lookup,
    read_options,
)
from ingest.landing.files import LandedFile, export_of
from ingest.landing.stamps import changed_at, on_clock_of
from ingest.sources.mapping import Feed, Format, Source
from ingest.tables import TABLES
from ingest.warehouse import STORED_AS_IT_IS

FORMAT_VERSION = 3
"""Raised when the same file is read differently: every batch is then read again from the archive."""

SUPERSEDING = ("newer_export", "newer_content", "same_content")
"""Reasons of files that another export replaces; every other reason says that a file could not be read."""

EVERY_COLUMN = "*"
"""Among the columns spoken of in a file: none of its columns is to be reported as unmapped."""

Reader = Callable[[LandedFile, Format], Content]
FileKey = tuple[str, str]
"""Path and content hash."""

_FILE, _ORDER, _FEED, _CHANGED, _DISTINCT = "__file", "__order", "__feed", "__changed", "__distinct"


@dataclass(frozen=True, kw_only=True)
class FeedFiles:
    """A feed with the files of the day that it reads: its own in path order, those of its lookups, and those that explain options."""

    feed: Feed
    files: list[LandedFile]
    lookups: dict[str, list[LandedFile]]
    describes: list[LandedFile] = field(default_factory=list)

    def all_files(self) -> list[LandedFile]:
        return [*self.files, *(file for files in self.lookups.values() for file in files), *self.describes]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one batch holds: rows for raw.<entity>, rows for raw.quarantine, and the counts.

    `used`: the files it was made of. `passed_over`: files that another export of the same thing replaces, or that cannot be read,
    each with the reason. `exported_at`: export stamp of each file, UTC. `columns`: headers of the files.
    """

    rows: pa.Table
    quarantine: pa.Table
    rows_read: int
    rows_left_out: int
    used: list[LandedFile]
    passed_over: dict[FileKey, FileRefused]
    exported_at: dict[FileKey, datetime | None]
    columns: list[str] = field(default_factory=list)
    unmapped_columns: list[str] = field(default_factory=list)

    def unreadable(self) -> list[tuple[FileKey, FileRefused]]:
        """The files that could not be read, with the reason."""
        return [(key, why) for key, why in sorted(self.passed_over.items(), key=lambda item: item[0]) if why.code not in SUPERSEDING]

    def is_whole(self) -> bool:
        """Whether every file, or another export of the same thing, could be read."""
        standing = {export_of(file.path)[0] for file in self.used}
        return all(export_of(key[0])[0] in standing for key, _ in self.unreadable())


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One file read through one feed. `changed`: when each row was last changed; `newest`: the file's export stamp."""

    file: LandedFile
    content: Content
    rows: pl.DataFrame
    rows_read: int
    changed: pl.Series
    newest: datetime | None


def read_batch(
    source: Source, entity: str, day: date, feeds: list[FeedFiles], read: Reader, spoken_of: Callable[[LandedFile], set[str]]
) -> Batch:
    """Apply each feed to its files and put the results together. Raises FileRefused if no file of the batch can be read.

    A file that cannot be read is passed over, and nobody may infer from the batch what it might have held (`is_whole`).

    `read` gives a file's content, `spoken_of` the comparable headers that any feed of the source uses or ignores in it.
    Of two exports of the same thing the one with the newest stamp counts, then the higher hash; where one was written over the other,
    the later content, unless its stamp is older.
    Of two rows with one key in several files of a feed the one changed last counts and the others are left out; otherwise the first
    counts, in the order of feeds, paths and rows, and the later one is quarantined, or left out if its feed takes distinct keys.
    """
    place = f"sources/{source.name}.yml (entities.{entity})"
    opened = _Opened(read)
    parts: list[_Part] = []
    frames: list[pl.DataFrame] = []
    passed_over: dict[FileKey, FileRefused] = {}
    exported_at: dict[FileKey, datetime | None] = {}
    for number, feed_files in enumerate(feeds):
        feed = feed_files.feed
        try:
            options = _options(source, entity, feed, feed_files.describes, opened)
            setting = Setting(place=place, ids=source.ids, options=options)
            lookups = _lookups(feed_files, setting, opened, passed_over)
        except FileRefused as refusal:
            passed_over |= {file.key: refusal for file in feed_files.all_files()}
            continue
        of_feed = _parts(source, feed_files, lookups, setting, opened, passed_over)
        exported_at |= {part.file.key: part.newest for part in of_feed}
        counting = of_feed if feed.snapshot == "changes" else _newest_exports(of_feed, passed_over)
        for part in counting:
            place_of_file = opened.keep(part.file, feed.format)
            marks = [pl.lit(place_of_file).alias(_FILE), pl.lit(number).alias(_FEED), pl.lit(feed.distinct).alias(_DISTINCT)]
            frames.append(part.rows.with_columns(*marks, part.changed.alias(_CHANGED)))
        parts += counting
    if not frames:
        raise passed_over[min(passed_over)]
    candidates = _newest_of_each_key(pl.concat(frames, how="diagonal").with_row_index(_ORDER))
    kept = _first_of_each_key(candidates)
    misfits = [(number, row) for number, (_, content) in enumerate(opened.kept) for row in content.bad_rows]
    rows_read = sum(part.rows_read for part in parts) + len(misfits)
    bad = _once([*misfits, *_refused_keys(candidates, kept, opened)], opened)
    refusals = [_refusal(source.name, entity, day, opened.kept[number][0], row) for number, row in bad]
    quarantine = pa.Table.from_pylist(refusals, schema=TABLES["raw.quarantine"].arrow_schema)
    rows = _raw_rows(source.name, entity, day, kept, [file.sha256 for file, _ in opened.kept])
    used = {file.key: file for file, _ in opened.kept}
    return Batch(
        rows=rows,
        quarantine=quarantine,
        rows_read=rows_read,
        rows_left_out=rows_read - rows.num_rows - quarantine.num_rows,
        used=[used[key] for key in sorted(used)],
        passed_over={key: why for key, why in passed_over.items() if key not in used},
        exported_at=exported_at,
        columns=sorted({column.strip() for _, content in opened.kept for column in content.header if column.strip()}),
        unmapped_columns=_unmapped(opened, spoken_of),
    )


class _Opened:
    """Reads files and remembers, in order, those that the batch is made of: a row names its file by its place there."""

    def __init__(self, read: Reader):
        self.read = read
        self.kept: list[tuple[LandedFile, Content]] = []
        self._places: dict[tuple[FileKey, str], int] = {}

    def keep(self, file: LandedFile, format_: Format) -> int:
        """Count a file among those used; the same file read in the same way is one."""
        key = (file.key, format_.model_dump_json())
        if key not in self._places:
            self._places[key] = len(self.kept)
            self.kept.append((file, self.read(file, format_)))
        return self._places[key]


def _lookups(feed_files: FeedFiles, setting: Setting, opened: _Opened, passed_over: dict[FileKey, FileRefused]) -> dict[str, pl.DataFrame]:
    """The rows of each lookup of a feed."""
    feed, lookups = feed_files.feed, {}
    for name, lookup in feed.lookups.items():
        files = _newest_by_name(feed_files.lookups[name], passed_over)
        found = [(file.path, opened.read(file, lookup.format)) for file in files]
        for file in files:
            opened.keep(file, lookup.format)
        lookups[name] = read_lookup(name, lookup, found, setting, also=columns_matched_later(feed, name))
    return lookups


def _raw_rows(source: str, entity: str, day: date, kept: pl.DataFrame, hashes: list[str]) -> pa.Table:
    rows = kept.select(
        pl.lit(source).alias("source"),
        pl.col(KEY).alias("record_id"),
        pl.lit(day).alias("as_of_date"),
        pl.col(_FILE).replace_strict(list(range(len(hashes))), hashes, return_dtype=pl.String).alias("file_sha256"),
        pl.col(ROW).alias("row_number"),
        *(pl.col(name) if name in kept.columns else pl.lit(None, dtype=pl.String).alias(name) for name in ENTITIES[entity].fields),
    )
    schema = TABLES[f"raw.{entity}"].arrow_schema
    if rows.height > STORED_AS_IT_IS:  # the texts of a large file stay where they were read: copying 1 M rows takes 2.5 s (2026-11-22)
        return rows.select(schema.names).rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    return rows.select(schema.names).to_arrow().cast(schema)


def _parts(
    source: Source,
    feed_files: FeedFiles,
    lookups: dict[str, pl.DataFrame],
    setting: Setting,
    opened: _Opened,
    passed_over: dict[FileKey, FileRefused],
) -> list[_Part]:
    """Every file of a feed that can be read; the others are passed over with the reason."""
    feed = feed_files.feed
    found: list[_Part] = []
    for file in feed_files.files:
        try:
            content = opened.read(file, feed.format)
            rows, rows_read = apply_feed(feed, file.path, content, lookups, setting)
        except FileRefused as refusal:
            passed_over[file.key] = refusal
            continue
        changed = changed_at(rows, source)
        newest = on_clock_of(source, export_of(file.path)[1]) or changed.max()
        found.append(_Part(file=file, content=content, rows=rows, rows_read=rows_read, changed=changed, newest=newest))
    return found


def _newest_exports(parts: list[_Part], passed_over: dict[FileKey, FileRefused]) -> list[_Part]:
    """Of several exports of the same thing the one that counts; the others are passed over with the reason. In path order."""
    groups: dict[str, list[_Part]] = {}
    for part in parts:
        groups.setdefault(export_of(part.file.path)[0], []).append(part)
    kept = []
    for group in groups.values():
        *older, newest = sorted(group, key=_newness)
        kept.append(newest)
        for part in older:
            passed_over[part.file.key] = _superseded(part, newest)
    return sorted(kept, key=lambda part: part.file.path)


def _newness_by_name(file: LandedFile) -> tuple:
    stamp = export_of(file.path)[1]
    return stamp is not None, stamp, not file.is_overwritten, file.sha256, file.path


def _newness(part: _Part) -> tuple:
    # What lies at a path now counts before what lay there, unless its own rows are older: then an old export was delivered again.
    return part.newest is not None, part.newest, not part.file.is_overwritten, part.file.sha256, part.file.path


def _superseded(part: _Part, newest: _Part) -> FileRefused:
    if part.file.is_overwritten and part.file.path == newest.file.path:
        return FileRefused("newer_content", f"{part.file.path} was replaced by other content.")
    if part.file.sha256 == newest.file.sha256:
        return FileRefused("same_content", f"{part.file.path} holds the same as {newest.file.path}, which was loaded.")
    said = "an equal stamp" if part.newest == newest.newest else f"an older stamp ({part.newest or 'none'} before {newest.newest})"
    return FileRefused(
        "newer_export",
        f"{part.file.path} ({part.file.sha256[:8]}) is another export of what {newest.file.path} ({newest.file.sha256[:8]}) holds "
        f"and has {said}, so it does not count. If it should, put a later time into its name, such as _20260630_2215.",
    )


def _newest_by_name(files: list[LandedFile], passed_over: dict[FileKey, FileRefused]) -> list[LandedFile]:
    """Of several exports of a lookup's file the one with the newest time in its name, then the higher hash: its rows carry no stamp."""
    groups: dict[str, list[LandedFile]] = {}
    for file in files:
        groups.setdefault(export_of(file.path)[0], []).append(file)
    kept = []
    for group in groups.values():
        order = sorted(group, key=_newness_by_name)
        kept.append(order[-1])
        for file in order[:-1]:
            passed_over[file.key] = FileRefused(
                "newer_export", f"{file.path} does not count, since {order[-1].path} is another export of it."
            )
    return sorted(kept, key=lambda file: file.path)


def _options(source: Source, entity: str, feed: Feed, files: list[LandedFile], opened: _Opened) -> Options:
    """Canonical column -> option code -> label, for the columns the feed says are coded."""
    describe = source.describe
    if not feed.coded or describe is None or not files:
        return {}
    rows = []
    for file in files:
        opened.keep(file, describe.format)
        rows.append(read_options(describe, file.path, opened.read(file, describe.format), f"sources/{source.name}.yml (describe)"))
    known = options_by_field(pl.concat(rows))
    object_ = comparable_header(describe.objects.get(entity, ""))
    found: dict[str, dict[str, str]] = {}
    for target, name in feed.coded.items():
        for (of_object, of_field), labels in sorted(known.items()):
            if of_field == comparable_header(name) and (not object_ or of_object in ("", object_)):
                found[target] = labels | found.get(target, {})
    return found


def _newest_of_each_key(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without those that another file of their feed has in a later version. Rows of one file never replace each other."""
    if rows[_FILE].n_unique() < 2:
        return rows
    known = rows.select(KEY, _FEED, _FILE, _CHANGED).filter(pl.col(KEY).is_not_null() & pl.col(_CHANGED).is_not_null())
    per_file = known.group_by(_FEED, KEY, _FILE).agg(pl.col(_CHANGED).max().alias("newest"))
    shared = per_file.filter(pl.len().over(_FEED, KEY) > 1)
    if shared.is_empty():
        return rows
    counts = shared.sort("newest", _FILE, descending=[True, False]).unique([_FEED, KEY], keep="first", maintain_order=True)
    beaten = shared.join(counts, on=[_FEED, KEY, _FILE], how="anti")
    return rows.join(beaten, on=[_FEED, KEY, _FILE], how="anti", maintain_order="left")


def _first_of_each_key(rows: pl.DataFrame) -> pl.DataFrame:
    if rows[KEY].null_count() == 0 and rows[KEY].n_unique() == rows.height:  # spares a large file a copy (2026-11-22)
        return rows
    return rows.filter(pl.col(KEY).is_not_null()).unique(subset=KEY, keep="first", maintain_order=True)


def _refused_keys(rows: pl.DataFrame, kept: pl.DataFrame, opened: _Opened) -> list[tuple[int, BadRow]]:
    """Rows without a key, and rows that repeat one although their feed does not expect it."""
    if kept.height == rows.height:
        return []
    surplus = rows.join(kept.select(_ORDER), on=_ORDER, how="anti").filter(~pl.col(_DISTINCT))
    first = kept.select(KEY, pl.col(_FILE).alias("first_file"), pl.col(ROW).alias("first_row"))
    refused = []
    for row in surplus.join(first, on=KEY, how="left", maintain_order="left").iter_rows(named=True):
        if row[KEY] is None:
            code, reason = "no_key", "The row has no value in its key column(s), so it cannot be told from others."
        else:
            code = "duplicate_key"
            where = opened.kept[row["first_file"]][0].path
            reason = f"The key {row[KEY]!r} stands in row {row['first_row']} of {where} already; that row was loaded."
        cells = opened.kept[row[_FILE]][1].cells(row[ROW])
        refused.append((row[_FILE], BadRow(row_number=row[ROW], code=code, reason=reason, cells=cells)))
    return refused


def _once(bad: list[tuple[int, BadRow]], opened: _Opened) -> list[tuple[int, BadRow]]:
    """Each refusal once: two feeds may read one file, and one content may lie in a folder twice (a second download)."""
    first: dict[tuple[str, int, str], tuple[int, BadRow]] = {}
    for number, row in bad:
        first.setdefault((opened.kept[number][0].sha256, row.row_number, row.code), (number, row))
    return list(first.values())


def _unmapped(opened: _Opened, spoken_of: Callable[[LandedFile], set[str]]) -> list[str]:
    """Columns that no feed of the source uses or ignores. Of a nested value, speaking of the whole or of a part is enough."""
    unmapped = set()
    for file, content in opened.kept:
        spoken = spoken_of(file)
        if EVERY_COLUMN in spoken:
            continue
        parents = {name[:place] for name in spoken for place in range(len(name)) if name[place] == "."}
        for column in content.header:
            name = comparable_header(column)
            own_parents = (name[:place] for place in range(len(name)) if name[place] == ".")
            if name not in spoken and name not in parents and not any(parent in spoken for parent in own_parents):
                unmapped.add(column.strip() or "(no name)")
    return sorted(unmapped)


def _refusal(source: str, entity: str, day: date, file: LandedFile, bad: BadRow) -> dict[str, object]:
    return {
        "source": source,
        "entity": entity,
        "as_of_date": day,
        "file_sha256": file.sha256,
        "path": file.path,
        "row_number": bad.row_number,
        "reason_code": bad.code,
        "reason": bad.reason,
        "raw_values": json.dumps(bad.cells, ensure_ascii=False),
        "status": "open",
    }
