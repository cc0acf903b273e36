"""resolution/groups.py: the groups of a population in terms of its records."""

import duckdb
import polars as pl
import pytest

from ingest.resolution.evidence import KEY
from ingest.resolution.groups import PAIR_KEY, Decided, find_groups, no_pairs
from ingest.resolution.population import Population

QUILL = {"name": "Quillfeather Press", "phone": "206 555 0100", "city": "Seattle", "region": "WA", "country": "US"}
NORTHFOLD = {"name": "Northfold Traders", "phone": "206 555 0199"}
ROWS = [
    QUILL | {"source": "a", "record_id": "1"},
    QUILL | {"source": "a", "record_id": "2"},
    QUILL | {"source": "b", "record_id": "1", "name": "Quillfeather Press Ltd"},
    NORTHFOLD | {"source": "b", "record_id": "2"},
    {"source": "c", "record_id": "1"},
]


@pytest.fixture(scope="module")
def grouped(evidence, parameters):
    """Groups of ROWS, as sets of source and record_id, and the causes of cuts."""
    rows = evidence(ROWS)
    apart = pl.DataFrame([("a", "1"), ("a", "2")], schema=dict.fromkeys(KEY, pl.String), orient="row")

    def of(*, apart_from_twins=False, **decided):
        pairs = {kind: pl.DataFrame(found, schema=no_pairs().schema, orient="row") for kind, found in decided.items()}
        with duckdb.connect() as connection:
            people = Population(connection, parameters())
            people.take(rows, rows.select(KEY).head(0), apart=apart if apart_from_twins else None)
            found = find_groups(people, Decided(**pairs), parameters())
        groups = found.members.group_by("group").agg(pl.concat_str(*KEY).sort().alias("records"))["records"].to_list()
        return sorted(groups), found

    return of


def test_records_that_look_the_same_are_one_group_and_every_record_is_in_one(grouped):
    groups, found = grouped()
    assert groups == [["a1", "a2", "b1"], ["b2"], ["c1"]]
    assert found.members.select(KEY).rows() == sorted((row["source"], row["record_id"]) for row in ROWS)


def test_a_group_bears_the_number_of_its_least_record(grouped):
    _, found = grouped()
    least = found.members.sort(KEY).group_by("group", maintain_order=True).first()
    assert least.select("group").to_series().to_list() == least["n"].to_list()
    assert found.named.filter(pl.col("n").is_in(found.members["n"].implode())).height == found.members["n"].n_unique()


def test_pairs_judged_the_same_or_merged_are_one_group_whatever_they_say(grouped):
    joined = [("b", "2", "a", "2")]
    assert grouped(same=joined)[0] == grouped(merged=joined)[0] == [["a1", "a2", "b1", "b2"], ["c1"]]


def test_a_pair_judged_different_is_kept_apart_and_the_cut_says_so(grouped):
    groups, found = grouped(different=[("a", "1", "b", "1"), ("a", "2", "b", "1")])
    assert groups == [["a1", "a2"], ["b1"], ["b2"], ["c1"]]
    assert set(found.cuts["cause"]) == {"judged_different"}


def test_twins_judged_different_are_kept_apart_when_they_were_taken_apart(grouped):
    groups, _ = grouped(apart_from_twins=True, different=[("a", "1", "a", "2")])
    assert not any({"a1", "a2"} <= set(group) for group in groups)
    assert sorted(record for group in groups for record in group) == ["a1", "a2", "b1", "b2", "c1"]


def test_a_decision_about_a_record_that_is_not_there_changes_nothing(grouped):
    absent = [("a", "1", "z", "9"), ("z", "9", "z", "8"), ("b", "2", "b", "2")]
    assert grouped(same=absent, different=absent[:2], merged=absent)[0] == grouped()[0]


def test_no_pairs_have_the_columns_of_pairs():
    assert no_pairs().schema == dict.fromkeys(PAIR_KEY, pl.String)


def test_no_records_have_no_groups(parameters):
    with duckdb.connect() as connection:
        found = find_groups(Population(connection, parameters()), Decided(), parameters())
    assert (len(found.members), len(found.pairs), len(found.cuts), len(found.named)) == (0, 0, 0, 0)
