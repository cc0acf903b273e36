"""resolution/completeness.py: the share of pairs that keys bring together, beside populations whose pairs are known."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from benchmarks.resolution_sets import febrl
from ingest.resolution.blocking_keys import BLOCKING, KINDS
from ingest.resolution.completeness import pair_completeness
from ingest.resolution.evidence import KEY, record_evidence
from ingest.resolution.parameters import default_parameters
from ingest.resolution.population import Population
from ingest.resolution.rows import clean_rows
from ingest.resolution.stored_blocks import SCHEMA, StoredBlocks

DATA = Path(__file__).parents[4] / "shared" / "data"
LIMITS = dict.fromkeys(range(len(BLOCKING)), 64)


@pytest.fixture
def blocks():
    """An open database with the profiles and keys of pairs: a list of the kinds that both of a pair share, each with a value of its own."""
    with duckdb.connect() as connection:

        def put(pairs, *, shift=0, extra=()):
            keys = [
                (KINDS.index(kind), 1000 * place + KINDS.index(kind), 2 * place + side + shift)
                for place, kinds in enumerate(pairs)
                for kind in kinds
                for side in (0, 1)
            ] + list(extra)
            numbers = sorted({n for _, _, n in keys} | {2 * place + side + shift for place in range(len(pairs)) for side in (0, 1)})
            profiles = (
                pl.DataFrame({"n": numbers}).with_columns(mark=(pl.col("n") - shift) * 7919 % 100_003, other_mark=pl.lit(0)).to_arrow()
            )
            rows = pl.DataFrame(keys, schema={"kind": pl.UInt8, "value": pl.Int64, "n": pl.Int64}, orient="row").to_arrow()
            connection.execute(f"create schema if not exists {SCHEMA}")
            for name, frame in (("profiles", profiles), ("block_keys", rows)):
                connection.register("incoming", frame)
                connection.execute(f"create or replace table {SCHEMA}.{name} as select * from incoming")
            return connection

        yield put


def two_ways(both, name_only, id_only):
    """Pairs that are one customer, by the way they agree in: an e-mail address, a name in its place, or both."""
    names, ids = ["name", "name_in_place"], ["email"]
    return [[*names, *ids]] * both + [names] * name_only + [ids] * id_only


def test_pairs_that_both_ways_miss_are_estimated_from_what_each_way_misses(blocks):
    """600 pairs, of which names bring 80 % and e-mail addresses 75 %, independently: 5 % are missed by both."""
    found = pair_completeness(blocks(two_ways(360, 120, 90) + [[]] * 30), LIMITS)
    assert found.share == pytest.approx(0.95, abs=0.001)
    assert found.matching_pairs == pytest.approx(600, rel=0.01)
    assert "about 95.0% of the pairs" in found.detail
    assert "names alone 360 of 450" in found.detail and "identifying values alone 360 of 480" in found.detail


def test_a_sign_says_how_many_of_its_pairs_the_other_way_brings_too(blocks):
    found = pair_completeness(blocks(two_ways(30, 10, 20)), LIMITS)
    assert found.by_sign.rows() == [("email", 50, 30, 0.6), ("name_in_place", 40, 30, 0.75)]


def test_a_kind_says_what_it_alone_brings(blocks):
    kinds = {row["kind"]: row for row in pair_completeness(blocks(two_ways(30, 10, 20)), LIMITS).by_kind.iter_rows(named=True)}
    assert list(kinds) == list(BLOCKING)
    assert (kinds["email"]["brought"], kinds["email"]["brought_by_it_alone"]) == (50, 20)
    assert (kinds["name"]["brought"], kinds["name"]["brought_by_it_alone"]) == (40, 0)
    assert (kinds["phone"]["brought"], kinds["phone"]["share"]) == (0, 0.0)


def test_a_block_beyond_its_limit_brings_nothing(blocks):
    """The same pairs; their word is one that seventy others have too."""
    crowd = [(KINDS.index("word"), 1, n) for n in range(10_000, 10_070)]
    shared = [(KINDS.index("word"), 1, n) for n in range(80)]
    pairs = [["email"]] * 40 + [["name_in_place", "name", "email"]] * 40
    within = pair_completeness(blocks(pairs, extra=shared), LIMITS | {KINDS.index("word"): 1000})
    beyond = pair_completeness(blocks(pairs, extra=[*shared, *crowd]), LIMITS)
    assert within.by_sign.filter(pl.col("sign") == "email")["found_by_others"].item() == 80
    assert beyond.by_sign.filter(pl.col("sign") == "email")["found_by_others"].item() == 40


def test_one_telephone_number_alone_makes_no_pair_sure(blocks):
    pairs = two_ways(30, 0, 0) + [["phone"]] * 50 + [["phone", "domain"]] * 25
    found = pair_completeness(blocks(pairs), LIMITS)
    assert dict(found.by_sign.select("sign", "sure_pairs").rows()) == {"email": 30, "name_in_place": 30, "domain and phone": 25}


def test_what_many_share_makes_no_pair_sure(blocks):
    five = [(KINDS.index("email"), 5, n) for n in range(500, 505)]
    found = pair_completeness(blocks(two_ways(25, 0, 0), extra=five), LIMITS)
    assert found.by_sign.filter(pl.col("sign") == "email")["sure_pairs"].item() == 25


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (two_ways(0, 30, 0), r"too few pairs \(0\) share an identifying value"),
        (two_ways(5, 0, 30), r"too few pairs \(5\) share a name in one place"),
    ],
)
def test_too_few_sure_pairs_of_one_way_say_nothing(blocks, pairs, said):
    found = pair_completeness(blocks(pairs), LIMITS)
    assert (found.share, found.matching_pairs) == (None, None)
    assert pl.Series([found.detail]).str.contains(said).item()


def test_no_profile_at_all_is_no_error(blocks):
    found = pair_completeness(blocks([]), LIMITS)
    assert found.share is None and found.by_kind["brought"].sum() == 0 and found.by_sign.is_empty()


def test_numbers_of_profiles_move_nothing(blocks):
    """A sample is drawn by what profiles say, so that the loads that brought them do not matter."""
    pairs = two_ways(200, 70, 60)
    one = pair_completeness(blocks(pairs), LIMITS, profiles=150)
    other = pair_completeness(blocks(pairs, shift=100_000), LIMITS, profiles=150)
    assert (one.share, one.detail) == (other.share, other.detail)
    assert one.by_kind.equals(other.by_kind) and one.profiles == 150 and one.of == 660


@pytest.mark.skipif(not (DATA / "febrl").is_dir(), reason="needs ../shared/data")
def test_on_persons_whose_pairs_are_known_the_estimate_is_within_a_hundredth():
    """5,000 records of febrl; 2026-11-22: 98.9 % estimated, 99.3 % true."""
    known = febrl(DATA)
    evidence = record_evidence(*clean_rows(known.records))
    with duckdb.connect() as connection:
        people = Population(connection, default_parameters())
        people.take(evidence, evidence.head(0).select(*KEY))
        limits = StoredBlocks(connection, default_parameters().blocking).limits(len(evidence))
        found = pair_completeness(connection, limits)
        connection.register("truth", people.members().join(known.truth, on="record_id").select("n", "cluster").unique("n").to_arrow())
        connection.register("limits", pl.DataFrame({"kind": list(limits), "most": list(limits.values())}).to_arrow())
        brought, pairs = connection.sql(
            f"""
            with pairs as (select a.n as "left", b.n as "right" from truth as a join truth as b on a.cluster = b.cluster and a.n < b.n),
            used as (
                select k.kind, k.value from {SCHEMA}.block_keys as k join limits as l on k.kind = l.kind
                group by k.kind, k.value, l.most having count(*) <= l.most
            ),
            keys as (select k.* from {SCHEMA}.block_keys as k semi join used as u on k.kind = u.kind and k.value = u.value)
            select (select count(*) from (
                select distinct p."left", p."right" from pairs as p
                join keys as l on p."left" = l.n join keys as r on p."right" = r.n and l.kind = r.kind and l.value = r.value
            )), (select count(*) from pairs)
            """
        ).fetchall()[0]
    assert pairs > 6_000
    assert found.share == pytest.approx(brought / pairs, abs=0.01)
