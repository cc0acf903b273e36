"""What is wrong with a home, its exports and its settings: worst first, each with the next step.

Here: looking, never changing. Not here: the rules themselves (each step refuses what it cannot take, with the same words).
"""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from expectations.baselines import load_baselines
from ingest.cleaning.exported_ids import exported_ids
from ingest.clock import now
from ingest.errors import BailiwickError, HomeInvalid, HomeLocked, RulesInvalid, SourceInvalid
from ingest.geocoding.online.settings import read_keys
from ingest.home import CompanyHome, open_home
from ingest.landing.acceptances import read_acceptances
from ingest.landing.files import archived_path, list_files
from ingest.landing.load import is_held
from ingest.landing.preview import Preview, preview
from ingest.rules.read import read_rules
from ingest.sources.mapping import Source, read_source
from ingest.tables import TABLES
from ingest.warehouse import Warehouse
from orchestration.lock import died
from orchestration.settings import company_parameters, read_settings
from serving.manifest import verify_published

SEVERITIES = ("fatal", "error", "warning", "hint")
"""fatal: no refresh is possible; error: something is not loaded or not published; warning: figures may mislead; hint."""

_LOW_DISK_BYTES = 2 << 30  # 2026-11-21: archive, work file and published copy of a 1 M customer home together take about this
_READ = ("raw.files", "raw.batches", "raw.drift", "raw.runs")
_ASKS_EXPORTS = ("is no known territory", "is no known person", "works no territory")  # of rules/consistency.py and rules/validity.py
_SHOWN = 5
_NAMED_IN = ("territories", "reps", "rep_territories")  # entities whose ids a rule sheet may refer to
_SAID_BUT_NOT_LOADED = ("no_source", "no_feed", "empty_zip")  # of files that nobody asked for


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong. `sentence` says what, where and what to do next."""

    severity: str
    about: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What the work file remembers, and what the next refresh will say of files that none has read."""

    files: list[dict]
    batches: list[dict]
    drift: list[dict]
    runs: list[dict]
    preview: Preview
    unread: list[str]
    versions: set[tuple[str, int, int]]


def examine(folder: Path) -> list[Finding]:
    """Every finding, worst first. An empty list means that nothing is wrong. A fault in one place never hides those in another."""
    try:
        home = open_home(folder)
    except BailiwickError as error:
        return [_found("fatal", "home", error)]
    sources, findings = _sources(home)
    findings += [*_settings(home), *_expectations(home), *_acceptances(home), *_disk(home)]
    locked = list(_lock(home))
    findings += locked
    if not any(finding.about == "lock" for finding in locked):
        findings += _loaded(home, sources)
    return sorted(dict.fromkeys(findings), key=_rank)


def _rank(finding: Finding) -> tuple[int, str, str]:
    return SEVERITIES.index(finding.severity), finding.about, finding.sentence


def _found(severity: str, about: str, error: BailiwickError, next_step: str = "") -> Finding:
    sentence = str(error).removeprefix(f"{type(error).__name__}: ")
    return Finding(severity=severity, about=about, sentence=f"{sentence}\n  {next_step}" if next_step else sentence)


def _settings(home: CompanyHome) -> Iterator[Finding]:
    try:
        settings = read_settings(home)
        read_keys(settings.geocoder)
        company_parameters(home, settings)
    except BailiwickError as error:
        yield _found("fatal", "company.toml", error)


def _expectations(home: CompanyHome) -> Iterator[Finding]:
    try:
        load_baselines(home.expectations_path)
    except BailiwickError as error:
        yield _found("fatal", home.expectations_path.name, error)


def _acceptances(home: CompanyHome) -> Iterator[Finding]:
    try:
        read_acceptances(home)
    except HomeInvalid as error:
        step = "Mend the file by hand, or put it back from a backup. No export is read until then."
        yield _found("fatal", "acceptances.csv", error, step)


def _lock(home: CompanyHome) -> Iterator[Finding]:
    try:
        if dead := died(home):
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
            step = f"Correct sources/{path.name}; sources/README.md and CONTRIBUTING.md explain the keys. No export is read until then."
            findings.append(_found("fatal", f"sources/{path.name}", error, step))
    if not sources and not findings:
        text = "there is no mapping yet, so no export can be read. Add sources/<name>.yml; sources/README.md shows how."
        findings.append(Finding(severity="fatal", about="sources", sentence=text))
    return sources, findings


def _loaded(home: CompanyHome, sources: dict[str, Source]) -> Iterator[Finding]:
    """What is wrong with rule sheets, exports and the published copy."""
    warehouse = Warehouse(home.warehouse_path)
    broken = {path.stem for path in home.sources.glob("*.yml")} - set(sources)
    unsure = f"sources/{min(broken)}.yml" if broken else ""
    try:
        seen = _read(home, warehouse, sources, broken)
    except (HomeInvalid, HomeLocked) as error:
        seen = _found("fatal", warehouse.path.name, error)
    if isinstance(seen, Finding):
        yield seen
        yield from _rules(home, {}, sources, warehouse.path.name)
        yield from _altered(home)
        return
    exported = {
        name: pa.concat_tables([warehouse.read(f"raw.{name}"), *seen.preview.rows.get(name, [])], promote_options="default")
        for name in _NAMED_IN
    }
    yield from _rules(home, exported, sources, unsure)
    yield from _gone(seen, sources, broken)
    yield from _unread(seen)
    of_batches = list(_batches(seen, sources))
    for finding in _files(home, seen, sources):
        if not any(told.sentence.startswith(finding.sentence) for told in of_batches):  # a held day says why for each of its files
            yield finding
    yield from of_batches
    yield from _published(home, seen)


def _read(home: CompanyHome, warehouse: Warehouse, sources: dict[str, Source], broken: set[str]) -> _Seen | Finding:
    tables = {name: warehouse.read(name) for name in _READ}
    if any(set(TABLES[name].column_names) - set(table.column_names) for name, table in tables.items()):
        text = "an earlier version of the program wrote it, so exports could not be examined. `bailiwick refresh` brings it up to date."
        return Finding(severity="warning", about=warehouse.path.name, sentence=text)
    files, batches, drift, runs = (tables[name].to_pylist() for name in _READ)
    on_disk = list_files(home.landing)
    known = {(row["path"], row["size_bytes"], row["modified_ns"]) for row in files}
    found = preview(home, warehouse, sources, seen_at=now(), max_file_bytes=_max_file_bytes(home), wanted_rows=_NAMED_IN)
    # A file of a source whose mapping cannot be read is no file of an unknown source; the mapping is a finding of its own.
    found.refusals[:] = [(about, why) for about, why in found.refusals if not (why.code == "no_source" and about.split("/")[0] in broken)]
    return _Seen(
        files=[row for row in files if row["source"] not in broken],
        batches=batches,
        drift=drift,
        runs=runs,
        preview=found,
        unread=[version[0] for version in on_disk if version not in known],
        versions=set(on_disk),
    )


def _max_file_bytes(home: CompanyHome) -> int:
    try:
        return read_settings(home).landing.max_file_mb << 20
    except BailiwickError:  # a finding of its own
        return 2 << 30


def _rules(home: CompanyHome, exported: dict[str, pa.Table], sources: dict[str, Source], unsure: str) -> Iterator[Finding]:
    """`exported`: raw.<entity> whose ids a sheet may refer to. `unsure`: what cannot be read and may name further ids; or empty."""
    currency = None
    with suppress(BailiwickError):  # a finding of its own
        currency = read_settings(home).company.currency
    tables = (exported.get(name, TABLES[f"raw.{name}"].arrow_schema.empty_table()) for name in _NAMED_IN)
    try:
        rules = read_rules(home, exported_ids(*tables, sources), keep=False, home_currency=currency)
    except RulesInvalid as error:
        for problem in error.problems:
            is_sure = not unsure or not any(words in problem for words in _ASKS_EXPORTS)
            step = "Correct the sheet in rules/" + ("." if is_sure else f", unless an export says so: {unsure} cannot be read now.")
            yield Finding(severity="fatal" if is_sure else "error", about="rules", sentence=f"{problem}\n  {step}")
        return
    if not rules.tables["rules.territory_rules"].num_rows:
        text = "there are no territory rules, so every customer is UNASSIGNED. Write some into rules/territory_rules.csv."
        yield Finding(severity="warning", about="rules/territory_rules.csv", sentence=text)


def _gone(seen: _Seen, sources: dict[str, Source], broken: set[str]) -> Iterator[Finding]:
    """Mappings that were taken away although something loaded rests on them."""
    for name in sorted({row["source"] for row in seen.batches if row["rows_loaded"]} - set(sources) - broken):
        text = "exports were loaded by it on earlier nights, and it is gone. Put it back; to retire a system, keep it and stop exporting."
        yield Finding(severity="fatal", about=f"sources/{name}.yml", sentence=text)


def _unread(seen: _Seen) -> Iterator[Finding]:
    """Files that no refresh has read, and what the next will say of them."""
    if seen.unread:
        text = f"{len(seen.unread)} file(s) were not read yet, the first is {seen.unread[0]}. Run `bailiwick refresh`."
        yield Finding(severity="hint", about="landing", sentence=text)
    for about, refusal in seen.preview.refusals:
        severity = "warning" if refusal.code in _SAID_BUT_NOT_LOADED else "error"
        yield Finding(severity=severity, about=about, sentence=f"not read yet, and the next refresh will say: {refusal}")


def _files(home: CompanyHome, seen: _Seen, sources: dict[str, Source]) -> Iterator[Finding]:
    """What was said of files when they were read, where it still holds: once a sentence, which may be about several files."""
    said: dict[str, list[dict]] = {}
    for row in seen.files:
        if row["state"] in ("refused", "landed", "loaded") and row["reason_code"] not in (None, "ignored") and _holds(row, seen, sources):
            said.setdefault(row["reason"], []).append(row)
    for reason, rows in said.items():
        paths = sorted(row["path"] for row in rows)
        inside = [path for path in paths if any(path.startswith(f"{other}/") for other in paths)] or paths  # of a ZIP: what is in it
        more = f" and {len(inside) - 1} more" if len(inside) > 1 else ""
        severity = "warning" if all(row["state"] == "landed" for row in rows) else "error"
        yield Finding(severity=severity, about=f"{inside[0]}{more}", sentence=reason)
    lost = [row["path"] for row in seen.files if row["state"] == "loaded" and not _is_archived(home, row)]
    if lost:
        text = f"the archive lacks {len(lost)} loaded file(s), the first is {lost[0]}. Put archive/ back from a backup: it is the proof."
        yield Finding(severity="error", about="archive", sentence=text)


def _holds(row: dict, seen: _Seen, sources: dict[str, Source]) -> bool:
    """Whether what the ledger says of a file is still so: it may have been taken away, its day be judged afresh, its mapping be there."""
    places = {f"{row['source']}/{entity}/{row['as_of_date']}" for entity in row["entities"].split(", ")}
    if places & seen.preview.batches or (row["reason_code"] == "no_source" and row["source"] in sources):
        return False
    is_there = row["container_sha256"] or (row["path"], row["size_bytes"], row["modified_ns"]) in seen.versions
    return row["state"] == "loaded" or bool(is_there)


def _is_archived(home: CompanyHome, row: dict) -> bool:
    return archived_path(home.archive, row["container_sha256"] or row["file_sha256"]).is_file()


def _batches(seen: _Seen, sources: dict[str, Source]) -> Iterator[Finding]:
    """Held days, refused rows, forms that changed, systems that fell silent. Of what repeats every night only the newest is told."""
    coming = {path.split("/")[0] for path in seen.unread}
    for name in sorted(set(sources) - {row["source"] for row in seen.batches if row["state"] != "refused"} - coming):
        text = f"nothing was ever loaded from it. Put exports into landing/{name}/<YYYY-MM-DD>/, or remove sources/{name}.yml."
        yield Finding(severity="warning", about=f"sources/{name}.yml", sentence=text)
    yield from _held(seen)
    by_day = sorted(seen.batches, key=lambda row: row["as_of_date"])
    newest = {(row["source"], row["entity"]): row for row in by_day if row["state"] == "loaded"}
    for (source, _), row in newest.items():
        drift = [change for change in seen.drift if _place(change) == _place(row)]
        yield from _rows_and_form(row, drift, sources.get(source))
    yield from _silent(newest.values(), coming)


def _rows_and_form(row: dict, drift: list[dict], source: Source | None) -> Iterator[Finding]:
    """Of the newest loaded day of an entity: refused rows, columns nobody maps, values that no list has, and what changed."""
    if row["rows_quarantined"]:
        where = f"quarantine/{row['source']}/{row['as_of_date']}/{row['entity']}.csv"
        text = f"{row['rows_quarantined']:,} of {row['rows_read']:,} rows are quarantined. {where} says why; mend them in the CRM."
        yield Finding(severity="warning", about=_place(row), sentence=text)
    unlisted = _unlisted(row, source) if source else {}
    for name, values in unlisted.items():
        some = ", ".join(repr(value) for value in values[:_SHOWN]) + (f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else "")
        where = f"sources/{row['source']}.yml (entities.{row['entity']}.values.{name})"
        text = f"{name} holds {some}, which no value list has, so it stays empty. Say in {where} what each means."
        yield Finding(severity="warning", about=_place(row), sentence=text)
    told = {value for values in unlisted.values() for value in values}
    for change in drift:
        if change["kind"] != "new_value" or change["value"] not in told:
            severity = "warning" if change["kind"] in ("vanished_column", "type_change") else "hint"
            yield Finding(severity=severity, about=_place(row), sentence=change["detail"])
    new = {change["name"] for change in drift if change["kind"] == "new_column"}
    if unmapped := [name for name in row["unmapped_columns"].split(", ") if name and name not in new]:
        text = f"columns nobody maps: {', '.join(unmapped)}. Map them, or name them in `ignore` of sources/{row['source']}.yml."
        yield Finding(severity="hint", about=_place(row), sentence=text)


def _unlisted(row: dict, source: Source) -> dict[str, list[str]]:
    """Column -> values of an export that the closed value list of the column does not have."""
    values = json.loads(row["profile"] or "{}").get("values", {})
    found = {}
    for name, listed in source.entity_values(row["entity"]).items():
        known = {word.strip().casefold() for word in listed}
        if unknown := sorted(value for value in values.get(name, []) if value.strip() and value.strip().casefold() not in known):
            found[name] = unknown
    return found


def _held(seen: _Seen) -> Iterator[Finding]:
    """Days that wait for a person. Of an entity that no longer comes the first day is told: letting that pass settles the others."""
    missing: dict[tuple[str, str], list[dict]] = {}
    for row in sorted(seen.batches, key=lambda row: row["as_of_date"]):
        if is_held(row) and _place(row) not in seen.preview.batches:
            if row["reason_code"] == "missing":
                missing.setdefault((row["source"], row["entity"]), []).append(row)
            else:
                yield Finding(severity="error", about=_place(row), sentence=row["reason"])
    for first, *later in missing.values():
        more = f"\n  It is missing on {len(later)} later day(s) too, last on {later[-1]['as_of_date']}." if later else ""
        yield Finding(severity="error", about=_place(first), sentence=f"{first['reason']}{more}")


def _place(row: dict) -> str:
    return f"{row['source']}/{row['entity']}/{row['as_of_date']}"


def _silent(newest: Iterable[dict], coming: set[str]) -> Iterator[Finding]:
    """Systems whose newest export is older than everybody else's by more than a day."""
    last: dict[str, date] = {}
    for row in newest:
        last[row["source"]] = max(last.get(row["source"], row["as_of_date"]), row["as_of_date"])
    for source, day in sorted(last.items()):
        if (max(last.values()) - day).days > 1 and source not in coming:
            text = f"its newest export describes {day}, while others have {max(last.values())}. See why it no longer exports."
            yield Finding(severity="warning", about=f"sources/{source}.yml", sentence=text)


def _published(home: CompanyHome, seen: _Seen) -> Iterator[Finding]:
    if not seen.runs:
        yield Finding(severity="error", about="published", sentence="nothing was published yet. Run `bailiwick refresh`.")
        return
    yield from _altered(home)
    newest = max((row["as_of_date"] for row in seen.batches if row["state"] == "loaded"), default=None)
    last = max(seen.runs, key=lambda run: (run["finished_at"], run["run_id"]))
    if newest and newest > last["as_of_date"]:
        text = f"it describes {last['as_of_date']}, but exports of {newest} are loaded. Run `bailiwick refresh` and read why it stops."
        yield Finding(severity="warning", about="published", sentence=text)


def _altered(home: CompanyHome) -> Iterator[Finding]:
    for problem in verify_published(home.published):
        text = f"{problem} Run `bailiwick refresh --full` to publish afresh."
        yield Finding(severity="error", about="published", sentence=text)


def _disk(home: CompanyHome) -> Iterator[Finding]:
    free = shutil.disk_usage(home.root).free
    if free < _LOW_DISK_BYTES:
        text = f"only {free / 2**30:.1f} GiB are free; a refresh needs room for a second copy of what it publishes. Make room."
        yield Finding(severity="warning", about="disk", sentence=text)
