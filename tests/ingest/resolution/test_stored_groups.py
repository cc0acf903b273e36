"""resolution/stored_groups.py: which components are looked at again, and what is remembered of the others."""

import duckdb
import polars as pl
import pytest

from ingest.resolution.evidence import KEY
from ingest.resolution.groups import Decided, find_groups, no_pairs
from ingest.resolution.population import Population

QUILL = {"name": "Quillfeather Press", "phone": "206 555 0100", "city": "Seattle", "region": "WA", "country": "US"}
NORTHFOLD = {"name": "Northfold Traders", "phone": "208 555 0199", "city": "Boise", "region": "ID"}
ROWS = [
    QUILL | {"source": "a", "record_id": "1"},
    QUILL | {"source": "b", "record_id": "1"},
    NORTHFOLD | {"source": "a", "record_id": "2"},
    NORTHFOLD | {"source": "b", "record_id": "2"},
    {"name": "Zephyr", "source": "a", "record_id": "3"},
]


@pytest.fixture
def loaded(evidence, parameters):
    """A population of ROWS whose groups were found once, and functions that load more and group again."""
    with duckdb.connect() as connection:
        people = Population(connection, parameters())

        def load(*rows, gone=()):
            nobody = pl.DataFrame(list(gone), schema=dict.fromkeys(KEY, pl.String), orient="row")
            people.take(evidence(list(rows)) if rows else evidence(ROWS).head(0), nobody)

        def group(**decided):
            pairs = {kind: pl.DataFrame(found, schema=no_pairs().schema, orient="row") for kind, found in decided.items()}
            found = find_groups(people, Decided(**pairs), parameters())
            keyed = found.members.select("group", key=pl.concat_str(*KEY))
            groups = keyed.group_by("group").agg(pl.col("key").sort())
            changed = groups.filter(pl.col("group").is_in(found.changed.implode()))
            return sorted(groups["key"].to_list()), sorted(changed["key"].to_list())

        load(*ROWS)
        assert group()[0] == [["a1", "b1"], ["a2", "b2"], ["a3"]]
        yield load, group


def test_with_nothing_new_nothing_is_grouped_again(loaded):
    _, group = loaded
    assert group() == ([["a1", "b1"], ["a2", "b2"], ["a3"]], [])


def test_only_the_component_that_a_new_record_joins_is_grouped_again(loaded):
    load, group = loaded
    load(QUILL | {"source": "c", "record_id": "1", "name": "Quillfeather Press Ltd"})
    assert group() == ([["a1", "b1", "c1"], ["a2", "b2"], ["a3"]], [["a1", "b1", "c1"]])


def test_a_record_that_goes_leaves_its_component_to_be_grouped_again(loaded):
    load, group = loaded
    load(gone=[("b", "2")])
    assert group() == ([["a1", "b1"], ["a2"], ["a3"]], [["a2"]])


def test_a_judgement_joins_components_and_its_withdrawal_takes_them_apart_again(loaded):
    _, group = loaded
    judged = [("a", "1", "a", "2")]
    assert group(same=judged) == ([["a1", "a2", "b1", "b2"], ["a3"]], [["a1", "a2", "b1", "b2"]])
    assert group() == ([["a1", "b1"], ["a2", "b2"], ["a3"]], [["a1", "b1"], ["a2", "b2"]])


def test_what_was_cut_is_remembered_until_its_component_changes(loaded, parameters):
    load, group = loaded
    apart = [("a", "1", "b", "1")]
    assert group(different=apart)[0] == [["a1"], ["a2", "b2"], ["a3"], ["b1"]]
    load(NORTHFOLD | {"source": "c", "record_id": "2"})
    assert group(different=apart)[0] == [["a1"], ["a2", "b2", "c2"], ["a3"], ["b1"]]
