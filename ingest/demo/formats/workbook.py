"""A workbook (XLSX) of one sheet, written row by row.

Here: the seven parts that a reader needs. Not here: which rows (fxiaoke.py, jiandaoyun.py), reading workbooks (landing/xlsx_files.py).

Written by hand and not through xlsxwriter because a demo of 30 nights holds 150,000 rows of them: 14 microseconds a row instead of 96
(2026-11-22, 14 cells a row, constant_memory). Only what a screen's export has: texts, numbers, days; no formats, no formulas.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import BinaryIO

from ingest.demo.formats.writing import Spool, Write, zip_of

_FIRST_DAY = date(1899, 12, 30)  # day 0 of Excel's calendar
_ESCAPED = {code: None for code in range(32) if code not in (9, 10, 13)} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
}
_TO_ESCAPE = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f&<>"]')
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CONTENT_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SHEET_TYPE}.styles+xml"/>'
    f'<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)
_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)
_BOOK_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    "</Relationships>"
)
# Cell format 0 is plain; 1 shows a number as a day (14 is the built-in short date).
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def workbook_of(sheet: str, columns: Sequence[str], rows: Callable[[], Iterable[Sequence[object]]], created: date) -> Write:
    """A workbook with a header line and `rows()`, whose cells are text ("" is an empty cell), numbers or days.

    At most 26 columns. `created`: the day that stands in the workbook as its date, so that the same night has the same bytes.
    """
    book = (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{_escaped(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    core = (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{created}T00:00:00Z</dcterms:created></cp:coreProperties>'
    )

    def write(stream: BinaryIO) -> None:
        page = Spool()
        try:
            page.write(f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>\n')
            page.write(_row(1, columns))
            for line, cells in enumerate(rows(), start=2):
                page.write(_row(line, cells))
            page.write("</sheetData></worksheet>\n")
            parts = (
                ("[Content_Types].xml", _CONTENT_TYPES.encode()),
                ("_rels/.rels", _RELATIONS.encode()),
                ("docProps/core.xml", core.encode()),
                ("xl/workbook.xml", book.encode()),
                ("xl/_rels/workbook.xml.rels", _BOOK_RELATIONS.encode()),
                ("xl/styles.xml", _STYLES.encode()),
                ("xl/worksheets/sheet1.xml", page),
            )
            zip_of(parts)(stream)
        finally:
            page.close()

    return write


def _escaped(text: str) -> str:
    # Asked first, because most cells have nothing to escape and translating takes four times as long.
    return text.translate(_ESCAPED) if _TO_ESCAPE.search(text) else text


def _row(line: int, cells: Sequence[object]) -> str:
    written = [
        f'<c r="{letter}{line}" t="inlineStr"><is><t xml:space="preserve">{_escaped(cell)}</t></is></c>'
        if isinstance(cell, str)
        else f'<c r="{letter}{line}" s="1"><v>{(cell - _FIRST_DAY).days}</v></c>'
        if isinstance(cell, date)
        else f'<c r="{letter}{line}"><v>{cell!r}</v></c>'
        for letter, cell in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", cells, strict=False)
        if cell != ""
    ]
    return f'<row r="{line}">{"".join(written)}</row>\n'
