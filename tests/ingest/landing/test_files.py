import hashlib
import os
from datetime import UTC, date, datetime

import pytest

from ingest.landing.files import archive_file, archived_path, export_of, find_files, list_files, sha256_of


def put(folder, path, content=b"x"):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def paths(landing):
    return [path for path, _, _ in list_files(landing)]


def test_files_are_listed_in_path_order_with_size_and_time(tmp_path):
    for path in ("b/2026-01-01/x.csv", "a/2026-01-02/x.csv", "a/2026-01-01/sub/y.csv"):
        put(tmp_path, path, b"12345")
    found = list_files(tmp_path)
    assert [path for path, _, _ in found] == ["a/2026-01-01/sub/y.csv", "a/2026-01-02/x.csv", "b/2026-01-01/x.csv"]
    assert {size for _, size, _ in found} == {5}
    assert found[2][2] == (tmp_path / "b/2026-01-01/x.csv").stat().st_mtime_ns


def test_a_landing_folder_that_is_not_there_holds_no_files(tmp_path):
    assert list_files(tmp_path / "landing") == []


@pytest.mark.parametrize("name", ["x.csv.part", "x.TMP", "x.csv.crdownload", "x.filepart", ".x.csv", "~$x.xlsx", ".hidden/x.csv"])
def test_half_uploaded_files_and_leftovers_are_passed_over(tmp_path, name):
    put(tmp_path, f"crm/2026-01-01/{name}")
    assert paths(tmp_path) == []


def test_the_readme_that_a_new_home_holds_is_no_export(tmp_path):
    put(tmp_path, "README.md")
    put(tmp_path, "crm/2026-01-01/README.md")
    assert paths(tmp_path) == ["crm/2026-01-01/README.md"]


def test_links_are_passed_over_since_they_may_lead_out_of_the_home(tmp_path):
    secret = put(tmp_path, "elsewhere/secret.csv")
    landing = tmp_path / "landing"
    put(landing, "crm/2026-01-01/x.csv")
    (landing / "crm/2026-01-01/link.csv").symlink_to(secret)
    (landing / "crm/2026-01-01/broken.csv").symlink_to(tmp_path / "nothing")
    (landing / "crm/2026-01-02").symlink_to(secret.parent, target_is_directory=True)
    os.mkfifo(landing / "crm/2026-01-01/pipe.csv")
    assert paths(landing) == ["crm/2026-01-01/x.csv"]


@pytest.mark.parametrize(
    ("path", "source", "day", "name"),
    [
        ("crm/2026-01-31/x.csv", "crm", date(2026, 1, 31), "x.csv"),
        ("crm/2026-01-31/sub/x.csv", "crm", date(2026, 1, 31), "sub/x.csv"),
        ("crm/2026-02-31/x.csv", "crm", None, "x.csv"),
        ("crm/20260131/x.csv", "crm", None, "x.csv"),
        ("crm/2026-W05-6/x.csv", "crm", None, "x.csv"),
        ("crm/monday/x.csv", "crm", None, "x.csv"),
        ("crm/2026-01-31", "crm", None, "2026-01-31"),
        ("x.csv", "x.csv", None, "x.csv"),
    ],
)
def test_a_path_says_source_and_day_in_one_spelling_only(tmp_path, path, source, day, name):
    put(tmp_path, path)
    (found,) = find_files(tmp_path, {})
    assert (found.path, found.source, found.as_of_date, found.name) == (path, source, day, name)


def test_a_file_of_known_size_and_time_is_not_hashed_again(tmp_path):
    put(tmp_path, "crm/2026-01-01/x.csv", b"new")
    known = {list_files(tmp_path)[0]: "hashed before"}
    assert find_files(tmp_path, known)[0].sha256 == "hashed before"
    assert find_files(tmp_path, {})[0].sha256 == hashlib.sha256(b"new").hexdigest()


def test_a_name_that_is_not_utf8_is_passed_over_with_a_sentence(tmp_path):
    put(tmp_path, "crm/2026-01-01/x.csv")
    folder = os.fsencode(tmp_path / "crm" / "2026-01-01")
    with open(folder + b"/" + "客户.csv".encode("gbk"), "wb") as stream:  # noqa: PTH123 - a Path cannot hold the name's bytes as well
        stream.write(b"x")
    messages = []
    assert [file.name for file in find_files(tmp_path, {}, messages)] == ["x.csv"]
    assert paths(tmp_path) == ["crm/2026-01-01/x.csv"]
    (message,) = messages
    assert message.startswith("crm/2026-01-01/")
    assert "the file's name is not UTF-8" in message


def test_a_file_that_may_not_be_read_is_passed_over_with_a_sentence(tmp_path, monkeypatch):
    put(tmp_path, "crm/2026-01-01/a.csv")
    put(tmp_path, "crm/2026-01-01/b.csv")

    def refuse(path):
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return sha256_of(path)

    monkeypatch.setattr("ingest.landing.files.sha256_of", refuse)  # tests may run as root, whom no file is closed to
    messages = []
    assert [file.name for file in find_files(tmp_path, {}, messages)] == ["b.csv"]
    assert messages == ["crm/2026-01-01/a.csv cannot be read: Permission denied. Give this program's user the right to read it."]


def test_the_archive_holds_a_content_under_its_hash_and_read_only(tmp_path):
    file = put(tmp_path, "x.csv", b"content")
    digest = sha256_of(file)
    assert archive_file(file, digest, tmp_path / "archive")
    kept = archived_path(tmp_path / "archive", digest)
    assert (kept.name, kept.parent.name, kept.read_bytes()) == (digest, digest[:2], b"content")
    assert kept.stat().st_mode & 0o777 == 0o444
    assert archive_file(file, digest, tmp_path / "archive")
    assert [path.name for path in kept.parent.iterdir()] == [digest]


def test_a_file_that_changes_while_it_is_archived_is_not_kept(tmp_path):
    file = put(tmp_path, "x.csv", b"first half")
    digest = sha256_of(file)
    file.write_bytes(b"first half and second half")
    assert not archive_file(file, digest, tmp_path / "archive")
    assert [path for path in (tmp_path / "archive").rglob("*") if path.is_file()] == []


def test_the_archive_gets_over_a_copy_that_was_ended_half_way(tmp_path):
    file = put(tmp_path, "x.csv", b"content")
    digest = sha256_of(file)
    put(tmp_path, f"archive/{digest[:2]}/.{digest}.part", b"cont").chmod(0o444)
    assert archive_file(file, digest, tmp_path / "archive")
    assert archived_path(tmp_path / "archive", digest).read_bytes() == b"content"


@pytest.mark.parametrize(
    "name",
    [
        "Account (1).csv",
        "Account(12).csv",
        "account（2）.csv",
        "Account - Copy.csv",
        "Account - copy (3).csv",
        "Account - 副本.csv",
        "Account的副本.csv",
        "Account_copy.csv",
        "Account - Kopie.csv",
        "Account_20260630.csv",
        "Account-2026-06-30.csv",
        "Account 2026.06.30 22-15-09.csv",
        "Account_20260630T2215 (1).csv",
    ],
)
def test_copy_marks_and_time_stamps_do_not_make_another_export(name):
    assert export_of(f"crm/2026-06-30/{name}")[0] == "crm/2026-06-30/account.csv"


@pytest.mark.parametrize(
    "name", ["Account_1.csv", "Account_2.csv", "Account2.csv", "Accounts.csv", "Account.xlsx", "Account (1000).csv", "x/Account.csv"]
)
def test_whatever_else_differs_makes_another_export(name):
    assert export_of(f"crm/2026-06-30/{name}")[0] != export_of("crm/2026-06-30/Account.csv")[0]


@pytest.mark.parametrize(
    ("name", "stamp"),
    [
        ("a.csv", None),
        ("a_20260630.csv", datetime(2026, 6, 30, tzinfo=UTC)),
        ("a_20260630_2215.csv", datetime(2026, 6, 30, 22, 15, tzinfo=UTC)),
        ("a 2026-06-30T22-15-09.csv", datetime(2026, 6, 30, 22, 15, 9, tzinfo=UTC)),
        ("20260630221509_a.csv", datetime(2026, 6, 30, 22, 15, 9, tzinfo=UTC)),
        ("a_20260231.csv", None),
        ("a_20261331.csv", None),
        ("a_120260630.csv", None),
        ("a_2026063.csv", None),
        ("a_20260630_2460.csv", datetime(2026, 6, 30, tzinfo=UTC)),
        ("a_20260629_20260630.csv", datetime(2026, 6, 30, tzinfo=UTC)),
        ("WE_20260630_2215.zip/Account.csv", datetime(2026, 6, 30, 22, 15, tzinfo=UTC)),
        ("WE_20260629.zip/Account_20260630.csv", datetime(2026, 6, 30, tzinfo=UTC)),
    ],
)
def test_the_time_in_a_name_is_read_and_what_is_none_stays_part_of_it(name, stamp):
    assert export_of(f"crm/2026-06-30/{name}")[1] == stamp


def test_the_day_of_the_folder_is_no_time_of_the_export():
    assert export_of("crm/2026-06-30/a.csv") == ("crm/2026-06-30/a.csv", None)
    assert export_of("crm/2026-06-29/a.csv")[0] != export_of("crm/2026-06-30/a.csv")[0]


@pytest.mark.parametrize(
    ("name", "pattern", "is_meant"),
    [
        ("Account.csv", "account.csv", True),
        ("sub/Account.csv", "Account.csv", True),
        ("WE_1.ZIP/Data/Account.csv", "Account.csv", True),
        ("Account (1).csv", "Account.csv", True),
        ("Account_20260630_2215.csv", "Account.csv", True),
        ("Accounts.csv", "Account.csv", False),
        ("Accounts_001.csv", "Account*_???.csv", True),
        ("客户数据 - 副本.xlsx", "客户数据.xlsx", True),
        ("sub/Account.csv", "sub/*.csv", True),
        ("Account.csv", "sub/*.csv", False),
        ("other/sub/Account.csv", "sub/*.csv", False),
        ("other/sub/Account.csv", "*/sub/*.csv", True),
        ("Account.csv", "*", True),
        ("[1].csv", "[1].csv", False),
    ],
)
def test_a_pattern_without_a_slash_means_the_files_own_name_and_one_with_it_the_whole_path(landed, name, pattern, is_meant):
    assert landed(f"crm/2026-06-30/{name}").matches(["nothing", pattern]) is is_meant
