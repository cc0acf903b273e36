"""resolution/clustering.py: groups, judgements and vetoes that no chain breaks, and weak bridges."""

import random
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.resolution import clustering
from ingest.resolution.clustering import ClusterLimits, cluster

CERTAIN, DOUBTFUL = 30.0, 8.0
LIMITS = ClusterLimits(bridge_certain=20.0)


def pairs_frame(pairs):
    return pl.DataFrame([pair[:2] for pair in pairs], schema={"left": pl.Int64, "right": pl.Int64}, orient="row")


def clustered(edges, *, codes=(), size=None, same=(), different=(), merged=(), ties=None):
    """cluster() of edges (left, right[, weight; else certain]) between records numbered as their ties."""
    weighed = [(*edge[:2], float(edge[2] if len(edge) > 2 else CERTAIN)) for edge in edges]
    numbers = [end for pairs in (weighed, same, different, merged) for pair in pairs for end in pair[:2]]
    size = size or max(len(codes), 1 + max(numbers, default=-1))
    records = pl.DataFrame(
        {"n": range(size), "tie": ties or range(size), "credit_code": [*codes, *[None] * (size - len(codes))]},
        schema={"n": pl.Int64, "tie": pl.UInt64, "credit_code": pl.String},
    )
    return cluster(
        records,
        pl.DataFrame(weighed, schema={"left": pl.Int64, "right": pl.Int64, "weight": pl.Float64}, orient="row"),
        same=pairs_frame(same),
        different=pairs_frame(different),
        merged=pairs_frame(merged),
        limits=LIMITS,
    )


def groups_of(*args, **kwargs):
    return clustered(*args, **kwargs).group.to_list()


def cuts_of(found):
    return [row[:3] for row in found.cuts.iter_rows()]


def clique(records, weight=DOUBTFUL):
    return [(*pair, weight) for pair in combinations(records, 2)]


def partition(groups):
    together = {}
    for record, group in enumerate(groups):
        together.setdefault(group, set()).add(record)
    return {frozenset(members) for members in together.values()}


def test_records_are_grouped_through_others_under_the_one_with_the_least_tie():
    assert groups_of([(3, 4), (1, 3), (0, 2)], size=6) == [0, 1, 0, 1, 1, 5]
    assert groups_of([(0, 1)], size=3, ties=[9, 3, 5]) == [1, 1, 2]


def test_no_records_give_no_groups():
    found = clustered([])
    assert (found.component.to_list(), found.group.to_list(), found.cuts.rows()) == ([], [], [])


def test_a_record_without_a_code_goes_with_the_stronger_of_two_codes():
    found = clustered([(0, 1, 25), (1, 2, 26)], codes=["A", None, "B"])
    assert found.component.to_list() == [0, 0, 0]
    assert found.group.to_list() == [0, 1, 1]
    assert found.cuts.rows() == [(0, 1, "credit_codes", "Kept apart: the groups have different credit codes (A; B).")]


def test_of_equally_strong_pairs_the_one_with_the_least_ties_counts():
    assert groups_of([(0, 1), (1, 2)], codes=["A", None, "B"]) == [0, 0, 2]
    assert groups_of([(0, 1), (1, 2)], codes=["A", None, "B"], ties=[3, 2, 1]) == [0, 2, 2]


def test_weights_that_differ_by_the_order_of_adding_only_are_equal():
    assert groups_of([(0, 1, 0.1 + 0.2 + 25), (1, 2, 25 + 0.3)], codes=["A", None, "B"]) == [0, 0, 2]


def test_what_a_system_merged_stays_together_whatever_its_codes_and_keeps_them_all_against_others():
    found = clustered([(1, 2), (1, 3)], codes=["A", "B", "C", "B"], merged=[(0, 1)])
    assert (found.group.to_list(), cuts_of(found)) == ([0, 0, 2, 0], [(1, 2, "credit_codes")])


def test_records_judged_the_same_are_one_group_whatever_codes_and_weights_say():
    assert groups_of([], codes=["A", "B"], same=[(0, 1)]) == [0, 0]
    assert groups_of([(1, 2)], codes=["A", "B", "B"], same=[(0, 1)]) == [0, 0, 0]


def test_records_judged_different_are_never_in_one_group():
    found = clustered([(0, 1), (1, 2, 40)], different=[(0, 2)])
    assert (found.group.to_list(), cuts_of(found)) == ([0, 1, 1], [(0, 1, "judged_different")])


def test_judged_different_counts_more_than_judged_the_same_and_than_merged():
    found = clustered([], same=[(0, 1)], merged=[(1, 2)], different=[(0, 2)])
    assert (found.group.to_list(), cuts_of(found)) == ([0, 0, 2], [(1, 2, "judged_different")])
    assert groups_of([(0, 1)], merged=[(0, 1)], different=[(1, 0)]) == [0, 1]


def test_a_pair_that_is_found_twice_is_cut_once():
    found = clustered([(0, 1)], merged=[(1, 0)], different=[(0, 1)])
    assert cuts_of(found) == [(1, 0, "judged_different")]


def test_a_record_judged_different_from_itself_is_a_fault():
    with pytest.raises(ValueError, match="do not collapse"):
        clustered([(0, 1)], different=[(1, 1)])


def test_a_tie_that_occurs_twice_is_a_fault():
    with pytest.raises(ValueError, match="same"):
        clustered([(0, 1)], ties=[7, 7])


def test_numbers_with_a_gap_are_a_fault():
    records = pl.DataFrame({"n": [0, 2], "tie": [1, 2], "credit_code": [None, None]}, schema_overrides={"credit_code": pl.String})
    none = pairs_frame([])
    with pytest.raises(ValueError, match="each once"):
        cluster(records, none.with_columns(weight=pl.lit(1.0)), same=none, different=none, merged=none, limits=LIMITS)


def test_two_dense_groups_tied_by_one_doubtful_pair_are_cut_and_it_is_said():
    found = clustered([*clique([0, 1, 2]), *clique([3, 4, 5]), (2, 3, DOUBTFUL)])
    assert set(found.component) == {0}
    assert found.group.to_list() == [0, 0, 0, 3, 3, 3]
    assert found.cuts.rows() == [
        (
            *(2, 3, "weak_bridge"),
            "Kept apart: of the 9 pairs between groups of 3 and 3 records only 1 look the same, the strongest with 8.0 bits, "
            "and no record knows both groups well.",
        )
    ]


def test_a_bridge_is_cut_even_where_it_outweighs_the_pairs_inside_the_groups():
    ten, others = range(10), range(10, 20)
    found = clustered([*clique(ten, 5.0), *clique(others, 6.0), (9, 10, 19.0)])
    assert partition(found.group) == {frozenset(ten), frozenset(others)}


def test_a_certain_pair_ties_two_dense_groups():
    assert set(groups_of([*clique([0, 1, 2]), *clique([3, 4, 5]), (2, 3, CERTAIN)])) == {0}


def test_groups_that_share_a_credit_code_are_tied_by_a_doubtful_pair():
    assert set(groups_of([*clique([0, 1, 2]), *clique([3, 4, 5]), (2, 3, DOUBTFUL)], codes=["A", None, None, None, None, "A"])) == {0}


def test_groups_that_know_each_other_are_one():
    assert set(groups_of([*clique([0, 1, 2]), *clique([3, 4, 5]), (2, 3, DOUBTFUL), (0, 5, DOUBTFUL)])) == {0}


@pytest.mark.parametrize("leaves", [3, 5, 40])
def test_records_that_only_a_hub_knows_stay_together(leaves):
    assert set(groups_of([(0, leaf, DOUBTFUL) for leaf in range(1, leaves + 1)])) == {0}


def test_a_hub_that_knows_three_whole_groups_holds_them_together():
    parts = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    known = [(0, member, DOUBTFUL) for part in parts for member in part]
    assert set(groups_of([*known, *(pair for part in parts for pair in clique(part))])) == {0}


def test_a_record_that_knows_one_of_each_of_two_groups_does_not_make_them_one():
    found = clustered([*clique([1, 2, 3, 4]), *clique([5, 6, 7, 8]), (0, 1, 9.0), (0, 5, DOUBTFUL)])
    assert partition(found.group) == {frozenset([0, 1, 2, 3, 4]), frozenset([5, 6, 7, 8])}
    assert cuts_of(found) == [(0, 5, "weak_bridge")]


def test_a_record_on_the_edge_of_a_dense_group_stays_with_it():
    assert set(groups_of([*clique(range(8)), (7, 8, DOUBTFUL)])) == {0}


@pytest.mark.parametrize("step", [0.0, 0.1, -0.1])
def test_a_long_chain_of_doubtful_pairs_is_cut_whichever_end_is_stronger(step):
    found = clustered([(i, i + 1, DOUBTFUL + step * i) for i in range(19)])
    assert max(len(group) for group in partition(found.group)) <= 6
    assert set(found.cuts["cause"]) == {"weak_bridge"}


def test_a_short_chain_stays_whole():
    assert set(groups_of([(i, i + 1, DOUBTFUL) for i in range(4)])) == {0}


def test_a_long_chain_of_certain_pairs_is_no_deep_recursion():
    size = 50_000
    chain = [(i, i + 1) for i in range(size - 1)]
    assert set(groups_of(chain)) == {0}
    found = clustered(chain, codes=["A"], different=[(0, size - 1)])
    assert len(found.cuts) == 1


# Records with few codes, pairs of a few weights, judgements among them: small enough that every kind of conflict occurs.
RECORDS = st.lists(st.sampled_from([None, None, None, "A", "B"]), min_size=1, max_size=14)


@st.composite
def tangles(draw):
    codes = draw(RECORDS)
    record = st.integers(0, len(codes) - 1)
    pairs = st.tuples(record, record).filter(lambda pair: pair[0] != pair[1])
    few = st.lists(pairs, max_size=2 if len(codes) > 1 else 0)
    weights = st.sampled_from([6.0, DOUBTFUL, DOUBTFUL, CERTAIN])
    many = st.lists(st.tuples(pairs, weights), max_size=40 if len(codes) > 1 else 0, unique_by=lambda edge: frozenset(edge[0]))
    edges = [(*pair, weight) for pair, weight in draw(many)]
    return {"edges": edges, "codes": codes, "same": draw(few), "different": draw(few), "merged": draw(few)}


def solved(tangle):
    tangle = dict(tangle)
    return clustered(tangle.pop("edges"), **tangle)


def every_component(codes, pairs, different, against, label, limits):
    return np.ones(label.max() + 1, dtype=bool)


def shuffled(tangle, order):
    """The same tangle with record i numbered order[i]; ties keep the old numbers."""
    codes, ties = [None] * len(order), [0] * len(order)
    for record, number in enumerate(order):
        codes[number], ties[number] = tangle["codes"][record], record
    turned = {
        name: [(order[p[1]], order[p[0]], *p[2:]) for p in reversed(tangle[name])] for name in ("edges", "same", "different", "merged")
    }
    return turned | {"codes": codes, "ties": ties}


@given(tangle=tangles())
def test_no_group_holds_records_judged_different_and_two_codes_only_by_judgement_or_merge(tangle):
    group = solved(tangle).group.to_list()
    assert all(group[left] != group[right] for left, right in tangle["different"])
    sure = [set(pair) for pair in tangle["same"] + tangle["merged"]]
    for left, right in combinations(range(len(group)), 2):
        if group[left] == group[right] and {tangle["codes"][left], tangle["codes"][right]} == {"A", "B"}:
            members = {i for i, g in enumerate(group) if g == group[left]}
            assert any(pair <= members for pair in sure)


@given(tangle=tangles())
def test_every_pair_is_inside_a_group_or_reported_once(tangle):
    found = solved(tangle)
    group = found.group.to_list()
    apart = {frozenset(p[:2]) for name in ("edges", "same", "merged") for p in tangle[name] if group[p[0]] != group[p[1]]}
    reported = [frozenset(pair) for pair in found.cuts.select("left", "right").iter_rows()]
    assert sorted(map(sorted, reported)) == sorted(map(sorted, apart))
    assert {found.component[left] == found.component[right] for left, right in reported} <= {True}


@given(tangle=tangles(), data=st.data())
def test_neither_the_order_of_rows_nor_the_numbers_of_records_decide(tangle, data):
    order = data.draw(st.permutations(range(len(tangle["codes"]))))
    found, other = solved(tangle), solved(shuffled(tangle, order))
    for column in ("component", "group"):
        was, now = getattr(found, column), getattr(other, column)
        assert [order[number] for number in was] == [now[order[record]] for record in range(len(order))]
    was_cut = [(frozenset((order[left], order[right])), *rest) for left, right, *rest in found.cuts.iter_rows()]
    assert was_cut == [(frozenset((left, right)), *rest) for left, right, *rest in other.cuts.iter_rows()]


@given(one=tangles(), two=tangles())
def test_components_are_clustered_alike_alone_and_together(one, two):
    shift = len(one["codes"])
    both = {"codes": one["codes"] + two["codes"]}
    for name in ("edges", "same", "different", "merged"):
        both[name] = one[name] + [(left + shift, right + shift, *rest) for left, right, *rest in two[name]]
    together = solved(both).group.to_list()
    assert together[:shift] == solved(one).group.to_list()
    assert together[shift:] == [number + shift for number in solved(two).group]


@given(tangle=tangles())
def test_taking_every_pair_one_by_one_gives_the_same_groups(tangle):
    quick = solved(tangle)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clustering, "_may_be_cut", every_component)
        slow = solved(tangle)
    assert quick.group.to_list() == slow.group.to_list()
    assert quick.cuts.rows() == slow.cuts.rows()


@given(seed=st.integers(0, 300))
def test_larger_doubtful_webs_are_clustered_alike_quick_and_one_by_one(seed):
    dice = random.Random(seed)
    size = dice.randint(6, 25)
    edges = [
        (*pair, dice.choice([6.0, DOUBTFUL, CERTAIN])) for pair in combinations(range(size), 2) if dice.random() < dice.choice([0.1, 0.3])
    ]
    edges += [(0, other, DOUBTFUL) for other in range(1, size) if not any({0, other} == set(edge[:2]) for edge in edges)] * dice.randint(
        0, 1
    )
    quick = clustered(edges, size=size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clustering, "_may_be_cut", every_component)
        assert clustered(edges, size=size).group.to_list() == quick.group.to_list()
