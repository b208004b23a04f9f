"""Correlation and regression, beside NumPy's; and causes that cannot be told apart."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from montecarlo.statistics.regression import correlation, explained

EXPOSURE, TRADES = np.array([0.1, 0.4, 0.2, 0.9]), np.array([3.0, 1.0, 2.0, 2.0])

pytestmark = pytest.mark.processors


@given(st.integers(0, 2**32 - 1), st.integers(3, 50))
def test_a_correlation_is_pearsons(seed, count):
    a, b = np.random.default_rng(seed).normal(3, 2, (2, count))
    assert correlation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-12)


def test_what_goes_exactly_with_or_against_each_other_correlates_by_one_and_no_more():
    assert correlation(EXPOSURE, 1 + 3 * EXPOSURE) == pytest.approx(1)
    assert correlation(EXPOSURE, 1 - EXPOSURE) == pytest.approx(-1)
    values = np.random.default_rng(1).normal(0, 1, (1000, 5))
    assert max(correlation(each, each) for each in values) <= 1


def test_what_is_always_the_same_correlates_with_nothing():
    assert math.isnan(correlation(EXPOSURE, np.full(4, 0.7)))
    assert math.isnan(correlation(np.ones(4), np.ones(4)))


@given(st.integers(0, 2**32 - 1), st.integers(4, 50))
def test_what_is_explained_by_two_causes_is_that_of_a_linear_regression(seed, count):
    values, first, second = np.random.default_rng(seed).normal(1, 2, (3, count))
    design = np.column_stack([np.ones(count), first, second])
    rest = values - design @ np.linalg.lstsq(design, values)[0]
    assert explained(values, first, second) == pytest.approx(1 - rest.var() / values.var(), abs=1e-9)


def test_all_is_explained_where_it_is_linear_in_the_causes():
    assert explained(2 + 3 * EXPOSURE - TRADES, EXPOSURE, TRADES) == pytest.approx(1)


def test_what_differs_by_rounding_alone_is_always_the_same():
    """Sums of tenths in other orders, which processors add up in one way or another."""
    rounded = np.array([0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1, 0.6, 0.6000000000000001])
    assert len(set(rounded)) > 1
    assert math.isnan(correlation(rounded, TRADES))
    assert math.isnan(explained(rounded, EXPOSURE, TRADES))
    assert explained(EXPOSURE, TRADES, rounded) == correlation(EXPOSURE, TRADES) ** 2


@pytest.mark.parametrize("same", [TRADES, 5 - 2 * TRADES], ids=["the same", "in other units"])
def test_a_cause_that_is_there_twice_explains_no_more_than_once(same):
    assert explained(EXPOSURE, TRADES, same) == pytest.approx(correlation(EXPOSURE, TRADES) ** 2)


def test_a_cause_that_never_differs_explains_nothing():
    still = np.full(4, 0.3)
    assert explained(EXPOSURE, TRADES, still) == pytest.approx(correlation(EXPOSURE, TRADES) ** 2)
    assert explained(EXPOSURE, still, TRADES) == pytest.approx(correlation(EXPOSURE, TRADES) ** 2)
    assert explained(EXPOSURE, still, still) == 0


def test_where_nothing_differs_there_is_nothing_to_explain():
    assert math.isnan(explained(np.ones(4), EXPOSURE, TRADES))
    assert math.isnan(explained(np.ones(4), np.ones(4), np.ones(4)))
