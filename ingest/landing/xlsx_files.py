"""Workbooks (Excel's .xlsx and .xls, .ods) as CRMs write them: one sheet becomes rows of text.

Here: limits before anything is unpacked, choosing the sheet, cells as text.
Not here: ZIPs of files (zip_files.py), what columns mean (feeds.py), numbers that Excel has damaged (cleaning/ finds them by the way
they are written here).

A cell becomes what a CSV of the same export would hold: whole numbers without `.0`, dates as YYYY-MM-DD, true and false. A whole number
of 16 digits and more has lost some of them in Excel; it is written as 1.23456789012346E+17, which is how Excel shows it, so that it
can be told from an id. Error cells (#N/A) come out empty: the reader below gives no more. Formulas give the result saved with them.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from ingest.errors import FileRefused
from ingest.landing.content import BadRow, Content, Limits, content_of_rows
from ingest.landing.zip_files import BROKEN, checked_directory
from ingest.sources.mapping import Format

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of an old .xls, and of an .xlsx that is locked with a password."""

_MAX_CELLS = 100_000_000  # of the rectangle from the first used cell to the last, empty ones too: calamine needs 32 bytes for each
_ROWS_AT_ONCE = 50_000
_PIECE = 1 << 22
# Rows, and cells right of column Z: a pattern for every cell would take as long as reading them.
_ROW_PLACE = re.compile(rb'<(?:\w+:)?row [^>]*?\br="([0-9]{1,7})"')
_WIDE_PLACE = re.compile(rb' r="([A-Z]{2,3})([0-9]{1,7})"')
_LOST_DIGITS = 1e15  # Excel keeps 15 digits


def read_xlsx(data: bytes, name: str, format_: Format, limits: Limits) -> Content:
    """The content of a sheet; `name` is what messages call the file. Raises FileRefused.

    The header is row `format_.header_row`, or the first row below it that holds anything. Rows without any value are no rows, but
    counted in the numbers. A column without a header and without values is left out; a value to the right of the last header makes
    its row a bad row.
    """
    kind = _check(data, name, limits)
    with _explained(name), CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        sheet = _sheet(workbook, name, format_)
        return _read_rows(sheet, name, format_.header_row, kind)


def _check(data: bytes, name: str, limits: Limits) -> str:
    """Which kind of workbook it is, if it can be opened without harm. Raises FileRefused."""
    if data.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _locked(name)
        return "xls"
    infos = checked_directory(data, name, limits)
    names = {info.filename for info in infos}
    if "xl/workbook.bin" in names:
        raise FileRefused("not_a_table", f"{name} is a binary workbook (.xlsb). Save it as .xlsx or as CSV in UTF-8.")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in infos:
            if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                _check_area(archive, info, name)
    return "ods" if "content.xml" in names else "xlsx"


def _check_area(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> None:
    """Refuse a sheet whose used cells lie so far apart that the rectangle around them would not fit into memory.

    One blank typed into the last cell of a sheet (XFD1048576) is enough: a file of 5 kB would ask for 500 GB.
    """
    columns: set[bytes] = {b"Z"}
    rows: set[bytes] = set()
    rest = b""
    try:
        with archive.open(info) as file:
            while piece := file.read(_PIECE):
                text = rest + piece
                rows.update(_ROW_PLACE.findall(text))
                for column, row in _WIDE_PLACE.findall(text):
                    columns.add(column)
                    rows.add(row)
                rest = text[text.rfind(b"<") :][:1000]
    except (*BROKEN, RuntimeError) as error:
        raise _broken(name, error) from None
    last = max(_number(column) for column in columns), max(map(int, rows), default=0)
    if last[0] * last[1] > _MAX_CELLS:
        raise FileRefused(
            "too_large",
            f"{name} has a sheet of {last[1]:,} rows and {last[0]:,} columns, mostly empty. Is there a stray value far right or far "
            "down? Delete it, or export as CSV in UTF-8.",
        )


def _number(column: bytes) -> int:
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Whatever the reader of workbooks trips over, as a refusal."""
    try:
        yield
    except FileRefused:
        raise
    except PasswordError:
        raise _locked(name) from None
    except Exception as error:
        raise _broken(name, error) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a crash inside calamine comes as; no class to import (2026-11-22)
            raise
        raise _broken(name, error) from None


def _locked(name: str) -> FileRefused:
    return FileRefused("encrypted", f"{name} is locked with a password. Save it without one; nothing of it was loaded.")


def _broken(name: str, error: BaseException) -> FileRefused:
    return FileRefused(
        "broken_workbook",
        f"{name} is a broken or unfinished workbook ({error}). Export it again, or open it and save it as .xlsx; nothing of it was loaded.",
    )


def _sheet(workbook: CalamineWorkbook, name: str, format_: Format) -> CalamineSheet:
    """The sheet that the mapping names, else the first that holds anything, those that people see before hidden ones."""
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if format_.sheet is None:
        for wanted in sorted(sheets, key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible):
            sheet = workbook.get_sheet_by_name(wanted.name)
            if sheet.start is not None:
                return sheet
        raise FileRefused("empty_file", f"{name} has no sheet that holds anything. Export it again; the last good export stays in place.")
    fitting = [sheet.name for sheet in sheets if _comparable(sheet.name) == _comparable(format_.sheet)]
    if format_.sheet not in fitting and len(fitting) != 1:
        names = ", ".join(f'"{sheet.name}"' for sheet in sheets)
        raise FileRefused(
            "missing_sheet",
            f'{name} has no sheet "{format_.sheet}"; its sheets are {names}. Correct `format: {{sheet: ...}}` in the mapping, or leave it '
            "out to read the first sheet that holds anything.",
        )
    return workbook.get_sheet_by_name(format_.sheet if format_.sheet in fitting else fitting[0])


def _comparable(sheet: str) -> str:
    return "".join(unicodedata.normalize("NFKC", sheet).split()).casefold()


def _read_rows(sheet: CalamineSheet, name: str, header_row: int, kind: str) -> Content:
    header: list[str] = []
    parts: list[Content] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    number = 0
    for place, values in enumerate(sheet.iter_rows(), start=1):  # rows count from the top of the sheet, columns from the first used one
        number += bool(header)
        cells = [value if type(value) is str else _text(value) for value in values]
        if place < header_row or not any(cells):
            continue
        if not header:
            header = _without_empty_end(cells)
        elif any(cells[len(header) :]):
            bad.append(_misfit(number, _without_empty_end(cells), len(header)))
        else:
            rows.append(cells[: len(header)])
            numbers.append(number)
            if len(rows) == _ROWS_AT_ONCE:
                parts.append(content_of_rows(header, rows, numbers, kind, []))
                rows, numbers = [], []
    if not header:
        raise FileRefused(
            "empty_file",
            f"{name} holds nothing from row {header_row} of the sheet on. Export it again, or correct `header_row` in the mapping.",
        )
    parts.append(content_of_rows(header, rows, numbers, kind, []))
    frame = pl.concat([part.frame for part in parts])
    kept = [place for place, title in enumerate(header) if title.strip() or (frame[:, place] != "").any()]
    return Content(
        header=[header[place] for place in kept],
        frame=frame.select(pl.col(str(old)).alias(str(new)) for new, old in enumerate(kept)),
        row_numbers=pl.concat([part.row_numbers for part in parts]),
        encoding=kind,
        bad_rows=bad,
    )


def _without_empty_end(cells: list[str]) -> list[str]:
    last = max((place for place, cell in enumerate(cells) if cell), default=-1)
    return cells[: last + 1]


def _misfit(number: int, cells: list[str], wanted: int) -> BadRow:
    reason = f"The row has values in {len(cells)} columns, the header in {wanted}: a value stands right of the last header."
    return BadRow(row_number=number, code="too_many_cells", reason=reason, cells=cells)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number_text(value)
    if isinstance(value, datetime):
        return _to_second(value).isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return _to_second(datetime.combine(date(2000, 1, 1), value)).time().isoformat()
    if isinstance(value, timedelta):
        return _duration_text(value)
    return str(value)


def _number_text(value: float) -> str:
    if abs(value) >= _LOST_DIGITS:
        mantissa, exponent = f"{value:.14E}".split("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
    if value == int(value):
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def _to_second(moment: datetime) -> datetime:
    """Times are fractions of a day in a workbook, so that 12:00:01 may come as 12:00:00.999; real milliseconds are kept."""
    nearest = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return nearest if abs(nearest - moment) <= timedelta(milliseconds=2) else moment


def _duration_text(duration: timedelta) -> str:
    seconds = round(abs(duration).total_seconds())
    sign = "-" if duration < timedelta(0) else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
