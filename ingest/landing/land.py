"""Landing: from the files in landing/ to raw.* with a ledger of what became of each.

Here: which files make which batch, which days are missing, what became of each file.
Not here: loading one batch (load.py), finding files (ledger.py, files.py), the people's mirror of refusals (quarantine.py).

The unit is the batch: one source, one entity, one day. A batch is read again only when its fingerprint changes: the content
of its files, its mapping, or this program's way of reading. So a file seen before is a no-op, a late file slots into its
day, and a mended mapping replays the rows it had refused. A batch that cannot be read is refused, one that differs too much from the
day before is held; neither ever stops another.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache

import pyarrow as pa

from ingest.errors import SourceInvalid
from ingest.home import CompanyHome
from ingest.landing.acceptances import acceptances_table, read_acceptances
from ingest.landing.archive_index import ArchiveIndex
from ingest.landing.batches import EVERY_COLUMN, SUPERSEDING, FeedFiles
from ingest.landing.content import Limits
from ingest.landing.drift import find_drift
from ingest.landing.feeds import mentioned_columns, mentioned_lookup_columns
from ingest.landing.files import LandedFile
from ingest.landing.ledger import FileKey, Seen, is_of_the_future, ledger_table, look, without_batch
from ingest.landing.load import PART_REFUSED, VERSION_HELD, VERSION_REFUSED, BatchKey, Loader, Outcome, Reader, is_held
from ingest.landing.quarantine import mirror_quarantine
from ingest.sources.mapping import Feed, Source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse, conform

_STATES = ("loaded", "held", "superseded", "refused", "landed")  # of several batches that read a file, the first of these


@dataclass(frozen=True, kw_only=True)
class Landing:
    """What a landing did. `loaded`, `refused` and `held` name batches as source/entity/day; counts of rows are over all of raw.*.

    `refusals` says why each refused or held batch is, `messages` what else people should know.
    """

    file_count: int
    new_file_count: int
    loaded: list[str]
    refused: list[str]
    held: list[str]
    unchanged_count: int
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_left_out: int
    newest_day: date | None
    refusals: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


def land(
    home: CompanyHome,
    warehouse: Warehouse,
    sources: dict[str, Source],
    *,
    seen_at: datetime,
    max_file_bytes: int,
    progress: Callable[[str, int, int], None] = lambda _text, _done, _total: None,
) -> Landing:
    """Read what is new in landing/ into raw.*, and say what became of every file. Running it again changes nothing.

    `progress` is told what was read, and how many of how many batches are done.

    Raises SourceInvalid if raw.* holds rows of a source whose mapping is gone, HomeInvalid if acceptances.csv cannot be read.
    """
    limits = Limits(max_bytes=max_file_bytes)
    acceptances = read_acceptances(home)
    with warehouse.opened():  # 2026-11-22: opened 200 times for small portions, it took 4 s of 9
        index = ArchiveIndex(home)
        seen = look(home, index.restored(warehouse.read("raw.files")), seen_at=seen_at, limits=limits)
        index.add(seen.rows)
        known = {(row["source"], row["as_of_date"], row["entity"]): row for row in warehouse.read("raw.batches").to_pylist()}
        _check_sources_stand(sources, known)
        wanted = batches_of([file for file in seen.active if not is_of_the_future(file, seen)], sources)
        reader = Reader(home, limits)
        outcomes = _load(Loader(warehouse, sources, reader, acceptances, known), wanted, known, sources, progress)
        _settle_states(seen, wanted, outcomes, sources, reader)
        index.add(seen.rows)
        tables = {"raw.files": ledger_table(seen), "raw.acceptances": acceptances_table(acceptances)}
        if set(known) != set(outcomes) or any(outcome.is_new for outcome in outcomes.values()):
            tables["raw.drift"] = find_drift((outcome.row for outcome in outcomes.values()), sources)
        _write_rest(home, warehouse, tables)
    return _summary(seen, outcomes, [*index.messages, *_news_of_form(tables.get("raw.drift"), outcomes)])


def _load(
    loader: Loader,
    wanted: dict[BatchKey, list[FeedFiles]],
    known: dict[BatchKey, dict],
    sources: dict[str, Source],
    progress: Callable[[str, int, int], None],
) -> dict[BatchKey, Outcome]:
    """Every batch brought up to date, by source, day and entity, and those that are no longer there taken back."""
    missed = missed_of(wanted, sources)
    for key in sorted(set(known) - set(wanted) - set(missed)):
        loader.drop(key)
    outcomes: dict[BatchKey, Outcome] = {}
    spoken = {name: spoken_of(source) for name, source in sources.items()}
    last_came: dict[tuple[str, str], date | None] = {}
    in_order = sorted({*wanted, *missed})
    for number, key in enumerate(in_order, start=1):
        source, day, entity = key
        if key in wanted:
            outcomes[key] = loader.load(key, wanted[key], spoken[source])
            last_came[source, entity] = day
        elif came := last_came.get((source, entity)):
            outcomes[key] = loader.miss(key, came)
            if outcomes[key].row["reason_code"] == "missing_accepted":
                last_came[source, entity] = None  # a person said that it need not come; until it does again
        if key in outcomes and outcomes[key].is_new:
            progress(f"{source} {day} {entity}", number, len(in_order))
    for key in sorted(set(known) & set(missed) - set(outcomes)):
        loader.drop(key)
    loader.finish()
    return outcomes


def _write_rest(home: CompanyHome, warehouse: Warehouse, tables: dict[str, pa.Table]) -> None:
    """Drift, acceptances and the ledger, where they changed, and the mirror of what was refused."""
    changed = {name: table for name, table in tables.items() if conform(TABLES[name], table) != warehouse.read(name)}
    if changed:
        warehouse.replace_all(changed)
    mirror_quarantine(home, tables["raw.files"], warehouse.read("raw.quarantine"))


def _check_sources_stand(sources: dict[str, Source], known: dict[BatchKey, dict]) -> None:
    gone = sorted({key[0] for key, row in known.items() if row["rows_loaded"]} - set(sources))
    if gone:
        raise SourceInvalid(
            f"SourceInvalid: exports of {', '.join(gone)} were loaded on earlier nights, but sources/{gone[0]}.yml is gone.\n"
            "  Ownership history rests on them. Put the mapping back; to retire a system, leave its mapping and stop exporting."
        )


def batches_of(active: list[LandedFile], sources: dict[str, Source]) -> dict[BatchKey, list[FeedFiles]]:
    """The batches that the active files make. A feed takes part on a day when one of its own files is there."""
    by_day: dict[str, dict[date, list[LandedFile]]] = {}
    for file in active:
        if file.as_of_date is not None and file.source in sources:
            by_day.setdefault(file.source, {}).setdefault(file.as_of_date, []).append(file)
    batches: dict[BatchKey, list[FeedFiles]] = {}
    for source, days in by_day.items():
        describes = _describes(sources[source], days)
        for day, files in days.items():
            for entity, feeds in sources[source].entities.items():
                found = [_feed_files(feed, files, describes(day) if feed.coded else []) for feed in feeds]
                if any(feed.files for feed in found):
                    batches[source, day, entity] = [feed for feed in found if feed.files]
    return batches


def _describes(source: Source, days: dict[date, list[LandedFile]]) -> Callable[[date], list[LandedFile]]:
    """Of a day: the files that say what option codes mean: the newest up to that day, else the oldest after it."""
    if source.describe is None:
        return lambda _: []
    patterns = source.describe.file
    with_files = {day: found for day, files in sorted(days.items()) if (found := [file for file in files if file.matches(patterns)])}

    @cache
    def of(day: date) -> list[LandedFile]:
        up_to = [each for each in with_files if each <= day]
        after = [each for each in with_files if each > day]
        return with_files[up_to[-1]] if up_to else with_files[after[0]] if after else []

    return of


def _feed_files(feed: Feed, files: list[LandedFile], describes: list[LandedFile]) -> FeedFiles:
    lookups = {name: [file for file in files if file.matches(lookup.file)] for name, lookup in feed.lookups.items()}
    return FeedFiles(feed=feed, files=[file for file in files if file.matches(feed.file)], lookups=lookups, describes=describes)


def missed_of(wanted: dict[BatchKey, list[FeedFiles]], sources: dict[str, Source]) -> list[BatchKey]:
    """Days on which a source exported something, but not an entity that is to come every time it does."""
    days = {(source, day) for source, day, _ in wanted}
    every_time = {
        name: [
            entity
            for entity, feeds in source.entities.items()
            if source.guards.of(entity).missing == "hold" and any(feed.snapshot == "full" for feed in feeds)
        ]
        for name, source in sources.items()
    }
    return [(source, day, entity) for source, day in days for entity in every_time[source] if (source, day, entity) not in wanted]


def spoken_of(source: Source) -> Callable[[LandedFile], set[str]]:
    """Of a file: the columns that any feed of the source uses or ignores in it, since several may read the same file. What a describe
    file holds beside options is the CRM's own business and never reported as unmapped."""
    feeds = [feed for entity in sorted(source.entities) for feed in source.entities[entity]]
    own = {id(feed): mentioned_columns(feed) for feed in feeds}

    def columns(file: LandedFile) -> set[str]:
        mentioned = [own[id(feed)] for feed in feeds if file.matches(feed.file)]
        for feed in feeds:
            mentioned += [mentioned_lookup_columns(feed, name) for name, lookup in feed.lookups.items() if file.matches(lookup.file)]
        if source.describe and file.matches(source.describe.file):
            mentioned.append({EVERY_COLUMN})
        return set().union(*mentioned)

    return columns


def _settle_states(
    seen: Seen, wanted: dict[BatchKey, list[FeedFiles]], outcomes: dict[BatchKey, Outcome], sources: dict[str, Source], reader: Reader
) -> None:
    """Say of every active file what became of it. A file that several batches read is loaded if one of them loaded it; its row carries
    the reason of a refusal all the same."""
    claims: dict[FileKey, list[tuple[str, Outcome]]] = {}
    for key, feeds in wanted.items():
        for file_key in {file.key for feed in feeds for file in feed.all_files()}:
            claims.setdefault(file_key, []).append((key[2], outcomes[key]))
    for file in seen.active:
        row = seen.rows[file.key]
        row |= reader.facts.get(file.key, {})
        batches = sorted(claims.get(file.key, []), key=lambda claim: claim[0])
        row["entities"] = ", ".join(dict.fromkeys(entity for entity, _ in batches))
        if not batches:
            refusal = without_batch(file, sources, is_of_the_future=is_of_the_future(file, seen))
            row |= {
                "state": "refused" if refusal.code in ("no_day", "future_day") else "landed",
                "reason_code": refusal.code,
                "reason": str(refusal),
            }
            continue
        fates = [_fate(outcome, file.key, row) for _, outcome in batches]
        stamps = [outcome.exported_at[file.key] for _, outcome in batches if outcome.exported_at.get(file.key)]
        row["exported_at"] = max(stamps) if stamps else row["exported_at"]
        row["state"] = min((state for state, _, _ in fates), key=_STATES.index)
        reasons = [(code, reason) for state, code, reason in fates if reason and (state != "superseded" or row["state"] == "superseded")]
        row["reason_code"], row["reason"] = min(reasons) if reasons else (None, None)
    _settle_containers(seen)


def _fate(outcome: Outcome, key: FileKey, row: dict) -> tuple[str, str | None, str | None]:
    """State, reason code and reason of a file by one batch.

    Of a batch that was not read again its own row says it, except what no batch's row tells of a single file: that the ledger knows.
    """
    batch = outcome.row
    if not outcome.is_new or key not in outcome.files:
        said = row["reason_code"] in SUPERSEDING or row["state"] == "refused" or batch["reason_code"] == VERSION_HELD
        if said or batch["state"] not in ("loaded", "held"):
            return row["state"], row["reason_code"], row["reason"]
        # Not what the ledger says: its reason may be another batch's, which has since been mended (found 2026-11-22).
        return ("held", batch["reason_code"], batch["reason"]) if batch["state"] == "held" else ("loaded", None, None)
    state, why = outcome.files[key]
    if batch["state"] == "refused":
        return state, batch["reason_code"], batch["reason"]
    return state, why.code if why else None, str(why) if why else None


def _settle_containers(seen: Seen) -> None:
    """A ZIP is what its members are: loaded if one of them is. One that was moved or tidied away goes with them."""
    members: dict[str, list[dict]] = {}
    for row in seen.rows.values():
        if row["container_sha256"]:
            members.setdefault(row["container_sha256"], []).append(row)
    earlier = {key: None for key, row in seen.rows.items() if key[1] in members and not row["container_sha256"]}
    for key, refusal in (earlier | seen.containers).items():
        row = seen.rows[key]
        inside = [member for member in members.get(key[1], []) if member["path"].startswith(f"{key[0]}/")]
        if refusal is not None:
            row |= {"state": "refused", "reason_code": refusal.code, "reason": str(refusal)}
        else:
            first = min(inside, key=lambda member: (_STATES.index(member["state"]), member["path"]), default=None)
            said = ("state", "reason_code", "reason")
            row |= {name: first[name] for name in said} if first else {"state": "landed", "reason_code": "empty_zip"}
            row["reason"] = row["reason"] if first else f"{key[0]} is a ZIP without a file in it; it is archived."
            named = {name for member in inside for name in member["entities"].split(", ") if name}
            row |= {"encoding": "zip", "entities": ", ".join(sorted(named))}


def _news_of_form(drift: pa.Table | None, outcomes: dict[BatchKey, Outcome]) -> list[str]:
    """What differs in form in the exports of this landing, of each source and entity only the newest day's: a home that catches up on a
    month has the rest in raw.drift."""
    newest = {(source, entity): day for (source, day, entity), outcome in sorted(outcomes.items()) if outcome.row["state"] == "loaded"}
    rows = drift.to_pylist() if drift is not None else []
    return [
        row["detail"]
        for row in rows
        if newest.get((row["source"], row["entity"])) == row["as_of_date"]
        and outcomes[row["source"], row["as_of_date"], row["entity"]].is_new
    ]


def _summary(seen: Seen, outcomes: dict[BatchKey, Outcome], news: list[str]) -> Landing:
    def named(chosen: Callable[[Outcome], bool]) -> list[str]:
        return [f"{source}/{entity}/{day}" for (source, day, entity), outcome in sorted(outcomes.items()) if chosen(outcome)]

    rows = [outcome.row for outcome in outcomes.values()]
    files = [seen.rows[key] for key in sorted({file.key for file in seen.active} | set(seen.containers))]
    refused = [row for row in rows if row["state"] == "refused" or row["reason_code"] in (VERSION_REFUSED, PART_REFUSED)]
    held = [row for row in rows if is_held(row)]
    alone = ("no_day", "future_day", "no_source", "no_feed")
    return Landing(
        file_count=len(files),
        new_file_count=seen.new_count,
        loaded=named(lambda outcome: outcome.is_new and outcome.row["state"] == "loaded" and not outcome.is_same),
        refused=named(lambda outcome: outcome.row in refused),
        held=named(lambda outcome: outcome.row in held),
        unchanged_count=sum(not outcome.is_new for outcome in outcomes.values()),
        **{name: sum(row[name] for row in rows) for name in ("rows_read", "rows_loaded", "rows_quarantined", "rows_left_out")},
        newest_day=max((row["as_of_date"] for row in rows if row["state"] == "loaded" or row["rows_loaded"]), default=None),
        refusals=[row["reason"] for row in [*refused, *held]],
        messages=[
            *seen.messages,
            *news,
            *(
                row["reason"]
                for row in files
                if row["reason_code"] in alone or (row["state"] == "refused" and seen.containers.get(_key(row)))
            ),
            *(row["reason"] for row in files if row["state"] == "superseded" and row["reason_code"] == "newer_export"),
        ],
    )


def _key(row: dict) -> FileKey:
    return row["path"], row["file_sha256"]
