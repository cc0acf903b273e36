"""What every kind of file is read into: a header, rows of text, and the rows that do not fit.

Here: the shape that csv_files, xlsx_files and json_files produce and feeds.py takes, and the limits they keep.
Not here: reading any format (one module per format), what columns mean (feeds.py).
"""

from bisect import bisect_left
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a file may be before it is refused unread.

    `max_bytes`: of one file, and of everything a ZIP unpacks to. `max_members`: files in a ZIP. `max_ratio`: unpacked over packed
    size of a member or workbook part (real exports reach 40; 1,000 zeros in a row reach 1,000).
    """

    max_bytes: int
    max_members: int = 1000
    max_ratio: int = 200


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """A row that does not fit the header: its number (1 is the first below the header), why, and its cells.

    Blank lines below the header are counted, so that the number is the one a spreadsheet shows, less the header's line.
    """

    row_number: int
    code: str
    reason: str
    cells: list[str]


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file in rows of text.

    `header`: column names as written. `frame`: one text column per header, named "0", "1", ... by place; an empty cell is an empty
    text, never null. `row_numbers`: where each row stood, ascending. `bad_rows`: those that do not fit, ascending.
    """

    header: list[str]
    frame: pl.DataFrame
    row_numbers: pl.Series
    encoding: str
    bad_rows: list[BadRow] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        return self.frame.height + len(self.bad_rows)

    def cells(self, row_number: int) -> list[str]:
        """The cells of the row with that number, as written."""
        return list(self.frame.row(bisect_left(self.row_numbers, row_number)))


def content_of_rows(header: list[str], rows: list[list[str]], row_numbers: list[int], encoding: str, bad_rows: list[BadRow]) -> Content:
    """Content out of rows of cells, each as long as the header."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    frame = pl.DataFrame([pl.Series(str(place), cells, dtype=pl.String) for place, cells in enumerate(columns)])
    return Content(header=header, frame=frame, row_numbers=pl.Series(row_numbers, dtype=pl.Int64), encoding=encoding, bad_rows=bad_rows)
