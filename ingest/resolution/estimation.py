"""What agreement and disagreement weigh, estimated without labels from how often each pattern of levels occurs.

Here: expectation maximisation over counted patterns of levels, for any fields. Not here: which pairs are taken and what becomes of the
figures (drift.py), the weights in force (parameters.yml).

The model is that of Fellegi and Sunter (1969): a pair is of one customer with probability `prior`; given that it is, or is not, the levels
of its fields are drawn independently, level l with probability m[l] or u[l]. Winkler (1988) estimates m and u from pairs of which nobody
knows whether they match, by the algorithm of Dempster, Laird and Rubin (1977). Where a side says nothing, a field is left out of the
product: what is missing speaks neither for nor against.

Every round makes the patterns likelier, up to the nearest summit, and there may be several: pairs of neighbours against pairs of strangers
is one too. Known u, a start near the truth and pairs among which many match lead to the one that is meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

COUNT = "pair_count"
"""The column of a pattern that says how many pairs have it."""
_LEAST = 1e-300  # of a probability before its logarithm is taken
_INNER = 1e-12  # how near a prior comes to 0 and 1


class CannotEstimate(ValueError):
    """The pairs do not suffice; the message is a sentence for people."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What the patterns say.

    `levels`: field, level (1 is the first of FIELDS after `missing`), m, u (given that both sides say something), weight (log2 of m/u,
    bits), matching_pairs (expected), pair_count; m, u and weight are null for a field that no pair fills. `prior`: share of the pairs that
    match. `objective`: after every step the logarithm of the likelihood with its smoothing; it never falls. `log_likelihood`: of the
    patterns alone, at the end. `notes`: what could not be estimated, as sentences. `patterns`: as given, put in order, with probability.
    """

    levels: pl.DataFrame
    prior: float
    iterations: int
    is_converged: bool
    log_likelihood: float
    objective: list[float]
    notes: list[str]
    patterns: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How figures are looked for. `start`: the prior to begin with, where it is not known. `smoothing`: pairs that every level is taken to
    have beside those that were seen, so that no weight is infinite: half a pair is what is known of a level that nobody has seen (the
    prior of Jeffreys). `tolerance`: when no probability moves by more in a round, the figures stand. `fewest_pairs`: below them nothing is
    said."""

    start: float = 0.1
    smoothing: float = 0.5
    tolerance: float = 1e-6
    most_iterations: int = 2000
    fewest_pairs: int = 50


@dataclass(frozen=True)
class _Counted:
    """Patterns as numbers: rows are patterns, columns fields; `counts`: pairs of each pattern."""

    sizes: tuple[int, ...]
    levels: np.ndarray
    counts: np.ndarray

    def sums(self, weights: np.ndarray) -> list[np.ndarray]:
        """Per field the weight of every level but `missing`."""
        return [np.bincount(self.levels[:, i], weights=weights, minlength=size + 1)[1:] for i, size in enumerate(self.sizes)]

    def logs(self, chances: Sequence[np.ndarray]) -> np.ndarray:
        """Per pattern the sum of the logarithms of the chances of its levels."""
        total = np.zeros(len(self.counts))
        for i, chance in enumerate(chances):
            total += np.concatenate([[0.0], np.log(np.maximum(chance, _LEAST))])[self.levels[:, i]]
        return total


def counted_patterns(pairs: pl.DataFrame, fields: Sequence[str]) -> pl.DataFrame:
    """The distinct patterns of `fields` with pair_count, in order; a pair_count of `pairs` is summed up."""
    count = pl.col(COUNT).sum() if COUNT in pairs.columns else pl.len().alias(COUNT)
    return pairs.group_by(fields).agg(count.cast(pl.Float64)).sort(fields)


def estimate(
    patterns: pl.DataFrame,
    levels: Mapping[str, int],
    *,
    u: Mapping[str, Sequence[float]] | None = None,
    m: Mapping[str, Sequence[float]] | None = None,
    prior: float | None = None,
    rules: Rules | None = None,
) -> Estimate:
    """m, u and the prior of patterns (one column of level numbers a field, 0 is missing; pair_count). `levels`: field -> how many it has.

    `u`: fields whose u is known, as that of random pairs; it stays. `m`: where to begin. `prior`: known, else estimated. Raises
    CannotEstimate for too few pairs or numbers that do not fit.
    """
    rules = rules or Rules()
    _check(levels, u or {}, m or {}, prior)
    ordered = counted_patterns(patterns, list(levels))
    counted = _counted(ordered, levels)
    _check_patterns(counted, rules)
    seen = counted.sums(counted.counts)
    model = _Model(
        m=[np.array(m[field], dtype=float) if m and field in m else _falling(size) for field, size in levels.items()],
        u=[np.array(u[field], dtype=float) if u and field in u else _smoothed(seen[i], rules.smoothing) for i, field in enumerate(levels)],
        prior=rules.start if prior is None else prior,
        is_free=[not u or field not in u for field in levels],
        has_free_prior=prior is None,
    )
    objective, moved, rounds = [], np.inf, 0
    matching, logs = model.expectation(counted)
    while moved > rules.tolerance and rounds < rules.most_iterations:
        objective.append(float(counted.counts @ logs) + model.penalty(rules.smoothing))
        better = model.maximised(counted, matching, rules.smoothing)
        moved, model, rounds = model.distance(better), better, rounds + 1
        matching, logs = model.expectation(counted)
    objective.append(float(counted.counts @ logs) + model.penalty(rules.smoothing))
    notes = [f"No pair has {field} on both sides, so nothing is known of it." for i, field in enumerate(levels) if not seen[i].sum()]
    if moved > rules.tolerance:
        notes.append(f"After {rounds:,} rounds the figures still move; take them as rough.")
    return Estimate(
        levels=_table(counted, model, counted.sums(counted.counts * matching), seen, list(levels)),
        prior=model.prior,
        iterations=rounds,
        is_converged=moved <= rules.tolerance,
        log_likelihood=float(counted.counts @ logs),
        objective=objective,
        notes=notes,
        patterns=ordered.with_columns(probability=pl.Series(matching)),
    )


def matching_probability(
    patterns: pl.DataFrame, m: Mapping[str, Sequence[float]], u: Mapping[str, Sequence[float]], *, prior: float
) -> pl.Series:
    """Of each row of `patterns` the probability that it matches, by the fields of `m`."""
    counted = _counted(patterns.with_columns(pl.lit(1.0).alias(COUNT)), {field: len(chances) for field, chances in m.items()})
    model = _Model(
        m=[np.array(m[field]) for field in m], u=[np.array(u[field]) for field in m], prior=prior, is_free=[], has_free_prior=False
    )
    return pl.Series("probability", model.expectation(counted)[0])


@dataclass(frozen=True, kw_only=True)
class _Model:
    """m and u of each field, the prior, and which of them may move."""

    m: list[np.ndarray]
    u: list[np.ndarray]
    prior: float
    is_free: list[bool]
    has_free_prior: bool

    def expectation(self, counted: _Counted) -> tuple[np.ndarray, np.ndarray]:
        """Per pattern the probability that it matches, and the logarithm of its likelihood."""
        with_m, with_u = np.log(self.prior) + counted.logs(self.m), np.log1p(-self.prior) + counted.logs(self.u)
        both = np.logaddexp(with_m, with_u)
        return np.exp(with_m - both), both

    def maximised(self, counted: _Counted, matching: np.ndarray, smoothing: float) -> "_Model":
        """The likeliest figures if each pattern matches with these probabilities."""
        others, total = counted.sums(counted.counts * (1 - matching)), float(counted.counts.sum())
        prior = float((counted.counts @ matching + smoothing) / (total + 2 * smoothing)) if self.has_free_prior else self.prior
        return replace(
            self,
            m=[_smoothed(found, smoothing) for found in counted.sums(counted.counts * matching)],
            u=[_smoothed(others[i], smoothing) if free else self.u[i] for i, free in enumerate(self.is_free)],
            prior=min(max(prior, _INNER), 1 - _INNER),
        )

    def distance(self, other: "_Model") -> float:
        """By how much the probability moved that moved most."""
        pairs = zip(self.m + self.u, other.m + other.u, strict=True)
        return max(abs(self.prior - other.prior), *(float(np.abs(a - b).max()) for a, b in pairs))

    def penalty(self, smoothing: float) -> float:
        """What smoothing adds to the logarithm of the likelihood, so that the sum is what every round raises."""
        free = self.m + [chances for chances, is_free in zip(self.u, self.is_free, strict=True) if is_free]
        added = sum(float(np.log(np.maximum(chances, _LEAST)).sum()) for chances in free)
        return smoothing * (added + (float(np.log(self.prior) + np.log1p(-self.prior)) if self.has_free_prior else 0.0))


def _counted(patterns: pl.DataFrame, levels: Mapping[str, int]) -> _Counted:
    numbers = patterns.select(pl.col(field).cast(pl.Int64) for field in levels).to_numpy()
    return _Counted(sizes=tuple(levels.values()), levels=numbers, counts=patterns[COUNT].cast(pl.Float64).to_numpy())


def _check(
    levels: Mapping[str, int], u: Mapping[str, Sequence[float]], m: Mapping[str, Sequence[float]], prior: float | None
) -> None:  # fmt: skip
    for name, given in (("u", u), ("m", m)):
        for field, chances in given.items():
            if field not in levels or len(chances) != levels[field]:
                raise CannotEstimate(f"{name} of {field} does not have a number for each of its levels.")
            if min(chances) < 0 or abs(sum(chances) - 1) > 1e-6:
                raise CannotEstimate(f"{name} of {field} are no probabilities that sum to 1.")
    if prior is not None and not 0 < prior < 1:
        raise CannotEstimate(f"A prior of {prior} is no probability between 0 and 1.")


def _check_patterns(counted: _Counted, rules: Rules) -> None:
    total = float(counted.counts.sum())
    if total < max(rules.fewest_pairs, 1):
        raise CannotEstimate(f"{total:,.0f} pairs are too few to estimate weights from; at least {rules.fewest_pairs:,} are needed.")
    if (counted.levels.max(axis=0) > np.array(counted.sizes)).any():
        raise CannotEstimate("A pattern has a level that its field does not have.")


def _falling(size: int) -> np.ndarray:
    """Where m begins: the first level is the closest agreement, and most likely among those who are one; each next half as likely."""
    chances = 0.5 ** np.arange(1, size + 1)
    return chances / chances.sum()


def _smoothed(found: np.ndarray, smoothing: float) -> np.ndarray:
    total = found.sum() + smoothing * len(found)
    return (found + smoothing) / total if total > 0 else np.full(len(found), 1 / len(found))


def _table(
    counted: _Counted, model: _Model, matching: Sequence[np.ndarray], seen: Sequence[np.ndarray], fields: Sequence[str]
) -> pl.DataFrame:
    parts = []
    for i, (field, size) in enumerate(zip(fields, counted.sizes, strict=True)):
        weight = np.log2(np.maximum(model.m[i], _LEAST)) - np.log2(np.maximum(model.u[i], _LEAST))
        known = {"m": model.m[i], "u": model.u[i], "weight": weight} if seen[i].sum() else {}
        parts.append(
            pl.DataFrame({"field": [field] * size, "level": np.arange(1, size + 1)}).with_columns(
                *(pl.Series(name, known.get(name, [None] * size), dtype=pl.Float64) for name in ("m", "u", "weight")),
                matching_pairs=pl.Series(matching[i]),
                pair_count=pl.Series(seen[i]),
            )
        )
    return pl.concat(parts)
