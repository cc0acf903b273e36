"""A workbook reads back as it was written, in this program's reader and in another."""

import io
from datetime import date, datetime
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ingest.demo.formats.workbook import workbook_of

texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


def written(columns, rows, sheet="数据", created=date(2026, 6, 30)) -> bytes:
    stream = io.BytesIO()
    workbook_of(sheet, columns, lambda: iter(rows), created)(stream)
    return stream.getvalue()


def read_back(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_texts_numbers_and_days_read_back():
    content = written(
        ("名称（必填）", "数", "日"), [('a <b> & "c"', 12.5, date(2026, 6, 30)), ("", 3, ""), (" x\ny ", -1, date(1999, 12, 31))]
    )
    assert read_back(content) == [
        ["名称（必填）", "数", "日"],
        ['a <b> & "c"', 12.5, date(2026, 6, 30)],
        ["", 3.0, ""],
        [" x\ny ", -1.0, date(1999, 12, 31)],
    ]
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names == ["数据"]


def test_a_header_alone_is_a_workbook():
    assert read_back(written(("a", "b"), [])) == [["a", "b"]]


def test_characters_that_a_workbook_cannot_hold_are_left_out():
    assert read_back(written(("a",), [("x\x00\x0b\x1fy",)])) == [["a"], ["xy"]]


@given(st.lists(st.tuples(texts, texts), max_size=5))
def test_any_text_reads_back(rows):
    filled = [(f"-{first}-", f"-{second}-") for first, second in rows]
    assert read_back(written(("a", "b"), filled)) == [["a", "b"], *([first, second] for first, second in filled)]


def test_the_same_rows_have_the_same_bytes_and_the_day_is_part_of_them():
    assert written(("a",), [("x",)]) == written(("a",), [("x",)])
    assert written(("a",), [("x",)]) != written(("a",), [("x",)], created=date(2026, 6, 29))


@pytest.mark.skipif(find_spec("openpyxl") is None, reason="openpyxl is not installed")
def test_another_reader_finds_the_same():
    from openpyxl import load_workbook  # noqa: PLC0415

    book = load_workbook(io.BytesIO(written(("名称", "日"), [("甲", date(2026, 6, 30))])))
    assert [[cell.value for cell in row] for row in book["数据"]] == [["名称", "日"], ["甲", datetime(2026, 6, 30)]]  # noqa: DTZ001
    assert book.properties.created == datetime(2026, 6, 30)  # noqa: DTZ001
