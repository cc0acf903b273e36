"""resolution/recorded.py with record/journals.py: customers keep their ids when the warehouse is lost; past days are told under theirs."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.record.journals import JOURNALS
from ingest.record.nights import load_record
from ingest.record.store import EVENTS, RecordStore
from ingest.record_tables import EVENT_COLUMNS
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

OURS = tuple(journal for journal in JOURNALS if journal.name in ("memberships", "redirects", "judgements"))
USED = (*(journal.table.name for journal in OURS), "resolved.customer_records", "resolved.customer_id_redirects", "resolved.judgements")
NO_EVENTS = EVENTS.arrow_schema.empty_table().select([column.name for column in EVENT_COLUMNS])
JUDGEMENTS = "left_source,left_record_id,right_source,right_record_id,verdict,customer_id,judged_by,judged_on,reason"
LAST_FILE = [JUDGEMENTS, "b,1,c,1,withdrawn,,kim,2026-11-22,a mistake"]
A, B, C, D = (
    {"source": source, "record_id": "1", "name": name} for source, name in zip("abcd", ("Amber", "Birch", "Cedar", "Dune"), strict=True)
)
DAY = date(2026, 11, 20)


def later(days):
    return DAY + timedelta(days=days)


def record(path, store, day):
    """What a refresh writes down of a night when its checks have passed."""
    with Warehouse(path).opened() as warehouse:
        for name in USED:
            warehouse.create(name)
        load_record(warehouse, store, journals=OURS)
        noted = {journal.name: warehouse.query(journal.news).cast(journal.file_schema) for journal in OURS}
        store.add_night(day, "v", NO_EVENTS, noted)
        load_record(warehouse, store, journals=OURS)
    return {name: rows.num_rows for name, rows in noted.items()}


class Night:
    """A night after which another one comes: all that it needs is where its warehouse lies."""

    def __init__(self, path):
        self.path = path


@pytest.fixture
def lost(tmp_path):
    """A new warehouse beside a record that was kept."""

    def make(store):
        path = tmp_path / f"lost{len(list(tmp_path.iterdir()))}.duckdb"
        with Warehouse(path).opened() as warehouse:
            for name in USED:
                warehouse.create(name)
            load_record(warehouse, store, journals=OURS)
        return Night(path)

    return make


@pytest.fixture(scope="module")
def history(resolve, tmp_path_factory):
    """Four recorded nights: nobody is anybody; a, b and c are one; c is another again; what was judged first is taken out of the file."""
    store, rows = RecordStore(tmp_path_factory.mktemp("history") / "record"), [A, B, C, D]
    one = [JUDGEMENTS, "a,1,b,1,same,,kim,2026-11-21,one shop", "b,1,c,1,same,,kim,2026-11-21,one shop"]
    split = [*one, *LAST_FILE[1:]]
    nights, written = [], []
    for number, judged in enumerate(([JUDGEMENTS], one, split, LAST_FILE)):
        night = resolve(rows, before=nights[-1] if nights else None, day=later(number), judgements=judged)
        written.append(record(night.path, store, later(number)))
        nights.append(night)
    return store, nights, written


def told(night):
    """Memberships and redirects, as rows."""
    return night.customer_records.to_pylist(), night.customer_id_redirects.to_pylist()


def test_a_night_writes_down_only_what_changed(history):
    _, nights, written = history
    assert written == [
        {"memberships": 4, "redirects": 0, "judgements": 0},
        {"memberships": 4, "redirects": 2, "judgements": 2},  # two periods end, two begin
        {"memberships": 2, "redirects": 0, "judgements": 1},
        {"memberships": 0, "redirects": 0, "judgements": 0},
    ]
    assert len(nights[3].customer_records.to_pylist()) == 7


@pytest.mark.parametrize("number", [0, 1, 3])
def test_when_the_warehouse_is_lost_every_record_keeps_its_customer_its_periods_and_its_redirects(history, resolve, lost, number):
    store, nights, _ = history
    again = resolve([A, B, C, D], before=lost(store), day=later(number), judgements=LAST_FILE)
    assert told(again) == told(nights[number])
    if number == 3:  # what somebody took out of the file outlives the warehouse, too
        assert again.judgements.to_pylist() == nights[3].judgements.to_pylist()
        assert [row["is_in_file"] for row in again.judgements.to_pylist()] == [False, False, True]


def test_without_the_record_other_ids_would_have_come_out(history, resolve, ids):
    _, nights, _ = history
    assert ids(resolve([A, B, C, D], day=later(3))) != ids(nights[3])


def test_a_past_day_is_told_under_the_ids_of_that_day_and_the_present_goes_on_where_it_was(history, resolve):
    _, nights, _ = history
    past = resolve([A, B, C, D], before=nights[3], day=DAY, judgements=LAST_FILE)
    assert told(past) == told(nights[0])
    assert told(resolve([A, B, C, D], before=past, day=later(3), judgements=LAST_FILE)) == told(nights[3])


def test_a_home_whose_record_knows_nothing_of_ids_goes_on_from_its_warehouse(resolve, tmp_path, ids):
    first = resolve([A, B], judgements=[JUDGEMENTS, "a,1,b,1,same,,kim,2026-11-20,one shop"])
    second = resolve([A, B], before=first, day=later(1), judgements=[JUDGEMENTS])
    assert ids(second) == ids(first)
    assert record(second.path, RecordStore(tmp_path / "record"), later(1)) == {"memberships": 2, "redirects": 0, "judgements": 1}


PERIOD = st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.sampled_from(["C1", "C2", "C3"]), st.sampled_from([None, 2, 5]))
REDIRECT = st.tuples(st.sampled_from(["C7", "C8"]), st.sampled_from(["C1", "C2"]), st.integers(0, 1))


@settings(max_examples=3)
@given(
    nights=st.lists(
        st.tuples(
            st.lists(PERIOD, max_size=4, unique_by=lambda row: row[:2]), st.lists(REDIRECT, max_size=2, unique_by=lambda row: row[0])
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_became_of_periods_and_redirects_the_record_gives_back_what_each_night_ended_with(nights, tmp_path_factory):
    from ingest.resolution.recorded import identity_before  # noqa: PLC0415 - as conftest does

    root = tmp_path_factory.mktemp("any")
    store, path = RecordStore(root / "record"), root / "warehouse.duckdb"
    warehouse = Warehouse(path)
    expected = []
    for number, (periods, redirects) in enumerate([([("z", 9, "C9", None)], []), *nights]):
        rows = [
            {"source": source, "record_id": "1", "customer_id": customer, "match_reason": "why", "valid_from": date(2026, 1, start)}
            | {"valid_to": date(2026, 1, start + length) if length else None}
            for source, start, customer, length in sorted(periods)
        ]
        led = [
            {
                "old_customer_id": old,
                "customer_id": new,
                "cause": "merged",
                "happened_on": later(day),
                "first_customer_id": new,
                "detail": "d",
            }
            for old, new, day in sorted(redirects)
        ]
        said = {"resolved.customer_records": rows, "resolved.customer_id_redirects": led}
        warehouse.replace_all({name: pa.Table.from_pylist(found, schema=TABLES[name].arrow_schema) for name, found in said.items()})
        record(path, store, later(number))
        expected.append((rows, led))
    path.unlink()
    with warehouse.opened():
        for name in USED:
            warehouse.create(name)
        load_record(warehouse, store, journals=OURS)
        for number, (rows, led) in enumerate(expected):
            was, redirects = identity_before(warehouse, later(number))
            assert (was.to_dicts(), redirects.to_dicts()) == (rows, led)
