"""Why two records are one customer, or not: sentences and figures of scored pairs.

Here: the sentence of a pair, its evidence field by field, and the questions for people, most valuable first. Not here: the levels and
their sentences (levels.py), weights (scoring.py), verdicts.
"""

import polars as pl

from ingest.resolution.groups import PAIR_KEY
from ingest.resolution.levels import FIELDS
from ingest.resolution.parameters import Parameters
from ingest.resolution.scoring import field_weights

_WORTH_SAYING = 0.05  # bits below which a level neither speaks for nor against


def sentences(pairs: pl.DataFrame, *, size: int, parameters: Parameters) -> pl.Series:
    """One sentence a pair: what agrees, heaviest first by the order of fields, then what differs. `pairs`: as population.pairs."""
    weights = field_weights(pairs, size=size, parameters=parameters)
    fors, againsts = [], []
    for field, levels in FIELDS.items():
        text = pairs[field].replace_strict({i: level.sentence for i, level in enumerate(levels)}, return_dtype=pl.String)
        weight = weights[field]
        fors.append(pl.select(pl.when(weight > _WORTH_SAYING).then(text)).to_series().alias(field))
        againsts.append(pl.select(pl.when(weight < -_WORTH_SAYING).then(text)).to_series().alias(field))
    agree = pl.DataFrame(fors).select(_listed().alias("agree")).to_series()
    differ = pl.DataFrame(againsts).select(_listed().alias("differ")).to_series()
    said = pl.when(agree == "").then(pl.lit("Nothing agrees")).otherwise(agree)
    return pl.select(
        pl.concat_str(said, pl.when(differ == "").then(pl.lit("")).otherwise(pl.concat_str(pl.lit("; against it: "), differ)), pl.lit("."))
    ).to_series()


def _listed() -> pl.Expr:
    return pl.concat_list(pl.all()).list.drop_nulls().list.join(", ")


def evidence_table(pairs: pl.DataFrame, *, size: int, parameters: Parameters) -> pl.DataFrame:
    """PAIR_KEY, field, level, weight (bits, two decimals), sentence: one row per pair and field of which both sides say something."""
    weights = field_weights(pairs, size=size, parameters=parameters)
    parts = []
    for field, levels in FIELDS.items():
        names = {i: level.name for i, level in enumerate(levels)}
        texts = {i: level.sentence for i, level in enumerate(levels)}
        part = pairs.select(
            *PAIR_KEY,
            pl.lit(field).alias("field"),
            level=pl.col(field).replace_strict(names, return_dtype=pl.String),
            weight=weights[field].round(2),
            sentence=pl.col(field).replace_strict(texts, return_dtype=pl.String),
        ).filter(pairs[field] > 0)
        parts.append(part)
    return pl.concat(parts).sort(*PAIR_KEY, "field")


def questions(pairs: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Pairs that wait for a person, most valuable question first: `question_rank` from 1.

    `pairs`: PAIR_KEY, left_customer_id, right_customer_id, score, weight, evidence; both ends in different customers. `customers`:
    customer_id, record_count. An answer is worth the more the less sure the score is and the more records it moves; of several pairs
    between the same two customers the likeliest is asked.
    """
    counted = customers.select("customer_id", "record_count")
    ranked = pairs.join(
        counted.rename({"customer_id": "left_customer_id", "record_count": "left_count"}), on="left_customer_id", how="left"
    )
    ranked = ranked.join(
        counted.rename({"customer_id": "right_customer_id", "record_count": "right_count"}), on="right_customer_id", how="left"
    )
    unsure = 1 - (2 * pl.col("score") - 1).abs()
    ranked = ranked.with_columns(record_count=(pl.col("left_count") + pl.col("right_count")).cast(pl.Int64), value=unsure)
    ranked = ranked.with_columns(
        one=pl.min_horizontal("left_customer_id", "right_customer_id"), two=pl.max_horizontal("left_customer_id", "right_customer_id")
    )
    likeliest = ranked.sort("one", "two", "weight", *PAIR_KEY, descending=[False, False, True, *[False] * len(PAIR_KEY)])
    asked = likeliest.unique(["one", "two"], keep="first", maintain_order=True)
    value = ((pl.col("value") + 0.01) * pl.col("record_count")).round(6)
    asked = asked.sort(value, *PAIR_KEY, descending=[True, *[False] * len(PAIR_KEY)])
    return asked.with_columns(question_rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
