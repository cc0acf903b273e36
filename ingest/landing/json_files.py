"""JSON and NDJSON files as open APIs return them: records become rows of text.

Here: finding the list of records, pages one after another, records as rows with one column per key.
Not here: encodings (encodings.py), what columns mean (feeds.py), JSON inside a cell (columns.py).

A record `{"id": 1, "owner": {"name": "Ada"}, "tags": ["a"]}` becomes the columns `id`, `owner` (its JSON text), `owner.name` and
`tags` (its JSON text). Numbers keep their digits: an id of 19 digits and the amount 1.10 stay as written. Null and a missing key
are empty.
"""

import io
import json
import re
from collections.abc import Iterator
from json.encoder import encode_basestring as _quoted
from typing import Any

import polars as pl

from ingest.errors import FileRefused
from ingest.landing.content import BadRow, Content, Limits
from ingest.landing.encodings import to_utf8
from ingest.sources.mapping import Format

_MAX_DEPTH = 50
_MAX_COLUMNS = 5000  # keys that are ids instead of names would make a column of every value
_SEARCH_DEPTH = 4  # levels below the top in which the list of records is looked for
_ROWS_AT_ONCE = 50_000
_LINE_SUFFIXES = (".ndjson", ".jsonl")
_HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
# Keys under which APIs hand out their records; an object per line that has its only list elsewhere is itself a record.
_ENVELOPES = frozenset({"data", "datalist", "result", "results", "records", "items", "list", "value", "rows", "entities", "response"})


class _Number(str):
    """A number of a JSON text, as it is written there."""

    __slots__ = ()


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_Number, strict=False)


def read_json(data: bytes, name: str, format_: Format, limits: Limits) -> Content:
    """The records of a JSON or NDJSON file; `name` is what messages call it. Raises FileRefused.

    The list of records is the one at `format_.records`, else the top-level list, else the only list of objects in the top-level object;
    an object without any list is itself a record. Documents may follow one another (pages): all their records count. Row numbers are
    the records' places over the whole file. What is no object becomes a bad row, as does a broken line among records of one line each.
    """
    del limits  # the size was checked by read_content; JSON unpacks nothing
    data, _ = to_utf8(data, name, format_.encoding)
    if not data.strip():
        raise FileRefused("empty_file", f"{name} holds nothing but blanks. Export it again; the last good export stays in place.")
    table = _Table(name, mend=_HALF_CHARACTER.search(data) is not None)
    wanted = format_.records.split(".") if format_.records else None
    try:
        if _is_lines(data, name):
            _read_lines(data, table, wanted)
            return table.content("ndjson")
        _read_documents(data.decode("utf-8"), table, wanted)
    except RecursionError:
        raise _too_deep(name) from None
    return table.content("json")


def _is_lines(data: bytes, name: str) -> bool:
    """Whether each line is a document: the name says so, or the first line is whole and others follow."""
    if name.casefold().endswith(_LINE_SUFFIXES):
        return True
    start = len(data) - len(data.lstrip())
    end = data.find(b"\n", start)
    if end < 0 or not data[end:].strip():
        return False
    try:
        _DECODER.decode(data[start:end].decode("utf-8"))
    except ValueError:
        return False
    return True


def _read_lines(data: bytes, table: "_Table", wanted: list[str] | None) -> None:
    path = wanted
    is_first = True
    for number, line in enumerate(io.BytesIO(data), start=1):
        if line.isspace():
            continue
        text = line.decode("utf-8")
        try:
            document = _DECODER.decode(text)
        except json.JSONDecodeError as error:
            if not line.endswith(b"\n"):
                where = f"in line {number}, after {table.number:,} records"
                raise FileRefused(
                    "truncated_file", f"{table.name} breaks off {where}. Export it again; nothing of it was loaded."
                ) from None
            if path is not None:  # a page of many records: what it held cannot be counted
                raise _broken(table.name, number, error.colno, error.msg) from None
            table.add_bad("broken_json", f"Line {number} is no JSON: {error.msg} in column {error.colno}.", text.rstrip("\r\n"))
            continue
        if is_first and path is None:
            path = _path_in_page(document)
        is_first = False
        table.add_all(document, path)


def _read_documents(text: str, table: "_Table", wanted: list[str] | None) -> None:
    path, at = wanted, 0
    is_first = True
    while (at := _next_document(text, at)) < len(text):
        try:
            document, at = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            if error.msg.startswith("Unterminated string") or error.pos >= len(text.rstrip()):
                where = f"in line {text.count(chr(10), 0, len(text.rstrip())) + 1}, after {table.number:,} records"
                raise FileRefused(
                    "truncated_file", f"{table.name} breaks off {where}. Export it again; nothing of it was loaded."
                ) from None
            raise _broken(table.name, error.lineno, error.colno, error.msg) from None
        if is_first and path is None:
            is_only = _next_document(text, at) >= len(text)
            path = _only_list(document, table.name) if is_only else _path_in_page(document)
        is_first = False
        table.add_all(document, path)


def _next_document(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _broken(name: str, line: int, column: int, what: str) -> FileRefused:
    return FileRefused(
        "broken_json",
        f"{name} is no JSON: {what} in line {line}, column {column}. Export it again; nothing of it was loaded.",
    )


def _too_deep(name: str) -> FileRefused:
    return FileRefused(
        "too_deep", f"{name} holds values nested more than {_MAX_DEPTH} deep. An export of records is flat; export it again."
    )


# ---- where the records are


def _lists(document: dict, depth: int = 1) -> Iterator[tuple[list[str], list]]:
    for key, value in document.items():
        if isinstance(value, list):
            yield [key], value
        elif isinstance(value, dict) and depth < _SEARCH_DEPTH:
            yield from (([key, *path], found) for path, found in _lists(value, depth + 1))


def _candidates(document: dict) -> list[list[str]]:
    """Paths to lists of objects; where there is none, to empty lists, which a page without records has."""
    found = list(_lists(document))
    filled = [path for path, values in found if any(isinstance(value, dict) for value in values)]
    return filled or [path for path, values in found if not values and path[-1].casefold() in _ENVELOPES]


def _path_in_page(document: Any) -> list[str] | None:
    """Where a document among several has its records if it is a page; None if it is a record itself."""
    if not isinstance(document, dict):
        return None
    candidates = _candidates(document)
    if len(candidates) == 1 and candidates[0][0].casefold() in _ENVELOPES:
        return candidates[0]
    return None


def _only_list(document: Any, name: str) -> list[str] | None:
    if not isinstance(document, dict):
        return None
    candidates = _candidates(document)
    if len(candidates) > 1:
        names = ", ".join(".".join(path) for path in candidates)
        raise FileRefused(
            "ambiguous_records",
            f"{name} holds several lists of objects ({names}). Say which one holds the records: `format: {{records: ...}}` in the mapping.",
        )
    return candidates[0] if candidates else None


def _at(document: Any, path: list[str], name: str) -> list:
    found = document
    for place, step in enumerate(path):
        if not isinstance(found, dict) or step not in found:
            keys = ", ".join(list(found)[:20]) if isinstance(found, dict) else "no object"
            above = ".".join(path[:place]) or "the top"
            raise FileRefused(
                "missing_records",
                f"{name} has no list of records at {'.'.join(path)}: at {above} stands {keys}. "
                "Correct `format: {records: ...}` in the mapping.",
            )
        found = found[step]
    if found is not None and not isinstance(found, list):
        raise FileRefused(
            "missing_records",
            f"{name} has no list at {'.'.join(path)}. Correct `format: {{records: ...}}` in the mapping.",
        )
    return found or []


# ---- records as rows


class _Table:
    """Rows as they are found: one column per key, in the order of first appearance."""

    def __init__(self, name: str, *, mend: bool):
        self.name = name
        self.number = 0
        self._mend = mend
        self._places: dict[str, int] = {}
        self._columns: list[list[str]] = []
        self._numbers: list[int] = []
        self._frames: list[pl.DataFrame] = []
        self._all_numbers: list[pl.Series] = []
        self._bad: list[BadRow] = []

    def add_all(self, document: Any, path: list[str] | None) -> None:
        """The records of a document: those of the list at `path`, or of the list that it is, or itself."""
        if path is not None and not isinstance(document, list):
            document = _at(document, path, self.name)
        records = document if isinstance(document, list) else [document]
        for place, record in enumerate(records):
            self._add(record)
            records[place] = None  # frees it: 200 MB of JSON are 1.5 GB of Python objects

    def add_bad(self, code: str, reason: str, text: str) -> None:
        """A record that cannot be a row; `text` is all that is known of it."""
        self.number += 1
        self._bad.append(BadRow(row_number=self.number, code=code, reason=reason, cells=[_mended(text)]))

    def _add(self, record: Any) -> None:
        if not isinstance(record, dict) or not record:
            self.add_bad("no_object", "The record is no object with names and values.", _json_text(record, self.name))
            return
        self.number += 1
        row = len(self._numbers)
        self._numbers.append(self.number)
        cells: dict[str, str] = {}
        _flatten(record, "", cells, self.name)
        for key, cell in cells.items():
            place = self._places.get(key)
            if place is None:
                place = self._new_column(key)
            column = self._columns[place]
            if len(column) < row:
                column.extend([""] * (row - len(column)))
            column.append(_mended(cell) if self._mend else cell)
        if len(self._numbers) == _ROWS_AT_ONCE:
            self._keep()

    def _new_column(self, key: str) -> int:
        if len(self._columns) == _MAX_COLUMNS:
            raise FileRefused(
                "too_wide",
                f"{self.name} has records with more than {_MAX_COLUMNS:,} different keys: are ids used as keys? "
                "Name the list of records with `format: {records: ...}` in the mapping, or export it as CSV.",
            )
        self._places[key] = len(self._columns)
        self._columns.append([])
        return self._places[key]

    def _keep(self) -> None:
        rows = len(self._numbers)
        columns = [column + [""] * (rows - len(column)) for column in self._columns]
        self._frames.append(pl.DataFrame([pl.Series(str(place), column, dtype=pl.String) for place, column in enumerate(columns)]))
        self._all_numbers.append(pl.Series(self._numbers, dtype=pl.Int64))
        self._columns = [[] for _ in self._columns]
        self._numbers = []

    def content(self, encoding: str) -> Content:
        """All rows found. A column that appears late is empty above."""
        self._keep()
        frames = [frame for frame in self._frames if frame.width]
        frame = pl.concat(frames, how="diagonal").select(pl.all().fill_null("")) if frames else pl.DataFrame()
        header = [_mended(key) for key in self._places]
        return Content(header=header, frame=frame, row_numbers=pl.concat(self._all_numbers), encoding=encoding, bad_rows=self._bad)


def _flatten(record: dict, prefix: str, cells: dict[str, str], name: str, depth: int = 1) -> None:
    if depth > _MAX_DEPTH:
        raise _too_deep(name)
    for key, value in record.items():
        path = prefix + key
        if type(value) is str:
            cell = value
        elif value is None:
            cell = ""
        elif isinstance(value, dict | list):
            cell = _json_text(value, name, depth + 1)
        else:
            cell = _scalar_text(value)
        if prefix:
            cells.setdefault(path, cell)  # a key that is itself written with a dot stands first
        else:
            cells[path] = cell
        if isinstance(value, dict):
            _flatten(value, f"{path}.", cells, name, depth + 1)


def _scalar_text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _json_text(value: Any, name: str, depth: int = 1) -> str:
    """JSON as Python's own writer gives it, but with numbers as they were written and every character itself."""
    if depth > _MAX_DEPTH + 1:
        raise _too_deep(name)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_json_text(inner, name, depth + 1)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json_text(inner, name, depth + 1) for inner in value) + "]"
    if value is None:
        return "null"
    return _quoted(value) if type(value) is str else _scalar_text(value)


def _mended(text: str) -> str:
    """JSON can spell half a character (an emoji cut off by the CRM), which no text can hold: it becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
