"""What only several rows of the rule sheets together can get wrong.

Here: keys that stand twice, periods that overlap, ids and words that lead nowhere, cycles in trees, user ids of two people.
Not here: a wrong value in one cell (sheets.py); what is in force on which day (validity.py); shares, rates and bands (figures.py); pools
(pools.py); rules that contradict each other (territories.py); people in two exclusive territories (exclusive.py). Every function returns
sentences, one per wrong row, and raises nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ingest.rules.cells import nearest
from ingest.rules.exclusive import find_shared_exclusive
from ingest.rules.figures import find_wrong_bands, find_wrong_rates, find_wrong_shares
from ingest.rules.pools import find_wrong_pools
from ingest.rules.potential import find_wrong_potential
from ingest.rules.rows import Cell, Rows, by_key, common, period_of
from ingest.rules.territories import find_wrong_rules
from ingest.rules.validity import find_idle_reps, find_invalid_references


@dataclass(frozen=True, kw_only=True)
class KnownIds:
    """Ids that exports already name, so that a sheet may refer to them.

    `reps_in_territories`: people whom an export gives a territory to work or to lead, or people to lead: as company ids, as
    `source:user id` and by e-mail address in lower case, which may be a login name.
    """

    territories: frozenset[str] = frozenset()
    reps: frozenset[str] = frozenset()
    reps_in_territories: frozenset[str] = frozenset()


_PERIOD_KEYS = {
    "territories": ("territory_id",),
    "territory_rules": ("rule_id",),
    "reps": ("rep_id",),
    "rep_territories": ("rep_id", "territory_id", "role"),
    "protection": ("protection_id",),
    "pool": ("pool_rule_id",),
    "credit_splits": ("split_id", "rep_id", "credit"),
    "fx_rates": ("currency_code",),
    "industries": ("industry",),
    "size_bands": ("size_band",),
    "potential": ("criterion", "value"),
    "survivorship": ("field",),
}
_DAY_KEYS = {"quotas": ("rep_id", "territory_id", "quota_date"), "holidays": ("calendar", "holiday_date")}
_TERRITORY_COLUMNS = (
    ("territories", "parent_territory_id"),
    ("territory_rules", "territory_id"),
    ("rep_territories", "territory_id"),
    ("protection", "territory_id"),
    ("pool", "territory_id"),
    ("quotas", "territory_id"),
)
_REP_COLUMNS = (
    ("territories", "manager_rep_id"),
    ("territories", "default_rep_id"),
    ("reps", "manager_rep_id"),
    ("rep_territories", "rep_id"),
    ("quotas", "rep_id"),
    ("credit_splits", "rep_id"),
)
_SHEETS_WITH_CONDITIONS = ("territory_rules", "protection", "pool")
_CLOSEST_WANTED = 50  # 2026-11-22: finding the closest of 20,000 ids takes 50 ms; a wrong column of 2,000 rows would take minutes


def find_problems(
    sheets: dict[str, Rows], known: KnownIds, *, home_currency: str | None = None, sources: frozenset[str] | None = None
) -> list[str]:
    """Every contradiction between rows: keys and periods, then what leads nowhere, then what is not in force, then figures and pools.

    Without `home_currency` amounts are not held against the exchange rates; without `sources` any name of a system is taken.
    The order of rows within a sheet does not matter.
    """
    sheets = {sheet: sorted(rows, key=lambda item: item[0].line) for sheet, rows in sheets.items()}
    problems = _doubles(sheets) + _nowhere(sheets, known, sources)
    for sheet, id_column, parent_column in (
        ("territories", "territory_id", "parent_territory_id"),
        ("reps", "rep_id", "manager_rep_id"),
        ("industries", "industry", "parent_industry"),
    ):
        problems += _cycles(sheets.get(sheet, []), id_column, parent_column)
    problems += _shared_ids(sheets.get("reps", []), "rep_id", "source_user_ids", "a user is one person")
    problems += _shared_ids(sheets.get("territories", []), "territory_id", "source_territory_ids", "a CRM's territory is one territory")
    problems += _industry_names(sheets.get("industries", []))
    problems += find_invalid_references(sheets)
    problems += find_idle_reps(sheets, known.reps_in_territories)
    problems += find_shared_exclusive(sheets)
    problems += find_wrong_rules(sheets.get("territory_rules", []))
    problems += find_wrong_shares(sheets.get("credit_splits", []))
    problems += find_wrong_rates(sheets, home_currency)
    problems += find_wrong_bands(sheets.get("size_bands", []))
    problems += find_wrong_potential(sheets)
    return problems + find_wrong_pools(sheets)


def _doubles(sheets: dict[str, Rows]) -> list[str]:
    problems = []
    for sheet, key in _PERIOD_KEYS.items():
        problems += _overlaps(sheets.get(sheet, []), key)
    for sheet, key in _DAY_KEYS.items():
        problems += _twice(sheets.get(sheet, []), key)
    return problems


def _nowhere(sheets: dict[str, Rows], known: KnownIds, sources: frozenset[str] | None) -> list[str]:
    problems = []
    territories = {row["territory_id"] for _, row in sheets.get("territories", [])} | known.territories
    reps = {row["rep_id"] for _, row in sheets.get("reps", [])} | known.reps
    for sheet, column in _TERRITORY_COLUMNS:
        problems += _unknown(sheets.get(sheet, []), column, territories, "territory", "an id of the sheet territories or of an export")
    for sheet, column in _REP_COLUMNS:
        problems += _unknown(sheets.get(sheet, []), column, reps, "person", "an id of the sheet reps or of an export")
    for column, listed, what, name in (
        ("industries", "industries", "industry", "industry"),
        ("size_bands", "size_bands", "size band", "size_band"),
    ):
        words = {row[name] for _, row in sheets.get(listed, [])}
        for sheet in _SHEETS_WITH_CONDITIONS if words else ():  # a home without the list says these words as its exports do
            problems += _unknown_words(sheets.get(sheet, []), column, words, what, f"the sheet {listed}")
    industries = {row["industry"] for _, row in sheets.get("industries", [])}
    problems += _unknown_words(sheets.get("industries", []), "parent_industry", industries, "industry", "the sheet industries")
    return problems + _unknown_sources(sheets, sources)


def _folded(value: object) -> object:
    """Words are compared without case, as in SQL; ids are compared as they are."""
    return value.casefold() if isinstance(value, str) else value


def _overlaps(rows: Rows, key: tuple[str, ...]) -> list[str]:
    groups: dict[tuple, Rows] = {}
    for cell, row in rows:
        values = tuple(_folded(row[name]) if name in ("industry", "size_band", "value") else row[name] for name in key)
        groups.setdefault(values, []).append((cell, row))
    problems = []
    for _, same in sorted(groups.items()):
        holder, until = None, date.min  # the line that is in force longest so far
        for cell, row in sorted(same, key=lambda item: (item[1]["valid_from"], item[0].line)):
            start, end = period_of(row)
            if holder is not None and start < until:
                name = " ".join(str(row[column]) for column in key)
                text = f"{name} is in force on {start} by line {holder.line} already; end that row first"
                problems.append(cell.problem("valid_from", text))
            if holder is None or end > until:
                holder, until = cell, end
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


def _unknown(rows: Rows, column: str, known: Iterable[str], what: str, expected: str) -> list[str]:
    known = set(known)
    wrong = [(cell, row[column]) for cell, row in rows if row[column] and row[column] not in known]
    return [
        cell.problem(column, f"{value!r} is no known {what}; expected {expected}{nearest(value, known) if n < _CLOSEST_WANTED else ''}")
        for n, (cell, value) in enumerate(wrong)
    ]


def _unknown_words(rows: Rows, column: str, words: set[str], what: str, sheet: str) -> list[str]:
    known = {_folded(word) for word in words}
    wrong = [(cell, word) for cell, row in rows for word in filter(None, (row[column] or "").split("|")) if word.casefold() not in known]
    return [
        cell.problem(column, f"{word!r} is no known {what}; expected one of {sheet}{nearest(word, words) if n < _CLOSEST_WANTED else ''}")
        for n, (cell, word) in enumerate(wrong)
    ]


def _unknown_sources(sheets: dict[str, Rows], sources: frozenset[str] | None) -> list[str]:
    if sources is None:
        return []
    named = [
        (cell, column, pair.partition("=")[0].strip())
        for sheet, column in (("reps", "source_user_ids"), ("territories", "source_territory_ids"))
        for cell, row in sheets.get(sheet, [])
        for pair in filter(None, (row[column] or "").split("|"))
    ]
    named += [(cell, "source", row["source"]) for cell, row in sheets.get("credit_splits", [])]
    named += [
        (cell, "sources", name)
        for sheet in ("survivorship", "protection")
        for cell, row in sheets.get(sheet, [])
        for name in (row["sources"] or "").split("|")
        if name
    ]
    return [
        cell.problem(column, f"{name!r} is no system of this home; expected the name of a sources/<name>.yml{nearest(name, sources)}")
        for cell, column, name in named
        if name not in sources
    ]


def _cycles(rows: Rows, id_column: str, parent_column: str) -> list[str]:
    """Rows that stand above themselves on some day. Two people who change places are no cycle: no day shows both."""
    rows_in_doubt = _that_may_circle(rows, id_column, parent_column)
    wrong: set[int] = set()
    for day in sorted({row["valid_from"] for _, row in rows_in_doubt}):  # whatever holds together on a day holds since one of these
        in_force = {row[id_column]: (cell, row) for cell, row in rows_in_doubt if row["valid_from"] <= day < period_of(row)[1]}
        wrong |= _lines_in_a_circle(in_force, parent_column)
    return [
        cell.problem(parent_column, f"{row[id_column]} stands above itself by way of {row[parent_column]}")
        for cell, row in rows
        if cell.line in wrong
    ]


def _that_may_circle(rows: Rows, id_column: str, parent_column: str) -> Rows:
    """Rows left when, again and again, those are taken away whose parent nobody left is, whatever the day. Mostly none are."""
    left = rows
    while True:
        ids = {row[id_column] for _, row in left}
        kept = [(cell, row) for cell, row in left if row[parent_column] in ids]
        if len(kept) == len(left):
            return kept
        left = kept


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


def _shared_ids(rows: Rows, id_column: str, column: str, why: str) -> list[str]:
    """Ids of CRMs that stand in the rows of two people or two territories."""
    owners: dict[str, tuple[str, Cell]] = {}
    problems = []
    for cell, row in rows:
        for pair in filter(None, (row[column] or "").split("|")):
            theirs = "=".join(part.strip() for part in pair.partition("=")[::2])
            ours, first = owners.setdefault(theirs, (row[id_column], cell))
            if ours != row[id_column]:
                problems.append(cell.problem(column, f"{theirs} is {ours} by line {first.line} already; {why}"))
    return problems


def _industry_names(rows: Rows) -> list[str]:
    """Rows that give a code another name than an earlier line of the same days: several spellings are one industry, with one name."""
    problems = []
    for (code,), same in by_key(rows, "industry_code").items():
        for place, (cell, row) in enumerate(same):
            other = next(
                (
                    (above, earlier["industry_name"])
                    for above, earlier in same[:place]
                    if earlier["industry_name"] != row["industry_name"] and common(period_of(earlier), period_of(row))
                ),
                None,
            )
            if other:
                text = f"{code} is called {other[1]!r} in line {other[0].line}; one industry_code has one name on a day"
                problems.append(cell.problem("industry_name", text))
    return problems
