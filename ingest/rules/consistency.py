"""What only several rows of the rule sheets together can get wrong.

Here: keys that stand twice, periods that overlap, ids that point to nobody, cycles in trees.
Not here: a wrong value in one cell (sheets.py). Every function returns sentences, one per wrong row, and raises nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ingest.rules.sheets import nearest


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A place in a sheet that a message points to. `line` counts the header as 1, as a spreadsheet does."""

    sheet: str
    line: int

    def problem(self, column: str, text: str) -> str:
        return f"{self.sheet}.csv line {self.line}, column {column}: {text}"


@dataclass(frozen=True, kw_only=True)
class KnownIds:
    """Ids that exports already name, so that a sheet may refer to them: territories and people."""

    territories: frozenset[str] = frozenset()
    reps: frozenset[str] = frozenset()


Rows = list[tuple[Cell, dict]]
_END = date.max
_ENTITY_KEYS = {
    "territories": ("territory_id",),
    "territory_rules": ("rule_id",),
    "reps": ("rep_id",),
    "rep_territories": ("rep_id", "territory_id", "role"),
}


def find_problems(sheets: dict[str, Rows], known: KnownIds) -> list[str]:
    """Every contradiction between rows: overlaps first, then ids that lead nowhere, then cycles and shared user ids."""
    problems = []
    for sheet, key in _ENTITY_KEYS.items():
        problems += _overlaps(sheets.get(sheet, []), key)
    problems += _twice(sheets.get("quotas", []), ("rep_id", "territory_id", "quota_date"))
    territories = {row["territory_id"] for _, row in sheets.get("territories", [])} | known.territories
    reps = {row["rep_id"] for _, row in sheets.get("reps", [])} | known.reps
    for sheet, column in (
        ("territories", "parent_territory_id"),
        ("territory_rules", "territory_id"),
        ("rep_territories", "territory_id"),
        ("quotas", "territory_id"),
    ):
        problems += _unknown(sheets.get(sheet, []), column, territories, "territory", "territories.csv")
    for sheet, column in (
        ("territories", "manager_rep_id"),
        ("reps", "manager_rep_id"),
        ("rep_territories", "rep_id"),
        ("quotas", "rep_id"),
    ):
        problems += _unknown(sheets.get(sheet, []), column, reps, "person", "reps.csv")
    problems += _cycles(sheets.get("territories", []), "territory_id", "parent_territory_id")
    problems += _cycles(sheets.get("reps", []), "rep_id", "manager_rep_id")
    problems += _shared_user_ids(sheets.get("reps", []))
    return problems


def _overlaps(rows: Rows, key: tuple[str, ...]) -> list[str]:
    by_key: dict[tuple, Rows] = {}
    for cell, row in rows:
        by_key.setdefault(tuple(row[column] for column in key), []).append((cell, row))
    problems = []
    for values, same in sorted(by_key.items()):
        holder, until = None, date.min  # the line that is in force longest so far
        for cell, row in sorted(same, key=lambda item: (item[1]["valid_from"], item[0].line)):
            if holder is not None and row["valid_from"] < until:
                name = " ".join(str(value) for value in values)
                text = f"{name} is in force on {row['valid_from']} by line {holder.line} already; end that row first"
                problems.append(cell.problem("valid_from", text))
            if holder is None or (row["valid_to"] or _END) > until:
                holder, until = cell, row["valid_to"] or _END
    return problems


def _twice(rows: Rows, key: tuple[str, ...]) -> list[str]:
    seen: dict[tuple, Cell] = {}
    problems = []
    for cell, row in rows:
        values = tuple(row[column] for column in key)
        if values in seen:
            problems.append(cell.problem(key[-1], f"the same {', '.join(key)} stands in line {seen[values].line} already"))
        seen.setdefault(values, cell)
    return problems


def _unknown(rows: Rows, column: str, known: Iterable[str], what: str, sheet: str) -> list[str]:
    known = set(known)
    return [
        cell.problem(column, f"{row[column]!r} is no known {what}; expected an id of {sheet} or of an export{nearest(row[column], known)}")
        for cell, row in rows
        if row[column] and row[column] not in known
    ]


def _cycles(rows: Rows, id_column: str, parent_column: str) -> list[str]:
    """Rows that stand above themselves on some day. Two people who change places are no cycle: no day shows both."""
    wrong: set[int] = set()
    for day in sorted({row["valid_from"] for _, row in rows}):  # whatever holds together on a day holds since one of these
        in_force = {row[id_column]: (cell, row) for cell, row in rows if row["valid_from"] <= day < (row["valid_to"] or _END)}
        wrong |= _lines_in_a_circle(in_force, parent_column)
    return [
        cell.problem(parent_column, f"{row[id_column]} stands above itself by way of {row[parent_column]}")
        for cell, row in rows
        if cell.line in wrong
    ]


def _lines_in_a_circle(in_force: dict[str, tuple[Cell, dict]], parent_column: str) -> set[int]:
    lines: set[int] = set()
    settled: set[str] = set()
    for start in in_force:
        way: list[str] = []
        here = start
        while here in in_force and here not in settled:
            settled.add(here)
            way.append(here)
            here = in_force[here][1][parent_column]
        if here in way:
            lines |= {in_force[member][0].line for member in way[way.index(here) :]}
    return lines


def _shared_user_ids(rows: Rows) -> list[str]:
    owners: dict[str, tuple[str, Cell]] = {}
    problems = []
    for cell, row in rows:
        for pair in filter(None, (row["source_user_ids"] or "").split("|")):
            user = "=".join(part.strip() for part in pair.partition("=")[::2])
            rep_id, first = owners.setdefault(user, (row["rep_id"], cell))
            if rep_id != row["rep_id"]:
                problems.append(cell.problem("source_user_ids", f"{user} is {rep_id} by line {first.line} already; a user is one person"))
    return problems
