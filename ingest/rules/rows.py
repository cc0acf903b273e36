"""A row of a rule sheet with its place, and the days on which rows are in force.

Here: what messages point to, arithmetic on half-open periods. Not here: what is wrong (consistency.py, validity.py, figures.py, pools.py).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

END = date.max
"""Stands for `until further notice` in a period; no sheet's row is in force on it."""

Period = tuple[date, date]
"""First day, and first day no longer."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A place in a sheet that a message points to. `line` counts the header as 1, as a spreadsheet does.

    `written`: column -> header as the sheet writes it, where that is not the column's own name (`区域编号` for territory_id).
    """

    sheet: str
    line: int
    file_type: str = "csv"
    written: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def problem(self, column: str, text: str) -> str:
        """One sentence that names sheet, line and column as the sheet's writer sees them."""
        names = [name for name in self.written if "_" in name]  # `days` or `rate` may be the English word
        if names:
            text = re.sub("|".join(rf"\b{name}\b" for name in names), lambda found: self.written[found[0]], text)
        return f"{self.sheet}.{self.file_type} line {self.line}, column {self.written.get(column, column)}: {text}"


Rows = list[tuple[Cell, dict]]
"""Rows of one sheet, each with its place; the dict is the model's columns and values (sheets.py)."""


def period_of(row: dict) -> Period:
    """The days on which a row is in force."""
    return row["valid_from"], row["valid_to"] or END


def joined(periods: Iterable[Period]) -> list[Period]:
    """The same days as ascending periods that neither touch nor overlap."""
    found: list[Period] = []
    for start, end in sorted(periods):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def left_over(period: Period, covering: Iterable[Period]) -> list[Period]:
    """The days of `period` that none of `covering` has, ascending."""
    here, until = period
    parts = []
    for start, end in joined(covering):
        if end <= here:
            continue
        if start >= until:
            break
        if start > here:
            parts.append((here, start))
        here = end
    if here < until:
        parts.append((here, until))
    return parts


def common(left: Period, right: Period) -> bool:
    """Whether two periods have a day in common."""
    return left[0] < right[1] and right[0] < left[1]


def said(period: Period) -> str:
    """A period in a sentence: `from 2026-01-01` or `from 2026-01-01 until 2026-03-01`, the last being the first day no longer."""
    return f"from {period[0]}" + ("" if period[1] == END else f" until {period[1]}")


def by_key(rows: Rows, *columns: str) -> dict[tuple, Rows]:
    """Rows with the same values in `columns`, each group in the order of `rows`, groups in the order of their values."""
    groups: dict[tuple, Rows] = {}
    for cell, row in rows:
        groups.setdefault(tuple(row[column] for column in columns), []).append((cell, row))
    return dict(sorted(groups.items(), key=lambda item: [(value is not None, value) for value in item[0]]))


def spans(rows: Rows) -> Iterator[tuple[Period, Rows]]:
    """Stretches of days on which the same rows are in force, ascending, with those rows; never a stretch without rows."""
    edges = sorted({day for _, row in rows for day in period_of(row)})
    for start, end in pairwise(edges):
        in_force = [(cell, row) for cell, row in rows if common(period_of(row), (start, end))]
        if in_force:
            yield (start, end), in_force
