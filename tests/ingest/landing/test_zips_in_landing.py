"""ZIPs in landing/: their members are files like any other, and the ledger knows both."""

import hashlib
import io
import zipfile

import pytest

A, B = "crm/2026-11-19/WE_1.ZIP", "crm/2026-11-20/WE_1.ZIP"
CUSTOMERS, DEALS = "Id,Name\n1,Acme\n2,海尔\n", "Id,Name\n7,Deal\n"


def _zip_of(**members):
    """A ZIP of members by name (without .csv): the same bytes every time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"Data/{name}.csv"), content)
    return out.getvalue()


def sha(content):
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


@pytest.fixture
def source(make_source):
    feed = {"key": "Id", "columns": {"Name": "name"}}
    return make_source(entities={"customers": feed | {"file": "customers.csv"}, "opportunities": feed | {"file": "*/Data/deals.csv"}})


def names(home):
    return [(str(day), name) for day, name in home.rows("raw.customers", "as_of_date", "name")]


def test_members_are_files_of_their_own_and_rows_name_them_as_evidence(home, source):
    data = _zip_of(customers=CUSTOMERS, deals=DEALS)
    home.put(A, data)
    result = home.land(source)
    assert names(home) == [("2026-11-19", "Acme"), ("2026-11-19", "海尔")]
    assert home.rows("raw.opportunities", "record_id", "file_sha256", "row_number") == [("7", sha(DEALS), 1)]
    assert home.rows("raw.files", "path", "file_sha256", "container_sha256", "container_index", "encoding", "row_count", "entities") == [
        (A, sha(data), None, None, "zip", None, "customers, opportunities"),
        (f"{A}/Data/customers.csv", sha(CUSTOMERS), sha(data), 0, "utf-8", 2, "customers"),
        (f"{A}/Data/deals.csv", sha(DEALS), sha(data), 1, "utf-8", 1, "opportunities"),
    ]
    assert set(home.states().values()) == {("loaded", None)}
    assert (result.file_count, result.new_file_count, result.refused, result.messages) == (3, 1, [], [])


def test_the_archive_holds_the_zip_and_not_its_members(home, source):
    data = _zip_of(customers=CUSTOMERS)
    home.put(A, data)
    home.land(source)
    assert [path.name for path in home.home.archive.glob("*/*")] == [sha(data)]


def test_a_zip_seen_before_is_not_opened_again(home, source, monkeypatch):
    home.put(A, _zip_of(customers=CUSTOMERS))
    home.land(source)
    before = home.warehouse.read("raw.files")

    def never(*_):
        raise AssertionError("opened again")

    monkeypatch.setattr("ingest.landing.ledger.open_zip", never)
    result = home.land(source)
    assert (result.loaded, result.new_file_count, result.unchanged_count) == ([], 0, 1)
    assert home.warehouse.read("raw.files").equals(before)


def test_a_mended_mapping_reads_members_out_of_a_zip_that_was_tidied_away(home, source, make_source):
    home.put(A, _zip_of(customers=CUSTOMERS))
    home.land(source)
    home.remove(A)
    assert home.land(source).unchanged_count == 1
    renamed = make_source(entities={"customers": {"file": "customers.csv", "key": "Name", "columns": {"Id": "name"}}})
    assert home.land(renamed).loaded == ["crm/customers/2026-11-19"]
    assert home.rows("raw.customers", "record_id", "name") == [("Acme", "1"), ("海尔", "2")]
    assert set(home.states().values()) == {("loaded", None)}


def test_a_moved_zip_moves_its_members(home, source):
    home.put(A, _zip_of(customers=CUSTOMERS))
    home.land(source)
    (home.home.landing / B).parent.mkdir()
    (home.home.landing / A).rename(home.home.landing / B)
    home.land(source)
    assert {day for day, _ in names(home)} == {"2026-11-20"}
    assert home.states() == {
        A: ("superseded", "moved"),
        f"{A}/Data/customers.csv": ("superseded", "moved"),
        B: ("loaded", None),
        f"{B}/Data/customers.csv": ("loaded", None),
    }


def test_equal_zips_of_two_days_are_two_exports(home, source):
    home.put(A, _zip_of(customers=CUSTOMERS))
    home.land(source)
    home.put(B, _zip_of(customers=CUSTOMERS))
    home.land(source)
    home.remove(A)
    home.land(source)
    assert sorted(names(home)) == [(day, name) for day in ("2026-11-19", "2026-11-20") for name in ("Acme", "海尔")]


def test_a_zip_downloaded_twice_counts_once(home, source):
    copy = "crm/2026-11-19/WE_1 (1).ZIP"
    home.put(A, _zip_of(customers=CUSTOMERS))
    home.put(copy, _zip_of(customers=CUSTOMERS))
    result = home.land(source)
    assert names(home) == [("2026-11-19", "Acme"), ("2026-11-19", "海尔")]
    states = home.states()
    assert {path: state for path, (state, _) in states.items() if path.endswith("customers.csv")} == {
        f"{A}/Data/customers.csv": "loaded",
        f"{copy}/Data/customers.csv": "superseded",
    }
    assert states[copy] == ("superseded", "same_content")
    assert (result.rows_read, result.rows_loaded, result.messages) == (2, 2, [])


def test_the_same_content_under_another_name_is_read_once_for_both(home, source):
    other = "crm/2026-11-19/WE_2.ZIP"
    home.put(A, _zip_of(customers=CUSTOMERS))
    home.land(source)
    home.put(other, _zip_of(customers=CUSTOMERS))
    result = home.land(source)
    assert len(names(home)) == 2
    assert result.rows_read == result.rows_loaded + result.rows_quarantined + result.rows_left_out
    assert home.states()[f"{other}/Data/customers.csv"][0] == "loaded"


def test_two_parts_of_an_export_add_up(home, source):
    home.put(A, _zip_of(customers="Id,Name\n1,a\n"))
    home.put("crm/2026-11-19/WE_2.ZIP", _zip_of(customers="Id,Name\n2,b\n"))
    home.land(source)
    assert names(home) == [("2026-11-19", "a"), ("2026-11-19", "b")]


def test_a_broken_zip_is_refused_as_a_whole_and_blocks_nothing(home, source):
    home.put(A, _zip_of(customers=CUSTOMERS)[:-30])
    home.put(B, _zip_of(customers=CUSTOMERS))
    result = home.land(source)
    assert home.states()[A] == ("refused", "broken_zip")
    assert {day for day, _ in names(home)} == {"2026-11-20"}
    assert [message for message in result.messages if message.startswith(A)]
    assert home.quarantine()[f"{A}.reason.txt"].startswith(f"{A} is a broken or unfinished ZIP")
    home.put(A, _zip_of(customers=CUSTOMERS))
    home.land(source)
    assert home.states()[A] == ("loaded", None)
    assert home.quarantine() == {}


def test_a_broken_zip_over_one_that_was_loaded_leaves_its_rows(home, source):
    home.put(A, _zip_of(customers=CUSTOMERS))
    home.land(source)
    home.put(A, _zip_of(customers=CUSTOMERS)[:-30])
    home.land(source)
    assert len(names(home)) == 2
    assert home.states()[f"{A}/Data/customers.csv"] == ("loaded", None)


def test_a_zip_without_a_file_is_archived_and_says_so(home, source):
    home.put(A, _zip_of())
    home.land(source)
    assert home.states() == {A: ("landed", "empty_zip")}


def test_a_member_that_no_feed_reads_is_named(home, source):
    home.put(A, _zip_of(customers=CUSTOMERS, notes="x\n"))
    result = home.land(source)
    assert home.states()[f"{A}/Data/notes.csv"] == ("landed", "no_feed")
    assert [message.split(":")[0] for message in result.messages] == [f"{A}/Data/notes.csv"]


def test_a_member_that_cannot_be_read_is_refused_by_its_own_name(home, source):
    home.put(A, _zip_of(customers="", deals=DEALS))
    result = home.land(source)
    assert (result.loaded, result.refused) == (["crm/opportunities/2026-11-19"], ["crm/customers/2026-11-19"])
    assert home.states()[f"{A}/Data/customers.csv"] == ("refused", "empty_file")
    assert f"{A}/Data/customers.csv is empty" in result.refusals[0]
