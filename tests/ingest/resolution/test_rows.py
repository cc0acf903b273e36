"""resolution/rows.py: a plain table in, every row in exactly one group out; what is remembered from one table to the next."""

import duckdb
import polars as pl
import pytest

from ingest.errors import ContractBroken, FileRefused
from ingest.landing.single_files import COLUMNS
from ingest.resolution.evidence import KEY
from ingest.resolution.groups import Decided, find_groups
from ingest.resolution.rows import RowState, clean_rows, named_pairs, resolve_rows

QUILL = {"name": "Quillfeather Press", "phone": "+1 206 555 0100", "city": "Seattle", "region": "WA", "country": "US"}
NORTHFOLD = {"name": "Northfold Traders", "phone": "+1 206 555 0199"}


def table(*rows):
    """Rows as text, numbered unless they have ids."""
    columns = dict.fromkeys(["record_id", *(name for row in rows for name in row)], pl.String)
    return pl.DataFrame([{"record_id": f"{place:05}"} | row for place, row in enumerate(rows)], schema=columns)


def groups_of(found):
    """The groups as sorted lists of ids."""
    return sorted(found.groups.group_by("customer").agg(pl.col("record_id").sort())["record_id"].to_list())


def test_every_row_comes_out_exactly_once_and_like_rows_together():
    found = resolve_rows(table(QUILL, NORTHFOLD, QUILL | {"name": "Quillfeather Press Ltd."}, {"name": None}, QUILL))
    assert groups_of(found) == [["00000", "00002", "00004"], ["00001"], ["00003"]]
    assert (found.report["records"], found.report["profiles"]) == (5, 4)


@pytest.mark.parametrize("count", [0, 1])
def test_a_table_of_no_row_or_one_has_as_many_groups_and_no_pairs(count):
    found = resolve_rows(table(*[QUILL] * count))
    assert (len(found.groups), len(found.pairs), found.report["records"]) == (count, 0, count)


def test_rows_that_say_nothing_are_customers_of_their_own():
    found = resolve_rows(table(*[{"name": None, "phone": None}] * 50, *[{"name": " ", "phone": "-"}] * 50))
    assert found.groups["customer"].n_unique() == found.groups["record_id"].n_unique() == 100
    assert found.report["pairs"] == 0


def test_rows_without_names_match_by_strong_identifiers_and_contacts():
    code, mail = {"credit_code": "91350100M000100Y43"}, {"phone": "+1 206 555 0100", "email": "ask@quill.example"}
    found = resolve_rows(table(code | {"source": "a"}, code | {"source": "b"}, mail | {"source": "a"}, mail | {"source": "b"}))
    assert groups_of(found) == [["00000", "00001"], ["00002", "00003"]]


def test_one_id_twice_in_one_source_is_refused_and_not_joined():
    with pytest.raises(ContractBroken, match=r"1 row\(s\) too many"):
        resolve_rows(table(QUILL | {"record_id": "1"}, NORTHFOLD | {"record_id": "1"}))


def test_one_id_in_two_sources_is_two_records():
    found = resolve_rows(table(QUILL | {"record_id": "1", "source": "a"}, NORTHFOLD | {"record_id": "1", "source": "b"}))
    assert found.groups["customer"].n_unique() == len(found.groups) == 2


def test_columns_that_nobody_knows_change_nothing_and_none_but_the_id_is_needed():
    rows = table(QUILL, QUILL | {"name": "Quillfeather Pres"}, NORTHFOLD)
    assert groups_of(resolve_rows(rows.with_columns(favourite_colour=pl.lit("green")))) == groups_of(resolve_rows(rows))
    assert len(resolve_rows(rows.select("record_id")).groups) == len(rows)


def test_ids_and_values_need_not_be_text():
    rows = pl.DataFrame({"record_id": [1, 2], "name": ["Quill", "Oakes"], "postal_code": [98101, 98102], "latitude": [47.6, None]})
    assert resolve_rows(rows).groups["record_id"].to_list() == ["1", "2"]


def test_the_order_of_rows_does_not_matter():
    rows = table(*(QUILL | {"name": f"Quillfeather {word}"} for word in ("Press", "Inks", "Pres", "Paper")), NORTHFOLD, QUILL)
    assert groups_of(resolve_rows(rows)) == groups_of(resolve_rows(rows.reverse()))


def test_pairs_down_to_a_weight_are_more_and_have_a_verdict():
    rows = table(QUILL | {"source": "a"}, QUILL | {"source": "b"}, {"source": "b", "name": "Oakes", "phone": QUILL["phone"]})
    few, many = resolve_rows(rows), resolve_rows(rows, down_to=-60.0)
    assert len(few.pairs) < len(many.pairs) == 3
    assert set(many.pairs["verdict"]) == {"same", "different"}
    assert many.pairs["score"].is_between(0, 1).all()


def test_a_country_for_the_whole_table_reads_its_telephone_numbers():
    rows = table({"source": "a", "name": "Quill", "phone": "206 555 0100"}, {"source": "b", "name": "Quill", "phone": "+1 206 555 0100"})
    assert clean_rows(rows, default_country="US")[0]["phone"].n_unique() == 1


def test_twenty_thousand_identical_rows_are_one_customer():
    found = resolve_rows(table(*[QUILL] * 20_000))
    assert (len(found.groups), found.groups["customer"].n_unique(), found.report["profiles"], found.report["pairs"]) == (20_000, 1, 1, 0)


@pytest.fixture
def state(parameters):
    with duckdb.connect() as connection:
        yield RowState(connection, parameters())


def written(*rows):
    return pl.DataFrame([dict.fromkeys(COLUMNS) | {"source": "a"} | row for row in rows], schema=dict.fromkeys(COLUMNS, pl.String))


def test_a_state_tells_new_and_changed_rows_from_those_it_knows(state):
    first, second = QUILL | {"record_id": "1"}, NORTHFOLD | {"record_id": "2"}
    assert state.put(written(first, second)).rows() == [("a", "1", True), ("a", "2", True)]
    assert state.put(written(first, second)).rows() == []
    assert state.put(written(first | {"phone": None}, second, QUILL | {"record_id": "0"})).rows() == [("a", "0", True), ("a", "1", False)]
    assert state.keys().rows() == [("a", "0"), ("a", "1"), ("a", "2")]


def test_evidence_of_a_state_is_that_of_its_rows(state):
    state.put(written(QUILL | {"record_id": "1"}, NORTHFOLD | {"record_id": "2"}))
    whole = state.evidence(None)
    assert whole.select(KEY).rows() == [("a", "1"), ("a", "2")]
    assert state.evidence(whole.select(KEY)[1:]).equals(whole[1:])
    assert whole["phone"].to_list() == ["12065550100", "12065550199"]


def test_named_pairs_are_sorted_and_of_twins_the_least_stands_for_all(state, parameters):
    twins = [QUILL | {"record_id": str(number)} for number in (3, 1, 2)]
    state.put(written(*twins, QUILL | {"source": "b", "record_id": "0"}))
    rows = state.evidence(None)
    taken = state.people.take(rows, rows.head(0).select(KEY))
    found = find_groups(state.people, Decided(), parameters())
    pairs = named_pairs(found, size=taken.profiles, parameters=parameters())
    keys = pairs.select("left_source", "left_id", "right_source", "right_id", "is_identical", "verdict").rows()
    assert keys == [("a", "1", "a", "2", True, "same"), ("a", "1", "a", "3", True, "same"), ("a", "1", "b", "0", False, "same")]


def test_a_database_of_somebody_else_is_refused_untouched(parameters):
    with duckdb.connect() as connection:
        connection.execute("create table theirs as select 1 as one")
        with pytest.raises(FileRefused, match="something else wrote"):
            RowState(connection, parameters())
        assert connection.sql("select count(*) from duckdb_tables()").fetchall() == [(1,)]


def test_a_state_of_another_format_is_refused(parameters):
    with duckdb.connect() as connection:
        RowState(connection, parameters())
        connection.execute("update kept.settings set value = '0' where name = 'format'")
        with pytest.raises(FileRefused, match="format 0"):
            RowState(connection, parameters())


def test_other_parameters_make_the_population_anew_and_the_same_do_not(parameters):
    with duckdb.connect() as connection:
        state = RowState(connection, parameters())
        state.put(written(QUILL | {"record_id": "1"}))
        rows = state.evidence(None)
        state.people.take(rows, rows.head(0).select(KEY))
        again = RowState(connection, parameters())
        assert (again.is_rebuilt, len(again.people.members())) == (False, 1)
        other = RowState(connection, parameters(same_above=5.0))
        assert (other.is_rebuilt, len(other.people.members()), len(other.keys())) == (True, 0, 1)
