"""One export file, whatever its format: its bytes become a header and rows of text.

Here: telling the format, the limits that hold for all of them. Not here: reading a format (csv_files.py, xlsx_files.py, json_files.py),
files inside a ZIP (zip_files.py), what columns mean (feeds.py).

The content decides, since CRMs name CSV files .xls and people rename .xlsx to .csv; the name decides only what the content leaves open.
"""

import re

from ingest.errors import FileRefused
from ingest.landing.content import Content, Limits
from ingest.landing.csv_files import read_csv
from ingest.landing.json_files import read_json
from ingest.landing.xlsx_files import OLE, read_xlsx
from ingest.landing.zip_files import zip_kind
from ingest.sources.mapping import Format

_JSON_SUFFIXES = (".json", ".ndjson", ".jsonl", ".geojson")
_WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".ods")
_BLANKS = b" \t\r\n\xef\xbb\xbf\xff\xfe\0"  # and byte order marks, and the zeros of UTF-16
_HEAD = 1024
# Text that opens as pages and XML do; a CSV whose first header begins with "<" is none of these.
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|meta|table|style|script|\?xml|!--)", re.IGNORECASE)
_JSON_START = re.compile(rb'\[\s*(?:[\[{\]"]|$)|\{\s*["}]')
# First bytes of files that are no tables, with what to do instead.
_NO_TABLES = (
    (b"\x1f\x8b", "is packed with gzip. Unpack it, or pack it as a ZIP"),
    (b"BZh", "is packed with bzip2. Unpack it, or pack it as a ZIP"),
    (b"\xfd7zXZ\0", "is packed with xz. Unpack it, or pack it as a ZIP"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive. Unpack it, or pack it as a ZIP"),
    (b"Rar!\x1a\x07", "is a RAR archive. Unpack it, or pack it as a ZIP"),
    (b"%PDF-", "is a PDF. Export the table itself, as CSV in UTF-8"),
    (b"PAR1", "is a Parquet file. Export it as CSV in UTF-8"),
)


def read_content(data: bytes, name: str, format_: Format, limits: Limits, *, comment: str | None = None) -> Content:
    """The rows of one file; `name` is its path as messages call it. Raises FileRefused for what cannot be read.

    `comment`: lines of a CSV that start with it are no rows, but are counted in the row numbers.
    """
    if not data:
        raise FileRefused("empty_file", f"{name} is empty (0 bytes). Export it again; the last good export stays in place.")
    if len(data) > limits.max_bytes:
        raise FileRefused(
            "too_large",
            f"{name} has {len(data):,} bytes, more than company.toml allows (landing.max_file_mb = {limits.max_bytes >> 20}). "
            "Raise the limit if the export is meant to be that large.",
        )
    _refuse_what_is_no_table(data, name)
    if _is_workbook(data, name):
        return read_xlsx(data, name, format_, limits)
    if _is_json(data, name):
        return read_json(data, name, format_, limits)
    return read_csv(data, name, format_, limits, comment=comment)


def _refuse_what_is_no_table(data: bytes, name: str) -> None:
    for start, what in _NO_TABLES:
        if data.startswith(start) and not data[:_HEAD].isascii():
            raise FileRefused("not_a_table", f"{name} {what}; nothing of it was loaded.")
    head = data[: 4 * _HEAD].lstrip(_BLANKS).replace(b"\0", b"")
    if _MARKUP.match(head):
        kind = "an XML file" if head[:5].lower() == b"<?xml" else "a web page"
        if kind == "a web page" and name.casefold().endswith((".xls", ".xlsx")):
            kind = "a web page under the name of a workbook, as some CRMs write it"
        raise FileRefused(
            "not_a_table",
            f"{name} is {kind} and no table that can be read. Export it as CSV in UTF-8, or open it in Excel and save it as .xlsx. "
            "(Was the session logged out when it was downloaded?)",
        )


def _is_workbook(data: bytes, name: str) -> bool:
    kind = zip_kind(data)
    if kind == "document":
        raise FileRefused("not_a_table", f"{name} is a text document or a presentation. Export the table itself, as CSV in UTF-8.")
    if kind == "zip":
        raise FileRefused("not_a_table", f"{name} is a ZIP of files inside a ZIP, or out of place here. Unpack it into landing/.")
    if kind == "broken" and not name.casefold().endswith(_WORKBOOK_SUFFIXES):
        raise FileRefused("broken_zip", f"{name} is a broken or unfinished ZIP. Download or export it again; nothing of it was loaded.")
    return kind is not None or data.startswith(OLE)


def _is_json(data: bytes, name: str) -> bool:
    if name.casefold().endswith(_JSON_SUFFIXES):  # whatever it holds, so that a refusal speaks of JSON
        return True
    head = data[:_HEAD].lstrip(_BLANKS).replace(b"\0", b"")
    return _JSON_START.match(head) is not None
