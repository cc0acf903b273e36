"""CSV files as CRMs write them, read into rows of text.

Here: encoding, delimiter, quoting, line endings, rows that do not fit the header.
Not here: what the columns mean (batches.py), types (cleaning/).

Python's csv module reads what RFC 4180 allows and more: quoted newlines, and \\r\\n, \\n and \\r mixed within one file (the
Maven export of 2024 does that). Nothing is changed: cells keep their blanks, and values such as `NA` stay text.
"""

import csv
import io
import re

from ingest.errors import FileRefused
from ingest.landing.content import BadRow, Content, Limits, content_of_rows
from ingest.sources.mapping import Format

csv.field_size_limit(1 << 24)  # 16 MiB: a note field of a real CRM holds up to 131,072 characters; a bomb holds more

_DELIMITERS = (",", "\t", ";")
_QUOTED = r'(?<![^,;\t\r\n])"(?:[^"]|"")*+"'  # a cell in quotes: what it holds separates nothing
_HEADER = re.compile(rf"[\r\n]*+((?:{_QUOTED}|[^\r\n])*+)")


def read_csv(data: bytes, name: str, format_: Format, limits: Limits, *, comment: str | None = None) -> Content:
    """The content of a CSV; `name` is what messages call it. Raises FileRefused.

    Rows whose first cell starts with `comment` are no rows, but counted in the numbers of those that follow, as blank lines are.
    """
    del format_, limits
    text, encoding = _decode(data, name)
    return _parse(text, name, encoding, comment)


def _decode(data: bytes, name: str) -> tuple[str, str]:
    if b"\0" in data:
        text = f"{name} holds zero bytes, so it is no CSV in UTF-8 (an Excel file or UTF-16?). Export it as CSV in UTF-8."
        raise FileRefused("not_text", text)
    try:
        return data.decode("utf-8-sig"), "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            "wrong_encoding",
            f"{name} is not UTF-8: byte 0x{data[error.start]:02X} in line {line} fits nothing. "
            "Export it again and choose UTF-8 (in Excel: 'CSV UTF-8'); nothing of it was loaded.",
        ) from None


def _delimiter(text: str) -> str:
    """What separates the cells of the header: the most frequent candidate outside quotes, a comma where there is none."""
    header = _HEADER.match(text)
    bare = re.sub(_QUOTED, "", header[1]) if header else ""
    return max(_DELIMITERS, key=bare.count)


def _parse(text: str, name: str, encoding: str, comment: str | None) -> Content:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[list[str]] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    header: list[str] | None = None
    number = 0
    try:
        for cells in reader:
            if header is not None:
                number += 1
            if not cells or (comment and cells[0].lstrip().startswith(comment)):  # a blank line is no row
                continue
            if header is None:
                header = cells
            elif len(cells) == len(header):
                rows.append(cells)
                numbers.append(number)
            else:
                bad.append(_misfit(number, cells, len(header)))
    except csv.Error as error:
        if "field limit" in str(error):
            limit = f"{csv.field_size_limit():,} characters"
            raise FileRefused(
                "too_large", f"{name} holds a cell of more than {limit} after row {number}. Nothing of it was loaded."
            ) from None
        raise FileRefused(
            "broken_quotes",
            f"{name} breaks off or has a stray quote after row {number} ({error}). "
            "It looks truncated; export it again. Nothing of it was loaded.",
        ) from None
    if header is None:
        raise FileRefused("empty_file", f"{name} holds no text but blank lines. Export it again; the last good export stays in place.")
    if bad and bad[-1].row_number == number and bad[-1].code == "too_few_cells" and not text.endswith(("\n", "\r")):
        raise FileRefused(
            "truncated_file",
            f"{name} breaks off in row {number}: {len(bad[-1].cells)} of {len(header)} cells and no line end. "
            "Export it again; nothing of it was loaded.",
        )
    return content_of_rows(header, rows, numbers, encoding, bad)


def _misfit(number: int, cells: list[str], wanted: int) -> BadRow:
    code = "too_many_cells" if len(cells) > wanted else "too_few_cells"
    reason = f"The row has {len(cells)} cells, the header {wanted}: probably a separator or a line end inside an unquoted value."
    return BadRow(row_number=number, code=code, reason=reason, cells=cells)
