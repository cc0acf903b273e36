"""What a system itself merged (合并): records that are one customer because somebody there decided it.

Here: the pairs of records that merges tie together, through chains and through targets that no export ever held.
Not here: which records resemble each other (comparisons.py), groups (clustering.py).
"""

import polars as pl

SENTENCE = "Merged in the source."


def merged_pairs(customers: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Pairs that merges make one customer: left, right, score (1), verdict (same), evidence; left < right, sorted, each once.

    `customers` as clean.customers, `records` as features.features numbers them. A record and the one it was merged into are a pair;
    where no export ever held the target, the records merged into it are tied to the lowest of them. Chains come of pairs (A into B,
    B into C), loops and a record merged into itself do no harm.
    """
    numbers = records.select("source", "record_id", "n")
    losers = customers.select("source", "record_id", pl.col("merged_into_record_id").alias("target")).drop_nulls("target")
    losers = losers.join(numbers, on=["source", "record_id"])
    targets = numbers.rename({"record_id": "target", "n": "other"})
    losers = losers.join(targets, on=["source", "target"], how="left")
    losers = losers.with_columns(pl.coalesce("other", pl.col("n").min().over("source", "target")).alias("other"))
    pairs = losers.filter(pl.col("n") != pl.col("other")).select(
        pl.min_horizontal("n", "other").alias("left"), pl.max_horizontal("n", "other").alias("right")
    )
    return pairs.unique().sort("left", "right").with_columns(score=pl.lit(1.0), verdict=pl.lit("same"), evidence=pl.lit(SENTENCE))
