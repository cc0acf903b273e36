"""resolution/blocking.py: limits of blocks, and what lies beyond them; and that pairs stay few whatever records coincide."""

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.resolution.blocking import block_limits, refused_blocks
from ingest.resolution.blocking_keys import BLOCKING, KINDS
from ingest.resolution.evidence import KEY, NUMBERS, TEXTS
from ingest.resolution.parameters import Blocking
from ingest.resolution.population import Population

PHONE, NAME, DISTRICT = (KINDS.index(kind) for kind in ("phone", "name", "district"))
BUDGET = Blocking(pairs_per_record=1.0, pairs_per_record_of_hints=1.0, fewest_pairs=100, largest_block=64, smallest_limit=4)
blocks = st.dictionaries(st.tuples(st.sampled_from([PHONE, NAME, DISTRICT]), st.integers(2, 300)), st.integers(1, 30), max_size=30)


def histogram(sizes):
    """(kind, size) -> blocks."""
    rows = [(kind, size, count) for (kind, size), count in sizes.items()]
    return pl.DataFrame(rows, schema={"kind": pl.UInt8, "size": pl.Int64, "blocks": pl.Int64}, orient="row")


def pairs_within(sizes, kind, limit):
    return sum(count * size * (size - 1) // 2 for (found, size), count in sizes.items() if found == kind and size <= limit)


@given(blocks, st.integers(0, 5000))
def test_a_limit_is_the_greatest_power_of_two_within_the_budget(sizes, records):
    limits = block_limits(histogram(sizes), records=records, settings=BUDGET)
    budget = max(records, BUDGET.fewest_pairs)
    assert sorted(limits) == list(range(len(BLOCKING)))
    for kind, limit in limits.items():
        assert limit in (4, 8, 16, 32, 64)
        assert limit == BUDGET.smallest_limit or pairs_within(sizes, kind, limit) <= budget
        assert limit == BUDGET.largest_block or pairs_within(sizes, kind, 2 * limit) > budget


@given(blocks, st.integers(0, 5000), st.randoms())
def test_limits_do_not_depend_on_the_order_of_blocks(sizes, records, chance):
    rows = histogram(sizes)
    order = list(range(len(rows)))
    chance.shuffle(order)
    assert block_limits(rows[order], records=records, settings=BUDGET) == block_limits(rows, records=records, settings=BUDGET)


@given(blocks)
def test_every_block_beyond_its_limit_is_reported(sizes):
    limits = block_limits(histogram(sizes), records=0, settings=BUDGET)
    told = {kind: rest for kind, *rest in refused_blocks(histogram(sizes), limits).rows()}
    for kind in (PHONE, NAME):
        beyond = {size: count for (found, size), count in sizes.items() if found == kind and size > limits[kind]}
        expected = [sum(beyond.values()), sum(size * count for size, count in beyond.items()), max(beyond)] if beyond else None
        assert told.get(KINDS[kind]) == expected
    assert "district" not in told  # counted, never blocked by


def test_no_blocks_have_the_widest_limits_and_none_refused():
    limits = block_limits(histogram({}), records=0, settings=BUDGET)
    assert set(limits.values()) == {64}
    assert refused_blocks(histogram({}), limits).is_empty()


@pytest.fixture(scope="module")
def taken(parameters):
    """What a load of so many records of one source did, whose evidence is columns of one value or of a number each."""

    def of(count, **columns):
        number = pl.int_range(count).cast(pl.String)
        values = {name: value(number) if callable(value) else pl.lit(value) for name, value in columns.items()}
        texts = [values.get(name, pl.lit(None)).cast(pl.String).alias(name) for name in TEXTS]
        places = [pl.lit(None, pl.Float32).alias(name) for name in NUMBERS]
        keys = [pl.lit("a").alias("source"), number.str.zfill(6).alias("record_id")]
        rows = pl.select(number.alias("number")).select(*keys, *texts, *places)
        with duckdb.connect() as connection:
            people = Population(connection, parameters())
            done = people.take(rows, pl.DataFrame(schema=dict.fromkeys(KEY, pl.String)))
            return done, people.pairs()

    return of


TWIN = {"name": "quill press", "core": "quill press", "words": "quill press", "bag": "press quill", "joined": "quillpress"}


def test_fifty_thousand_twins_are_one_profile(taken):
    done, pairs = taken(50_000, **TWIN, phone="12065550100")
    assert (done.born, done.profiles, done.compared, len(pairs)) == (1, 1, 0, 0)


def test_twenty_thousand_rows_of_one_bare_name_are_not_compared_and_are_reported(taken):
    """They say too little to be one profile."""
    done, _ = taken(20_000, **TWIN)
    assert (done.born, done.compared) == (20_000, 0)
    told = {row["kind"]: (row["blocks"], row["records"], row["largest"]) for row in done.refused.to_dicts()}
    assert told["name"] == told["word_pair"] == (1, 20_000, 20_000)
    assert told["word"] == (2, 40_000, 20_000)


def test_a_telephone_number_that_twenty_thousand_rows_share_makes_no_pairs(taken):
    done, _ = taken(20_000, phone="12065550100", email=lambda number: pl.concat_str(number, pl.lit("@quill.example")))
    assert (done.born, done.compared) == (20_000, 0)
    assert [(row["kind"], row["largest"]) for row in done.refused.to_dicts()] == [("phone", 20_000)]


def test_pairs_stay_within_the_budget_of_each_kind(taken, parameters):
    """Blocks of a hundred: 99 pairs a record in each of two kinds."""

    def hundreds(number):
        return (number.cast(pl.Int64) // 100).cast(pl.String)

    done, _ = taken(20_000, phone=lambda n: pl.concat_str(pl.lit("1206555"), hundreds(n)), registry_id=lambda n: n, email=hundreds)
    settings = parameters().blocking
    budget = max(settings.pairs_per_record * 20_000, settings.fewest_pairs)
    assert done.compared <= 2 * budget
    assert {row["kind"]: row["blocks"] for row in done.refused.to_dicts()} == {"phone": 200, "email": 200}
