"""How far the weights in force have come away from what the records themselves would say today.

Here: which pairs are looked at, m and u out of them, and the comparison with the weights as they are applied. Not here: the estimation
itself (estimation.py), writing a file of new parameters (proposal.py), the weights (parameters.yml).

Nothing is changed by it: scores would move from night to night. A person reads it, and may put a file that `bailiwick estimate` proposes
into force.

u, of two different customers, comes from pairs of random profiles, less those that are likely one customer after all. m, of one customer,
comes from profiles that share one rare sign (a telephone number, a name, ...), a view each, estimated from what else they say: a field has
no say where it, or what follows from it, brought the pairs together. The stored pairs of a population would not do: they lack all that the
weights in force hold for hopeless, and so would prove these weights right. Profiles are drawn by the hash of what they say, not by number
or chance, so that the same records give the same figures.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from ingest.resolution.commonness import COUNTED
from ingest.resolution.comparisons import compare_all_but_names, compare_names_of
from ingest.resolution.estimation import COUNT, CannotEstimate, Rules, counted_patterns, estimate, matching_probability
from ingest.resolution.levels import FIELDS, unpacked
from ingest.resolution.parameters import Parameters
from ingest.resolution.scoring import field_weights, population, prior_bits, probability
from ingest.resolution.stored_blocks import SCHEMA, pairs_sharing_rare

VIEWS: dict[str, tuple[str, ...]] = {
    "credit_code": ("credit_code",),
    "registry_id": ("registry_id",),
    "phone": ("phone",),
    "email": ("email", "domain"),
    "domain": ("domain", "email"),
    "address": ("address", "place"),
    "name": ("name", "branch", "numbers"),
}
"""Kind of key that brings a view's pairs together -> fields that have no say in it."""
MATCH_WEIGHTS = {
    "field": pl.String, "level": pl.String, "weight_in_force": pl.Float64, "estimated_weight": pl.Float64, "pair_count": pl.Float64,
    "difference": pl.Float64, "is_drifting": pl.Boolean, "detail": pl.String,
}  # fmt: skip
_SIZES = {field: len(levels) - 1 for field, levels in FIELDS.items()}
_LARGEST_SIGN = 8  # 2026-11-22: what more profiles share is a switchboard or a chain, and its pairs are kin rather than one
ENOUGH = 20
"""Likely matching pairs at a level from which its weight is said to be wrong: of fewer a share is known to half a bit at best."""
_SELDOM = 5.0  # pairs at a level, from which a share is more than a bound
_FILLED, _FEWEST_FIELDS = 0.05, 2  # of a view: a field says something if so many of its pairs have it on both sides
_RULES = Rules(start=0.5, tolerance=1e-4, most_iterations=300)  # a share to four digits: 0.01 bits where it counts
_ROUNDS = 3  # of taking likely matches out of the random pairs; the figures stand after two (2026-11-22, demo company)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What profiles say of levels. `levels`: field, level (number), m, u, weight (bits), matching_pairs (expected, at the level),
    different_pairs (random ones at the level), field_pairs (expected matching pairs with the field on both sides). `random_pairs`,
    `views`: pairs looked at, in all and by kind of key."""

    levels: pl.DataFrame
    random_pairs: int
    views: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """How much is looked at: profiles, and pairs of them. What a night does costs 0.3 s, of a million records 2 s (2026-11-22)."""

    profiles: int = 4096
    random_pairs: int = 20_000


NIGHTLY = Sample()
THOROUGH = Sample(profiles=50_000, random_pairs=500_000)
"""For a person who waits for it: shares down to one pair in half a million."""


def match_weights(connection: duckdb.DuckDBPyConnection, parameters: Parameters, *, sample: Sample = NIGHTLY) -> pl.DataFrame:
    """MATCH_WEIGHTS of a population in an open database: one row per field and level.

    weight_in_force: as applied on average to the pairs that are likely one, after commonness; where there are none the weight of a rare
    value. estimated_weight: null where too few pairs say something. difference: the estimate less the weight. Beside them `bound`: `at
    least` or `at most` where the estimate is no more than that, else empty.
    """
    drawn = _drawn(connection, sample)
    figures, applied = _figures(connection, parameters, drawn, sample), _applied_weights(connection, parameters, drawn)
    rows = []
    found = {(row["field"], row["level"]): row for row in figures.levels.iter_rows(named=True)}
    for field, levels in FIELDS.items():  # seventy rows
        for level, named in enumerate(levels[1:], start=1):
            rows.append(judge_level(field, named.name, found[field, level], applied.get((field, level)), figures.random_pairs, parameters))
    return pl.DataFrame(rows, schema=MATCH_WEIGHTS | {"bound": pl.String}, orient="row")


def drift_notes(weights: pl.DataFrame) -> list[str]:
    """What a refresh says of match_weights: nothing, or one line."""
    drifting = weights.filter("is_drifting")
    if drifting.is_empty():
        return []
    named = ", ".join(f"{field} {level}" for field, level in drifting.select("field", "level").head(5).iter_rows())
    more = f" and {len(drifting) - 5} more" if len(drifting) > 5 else ""
    return [
        f"Weights of {named}{more} are no longer what the records say; audit_match_weights has the figures. Nothing was changed. "
        "`bailiwick estimate` writes a file of new ones to read and to put into force."
    ]


def estimate_weights(connection: duckdb.DuckDBPyConnection, parameters: Parameters, *, sample: Sample = NIGHTLY) -> Figures:
    """m, u and weights of every field and level from a sample of the profiles of a population."""
    return _figures(connection, parameters, _drawn(connection, sample), sample)


def _figures(connection: duckdb.DuckDBPyConnection, parameters: Parameters, drawn: pl.DataFrame, sample: Sample) -> Figures:
    size = population(connection.sql(f"select count(*) from {SCHEMA}.profiles").fetchall()[0][0], parameters)
    prior = 2.0 ** prior_bits(size, parameters)
    random, views = _patterns(connection, drawn, _random_pairs(drawn, sample.random_pairs))
    bits = sum((_base_weight(field, parameters) for field in FIELDS), start=pl.lit(prior_bits(size, parameters)))
    is_one = random.select(probability(bits)).to_series()
    m, u, pooled = {}, {}, {}
    for _ in range(_ROUNDS):
        different = _level_sums(random, 1 - is_one)
        u = {field: _shares(found) for field, found in different.items()}
        pooled = _pooled(views, u, parameters)
        m = {field: _shares(found) for field, found in pooled.items()}
        is_one = matching_probability(random, m, u, prior=prior)
    parts = [
        pl.DataFrame(
            {"field": [field] * size_of, "level": range(1, size_of + 1), "m": m[field], "u": u[field], "matching_pairs": pooled[field]}
        ).with_columns(different_pairs=pl.Series(different[field]), field_pairs=pl.lit(float(pooled[field].sum())))
        for field, size_of in _SIZES.items()
    ]
    levels = pl.concat(parts).with_columns(weight=(pl.col("m") / pl.col("u")).log(2))
    counts = {kind: int(patterns[COUNT].sum()) for kind, patterns in views.items()}
    return Figures(levels=levels, random_pairs=int(random[COUNT].sum()), views=counts)


# Pairs


def _drawn(connection: duckdb.DuckDBPyConnection, sample: Sample) -> pl.DataFrame:
    """n of so many profiles, in the order of their hashes."""
    return connection.sql(f"select n from {SCHEMA}.profiles order by mark, other_mark, n limit {sample.profiles}").pl()


def _random_pairs(drawn: pl.DataFrame, pairs: int) -> pl.DataFrame:
    """Each drawn profile with the next few: hashes put no two neighbours together."""
    distances = range(1, min(-(-pairs // max(len(drawn), 1)), (len(drawn) - 1) // 2) + 1)
    n = drawn["n"]
    parts = [pl.DataFrame({"left": n, "right": pl.concat([n[distance:], n[:distance]])}) for distance in distances]
    return pl.concat([pl.DataFrame(schema={"left": pl.Int64, "right": pl.Int64}), *parts])


def _patterns(
    connection: duckdb.DuckDBPyConnection, drawn: pl.DataFrame, random: pl.DataFrame
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """The counted patterns of random pairs and of each view, all compared afresh."""
    viewed = pairs_sharing_rare(connection, drawn, VIEWS, most=_LARGEST_SIGN)
    asked = pl.concat([random, viewed.select("left", "right")]).unique()
    numbers = pl.concat([asked["left"], asked["right"]]).unique().to_frame("n").to_arrow()  # noqa: F841 - found by its name
    profiles = connection.sql(f"select p.* from {SCHEMA}.profiles as p semi join numbers as w on p.n = w.n").pl().sort("n")
    compared = compare_all_but_names(profiles, asked)
    compared = pl.concat([compared, compare_names_of(profiles, asked).select("name")], how="horizontal")
    of_random = random.join(compared, on=["left", "right"], how="left")
    of_views = viewed.join(compared, on=["left", "right"], how="left")
    return counted_patterns(of_random, list(FIELDS)), {
        kind: counted_patterns(of_views.filter(pl.col("kind") == kind), list(FIELDS)) for kind in VIEWS
    }


# Shares


def _level_sums(patterns: pl.DataFrame, probability_of: pl.Series) -> dict[str, np.ndarray]:
    """Per field and level the pairs of random patterns, each counted as far as `probability_of` says."""
    weights = (patterns[COUNT] * probability_of).to_numpy()
    return {
        field: np.bincount(patterns[field].cast(pl.Int64).to_numpy(), weights=weights, minlength=size + 1)[1:]
        for field, size in _SIZES.items()
    }


def _shares(found: np.ndarray) -> np.ndarray:
    """Half a pair at every level beside those that were seen: see estimation.Rules."""
    return (found + 0.5) / (found.sum() + 0.5 * len(found))


def _pooled(views: dict[str, pl.DataFrame], u: dict[str, np.ndarray], parameters: Parameters) -> dict[str, np.ndarray]:
    """Expected matching pairs per field and level, of all views that can say something."""
    pooled = {field: np.zeros(size) for field, size in _SIZES.items()}
    for kind, patterns in views.items():
        fields = [field for field in FIELDS if field not in VIEWS[kind]]
        telling = [field for field in fields if field != "source" and _filled(patterns, field) >= _FILLED]
        if len(telling) < _FEWEST_FIELDS:  # one field alone fits any share of matches
            continue
        try:
            found = estimate(
                patterns,
                {field: _SIZES[field] for field in fields},
                u={field: u[field] for field in fields},
                m={field: _shares_in_force(field, u[field], parameters) for field in fields},
                rules=_RULES,
            )
        except CannotEstimate:
            continue
        for field, level, count in found.levels.select("field", "level", "matching_pairs").iter_rows():
            pooled[field][level - 1] += count
    return pooled


def _filled(patterns: pl.DataFrame, field: str) -> float:
    total = patterns[COUNT].sum()
    return patterns.filter(pl.col(field) > 0)[COUNT].sum() / total if total else 0.0


def _shares_in_force(field: str, u: np.ndarray, parameters: Parameters) -> np.ndarray:
    """m as the weights in force would have it: a place to begin from, so that the class of matches is that which agrees."""
    shares = u * 2.0 ** np.array([min(parameters.weights[field][level.name], 40.0) for level in FIELDS[field][1:]])
    return shares / shares.sum()


def _base_weight(field: str, parameters: Parameters) -> pl.Expr:
    weights = {level: parameters.weights[field].get(named.name, 0.0) for level, named in enumerate(FIELDS[field])}
    return pl.col(field).replace_strict(weights, return_dtype=pl.Float64)


# Comparison with the weights in force


def _applied_weights(connection: duckdb.DuckDBPyConnection, parameters: Parameters, drawn: pl.DataFrame) -> dict[tuple[str, int], float]:
    """(field, level) -> the weight in force as it was applied on average to pairs of a drawn profile, each as far as it is likely one."""
    chosen = drawn.to_arrow()  # noqa: F841 - found by its name
    found = connection.sql(
        f"""
        select p.levels, p.counts, p.weight, count(*)::double as {COUNT}
        from {SCHEMA}.scored_pairs as p
        where p.weight >= {parameters.ask_above} and (p."left" in (select n from chosen) or p."right" in (select n from chosen))
        group by all order by all
        """
    ).pl()
    size = population(connection.sql(f"select count(*) from {SCHEMA}.profiles").fetchall()[0][0], parameters)
    share = probability(pl.col("weight")) * pl.col(COUNT)
    counts = [f"{name}_count" for name in COUNTED]
    patterns = found.select(*unpacked("levels", FIELDS), *unpacked("counts", counts), share=share)
    bits = field_weights(patterns, size=size, parameters=parameters)
    applied = {}
    for field in FIELDS:
        frame = pl.DataFrame({"level": patterns[field], "share": patterns["share"], "bits": bits[field]}).filter(pl.col("level") > 0)
        means = frame.group_by("level").agg(mean=(pl.col("bits") * pl.col("share")).sum() / pl.col("share").sum()).sort("level")
        applied |= {(field, level): mean for level, mean in means.iter_rows()}
    return applied


def judge_level(field: str, name: str, found: dict, applied: float | None, random_pairs: int, parameters: Parameters) -> tuple:
    """A row of MATCH_WEIGHTS, and the bound. `found`: a row of Figures.levels. `applied`: the weight in force on average, None where no
    likely pair has the level."""
    limits, pairs = parameters.drift, round(found["matching_pairs"], 1)
    in_force = round(parameters.weights[field][name] if applied is None else applied, 2)
    if found["field_pairs"] < limits.fewest_pairs:
        filled = f"{found['field_pairs']:,.0f} likely matching pairs have {field} on both sides"
        return field, name, in_force, None, pairs, None, False, f"Not estimated: {filled}, {limits.fewest_pairs:,} are needed.", ""
    few_matching, few_different = found["matching_pairs"] < _SELDOM, found["different_pairs"] < _SELDOM
    if few_matching and few_different:
        return field, name, in_force, None, pairs, None, False, "Not estimated: next to no pair, matching or random, is at this level.", ""
    estimated = round(found["weight"], 2)
    difference = round(estimated - in_force, 2)
    # Where next to no pair of a side is at the level, its share is a bound, and so is the estimate.
    is_beyond = difference > 0 if few_different else difference < 0 if few_matching else True
    # Without a pair it was applied to, a weight is known for rare values only, and the estimate is one for all values.
    is_comparable = applied is not None or field not in COUNTED
    has_enough = few_matching or found["matching_pairs"] >= ENOUGH
    is_far = is_beyond and abs(difference) >= limits.difference
    is_watched = not {field, f"{field}.{name}"} & set(limits.not_watched)
    is_drifting = is_far and is_watched and is_comparable and has_enough
    if not is_far:
        verdict = "In order"
    elif not is_watched:
        verdict = "Chosen by hand against the estimate (parameters.yml says why)"
    elif not is_drifting:
        verdict = "Not judged, for too few pairs that are likely one have it"
    else:
        verdict = f"The weight in force is {abs(difference):.1f} bits too {'low' if difference > 0 else 'high'}"
    bound = "at least" if few_different else "at most" if few_matching else ""
    rests = (
        f"{pairs:,.0f} of {found['field_pairs']:,.0f} likely matching pairs and {found['different_pairs']:,.0f} of {random_pairs:,} "
        f"random ones are at this level, which makes {bound}{' ' if bound else ''}{estimated:.1f} bits."
    )
    return field, name, in_force, estimated, pairs, difference, is_drifting, f"{verdict}: {rests}", bound
