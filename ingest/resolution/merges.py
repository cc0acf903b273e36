"""What a system itself merged (合并): records that are one customer because somebody there decided it.

Here: the pairs of records that merges tie together, through chains and through targets that no export ever held.
Not here: which records resemble each other (comparisons.py), groups (clustering.py).
"""

import polars as pl

from ingest.resolution.groups import PAIR_KEY

SENTENCE = "Merged in the source."


def merged_pairs(customers: pl.DataFrame) -> pl.DataFrame:
    """Pairs that merges make one customer, by PAIR_KEY, the lower record first, sorted, each once.

    `customers`: source, record_id, merged_into_record_id of clean.customers. A record and the one it was merged into are a pair;
    where no export ever held the target, the records merged into it are tied to the lowest of them. Chains come of pairs (A into B,
    B into C), loops and a record merged into itself do no harm.
    """
    losers = customers.select("source", "record_id", target="merged_into_record_id").drop_nulls("target")
    held = customers.select("source", target="record_id", is_held=pl.lit(True))
    losers = losers.join(held, on=["source", "target"], how="left")
    lowest = pl.col("record_id").min().over("source", "target")
    losers = losers.with_columns(other=pl.when("is_held").then("target").otherwise(lowest))
    pairs = losers.filter(pl.col("record_id") != pl.col("other")).select(
        left_source="source",
        left_record_id=pl.min_horizontal("record_id", "other"),
        right_source="source",
        right_record_id=pl.max_horizontal("record_id", "other"),
    )
    return pairs.unique().sort(PAIR_KEY)
