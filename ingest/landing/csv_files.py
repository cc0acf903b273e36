"""CSV files as CRMs write them, read into columns of text.

Here: delimiter, quoting, line endings, title lines, rows that do not fit the header.
Not here: encodings (encodings.py), what the columns mean (feeds.py), types (cleaning/).

Python's csv module reads what RFC 4180 allows and more: quoted newlines, and \\r\\n, \\n and \\r mixed within one file (the
Maven export of 2024 does that). Nothing is changed: cells keep their blanks, and values such as `NA` stay text.

Two readers give the same content. The careful one is that module. The fast one, for large files, finds every separator of a
piece of the file at once and lets polars point at the bytes between them; it reads only text whose quotes it can prove to be
what the careful one takes them for, and hands the whole file over otherwise (one quote inside an unquoted cell is enough).
A property test holds them together.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa

from ingest.errors import FileRefused
from ingest.landing.content import BadRow, Content, Limits, content_of_rows
from ingest.landing.encodings import to_utf8
from ingest.sources.mapping import Format

csv.field_size_limit(1 << 24)  # 16 MiB: a note field of a real CRM holds up to 131,072 characters; a bomb holds more

_DELIMITERS = (",", "\t", ";", "|")
_QUOTED = r'(?<![^,;|\t\r\n])"(?:[^"]|"")*+"'  # a cell in quotes: what it holds separates nothing
_RECORD = rf"(?:{_QUOTED}|[^\r\n])*+"
_HEADER_WITHIN = 1 << 20  # bytes in which the header is looked for to find the delimiter
_LARGE = 1 << 20  # bytes from which the fast reader pays
_PIECE = 1 << 21  # bytes read at once by the fast reader: what fits in the cache of a core; 32 MiB took twice as long (2026-11-22)
_ROWS_AT_ONCE = 50_000  # rows that the careful reader holds as Python text
_MOST_MISFITS = 100_000  # rows that do not fit the header before the file is refused: each is kept whole, at about 2 kB
_WORKERS = 2  # threads that make columns of pieces while the next ones are searched; more only wait for the search
_MOST_WAITING = 6  # pieces that wait for them: each holds about three times its own size
_PADDING = 16  # bytes that may be looked at behind the last one
_QUOTE, _CR, _LF = b'"\r\n'


def read_csv(data: bytes, name: str, format_: Format, limits: Limits, *, comment: str | None = None) -> Content:
    """The content of a CSV; `name` is what messages call it. Raises FileRefused.

    Rows whose first cell starts with `comment` are no rows, but counted in the numbers of those that follow, as blank lines are.
    What stands above `format_.header_row` is not read; blank lines before the header are skipped.
    """
    del limits  # the size was checked by read_content; a CSV unpacks nothing
    data, encoding = to_utf8(data, name, format_.encoding)
    delimiter = format_.delimiter or _delimiter(data, format_.header_row, comment)
    found = None
    if len(data) >= _LARGE and comment is None:
        found = read_fast(data, name, delimiter, format_.header_row)
    if found is None:
        found = read_carefully(data, name, delimiter, format_.header_row, comment)
    return found.content(encoding, broken_off=not data.endswith((b"\n", b"\r")))


@dataclass
class Found:
    """What a reader has found so far: the header, the rows in pieces with their numbers, and the number of the last record."""

    name: str
    header: list[str] | None = None
    frames: list[pl.DataFrame] = field(default_factory=list)
    numbers: list[pl.Series] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    last: int = 0

    def add_misfit(self, number: int, cells: list[str]) -> None:
        """Keep a row that does not fit the header. Raises FileRefused when there are so many that the header must be wrong."""
        if len(self.bad) == _MOST_MISFITS:
            raise FileRefused(
                "misfit_rows",
                f"{self.name} has more than {_MOST_MISFITS:,} rows that do not fit its header; the first is row {self.bad[0].row_number}. "
                f"{self.bad[0].reason} Correct the export, or `delimiter` and `header_row` in the mapping; nothing of it was loaded.",
            )
        self.bad.append(_misfit(number, cells, len(self.header or [])))

    def content(self, encoding: str, *, broken_off: bool) -> Content:
        """All of it as content; `broken_off` says that the last line has no end. Raises FileRefused."""
        name = self.name
        if self.header is None:
            raise FileRefused("empty_file", f"{name} holds no text but blank lines. Export it again; the last good export stays in place.")
        bad = self.bad
        if broken_off and bad and bad[-1].row_number == self.last and bad[-1].code == "too_few_cells":
            raise FileRefused(
                "truncated_file",
                f"{name} breaks off in row {self.last}: {len(bad[-1].cells)} of {len(self.header)} cells and no line end. "
                "Export it again; nothing of it was loaded.",
            )
        empty = content_of_rows(self.header, [], [], encoding, bad)
        if not self.frames:
            return empty
        return Content(
            header=self.header,
            frame=pl.concat([empty.frame, *self.frames], rechunk=True),  # the texts stay where they are; 130 pieces slow all that follows
            row_numbers=pl.concat([empty.row_numbers, *self.numbers], rechunk=True),
            encoding=encoding,
            bad_rows=bad,
        )


def _delimiter(data: bytes, header_row: int, comment: str | None) -> str:
    """What separates the cells of the header: the most frequent candidate outside quotes, a comma where there is none."""
    titles = rf"(?:{_RECORD}(?:\r\n|\r|\n)){{{header_row - 1}}}"
    no_rows = rf"(?:[\r\n]|[ \t]*{re.escape(comment)}[^\r\n]*)*+" if comment else r"[\r\n]*+"
    header = re.match(rf"{titles}{no_rows}({_RECORD})", data[:_HEADER_WITHIN].decode("utf-8", "ignore"))
    bare = re.sub(_QUOTED, "", header[1]) if header else ""
    return max(_DELIMITERS, key=bare.count)


def _misfit(number: int, cells: list[str], wanted: int) -> BadRow:
    code = "too_many_cells" if len(cells) > wanted else "too_few_cells"
    reason = f"The row has {len(cells)} cells, the header {wanted}: probably a separator or a line end inside an unquoted value."
    return BadRow(row_number=number, code=code, reason=reason, cells=cells)


# ---- the careful reader


def read_carefully(data: bytes, name: str, delimiter: str, header_row: int, comment: str | None) -> Found:
    """The rows of a text in UTF-8, by Python's csv module. Raises FileRefused for stray quotes and cells beyond all reason."""
    found = Found(name)
    rows: list[list[str]] = []
    numbers: list[int] = []
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")  # newline="": a \r inside quotes stays a \r
    try:
        for place, cells in enumerate(csv.reader(lines, delimiter=delimiter, strict=True), start=1):
            if found.header is not None:
                found.last += 1
            if not cells or place < header_row or (comment and cells[0].lstrip().startswith(comment)):  # a blank line is no row
                continue
            if found.header is None:
                found.header = cells
            elif len(cells) == len(found.header):
                rows.append(cells)
                numbers.append(found.last)
                if len(rows) == _ROWS_AT_ONCE:
                    _keep(found, rows, numbers)
                    rows, numbers = [], []
            else:
                found.add_misfit(found.last, cells)
    except csv.Error as error:
        raise _unreadable(error, name, found.last) from None
    if rows:
        _keep(found, rows, numbers)
    return found


def _keep(found: Found, rows: list[list[str]], numbers: list[int]) -> None:
    part = content_of_rows(found.header or [], rows, numbers, "", [])
    found.frames.append(part.frame)
    found.numbers.append(part.row_numbers)


def _unreadable(error: csv.Error, name: str, after: int) -> FileRefused:
    if "field limit" in str(error):
        limit = f"{csv.field_size_limit():,} characters"
        return FileRefused("too_large", f"{name} holds a cell of more than {limit} after row {after}. Nothing of it was loaded.")
    return FileRefused(
        "broken_quotes",
        f"{name} breaks off or has a stray quote after row {after} ({error}). "
        "It looks truncated; export it again. Nothing of it was loaded.",
    )


# ---- the fast reader


class _Unusual(Exception):
    """The fast reader cannot prove what a quote means, so the careful one has to read the file."""


@dataclass(frozen=True)
class _Cells:
    """Where the cells of a piece of text are: positions in `bytes_`, which goes on for a few bytes behind the piece.

    `starts`, `ends`: of every cell, quotes included. `first`: for each record, the place of its first cell; `counts`: how many
    it has. `doubled`: cells that hold a quote, which is written twice. `used`: bytes up to the start of the next record.
    """

    bytes_: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    first: np.ndarray
    counts: np.ndarray
    doubled: np.ndarray | None
    has_quotes: bool
    used: int


def read_fast(data: bytes, name: str, delimiter: str, header_row: int, *, piece: int = _PIECE) -> Found | None:
    """The same as the careful reader, for texts in UTF-8 without zero bytes; None where a quote may mean what it cannot tell.

    `piece`: bytes read at once; a record that is longer makes the piece grow.
    """
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        return None
    found, records = Found(name), 0
    waiting: deque[Future[pl.DataFrame]] = deque()
    with ThreadPoolExecutor(_WORKERS) as pool:
        try:
            for cells in _pieces(data, ord(delimiter), piece):
                count = len(cells.first)
                blank = (cells.counts == 1) & (cells.ends[cells.first] == cells.starts[cells.first])
                below = 0  # records of this piece that do not stand below the header
                if found.header is None:
                    usable = np.flatnonzero(~blank & (np.arange(records + 1, records + count + 1) >= header_row))
                    below = count if usable.size == 0 else int(usable[0]) + 1
                    if usable.size:
                        found.header = _parse_record(cells, below - 1, delimiter)
                if found.header is not None:
                    rows = _add_numbers(found, cells, blank, below, delimiter)
                    if rows.size:
                        waiting.append(pool.submit(_columns, cells, cells.first[rows], len(found.header)))
                if len(waiting) > _MOST_WAITING:
                    found.frames.append(waiting.popleft().result())
                records += count
            found.frames += [future.result() for future in waiting]
        except _Unusual:
            return None
    return found


def _add_numbers(found: Found, cells: _Cells, blank: np.ndarray, below: int, delimiter: str) -> np.ndarray:
    """Add the numbers of a piece's rows, and the rows that do not fit; returns the places of those that do."""
    width = len(found.header or [])
    fits = ~blank & (cells.counts == width)
    fits[:below] = False
    numbers = np.arange(len(fits), dtype=np.int64) + (found.last - below + 1)
    rows = np.flatnonzero(fits)
    if rows.size:
        found.numbers.append(pl.Series(numbers[rows]))
    for row in np.flatnonzero(~fits & ~blank & (np.arange(len(fits)) >= below)):
        found.add_misfit(int(numbers[row]), _parse_record(cells, row, delimiter))
    found.last += len(fits) - below
    return rows


def _parse_record(cells: _Cells, row: int, delimiter: str) -> list[str]:
    first, count = cells.first[row], cells.counts[row]
    text = cells.bytes_[cells.starts[first] : cells.ends[first + count - 1]].tobytes().decode("utf-8")
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:  # a cell beyond all reason
        raise _Unusual from None


def _pieces(data: bytes, delimiter: int, piece: int) -> Iterator[_Cells]:
    """The cells of the text, piece by piece; each ends with a whole record."""
    is_special = np.zeros(256, dtype=bool)
    is_special[[delimiter, _QUOTE, _CR, _LF]] = True
    at, size = 0, piece
    while at < len(data):
        is_last = at + size + _PADDING >= len(data)
        if is_last:
            bytes_ = np.frombuffer(data[at:] + bytes(_PADDING), dtype=np.uint8)
            length = len(data) - at
        else:
            bytes_ = np.frombuffer(data, dtype=np.uint8, offset=at, count=size + _PADDING)
            length = size
        cells = _find_cells(bytes_, length, is_special, is_last=is_last)
        if cells is None:
            size *= 2
            continue
        yield cells
        at, size = at + cells.used, piece


def _find_cells(bytes_: np.ndarray, length: int, is_special: np.ndarray, *, is_last: bool) -> _Cells | None:
    """Every cell up to the last record end within `length` bytes, or up to their end if they are the last. None without a record.

    Raises _Unusual unless each opening quote follows a separator (or the quote before it) and each closing one precedes a
    separator (or the quote behind it): then, and only then, counting quotes says what lies inside them.
    """
    special = np.flatnonzero(is_special[bytes_[:length]])
    kinds = bytes_[special]
    quote = kinds == _QUOTE
    has_quotes = bool(quote.any())
    doubled_at = None
    if has_quotes:
        quotes = special[quote]
        opening, closing = quotes[0::2], quotes[1::2]
        follows, precedes = is_special[bytes_[opening - 1]] | (opening == 0), bytes_[closing + 1]
        if not follows.all() or not (is_special[precedes] | (precedes == 0)).all():  # 0 is the padding behind the last byte
            raise _Unusual
        doubled_at = closing[precedes == _QUOTE]
        inside = np.cumsum(quote.view(np.uint8), dtype=np.uint8) & 1  # 255 + 1 is 0 there, and as even
        if is_last and inside[-1]:
            raise _Unusual
        outside = ~quote & (inside == 0)
        special, kinds = special[outside], kinds[outside]
    pair = (kinds == _CR) & (bytes_[special + 1] == _LF)  # \r\n is one line end: the \r closes the cell, the \n is passed over
    passed_over = (kinds == _LF) & (special > 0) & (bytes_[special - 1] == _CR)
    if passed_over.any():
        special, kinds, pair = special[~passed_over], kinds[~passed_over], pair[~passed_over]
    ends, after = special, special + 1 + pair
    row_end = (kinds == _LF) | (kinds == _CR)
    if is_last and (not len(ends) or not row_end[-1] or after[-1] < length):  # the last line has no end
        ends, after, row_end = np.append(ends, length), np.append(after, length), np.append(row_end, True)
    last_cells = np.flatnonzero(row_end)
    if not last_cells.size:
        return None
    count = int(last_cells[-1]) + 1
    ends, after = ends[:count], after[:count]
    starts = np.concatenate([[0], after[:-1]])
    doubled = None
    if doubled_at is not None and doubled_at.size:
        doubled = np.zeros(count, dtype=bool)
        within = doubled_at[doubled_at < ends[-1]]
        doubled[np.searchsorted(starts, within, side="right") - 1] = True
    first = np.concatenate([[0], last_cells[:-1] + 1])
    return _Cells(bytes_, starts, ends, first, last_cells - first + 1, doubled, has_quotes, int(after[-1]))


def _columns(cells: _Cells, first: np.ndarray, width: int) -> pl.DataFrame:
    words = np.ndarray((len(cells.bytes_) - 7,), dtype="<u8", buffer=cells.bytes_, strides=(1,))  # the 8 bytes from each place on
    buffer = pa.py_buffer(cells.bytes_)
    columns: list[pl.Series] = []
    for place in range(width):
        at = first + place
        starts, ends = cells.starts[at], cells.ends[at]
        if cells.has_quotes:
            quoted = cells.bytes_[starts] == _QUOTE  # of an empty cell this is the separator behind it
            starts, ends = starts + quoted, ends - quoted
        column = _text_column(words, buffer, starts, ends - starts)
        if cells.doubled is not None and cells.doubled[at].any():
            column = column.str.replace_all('""', '"', literal=True)  # only a quoted cell can hold two in a row
        columns.append(column.alias(str(place)))
    return pl.DataFrame(columns)


def _masks(sizes: Iterable[int]) -> np.ndarray:
    return np.array([(1 << 8 * size) - 1 for size in sizes], dtype=np.uint64)


# Which bytes of a short text (up to 12 bytes) belong to it: of its first 4 and of the next 8.
_FIRST_BYTES, _NEXT_BYTES = _masks(min(size, 4) for size in range(13)), _masks(max(size - 4, 0) for size in range(13))


def _text_column(words: np.ndarray, buffer: pa.Buffer, starts: np.ndarray, lengths: np.ndarray) -> pl.Series:
    """Texts that stand at `starts` of the buffer, without copying the long ones.

    Arrow's string view, which is also polars' own text: 16 bytes each, that is the length and either up to 12 bytes of text or the
    first 4, the number of the buffer and the place in it.
    """
    if lengths.size and int(lengths.max()) > csv.field_size_limit():
        raise _Unusual  # perhaps too large: that is counted in characters
    short = np.minimum(lengths, 12)
    views = np.empty((len(starts), 2), dtype=np.uint64)
    views[:, 0] = lengths.astype(np.uint64) | ((words[starts] & _FIRST_BYTES[short]) << np.uint64(32))
    views[:, 1] = np.where(lengths > 12, starts.astype(np.uint64) << np.uint64(32), words[starts + 4] & _NEXT_BYTES[short])
    return pl.Series(pa.Array.from_buffers(pa.string_view(), len(starts), [None, pa.py_buffer(views), buffer]))
