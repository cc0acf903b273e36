"""Gini, coefficient of variation, largest over smallest."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.fairness import Fairness, fairness

AMOUNTS = st.lists(st.floats(min_value=0, max_value=1e9, allow_subnormal=False), min_size=1, max_size=30)


@given(amounts=AMOUNTS.filter(lambda amounts: sum(amounts) > 1))
def test_gini_is_half_the_mean_difference_of_all_pairs_over_the_mean(amounts: list[float]) -> None:
    mean = sum(amounts) / len(amounts)
    differences = math.fsum(abs(a - b) for a, b in itertools.product(amounts, repeat=2)) / len(amounts) ** 2
    found = fairness(amounts)
    assert found.gini == pytest.approx(differences / (2 * mean), abs=1e-9)
    assert 0 <= found.gini <= 1 - 1 / len(amounts) + 1e-9


@given(amounts=AMOUNTS.filter(lambda amounts: sum(amounts) > 1), times=st.floats(min_value=0.01, max_value=100))
def test_fairness_knows_neither_order_nor_unit(amounts: list[float], times: float) -> None:
    found, other = fairness(amounts), fairness([amount * times for amount in reversed(amounts)])
    assert other.gini == pytest.approx(found.gini, abs=1e-9)
    assert other.coefficient_of_variation == pytest.approx(found.coefficient_of_variation, abs=1e-9)
    if found.max_over_min is not None and found.max_over_min < 1e12:
        assert other.max_over_min == pytest.approx(found.max_over_min)


@given(amounts=st.lists(st.floats(min_value=1, max_value=1e6), min_size=2, max_size=10), share=st.floats(min_value=0.01, max_value=0.5))
def test_taking_from_the_largest_for_the_smallest_never_makes_it_less_fair(amounts: list[float], share: float) -> None:
    ordered = sorted(amounts)
    given_away = (ordered[-1] - ordered[0]) * share
    fairer = fairness([ordered[0] + given_away, *ordered[1:-1], ordered[-1] - given_away])
    found = fairness(ordered)
    assert fairer.gini <= found.gini + 1e-9
    assert fairer.coefficient_of_variation <= found.coefficient_of_variation + 1e-9


def test_equal_shares_are_fair_and_one_for_all_is_not() -> None:
    assert fairness([5, 5, 5]) == Fairness(gini=0.0, coefficient_of_variation=0.0, max_over_min=1.0)
    alone = fairness([0, 0, 0, 8])
    assert (alone.gini, alone.coefficient_of_variation, alone.max_over_min) == (0.75, pytest.approx(math.sqrt(3)), None)


@pytest.mark.parametrize("amounts", [[], [0, 0], [-1, 5]])
def test_what_is_not_defined_is_null(amounts: list[float]) -> None:
    assert fairness(amounts) == Fairness(gini=None, coefficient_of_variation=None, max_over_min=None)
