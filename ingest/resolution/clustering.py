"""Pairs into groups: records that are the same customer directly or through others.

Here: union-find over the pairs found to be the same, strongest first, and the veto that no chain of likenesses may break.
Not here: which pairs are the same (comparisons.py), which id a group gets (identity.py).

Two different valid credit codes never stand in one group, even when a record without a code resembles both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """`group_of`: per record the lowest record number of its group. `refused`: pairs that the veto kept apart."""

    group_of: list[int]
    refused: list[tuple[int, int]]


def cluster(pairs: Iterable[tuple[int, int]], *, credit_codes: Sequence[str | None]) -> Clusters:
    """Groups of the records 0 .. len(credit_codes)-1 along `pairs`, which come strongest first (their order decides a veto)."""
    parent = list(range(len(credit_codes)))
    code = list(credit_codes)

    def root(record: int) -> int:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    refused = []
    for left, right in pairs:
        low, high = sorted((root(left), root(right)))
        if low == high:
            continue
        if code[low] and code[high] and code[low] != code[high]:
            refused.append((left, right))
            continue
        parent[high] = low
        code[low] = code[low] or code[high]
    return Clusters(group_of=[root(record) for record in range(len(parent))], refused=refused)
