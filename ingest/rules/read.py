"""Rule sheets at the door: rules/*.csv or rules/*.xlsx -> rules.*, validated, every version kept.

Here: reading the sheets, collecting every problem at once, versions by content hash.
Not here: what a row may say (sheets.py), what rows together may say (consistency.py), applying rules (dbt_project).
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from ingest.errors import FileRefused, RulesInvalid
from ingest.home import CompanyHome
from ingest.landing.content import Content
from ingest.landing.files import archive_file, archived_path, sha256_of
from ingest.landing.read_content import read_content
from ingest.rules.cells import nearest
from ingest.rules.consistency import KnownIds, find_problems
from ingest.rules.headers import CHINESE, column_of
from ingest.rules.rows import Cell, Rows
from ingest.rules.sheets import SHEETS
from ingest.rules.versions import LIMITS, keep_version, version_text
from ingest.sources.mapping import Format
from ingest.tables import TABLES

_SUFFIXES = (".csv", ".xlsx")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rule sheets in force: rules.<sheet> tables, and content hash and row count of each sheet that exists."""

    tables: dict[str, pa.Table]
    sheets: dict[str, tuple[str, int]]

    @property
    def version(self) -> str:
        """Hash over all sheets: the version of the rules as a whole."""
        return hashlib.sha256(version_text((name, digest) for name, (digest, _) in self.sheets.items()).encode()).hexdigest()


def read_rules(
    home: CompanyHome,
    known: KnownIds,
    *,
    keep: bool = True,
    home_currency: str | None = None,
    sources: frozenset[str] | None = None,
) -> Rules:
    """Read and validate every sheet. A sheet that does not apply may be absent. Raises RulesInvalid with every problem.

    `keep` puts each version and the list of its sheets into the archive; without it nothing is written. `home_currency`: what exchange
    rates lead to; None: amounts are not held against the rates. `sources`: names of the systems; None: those with a mapping in the home,
    if there is any.
    """
    problems = _stray_files(home.rules)
    rows: dict[str, Rows] = {}
    sheets: dict[str, tuple[str, int]] = {}
    for sheet in SHEETS:
        paths = [path for path in (home.rules / f"{sheet}{suffix}" for suffix in _SUFFIXES) if path.exists()]
        if len(paths) > 1:
            problems.append(f"{sheet}.csv and {sheet}.xlsx are both there; keep the one that counts and take the other out of rules/")
        if len(paths) != 1:
            continue
        path = paths[0]
        digest = sha256_of(path)
        if keep and not archive_file(path, digest, home.archive):
            problems.append(f"{path.name} changed while it was read; save it and refresh again")
            continue
        try:
            copy = archived_path(home.archive, digest) if keep else path
            content = read_content(copy.read_bytes(), path.name, Format(), LIMITS, comment="#")
        except FileRefused as refusal:
            problems.append(str(refusal))
            continue
        rows[sheet], found = _read_rows(sheet, path.suffix.removeprefix("."), content)
        problems += found
        sheets[sheet] = (digest, len(rows[sheet]))
    if not problems:  # a wrong cell would be reported again as a reference that leads nowhere
        sources = sources or frozenset(path.stem for path in home.sources.glob("*.yml")) or None
        problems = find_problems(rows, known, home_currency=home_currency, sources=sources)
    if problems:
        raise RulesInvalid(problems)
    if keep:
        keep_version(home.archive, version_text((name, digest) for name, (digest, _) in sheets.items()))
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
    known = {f"{sheet}{suffix}" for sheet in SHEETS for suffix in _SUFFIXES}
    listed = ", ".join(sorted(f"{sheet}.csv" for sheet in SHEETS))
    return [
        f"rules/{name} is no rule sheet{nearest(name, known)}; known: {listed}, or .xlsx for each. Rename or remove it"
        for name in names
        if name not in known and not name.lower().endswith((".md", ".txt"))
    ]


def _read_rows(sheet: str, file_type: str, content: Content) -> tuple[Rows, list[str]]:
    model = SHEETS[sheet]
    columns = [column_of(name, model.model_fields) for name in content.header]
    places = [place for place, name in enumerate(content.header) if name.strip() or not _is_blank(content, place)]
    problems = _header_problems(sheet, file_type, content, columns, places)
    problems += [f"{sheet}.{file_type} line {bad.row_number + 1}: {bad.reason}" for bad in content.bad_rows if not _says_nothing(bad.cells)]
    if problems:
        return [], problems
    used = [(place, columns[place]) for place in places]
    written = {column: content.header[place].strip() for place, column in used if content.header[place].strip() != column}
    rows: Rows = []
    for number, cells in zip(content.row_numbers, content.frame.iter_rows(), strict=True):
        cell = Cell(sheet=sheet, line=number + 1, file_type=file_type, written=written)
        if _says_nothing(cells):
            continue
        values = {column: cells[place] for place, column in used}
        try:
            rows.append((cell, model.model_validate(values).model_dump()))
        except ValidationError as error:
            problems += [_sentence(cell, values, detail) for detail in error.errors()]
    return rows, problems


def _is_blank(content: Content, place: int) -> bool:
    """Whether a column without a header holds nothing, as those to the right of a table that Excel saves."""
    return bool((content.frame[:, place].str.strip_chars() == "").all())


def _header_problems(sheet: str, file_type: str, content: Content, columns: list[str | None], places: list[int]) -> list[str]:
    model = SHEETS[sheet]
    header = [name.strip() for name in content.header]
    wanted, name_of_file = list(model.model_fields), f"{sheet}.{file_type}"
    in_chinese = any(column and header[place] in CHINESE[column] for place, column in enumerate(columns))
    problems = []
    for column in wanted:
        names = [header[place] for place in places if columns[place] == column]
        if len(names) > 1:
            also = "" if set(names) == {column} else f" (as {', '.join(names)})"
            problems.append(f"{name_of_file}: column {column!r} stands there twice{also}")
    for place in places:
        if columns[place] is None and not header[place]:
            problems.append(f"{name_of_file}: column {place + 1} holds text and has no header; name it or empty it")
        elif columns[place] is None:
            words = [label for column in wanted for label in (column, *CHINESE[column])]
            known = ", ".join(CHINESE[column][0] if in_chinese else column for column in wanted)
            problems.append(f"{name_of_file}: column {header[place]!r} is not known{nearest(header[place], words)}; known: {known}")
    return problems + [
        f"{name_of_file}: column {name!r}{f' ({CHINESE[name][0]})' if in_chinese else ''} is missing; the sheet has {', '.join(header)}"
        for name, info in model.model_fields.items()
        if info.is_required() and name not in columns
    ]


def _says_nothing(cells: Sequence[str]) -> bool:
    """One of the empty rows that Excel leaves below a table, or a comment: in a workbook they come as rows."""
    return not any(cell.strip() for cell in cells) or cells[0].strip().startswith(("#", "＃"))


def _sentence(cell: Cell, values: dict[str, str], detail: dict) -> str:
    column = str(detail["loc"][0]) if detail["loc"] else _column_of(cell, detail["msg"], values)
    given = (values.get(column) or "").strip()
    if detail["loc"] and not given and column in values:
        return cell.problem(column, "is empty and must not be")
    if detail["type"] == "literal_error":
        expected = detail["ctx"]["expected"].replace("'", "")
        words = expected.replace(" or ", ", ").split(", ")
        return cell.problem(column, f"{given!r} is not one of {expected}{nearest(given, words)}")
    message = detail["msg"].removeprefix("Value error, ").removeprefix(f"{column}: ")
    return cell.problem(column, f"{given!r}: {message}" if given and repr(given) not in message else message)


def _column_of(cell: Cell, message: str, values: dict[str, str]) -> str:
    """The column that a problem of the row as a whole is shown at: the first its sentence names, best one that the sheet has."""
    named = [word for word in re.findall(r"\w+", message) if word in SHEETS[cell.sheet].model_fields]
    return next((word for word in named if word in values), next(iter(named), "row"))


def _table(sheet: str, rows: Rows, sheets: dict[str, tuple[str, int]]) -> pa.Table:
    digest = sheets[sheet][0] if sheet in sheets else ""
    table = [row | {"sheet_sha256": digest, "row_number": cell.line - 1} for cell, row in rows]
    return pa.Table.from_pylist(table, schema=TABLES[f"rules.{sheet}"].arrow_schema)
