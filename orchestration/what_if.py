"""The command `bailiwick what-if`: another set of rule sheets against the one in force. It changes nothing in the home.

Here: which sheet is taken from where, putting a comparison together, writing its files. Not here: the lines that people read
(what_if_lines.py), running the models (scratch.py), the figures (serving/what_if.py), the page (serving/what_if_page.py).

The home's work file is read for some seconds and let go; everything else happens in a scratch folder of the system's, removed at the end.
"""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from ingest.cleaning.exported_ids import exported_ids
from ingest.errors import HomeInvalid, NotFound, RulesInvalid
from ingest.home import CompanyHome, open_home
from ingest.landing.files import archived_path, sha256_of
from ingest.rules.read import Rules, read_rules
from ingest.rules.sheets import SHEETS
from ingest.rules.versions import sheets_of_version
from ingest.sources.mapping import Source, read_sources
from ingest.tables import TABLES
from orchestration import scratch
from orchestration.dbt_project import prepare_manifest
from orchestration.lock import died
from orchestration.steps import StepLog
from serving.csv_files import write_csv
from serving.proposed_moves import ProposedFile, proposed_moves
from serving.what_if import Comparison, balance_tables, compare, moves, potential_measure, take
from serving.what_if_page import render

WANTED = ("fct_territory_assignments", "fct_territory_rule_issues", "dim_territories", "bridge_rep_territories", "dim_reps")
_OF_BOTH = ("marts.dim_territories", "marts.bridge_rep_territories")
_NAMED_IN = ("raw.territories", "raw.reps", "raw.rep_territories")
# Sheets that act before territories do: what they change in customers and people themselves is not worked out here.
_ACT_EARLIER = {
    "reps": "what other source_user_ids make of owners",
    "industries": "what other codes make of the customers' industries",
    "survivorship": "which other values customers would bear",
}
_TOP_MOVES = 200


@dataclass(frozen=True, kw_only=True)
class SheetTaken:
    """One sheet: its content hash; `origin` is given (of the folder) or in force; whether it differs from the one in force."""

    sheet: str
    origin: str
    sha256: str
    is_changed: bool


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """A file for a CRM: its name, rows, and what a person must know of it."""

    name: str
    rows: int
    notes: list[str]


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """The answer of the command. `notes`: what the figures do not cover, as sentences. `files`: written with --out, else none."""

    rules_dir: Path
    home: Path
    with_planning: bool
    sheets: list[SheetTaken]
    comparison: Comparison
    proposed: list[Proposed]
    notes: list[str]
    files: list[Path]


def what_if(
    home: Path, rules_dir: Path, *, on: date | None = None, planning: bool = False, out: Path | None = None, steps: StepLog | None = None
) -> WhatIf:
    """Compare the sheets of a folder with those in force, for a day (default: that of the last refresh).

    `planning`: rules in state planning act as if they were active. `out`: a folder for the page and the tables, empty or not there yet.
    Raises NotFound, HomeInvalid, RulesInvalid (exit 2), HomeLocked (3).
    """
    steps = steps or StepLog()
    opened = open_home(home)
    _check_folders(rules_dir, out)
    died(opened)  # raises HomeLocked while a refresh runs
    sources = read_sources(opened.sources)
    manifest = prepare_manifest(opened)
    with tempfile.TemporaryDirectory(prefix="bailiwick-what-if-") as folder, scratch.opened(_made(Path(folder) / "db")) as connection:
        models = scratch.plan(manifest, WANTED)
        with steps.step("reading the home") as step, scratch.home_attached(connection, opened):
            company = _company(connection)
            day = on or company["as_of_date"]
            _check_day(day, company)
            rules, sheets, notes = _read_sheets(connection, opened, rules_dir, Path(folder) / "sheets", company, sources)
            scratch.take_given(connection, models)
            in_force = _in_force(connection, models.sheets)
            measure, expression = potential_measure(connection, company["currency_code"])
            take(connection, on=day, potential=expression)
            step.note = f"{len(models.given)} tables"
        tables = _as_asked(rules, models.sheets, company | {"as_of_date": day}, planning=planning)
        with steps.step("running the territory rules") as step:
            scratch.put_sheets(connection, in_force | {"rules.company": tables["rules.company"]})
            scratch.run(connection, models, only=_OF_BOTH)
            _keep_as_before(connection)
            scratch.put_sheets(connection, tables)
            scratch.run(connection, models)
            step.note = f"{len(models.models)} models"
        with steps.step("comparing"):
            comparison = compare(
                connection,
                on=day,
                as_of_date=company["as_of_date"],
                currency_code=company["currency_code"],
                potential_measure=measure,
            )
            proposed = proposed_moves(connection, sources)
        notes += _not_covered(sheets, models.sheets)
        found = WhatIf(
            rules_dir=rules_dir,
            home=opened.root,
            with_planning=planning,
            sheets=sheets,
            comparison=comparison,
            proposed=[Proposed(name=file.name, rows=file.rows.height, notes=file.notes) for file in proposed],
            notes=notes,
            files=[],
        )
        if out is not None:
            with steps.step("writing"):
                found.files.extend(_write(out, found, moves(connection), proposed, moves(connection, most=_TOP_MOVES)))
        return found


def _check_folders(rules_dir: Path, out: Path | None) -> None:
    names = {f"{sheet}{suffix}" for sheet in SHEETS for suffix in (".csv", ".xlsx")}
    if not rules_dir.is_dir() or not any((rules_dir / name).is_file() for name in names):
        raise NotFound(
            f"NotFound: {rules_dir} holds no rule sheet.\n"
            "  Expected: a folder with the sheets that shall differ, such as territory_rules.csv; the others count as in force.\n"
            "  Copy the sheets you want to change out of rules/ of the home, edit the copies, and name their folder."
        )
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise NotFound(f"NotFound: {out} is not empty.\n  Expected: a folder of its own for the answer; name one that is not there yet.")


def _check_day(day: date, company: Mapping[str, object]) -> None:
    if day < company["calendar_start_date"]:
        raise NotFound(
            f"NotFound: on {day} nothing is assigned: the calendar begins on {company['calendar_start_date']}.\n"
            "  Expected: a day of --on since then; one in the future is fine."
        )


def _company(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """The one row of rules.company: the day of the last refresh, the currency, the version of the sheets in force."""
    rows = connection.sql("select * from home.rules.company").to_arrow_table().to_pylist()
    if not rows:
        raise HomeInvalid(
            "HomeInvalid: no refresh has come to its rules yet, so there is nothing to compare with.\n"
            "  Run `bailiwick refresh`, then ask again."
        )
    return rows[0]


def _read_sheets(
    connection: duckdb.DuckDBPyConnection,
    home: CompanyHome,
    rules_dir: Path,
    folder: Path,
    company: Mapping[str, object],
    sources: Mapping[str, Source],
) -> tuple[Rules, list[SheetTaken], list[str]]:
    """The sheets as they would be, validated as a refresh does; which was taken from where; and what there is to know of that.

    Those that the folder lacks come out of the archive, as the last refresh read them. Raises RulesInvalid, HomeInvalid.
    """
    put_together = CompanyHome(folder)
    _made(put_together.rules)
    given = {path.stem for path in rules_dir.iterdir() if path.is_file() and path.suffix in (".csv", ".xlsx")}
    version = str(company["rules_version"])
    if not archived_path(home.archive, version).exists():
        raise HomeInvalid(
            f"HomeInvalid: the archive does not say which sheets are in force (version {version[:12]}).\n"
            f"  Run `bailiwick refresh --home {home.root} --full`, which writes it down, then ask again."
        )
    in_force = sheets_of_version(home.archive, version)
    for path in sorted(rules_dir.iterdir()):
        if path.is_file():
            shutil.copyfile(path, put_together.rules / path.name)
    for sheet, digest in in_force.items():
        archived = archived_path(home.archive, digest)
        if sheet not in given and not archived.exists():
            raise HomeInvalid(
                f"HomeInvalid: the archive lacks the sheet {sheet} that is in force ({digest[:12]}).\n"
                f"  Run `bailiwick refresh --home {home.root} --full`, which puts today's sheets into it, or give every sheet."
            )
        if sheet not in given:
            suffix = ".xlsx" if archived.read_bytes()[:2] == b"PK" else ".csv"
            shutil.copyfile(archived, put_together.rules / f"{sheet}{suffix}")
    known = exported_ids(*(_exported(connection, name) for name in _NAMED_IN), sources)
    origin = f"Taken from {rules_dir}: {_listed(given & set(SHEETS))}; as in force: {_listed(set(in_force) - given)}."
    try:
        rules = read_rules(put_together, known, keep=False, home_currency=str(company["currency_code"]), sources=frozenset(sources) or None)
    except RulesInvalid as error:
        error.args = (f"{error}\n  {origin}",)
        raise
    taken = [
        SheetTaken(sheet=sheet, origin="given" if sheet in given else "in force", sha256=digest, is_changed=in_force.get(sheet) != digest)
        for sheet, (digest, _) in sorted(rules.sheets.items())
    ]
    return rules, taken, _edited_since(home, rules_dir, in_force)


def _exported(connection: duckdb.DuckDBPyConnection, name: str) -> pa.Table:
    return connection.sql(f"select * from home.{name}").to_arrow_table()


def _edited_since(home: CompanyHome, rules_dir: Path, in_force: Mapping[str, str]) -> list[str]:
    """Sheets of the home that no refresh has read yet: they are not in force."""
    if rules_dir.resolve() == home.rules.resolve():
        return []
    paths = [path for path in sorted(home.rules.glob("*")) if path.stem in SHEETS and path.suffix in (".csv", ".xlsx")]
    edited = [path.name for path in paths if in_force.get(path.stem) != sha256_of(path)]
    return [f"Edited in the home since the last refresh, and not in force yet: {', '.join(edited)}."] if edited else []


def _in_force(connection: duckdb.DuckDBPyConnection, sheets: frozenset[str]) -> dict[str, pa.Table]:
    return {f"rules.{sheet}": connection.sql(f"select * from home.rules.{sheet}").to_arrow_table() for sheet in sorted(sheets)}


def _as_asked(rules: Rules, sheets: frozenset[str], company: Mapping[str, object], *, planning: bool) -> dict[str, pa.Table]:
    """The sheets that the models read, as tables; rules in planning as active ones where that is asked."""
    tables = {f"rules.{sheet}": rules.tables[f"rules.{sheet}"] for sheet in sheets if sheet != "company"}
    if planning and "rules.territory_rules" in tables:
        rows = pl.DataFrame(pl.from_arrow(tables["rules.territory_rules"])).with_columns(state=pl.lit("active"))
        tables["rules.territory_rules"] = rows.to_arrow().cast(TABLES["rules.territory_rules"].arrow_schema)
    row = dict(company) | {"rules_version": rules.version}
    return tables | {"rules.company": pa.Table.from_pylist([row], schema=TABLES["rules.company"].arrow_schema)}


def _keep_as_before(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema before")
    for name in _OF_BOTH:
        connection.execute(f"create table before.{name.partition('.')[2]} as select * from {name}")


def _not_covered(sheets: list[SheetTaken], read: frozenset[str]) -> list[str]:
    """What changed sheets do that the figures do not show."""
    changed = [taken.sheet for taken in sheets if taken.is_changed]
    notes = [f"{sheet} differs; {_ACT_EARLIER[sheet]} is not worked out here." for sheet in changed if sheet in _ACT_EARLIER]
    silent = [sheet for sheet in changed if sheet not in read and sheet not in _ACT_EARLIER]
    notes += [f"{_listed(set(silent))} differ(s), which has no say in territories."] if silent else []
    return notes + (["quotas differs: the quota that moves is that of the quotas in force."] if "quotas" in changed else [])


def _write(out: Path, found: WhatIf, moved: pl.DataFrame, proposed: list[ProposedFile], largest: pl.DataFrame) -> list[Path]:
    """Write page and tables; their paths."""
    out.mkdir(parents=True, exist_ok=True)
    page = out / "summary.html"
    page.write_text(
        render(
            found.comparison,
            largest,
            sheets=[(taken.sheet, taken.origin, taken.is_changed) for taken in found.sheets],
            proposed=[(file.name, file.rows, file.notes) for file in found.proposed],
            notes=found.notes,
            with_planning=found.with_planning,
        ),
        encoding="utf-8",
        newline="\n",
    )
    tables = {"moves": moved} | balance_tables(found.comparison)
    for name, rows in tables.items():
        write_csv(rows, out / f"{name}.csv")
    return [page, *(out / f"{name}.csv" for name in tables), *(file.write(out) for file in proposed)]


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
