"""Quantiles of the binomial distribution, beside SciPy's."""

import pytest
from scipy.stats import binom

from montecarlo.statistics.binomial import binomial_quantile

PROBABILITIES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

pytestmark = pytest.mark.processors


@pytest.mark.parametrize("tail", [0.025, 0.975])
@pytest.mark.parametrize("success", PROBABILITIES)
def test_it_is_exact_up_to_the_number_of_paths_that_have_exact_quantiles(tail, success):
    for trials in (*range(1, 60), 100, 999, 2000, 65_536, 1_000_000):
        assert binomial_quantile(tail, trials, success) == binom.ppf(tail, trials, success)


def test_a_probability_that_is_reached_exactly_is_reached():
    """One half by 1 of 1, 3 of 7 and 100 of 201 tosses of a coin, whatever rounding makes of the sums."""
    assert [binomial_quantile(0.5, trials, 0.5) for trials in (1, 3, 7, 201, 2001)] == [0, 1, 3, 100, 1000]
    assert [binomial_quantile(0.25, 2, 0.5), binomial_quantile(0.75, 2, 0.5)] == [0, 1]


@pytest.mark.parametrize("tail", [0.025, 0.975])
@pytest.mark.parametrize("success", PROBABILITIES)
def test_it_is_off_by_one_at_most_for_more(tail, success):
    for trials in (5_000_001, 10**8, 10**10):
        assert abs(binomial_quantile(tail, trials, success) - binom.ppf(tail, trials, success)) <= 1
