"""Bounds keep weightings, and those that leave none are refused with words."""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.frontiers.random_weightings import random_weightings
from tests.montecarlo.frontiers.exact import SYMBOLS, bounds


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lowest": -0.1}, "lowest must be a number from 0 to 1, not -0.1"),
        ({"highest": float("nan")}, "highest must be a number from 0 to 1, not nan"),
        ({"highest": "much"}, "highest must be a number from 0 to 1, not 'much'"),
        ({"highest": {"A": 2}}, "highest of A must be a number from 0 to 1, not 2"),
        ({"lowest": {"X": 0.1}}, "lowest names 'X', which is not one of A, B, C, D"),
        ({"lowest": 0.3}, "lowest must add up to 1 at most over all 4 symbols, not to 1.2, which leaves no weighting"),
        ({"highest": 0.2}, "highest must add up to 1 at least over all 4 symbols, not to 0.8"),
        ({"lowest": {"B": 0.5}, "highest": 0.4}, "lowest of B must be at most its highest weight 0.4, not 0.5"),
    ],
)
def test_what_cannot_be_is_said(given, said):
    with pytest.raises(mc.ParameterError) as error:
        bounds(**given)
    assert said in str(error.value)


def test_both_bounds_are_complained_of_at_once():
    with pytest.raises(mc.ParameterError) as error:
        bounds({"X": 0.1, "Y": 3}, 5)
    assert set(error.value.problems) == {"lowest", "highest"}


def test_random_weightings_are_uniform_numbers_over_their_sum():
    """As drawn by another way: the density of one of two such weights w is 1 / (2 max(w, 1 - w)²)."""
    weights = random_weightings(7, 20_000, bounds(symbols="AB"))
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
    for at in (0.1, 0.3, 0.5, 0.8):
        below = at / (2 * (1 - at)) if at <= 0.5 else 1 - (1 - at) / (2 * at)
        assert np.mean(weights[:, 0] < at) == pytest.approx(below, abs=4 * 0.5 / np.sqrt(20_000))


def test_the_same_seed_gives_the_same_weightings_and_more_begin_with_fewer():
    np.testing.assert_array_equal(random_weightings(7, 10, bounds()), random_weightings(7, 30, bounds())[:10])
    assert not np.array_equal(random_weightings(7, 10, bounds()), random_weightings(8, 10, bounds()))


@pytest.mark.parametrize("given", [{"highest": 0.3}, {"lowest": 0.2}, {"lowest": {"A": 0.5}, "highest": {"B": 0.05}}])
def test_random_weightings_keep_to_bounds_and_add_up_to_1(given):
    within = bounds(**given)
    weights = random_weightings(7, 1000, within)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
    assert (weights >= within.lowest).all()
    assert (weights <= within.highest).all()
    assert np.ptp(weights, axis=0).min() > 0.01


def test_weights_that_keep_to_bounds_stay():
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(bounds(0.05, 0.5).within(weights), weights, atol=1e-15)
    assert len(SYMBOLS) == len(weights)
