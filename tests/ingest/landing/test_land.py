import hashlib
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.entities import ENTITIES
from ingest.errors import SourceInvalid
from ingest.sources.mapping import Source

ONE, TWO, THREE = "crm/2026-11-18/customers.csv", "crm/2026-11-19/customers.csv", "crm/2026-11-20/customers.csv"
HOMES = Path(__file__).parents[2] / "homes"
FACTS = ("as_of_date", "record_id", "name")


def customers(home):
    return [(str(day), record_id, name) for day, record_id, name in home.rows("raw.customers", *FACTS)]


def tree(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_file_becomes_rows_with_its_hash_as_evidence(home):
    home.put(THREE, "Id,Name\r\n1,Acme\r\n2,海尔\r\n")
    result = home.land()
    assert customers(home) == [("2026-11-20", "1", "Acme"), ("2026-11-20", "2", "海尔")]
    digest = hashlib.sha256("Id,Name\r\n1,Acme\r\n2,海尔\r\n".encode()).hexdigest()
    assert home.rows("raw.customers", "file_sha256", "row_number") == [(digest, 1), (digest, 2)]
    assert (result.loaded, result.refused, result.messages) == (["crm/customers/2026-11-20"], [], [])
    assert (result.rows_read, result.rows_loaded, result.rows_quarantined, result.rows_left_out) == (2, 2, 0, 0)
    assert (result.file_count, result.new_file_count, str(result.newest_day)) == (1, 1, "2026-11-20")
    assert home.rows("raw.files", "path", "encoding", "row_count", "state", "entities") == [(THREE, "utf-8", 2, "loaded", "customers")]


def test_an_empty_home_lands_nothing(home):
    result = home.land()
    assert (result.file_count, result.loaded, result.refused, result.newest_day) == (0, [], [], None)


def test_a_second_landing_changes_nothing(home):
    home.put(TWO, "Id,Name\n1,a\n1,b\n")
    home.put(THREE, "Id,Name\n1,a\n")
    home.land()
    before = {name: home.warehouse.read(name) for name in ("raw.files", "raw.batches", "raw.customers", "raw.quarantine")}
    steps = []
    result = home.land(progress=steps.append)
    assert (result.loaded, result.refused, result.unchanged_count, result.new_file_count) == ([], [], 2, 0)
    assert (result.rows_loaded, result.rows_quarantined, steps) == (2, 1, [])
    assert all(home.warehouse.read(name).equals(table) for name, table in before.items())


def test_other_content_under_the_same_path_supersedes(home):
    home.put(THREE, "Id,Name\n1,a\n2,b\n")
    home.land()
    home.put(THREE, "Id,Name\n1,c\n")
    home.land()
    assert customers(home) == [("2026-11-20", "1", "c")]
    assert sorted(home.rows("raw.files", "state", "reason_code")) == [("loaded", None), ("superseded", "newer_content")]


def test_former_content_that_comes_back_counts_again(home):
    for name in ("a", "b", "a"):
        home.put(THREE, f"Id,Name\n1,{name}\n")
        home.land()
    assert customers(home) == [("2026-11-20", "1", "a")]
    assert sorted(home.rows("raw.files", "state", "reason_code")) == [("loaded", None), ("superseded", "newer_content")]


def test_a_moved_file_moves_its_day(home):
    home.put(TWO, "Id,Name\n1,a\n")
    home.land()
    (home.home.landing / THREE).parent.mkdir()
    (home.home.landing / TWO).rename(home.home.landing / THREE)
    home.land()
    assert customers(home) == [("2026-11-20", "1", "a")]
    assert home.rows("raw.batches", "as_of_date", "state")[0][1] == "loaded"
    assert len(home.rows("raw.batches", "as_of_date")) == 1


def test_a_loaded_file_that_is_taken_away_stays(home):
    home.put(TWO, "Id,Name\n1,a\n")
    home.land()
    home.remove(TWO)
    result = home.land()
    assert (result.unchanged_count, result.file_count) == (1, 1)
    shutil.rmtree(home.home.landing)
    home.land()
    assert customers(home) == [("2026-11-19", "1", "a")]


def test_days_with_the_same_content_all_stay_when_older_ones_are_tidied_away(home):
    for path in (ONE, TWO, THREE):
        home.put(path, "Id,Name\n1,a\n")
    home.land()
    home.remove(ONE)
    home.remove(TWO)
    home.land()
    assert [day for day, _, _ in customers(home)] == ["2026-11-18", "2026-11-19", "2026-11-20"]


def test_a_refused_file_that_is_taken_away_is_done_with(home):
    home.put(TWO, "")
    assert home.land().refused == ["crm/customers/2026-11-19"]
    home.remove(TWO)
    result = home.land()
    assert (result.refused, result.refusals, home.rows("raw.batches", "state")) == ([], [], [])
    assert home.states() == {TWO: ("superseded", "taken_away")}
    assert home.quarantine() == {}


def test_a_late_file_slots_into_its_day(home):
    home.put(THREE, "Id,Name\n1,a\n")
    home.land()
    home.put("crm/2026-11-20/customers_late.csv", "Id,Name\n1,b\n2,c\n")
    home.put(ONE, "Id,Name\n1,z\n")
    result = home.land()
    assert result.loaded == ["crm/customers/2026-11-18", "crm/customers/2026-11-20"]
    assert customers(home) == [("2026-11-18", "1", "z"), ("2026-11-20", "1", "a"), ("2026-11-20", "2", "c")]
    assert str(result.newest_day) == "2026-11-20"


def test_one_bad_file_does_not_block_others(home):
    home.put(ONE, "Id,Name\n1,a\n")
    home.put(TWO, "Id,Name\n1,b\n2")
    home.put(THREE, "Id,Name\n1,c\n")
    result = home.land()
    assert (result.loaded, result.refused) == (
        ["crm/customers/2026-11-18", "crm/customers/2026-11-20"],
        ["crm/customers/2026-11-19"],
    )
    assert home.states()[TWO] == ("refused", "truncated_file")
    (reason,) = result.refusals
    assert reason.startswith(f"crm customers: {TWO} breaks off in row 2")
    assert reason.endswith("2026-11-19's customers from crm were not loaded. What was loaded before stays in place.")
    assert home.quarantine()[f"{TWO}.reason.txt"].startswith(reason)


def test_a_refused_batch_leaves_the_earlier_version_in_place(home):
    home.put(THREE, "Id,Name\n1,a\n,b\n")
    home.land()
    home.put(THREE, "Id,Title\n1,b\n")
    result = home.land()
    assert customers(home) == [("2026-11-20", "1", "a")]
    assert home.rows("raw.quarantine", "reason_code") == [("no_key",)]
    assert "2026-11-20's earlier version stays in place." in result.refusals[0]
    assert (result.rows_loaded, result.rows_quarantined, str(result.newest_day)) == (1, 1, "2026-11-20")
    assert sorted(home.rows("raw.files", "state", "reason_code")) == [("loaded", None), ("refused", "missing_column")]
    assert home.land().refused == ["crm/customers/2026-11-20"], "it is said again until somebody mends it"


def test_taking_a_refused_replacement_away_brings_the_earlier_version_back(home):
    home.put(THREE, "Id,Name\n1,a\n")
    home.land()
    home.put(THREE, "Id,Na")
    home.land()
    home.remove(THREE)
    result = home.land()
    assert (result.loaded, result.refusals) == ([], [])  # it had stayed in place
    assert customers(home) == [("2026-11-20", "1", "a")]
    assert sorted(home.rows("raw.files", "state", "reason_code")) == [("loaded", None), ("superseded", "taken_away")]
    assert home.quarantine() == {}


def test_clearing_a_day_whose_batch_was_refused_over_a_late_file_keeps_what_was_loaded(home):
    home.put(THREE, "Id,Name\n1,a\n")
    home.land()
    home.put("crm/2026-11-20/customers_late.csv", "broken")
    home.land()
    assert home.states()[THREE] == ("loaded", None)
    assert home.rows("raw.batches", "state", "reason_code") == [("loaded", "part_refused")]
    assert customers(home) == [("2026-11-20", "1", "a")]
    shutil.rmtree(home.home.landing / "crm/2026-11-20")
    result = home.land()
    assert result.refusals == []
    assert customers(home) == [("2026-11-20", "1", "a")]
    assert home.states()[THREE] == ("loaded", None)


def test_a_header_without_rows_is_refused_unless_the_mapping_expects_it(home, make_source):
    home.put(THREE, "Id,Name\n")
    result = home.land()
    assert home.states()[THREE] == ("refused", "no_rows")
    assert "expect: {rows: {min: 0}}" in result.refusals[0]
    feed = {"file": "customers.csv", "key": "Id", "columns": {"Name": "name"}, "expect": {"rows": {"min": 0}}}
    assert home.land(make_source(entities={"customers": feed})).loaded == ["crm/customers/2026-11-20"]
    assert home.states()[THREE] == ("loaded", None)


def test_only_the_batches_of_a_changed_mapping_are_read_again(home, make_source):
    home.put(THREE, "Id,Name\n1,a\n")
    home.put("erp/2026-11-20/customers.csv", "Id,Name\n1,a\n")
    home.land(make_source(), make_source("erp"))
    again = home.land(make_source(priority=5), make_source("erp"))
    assert (again.loaded, again.unchanged_count) == ([], 2)
    feed = {"file": "customers.csv", "key": "Id", "columns": {"Name": ["name", "street"]}}
    again = home.land(make_source(), make_source("erp", entities={"customers": feed}))
    assert (again.loaded, again.unchanged_count) == (["erp/customers/2026-11-20"], 1)


def test_rows_leave_with_the_feed_that_read_them(home, make_source):
    feeds = {"customers": {"file": "customers.csv", "key": "Id", "columns": {"Name": "name"}}}
    home.put(THREE, "Id,Name\n1,a\n")
    home.land(make_source(entities=feeds | {"reps": feeds["customers"]}))
    assert home.rows("raw.files", "entities") == [("customers, reps",)]
    home.land(make_source(entities=feeds))
    assert (len(home.rows("raw.reps", "record_id")), len(home.rows("raw.customers", "record_id"))) == (0, 1)
    assert home.rows("raw.batches", "entity") == [("customers",)]


def test_a_file_that_one_of_its_entities_refuses_is_loaded_and_says_why(home, make_source):
    base = {"file": "customers.csv", "key": "Id"}
    source = make_source(entities={"customers": base | {"columns": {"Name": "name"}}, "reps": base | {"columns": {"Boss": "name"}}})
    home.put(THREE, "Id,Name\n1,a\n")
    result = home.land(source)
    assert (result.loaded, result.refused) == (["crm/customers/2026-11-20"], ["crm/reps/2026-11-20"])
    assert home.states()[THREE] == ("loaded", "missing_column")
    assert 'column "Boss"' in home.quarantine()[f"{THREE}.reason.txt"]


@pytest.mark.parametrize(
    ("path", "state", "code", "said"),
    [
        ("crm/customers.csv", "refused", "no_day", True),
        ("crm/20-11-2026/customers.csv", "refused", "no_day", True),
        ("customers.csv", "refused", "no_day", True),
        ("crm/2062-11-20/customers.csv", "refused", "future_day", True),  # a mistyped year must not become the present
        ("crm/2026-11-23/customers.csv", "refused", "future_day", True),
        ("erp/2026-11-20/customers.csv", "landed", "no_source", True),
        ("crm/2026-11-20/orders.csv", "landed", "no_feed", True),
        ("crm/2026-11-20/notes.pdf", "landed", "ignored", False),
    ],
)
def test_a_file_that_no_batch_wants_is_archived_and_explained(home, make_source, path, state, code, said):
    file = home.put(path, "Id,Name\n1,a\n")
    result = home.land(make_source(ignore_files="*.pdf"))
    assert home.states() == {path: (state, code)}
    assert [message.startswith(path) for message in result.messages] == ([True] if said else [])
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (home.home.archive / digest[:2] / digest).read_bytes() == file.read_bytes()
    assert (result.loaded, result.refused) == ([], [])


def test_a_day_that_has_begun_somewhere_on_earth_is_loaded(home):
    home.put("crm/2026-11-22/customers.csv", "Id,Name\n1,a\n")
    assert home.land().loaded == ["crm/customers/2026-11-22"]


def test_file_patterns_do_not_look_at_case(home):
    home.put("crm/2026-11-20/CUSTOMERS.CSV", "Id,Name\n1,a\n")
    assert home.land().rows_loaded == 1


def test_half_uploaded_files_and_links_are_passed_over(home, tmp_path):
    home.put("crm/2026-11-20/customers.csv.part", "Id,Name\n1,a\n")
    home.put("crm/2026-11-20/.customers.csv", "Id,Name\n1,a\n")
    (tmp_path / "secret.csv").write_text("Id,Name\n1,secret\n")
    (home.home.landing / THREE).symlink_to(tmp_path / "secret.csv")
    result = home.land()
    assert (result.file_count, result.messages, home.rows("raw.files", "path")) == (0, [], [])
    assert not home.home.archive.exists()


def test_the_archive_holds_every_content_once_and_read_only(home):
    for path, name in ((ONE, "a"), (TWO, "b"), (THREE, "a")):
        home.put(path, f"Id,Name\n1,{name}\n")
    home.land()
    home.put(THREE, "")
    home.land()
    kept = tree(home.home.archive)
    del kept["index.jsonl"]
    assert kept == {f"{digest[:2]}/{digest}": content for content in kept.values() for digest in [hashlib.sha256(content).hexdigest()]}
    assert sorted(kept.values()) == [b"", b"Id,Name\n1,a\n", b"Id,Name\n1,b\n"]
    assert {path.stat().st_mode & 0o777 for path in home.home.archive.glob("??/*")} == {0o444}


def test_nothing_is_written_outside_the_home_nor_into_landing(home, tmp_path):
    home.put(THREE, "Id,Name\n1,a\n,b\n")
    home.put("..crm/2026-11-20/x.csv", "")
    home.put(TWO, "")
    before = tree(home.home.landing)
    home.land()
    assert tree(home.home.landing) == before
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert {path.name.removesuffix(".wal") for path in home.home.root.iterdir()} == {"landing", "archive", "quarantine", "warehouse.duckdb"}


def test_a_content_that_is_gone_from_the_archive_refuses_its_batch_only(home, make_source):
    home.put(TWO, "Id,Name\n1,a\n")
    home.put(THREE, "Id,Name\n1,b\n")
    home.land()
    home.remove(TWO)
    digest = hashlib.sha256(b"Id,Name\n1,a\n").hexdigest()
    (home.home.archive / digest[:2] / digest).unlink()
    feed = {"file": "customers.csv", "key": "Id", "columns": {"Name": ["name", "street"]}}
    result = home.land(make_source(entities={"customers": feed}))
    assert (result.loaded, result.refused) == (["crm/customers/2026-11-20"], ["crm/customers/2026-11-19"])
    assert f"is no longer in the archive (archive/{digest[:2]}/{digest})" in result.refusals[0]
    assert len(customers(home)) == 2


def test_a_mapping_that_is_gone_stops_the_landing(home, make_source):
    home.put(THREE, "Id,Name\n1,a\n")
    home.land()
    with pytest.raises(SourceInvalid, match=r"exports of crm were loaded on earlier nights, but sources/crm\.yml is gone"):
        home.land(make_source("erp"))
    assert customers(home) == [("2026-11-20", "1", "a")]


def test_a_mapping_may_go_when_nothing_was_ever_loaded_through_it(home, make_source):
    home.put(THREE, "")
    home.land()
    home.remove(THREE)
    home.land(make_source("erp"))
    assert home.rows("raw.batches", "source") == []


def test_columns_of_every_file_that_nobody_speaks_of_are_named(home, make_source):
    owners = {"file": "owners.csv", "key": "Customer", "match": "Id", "columns": {"User": "owner_user_id"}, "ignore": ["Note"]}
    source = make_source(
        entities={
            "customers": {"file": "customers.csv", "key": "Id", "columns": {"Name": "name"}, "lookups": {"owner": owners}},
            "reps": {"file": "owners.csv", "key": "User", "distinct": True, "columns": {"User name": "name"}},
        }
    )
    home.put(THREE, "Id,Name,Fax\n1,a,\n")
    home.put("crm/2026-11-20/owners.csv", "Customer,User,User name,Note,Team\n1,7,ann,,x\n")
    home.land(source)
    assert home.rows("raw.batches", "entity", "unmapped_columns") == [("customers", "Fax, Team"), ("reps", "Team")]


def test_a_missing_lookup_file_refuses_the_entity_and_its_arrival_mends_it(home, make_source):
    lookup = {"file": "owners.csv", "key": "Customer", "match": "Id", "columns": {"User": "owner_user_id"}}
    feed = {"file": "customers.csv", "key": "Id", "columns": {"Name": "name"}, "lookups": {"owner": lookup}}
    home.put(THREE, "Id,Name\n1,a\n")
    source = make_source(entities={"customers": feed})
    home.land(source)
    assert home.states()[THREE] == ("refused", "missing_file")
    home.put("crm/2026-11-20/owners.csv", "Customer,User\n1,ann\n")
    home.land(source)
    assert home.rows("raw.customers", "record_id", "owner_user_id") == [("1", "ann")]
    assert home.states() == {THREE: ("loaded", None), "crm/2026-11-20/owners.csv": ("loaded", None)}


FILES = {
    ONE: "Id,Name\n1,a\n2,b\n2,c\n",
    TWO: "Id,Name\n1,a\n2,b\n2,c\n",
    "crm/2026-11-19/customers_more.csv": "Id,Name\n2,d\n3,e\n,f\n",
    "crm/2026-11-20/customers_bad.csv": "Id,Title\n2,d\n",
    "erp/2026-11-19/customers.csv": "Id,Name\n1,x\n1,y,z\n",
}


def raw_tables(home):
    """Every table of raw but the ledger's, which knows when a file was first seen."""
    return {name: home.warehouse.read(name) for name in ("raw.batches", "raw.quarantine", *(f"raw.{entity}" for entity in ENTITIES))}


@pytest.fixture(scope="module")
def at_once(new_home, make_source):
    """A home in which all FILES landed in one go."""
    home = new_home()
    for path in sorted(FILES):
        home.put(path, FILES[path])
    home.land(make_source(), make_source("erp"))
    return home


@given(order=st.permutations(sorted(FILES)), together=st.sets(st.integers(1, len(FILES) - 1)))
@settings(max_examples=3)  # 2026-11-21: 2 s each on a busy core
def test_files_landed_in_any_order_give_the_same_raw_tables(at_once, new_home, make_source, order, together):
    sources = (make_source(), make_source("erp"))
    one_by_one = new_home()
    for number, path in enumerate(order, 1):
        one_by_one.put(path, FILES[path])
        if number not in together:
            one_by_one.land(*sources)
    one_by_one.land(*sources)
    expected, found = raw_tables(at_once), raw_tables(one_by_one)
    assert [name for name in expected if not found[name].equals(expected[name])] == []
    assert one_by_one.states() == at_once.states()
    assert one_by_one.quarantine() == at_once.quarantine()


def test_the_real_maven_export_lands_whole(home, real_data):
    names = ("accounts.csv", "sales_pipeline.csv", "sales_teams.csv", "products.csv")
    for name in names:
        home.put(f"maven/2017-12-31/{name}", real_data(f"maven_crm/{name}").read_bytes())
    mapping = yaml.safe_load((HOMES / "maven_crm" / "sources" / "maven.yml").read_text(encoding="utf-8"))
    result = home.land(Source.model_validate(mapping | {"name": "maven"}))
    assert result.refused == []
    assert (result.rows_quarantined, len(home.rows("raw.opportunities", "record_id"))) == (0, 8801)
    assert home.warehouse.query("select count(*) as n from raw.opportunities where customer_record_id is null").to_pylist() == [{"n": 1425}]
    assert [row for row in home.rows("raw.batches", "entity", "unmapped_columns") if row[1]] == []
    assert result.rows_read == result.rows_loaded + result.rows_left_out
