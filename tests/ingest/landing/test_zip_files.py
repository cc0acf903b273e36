import io
import struct
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.landing.content import Limits
from ingest.landing.zip_files import Member, is_zip, list_members, read_member, zip_kind

NAME = "crm/2026-11-20/WE_1.ZIP"
LIMITS = Limits(max_bytes=8 << 20, max_members=20)


def _packed(members, compression=zipfile.ZIP_DEFLATED):
    """A ZIP of (name, bytes); a name in bytes is written without saying its encoding, as Chinese tools do."""
    out, raw_names = io.BytesIO(), {}
    with zipfile.ZipFile(out, "w", compression) as archive:
        for place, (name, content) in enumerate(members):
            written = name
            if isinstance(name, bytes):  # a place holder of the same length, replaced below
                written = f"@{place:02}".ljust(len(name), "x")
                raw_names[written.encode()] = name
            info = zipfile.ZipInfo(written)
            info.compress_type = compression
            archive.writestr(info, content)
    data = out.getvalue()
    for placeholder, name in raw_names.items():
        data = data.replace(placeholder, name)
    return data


def _names(members):
    return [member.name for member in list_members(_packed(members), NAME, LIMITS)]


def _refused(action):
    with pytest.raises(FileRefused) as caught:
        action()
    return caught.value.code, str(caught.value)


def _changed_directory(data, place, form, value, entry=0):
    """The ZIP with a number of an entry of its directory overwritten."""
    at = -1
    for _ in range(entry + 1):
        at = data.index(b"PK\x01\x02", at + 1)
    changed = bytearray(data)
    struct.pack_into(form, changed, at + place, value)
    return bytes(changed)


def test_members_are_listed_and_read_by_their_place():
    data = _packed([("Data/", b""), ("Data/Accounts.csv", b"Id\n1\n"), ("Data/Deals.csv", b"Id\n2\n3\n")])
    assert list_members(data, NAME, LIMITS) == [
        Member(index=1, name="Data/Accounts.csv", size_bytes=5),
        Member(index=2, name="Data/Deals.csv", size_bytes=7),
    ]
    assert read_member(data, 2, LIMITS) == b"Id\n2\n3\n"


def test_what_operating_systems_add_is_left_out():
    added = [("__MACOSX/._a.csv", b"x"), (".DS_Store", b"x"), ("Data/Thumbs.db", b"x"), ("desktop.ini", b"x"), ("a.csv", b"Id\n")]
    assert _names(added) == ["a.csv"]


def test_names_of_chinese_tools_are_decoded():
    assert _names([("客户.csv", b""), ("商机.csv", b"")]) == ["客户.csv", "商机.csv"]
    assert _names([("客户.csv".encode("gbk"), b""), ("数据/商机.csv".encode("gbk"), b"")]) == ["客户.csv", "数据/商机.csv"]
    assert _names([("客户.csv".encode(), b"")]) == ["客户.csv"]
    assert _names([("Café.csv".encode("cp437"), b"")]) == ["Café.csv"]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\Ada\\a.csv", "Users/Ada/a.csv"),
        ("C:D:a.csv", "a.csv"),
        ("a/./..//b.csv", "a/b.csv"),
        (". ./.. /a.csv", "a.csv"),
        ("a\u202evsc.csv", "avsc.csv"),
        ("a\nb\tc.csv", "abc.csv"),
        ("..", "member 1"),
        (" a.csv ", "a.csv"),
        ("长" * 100 + ".csv", "长" * 58 + ".csv"),
        ("a/" * 20 + "b.csv", "a/" * 7 + "b.csv"),
    ],
)
def test_a_name_is_only_a_label_and_never_a_way_to_another_place(name, label):
    assert _names([(name, b"Id\n")]) == [label]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_equal_names_are_told_apart_so_that_patterns_still_match():
    names = ["Account.csv", "Account.csv", "account.csv", "Account (2).csv", "../Account.csv", "x/note", "x/note"]
    assert _names([(name, b"") for name in names]) == [
        "Account.csv",
        "Account (2).csv",
        "account (3).csv",
        "Account (2) (2).csv",
        "Account (4).csv",
        "x/note",
        "x/note (2)",
    ]


def test_a_zip_within_a_zip_is_listed_and_not_opened():
    inner = _packed([("a.csv", b"Id\n")])
    data = _packed([("inner.zip", inner)])
    assert [member.name for member in list_members(data, NAME, LIMITS)] == ["inner.zip"]
    assert read_member(data, 0, LIMITS) == inner


def test_a_member_packed_too_tightly_is_refused_unread():
    data = _packed([("a.csv", b"0" * (4 << 20))])
    for action in (lambda: list_members(data, NAME, LIMITS), lambda: read_member(data, 0, LIMITS)):
        code, message = _refused(action)
        assert (code, "4,194,304 bytes packed into" in message) == ("zip_bomb", True)
    assert list_members(data, NAME, Limits(max_bytes=8 << 20, max_ratio=2000))[0].size_bytes == 4 << 20


def test_too_many_or_too_large_members_are_refused():
    code, message = _refused(lambda: list_members(_packed([(f"{n}.csv", b"") for n in range(21)]), NAME, LIMITS))
    assert (code, "21 files, more than 20" in message, NAME in message) == ("zip_bomb", True, True)
    halves = _packed([("a.bin", bytes(5 << 20)), ("b.bin", bytes(5 << 20))], zipfile.ZIP_STORED)
    code, message = _refused(lambda: list_members(halves, NAME, LIMITS))
    assert (code, "would unpack to 10,485,760 bytes" in message) == ("zip_bomb", True)
    long_names = _packed([("n" * 3000 + str(n), b"") for n in range(20)])
    assert _refused(lambda: list_members(long_names, NAME, LIMITS))[0] == "zip_bomb"


def test_members_that_share_their_bytes_are_refused():
    data = _packed([("a.csv", b"Id\n1\n"), ("b.csv", b"Id\n1\n")])
    code, message = _refused(lambda: list_members(_changed_directory(data, 42, "<L", 0, entry=1), NAME, LIMITS))
    assert (code, "overlap" in message) == ("zip_bomb", True)


@pytest.mark.parametrize(("place", "form", "value"), [(42, "<L", 3), (20, "<L", 1000)])
def test_a_directory_that_points_nowhere_is_refused(place, form, value):
    data = _changed_directory(_packed([("a.csv", b"Id\n1\n")]), place, form, value)
    assert _refused(lambda: list_members(data, NAME, LIMITS))[0] == "broken_zip"


@pytest.mark.parametrize(("place", "value"), [(8, 0x1), (10, 99)])
def test_a_locked_zip_is_refused(place, value):
    data = _changed_directory(_packed([("a.csv", b"Id\n1\n")]), place, "<H", value)
    for action in (lambda: list_members(data, NAME, LIMITS), lambda: read_member(data, 0, LIMITS)):
        code, message = _refused(action)
        assert (code, "password" in message) == ("encrypted", True)


def test_a_method_of_packing_that_is_not_known_is_refused():
    data = _changed_directory(_packed([("a.csv", b"Id\n1\n")]), 10, "<H", 9)
    code, message = _refused(lambda: list_members(data, NAME, LIMITS))
    assert (code, "deflate64" in message) == ("broken_zip", True)


def test_a_member_that_lies_about_its_size_is_refused():
    data = _packed([("a.csv", b"Id\n1\n2\n3\n")])
    for size in (4, 100):
        assert _refused(lambda size=size: read_member(_changed_directory(data, 24, "<L", size), 0, LIMITS))[0] == "broken_zip"


def test_a_member_with_a_wrong_checksum_is_refused():
    data = _packed([("a.csv", b"Id\n1\n2\n3\n")], zipfile.ZIP_STORED)
    code, message = _refused(lambda: read_member(data.replace(b"1\n2", b"1\n9"), 0, LIMITS, name=NAME))
    assert (code, "member 1 cannot be unpacked" in message, NAME in message) == ("broken_zip", True, True)


@pytest.mark.parametrize("data", [b"", b"Id\n1\n", b"PK\x03\x04 and no more", _packed([("a.csv", b"Id\n" * 100)])[:-30]])
def test_what_is_no_whole_zip_is_refused(data):
    assert _refused(lambda: list_members(data, NAME, LIMITS))[0] == "broken_zip"


def test_workbooks_and_documents_are_zips_but_not_zips_of_files():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        workbook.add_worksheet().write("A1", "Id")
    archive = _packed([("a.csv", b"")])
    assert (zip_kind(out.getvalue()), is_zip(out.getvalue(), "a.zip")) == ("workbook", False)
    assert (zip_kind(archive), is_zip(archive, "a.xlsx")) == ("zip", True)
    assert zip_kind(_packed([("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", b"")])) == "workbook"
    assert zip_kind(_packed([("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"")])) == "document"
    assert zip_kind(_packed([("word/document.xml", b"")])) == "document"
    assert (zip_kind(b"Id,Name\n"), is_zip(b"Id,Name\n", "a.zip")) == (None, False)


def test_a_broken_zip_goes_by_its_name():
    assert zip_kind(b"PK\x03\x04") == "broken"
    assert is_zip(b"PK\x03\x04", "a.zip")
    assert not is_zip(b"PK\x03\x04", "a.XLSX")


@given(noise=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=6), cut=st.integers(0, 20))
@settings(max_examples=200, deadline=None)
def test_a_damaged_zip_is_read_or_refused_but_never_trips(noise, cut):
    data = bytearray(_packed([("a.csv", b"Id\n1\n" * 9), ("客户.csv", b"Id\n2\n")]))
    for place, value in noise:
        data[place % len(data)] = value
    damaged = bytes(data[: len(data) - cut])
    try:
        for member in list_members(damaged, NAME, LIMITS):
            assert len(read_member(damaged, member.index, LIMITS)) == member.size_bytes
    except FileRefused as refused:
        assert refused.code in ("broken_zip", "zip_bomb", "encrypted")
