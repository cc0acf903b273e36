"""Whom the rules name for broken relations, and which share of a quota goes: the SQL against plain loops."""

import os

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from serving import what_if_tables

EXAMPLES = settings(max_examples=int(os.environ.get("BAILIWICK_EXAMPLES", "15")))
WORKERS = ("E1", "E2", "E3")


def _tables(way: str, loads: list[int], broken: int) -> duckdb.DuckDBPyConnection:
    """One territory, T, worked by three who keep some customers, and customers whose relation breaks there."""
    connection = duckdb.connect()
    kept = [(f"K{rep}{n}", "T", rep, False, True) for rep, load in zip(WORKERS, loads, strict=True) for n in range(load)]
    lost = [(f"B{n:03d}", "T", "E9", True, False) for n in range(broken)]
    connection.execute("create schema answer")
    columns = "customer_id varchar, to_territory_id varchar, owner_rep_id varchar, is_broken boolean, has_place boolean"
    connection.execute(f"create table answer.customers ({columns})")
    for row in kept + lost:
        connection.execute(f"insert into answer.customers values {row}")
    connection.execute(
        f"create table answer.policies as select 'T' as territory_id, 3 as worker_count, '{way}' as way, null as rep_id, '' as reason"
    )
    connection.execute("create table answer.workers as select 'T' as territory_id, 'E' || n as rep_id, n as turn from range(1, 4) as t(n)")
    return connection


def _proposed(connection: duckdb.DuckDBPyConnection) -> list[str]:
    query = what_if_tables.steps()["proposals"]
    found = connection.execute(f"select proposed_owner_rep_id from ({query}) order by customer_id").fetchall()
    connection.close()
    return [rep for (rep,) in found]


@EXAMPLES
@given(loads=st.lists(st.integers(0, 6), min_size=3, max_size=3), broken=st.integers(0, 12))
def test_least_loaded_deals_one_by_one_to_whoever_has_the_fewest(loads: list[int], broken: int) -> None:
    now, expected = dict(zip(WORKERS, loads, strict=True)), []
    for _ in range(broken):
        rep = min(now, key=lambda each: (now[each], each))
        now[rep] += 1
        expected.append(rep)
    assert _proposed(_tables("least_loaded", loads, broken)) == expected


@EXAMPLES
@given(broken=st.integers(0, 8))
def test_round_robin_deals_in_turn_from_the_lowest_id(broken: int) -> None:
    assert _proposed(_tables("round_robin", [3, 0, 1], broken)) == [WORKERS[n % 3] for n in range(broken)]


@EXAMPLES
@given(
    amounts=st.lists(st.tuples(st.integers(-5, 50), st.integers(0, 3), st.booleans()), min_size=1, max_size=8), quota=st.integers(1, 10_000)
)
def test_a_quota_is_shared_out_in_full_by_pipeline_else_potential_else_number(amounts: list[tuple[int, int, bool]], quota: int) -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema answer; create schema asked")
        connection.execute(
            "create table answer.customers (customer_id int, from_territory_id varchar, to_territory_id varchar, pipeline decimal(18, 2), "
            "potential decimal(18, 2), is_moved boolean)"
        )
        rows = [(n, "T", "U" if moved else "T", pipeline, potential, moved) for n, (pipeline, potential, moved) in enumerate(amounts)]
        connection.executemany("insert into answer.customers values (?, ?, ?, ?, ?, ?)", rows)
        connection.execute("create table answer.quota_before as select 'T' as territory_id, 'T' as quota_territory_id")
        connection.execute("create table answer.quota_after as from answer.quota_before")
        connection.execute(f"create table asked.quotas as select 'T' as territory_id, cast({quota} as decimal(18, 2)) as amount")
        query = what_if_tables.steps()["weights"]
        found = connection.execute(f"select customer_id, basis, quota_share, is_leaving from ({query}) order by customer_id").fetchall()
    assert abs(sum(share for _, _, share, _ in found) - quota) < 1e-6
    assert [is_leaving for *_, is_leaving in found] == [moved for *_, moved in amounts]
    pipelines, potentials = ([max(amount[place], 0) for amount in amounts] for place in (0, 1))
    weights = pipelines if sum(pipelines) else potentials if sum(potentials) else [1] * len(amounts)
    expected = [quota * weight / sum(weights) for weight in weights]
    assert all(abs(share - wanted) < 1e-6 for (_, _, share, _), wanted in zip(found, expected, strict=True))
