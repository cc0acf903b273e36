"""Rule sheets at the door: rules/*.csv -> rules.*, validated, every version kept.

Here: reading the sheets, collecting every problem at once, versions by content hash.
Not here: what a row may say (sheets.py), what rows together may say (consistency.py), applying rules (dbt_project).
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from ingest.errors import FileRefused, RulesInvalid
from ingest.home import CompanyHome
from ingest.landing.content import Content, Limits
from ingest.landing.files import archive_file, archived_path, sha256_of
from ingest.landing.read_content import read_content
from ingest.rules.consistency import Cell, KnownIds, Rows, find_problems
from ingest.rules.sheets import SHEETS, nearest
from ingest.sources.mapping import Format
from ingest.tables import TABLES

_LIMITS = Limits(max_bytes=256 << 20)  # 2,000 rules are 300 kB; a sheet beyond this is no sheet


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rule sheets in force: rules.<sheet> tables, and content hash and row count of each sheet that exists."""

    tables: dict[str, pa.Table]
    sheets: dict[str, tuple[str, int]]

    @property
    def version(self) -> str:
        """Hash over all sheets: the version of the rules as a whole."""
        return hashlib.sha256("\n".join(f"{name} {digest}" for name, (digest, _) in sorted(self.sheets.items())).encode()).hexdigest()


def read_rules(home: CompanyHome, known: KnownIds, *, keep: bool = True) -> Rules:
    """Read and validate every sheet. A sheet that does not apply may be absent. Raises RulesInvalid with every problem.

    `keep` puts each version into the archive; without it nothing is written.
    """
    problems = _stray_files(home.rules)
    rows: dict[str, Rows] = {}
    sheets: dict[str, tuple[str, int]] = {}
    for sheet in SHEETS:
        path = home.rules / f"{sheet}.csv"
        if not path.exists():
            continue
        digest = sha256_of(path)
        if keep and not archive_file(path, digest, home.archive):
            problems.append(f"{path.name} changed while it was read; save it and refresh again")
            continue
        try:
            copy = archived_path(home.archive, digest) if keep else path
            content = read_content(copy.read_bytes(), path.name, Format(), _LIMITS, comment="#")
        except FileRefused as refusal:
            problems.append(str(refusal))
            continue
        rows[sheet], found = _read_rows(sheet, content)
        problems += found
        sheets[sheet] = (digest, content.row_count)
    if not problems:  # a wrong cell would be reported again as a reference that leads nowhere
        problems = find_problems(rows, known)
    if problems:
        raise RulesInvalid(problems)
    return Rules(tables={f"rules.{sheet}": _table(sheet, rows.get(sheet, []), sheets) for sheet in SHEETS}, sheets=sheets)


def add_versions(known: pa.Table, rules: Rules, as_of_date: date) -> pa.Table:
    """`known` (rules.sheet_versions) with the versions in force that it does not have yet."""
    rows = known.to_pylist()
    seen = {(row["sheet"], row["sheet_sha256"]) for row in rows}
    for sheet, (digest, count) in rules.sheets.items():
        if (sheet, digest) not in seen:
            rows.append({"sheet": sheet, "sheet_sha256": digest, "first_as_of_date": as_of_date, "row_count": count})
    return pa.Table.from_pylist(rows, schema=TABLES["rules.sheet_versions"].arrow_schema)


def _stray_files(folder: Path) -> list[str]:
    names = sorted(path.name for path in folder.glob("*") if path.is_file() and not path.name.startswith((".", "~$")))
    known = {f"{sheet}.csv" for sheet in SHEETS}
    return [
        f"rules/{name} is no rule sheet{nearest(name, known)}; known: {', '.join(sorted(known))}. Rename or remove it"
        for name in names
        if name not in known and not name.lower().endswith((".md", ".txt"))
    ]


def _read_rows(sheet: str, content: Content) -> tuple[Rows, list[str]]:
    model = SHEETS[sheet]
    header = [name.strip() for name in content.header]
    wanted = list(model.model_fields)
    problems = [f"{sheet}.csv: column {name!r} stands there twice" for name in wanted if header.count(name) > 1]
    problems += [
        f"{sheet}.csv: column {name!r} is not known{nearest(name, wanted)}; known: {', '.join(wanted)}"
        for name in header
        if name not in wanted
    ]
    problems += [
        f"{sheet}.csv: column {name!r} is missing; the sheet has {', '.join(header)}"
        for name, info in model.model_fields.items()
        if info.is_required() and name not in header
    ]
    problems += [f"{sheet}.csv line {bad.row_number + 1}: {bad.reason}" for bad in content.bad_rows if not _says_nothing(bad.cells)]
    if problems:
        return [], problems
    rows: Rows = []
    for number, cells in zip(content.row_numbers, content.frame.iter_rows(), strict=True):
        cell = Cell(sheet=sheet, line=number + 1)
        if _says_nothing(cells):
            continue
        values = dict(zip(header, cells, strict=True))
        try:
            rows.append((cell, model.model_validate(values).model_dump()))
        except ValidationError as error:
            problems += [_sentence(cell, values, detail) for detail in error.errors()]
    return rows, problems


def _says_nothing(cells: list[str]) -> bool:
    """One of the empty rows that Excel leaves below a table. Comment lines are left out when the sheet is read."""
    return not any(cell.strip() for cell in cells)


def _sentence(cell: Cell, values: dict[str, str], detail: dict) -> str:
    column = str(detail["loc"][0]) if detail["loc"] else _column_of(detail["msg"], values)
    given = (values.get(column) or "").strip()
    if detail["loc"] and not given and column in values:
        return cell.problem(column, "is empty and must not be")
    if detail["type"] == "literal_error":
        expected = detail["ctx"]["expected"].replace("'", "")
        words = expected.replace(" or ", ", ").split(", ")
        return cell.problem(column, f"{given!r} is not one of {expected}{nearest(given, words)}")
    message = detail["msg"].removeprefix("Value error, ").removeprefix(f"{column}: ")
    if detail["type"] in ("int_parsing", "int_parsing_size", "greater_than_equal", "less_than_equal"):
        message = "expected a whole number such as 100"
    return cell.problem(column, f"{given!r}: {message}" if given and given not in message else message)


def _column_of(message: str, values: dict[str, str]) -> str:
    """The column that a problem of the row as a whole is shown at: the first that its sentence names and the sheet has."""
    named = [word.strip(":,") for word in message.split()]
    return next((word for word in named if word in values), "row")


def _table(sheet: str, rows: Rows, sheets: dict[str, tuple[str, int]]) -> pa.Table:
    digest = sheets[sheet][0] if sheet in sheets else ""
    table = [row | {"sheet_sha256": digest, "row_number": cell.line - 1} for cell, row in rows]
    return pa.Table.from_pylist(table, schema=TABLES[f"rules.{sheet}"].arrow_schema)
