"""Pairs into groups: records that are the same customer directly or through others.

Here: union-find over what a system itself merged, then over the pairs found to be the same, strongest first, and the veto that no
chain of likenesses may break.
Not here: which pairs are the same (comparisons.py), which id a group gets (identity.py).

Two different valid credit codes never stand in one group, even when a record without a code resembles both. Only records that a
system merged (合并) stay together whatever their codes: a person there has decided it. Such a group holds all its codes against others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """`group_of`: per record the lowest record number of its group. `refused`: pairs that the veto kept apart."""

    group_of: list[int]
    refused: list[tuple[int, int]]


def cluster(pairs: Iterable[tuple[int, int]], *, credit_codes: Sequence[str | None], merged: Iterable[tuple[int, int]] = ()) -> Clusters:
    """Groups of the records 0 .. len(credit_codes)-1 along `pairs`, which come strongest first (their order decides a veto).

    `merged`: pairs that are one customer for certain; no veto holds between them.
    """
    parent = list(range(len(credit_codes)))
    codes = [frozenset([code]) if code else frozenset() for code in credit_codes]

    def root(record: int) -> int:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def join(low: int, high: int) -> None:
        parent[high] = low
        codes[low] |= codes[high]

    for left, right in merged:
        low, high = sorted((root(left), root(right)))
        if low != high:
            join(low, high)
    refused = []
    for left, right in pairs:
        low, high = sorted((root(left), root(right)))
        if low == high:
            continue
        if codes[low] and codes[high] and codes[low].isdisjoint(codes[high]):
            refused.append((left, right))
            continue
        join(low, high)
    return Clusters(group_of=[root(record) for record in range(len(parent))], refused=refused)
