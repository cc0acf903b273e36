"""Why two records are one customer, or not: sentences and figures of scored pairs.

Here: the sentence of a pair, its evidence field by field, and the questions for people, most valuable first. Not here: the levels and
their sentences (levels.py), weights (scoring.py), verdicts.
"""

import polars as pl

from ingest.resolution.groups import PAIR_KEY
from ingest.resolution.levels import FIELDS
from ingest.resolution.parameters import Parameters
from ingest.resolution.scoring import field_weights, prior_bits

PRIOR, CAPS = "prior", "caps"
"""Fields of evidence that are none of the records': what is known before, and what evidence that goes together gains or loses by it."""
_PRIOR_SENTENCE = "Before anything is compared: of some {:,} records few are the same customer"
_CAP_SENTENCES = {
    "unlike_names": "Where names are unlike, or credit codes differ, all else together counts for no more",
    "together": "Telephone, e-mail and domain count once where they come together, and so do address and place",
}
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
    """PAIR_KEY, field, level, weight (bits, two decimals), sentence: one row per pair for PRIOR, one for each field of which both sides say
    something, and one for CAPS where evidence that goes together counts otherwise. `pairs`: as population.pairs.

    The rows of a pair sum up to its weight: each weight is the difference of two rounded sums, at most 0.01 beside its own value.
    """
    weights = field_weights(pairs, size=size, parameters=parameters)
    prior = prior_bits(size, parameters)
    key, total = pairs.select(PAIR_KEY), pl.repeat(prior, len(pairs), dtype=pl.Float64, eager=True)
    before = total.round(2)
    parts = [_rows(key, PRIOR, pl.lit("population"), before, pl.lit(_PRIOR_SENTENCE.format(size)))]
    for field, levels in FIELDS.items():
        total = total + weights[field]
        until = total.round(2)
        names = {i: level.name for i, level in enumerate(levels)}
        texts = {i: level.sentence for i, level in enumerate(levels)}
        level, sentence = (pairs[field].replace_strict(words, return_dtype=pl.String) for words in (names, texts))
        parts.append(_rows(key, field, level, until - before, sentence).filter(pairs[field] > 0))
        before = until
    is_unlike = pairs["weight"] == round(parameters.caps.unlike_names, 2)
    level = pl.select(pl.when(is_unlike).then(pl.lit("unlike_names")).otherwise(pl.lit("together"))).to_series()
    caps = _rows(key, CAPS, level, pairs["weight"] - before, level.replace_strict(_CAP_SENTENCES))
    parts.append(caps.filter(pl.col("weight") != 0))
    return pl.concat(parts).sort(*PAIR_KEY, "field")


def _rows(key: pl.DataFrame, field: str, level: pl.Series | pl.Expr, weight: pl.Series, sentence: pl.Series | pl.Expr) -> pl.DataFrame:
    return key.with_columns(field=pl.lit(field), level=level, weight=weight.round(2) + 0.0, sentence=sentence)


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
