"""resolution/population.py: after any history of loads the state is that of one load of all records that are there."""

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.resolution.evidence import KEY, NUMBERS, TEXTS
from ingest.resolution.groups import Decided, find_groups, no_pairs
from ingest.resolution.population import SCHEMA, Population

NAMES = (
    "Quillfeather Press Ltd", "Quilfeather Press", "Quillfeather Printing", "Quill Feather Press", "QPL", "Quillfeather Press Leeds",
    "Northfold Press", "Northfold Traders 12", "Northfold Traders 21", "Northfold Group", "Press", "青禾云科技有限公司", "青禾云杉柏科技",
    "青禾云电子", "青禾云北京分公司", "青禾云信息科技有限公司", "云杉青禾云贸易", "荻沨电子有限公司", "Difeng Electronics", "青木电子", None,
)  # fmt: skip
SAYINGS = (
    {}, {"phone": "206 555 0100"}, {"phone": "+1 206 555 0100", "city": "Seattle", "region": "WA", "country": "US"},
    {"street": "1 Main St", "city": "Seattle", "region": "WA", "country": "US", "postal_code": "98101"},
    {"street": "1 Main Street", "city": "Bellevue", "region": "WA", "country": "US"}, {"email": "ask@quillfeather.example"},
    {"email": "aks@quillfeather.example", "website": "quillfeather.example"}, {"credit_code": "91350100M000100Y43"},
    {"credit_code": "91110000600037341L", "phone": "206 555 0100"}, {"registry_id": "HRB 12345", "country": "DE"},
)  # fmt: skip
SOURCES = ("a", "b", "")
RECORDS = tuple((source, str(number)) for source in SOURCES for number in range(16))
NOBODY = pl.DataFrame(schema=dict.fromkeys(KEY, pl.String))


@pytest.fixture(scope="module")
def vocabulary(evidence):
    """Evidence of every name with every saying; what is drawn is its rows."""
    return evidence([{"name": name} | saying for name in NAMES for saying in SAYINGS])


@pytest.fixture(scope="module")
def databases():
    """Two connections for one thread each; a population begins by dropping what the last one left."""
    pair = duckdb.connect(config={"threads": 1}), duckdb.connect(config={"threads": 1})
    yield pair
    for connection in pair:
        connection.close()


def emptied(connection, parameters):
    connection.execute(f"drop schema if exists {SCHEMA} cascade")
    return Population(connection, parameters)


def rows_of(vocabulary, records):
    """Evidence of records: (source, record_id) -> row of the vocabulary."""
    keys = pl.DataFrame(list(records), schema=dict.fromkeys(KEY, pl.String), orient="row")
    return pl.concat([keys, vocabulary[list(records.values())].select(*TEXTS, *NUMBERS)], how="horizontal") if records else vocabulary.head(0)


def keys_of(records):
    return pl.DataFrame(sorted(records), schema=dict.fromkeys(KEY, pl.String), orient="row")


def state(connection, people):
    """All that a population knows, in terms of marks and not of numbers."""
    profiles = connection.sql(f"select n, mark, other_mark, records from {SCHEMA}.profiles").pl()
    marks = dict(profiles.select("n", "mark").iter_rows())
    pairs = {tuple(sorted((marks[left], marks[right]))): rest for left, right, *rest in people.pairs().iter_rows()}
    members = {(source, record): marks[n] for source, record, n in people.members().iter_rows()}
    histogram = connection.sql(f"select kind, size, blocks from {SCHEMA}.block_histogram order by all").fetchall()
    keys = {(kind, value, marks[n]) for kind, value, n in connection.sql(f"select * from {SCHEMA}.block_keys").fetchall()}
    return {
        "profiles": sorted(profiles.drop("n").rows()), "members": members, "histogram": histogram, "keys": keys, "pairs": pairs,
    }  # fmt: skip


def grouped(people, parameters, decided):
    """The groups as sets of records, and the cuts by the records at their ends."""
    found = find_groups(people, decided, parameters)
    groups = found.members.group_by("group").agg(record=pl.struct(*KEY))["record"].to_list()
    names = {n: (source, record) for n, source, record in found.named.select("n", *KEY).iter_rows()}
    cuts = [(sorted((names[left], names[right])), *rest) for left, right, *rest in found.cuts.iter_rows()]
    return sorted(sorted(tuple(record.values()) for record in group) for group in groups), sorted(cuts)


def assert_equal(found, wanted):
    for part, value in wanted.items():
        assert found[part] == value, part


rows = st.integers(0, len(NAMES) * len(SAYINGS) - 1)
keys = st.sampled_from(RECORDS)
some_pairs = st.lists(st.tuples(keys, keys), max_size=2).map(lambda pairs: [(*one, *two) for one, two in pairs if one != two])


@st.composite
def histories(draw):
    """Loads: what they change and what they take away. Rows come from a few of the vocabulary, so that records coincide."""
    few = draw(st.lists(rows, min_size=4, max_size=24))
    load = st.tuples(
        st.dictionaries(keys, st.sampled_from(few), max_size=len(RECORDS)),
        st.sets(keys, max_size=20),
    )
    return draw(st.lists(load, min_size=2, max_size=5))


@st.composite
def budgets(draw):
    """Limits that move, a population that quadruples."""
    return {
        "blocking": {
            "pairs_per_record": draw(st.sampled_from([0.1, 3.0])),
            "fewest_pairs": draw(st.sampled_from([1, 10, 30, 300])),
            "largest_block": draw(st.sampled_from([8, 16])),
            "smallest_limit": 2,
        },
        "prior": {"fewest_records": draw(st.sampled_from([2, 500]))},
        "commonness": {"rare_up_to": draw(st.sampled_from([0.0, 1.0]))},
    }


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large])
@given(history=histories(), sections=budgets(), apart=some_pairs, same=some_pairs)
def test_after_any_history_the_state_is_that_of_one_load_of_what_is_there(vocabulary, databases, parameters, history, sections, apart, same):
    settled = parameters(**sections)
    people, present = emptied(databases[0], settled), {}
    named = keys_of({end for pair in apart for end in (pair[:2], pair[2:])})
    decided = Decided(different=decided_pairs(apart), same=decided_pairs(same))
    for changed, gone in history:
        leaving = {record for record in gone if record in present and record not in changed}
        people.take(rows_of(vocabulary, changed), keys_of(leaving), apart=named)
        present = {record: row for record, row in (present | changed).items() if record not in leaving}
        anew = emptied(databases[1], settled)
        anew.take(rows_of(vocabulary, present), NOBODY, apart=named)
        assert_equal(state(databases[0], people), state(databases[1], anew))
        assert grouped(people, settled, decided) == grouped(anew, settled, decided)


def decided_pairs(pairs):
    return pl.DataFrame(pairs, schema=no_pairs().schema, orient="row")
