"""What the levels of a pair weigh together, in bits, and the verdict: same, ask a person, different.

Here: the Fellegi-Sunter sum with commonness of values, caps for correlated evidence, the bands. Not here: levels (comparisons.py), how
common a value is (commonness.py), the numbers (parameters.yml).

The sum is log2 of the odds that both records are one customer: the prior (log2 of matches per record over records), and each level's
log2(m/u) after Fellegi and Sunter (1969). A value that c records share is agreed upon by chance by c squared as many pairs.
"""

import polars as pl

from ingest.resolution.commonness import COUNTED
from ingest.resolution.levels import FIELDS, number, packed
from ingest.resolution.parameters import Parameters

SAME, ASK, DIFFERENT = "same", "ask", "different"
_CONTACTS = ("phone", "email", "domain")
_STRONG = ("credit_code", "registry_id", "birth_date")  # with them unlike names may be one: one was changed, or written with many slips
_UNLIKE = ("unlike", "shared_word", "other_trade")
_PLACES = ("same_postal_code", "same_district", "same_city")
_BITS = 60.0  # beyond which odds are certain


def population(records: int, parameters: Parameters) -> int:
    """Records, rounded to a power of four, so that a night's few more move no score."""
    records = max(records, parameters.prior.fewest_records)
    size = 1
    while size * 2 <= records:  # 4**k from half of it upwards
        size *= 4
    return size


def prior_bits(size: int, parameters: Parameters) -> float:
    """log2 of the odds that two records of a population are one customer before anything is known of them."""
    return float(pl.select((pl.lit(parameters.prior.matches_per_record) / size).log(2)).item())


def field_weights(levels: pl.DataFrame, *, size: int, parameters: Parameters) -> pl.DataFrame:
    """One column of bits a field, named like the field, rows as in `levels` (levels and commonness.count_columns): what each weighs
    alone, before caps. `size`: of `population`."""
    return levels.select(_weight(field, size, parameters).alias(field) for field in FIELDS)


def _weight(field: str, size: int, parameters: Parameters) -> pl.Expr:
    weights = parameters.weights[field]
    base = pl.col(field).replace_strict({i: weights.get(level.name, 0.0) for i, level in enumerate(FIELDS[field])}, return_dtype=pl.Float64)
    if field not in COUNTED:
        return base
    exponent, common = pl.col(f"{field}_count").cast(pl.Float64), parameters.commonness
    if field == "place":  # as rare as it is among all records
        share = pl.max_horizontal(pl.lit(size).log(2) - exponent, pl.lit(common.least / 2))
        counted = pl.col("place").is_in([number("place", name) for name in _PLACES])
        return pl.when(counted).then(pl.min_horizontal(base, share)).otherwise(base)
    penalty = common.bits_per_doubling * pl.max_horizontal(exponent - common.rare_up_to, pl.lit(0.0))
    lowered = pl.max_horizontal(base - penalty, pl.lit(common.least))
    weak = base - pl.min_horizontal(penalty, pl.lit(common.most_of_weak))  # of two weak agreements the rarer is the better
    return pl.when(base > 0).then(lowered).otherwise(weak)


def score(levels: pl.DataFrame, *, size: int, parameters: Parameters) -> pl.Series:
    """The bits of each row of `levels`, two decimals."""
    weights = field_weights(levels, size=size, parameters=parameters)
    caps = parameters.caps
    contacts = pl.min_horizontal(pl.sum_horizontal(_CONTACTS), pl.lit(caps.contacts))
    beside = pl.min_horizontal("place", pl.lit(caps.place_beside_address))
    elsewhere = pl.max_horizontal(pl.col("address") + pl.col("place"), pl.lit(caps.elsewhere))
    place = pl.when(pl.col("address") > 0).then(pl.col("address") + beside).otherwise(elsewhere)
    rest = pl.sum_horizontal(field for field in FIELDS if field not in (*_CONTACTS, "address", "place"))
    total = weights.select((contacts + place + rest + prior_bits(size, parameters)).alias("weight")).to_series()
    unlike = pl.col("name").is_in([number("name", name) for name in _UNLIKE]) | (pl.col("branch") == number("branch", "branch_and_name"))
    strong = pl.any_horizontal(pl.col(field) == number(field, "same") for field in _STRONG)
    # With one address, telephone and register number two credit codes came to `same` (2026-11-22): they are two legal persons.
    two_codes = pl.col("credit_code") == number("credit_code", "other")
    capped = pl.when((unlike & ~strong) | two_codes).then(pl.min_horizontal("weight", pl.lit(caps.unlike_names))).otherwise("weight")
    return levels.with_columns(total).select(capped.round(2).alias("weight")).to_series()


def greatest_score(levels: pl.DataFrame, *, size: int, parameters: Parameters) -> pl.Series:
    """The most bits that each row of `levels` without names can have, whatever the names and however rare the values."""
    best = max(range(len(FIELDS["name"])), key=lambda level: parameters.weights["name"].get(FIELDS["name"][level].name, 0.0))
    return score_of_rare(levels.with_columns(pl.lit(best, pl.UInt8).alias("name")), size=size, parameters=parameters)


def score_of_rare(levels: pl.DataFrame, *, size: int, parameters: Parameters) -> pl.Series:
    """The bits of each row of `levels` where all values it shares are rare: the most it can have. Worked out once a pattern of levels."""
    rare = [pl.lit(0, pl.UInt8).alias(f"{field}_count") for field in COUNTED]
    coded = levels.select(pattern=packed(FIELDS))
    patterns = levels.select(*FIELDS, coded["pattern"]).unique("pattern").with_columns(rare)
    known = patterns.select("pattern", score(patterns, size=size, parameters=parameters))
    return coded.join(known, on="pattern", how="left", maintain_order="left")["weight"]


def probability(weight: pl.Expr) -> pl.Expr:
    """0 to 1, four decimals, of bits."""
    odds = pl.lit(2.0).pow(weight.clip(-_BITS, _BITS))
    return (odds / (odds + 1)).round(4)


def verdict(weight: pl.Expr, parameters: Parameters) -> pl.Expr:
    """same, ask or different."""
    at_least = pl.when(weight >= parameters.same_above).then(pl.lit(SAME)).when(weight >= parameters.ask_above).then(pl.lit(ASK))
    return at_least.otherwise(pl.lit(DIFFERENT))
