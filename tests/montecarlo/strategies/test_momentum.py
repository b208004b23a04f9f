"""Time-series momentum: by hand, and beside pandas."""

import numpy as np
import pytest

import montecarlo as mc
from tests.montecarlo.any_strategy import wanted


def test_long_above_the_earlier_close_and_the_band_and_short_below_both():
    """Two days back, and a band of an eighth: 9 is just not above 8, and 7 is just not below it."""
    closes = [8, 8, 9, 9.5, 8, 8, 7, 6.5]
    assert wanted(closes, mc.Momentum(2, 0.125)) == [0, 0, 0, 1, 0, 0, 0, 0]
    assert wanted(closes, mc.Momentum(2, 0.125, shorting=True)) == [0, 0, 0, 1, 0, -1, 0, -1]


def test_without_a_band_any_rise_counts_and_a_tie_is_flat():
    assert wanted([5, 6, 5, 7, 4, 8, 8, 8], mc.Momentum(2, shorting=True)) == [0, 0, 0, 1, -1, 1, 1, 0]


@pytest.mark.parametrize("band", [0.0, 0.03])
def test_it_follows_the_changes_of_pandas(band):
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=200, iterations=40, seed=6)
    change = prices.pct_change(30)
    expected = (change > band).astype(int) - (change < -band).astype(int)
    both = mc.Momentum(30, band, shorting=True).targets(prices.to_numpy())
    np.testing.assert_array_equal(both, expected)
    np.testing.assert_array_equal(mc.Momentum(30, band).targets(prices.to_numpy()), both > 0)
    assert len(np.unique(both)) == 3


def test_a_band_of_everything_is_never_left_below():
    assert wanted([8, 8, 0, 0, 17, 1], mc.Momentum(1, 1.0, shorting=True)) == [0, 0, 0, 0, 1, 0]


def test_it_looks_back_a_year_unless_told_otherwise():
    assert mc.Momentum() == mc.Momentum(lookback=252, band=0.0, shorting=False)
    assert mc.Momentum().first_decision == 252
