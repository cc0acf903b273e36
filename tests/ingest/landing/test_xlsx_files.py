import io
import zipfile
from datetime import date, datetime, time

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.landing.content import Limits
from ingest.landing.xlsx_files import OLE, read_xlsx
from ingest.sources.mapping import Format

NAME = "fxiaoke/2026-11-20/客户.xlsx"
LIMITS = Limits(max_bytes=64 << 20)
moment = datetime.fromisoformat


def _workbook(*sheets, change=None):
    """An .xlsx of (name, rows or {cell: value}) sheets; `change` may alter the workbook before it is closed."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss"}) as workbook:
        for name, content in sheets:
            sheet = workbook.add_worksheet(name)
            if isinstance(content, dict):
                for cell, value in content.items():
                    sheet.write(cell, value)
            else:
                for place, row in enumerate(content):
                    sheet.write_row(place, 0, row)
        if change:
            change(workbook)
    return out.getvalue()


def _read(data, **format_):
    content = read_xlsx(data, NAME, Format(**format_), LIMITS)
    return content.header, [list(row) for row in content.frame.rows()], content.row_numbers.to_list(), content.bad_rows


def _refused(data, limits=LIMITS, **format_):
    with pytest.raises(FileRefused) as caught:
        read_xlsx(data, NAME, Format(**format_), limits)
    assert NAME in str(caught.value)
    return caught.value.code, str(caught.value)


def test_a_sheet_becomes_rows_of_text():
    data = _workbook(("客户数据", [["Id", "名称"], ["001", "海尔 "], ["", " x\ny"]]))
    assert _read(data) == (["Id", "名称"], [["001", "海尔 "], ["", " x\ny"]], [1, 2], [])
    assert read_xlsx(data, NAME, Format(), LIMITS).encoding == "xlsx"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (-7.0, "-7"),
        (-0.0, "0"),
        (1.5, "1.5"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (123456789.25, "123456789.25"),
        (999_999_999_999_999, "999999999999999"),
        (10**15, "1E+15"),
        (123456789012345678, "1.23456789012346E+17"),
        (-1e20, "-1E+20"),
        (True, "true"),
        (False, "false"),
        (date(2026, 1, 2), "2026-01-02"),
        (moment("2026-01-02 03:04:05"), "2026-01-02 03:04:05"),
        (moment("2026-01-02 23:59:59"), "2026-01-02 23:59:59"),
        (moment("2026-01-02 03:04:05.678"), "2026-01-02 03:04:05.678000"),
        (time(3, 4, 5), "03:04:05"),
        ("00123", "00123"),
        ("NA", "NA"),
        ("=1+1", "0"),
    ],
)
def test_each_kind_of_cell_has_its_text(value, text):
    assert _read(_workbook(("S", [["V"], [value]])))[1] == [[text]]


def test_durations_count_hours_beyond_a_day():
    def change(workbook):
        sheet = workbook.get_worksheet_by_name("S")
        sheet.write(1, 0, 1.25 + 61 / 86400, workbook.add_format({"num_format": "[h]:mm:ss"}))

    assert _read(_workbook(("S", [["V"]]), change=change))[1] == [["30:01:01"]]


def test_a_time_that_lost_a_fraction_of_a_second_is_rounded():
    def change(workbook):
        sheet = workbook.get_worksheet_by_name("S")
        sheet.write(1, 0, 46000.49999999, workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}))

    assert _read(_workbook(("S", [["V"]]), change=change))[1] == [["2025-12-09 12:00:00"]]


@given(st.datetimes(moment("1950-01-01"), moment("2090-01-01")))
@settings(max_examples=60, deadline=None)
def test_every_second_comes_out_as_it_went_in(second):
    second = second.replace(microsecond=0)
    text = _read(_workbook(("S", [["V"], [second]])))[1][0][0]
    assert text == (str(second.date()) if second.time() == time(0) else str(second))


def test_error_cells_come_out_empty():
    def change(workbook):
        workbook.get_worksheet_by_name("S").write_formula("B2", "=NA()", None, "#N/A")

    assert _read(_workbook(("S", [["Id", "V"], ["1"]]), change=change))[1] == [["1", ""]]


def test_merged_cells_have_their_value_in_the_first_only():
    def change(workbook):
        workbook.get_worksheet_by_name("S").merge_range("A2:B3", "merged")

    assert _read(_workbook(("S", [["A", "B", "C"], ["", "", "x"], ["", "", "y"]]), change=change))[1] == [
        ["merged", "", "x"],
        ["", "", "y"],
    ]


def test_empty_rows_are_no_rows_but_counted():
    data = _workbook(("S", [["Id"], ["1"], [""], [], ["2"], [""]]))
    assert _read(data)[1:3] == ([["1"], ["2"]], [1, 4])


def test_a_table_may_begin_anywhere_on_the_sheet():
    data = _workbook(("S", {"C4": "Id", "D4": "Name", "C6": "1", "D6": "a"}))
    assert _read(data)[:3] == (["Id", "Name"], [["1", "a"]], [2])
    assert _read(data, header_row=4)[:3] == (["Id", "Name"], [["1", "a"]], [2])


def test_titles_above_the_header_are_skipped_only_where_the_mapping_says_so():
    rows = [["客户报表", ""], ["2026-11-20"], ["Id", "Name"], ["1", "a"]]
    assert _read(_workbook(("S", rows)), header_row=3)[:3] == (["Id", "Name"], [["1", "a"]], [1])
    header, read, _, bad = _read(_workbook(("S", rows)))
    assert (header, read) == (["客户报表"], [["2026-11-20"]])
    assert [(row.row_number, row.code, row.cells) for row in bad] == [
        (2, "too_many_cells", ["Id", "Name"]),
        (3, "too_many_cells", ["1", "a"]),
    ]


def test_columns_without_header_stay_only_where_they_hold_something():
    data = _workbook(("S", [["Id", "", "Name", ""], ["1", "", "a", ""], ["2", "", "b"]]))
    assert _read(data)[:2] == (["Id", "Name"], [["1", "a"], ["2", "b"]])
    data = _workbook(("S", [["Id", "", "Name"], ["1", "note", "a"], ["2"]]))
    assert _read(data)[:2] == (["Id", "", "Name"], [["1", "note", "a"], ["2", "", ""]])


def test_a_value_right_of_the_last_header_makes_a_bad_row():
    read = _read(_workbook(("S", [["Id", "Name"], ["1", "a", "", "stray"], ["2", "b"]])))
    assert read[1:3] == ([["2", "b"]], [2])
    assert [(row.row_number, row.cells) for row in read[3]] == [(1, ["1", "a", "", "stray"])]
    assert read[3][0].reason.startswith("The row has values in 4 columns, the header in 2")


def test_a_header_without_rows_is_a_content_without_rows():
    assert _read(_workbook(("S", [["Id", "Name"]]))) == (["Id", "Name"], [], [], [])


def test_the_first_sheet_that_holds_anything_is_read_and_hidden_ones_last():
    def hide(workbook):
        workbook.get_worksheet_by_name("Codes").hide()
        workbook.get_worksheet_by_name("Data").activate()

    data = _workbook(("Codes", [["Code"]]), ("Empty", []), ("Data", [["Id"], ["1"]]), change=hide)
    assert _read(data)[0] == ["Id"]
    assert _read(data, sheet="Codes")[0] == ["Code"]


@pytest.mark.parametrize("sheet", ["客户 数据", "客户数据", "ＳＨＥＥＴ b", "sheetB"])
def test_a_sheet_is_found_without_regard_to_case_width_and_blanks(sheet):
    data = _workbook(("客户 数据", [["Id"]]), ("Sheet B", [["Id"]]))
    assert _read(data, sheet=sheet)[0] == ["Id"]


def test_a_sheet_that_is_missing_is_refused_with_those_that_are_there():
    code, message = _refused(_workbook(("Accounts", [["Id"]]), ("Deals", [])), sheet="Contacts")
    assert code == "missing_sheet"
    assert 'no sheet "Contacts"; its sheets are "Accounts", "Deals"' in message


def test_a_workbook_without_anything_is_refused_as_empty():
    assert _refused(_workbook(("A", []), ("B", [])))[0] == "empty_file"
    assert _refused(_workbook(("A", [])), sheet="A")[0] == "empty_file"
    assert _refused(_workbook(("A", [["Id"]])), header_row=2)[0] == "empty_file"


def test_a_locked_workbook_is_refused_with_the_next_step():
    locked = OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert _refused(locked) == ("encrypted", f"{NAME} is locked with a password. Save it without one; nothing of it was loaded.")


def _repacked(data, **parts):
    """The workbook with the text of some parts replaced: {part of its name: function of its text}."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            for part, change in parts.items():
                content = change(content) if part in info.filename else content
            new.writestr(info.filename, content)
    return out.getvalue()


def test_a_broken_workbook_is_refused():
    data = _workbook(("S", [["Id"], ["1"]]))
    assert _refused(data[:-40])[0] == "broken_zip"
    assert _refused(OLE + bytes(600))[0] == "broken_workbook"
    for part in ("workbook", "sheet1"):
        assert _refused(_repacked(data, **{part: lambda content: content[: len(content) // 2]}))[0] == "broken_workbook"


def test_a_bomb_is_refused_before_it_is_unpacked():
    data = _repacked(_workbook(("S", [["Id"], ["1"]])), sheet1=lambda content: content + b" " * (8 << 20))
    assert _refused(data)[0] == "zip_bomb"
    assert _refused(_workbook(("S", [["x" * 30_000], ["y" * 30_000]])), limits=Limits(max_bytes=20_000, max_ratio=10**6))[0] == "zip_bomb"


def test_a_stray_value_in_the_last_cell_is_refused_and_does_not_fill_the_memory():
    code, message = _refused(_workbook(("S", {"A1": "Id", "XFD1048576": " "})))
    assert code == "too_large"
    assert "1,048,576 rows and 16,384 columns" in message


def test_a_value_far_down_is_read_with_its_row_number():
    assert _read(_workbook(("S", {"A1": "Id", "A200001": "x"})))[1:3] == ([["x"]], [200_000])


def test_a_binary_workbook_is_refused_with_advice():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", b"x")
    code, message = _refused(out.getvalue())
    assert (code, "Save it as .xlsx" in message) == ("not_a_table", True)


def test_an_open_document_sheet_is_read():
    out = io.BytesIO()
    table = '<table:table table:name="S">{}</table:table>'
    row = '<table:table-row><table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell></table:table-row>'
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    body = f"<office:body><office:spreadsheet>{table.format(row.format('Id') + row.format('海尔'))}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    content = read_xlsx(out.getvalue(), NAME, Format(), LIMITS)
    assert (content.header, content.frame.rows(), content.encoding) == (["Id"], [("海尔",)], "ods")


@given(
    st.lists(
        st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Co", "Cn"]), max_size=5), min_size=3, max_size=3),
        max_size=5,
    )
)
@settings(max_examples=60, deadline=None)
def test_text_comes_out_as_it_went_in(rows):
    def change(workbook):
        for place, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                workbook.get_worksheet_by_name("S").write_string(place, column, cell)

    header, read, numbers, bad = _read(_workbook(("S", [["A", "B", "C"]]), change=change))
    assert (header, bad) == (["A", "B", "C"], [])
    assert read == [row for row in rows if any(row)]
    assert numbers == [place for place, row in enumerate(rows, start=1) if any(row)]
