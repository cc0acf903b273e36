"""An auditor's pack for one customer: its whole chain of events, what proves each, and the rules in force then, as one page and as CSV.

Here: gathering and writing the pack. Not here: which customer is meant (explain.py), one answer (ownership.py), whether the record was
altered (ingest/record; the pack says how to check it).

    index.html     everything, readable without a program and without a network
    events.csv     every event of the customer and of the ids that lead to it, with both hashes: the rows of the chain as they were hashed
    owners.csv     who owned it when, by all that is known today
    evidence.csv   each row of an export that proves an event: file, hash, row, and what stood in it, column by column
    rules.csv      each rule that decided, as the sheet had it that night: column by column, with the sheet's hash and row
    records.csv    which source records were this customer, since when, and why
    values.csv     what the customer was in each period, as far as rules look at it
    seals.csv      the nights that recorded any of it, with their seals
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import duckdb

from ingest.errors import NotFound
from ingest.record_tables import EVENT_COLUMNS, HASH_COLUMNS
from ingest.rules.versions import rule_as_it_was
from serving.csv_files import harmless
from serving.explain import find_customer
from serving.ownership import TABLES_OWNED, owned
from serving.questions import last_publication

TABLES_PACKED = (*TABLES_OWNED, "dim_customer_periods")
_EVENT = [column.name for column in (*EVENT_COLUMNS, *HASH_COLUMNS)]
_PROTECTION, _TERRITORY_RULES = ("protection", "protection_id"), ("territory_rules", "rule_id")
_EVIDENCE_TABLES = ("customers", "owner_changes", "customer_members", "pool_events")

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class AuditPack:
    """What is written: the customer, the ids that led to it, and the tables by file name. `missing`: what could not be found, and why."""

    customer_id: str
    customer_name: str | None
    former_ids: list[str]
    as_of_date: str
    tables: dict[str, list[Row]]
    missing: list[str] = field(default_factory=list)


def gather(
    connection: duckdb.DuckDBPyConnection, text: str, *, archive: Path, nights: list[Row], raw: duckdb.DuckDBPyConnection | None
) -> AuditPack:
    """The pack of the customer that `text` means, out of the published copy, the archive and the sealed `nights` of the home, and `raw`:
    its work file.

    Without `raw` the rows of exports are named but not quoted. Raises NotFound.
    """
    customer_id, _ = find_customer(connection, text)
    former = [row["id"] for row in _rows(connection, _LEADING_IDS, id=customer_id)]
    ids = [customer_id, *former]
    listed = ", ".join(_EVENT)
    events = _rows(
        connection,
        f"select {listed} from fct_ownership_events where list_contains($ids, customer_id) order by sequence nulls last, event_id",
        ids=ids,
    )
    if not events:
        raise NotFound(f"NotFound: nothing was ever recorded of {customer_id}.\n  Expected: a customer of the published copy's record.")
    missing: list[str] = []
    return AuditPack(
        customer_id=customer_id,
        customer_name=owned(connection, customer_id).customer_name,
        former_ids=former,
        as_of_date=last_publication(connection)["as_of_date"].iloc[0].date().isoformat(),
        tables={
            "owners": owned(connection, customer_id).owners,
            "events": events,
            "evidence": _evidence(connection, raw, events, missing),
            "rules": _rules(archive, events, missing),
            "records": _rows(
                connection,
                "select customer_id, source, record_id, valid_from, valid_to, match_reason from bridge_customer_records "
                "where list_contains($ids, customer_id) order by source, record_id, valid_from",
                ids=ids,
            ),
            "values": _rows(
                connection,
                "select * exclude (is_active) from dim_customer_periods where customer_id = $id order by valid_from",
                id=customer_id,
            ),
            "seals": [night for night in nights if night["night"] in {row["night"] for row in events}],
        },
        missing=missing,
    )


_LEADING_IDS = "select old_customer_id as id from customer_id_redirects where customer_id = $id order by happened_at, old_customer_id"


def _evidence(
    connection: duckdb.DuckDBPyConnection, raw: duckdb.DuckDBPyConnection | None, events: list[Row], missing: list[str]
) -> list[Row]:
    """One row per event, column of the export's row that proves it, and its text."""
    proven = sorted({(row["evidence_file_sha256"], row["evidence_row"]) for row in events if row["evidence_file_sha256"]})
    files = {
        row["sha256"]: row
        for row in _rows(connection, "select sha256, min(file) as file, min(as_of_date) as day from audit_files group by 1")
    }
    found: list[Row] = []
    for sha256, number in proven:
        named = {"file": (files.get(sha256) or {}).get("file"), "sha256": sha256, "row": number}
        said = _row_of_export(raw, sha256, number) if raw else {}
        if not said:
            missing.append(
                f"The text of row {number} of {named['file'] or sha256} could not be read again; the archive holds the file under {sha256}."
            )
        found += [named | {"column": column, "text": value} for column, value in said.items()] or [named | {"column": None, "text": None}]
    return found


def _row_of_export(raw: duckdb.DuckDBPyConnection, sha256: str, number: int) -> Row:
    """The cells of an export's row that hold something, by canonical column."""
    for entity in _EVIDENCE_TABLES:
        rows = _rows(raw, f"select * from raw.{entity} where file_sha256 = $sha256 and row_number = $number", sha256=sha256, number=number)
        if rows:
            return {name: value for name, value in rows[0].items() if value not in (None, "") and name not in ("file_sha256", "row_number")}
    return {}


def _rules(archive: Path, events: list[Row], missing: list[str]) -> list[Row]:
    """One row per rule that decided, version of the sheets, and column."""
    decided = sorted({(row["rules_version"], _sheet_of(row), row["rule_id"]) for row in events if row["rule_id"]})
    found: list[Row] = []
    for version, (sheet, column), rule_id in decided:
        named = {"rules_version": version, "sheet": sheet, "rule_id": rule_id}
        rows = rule_as_it_was(archive, version, sheet=sheet, column=column, value=rule_id)
        if not rows:
            missing.append(f"Rule {rule_id} of {sheet}, version {version}: the archive holds no list of that version's sheets.")
        found += [
            named | {"sheet_sha256": sha, "row": number, "column": name, "text": text}
            for sha, number, cells in rows
            for name, text in cells.items()
        ]
    return found


def _sheet_of(event: Row) -> tuple[str, str]:
    """The sheet and column that an event's rule_id stands in: an appointed owner follows from the rule of its territory."""
    return _PROTECTION if event["role"] == "owner" and event["cause"] != "appointed" else _TERRITORY_RULES


def write(pack: AuditPack, folder: Path) -> list[Path]:
    """Write the pack into a folder that is made; returns its files. Raises NotFound where the folder holds something else already."""
    if folder.exists() and any(folder.iterdir()):
        raise NotFound(f"NotFound: {folder} is not empty.\n  Expected: a folder of its own for the pack; name one that is not there yet.")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, rows in pack.tables.items():
        if rows:
            paths.append(folder / f"{name}.csv")
            paths[-1].write_bytes(_csv(rows).encode("utf-8-sig"))
    paths.append(folder / "index.html")
    paths[-1].write_text(render(pack), encoding="utf-8", newline="\n")
    return paths


def _csv(rows: Sequence[Row]) -> str:
    """Rows as CSV; a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: harmless(value) for name, value in row.items()})
    return text.getvalue()


_STYLE = """
body { font: 14px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  color: #1f2937; background: #fff; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #d1d5db; }
p.note { color: #4b5563; max-width: 60rem; } table { border-collapse: collapse; font-size: .85em; }
th, td { text-align: left; padding: .2rem .75rem .2rem 0; border-bottom: 1px solid #e5e7eb; vertical-align: top; }
code { font: .9em ui-monospace, Menlo, Consolas, monospace; word-break: break-all; }
.gone td { color: #9ca3af; text-decoration: line-through; } .bad { color: #b91c1c; } div.wide { overflow-x: auto; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_HASHES = (
    "previous_hash",
    "row_hash",
    "sha256",
    "sheet_sha256",
    "rules_version",
    "evidence_file_sha256",
    "seal",
    "last_hash",
    "file_sha256",
)
_SECTIONS = (
    ("owners", "Who owned it", "归属", "By all that is known today. A period lasts until the day on which the next one begins."),
    (
        "events",
        "The record",
        "归属记录",
        "Every event in the order in which it was recorded. What was taken back later is struck out; the row that takes it back follows.",
    ),
    ("evidence", "What proves it", "凭证", "Each row of an export that an event names, with what stood in it."),
    ("rules", "The rules in force", "当时规则", "Each rule that decided, as its sheet had it in the version that the event names."),
    ("values", "What rules saw in it", "客户属性", "A rule looks at what the customer was on the day. What was seen first reaches back."),
    ("records", "Which records were this customer", "客户档案", "Also of the ids that were retired and lead here."),
    ("seals", "Seals", "封印", "The nights that recorded any of it. Compare a seal with the one that was kept from that night's refresh."),
)


def render(pack: AuditPack) -> str:
    """The page: one static file without scripts or requests. The same pack gives the same bytes."""
    name = f"{pack.customer_name or '(no name)'}, {pack.customer_id}"
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(name)}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{escape(name)}</h1>",
        f'<p class="note">Ownership as of {escape(pack.as_of_date)}, with everything that proves it.'
        + (f" Ids that were retired and lead here: {escape(', '.join(pack.former_ids))}." if pack.former_ids else "")
        + "</p>",
        *(f'<p class="bad">{escape(line)}</p>' for line in pack.missing),
    ]
    for table, title, chinese, note in _SECTIONS:
        if pack.tables[table]:
            lines += [
                f"<h2>{title} <small>{chinese}</small></h2>",
                f'<p class="note">{escape(note)}</p>',
                *_table(table, pack.tables[table]),
            ]
    lines += [
        "<h2>How to check a hash <small>如何核对</small></h2>",
        '<p class="note">row_hash is SHA-256, in hexadecimal, over previous_hash, a line feed and the row\'s text in UTF-8. The text is '
        "every column of events.csv but the two hashes, in that order, each as its length in bytes, a colon and the value, a hyphen where "
        "there is none; moments have six decimals. previous_hash is the row_hash of the event recorded before it, of whichever customer: "
        "<code>bailiwick verify</code> walks the whole chain.</p>",
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _table(name: str, rows: list[Row]) -> Iterator[str]:
    """A table of the page; columns that are empty in every row are left out."""
    columns = [column for column in rows[0] if any(row[column] is not None for row in rows)]
    gone = {row["withdrawn_event_id"] for row in rows if row.get("withdrawn_event_id")}
    yield f'<div class="wide"><table id="{name}"><thead><tr>'
    yield "".join(f"<th>{escape(column)}</th>" for column in columns) + "</tr></thead><tbody>"
    for row in rows:
        mark = ' class="gone"' if row.get("event_id") in gone else ""
        yield f"<tr{mark}>" + "".join(f"<td>{_cell(column, row[column])}</td>" for column in columns) + "</tr>"
    yield "</tbody></table></div>"


def _cell(column: str, value: object) -> str:
    if value is None:
        return ""
    text = escape(str(value))
    return f"<code>{text}</code>" if column in _HASHES else text


def _rows(connection: duckdb.DuckDBPyConnection, query: str, **parameters: object) -> list[Row]:
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description]
    return [
        {
            name: value.isoformat(sep=" ", timespec="microseconds")
            if hasattr(value, "hour")
            else str(value)
            if hasattr(value, "year")
            else value
            for name, value in zip(names, row, strict=True)
        }
        for row in cursor.fetchall()
    ]
