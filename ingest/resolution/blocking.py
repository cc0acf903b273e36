"""Which blocks are used: those that are small enough for their kind.

Here: the limit of each kind of key, and what lies beyond it. Not here: the keys (blocking_keys.py), the blocks' sizes and the pairs
(population.py).

Pairs stay proportional to records: of each kind only blocks up to a limit are used, the greatest power of two with which the kind's
pairs stay within its budget. Blocks beyond it are refused and reported. Limits depend on the sizes of blocks alone.
"""

from collections.abc import Mapping

import polars as pl

from ingest.resolution.blocking_keys import BLOCKING, HINTS, KINDS
from ingest.resolution.parameters import Blocking


def block_limits(histogram: pl.DataFrame, *, records: int, settings: Blocking) -> dict[int, int]:
    """Per kind (number) of BLOCKING the most members of a block that is used. `histogram`: kind, size, blocks."""
    budgets = {
        kind: max(int(per_record * records), settings.fewest_pairs)
        for kind in range(len(BLOCKING))
        for per_record in (settings.pairs_per_record_of_hints if BLOCKING[kind] in HINTS else settings.pairs_per_record,)
    }
    pairs: dict[int, list[tuple[int, int]]] = {}
    for kind, size, blocks in histogram.select("kind", "size", "blocks").iter_rows():  # distinct sizes, a few hundred
        if size <= settings.largest_block:
            pairs.setdefault(kind, []).append((size, blocks * size * (size - 1) // 2))
    limits = {}
    for kind in range(len(BLOCKING)):
        limit = settings.largest_block
        while limit > settings.smallest_limit and sum(some for size, some in pairs.get(kind, ()) if size <= limit) > budgets[kind]:
            limit //= 2
        limits[kind] = limit
    return limits


def refused_blocks(histogram: pl.DataFrame, limits: Mapping[int, int]) -> pl.DataFrame:
    """Per kind that has any: blocks beyond its limit, the records in them, the size of the largest."""
    blocking = histogram.filter(pl.col("kind") < len(BLOCKING))
    beyond = blocking.filter(pl.col("size") > pl.col("kind").cast(pl.Int64).replace_strict(limits, default=0, return_dtype=pl.Int64))
    counted = beyond.group_by("kind").agg(
        blocks=pl.col("blocks").sum(), records=(pl.col("blocks") * pl.col("size")).sum(), largest=pl.col("size").max()
    )
    names = pl.col("kind").cast(pl.Int64).replace_strict(dict(enumerate(KINDS)), return_dtype=pl.String)
    return counted.sort("kind").with_columns(kind=names)
