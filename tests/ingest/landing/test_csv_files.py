import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.landing.csv_files import read_csv

# Text that a CSV file in UTF-8 can hold: neither half characters nor the zero character.
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
NEAR_CSV = st.text('a,;\t"\r\n é海\0', max_size=40).map(str.encode)


def refusal(content, text):
    with pytest.raises(FileRefused) as caught:
        content(text)
    return caught.value.code, str(caught.value)


def test_cells_come_out_as_they_were_written(content):
    read = content("Id,Name\r\n1, Acme \r\n2,NA\r\n")
    assert (read.header, read.rows, read.row_numbers) == (["Id", "Name"], [["1", " Acme "], ["2", "NA"]], [1, 2])
    assert (read.encoding, read.bad_rows, read.row_count) == ("utf-8", [], 2)


def test_a_byte_order_mark_is_no_part_of_the_first_header(content):
    read = content("\ufeffId,Name\n1,海尔\n")
    assert (read.header, read.rows, read.encoding) == (["Id", "Name"], [["1", "海尔"]], "utf-8-sig")


def test_line_ends_may_be_mixed_within_one_file(content):
    assert content("Id,Name\r\n1,a\n2,b\r3,c").rows == [["1", "a"], ["2", "b"], ["3", "c"]]


def test_quoted_cells_may_hold_line_ends_delimiters_and_quotes(content):
    read = content('Id,Note\n1,"two\r\nlines, and ""quotes"""\n2,x\n')
    assert read.rows == [["1", 'two\r\nlines, and "quotes"'], ["2", "x"]]
    assert read.row_numbers == [1, 2]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_in_the_header(content, delimiter):
    read = content(f"Id{delimiter}Name\n1{delimiter}a,b;c\n" if delimiter == "\t" else f"Id{delimiter}Name\n1{delimiter}a\n")
    assert read.header == ["Id", "Name"]
    assert read.rows[0][0] == "1"


@pytest.mark.parametrize("text", ['"Amount, net, in thousands";Name\n1;a\n', "Amount;Name\r1;a,b,c,d\r2;e,f,g,h\r"])
def test_commas_in_quotes_or_below_the_header_do_not_count_as_delimiters(content, text):
    assert {len(row) for row in content(text).rows} == {2}


def test_a_file_without_any_delimiter_has_one_column(content):
    assert content("Id\n1\n2\n").rows == [["1"], ["2"]]


def test_a_header_alone_is_a_file_without_rows(content):
    read = content("Id,Name\n")
    assert (read.header, read.rows, read.row_count) == (["Id", "Name"], [], 0)


def test_blank_lines_are_no_rows_but_counted_as_a_spreadsheet_counts_them(content):
    read = content("\n\nId,Name\n1,a\n\n2,b\n\n")
    assert (read.rows, read.row_numbers, read.row_count) == ([["1", "a"], ["2", "b"]], [1, 3], 2)


def test_too_many_and_too_few_cells_are_bad_rows_with_their_numbers(content):
    read = content("Id,Name\n1,a\n2,b,c\n3\n4,d\n")
    assert read.rows == [["1", "a"], ["4", "d"]]
    assert read.row_numbers == [1, 4]
    assert [(bad.row_number, bad.code, bad.cells) for bad in read.bad_rows] == [
        (2, "too_many_cells", ["2", "b", "c"]),
        (3, "too_few_cells", ["3"]),
    ]
    assert read.bad_rows[0].reason.startswith("The row has 3 cells, the header 2")
    assert read.row_count == 4


def test_comment_lines_are_left_out_where_they_are_asked_for(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("# what this is\nid,name\n# an example, with commas, in it\n1,a\n# the end", encoding="utf-8")
    read = read_csv(path, path.name, max_bytes=1000, comment="#")
    assert (read.header, read.rows, read.row_numbers, read.bad_rows) == (["id", "name"], [["1", "a"]], [2], [])


def test_a_row_that_starts_with_a_number_sign_is_data_in_an_export(content):
    assert content("Id,Name\n#1,a\n").rows == [["#1", "a"]]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (b"", "empty_file", "crm/2026-11-20/file.csv is empty (0 bytes)"),
        (b"\n\r\n\n", "empty_file", "no text but blank lines"),
        (b"\xef\xbb\xbf", "empty_file", "no text but blank lines"),
        ('Id,Name\n1,"Acme', "broken_quotes", "after row 0"),
        ('Id,Name\n1,a\n2,"b"c\n', "broken_quotes", "after row 1"),
        ("Id,Name\n1,a\n2", "truncated_file", "breaks off in row 2: 1 of 2 cells and no line end"),
        (b"PK\x03\x04\x00\x00", "not_text", "holds zero bytes"),
        ("Id,Name\n1,a\n".encode("utf-16"), "not_text", "UTF-16"),
        ("Id,Name\n1,a\n2,海尔集团\n".encode("gb18030"), "wrong_encoding", "byte 0xBA in line 3 fits nothing"),
        ("Id,Name\n1,Café\n".encode("latin-1"), "wrong_encoding", "byte 0xE9 in line 2"),
    ],
)
def test_a_file_that_cannot_be_read_whole_is_refused_with_the_place(content, text, code, says):
    found, message = refusal(content, text)
    assert found == code
    assert says in message
    assert "crm/2026-11-20/file.csv" in message


def test_a_short_last_row_with_a_line_end_is_a_bad_row_and_no_truncation(content):
    assert [bad.row_number for bad in content("Id,Name\n1,a\n2\n").bad_rows] == [2]


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "big.csv"
    path.write_bytes(b"a" * (2 << 20) + b"\n")
    with pytest.raises(FileRefused, match=r"big.csv has 2,097,153 bytes.*max_file_mb = 1\)") as caught:
        read_csv(path, "big.csv", max_bytes=1 << 20)
    assert caught.value.code == "too_large"


def test_a_cell_beyond_all_reason_is_refused_as_too_large(tmp_path):
    path = tmp_path / "bomb.csv"
    path.write_bytes(b'Id,Note\n1,"' + b"a" * ((1 << 24) + 1) + b'"\n')
    with pytest.raises(FileRefused, match="a cell of more than 16,777,216 characters after row 0") as caught:
        read_csv(path, "bomb.csv", max_bytes=1 << 26)
    assert caught.value.code == "too_large"


def test_a_note_as_long_as_a_crm_allows_is_read(content):
    assert content("Id,Note\n1," + "x" * 131_072 + "\n").rows[0][1] == "x" * 131_072


@given(
    rows=st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=6)),
    delimiter=st.sampled_from([",", ";", "\t"]),
    line_end=st.sampled_from(["\r\n", "\n"]),
    mark=st.sampled_from(["", "\ufeff"]),
)
@settings(max_examples=150)
def test_what_a_csv_writer_wrote_is_read_back_exactly(content, rows, delimiter, line_end, mark):
    width = len(rows[0]) if rows else 2
    header = [f"Column {n}" for n in range(width)]
    out = io.StringIO()
    # Every cell in quotes where lines end in \n: Python 3.11 would leave a lone \r bare.
    quoting = csv.QUOTE_MINIMAL if line_end == "\r\n" else csv.QUOTE_ALL
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows([header, *rows])
    if width == 1:  # nothing in the header tells the delimiter, and with one column nothing has to
        assert content(mark + out.getvalue()).row_count == len(rows)
        return
    read = content(mark + out.getvalue())
    assert read.header == header
    assert read.rows == rows
    assert read.bad_rows == []
    assert read.row_numbers == list(range(1, len(rows) + 1))


@given(data=st.one_of(st.binary(max_size=60), NEAR_CSV))
@example(data=b'"')
@example(data=b"\xef\xbb\xbf\r")
@settings(max_examples=400)
def test_arbitrary_bytes_are_read_or_refused_and_every_row_is_accounted_for(content, data):
    try:
        read = content(data)
    except FileRefused as refused:
        assert refused.code in ("empty_file", "not_text", "wrong_encoding", "broken_quotes", "truncated_file")
        return
    assert all(len(row) == len(read.header) for row in read.rows)
    assert all(len(bad.cells) != len(read.header) for bad in read.bad_rows)
    numbers = [*read.row_numbers, *(bad.row_number for bad in read.bad_rows)]
    assert len(set(numbers)) == read.row_count
    assert all(number >= 1 for number in numbers)


def test_the_real_export_with_mixed_line_ends_is_read_whole(real_data):
    path = real_data("maven_crm/sales_pipeline.csv")
    read = read_csv(path, path.name, max_bytes=1 << 30)
    assert (len(read.rows), read.bad_rows) == (8801, [])
    assert len({row[0] for row in read.rows}) == 8801
    assert {len(row) for row in read.rows} == {8}


def test_a_real_export_in_a_macintosh_encoding_is_refused_with_its_line(real_data):
    path = real_data("aws_saas_sales/saas_sales.csv")
    with pytest.raises(FileRefused, match=r"is not UTF-8: byte 0x[0-9A-F]{2} in line [0-9]+ ") as caught:
        read_csv(path, path.name, max_bytes=1 << 30)
    assert caught.value.code == "wrong_encoding"
