import gzip
import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.landing.content import Limits
from ingest.landing.read_content import read_content
from ingest.landing.xlsx_files import OLE
from ingest.sources.mapping import Format

LIMITS = Limits(max_bytes=1 << 20)


def _read(data, name, **options):
    content = read_content(data, name, Format(**options), LIMITS)
    return content.header, content.frame.rows(), content.encoding


def _refused(data, name, limits=LIMITS):
    with pytest.raises(FileRefused) as caught:
        read_content(data, name, Format(), limits)
    assert name in str(caught.value)
    return caught.value.code, str(caught.value)


def _workbook():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["Id", "Name"])
        sheet.write_row(1, 0, [1, "海尔"])
    return out.getvalue()


def _packed(name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, b"x")
    return out.getvalue()


TABLE = (["Id", "Name"], [("1", "海尔")])


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.xls", "a.xlsx", "a", "A.CSV"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16-le"])
def test_a_csv_is_read_under_any_name(name, encoding):
    assert _read("Id,Name\n1,海尔\n".encode(encoding), name) == (*TABLE, encoding)


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.xls", "a.zip", "a"])
def test_a_workbook_is_read_under_any_name(name):
    assert _read(_workbook(), name) == (*TABLE, "xlsx")


@pytest.mark.parametrize("name", ["a.json", "a.csv", "a.txt"])
@pytest.mark.parametrize(
    "text",
    [
        '[{"Id": 1, "Name": "海尔"}]',
        '\ufeff\n [\n {"Id": 1, "Name": "海尔"}]',
        '{"data": [{"Id": 1, "Name": "海尔"}]}',
        '{ "Id": 1, "Name": "海尔"}',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_json_is_read_under_any_name(name, text, encoding):
    assert _read(text.encode(encoding), name) == (*TABLE, "json")


def test_ndjson_is_read():
    assert _read('{"Id": 1, "Name": "海尔"}\n{"Id": 2}\n'.encode(), "a.ndjson") == (["Id", "Name"], [("1", "海尔"), ("2", "")], "ndjson")


@pytest.mark.parametrize(
    "text", ["[Id],[Name]\n1,a\n", "{Id},Name\n1,a\n", "<Id>,Name\n1,a\n", "PAR1,Name\n1,a\n", "BZh,x\n1,a\n", "%PDF-,x\n1,a\n"]
)
def test_headers_that_begin_like_another_format_are_still_a_csv(text):
    header = text.split("\n", maxsplit=1)[0].split(",")
    assert _read(text.encode(), "a.csv") == (header, [("1", "a")], "utf-8")


def test_the_mapping_reaches_each_format():
    assert _read(b"title\nId;x,y,z\n1;2\n", "a.csv", delimiter=";", header_row=2)[:2] == (["Id", "x,y,z"], [("1", "2")])
    assert _read(b'{"a": [{"Id": 1}], "b": [{"No": 1}]}', "a.json", records="b")[:2] == (["No"], [("1",)])
    assert _read(_workbook(), "a.xlsx", sheet="sheet 1")[:2] == TABLE


def test_comment_lines_reach_the_reader_of_csv():
    content = read_content(b"# note\nId\n1\n# end\n", "a.csv", Format(), LIMITS, comment="#")
    assert (content.header, content.frame.rows()) == (["Id"], [("1",)])


def test_an_empty_file_is_refused_whatever_its_name():
    for name in ("a.csv", "a.xlsx", "a.json"):
        assert _refused(b"", name) == ("empty_file", f"{name} is empty (0 bytes). Export it again; the last good export stays in place.")


def test_a_file_over_the_limit_is_refused_before_it_is_read():
    code, message = _refused(b"a" * ((1 << 20) + 1), "big.csv")
    assert (code, "big.csv has 1,048,577 bytes" in message, "max_file_mb = 1)" in message) == ("too_large", True, True)


@pytest.mark.parametrize(
    ("data", "name", "code", "says"),
    [
        (b"<html><body><table><tr><td>Id</td></tr></table>", "a.xls", "not_a_table", "a web page under the name of a workbook"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>\n<html>", "a.csv", "not_a_table", "logged out"),
        ("<table>".encode("utf-16"), "a.xls", "not_a_table", "save it as .xlsx"),
        (b'<?xml version="1.0"?><Workbook/>', "a.xls", "not_a_table", "an XML file"),
        (gzip.compress(b"Id\n1\n", mtime=0), "a.csv.gz", "not_a_table", "packed with gzip. Unpack it"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "a.7z", "not_a_table", "7z"),
        (b"Rar!\x1a\x07\x01\0\xf3", "a.rar", "not_a_table", "RAR"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a.pdf", "not_a_table", "a PDF"),
        (b"PAR1\x15\x04\x15\xa0", "a.parquet", "not_a_table", "Parquet"),
        (_packed("word/document.xml"), "a.docx", "not_a_table", "text document"),
        (_packed("a.csv"), "a.csv", "not_a_table", "ZIP"),
        (b"PK\x03\x04 and no more", "a.csv", "broken_zip", "Download or export it again"),
        (_workbook()[:-50], "a.xlsx", "broken_zip", "Download or export it again"),
        (OLE + bytes(600), "a.xls", "broken_workbook", "save it as .xlsx"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", "a.csv", "not_text", "a picture"),
        (b"Id,Name\n1,a\n", "a.json", "broken_json", "line 1, column 1"),
    ],
)
def test_what_is_no_table_is_refused_with_advice(data, name, code, says):
    found, message = _refused(data, name)
    assert found == code
    assert says in message


@given(
    data=st.binary(max_size=60),
    start=st.sampled_from([b"", b"PK\x03\x04", OLE, b"[", b'{"', b"<", b"\xff\xfe"]),
    name=st.sampled_from(["a.csv", "a.xlsx", "a.json"]),
)
@settings(max_examples=400, deadline=None)
def test_arbitrary_bytes_are_read_or_refused_but_never_trip(data, start, name):
    try:
        content = read_content(start + data, name, Format(), LIMITS)
    except FileRefused as refused:
        assert name in str(refused)
        return
    assert content.frame.width == len(content.header)
    assert content.frame.height == len(content.row_numbers)
    assert not any(content.frame.null_count().row(0)) if content.header else content.row_count == len(content.bad_rows)
