"""How evenly something is spread over territories or people (公平度): gini, coefficient of variation, largest over smallest.

Here: the three figures of a list of amounts. Not here: which amounts of whom are compared (what_if.py).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """gini: 0 all have the same, towards 1 one has all. coefficient_of_variation: standard deviation (of the whole, not of a sample) over
    the mean. max_over_min: how many times the smallest the largest is. Each null where it is not defined."""

    gini: float | None
    coefficient_of_variation: float | None
    max_over_min: float | None


def fairness(amounts: Sequence[float]) -> Fairness:
    """The fairness of amounts; their order does not matter. Null throughout where there are none, all are 0 or one is below 0; max_over_min
    also where the smallest is 0."""
    ordered = sorted(float(amount) for amount in amounts)
    total, count = math.fsum(ordered), len(ordered)
    if not count or ordered[0] < 0 or total <= 0:
        return Fairness(gini=None, coefficient_of_variation=None, max_over_min=None)
    mean = total / count
    # Half the mean difference of all pairs, over the mean; in sorted order one pass does it.
    gini = math.fsum((2 * place - count - 1) * amount for place, amount in enumerate(ordered, start=1)) / (count * total)
    spread = math.sqrt(math.fsum((amount - mean) ** 2 for amount in ordered) / count)
    return Fairness(
        gini=max(0.0, gini),
        coefficient_of_variation=spread / mean,
        max_over_min=ordered[-1] / ordered[0] if ordered[0] > 0 else None,
    )
