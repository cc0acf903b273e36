"""Pairs into groups: records that are one customer directly or through others, and where a group must be cut.

Here: components, the judgements and vetoes that no chain of likenesses may break, weak bridges between groups.
Not here: which pairs are the same (comparisons.py, scoring.py), what stewards decided (judgements.py), which id a group gets (identity.py).

The order of what counts: judged different, then judged same, then merged by a CRM (合并), then two credit codes that differ, then what
speaks against, then the weights. Only judgements and merges put two credit codes into one group; such a group holds all its codes
against others.

Everything is a function of a component alone (the records that hang together before any cut), so computing the components that an
increment touches gives what computing all of them gives. Most components hold no conflict and are groups as they are; in the others
pairs are taken one after the other, and a pair joins the two groups its ends are in unless something forbids it.

What speaks against. A system that keeps two records apart has some reason to. A pair joins two groups by its weight only if all known pairs
between them, those inside one system that are not the same by score among them, weigh `contradicted_below` on average: Apple Inc. and
Apple Hospitality REIT, both in one list, do not come together because a list of short names has an Apple that resembles both.

Weak bridges. Likeness is not transitive, so one doubtful pair could tie two customers, and a chain of them twenty shops. Weights
cannot tell (the bridge weighs what other pairs weigh), but the shape can. A doubtful pair (weight below `bridge_certain`) joins two
groups, together at least twice `bridge_group` records, only if one of these holds:
- the known pairs across are at least `bridge_density` of the possible ones: the groups know each other;
- an end of the pair is a hub: it knows at least `hub_share` of the others on its own side and of the other side. A record which took over
  three telephone numbers when it was merged is the only one to know all the others, and everything hangs on it rightly;
- both hold the same credit code.
So two dense groups tied by one pair are cut, a star stays whole at any size, a record hanging on a record in the midst of a group stays,
and a chain of doubtful pairs falls into pieces. A group of fewer than twice `bridge_group` records is never cut: four or five
records in a row are common where people write one customer in several ways. Doubtful pairs whose two ends have no neighbour in
common, though both have others, come last: they are the bridges, and must meet the groups whole, even where a bridge outweighs
the pairs inside the groups. Every pair that ends across two groups is reported with its cause. 2026-11-22
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

_PAIR = ["left", "right"]
_JUDGED, _MERGED, _CERTAIN, _DOUBTFUL, _BRIDGE = range(
    5
)  # the order in which pairs are taken; within each by weight, then by the ties of the ends
_MOST_OF_ONE = 20.0  # bits that one pair counts for in an average
_WEIGHT_DIGITS = 6  # weights are sums: in another order of adding the last digits differ, and must not decide


@dataclass(frozen=True, kw_only=True)
class ClusterLimits:
    """When a pair may not join two groups; the module's docstring says how.

    `contradicted_below`, `bridge_certain`: bits; the shares: 0 to 1.
    """

    bridge_certain: float
    bridge_group: int = 3
    bridge_density: float = 0.2
    hub_share: float = 0.5
    contradicted_below: float = float("-inf")


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """`component`, `group`: Int64 per record, by n: the n of the member with the least tie, before and after cuts.

    `cuts`: left, right (as given), cause (judged_different, credit_codes, contradicted, weak_bridge), detail (a sentence for people):
    every pair, by score, judgement or merge, whose ends are in different groups, once; ordered by the ties of the ends.
    """

    component: pl.Series
    group: pl.Series
    cuts: pl.DataFrame


def cluster(
    records: pl.DataFrame,
    edges: pl.DataFrame,
    *,
    same: pl.DataFrame,
    different: pl.DataFrame,
    merged: pl.DataFrame,
    limits: ClusterLimits,
    against: pl.DataFrame | None = None,
) -> Clusters:
    """Groups of the records 0 .. len(records)-1; neither the order of rows nor the numbers n decide anything.

    `records`: n, tie (UInt64 or text: one key per record, of its content), credit_code (valid, or null). `edges`: left, right, weight
    (bits): the pairs that are the same by score. `same`, `different`, `merged`: left, right: judged pairs and what a CRM merged; a pair may
    stand in several frames. `against`: left, right, weight: pairs inside one system that are not the same by score. Raises ValueError
    for ties that occur twice, for numbers that are not 0 .. len-1, and for a record judged different from itself: two records with such a
    judgement between them must not be collapsed into one before.
    """
    records = records.sort("n")
    by_tie = _by_tie(records, different)
    pairs = pl.concat([_of_kind(same, _JUDGED), _of_kind(merged, _MERGED), _of_kind(edges, _CERTAIN)]).filter(
        pl.col("left") != pl.col("right")
    )
    label = _labels(pairs, len(records))
    component = _least(label, by_tie)[label]
    speaking = _no_pairs() if against is None else _of_kind(against, _CERTAIN)
    to_cut = _may_be_cut(records["credit_code"], pairs, different, speaking, label, limits)
    numbers = by_tie[to_cut[label[by_tie]]]  # the records to look at one by one
    numbers = numbers[np.argsort(label[numbers], kind="stable")]  # by component, then by tie: from here on their places break ties
    place = np.full(len(records), -1, dtype=np.int64)
    place[numbers] = np.arange(len(numbers))
    placed = _strongest_first(_placed(pairs.with_columns(part=pl.Series(label[pairs["left"].to_numpy()])), place))
    known = _known(placed)
    placed = _bridges_last(placed, known, limits)
    apart = _placed(different, place).select("low", "high")
    weighed = pl.concat([_placed(frame.select(*_PAIR, "weight", "kind"), place) for frame in (pairs, speaking)])
    groups = _Groups(records["credit_code"].gather(numbers).to_list(), known, apart.iter_rows(), limits)
    groups.weigh(weighed.filter(pl.col("kind") == _CERTAIN).select("low", "high", "weight"))
    groups.take(placed)
    roots = np.array([groups.root(i) for i in range(len(numbers))], dtype=np.int64)
    group = component.copy()
    group[numbers] = numbers[_least(roots, np.arange(len(numbers)))[roots]]
    return Clusters(
        component=pl.Series("component", component, dtype=pl.Int64),
        group=pl.Series("group", group, dtype=pl.Int64),
        cuts=_cuts(placed.filter(pl.Series(roots[placed["low"].to_numpy()] != roots[placed["high"].to_numpy()])), groups, by_tie),
    )


def _by_tie(records: pl.DataFrame, different: pl.DataFrame) -> np.ndarray:
    """The numbers of the records, least tie first. Raises ValueError for what cannot be clustered."""
    if not (records["n"] == pl.int_range(len(records), eager=True)).all():
        raise ValueError("cluster: the column n must number the records 0 .. len-1, each once")
    if (different["left"] == different["right"]).any():
        raise ValueError("cluster: a record is judged different from itself; do not collapse records that have a judgement between them")
    by_tie = records["tie"].arg_sort()
    ties = records["tie"].gather(by_tie)
    if ties.null_count() or (ties == ties.shift(1)).any():
        raise ValueError("cluster: a record has no tie, or two records have the same")
    return by_tie.to_numpy().astype(np.int64)


def _of_kind(frame: pl.DataFrame, kind: int) -> pl.DataFrame:
    weight = pl.col("weight").cast(pl.Float64).round(_WEIGHT_DIGITS) if kind == _CERTAIN else pl.lit(float("inf"))
    return frame.select(*(pl.col(end).cast(pl.Int64) for end in _PAIR), weight.alias("weight"), pl.lit(kind, dtype=pl.Int8).alias("kind"))


def _labels(pairs: pl.DataFrame, size: int) -> np.ndarray:
    """Per record the label (0 ..) of the records it hangs together with along the pairs."""
    if not size:
        return np.empty(0, dtype=np.int32)
    graph = coo_array((np.ones(len(pairs)), (pairs["left"].to_numpy(), pairs["right"].to_numpy())), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def _least(label: np.ndarray, by_tie: np.ndarray) -> np.ndarray:
    """Per label the record with the least tie."""
    least = np.zeros(int(label.max(initial=-1)) + 1, dtype=np.int64)
    least[label[by_tie][::-1]] = by_tie[::-1]  # of several assignments to one place the last counts
    return least


def _no_pairs() -> pl.DataFrame:
    return pl.DataFrame(schema={"left": pl.Int64, "right": pl.Int64, "weight": pl.Float64, "kind": pl.Int8})


def _may_be_cut(
    codes: pl.Series, pairs: pl.DataFrame, different: pl.DataFrame, against: pl.DataFrame, label: np.ndarray, limits: ClusterLimits
) -> np.ndarray:
    """Per component: it may have to be cut, so its pairs are taken one by one. The rest are groups as they are, surely."""
    sizes = np.bincount(label)
    held = np.zeros(len(sizes), dtype=bool)
    coded = pl.DataFrame({"label": label, "code": codes}).drop_nulls("code").unique()
    held[coded.filter(pl.len().over("label") > 1)["label"].to_numpy()] = True
    for frame in (different, against):
        left, right = (label[frame[end].to_numpy()] for end in _PAIR)
        held[left[left == right]] = True
    is_doubtful = (pl.col("kind") == _CERTAIN) & (pl.col("weight") < limits.bridge_certain)
    doubtful = np.zeros(len(sizes), dtype=bool)
    doubtful[label[pairs.filter(is_doubtful)["left"].to_numpy()]] = True
    bridged = doubtful & ~held & (sizes >= 2 * limits.bridge_group)
    asked = pairs.filter(pl.Series(bridged[label[pairs["left"].to_numpy()]], dtype=pl.Boolean))
    return held | (bridged & ~_surely_whole(asked, is_doubtful, label, sizes))


def _surely_whole(pairs: pl.DataFrame, is_doubtful: pl.Expr, label: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Per component without vetoes: surely no weak bridge, since pairs beyond doubt tie all of it, or one record knows all the others.

    The latter's pairs join all groups in whatever order: where it stands it knows all of its own side and of the other.
    """
    tied = _labels(pairs.filter(~is_doubtful), len(label))
    whole = np.bincount(label[_least(tied, np.arange(len(tied)))], minlength=len(sizes)) == 1
    once = pairs.select(low=pl.min_horizontal(*_PAIR), high=pl.max_horizontal(*_PAIR)).unique()
    known = np.bincount(np.concatenate([once["low"].to_numpy(), once["high"].to_numpy()]), minlength=len(label))
    whole[label[known == sizes[label] - 1]] = True
    return whole


def _placed(pairs: pl.DataFrame, place: np.ndarray) -> pl.DataFrame:
    """The pairs with both ends among the records looked at, with the places of their ends: low, high."""
    left, right = (place[pairs[end].to_numpy()] for end in _PAIR)
    placed = pairs.with_columns(low=pl.Series(np.minimum(left, right)), high=pl.Series(np.maximum(left, right)))
    return placed.filter(pl.col("low") >= 0)


def _strongest_first(placed: pl.DataFrame) -> pl.DataFrame:
    """Each pair once, as what counts most of what it is: component by component; judged, merged, then by weight, then by its ends."""
    placed = placed.sort("part", "kind", "weight", "low", "high", "left", descending=[False, False, True, False, False, False])
    return placed.unique(["low", "high"], keep="first", maintain_order=True)


def _known(placed: pl.DataFrame) -> dict[int, set[int]]:
    """Per record the records it is in a pair with."""
    known: defaultdict[int, set[int]] = defaultdict(set)
    for low, high in zip(placed["low"].to_list(), placed["high"].to_list(), strict=True):
        known[low].add(high)
        known[high].add(low)
    return known


def _bridges_last(placed: pl.DataFrame, known: Mapping[int, set[int]], limits: ClusterLimits) -> pl.DataFrame:
    """The pairs in the order they are taken, with their `kind` from _JUDGED to _BRIDGE."""
    is_doubtful = (pl.col("kind") == _CERTAIN) & (pl.col("weight") < limits.bridge_certain)
    placed = placed.with_columns(kind=pl.when(is_doubtful).then(pl.lit(_DOUBTFUL, dtype=pl.Int8)).otherwise("kind"))
    kinds = [
        _BRIDGE if kind == _DOUBTFUL and _is_bridge(known[low], known[high]) else kind
        for low, high, kind in zip(placed["low"].to_list(), placed["high"].to_list(), placed["kind"].to_list(), strict=True)
    ]
    return placed.with_columns(kind=pl.Series(kinds, dtype=pl.Int8)).sort("part", "kind", maintain_order=True)


def _is_bridge(left: set[int], right: set[int]) -> bool:
    return len(left) > 1 and len(right) > 1 and left.isdisjoint(right)


class _Groups:
    """Union-find that knows per group its credit codes, what it must stay apart from, and how many pairs lead to which other group.

    The smaller side (records and pairs) is always moved into the larger, so each pair moves about log2(n) times at most.
    """

    def __init__(self, codes: list[str | None], known: Mapping[int, set[int]], apart: Iterable[tuple[int, int]], limits: ClusterLimits):
        size = len(codes)
        self.limits = limits
        self.known = known
        self.parent = list(range(size))
        self.members = [[i] for i in range(size)]
        self.codes = [frozenset([code]) if code else frozenset() for code in codes]
        self.apart: list[set[int]] = [set() for _ in range(size)]
        self.across = [dict.fromkeys(known[i], 1) for i in range(size)]  # other root -> pairs between the two groups
        self.within = [0] * size  # per record: the records of its own group that it knows
        self.burden = [1 + len(self.across[i]) for i in range(size)]
        self.balance: list[dict[int, tuple[float, int]]] = [{} for _ in range(size)]  # other root -> bits between the groups, pairs
        self.no_hub: dict[tuple[int, int], int] = {}
        for low, high in apart:
            self.apart[low].add(high)
            self.apart[high].add(low)

    def weigh(self, pairs: pl.DataFrame) -> None:
        """Take note of what all known pairs (low, high, weight) weigh, those that speak against too."""
        for low, high, weight in pairs.iter_rows():
            self.balance[low][high] = self.balance[high][low] = (min(max(weight, -_MOST_OF_ONE), _MOST_OF_ONE), 1)

    def root(self, record: int) -> int:
        parent = self.parent
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def take(self, placed: pl.DataFrame) -> None:
        """Join along the pairs in their order, again and again until no pair is let through: what stays apart does so in the end too."""
        waiting = list(placed.select("low", "high", "kind").iter_rows())
        while len(refused := [pair for pair in waiting if not self._is_let_through(*pair)]) < len(waiting):
            waiting = refused

    def _is_let_through(self, low: int, high: int, kind: int) -> bool:
        left, right = self.root(low), self.root(high)
        if left == right:
            return True
        if self.conflict(left, right, sure=kind < _CERTAIN) or (kind > _CERTAIN and self._is_weak(low, high, left, right)):
            return False
        if kind >= _CERTAIN and self.is_contradicted(left, right):
            return False
        self._join(left, right)
        return True

    def conflict(self, left: int, right: int, *, sure: bool = False) -> str | None:
        """What forbids the two groups to be one whatever the weights; a judged or merged pair is `sure` whatever the codes."""
        if right in self.apart[left]:
            return "judged_different"
        if not sure and self.codes[left] and self.codes[right] and self.codes[left].isdisjoint(self.codes[right]):
            return "credit_codes"
        return None

    def is_contradicted(self, left: int, right: int) -> bool:
        """What is known between the two groups speaks, on average, less than enough for their being one."""
        bits, pairs = self.balance[left].get(right, (0.0, 0))
        return pairs > 0 and bits / pairs < self.limits.contradicted_below

    def _is_weak(self, low: int, high: int, left: int, right: int) -> bool:
        """A doubtful pair between records `low` and `high` is a weak bridge between their groups."""
        sizes = len(self.members[left]), len(self.members[right])
        if sum(sizes) < 2 * self.limits.bridge_group or self.codes[left] & self.codes[right]:
            return False
        if self.across[left][right] >= self.limits.bridge_density * sizes[0] * sizes[1]:
            return False
        return not (self._is_hub(low, left, right) or self._is_hub(high, right, left))

    def _is_hub(self, record: int, own: int, other: int) -> bool:
        """The record knows `hub_share` of the others in its own group and of the records of the other one."""
        mine, others, share = self.members[own], self.members[other], self.limits.hub_share
        if self.within[record] < share * (len(mine) - 1) or len(self.known[record]) < share * len(others):
            return False
        if self.no_hub.get((record, other)) == len(mine) + len(others):  # asked before, and neither group has grown since
            return False
        if len(others) <= len(self.known[record]):
            met = sum(member in self.known[record] for member in others)
        else:
            met = sum(self.root(neighbour) == other for neighbour in self.known[record])
        if met < share * len(others):
            self.no_hub[record, other] = len(mine) + len(others)
            return False
        return True

    def _join(self, large: int, small: int) -> None:
        if self.burden[large] < self.burden[small]:
            large, small = small, large
        if small in self.across[large]:
            for member in self.members[small]:
                for neighbour in self.known[member]:
                    if self.root(neighbour) == large:
                        self.within[member] += 1
                        self.within[neighbour] += 1
        self.parent[small] = large
        self.members[large] += self.members[small]
        self.codes[large] |= self.codes[small]
        self.burden[large] += self.burden[small]
        for other in self.apart[small]:
            self.apart[other].discard(small)
            self.apart[other].add(large)
        self.apart[large] |= self.apart[small]
        for other, count in self.across[small].items():
            del self.across[other][small]
            if other != large:
                self.across[large][other] = self.across[other][large] = self.across[large].get(other, 0) + count
        for other, (bits, pairs) in self.balance[small].items():
            del self.balance[other][small]
            if other != large:
                known_bits, known_pairs = self.balance[large].get(other, (0.0, 0))
                self.balance[large][other] = self.balance[other][large] = (known_bits + bits, known_pairs + pairs)
        self.members[small], self.apart[small], self.across[small], self.balance[small] = [], set(), {}, {}


def _cuts(cut: pl.DataFrame, groups: _Groups, by_tie: np.ndarray) -> pl.DataFrame:
    """The cut pairs with what keeps their groups apart."""
    rank = np.empty(len(by_tie), dtype=np.int64)
    rank[by_tie] = np.arange(len(by_tie))
    ranks = np.sort(np.stack([rank[cut["left"].to_numpy()], rank[cut["right"].to_numpy()]]), axis=0)
    ends = [tuple(sorted((groups.root(low), groups.root(high)))) for low, high in cut.select("low", "high").iter_rows()]
    strongest: dict[tuple[int, ...], float] = {}
    for between, weight in zip(ends, cut["weight"].to_list(), strict=True):
        strongest[between] = max(weight, strongest.get(between, weight))
    reasons = {between: _reason(groups, *between, weight) for between, weight in strongest.items()}
    return cut.select(
        *_PAIR,
        cause=pl.Series([reasons[between][0] for between in ends], dtype=pl.String),
        detail=pl.Series([reasons[between][1] for between in ends], dtype=pl.String),
    )[np.lexsort((ranks[1], ranks[0]))]


def _reason(groups: _Groups, left: int, right: int, strongest: float) -> tuple[str, str]:
    """The cause that keeps two groups apart, and the sentence; `strongest` is the weight of the best pair between them."""
    cause = groups.conflict(left, right) or ("contradicted" if groups.is_contradicted(left, right) else "weak_bridge")
    if cause == "judged_different":
        return cause, "Kept apart: records of the two groups were judged to be different customers."
    if cause == "credit_codes":
        lists = sorted(", ".join(sorted(groups.codes[end])) for end in (left, right))
        return cause, f"Kept apart: the groups have different credit codes ({lists[0]}; {lists[1]})."
    if cause == "contradicted":
        return (
            cause,
            "Kept apart: records that one system keeps apart would come together, and what agrees between the groups is too little.",
        )
    sizes = sorted(len(groups.members[end]) for end in (left, right))
    return cause, (
        f"Kept apart: of the {sizes[0] * sizes[1]} pairs between groups of {sizes[0]} and {sizes[1]} records only "
        f"{groups.across[left][right]} look the same, the strongest with {strongest:.1f} bits, and no record knows both groups well."
    )
