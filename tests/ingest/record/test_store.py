"""The record on disk: nothing that was written can be changed without being found, and no death of the program loses or doubles a night."""

import hashlib
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import RecordBroken
from ingest.record import files as files_module
from ingest.record.chain import NOTHING_BEFORE, row_texts
from ingest.record.store import RecordStore
from ingest.record_tables import EVENT_COLUMNS
from ingest.tables import TABLES

EVENTS = TABLES["record.ownership_events"]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 6, day) for day in (1, 2, 3, 4))


def event(name: str, **more: object) -> dict:
    row = {
        "event_id": name,
        "kind": "change",
        "customer_id": "C1",
        "role": "owner",
        "to_id": "ann",
        "happened_on": MONDAY,
        "happened_at": datetime(2026, 6, 1, 8, 30, tzinfo=UTC).replace(tzinfo=None),
        "known_on": MONDAY,
        "known_at": datetime(2026, 6, 2, tzinfo=UTC).replace(tzinfo=None),
        "recorded_on": MONDAY,
        "cause": "first_observed",
        "rules_version": "v",
        "source": "crm",
        "record_id": "7",
        "evidence_file_sha256": "f" * 64,
        "evidence_row": 3,
    }
    return row | more


def events(*rows: dict) -> pa.Table:
    schema = pa.schema([EVENTS.arrow_schema.field(column.name) for column in EVENT_COLUMNS])
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


WRITTEN = pa.schema([("customer_id", pa.string()), ("city", pa.string()), ("level", pa.int64())])


def cities(*rows: tuple[str, str | None, int | None]) -> pa.Table:
    """Rows of a journal."""
    return pa.Table.from_pylist([dict(zip(WRITTEN.names, row, strict=True)) for row in rows], schema=WRITTEN)


def filled(root) -> RecordStore:
    """A record of three nights: two events, none, one; and of journals two and one rows, one, none."""
    record = RecordStore(root)
    two = events(event("a"), event("b", customer_id="C2", to_id=None, record_id="客户｜1"))
    record.add_night(MONDAY, "v1", two, {"regions": cities(("C2", "CN", 1)), "cities": cities(("C1", "杭州", 2), ("C2", None, None))})
    record.add_night(TUESDAY, "v1", events(), {"cities": cities(("C1", "苏州", 2)), "regions": cities()})
    record.add_night(WEDNESDAY, "v2", events(event("c", kind="withdrawal", withdrawn_event_id="a")), {"cities": cities()})
    return record


@pytest.fixture
def store(tmp_path):
    return filled(tmp_path / "record")


def places(store: RecordStore) -> list[str]:
    return [broken.place for broken in store.check()]


def test_an_empty_record_has_no_nights_and_nothing_wrong(tmp_path):
    record = RecordStore(tmp_path / "record")
    assert (record.nights(), record.head().rows, record.head().seal, places(record)) == ([], 0, NOTHING_BEFORE, [])
    assert not (tmp_path / "record").exists()


def test_nights_are_numbered_and_events_are_placed_and_linked(store):
    nights = store.nights()
    assert [(n["night"], n["recorded_on"], n["first_sequence"], n["row_count"], n["file_name"]) for n in nights] == [
        (1, MONDAY, 1, 2, "000001_2026-06-01.parquet"),
        (2, TUESDAY, 3, 0, None),
        (3, WEDNESDAY, 3, 1, "000003_2026-06-03.parquet"),
    ]
    rows = [row for night in nights for row in store.events(night).to_pylist()]
    assert [(row["sequence"], row["night"], row["event_id"]) for row in rows] == [(1, 1, "a"), (2, 1, "b"), (3, 3, "c")]
    assert [row["previous_hash"] for row in rows] == [NOTHING_BEFORE, rows[0]["row_hash"], rows[1]["row_hash"]]
    assert store.head().last_hash == rows[2]["row_hash"]
    assert places(store) == []


def test_a_hash_can_be_worked_out_by_hand(store):
    first = store.events(store.nights()[0]).to_pylist()[0]
    values = ["1", "1", "a", "change", None, "C1", "owner", None, "ann", "2026-06-01", "2026-06-01 08:30:00.000000", "2026-06-01"]
    values += ["2026-06-02 00:00:00.000000", "2026-06-01", "first_observed", None, None, "v", None, "crm", "7", "f" * 64, "3"]
    text = "".join("-" if value is None else f"{len(value)}:{value}" for value in values)
    assert first["row_hash"] == hashlib.sha256(f"{NOTHING_BEFORE}\n{text}".encode()).hexdigest()


def test_lengths_are_counted_in_bytes_of_utf_8(store):
    second = store.events(store.nights()[0]).slice(1)
    assert row_texts(second, EVENT_COLUMNS)[0].endswith("10:客户｜164:" + "f" * 64 + "1:3")


def test_a_day_before_the_last_one_is_not_recorded(store):
    with pytest.raises(RecordBroken, match="2026-06-02 cannot be recorded, since 2026-06-03 was recorded already"):
        store.add_night(TUESDAY, "v1", events(event("d")))
    assert len(store.nights()) == 3


def test_a_day_may_be_recorded_twice(store):
    store.add_night(WEDNESDAY, "v2", events(event("d")))
    assert [night["night"] for night in store.nights()] == [1, 2, 3, 4]
    assert places(store) == []


def test_the_same_nights_are_the_same_bytes(store, tmp_path):
    other = filled(tmp_path / "other")
    files = sorted(path.relative_to(store.root) for path in store.root.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(other.root) for path in other.root.rglob("*") if path.is_file())
    assert all((store.root / file).read_bytes() == (other.root / file).read_bytes() for file in files)


def test_every_changed_byte_is_found_and_its_place_named(store):
    files = sorted(path for path in store.root.rglob("*") if path.is_file())
    assert [path.relative_to(store.root).as_posix() for path in files] == [
        "cities/000001_2026-06-01.parquet",
        "cities/000002_2026-06-02.parquet",
        "ownership/000001_2026-06-01.parquet",
        "ownership/000003_2026-06-03.parquet",
        "regions/000001_2026-06-01.parquet",
        "seals.csv",
    ]
    for path in files:
        content = path.read_bytes()
        step = 3 if path.name == "seals.csv" else 61  # no divisor of a line: every column is met
        for place in range(0, len(content), step):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            found = places(store)
            assert found, (path.name, place)
            assert found[0].startswith(f"record/{path.relative_to(store.root).as_posix()}"), (path.name, place, found)
        path.write_bytes(content)
    assert places(store) == []


@settings(max_examples=25)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_found(tmp_path_factory, place, bit):
    record = RecordStore(tmp_path_factory.mktemp("bits") / "record")
    record.add_night(MONDAY, "v1", events(event("a"), event("b")), {"cities": cities(("C1", "杭州", 2))})
    bytes_of = [(path, at) for path in sorted(record.root.rglob("*.*")) for at in range(path.stat().st_size)]
    path, at = bytes_of[int(place * len(bytes_of))]
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << bit
    path.write_bytes(bytes(content))
    assert places(record)


def rewritten(store: RecordStore, number: int, **change: object) -> None:
    """Another content of a night's first event, in a file that can be read."""
    night = store.nights()[number]
    rows = store.events(night).to_pylist()
    rows[0] |= change
    pq.write_table(pa.Table.from_pylist(rows, schema=EVENTS.arrow_schema), store.root / "ownership" / night["file_name"])


def test_an_altered_event_is_named(store):
    rewritten(store, 0, to_id="bob")
    (broken,) = store.check()
    assert broken.place == "record/ownership/000001_2026-06-01.parquet, event 1 (a, customer C1)"
    assert broken.reason == "what it says does not give its hash"
    with pytest.raises(RecordBroken, match=r"000001_2026-06-01\.parquet: its content does not give the hash in seals\.csv"):
        store.events(store.nights()[0])


def test_an_event_that_was_hashed_again_no_longer_links_up(store):
    night = store.nights()[0]
    rows = store.events(night).to_pylist()
    rows[0]["to_id"] = "bob"
    table = pa.Table.from_pylist(rows, schema=EVENTS.arrow_schema)
    rows[0]["row_hash"] = hashlib.sha256(f"{NOTHING_BEFORE}\n{row_texts(table, EVENT_COLUMNS)[0]}".encode()).hexdigest()
    pq.write_table(pa.Table.from_pylist(rows, schema=EVENTS.arrow_schema), store.root / "ownership" / night["file_name"])
    (broken,) = store.check()
    assert broken.place.endswith("event 2 (b, customer C2)")
    assert broken.reason == "it does not link to the hash of the event before"


def test_a_missing_file_and_a_file_nobody_knows_are_named(store):
    first = store.root / "ownership" / "000001_2026-06-01.parquet"
    first.rename(first.with_name("000009_2026-06-01.parquet"))
    found = list(store.check())
    assert [broken.place for broken in found] == [
        "record/ownership/000001_2026-06-01.parquet",
        "record/ownership/000009_2026-06-01.parquet",
    ]
    assert [broken.reason for broken in found] == [
        "the file of 2026-06-01 with 2 events is missing",
        "no line of seals.csv knows this file",
    ]


def test_a_journal_is_read_back_night_by_night_and_a_night_of_a_journal_alone_is_a_night(store):
    monday, tuesday, wednesday = store.nights()
    assert store.journal(monday, "cities", WRITTEN).equals(cities(("C1", "杭州", 2), ("C2", None, None)))
    assert store.journal(tuesday, "cities", WRITTEN).equals(cities(("C1", "苏州", 2)))
    assert store.journal(wednesday, "cities", WRITTEN).equals(cities())
    assert store.journal(tuesday, "regions", WRITTEN).num_rows == 0
    sha = hashlib.sha256((store.root / "cities" / "000002_2026-06-02.parquet").read_bytes()).hexdigest()
    assert (tuesday["row_count"], tuesday["journals"]) == (0, f"cities 1 {sha}")
    assert [part for part in monday["journals"].split() if len(part) < 64] == ["cities", "2", "regions", "1"]
    assert wednesday["journals"] is None


def test_a_journal_s_file_that_is_missing_altered_or_nobody_s_is_named(store):
    path = store.root / "cities" / "000002_2026-06-02.parquet"
    content = path.read_bytes()
    pq.write_table(cities(("C1", "无锡", 2)), path)
    assert [(broken.place, broken.reason) for broken in store.check()] == [
        ("record/cities/000002_2026-06-02.parquet", "its content does not give the hash in seals.csv")
    ]
    with pytest.raises(RecordBroken, match=r"record/cities/000002_2026-06-02\.parquet: its content"):
        store.journal(store.nights()[1], "cities", WRITTEN)
    path.rename(path.with_name("000009_2026-06-02.parquet"))
    assert [(broken.place, broken.reason) for broken in store.check()] == [
        ("record/cities/000002_2026-06-02.parquet", "the file of 2026-06-02 with 1 rows is missing"),
        ("record/cities/000009_2026-06-02.parquet", "no line of seals.csv knows this file"),
    ]
    path.with_name("000009_2026-06-02.parquet").unlink()
    path.write_bytes(content)
    (store.root / "other").mkdir()
    (store.root / "other" / "000001_2026-06-01.parquet").write_bytes(content)
    assert places(store) == ["record/other/000001_2026-06-01.parquet"]


def test_a_line_whose_journals_cannot_be_read_does_not_hold(store):
    path = store.root / "seals.csv"
    path.write_text(path.read_text().replace("cities 1 ", "cities "))
    assert places(store)[0] == "record/seals.csv, line 3"


def test_a_list_of_seals_that_lost_a_line_or_itself_is_found(store):
    path = store.root / "seals.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:2] + lines[3:]))
    assert places(store)[0] == "record/seals.csv, line 3"
    path.write_text("".join(lines[:-1]))  # the last line alone can be the night of a refresh that died; its file says which
    assert places(store) == []
    path.unlink()
    assert places(store)[0] == "record/seals.csv"
    with pytest.raises(RecordBroken, match="Put record/ back from a backup"):
        store.nights()


@pytest.mark.parametrize("dies_at", range(8))
def test_a_night_that_dies_on_the_way_counts_for_nothing_and_is_recorded_by_the_next(store, monkeypatch, dies_at):
    calls = iter(range(100))

    class Died(BaseException):
        pass

    def fsync(_handle):
        if next(calls) == dies_at:
            raise Died

    monkeypatch.setattr(files_module.os, "fsync", fsync)
    both = {"regions": cities(("C2", "CN", 3)), "cities": cities(("C3", "上海", 1))}
    with pytest.raises(Died):
        store.add_night(WEDNESDAY, "v2", events(event("d")), both)
    monkeypatch.undo()
    assert places(store) == []
    is_there = len(store.nights()) == 4
    assert is_there == (dies_at == 7)  # the list of seals was in place, only its folder was not flushed
    if not is_there:
        store.add_night(THURSDAY, "v2", events(event("d")), {"cities": both["cities"]})
    last = store.nights()[3]
    assert [row["event_id"] for row in store.events(last).to_pylist()] == ["d"]
    assert store.journal(last, "cities", WRITTEN).equals(both["cities"])
    assert store.journal(last, "regions", WRITTEN).num_rows == is_there
    assert places(store) == []
    store.add_night(THURSDAY, "v2", events(event("e")))  # what the dead one had left is not in the way of any later night
    assert places(store) == []
