"""What a sheet refers to on days on which it is not in force, and people who work nowhere.

Here: rules for closed territories, leavers who still work or lead, parents that ended, people in no territory.
Not here: ids that nobody has (consistency.py). What only exports name is theirs to say: their ids have no periods here.
"""

from ingest.rules.rows import Period, Rows, left_over, period_of, said

_REFERENCES = (
    ("territories", "parent_territory_id", "territories", "territory_id"),
    ("territories", "manager_rep_id", "reps", "rep_id"),
    ("territories", "default_rep_id", "reps", "rep_id"),
    ("territory_rules", "territory_id", "territories", "territory_id"),
    ("reps", "manager_rep_id", "reps", "rep_id"),
    ("rep_territories", "rep_id", "reps", "rep_id"),
    ("rep_territories", "territory_id", "territories", "territory_id"),
    ("protection", "territory_id", "territories", "territory_id"),
    ("pool", "territory_id", "territories", "territory_id"),
    ("industries", "parent_industry", "industries", "industry"),
)
"""Sheet and column that refer, sheet and column that are referred to: the second must be in force as long as the first is."""


def find_invalid_references(sheets: dict[str, Rows]) -> list[str]:
    """One sentence per row that is in force while what it refers to is not."""
    problems = []
    for sheet, column, target, id_column in _REFERENCES:
        periods: dict[str, list[Period]] = {}
        for _, row in sheets.get(target, []):
            periods.setdefault(row[id_column].casefold() if target == "industries" else row[id_column], []).append(period_of(row))
        for cell, row in sheets.get(sheet, []):
            value = row[column] and (row[column].casefold() if target == "industries" else row[column])
            missing = left_over(period_of(row), periods[value]) if value in periods else []
            if missing:
                text = f"{row[column]} is not in force {said(missing[0])} by the sheet {target}, but this row is"
                problems.append(cell.problem(column, f"{text}; {_next_step(row, missing[0])}"))
    return problems


def _next_step(row: dict, missing: Period) -> str:
    """What to do about a row whose reference is missing on some days: at its end, at its start, or in between."""
    start, end = period_of(row)
    if missing == (start, end):
        return "correct one of the two"
    if missing[1] == end:
        return f"write valid_to {missing[0]} and name another in a new row, or correct the other sheet"
    if missing[0] == start:
        return f"write valid_from {missing[1]}, or correct the other sheet"
    return "make two rows of it, or correct the other sheet"


def find_idle_reps(sheets: dict[str, Rows], in_exports: frozenset[str]) -> list[str]:
    """One sentence per row of reps.csv whose person works no territory on some day of it.

    Judged only where rep_territories.csv has rows. Whoever leads a territory or people, may see all customers
    (access_scope all: head office, analysts) or works a territory by an export (`in_exports`) needs no row there.
    """
    if not sheets.get("rep_territories"):
        return []
    busy: dict[str, list[Period]] = {}
    for sheet, column in (
        ("rep_territories", "rep_id"),
        ("territories", "manager_rep_id"),
        ("territories", "default_rep_id"),
        ("reps", "manager_rep_id"),
    ):
        for _, row in sheets.get(sheet, []):
            busy.setdefault(row[column], []).append(period_of(row))
    problems = []
    for cell, row in sheets.get("reps", []):
        if row["access_scope"] == "all" or _works_by_export(row, in_exports):
            continue
        idle = left_over(period_of(row), busy.get(row["rep_id"], []))
        if idle:
            text = (
                f"{row['rep_id']} works no territory {said(idle[0])} and leads nobody; write the missing row into the sheet "
                "rep_territories, end this row where the person left, or give access_scope all to somebody of head office who works none"
            )
            problems.append(cell.problem("rep_id", text))
    return problems


def _works_by_export(row: dict, in_exports: frozenset[str]) -> bool:
    users = (pair.partition("=")[::2] for pair in (row["source_user_ids"] or "").split("|") if pair)
    names = {row["rep_id"], (row["user_name"] or "").lower(), *(f"{source}:{user}" for source, user in users)}
    return not names.isdisjoint(in_exports)
