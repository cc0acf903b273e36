"""People who own two exclusive territories (独占) on the same day.

Here: rows of rep_territories that is_exclusive of territories forbids. Not here: territories that nobody knows (consistency.py); what CRMs
export of who works where: nothing of that is refused, fct_rep_issues tells of it.

Only the role owner counts: it is the one that counts for deals and gets customers. Managers lead several territories as a matter of course,
overlay and support are there to help across them. A territory above another, or below it, is not another one: whoever owns East China
and Shanghai, which lies in it, works one area.
"""

from collections.abc import Iterator
from datetime import date

from ingest.rules.rows import Cell, Period, Rows, by_key, common, period_of, said

_WORKING_ROLE = "owner"


class _Territories:
    """The sheet territories by id and day. `edges`: the days on which one of its rows begins or ends, ascending."""

    def __init__(self, rows: Rows) -> None:
        self._by_id = {key[0]: same for key, same in by_key(rows, "territory_id").items()}
        self.edges = sorted({day for _, row in rows for day in period_of(row)})

    def on(self, territory: str, day: date) -> tuple[Cell, dict] | None:
        """The row that describes a territory on a day."""
        return next((item for item in self._by_id.get(territory, []) if period_of(item[1])[0] <= day < period_of(item[1])[1]), None)

    def path(self, territory: str | None, day: date) -> Iterator[str]:
        """A territory and those above it on a day; where they stand in a circle, each once."""
        seen: set[str] = set()
        while territory is not None and territory not in seen:
            seen.add(territory)
            yield territory
            item = self.on(territory, day)
            territory = item[1]["parent_territory_id"] if item else None

    def exclude_each_other(self, left: str, right: str, day: date) -> bool:
        """Whether both are exclusive on a day and neither lies in the other."""
        rows = [self.on(name, day) for name in (left, right)]
        if not all(item and item[1]["is_exclusive"] for item in rows):
            return False
        return left not in self.path(right, day) and right not in self.path(left, day)


def find_shared_exclusive(sheets: dict[str, Rows]) -> list[str]:
    """One sentence per row by which somebody owns an exclusive territory while a row before it has them in another exclusive one."""
    territories = _Territories(sheets.get("territories", []))
    exclusive = {row["territory_id"] for _, row in sheets.get("territories", []) if row["is_exclusive"]}
    owning = [
        item for item in sheets.get("rep_territories", []) if item[1]["role"] == _WORKING_ROLE and item[1]["territory_id"] in exclusive
    ]
    problems = []
    for rows in by_key(owning, "rep_id").values():
        in_order = sorted(rows, key=lambda item: (item[1]["valid_from"], item[0].line))
        for place, item in enumerate(in_order):
            found = ((other, _days_in_both(item[1], other[1], territories)) for other in in_order[:place])
            other, days = next(((other, days) for other, days in found if days), (None, None))
            if other and days:
                problems.append(_problem(item, other, days, territories))
    return problems


def _days_in_both(row: dict, other: dict, territories: _Territories) -> Period | None:
    """The first days on which both rows are in force and their territories exclude each other; None where there are none."""
    if row["territory_id"] == other["territory_id"] or not common(period_of(row), period_of(other)):
        return None
    start, end = max(row["valid_from"], other["valid_from"]), min(period_of(row)[1], period_of(other)[1])
    since = None
    for day in [start, *(edge for edge in territories.edges if start < edge < end)]:
        exclude = territories.exclude_each_other(row["territory_id"], other["territory_id"], day)
        if exclude and since is None:
            since = day
        if not exclude and since is not None:
            return since, day
    return None if since is None else (since, end)


def _problem(item: tuple[Cell, dict], other: tuple[Cell, dict], days: Period, territories: _Territories) -> str:
    (cell, row), (other_cell, other_row) = item, other
    places = [found[0] for name in (row["territory_id"], other_row["territory_id"]) if (found := territories.on(name, days[0]))]
    column = places[0].written.get("is_exclusive", "is_exclusive")
    sheet = f"{places[0].sheet}.{places[0].file_type}"
    return cell.problem(
        "territory_id",
        f"{row['rep_id']} owns {row['territory_id']} {said(days)}, but by line {other_cell.line} also {other_row['territory_id']}, and "
        f"both are exclusive then ({sheet} lines {places[0].line} and {places[1].line}); expected one exclusive territory at a time: "
        f"end one of the two rows where the other begins, give one another role, or empty {column} of one territory",
    )
