"""landing/archive_index.py: the archive alone gives back what the warehouse and landing/ held."""

import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.entities import ENTITIES
from ingest.landing.archive_index import index_path
from ingest.landing.land import land

ONE, TWO, THREE = (f"crm/2026-11-{day}/customers.csv" for day in (18, 19, 20))
TABLES_OF_LANDING = [f"raw.{name}" for name in ("files", "batches", "quarantine", "drift", *ENTITIES)]
FIRST_NIGHT = datetime(2026, 11, 21, 1, 0, 7, 5, tzinfo=UTC)


def export(ids, name="n"):
    return "Id,Name\n" + "".join(f"{i},{name}\n" for i in ids)


def refresh(home, source, night=0):
    """A landing on a night of its own, so that files are first seen at different times."""
    return land(home.home, home.warehouse, {"crm": source}, seen_at=FIRST_NIGHT + timedelta(days=night), max_file_bytes=1 << 20)


def tables(home):
    with home.warehouse.opened():
        return {name: home.warehouse.read(name).to_pylist() for name in TABLES_OF_LANDING}


def empty_landing(home):
    shutil.rmtree(home.home.landing)
    home.home.landing.mkdir()


def lose_warehouse(home):
    home.home.warehouse_path.unlink()


def from_archive_alone(home, source, night=50):
    """The tables when landing/ was emptied, and when the warehouse was lost as well: they should be the same."""
    empty_landing(home)
    refresh(home, source, night)
    kept = tables(home)
    lose_warehouse(home)
    refresh(home, source, night + 1)
    return kept, tables(home)


def lines(home):
    return index_path(home.home).read_bytes().splitlines(keepends=True)


def zipped(**files):
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv", (2026, 11, 20, 0, 0, 0)), text)
    return data.getvalue()


@pytest.fixture(scope="session")
def source(make_source):
    return make_source()


def test_everything_is_loaded_again_from_the_archive_alone(home, source):
    home.put(ONE, export(range(40)))
    home.put("crm/2026-11-18/customers (1).csv", export(range(40)))
    refresh(home, source)
    home.put(TWO, export(range(10)))  # held
    home.put(THREE, "Id,Title\n1,a\n")  # refused
    home.put("crm/2026-11-20/notes.txt", "x")  # nobody reads it
    home.put("crm/2026-11-17/customers.zip", zipped(customers=export(range(39)), other="x"))
    refresh(home, source, 1)
    before = tables(home)
    kept, again = from_archive_alone(home, source)
    assert again == kept
    assert again["raw.customers"] == before["raw.customers"] != []
    first_seen = {row["path"]: row["first_seen_at"].day for row in again["raw.files"]}
    assert (first_seen[ONE], first_seen[TWO], first_seen["crm/2026-11-17/customers.zip/customers.csv"]) == (21, 22, 22)
    assert {row["state"] for row in again["raw.files"]} == {"loaded", "held", "superseded"}


def test_a_warehouse_that_was_lost_while_landing_is_whole_is_as_before(home, source):
    home.put(ONE, export(range(40)))
    refresh(home, source)
    home.put(TWO, "Id,Title\n1,a\n")
    refresh(home, source, 1)
    before = tables(home)
    lose_warehouse(home)
    result = refresh(home, source, 9)
    assert (tables(home), result.new_file_count) == (before, 0)


def test_a_file_that_moved_stays_where_it_was_moved_to(home, source):
    file = home.put(ONE, export(range(3)))
    refresh(home, source)
    (home.home.landing / TWO).parent.mkdir(parents=True)
    file.rename(home.home.landing / TWO)
    refresh(home, source, 1)
    kept, again = from_archive_alone(home, source)
    assert again == kept
    assert {(row["path"], row["state"], row["reason_code"]) for row in again["raw.files"]} == {
        (ONE, "superseded", "moved"),
        (TWO, "loaded", None),
    }
    assert {str(row["as_of_date"]) for row in again["raw.customers"]} == {"2026-11-19"}


def test_of_contents_written_over_one_another_the_last_counts_again(home, source):
    for night, name in enumerate(("first", "second", "first", "third")):
        home.put(ONE, export(range(3), name))
        refresh(home, source, night)
    kept, again = from_archive_alone(home, source)
    assert again == kept
    assert {row["name"] for row in again["raw.customers"]} == {"third"}


def test_what_was_refused_and_taken_away_or_replaced_does_not_come_back(home, source):
    home.put(ONE, "Id,Title\n1,a\n")
    home.put(TWO, "Id,Title\n2,a\n")
    refresh(home, source)
    home.remove(ONE)
    home.put(TWO, export([1]))
    refresh(home, source, 1)
    kept, again = from_archive_alone(home, source)
    assert again == kept
    assert sorted(row["reason_code"] or "" for row in again["raw.files"]) == ["", "replaced", "taken_away"]


def test_a_home_from_before_gets_its_index_from_the_ledger(home, source):
    home.put(ONE, export(range(3)))
    refresh(home, source)
    index_path(home.home).unlink()
    empty_landing(home)
    refresh(home, source, 1)
    kept, again = from_archive_alone(home, source)
    assert again == kept
    assert again["raw.files"][0]["first_seen_at"] == FIRST_NIGHT.replace(tzinfo=None)


def test_a_landing_without_news_adds_no_line(home, source):
    refresh(home, source)
    assert not home.home.archive.exists()
    home.put(ONE, export(range(3)))
    refresh(home, source)
    before = lines(home)
    assert len(before) == 2  # when it was archived, and when it was loaded
    refresh(home, source, 1)
    assert lines(home) == before


def test_lines_are_only_added(home, source):
    home.put(ONE, export(range(3)))
    refresh(home, source)
    before = lines(home)
    home.put(ONE, export(range(4)))
    refresh(home, source, 1)
    assert lines(home)[: len(before)] == before


@pytest.mark.parametrize("cut", [2, 40])
def test_a_last_line_that_a_crash_tore_is_written_again(home, source, cut):
    home.put(ONE, export(range(3)))
    home.put(TWO, export(range(3), "海尔"))
    refresh(home, source)
    whole = index_path(home.home).read_bytes()
    index_path(home.home).write_bytes(whole[:-cut])
    said = refresh(home, source, 1).messages
    assert index_path(home.home).read_bytes() == whole
    assert said == ["The last line of archive/index.jsonl was torn by a crash and is written again."]
    kept, again = from_archive_alone(home, source)
    assert again == kept


def test_a_last_line_that_lacks_only_its_end_counts_and_the_next_begins_below_it(home, source):
    home.put(ONE, export(range(3)))
    refresh(home, source)
    whole = index_path(home.home).read_bytes()
    index_path(home.home).write_bytes(whole[:-1])
    home.put(TWO, export(range(3)))
    assert refresh(home, source, 1).messages == []
    assert index_path(home.home).read_bytes().startswith(whole)
    kept, again = from_archive_alone(home, source)
    assert again == kept


def test_a_crash_of_which_the_warehouse_knows_nothing_loses_the_torn_line_at_most(home, source):
    home.put(ONE, export(range(3)))
    home.put(TWO, export(range(3)))
    refresh(home, source)
    index_path(home.home).write_bytes(index_path(home.home).read_bytes()[:-5])
    lose_warehouse(home)
    empty_landing(home)
    refresh(home, source, 1)  # of TWO the line before the torn one counts: archived, and not known to be loaded
    assert {(row["path"], row["state"]) for row in tables(home)["raw.files"]} == {(ONE, "loaded"), (TWO, "superseded")}


@pytest.mark.parametrize("line", [b"{}\n", b"[1]\n", b"Acme\n", b'{"path": "x"}\n', b"\xff\xfe\n", b'{"path": 1, "as_of_date": "soon"}\n'])
def test_a_line_that_cannot_be_read_is_passed_over_and_named(home, source, line):
    home.put(ONE, export(range(3)))
    refresh(home, source)
    whole = index_path(home.home).read_bytes()
    index_path(home.home).write_bytes(line + whole)
    lose_warehouse(home)
    empty_landing(home)
    result = refresh(home, source, 1)
    assert result.rows_loaded == 3
    assert result.messages[0].startswith("archive/index.jsonl line 1 cannot be read and is passed over.")
    assert index_path(home.home).read_bytes().startswith(line + whole)


def test_a_warehouse_from_a_backup_learns_what_came_and_moved_since(home, source, tmp_path):
    file = home.put(ONE, export(range(3)))
    refresh(home, source)
    shutil.copyfile(home.home.warehouse_path, tmp_path / "backup")
    (home.home.landing / TWO).parent.mkdir(parents=True)
    file.rename(home.home.landing / TWO)
    home.put(THREE, export(range(3), "later"))
    refresh(home, source, 1)
    empty_landing(home)
    refresh(home, source, 2)
    wanted = tables(home)
    shutil.copyfile(tmp_path / "backup", home.home.warehouse_path)
    refresh(home, source, 3)
    assert tables(home) == wanted


def test_an_index_from_a_backup_does_not_undo_what_the_warehouse_knows(home, source):
    file = home.put(ONE, export(range(3)))
    refresh(home, source)
    old = index_path(home.home).read_bytes()
    (home.home.landing / TWO).parent.mkdir(parents=True)
    file.rename(home.home.landing / TWO)
    refresh(home, source, 1)
    empty_landing(home)
    refresh(home, source, 2)
    wanted = tables(home)
    index_path(home.home).write_bytes(old)
    refresh(home, source, 3)
    assert tables(home) == wanted
    lose_warehouse(home)
    refresh(home, source, 4)
    assert tables(home) == wanted


# Any history of a folder.

PATHS = (ONE, TWO, THREE, "crm/2026-11-19/customers (1).csv", "crm/2026-11-19/customers.zip")
CONTENTS = (export(range(9)), export(range(8), "b"), export(range(2)), "Id,Title\n1,a\n", "")
STEP = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(PATHS), st.sampled_from(CONTENTS)),
    st.tuples(st.just("move"), st.sampled_from(PATHS), st.sampled_from(PATHS[:-1])),
    st.tuples(st.just("remove"), st.sampled_from(PATHS), st.none()),
    st.tuples(st.just("land"), st.none(), st.none()),
)


def take(home, step):
    """Do to landing/ what a step says, where it can be done."""
    what, path, other = step
    here = home.home.landing / path
    if what == "put":
        home.put(path, zipped(customers=other) if path.endswith(".zip") else other)
    elif here.is_file() and what == "remove":
        here.unlink()
    elif here.is_file() and not path.endswith(".zip"):
        target = home.home.landing / other
        target.parent.mkdir(parents=True, exist_ok=True)
        here.replace(target)


@settings(max_examples=20)
@given(steps=st.lists(STEP, min_size=2, max_size=12))
def test_whatever_was_done_to_landing_the_archive_alone_gives_what_the_ledger_knew(steps, new_home, source):
    home = new_home()
    for night, step in enumerate(steps):
        if step[0] == "land":
            refresh(home, source, night)
        else:
            take(home, step)
    refresh(home, source, len(steps))
    kept, again = from_archive_alone(home, source)
    assert again == kept
