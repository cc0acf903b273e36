"""Landing: from the files in landing/ to raw.* with a ledger of what became of each.

Here: which files make which batch, what must be read again, what became of each file.
Not here: reading one batch (batches.py), finding files (ledger.py, files.py), the people's mirror of refusals (quarantine.py).

The unit is the batch: one source, one entity, one day. A batch is read again only when its fingerprint changes: the content
of its files, its mapping, or this program's way of reading. So a file seen before is a no-op, a late file slots into its
day, and a mended mapping replays the rows it had refused. A batch that cannot be read is refused as a whole and its last good
state stays; it never stops another.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from fnmatch import fnmatch

import pyarrow as pa

from ingest.errors import FileRefused, SourceInvalid
from ingest.home import CompanyHome
from ingest.landing.batches import FORMAT_VERSION, FeedFiles, read_batch
from ingest.landing.csv_files import CsvContent, read_csv
from ingest.landing.feeds import mentioned_columns, mentioned_lookup_columns
from ingest.landing.files import LandedFile, archived_path
from ingest.landing.ledger import Seen, ledger_table, look, superseded_by_content, without_batch
from ingest.landing.quarantine import mirror_quarantine
from ingest.sources.mapping import Feed, Source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

BatchKey = tuple[str, date, str]
"""Source, day, entity."""


@dataclass(frozen=True, kw_only=True)
class Landing:
    """What a landing did. `loaded` and `refused` name batches as source/entity/day; counts of rows are over all of raw.*.

    `refusals` says why each refused batch is, `messages` what else people should know.
    """

    file_count: int
    new_file_count: int
    loaded: list[str]
    refused: list[str]
    unchanged_count: int
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_left_out: int
    newest_day: date | None
    refusals: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


class _Reader:
    """Reads archived files; keeps those of one source and day, since several entities may read the same file."""

    def __init__(self, home: CompanyHome, max_bytes: int):
        self._home, self._max_bytes = home, max_bytes
        self._folder: tuple[str, date | None] | None = None
        self._kept: dict[str, CsvContent | FileRefused] = {}
        self.facts: dict[tuple[str, str], dict[str, object]] = {}

    def __call__(self, file: LandedFile) -> CsvContent:
        if (file.source, file.as_of_date) != self._folder:
            self._folder, self._kept = (file.source, file.as_of_date), {}
        if file.sha256 not in self._kept:
            try:
                self._kept[file.sha256] = self._read(file)
            except FileRefused as refusal:
                self._kept[file.sha256] = refusal
        content = self._kept[file.sha256]
        if isinstance(content, FileRefused):
            raise content
        self.facts[file.path, file.sha256] = {"encoding": content.encoding, "row_count": content.row_count}
        return content

    def _read(self, file: LandedFile) -> CsvContent:
        path = archived_path(self._home.archive, file.sha256)
        if not path.exists():
            where = path.relative_to(self._home.root).as_posix()
            raise FileRefused("not_archived", f"{file.path} is no longer in the archive ({where}). Put it back from a backup.")
        return read_csv(path, file.path, max_bytes=self._max_bytes)


def land(
    home: CompanyHome,
    warehouse: Warehouse,
    sources: dict[str, Source],
    *,
    seen_at: datetime,
    max_file_bytes: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Landing:
    """Read what is new in landing/ into raw.*, and say what became of every file. Running it again changes nothing.

    Raises SourceInvalid if raw.* holds rows of a source whose mapping is gone.
    """
    seen = look(home, warehouse.read("raw.files"), seen_at=seen_at)
    known = {(row["source"], row["as_of_date"], row["entity"]): row for row in warehouse.read("raw.batches").to_pylist()}
    _check_sources_stand(sources, known)
    reader = _Reader(home, max_file_bytes)
    wanted = _batches(seen.active, sources)
    _drop_orphans(warehouse, known, wanted)
    rows: dict[BatchKey, dict] = {}
    changed: list[BatchKey] = []
    for key, feeds in sorted(wanted.items()):
        fingerprint = _fingerprint(sources[key[0]], key[2], feeds)
        before = known.get(key)
        # A refused batch is tried again every time, so that it is refused again, and said, until somebody mends it.
        if before and before["fingerprint"] == fingerprint and before["state"] == "loaded":
            rows[key] = before
        else:
            progress(f"{key[0]} {key[1]} {key[2]}")
            rows[key] = _load(warehouse, key, feeds, reader, _spoken_of(sources[key[0]]), fingerprint, before)
            changed.append(key)
    _settle_states(seen, wanted, rows, sources, reader)
    warehouse.replace("raw.files", ledger_table(seen))
    mirror_quarantine(home, warehouse.read("raw.files"), warehouse.read("raw.quarantine"))
    return _summary(seen, rows, changed)


def _check_sources_stand(sources: dict[str, Source], known: dict[BatchKey, dict]) -> None:
    gone = sorted({key[0] for key, row in known.items() if row["rows_loaded"]} - set(sources))
    if gone:
        raise SourceInvalid(
            f"SourceInvalid: exports of {', '.join(gone)} were loaded on earlier nights, but sources/{gone[0]}.yml is gone.\n"
            "  Ownership history rests on them. Put the mapping back; to retire a system, leave its mapping and stop exporting."
        )


def _batches(active: list[LandedFile], sources: dict[str, Source]) -> dict[BatchKey, list[FeedFiles]]:
    """The batches that the active files make. A feed takes part on a day when one of its own files is there."""
    by_day: dict[tuple[str, date], list[LandedFile]] = {}
    for file in active:
        if file.as_of_date is not None and file.source in sources:
            by_day.setdefault((file.source, file.as_of_date), []).append(file)
    batches: dict[BatchKey, list[FeedFiles]] = {}
    for (source, day), files in by_day.items():
        for entity, feeds in sources[source].entities.items():
            found = [_feed_files(feed, files) for feed in feeds]
            if any(feed.files for feed in found):
                batches[source, day, entity] = [feed for feed in found if feed.files]
    return batches


def _feed_files(feed: Feed, files: list[LandedFile]) -> FeedFiles:
    lookups = {name: [file for file in files if _matches(file, [lookup.file])] for name, lookup in feed.lookups.items()}
    return FeedFiles(feed=feed, files=[file for file in files if _matches(file, feed.file)], lookups=lookups)


def _matches(file: LandedFile, patterns: list[str]) -> bool:
    return any(fnmatch(file.name.casefold(), pattern.casefold()) for pattern in patterns)


def _fingerprint(source: Source, entity: str, feeds: list[FeedFiles]) -> str:
    parts = {
        "format": FORMAT_VERSION,
        "columns": TABLES[f"raw.{entity}"].column_names,
        "mapping": [feed.model_dump(by_alias=True) for feed in source.entities[entity]],
        "files": sorted({(file.path, file.sha256) for feed in feeds for file in feed.all_files()}),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _spoken_of(source: Source) -> Callable[[LandedFile], set[str]]:
    """Of a file: the columns that any feed of the source uses or ignores in it, since several may read the same file."""

    def columns(file: LandedFile) -> set[str]:
        feeds = [feed for feeds in source.entities.values() for feed in feeds]
        own = [mentioned_columns(feed) for feed in feeds if _matches(file, feed.file)]
        completing = [(feed, name) for feed in feeds for name, lookup in feed.lookups.items() if _matches(file, [lookup.file])]
        return set().union(*own, *(mentioned_lookup_columns(feed, name) for feed, name in completing))

    return columns


def _load(
    warehouse: Warehouse,
    key: BatchKey,
    feeds: list[FeedFiles],
    reader: _Reader,
    spoken_of: Callable[[LandedFile], set[str]],
    fingerprint: str,
    before: dict | None,
) -> dict:
    """Read one batch and write it, or its refusal, in one transaction. Returns its row of raw.batches."""
    source, day, entity = key
    place = {"source": source, "as_of_date": day}
    row = {**place, "entity": entity, "fingerprint": fingerprint, "file_count": sum(len(feed.files) for feed in feeds)}
    parts = []
    try:
        batch = read_batch(source, entity, day, feeds, reader, spoken_of)
        _check_not_empty(key, feeds, batch.rows_read)
        row |= {
            "state": "loaded",
            "reason_code": None,
            "reason": None,
            "rows_read": batch.rows_read,
            "rows_loaded": batch.rows.num_rows,
            "rows_quarantined": batch.quarantine.num_rows,
            "rows_left_out": batch.rows_left_out,
            "unmapped_columns": ", ".join(batch.unmapped_columns),
        }
        parts = [(f"raw.{entity}", place, batch.rows), ("raw.quarantine", place | {"entity": entity}, batch.quarantine)]
    except FileRefused as refusal:
        stays = f"{day}'s earlier version stays in place." if before and before["rows_loaded"] else "What was loaded before stays in place."
        row |= {
            "state": "refused",
            "reason_code": refusal.code,
            "reason": f"{source} {entity}: {refusal}\n  {day}'s {entity} from {source} were not loaded. {stays}",
            **{name: (before or {}).get(name, 0) for name in ("rows_read", "rows_loaded", "rows_quarantined", "rows_left_out")},
            "unmapped_columns": "",
        }
    schema = TABLES["raw.batches"].arrow_schema
    warehouse.replace_parts([*parts, ("raw.batches", place | {"entity": entity}, pa.Table.from_pylist([row], schema=schema))])
    return row


def _check_not_empty(key: BatchKey, feeds: list[FeedFiles], rows_read: int) -> None:
    # A header without rows is what a failed export looks like; a source that means it says expect: {rows: {min: 0}}.
    if rows_read == 0 and not any(feed.feed.expect.rows.min == 0 for feed in feeds):
        names = ", ".join(file.path for feed in feeds for file in feed.files)
        raise FileRefused(
            "no_rows",
            f"{names} has a header and no rows. Export it again; if an empty export is right, "
            f"write `expect: {{rows: {{min: 0}}}}` for {key[2]} into sources/{key[0]}.yml.",
        )


def _drop_orphans(warehouse: Warehouse, known: dict[BatchKey, dict], wanted: dict[BatchKey, list[FeedFiles]]) -> None:
    """Take back batches whose files moved to another day or whose feed left the mapping."""
    for source, day, entity in sorted(set(known) - set(wanted)):
        place = {"source": source, "as_of_date": day}
        gone = [(f"raw.{entity}", place), ("raw.quarantine", place | {"entity": entity}), ("raw.batches", place | {"entity": entity})]
        warehouse.replace_parts([(name, where, TABLES[name].arrow_schema.empty_table()) for name, where in gone])


def _settle_states(
    seen: Seen, wanted: dict[BatchKey, list[FeedFiles]], rows: dict[BatchKey, dict], sources: dict[str, Source], reader: _Reader
) -> None:
    """Say of every active file what became of it. What was loaded once stays loaded while its batch is refused, for its rows stay;
    its row then carries the reason of the refusal all the same."""
    claims: dict[str, list[tuple[str, dict]]] = {}
    for key, feeds in wanted.items():
        for path in {file.path for feed in feeds for file in feed.all_files()}:
            claims.setdefault(path, []).append((key[2], rows[key]))
    for file in seen.active:
        row = seen.rows[file.path, file.sha256]
        row |= reader.facts.get((file.path, file.sha256), {})
        batches = sorted(claims.get(file.path, []), key=lambda claim: claim[0])
        row["entities"] = ", ".join(entity for entity, _ in batches)
        refused = [batch for _, batch in batches if batch["state"] == "refused"]
        if not batches:
            refusal = without_batch(file, sources)
            state = "refused" if refusal.code == "no_day" else "unmapped"
            row |= {"state": state, "reason_code": refusal.code, "reason": str(refusal)}
        else:
            row["state"] = "refused" if len(refused) == len(batches) and row["state"] != "loaded" else "loaded"
            row |= {name: refused[0][name] if refused else None for name in ("reason_code", "reason")}
    active = {file.path: file.sha256 for file in seen.active}
    for (path, sha256), row in seen.rows.items():
        newer = active.get(path, sha256)
        if row["state"] == "loaded" and newer != sha256 and seen.rows[path, newer]["state"] != "refused":
            row.update(superseded_by_content(path))


def _summary(seen: Seen, rows: dict[BatchKey, dict], changed: list[BatchKey]) -> Landing:
    def named(state: str) -> list[str]:
        return [f"{source}/{entity}/{day}" for source, day, entity in changed if rows[source, day, entity]["state"] == state]

    files = [seen.rows[file.path, file.sha256] for file in seen.active]
    return Landing(
        file_count=len(seen.active),
        new_file_count=seen.new_count,
        loaded=named("loaded"),
        refused=named("refused"),
        unchanged_count=len(rows) - len(changed),
        **{name: sum(row[name] for row in rows.values()) for name in ("rows_read", "rows_loaded", "rows_quarantined", "rows_left_out")},
        newest_day=max((key[1] for key, row in rows.items() if row["state"] == "loaded" or row["rows_loaded"]), default=None),
        refusals=[row["reason"] for row in rows.values() if row["state"] == "refused"],
        messages=[
            *seen.messages,
            *(row["reason"] for row in files if row["reason_code"] in ("no_day", "no_source", "no_feed")),
        ],
    )
