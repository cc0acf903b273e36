"""What is wrong with a home, its exports and its settings: worst first, each with the next step.

Here: looking, never changing. Not here: the rules themselves (each step refuses what it cannot take, with the same words).
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.cleaning.exported_ids import exported_ids
from ingest.errors import BailiwickError, HomeInvalid, HomeLocked, RulesInvalid, SourceInvalid
from ingest.home import CompanyHome, open_home
from ingest.landing.acceptances import read_acceptances
from ingest.landing.files import archived_path, list_files
from ingest.landing.load import is_held
from ingest.landing.preview import preview
from ingest.rules.read import read_rules
from ingest.sources.mapping import Source, read_source
from ingest.warehouse import Warehouse
from orchestration.lock import hold
from orchestration.settings import read_settings
from serving.manifest import verify_published

SEVERITIES = ("fatal", "error", "warning", "hint")
"""fatal: no refresh is possible; error: something is not loaded or not published; warning: figures may mislead; hint."""

_LOW_DISK_BYTES = 2 << 30  # 2026-11-21: archive, work file and published copy of a 1 M customer home together take about this


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong. `sentence` says what, where and what to do next."""

    severity: str
    about: str
    sentence: str


def examine(folder: Path) -> list[Finding]:
    """Every finding, worst first. An empty list means that nothing is wrong."""
    try:
        home = open_home(folder)
    except BailiwickError as error:
        return [_found("fatal", "home", error)]
    findings = [*_settings(home), *_lock(home)]
    sources, source_findings = _sources(home)
    findings += source_findings
    if any(finding.about == "lock" for finding in findings):
        return sorted(findings, key=_rank)
    warehouse = Warehouse(home.warehouse_path)
    findings += [*_rules(home, warehouse, sources), *_acceptances(home), *_landing(home, warehouse, sources), *_batches(warehouse, sources)]
    findings += [*_published(home, warehouse), *_disk(home)]
    return sorted(findings, key=_rank)


def _rank(finding: Finding) -> tuple[int, str, str]:
    return SEVERITIES.index(finding.severity), finding.about, finding.sentence


def _found(severity: str, about: str, error: BailiwickError) -> Finding:
    return Finding(severity=severity, about=about, sentence=str(error).split(": ", 1)[-1])


def _settings(home: CompanyHome) -> Iterator[Finding]:
    try:
        read_settings(home)
    except BailiwickError as error:
        yield _found("fatal", "company.toml", error)


def _lock(home: CompanyHome) -> Iterator[Finding]:
    try:
        with hold(home) as dead:
            if dead:
                text = f"the last refresh died ({dead}). Run `bailiwick refresh`: it starts afresh, and the published copy is whole."
                yield Finding(severity="warning", about="last refresh", sentence=text)
    except HomeLocked as error:
        yield _found("hint", "lock", error)


def _sources(home: CompanyHome) -> tuple[dict[str, Source], list[Finding]]:
    sources, findings = {}, []
    for path in sorted(home.sources.glob("*.yml")):
        try:
            sources[path.stem] = read_source(path)
        except SourceInvalid as error:
            findings.append(_found("fatal", f"sources/{path.name}", error))
    if not sources and not findings:
        text = "there is no mapping yet, so no export can be read. Add sources/<name>.yml; sources/README.md shows how."
        findings.append(Finding(severity="fatal", about="sources", sentence=text))
    return sources, findings


def _rules(home: CompanyHome, warehouse: Warehouse, sources: dict[str, Source]) -> Iterator[Finding]:
    currency = None
    with suppress(BailiwickError):  # a finding of its own
        currency = read_settings(home).company.currency
    try:
        tables = (warehouse.read(name) for name in ("raw.territories", "raw.reps", "raw.rep_territories"))
        known = exported_ids(*tables, sources)
        rules = read_rules(home, known, keep=False, home_currency=currency)
    except RulesInvalid as error:
        for problem in error.problems:
            yield Finding(severity="fatal", about="rules", sentence=problem)
        return
    if not rules.tables["rules.territory_rules"].num_rows:
        text = "there are no territory rules, so every customer is UNASSIGNED. Write some into rules/territory_rules.csv."
        yield Finding(severity="warning", about="rules/territory_rules.csv", sentence=text)


def _acceptances(home: CompanyHome) -> Iterator[Finding]:
    try:
        read_acceptances(home)
    except HomeInvalid as error:
        yield _found("fatal", "acceptances.csv", error)


def _landing(home: CompanyHome, warehouse: Warehouse, sources: dict[str, Source]) -> Iterator[Finding]:
    ledger = warehouse.read("raw.files").to_pylist()
    seen = {(row["path"], row["size_bytes"], row["modified_ns"]) for row in ledger}
    unread = [path for path, size, modified in list_files(home.landing) if (path, size, modified) not in seen and "/" in path]
    if unread:
        text = f"{len(unread)} file(s) were not read yet, the first is {unread[0]}. Run `bailiwick refresh`."
        yield Finding(severity="hint", about="landing", sentence=text)
        for about, refusal in preview(home, warehouse, sources, max_file_bytes=_max_file_bytes(home)):
            severity = "warning" if refusal.code in ("no_source", "no_feed") else "error"
            yield Finding(severity=severity, about=about, sentence=f"not read yet, and the next refresh will say: {refusal}")
    for row in ledger:
        if row["state"] in ("refused", "landed", "loaded") and row["reason_code"] not in (None, "ignored"):
            yield Finding(severity="warning" if row["state"] == "landed" else "error", about=row["path"], sentence=row["reason"])
    lost = [row["path"] for row in ledger if row["state"] == "loaded" and not _is_archived(home, row)]
    if lost:
        text = f"the archive lacks {len(lost)} loaded file(s), the first is {lost[0]}. Put archive/ back from a backup: it is the proof."
        yield Finding(severity="error", about="archive", sentence=text)


def _is_archived(home: CompanyHome, row: dict) -> bool:
    return archived_path(home.archive, row["container_sha256"] or row["file_sha256"]).is_file()


def _max_file_bytes(home: CompanyHome) -> int:
    try:
        return read_settings(home).landing.max_file_mb << 20
    except BailiwickError:  # a finding of its own
        return 2 << 30


def _batches(warehouse: Warehouse, sources: dict[str, Source]) -> Iterator[Finding]:
    """Held days, refused rows, forms that changed, systems that fell silent. Of what repeats every night only the newest is told."""
    batches = warehouse.read("raw.batches").to_pylist()
    for name in sorted(set(sources) - {row["source"] for row in batches if row["state"] != "refused"}):
        text = f"nothing was ever loaded from it. Put exports into landing/{name}/<YYYY-MM-DD>/, or remove sources/{name}.yml."
        yield Finding(severity="warning", about=f"sources/{name}.yml", sentence=text)
    newest = {(row["source"], row["entity"]): row for row in sorted(batches, key=lambda row: row["as_of_date"]) if row["state"] == "loaded"}
    for row in batches:
        if is_held(row):
            yield Finding(severity="error", about=f"{row['source']}/{row['entity']}/{row['as_of_date']}", sentence=row["reason"])
    for row in newest.values():
        place = f"{row['source']}/{row['entity']}/{row['as_of_date']}"
        if row["rows_quarantined"]:
            where = f"quarantine/{row['source']}/{row['as_of_date']}/{row['entity']}.csv"
            text = f"{row['rows_quarantined']} of {row['rows_read']} rows are quarantined; {where} says why for each."
            yield Finding(severity="warning", about=place, sentence=text)
        if row["unmapped_columns"]:
            text = f"columns nobody maps: {row['unmapped_columns']}. Map them, or name them in `ignore` of sources/{row['source']}.yml."
            yield Finding(severity="hint", about=place, sentence=text)
    for row in warehouse.read("raw.drift").to_pylist():
        if row["as_of_date"] == newest.get((row["source"], row["entity"]), row)["as_of_date"]:
            severity = "warning" if row["kind"] in ("vanished_column", "type_change") else "hint"
            yield Finding(severity=severity, about=f"{row['source']}/{row['entity']}/{row['as_of_date']}", sentence=row["detail"])
    yield from _silent(newest)


def _silent(newest: dict[tuple[str, str], dict]) -> Iterator[Finding]:
    """Systems whose newest export is older than everybody else's by more than a day."""
    last: dict[str, date] = {}
    for (source, _), row in newest.items():
        last[source] = max(last.get(source, row["as_of_date"]), row["as_of_date"])
    for source, day in sorted(last.items()):
        if (max(last.values()) - day).days > 1:
            text = f"its newest export describes {day}, while others have {max(last.values())}. See why it no longer exports."
            yield Finding(severity="warning", about=f"sources/{source}.yml", sentence=text)


def _published(home: CompanyHome, warehouse: Warehouse) -> Iterator[Finding]:
    runs = warehouse.read("raw.runs").to_pylist()
    if not runs:
        yield Finding(severity="error", about="published", sentence="nothing was published yet. Run `bailiwick refresh`.")
        return
    for problem in verify_published(home.published):
        text = f"{problem} Run `bailiwick refresh --full` to publish afresh."
        yield Finding(severity="error", about="published", sentence=text)
    newest = max((row["as_of_date"] for row in warehouse.read("raw.batches").to_pylist()), default=None)
    last = max(runs, key=lambda run: (run["finished_at"], run["run_id"]))
    if newest and newest > last["as_of_date"]:
        text = f"it describes {last['as_of_date']}, but exports of {newest} are loaded. Run `bailiwick refresh` and read why it stops."
        yield Finding(severity="warning", about="published", sentence=text)


def _disk(home: CompanyHome) -> Iterator[Finding]:
    free = shutil.disk_usage(home.root).free
    if free < _LOW_DISK_BYTES:
        text = f"only {free / 2**30:.1f} GiB are free; a refresh needs room for a second copy of what it publishes. Make room."
        yield Finding(severity="warning", about="disk", sentence=text)
