"""Which records are put side by side: those that share a value of one of the blocking keys.

Here: the keys, the pairs they give, and the count of values that too many records share. Not here: whether a pair is one
customer (comparisons.py).

The number of pairs stays proportional to the number of records: a value shared by more records than `largest_block` is
skipped and counted. Only a comparable name is never skipped: its records are linked in a chain along each further value they
share, so that 5,000 equal rows give 5,000 links and not 12 million.
"""

from dataclasses import dataclass

import polars as pl

_SUFFIX_DIGITS = 8  # the last eight digits agree whether or not somebody wrote +86, 0086 or a leading zero
_PREFIX_CHARACTERS = 4
_CHAIN_BY = ("credit_code", "registry_id", "phone", "email", "street", "postal_code", "city")


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """`pairs`: left, right (numbers of records, left < right), each pair once, sorted. `skipped`: values per key beyond the limit."""

    pairs: pl.DataFrame
    skipped: dict[str, int]


def candidate_pairs(records: pl.DataFrame, *, largest_block: int) -> Blocks:
    """Pairs of records (as features.features numbers them) that share a key's value."""
    prefix = pl.col("name").str.slice(0, _PREFIX_CHARACTERS)
    keys = {
        "credit_code": pl.col("credit_code"),
        "registry_id": pl.col("registry_id"),
        "email": pl.col("email"),
        "phone": pl.col("phone").str.slice(-_SUFFIX_DIGITS),
        "domain": pl.col("domain"),
        "name": pl.col("name"),
        "name_prefix": pl.concat_str(pl.col("country").fill_null("?"), prefix, separator=" "),
    }
    found, skipped = [], {}
    for key, value in keys.items():
        named = records.select("n", value.alias("value")).drop_nulls("value").with_columns(size=pl.len().over("value"))
        usable = named.filter(pl.col("size").is_between(2, largest_block))
        skipped[key] = named.filter(pl.col("size") > largest_block)["value"].n_unique()
        found.append(_all_pairs(usable))
        if key == "name" and skipped[key]:
            found.append(_chains(records, named.filter(pl.col("size") > largest_block)["n"]))
    return Blocks(pairs=pl.concat(found).unique().sort("left", "right"), skipped=skipped)


def _all_pairs(named: pl.DataFrame) -> pl.DataFrame:
    left = named.select("value", pl.col("n").alias("left"))
    right = named.select("value", pl.col("n").alias("right"))
    return left.join(right, on="value").filter(pl.col("left") < pl.col("right")).select("left", "right")


def _chains(records: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """Each record of an oversized name with the next one that shares the name and one more value."""
    named = records.filter(pl.col("n").is_in(numbers.implode()))
    links = []
    for column in _CHAIN_BY:
        same = named.drop_nulls(column).sort("n")
        links.append(same.select(pl.col("n").alias("left"), pl.col("n").shift(-1).over("name", column).alias("right")).drop_nulls())
    return pl.concat(links)
