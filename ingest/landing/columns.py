"""Columns of a file found by the names a mapping uses, and cells that hold more than one value.

Here: matching headers, reading XML, JSON and SQL Server points out of cells.
Not here: which column means what (sources/mapping.py), types (cleaning/).
"""

import difflib
import json
import math
import re
import struct
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from xml.etree import ElementTree

import polars as pl

from ingest.errors import FileRefused
from ingest.sources.mapping import Read

_DECORATION = re.compile(r"\(必填\)|[*_\s-]")


def comparable_header(header: str) -> str:
    """A column's name without what exports vary in: case, full width, blanks, byte order mark, underscores and hyphens, and the
    marks of required columns. `BillingStreet`, `billing_street` and `Billing Street（必填）` are one name."""
    return _DECORATION.sub("", strict_header(header))


def strict_header(header: str) -> str:
    """A column's name without case, full width and blanks at the ends: what tells two columns apart that are loosely alike."""
    return unicodedata.normalize("NFKC", header).strip("\ufeff \t\r\n").casefold()


def find_columns(header: list[str], wanted: Iterable[str], labels: Mapping[str, list[str]], name: str) -> dict[str, int]:
    """For each wanted column that the file has: its place. Raises FileRefused if one stands there twice.

    A column may stand under its own name or any of its `labels`; its own name counts before a label, an exact header before one
    that is only alike.
    """
    places: dict[str, list[int]] = {}
    for place, own in enumerate(header):
        places.setdefault(comparable_header(own), []).append(place)
    found = {}
    for column in wanted:
        for spelling in (column, *labels.get(column, ())):
            candidates = places.get(comparable_header(spelling), [])
            if len(candidates) > 1:
                candidates = [place for place in candidates if strict_header(header[place]) == strict_header(spelling)] or candidates
            if len(candidates) > 1:
                text = f'{name} has the column "{spelling}" {len(candidates)} times, and which one is meant cannot be told.'
                raise FileRefused("doubled_column", text)
            if candidates:
                found[column] = candidates[0]
                break
    return found


def missing_column(column: str, header: list[str], name: str, where: str) -> FileRefused:
    """The refusal of a file that lacks a column, with what it has instead. `where` names the place in the mapping."""
    near = difflib.get_close_matches(column, header, n=1, cutoff=0.4)
    hint = f"Closest: {near[0]}. If the CRM renamed it, change" if near else "If the export no longer has it, change"
    return FileRefused(
        "missing_column",
        f'column "{column}" is not in {name}.\n  The file has: {", ".join(header)}\n  {hint} {where}.',
    )


def read_cells(values: pl.Series, read: Read) -> pl.Series:
    """What `read` finds in each cell: text, or null where the cell holds nothing of the kind, or only blanks."""
    if read.xml is not None:
        return _by_distinct_value(values, lambda cell: _xml_text(cell, read.xml))
    if read.json_path is not None:
        if read.or_text:
            return _by_distinct_value(values, lambda cell: _json_text(cell, read.json_path) if cell.lstrip()[:1] in ("[", "{") else cell)
        return _by_distinct_value(values, lambda cell: _json_text(cell, read.json_path))
    if read.sqlserver_point is not None:
        return _by_distinct_value(values, lambda cell: _point(cell, read.sqlserver_point))
    return values


def _by_distinct_value(values: pl.Series, reader: Callable[[str], str | None]) -> pl.Series:
    distinct = values.drop_nulls().unique()
    found = [text if text and text.strip() else None for text in map(reader, distinct)]
    return values.replace_strict(distinct, pl.Series(found, dtype=pl.String), default=None, return_dtype=pl.String)


def _xml_text(cell: str, local_name: str) -> str | None:
    if "<!DOCTYPE" in cell:  # a document type could declare entities; survey XML never needs one
        return None
    try:
        root = ElementTree.fromstring(cell.strip())
    except ElementTree.ParseError:
        return None
    for element in root.iter():
        if element.tag.rsplit("}", 1)[-1] == local_name:
            return element.text
    return None


class _AsWritten(float):
    """A number of a JSON cell that keeps its digits: 1.10 stays 1.10, since raw values are kept as written."""

    text: str

    def __new__(cls, text: str) -> "_AsWritten":
        number = super().__new__(cls, text)
        number.text = text
        return number


def _element(found: list, step: str) -> object:
    """The element of a list that a step means: its place, or the first one whose key has a value (`isDefault=true`)."""
    key, is_condition, wanted = step.partition("=")
    if is_condition:
        return next((each for each in found if isinstance(each, dict) and _plain(each.get(key)) == wanted), None)
    return found[int(step)] if step.isdecimal() and int(step) < len(found) else None


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.text if isinstance(value, _AsWritten) else str(value)


def _json_text(cell: str, path: str) -> str | None:
    try:
        found = json.loads(cell, parse_float=_AsWritten)
    except (ValueError, RecursionError):
        return None
    for step in path.split("."):
        if isinstance(found, list):
            found = _element(found, step)
        elif isinstance(found, dict):
            found = found.get(step)
        else:
            return None
    if found is None:
        return None
    if isinstance(found, _AsWritten):
        return found.text
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    # JSON can spell half a character (an emoji cut off by the CRM), which no text can hold: it becomes U+FFFD.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _point(cell: str, part: str | None) -> str | None:
    # SQL Server's serialised geography: 4 bytes SRID, 1 version, 1 flags (0x0C: a single valid point), latitude, longitude.
    try:
        data = bytes.fromhex(cell.removeprefix("0x"))
    except ValueError:
        return None
    if len(data) != 22 or data[4:6] != b"\x01\x0c":
        return None
    latitude, longitude = struct.unpack("<dd", data[6:22])
    value = latitude if part == "latitude" else longitude
    return repr(value) if math.isfinite(value) else None
