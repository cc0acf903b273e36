import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.landing.batches import read_batch
from ingest.landing.feeds import mentioned_columns
from ingest.sources.mapping import Feed

DAY = date(2026, 11, 20)
FOLDER = "crm/2026-11-20/"
NAMED = {"file": "*", "key": "Id", "columns": {"Name": "name"}}


@pytest.fixture(scope="session")
def batch(content, landed, feed_files, make_source):
    """A function that reads one batch of customers: (feed, {file name: text}, {lookup: {file name: text}}) for each feed."""

    def read(*parts, entity="customers"):
        texts, feeds = {}, []
        for mapping, files, *lookups in parts:
            feed = Feed.model_validate(mapping)
            own = [landed(FOLDER + name, text) for name, text in sorted(files.items())]
            others = {name: [landed(FOLDER + n, t) for n, t in sorted(found.items())] for name, found in (lookups or [{}])[0].items()}
            texts |= {FOLDER + name: text for found in [files, *(lookups or [{}])[0].values()] for name, text in found.items()}
            feeds.append(feed_files(feed, own, **others))
        spoken = set().union(*(mentioned_columns(part.feed) for part in feeds))
        return read_batch(make_source(), entity, DAY, feeds, lambda file, _: content(texts[file.path]), lambda _: spoken)

    return read


def ids(result):
    return [(row["record_id"], row["name"], row["row_number"]) for row in result.rows.sort_by("record_id").to_pylist()]


def refused(result):
    rows = result.quarantine.to_pylist()
    return [(row["path"].removeprefix(FOLDER), row["row_number"], row["reason_code"]) for row in rows]


def assert_every_row_is_accounted_for(result):
    assert result.rows_read == result.rows.num_rows + result.quarantine.num_rows + result.rows_left_out
    assert result.rows_left_out >= 0


def test_rows_carry_their_evidence(batch, landed):
    result = batch((NAMED, {"a.csv": "Id,Name\n1,Acme\n"}))
    (row,) = result.rows.to_pylist()
    digest = landed(FOLDER + "a.csv", "Id,Name\n1,Acme\n").sha256
    expected = {"source": "crm", "record_id": "1", "as_of_date": DAY, "file_sha256": digest, "row_number": 1, "name": "Acme"}
    assert {name: value for name, value in row.items() if value is not None} == expected
    assert (result.rows_read, result.rows_left_out, result.unmapped_columns) == (1, 0, [])


def test_a_row_without_a_key_is_quarantined_with_its_cells(batch):
    result = batch((NAMED, {"a.csv": "Id,Name\n1,a\n ,b\n"}))
    assert ids(result) == [("1", "a", 1)]
    (row,) = result.quarantine.to_pylist()
    assert (row["reason_code"], row["row_number"], json.loads(row["raw_values"]), row["status"]) == ("no_key", 2, [" ", "b"], "open")
    assert_every_row_is_accounted_for(result)


def test_a_row_that_repeats_a_key_is_quarantined_and_names_the_first(batch):
    result = batch((NAMED, {"b.csv": "Id,Name\n2,c\n 1,d\n", "a.csv": "Id,Name\n1,a\n1,b\n"}))
    assert ids(result) == [("1", "a", 1), ("2", "c", 1)]
    assert refused(result) == [("a.csv", 2, "duplicate_key"), ("b.csv", 2, "duplicate_key")]
    reasons = result.quarantine.column("reason").to_pylist()
    assert set(reasons) == {f"The key '1' stands in row 1 of {FOLDER}a.csv already; that row was loaded."}
    assert_every_row_is_accounted_for(result)


def test_rows_that_do_not_fit_the_header_are_quarantined(batch):
    result = batch((NAMED, {"a.csv": "Id,Name\n1,a,x\n2,b\n3\n"}))
    assert refused(result) == [("a.csv", 1, "too_many_cells"), ("a.csv", 3, "too_few_cells")]
    assert json.loads(result.quarantine.column("raw_values")[0].as_py()) == ["1", "a", "x"]
    assert_every_row_is_accounted_for(result)


def test_distinct_leaves_out_repeated_keys_and_empty_ones(batch):
    result = batch((NAMED | {"distinct": True}, {"a.csv": "Id,Name\n1,a\n1,b\n,c\n"}))
    assert ids(result) == [("1", "a", 1)]
    assert (result.rows_read, result.rows_left_out, refused(result)) == (3, 2, [])


def test_rows_outside_where_are_left_out_and_counted(batch):
    result = batch((NAMED | {"where": {"Kind": "a"}}, {"a.csv": "Id,Name,Kind\n1,a,a\n2,b,b\n,c,b\n"}))
    assert ids(result) == [("1", "a", 1)]
    assert (result.rows_read, result.rows_left_out, refused(result)) == (3, 2, [])


def test_the_earlier_feed_wins_and_a_later_distinct_one_adds(batch):
    team = "Agent,Boss\nann,eve\nbob,eve\neve,\n"
    agents = {"file": "*", "key": "Agent", "columns": {"Agent": "name", "Boss": "manager_user_id"}}
    bosses = {"file": "*", "key": "Boss", "distinct": True, "columns": {"Boss": "name"}}
    result = batch((agents, {"team.csv": team}), (bosses, {"team.csv": team}), entity="reps")
    found = {row["record_id"]: row["manager_user_id"] for row in result.rows.to_pylist()}
    assert found == {"ann": "eve", "bob": "eve", "eve": None}
    assert (result.rows_read, result.rows_left_out, refused(result)) == (6, 3, [])


def test_a_bad_row_of_a_file_that_two_feeds_read_is_quarantined_once(batch):
    text = "Id,Other,Name\n1,2,a\n3\n,,b\n"
    result = batch((NAMED, {"a.csv": text}), (NAMED | {"key": "Other"}, {"a.csv": text}))
    assert refused(result) == [("a.csv", 2, "too_few_cells"), ("a.csv", 3, "no_key")]
    assert_every_row_is_accounted_for(result)


def test_the_same_content_downloaded_twice_loads_once(batch):
    text = "Id,Name\n1,a\n1,b\n2\n"
    result = batch((NAMED, {"a (1).csv": text, "a.csv": text}))
    assert ids(result) == [("1", "a", 1)]
    assert sorted(row[1:] for row in refused(result)) == [(2, "duplicate_key"), (3, "too_few_cells")]
    assert [(path.removeprefix(FOLDER), why.code) for (path, _), why in result.passed_over.items()] == [("a (1).csv", "same_content")]
    keys = [(row["file_sha256"], row["row_number"], row["reason_code"]) for row in result.quarantine.to_pylist()]
    assert len(set(keys)) == len(keys)
    assert_every_row_is_accounted_for(result)


def test_a_row_of_a_lookup_that_does_not_fit_its_header_is_quarantined_too(batch):
    feed = NAMED | {"lookups": {"owner": {"file": "o.csv", "key": "Customer", "match": "Id", "columns": {"User": "owner_user_id"}}}}
    result = batch((feed, {"a.csv": "Id,Name\n1,a\n2,b\n"}, {"owner": {"o.csv": "Customer,User\n1,ann\n2,eve,x\n"}}))
    assert refused(result) == [("o.csv", 2, "too_many_cells")]
    assert_every_row_is_accounted_for(result)
    assert result.rows.sort_by("record_id").column("owner_user_id").to_pylist() == ["ann", None]


def test_columns_that_nobody_maps_or_ignores_are_named(batch):
    result = batch((NAMED | {"ignore": ["fax "]}, {"a.csv": "Id,Name,Fax, Vat No,,\n1,a,,,,\n", "b.csv": "Id,Name,Zip\n2,b,0\n"}))
    assert result.unmapped_columns == ["(no name)", "Vat No", "Zip"]


def test_a_file_that_cannot_be_read_is_passed_over_and_the_batch_is_not_whole(batch):
    result = batch((NAMED, {"a.csv": "Id,Name\n1,a\n", "b.csv": "Id,Title\n2,b\n"}))
    assert ids(result) == [("1", "a", 1)]
    assert [(path, why.code) for (path, _), why in result.unreadable()] == [(FOLDER + "b.csv", "missing_column")]
    assert not result.is_whole()


def test_another_export_stands_in_for_a_file_that_cannot_be_read(batch):
    result = batch((NAMED, {"a.csv": "Id,Name\n1,a\n", "a (1).csv": "Id,Title\n2,b\n"}))
    assert ids(result) == [("1", "a", 1)]
    assert result.is_whole()


def test_files_none_of_which_can_be_read_refuse_the_batch(batch):
    with pytest.raises(FileRefused, match=r'"Name" is not in crm/2026-11-20/a\.csv'):
        batch((NAMED, {"a.csv": "Id,Title\n1,a\n", "b.csv": "Id,Title\n2,b\n"}))


def test_a_batch_may_come_to_nothing(batch):
    result = batch((NAMED, {"a.csv": "Id,Name\n,a\n"}))
    assert (result.rows.num_rows, refused(result)) == (0, [("a.csv", 1, "no_key")])
    assert batch((NAMED, {"a.csv": "Id,Name\n"})).rows_read == 0


CHANGED = {"file": "*", "key": "Id", "columns": {"Name": "name", "Changed": "modified_at"}, "required": []}


def changes(*rows):
    """A file of rows (id, name, moment of change)."""
    return "Id,Name,Changed\n" + "".join(f"{','.join(row)}\n" for row in rows)


@pytest.mark.parametrize(("old", "new"), [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_a_key_in_two_files_of_a_feed_counts_where_it_was_changed_last(batch, old, new):
    first = changes(("1", "old", "2026-11-18 09:00"), ("2", "only here", "2026-11-18 09:00"))
    result = batch((CHANGED, {old: first, new: changes(("1", "new", "2026-11-19 09:00"))}))
    assert [(record, name) for record, name, _ in ids(result)] == [("1", "new"), ("2", "only here")]
    assert (result.rows_read, result.rows_left_out, refused(result)) == (3, 1, [])


def test_of_equal_changes_in_two_files_the_first_path_counts(batch):
    same = "2026-11-18 09:00"
    result = batch((CHANGED, {"b.csv": changes(("1", "b", same)), "a.csv": changes(("1", "a", same))}))
    assert (ids(result), refused(result)) == ([("1", "a", 1)], [])
    assert_every_row_is_accounted_for(result)


def test_overlapping_rows_that_do_not_say_when_they_changed_are_quarantined(batch):
    result = batch((CHANGED, {"a.csv": changes(("1", "a", "")), "b.csv": changes(("1", "b", ""), ("2", "c", ""))}))
    assert ids(result) == [("1", "a", 1), ("2", "c", 2)]
    assert refused(result) == [("b.csv", 1, "duplicate_key")]


def test_a_row_that_repeats_a_key_in_its_own_file_is_quarantined_whatever_it_says_of_changes(batch):
    result = batch((CHANGED, {"a.csv": changes(("1", "a", "2026-11-18"), ("1", "b", "2026-11-19"))}))
    assert (ids(result), refused(result)) == ([("1", "a", 1)], [("a.csv", 2, "duplicate_key")])


def test_the_earlier_feed_counts_before_a_later_change_in_another(batch):
    old, new = changes(("1", "old", "2026-11-18")), changes(("1", "new", "2026-11-19"))
    result = batch((CHANGED, {"b.csv": old}), (CHANGED | {"distinct": True}, {"a.csv": new}))
    assert (ids(result), refused(result)) == ([("1", "old", 1)], [])
    assert_every_row_is_accounted_for(result)


# Days on which rows of a file were changed; no two files share one, so that no tie is left to the names.
days_of_file = [st.sampled_from(days) for days in (("02", "05", "08"), ("03", "06", "09"), ("04", "07", "10"))]
overlap = st.tuples(*(st.dictionaries(st.sampled_from("12345"), days, min_size=1) for days in days_of_file))


@given(files=overlap, order=st.permutations(["a.csv", "b.csv", "c.csv"]))
@settings(max_examples=60)
def test_the_names_of_overlapping_files_do_not_decide_which_row_counts(batch, files, order):
    texts = [changes(*((key, f"changed on {day}", f"2026-11-{day}") for key, day in rows.items())) for rows in files]
    result = batch((CHANGED, dict(zip(order, texts, strict=True))))
    newest = {key: max(rows[key] for rows in files if key in rows) for key in {key for rows in files for key in rows}}
    assert {record: name for record, name, _ in ids(result)} == {key: f"changed on {day}" for key, day in newest.items()}
    assert refused(result) == []
    assert_every_row_is_accounted_for(result)


word = st.sampled_from(["", " ", "1", "2", "3", "a,b", 'q"'])
line = st.lists(word, min_size=2, max_size=4)
FEEDS = [
    NAMED | {"columns": {"B": "name"}, "key": "A"},
    {"file": "*", "key": ["A", "B"], "columns": {"C": "name"}, "required": []},
    {"file": "*", "key": "B", "distinct": True, "columns": {}},
    {"file": "*", "key": "C", "where": {"A": ["1", ""]}, "columns": {"A": "name"}},
]


@given(
    files=st.lists(st.lists(line, max_size=6), min_size=1, max_size=3),
    feeds=st.lists(st.sampled_from(FEEDS), min_size=1, max_size=3),
    looked_up=st.booleans(),
)
@settings(max_examples=60)
def test_rows_read_are_loaded_quarantined_or_left_out(batch, csv_text, files, feeds, looked_up):
    texts = {f"{n}.csv": csv_text(["A", "B", "C"], *rows) for n, rows in enumerate(files)}
    lookups = {"also": {"0.csv": texts["0.csv"]}} if looked_up else {}
    extra = {"lookups": {"also": {"file": "0.csv", "key": "A", "match": "B", "columns": {"C": "city"}}}} if looked_up else {}
    result = batch(*((feed | extra, texts, lookups) for feed in feeds))
    assert_every_row_is_accounted_for(result)
    distinct_files = {json.dumps(rows): rows for rows in files}.values()
    misfits = sum(len(row) != 3 for rows in distinct_files for row in rows)
    assert sum(code.startswith("too_") for _, _, code in refused(result)) == misfits
    keys = result.rows.column("record_id").to_pylist()
    assert len(set(keys)) == len(keys)
    assert None not in keys
