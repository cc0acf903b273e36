"""How an export differs in form from the one before it: columns that came or went, values never seen, columns of another kind.

Here: the profile of a batch, and the differences of two. Not here: refusing anything (a missing required column does that in feeds.py),
how the numbers of rows differ (guards.py).
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import polars as pl
import pyarrow as pa

from ingest.entities import ENTITIES
from ingest.landing.columns import comparable_header
from ingest.sources.mapping import Source
from ingest.tables import TABLES

# Canonical columns whose values are each organisation's own options, worth saying when a new one appears.
_OPTION_FIELDS = frozenset(
    {
        "stage",
        "outcome",
        "status",
        "industry",
        "size_band",
        "kind",
        "lead_source",
        "role",
        "cause",
        "action",
        "event",
        "permission",
        "product",
    }
)
_MOST_OPTIONS = 60  # 2026-11-22: a picklist of a CRM has tens of values; a column with more holds free text
_SAMPLE = 200  # distinct values that a column's kind is told from, lowest first, so that the order of rows does not matter
_DOMINANT = 0.8
_LARGE = 200_000
_KINDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("boolean", r"(?i)(true|false|yes|no|是|否|0|1)$"),
        ("epoch", r"\d{10}(\d{3})?$"),
        ("number", r"[-+(]?\s*(?:[^\W\d_]{0,3}[$¥￥€£])?\s*[-+]?[\d.,  ]*\d[\d.,]*\s*[万亿]?\)?$"),
        ("date", r"(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|[A-Z][a-z]{2} \d{1,2}, \d{4})"),
    )
)


def profile_of(source: Source, entity: str, columns: list[str], rows: pa.Table) -> str:
    """What the form of a batch is judged by, as JSON text: columns of its files, kind of each typed column, values of options."""
    fields = ENTITIES[entity].fields
    listed = source.entity_values(entity)
    watched = [name for name, (type_, _) in fields.items() if type_ != "text" or name in _OPTION_FIELDS or name in listed]
    # One pass over all columns of a small batch: asked one by one, they took a quarter of its time. One by one over a large one, which
    # otherwise takes 240 MB at 1 M rows (both 2026-11-22).
    at_once = [watched] if rows.num_rows <= _LARGE else [[name] for name in watched]
    lowest: dict[str, list[str]] = {}
    for names in at_once:
        frame = pl.DataFrame(pl.from_arrow(rows.select(names)))
        found = frame.select(pl.col(name).drop_nulls().str.strip_chars().unique().sort().head(_SAMPLE).implode() for name in names)
        lowest |= {name: found[name].item().to_list() for name in names}
    kinds, values = {}, {}
    for name in watched:
        distinct = lowest[name]
        if fields[name][0] != "text" and distinct:
            kinds[name] = _kind(distinct)
        elif 0 < len(distinct) <= _MOST_OPTIONS:
            values[name] = distinct
    return json.dumps({"columns": columns, "kinds": kinds, "values": values}, ensure_ascii=False, sort_keys=True)


def _kind(distinct: list[str]) -> str:
    for kind, pattern in _KINDS:
        if sum(pattern.match(text) is not None for text in distinct) >= _DOMINANT * len(distinct):
            return kind
    return "text"


def find_drift(batches: Iterable[Mapping[str, object]], sources: Mapping[str, Source]) -> pa.Table:
    """raw.drift out of raw.batches: each loaded batch against the loaded one before it, of the same source and entity."""
    before: dict[tuple[str, str], str] = {}
    found: list[dict[str, object]] = []
    for batch in sorted(batches, key=lambda row: (row["source"], row["entity"], row["as_of_date"])):
        if batch["state"] != "loaded" or not batch["profile"]:
            continue
        key, profile = (batch["source"], batch["entity"]), batch["profile"]
        former = before.get(key, profile)
        before[key] = profile
        if former != profile:  # most nights look like the one before, and need not be taken apart
            place = dict(zip(("source", "entity", "as_of_date"), (*key, batch["as_of_date"]), strict=True))
            values = sources[key[0]].entity_values(key[1]) if key[0] in sources else {}
            changes = _differences(json.loads(former), json.loads(profile), values, *key, batch["as_of_date"])
            found += [place | change for change in changes]
    return pa.Table.from_pylist(found, schema=TABLES["raw.drift"].arrow_schema)


def _differences(
    old: dict, new: dict, listed: Mapping[str, Mapping[str, str]], source: str, entity: str, day: date
) -> Iterator[dict[str, object]]:
    mapping = f"sources/{source}.yml (entities.{entity})"
    known = {comparable_header(name): name for name in old["columns"]}
    today = {comparable_header(name): name for name in new["columns"]}
    gone = [known[name] for name in sorted(set(known) - set(today))]
    come = [today[name] for name in sorted(set(today) - set(known))]
    for name in come:
        near = _nearest(name, gone)
        hint = (
            f"Perhaps it is {near} under a new name: then map both in {mapping}."
            if near
            else f"Map it or name it in `ignore` of {mapping}."
        )
        yield _change("new_column", name, "", near, f"{source} {entity} {day}: the column {name!r} is new. {hint}")
    for name in gone:
        near = _nearest(name, come)
        hint = f"Perhaps it is called {near} now." if near else "If the CRM no longer exports it, nothing else needs to be done."
        yield _change("vanished_column", name, "", near, f"{source} {entity} {day}: the column {name!r} is gone. {hint}")
    for name, values in sorted(new["values"].items()):
        if name in old["values"]:
            former = old["values"][name]
            for value in sorted({v.casefold(): v for v in values if v.casefold() not in {f.casefold() for f in former}}.values()):
                near = _nearest(value, sorted({*former, *listed.get(name, {})}))
                hint = f" The nearest known one is {near!r}." if near else ""
                need = f" It is in no value list: add it to {mapping}." if name in listed and not _is_listed(value, listed[name]) else ""
                yield _change(
                    "new_value", name, value, near, f"{source} {entity} {day}: {name} holds {value!r} for the first time.{hint}{need}"
                )
    for name, kind in sorted(new["kinds"].items()):
        former = old["kinds"].get(name, kind)
        if kind != former:
            detail = f"{source} {entity} {day}: {name} used to hold {former} and now holds {kind}. See what the CRM changed in its export."
            yield _change("type_change", name, f"{former} -> {kind}", None, detail)


def _is_listed(value: str, listed: Mapping[str, str]) -> bool:
    return value.strip().casefold() in {word.strip().casefold() for word in listed}


def _change(kind: str, name: str, value: str, nearest: str | None, detail: str) -> dict[str, object]:
    return {"kind": kind, "name": name, "value": value, "nearest": nearest, "detail": detail}


def _nearest(word: str, known: list[str]) -> str | None:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return near[0] if near else None
