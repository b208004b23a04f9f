"""The crossover of exponential moving averages: by hand, beside pandas, and where it ties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.strategies.ema_crossover import exponential_average
from tests.montecarlo.any_strategy import wanted


def test_long_while_the_short_average_is_above_the_long_one():
    """The averages of 3 and 7 days begin as means of as many closes; then each moves them by a half and a quarter."""
    #       short:  .  .  8  8  8  8  8   12  10    9    8.5  12.25  6.1
    #       long:   .  .  .  .  .  .  8   10  9.5  9.1   8.8  10.6   8.0
    closes = [8, 8, 8, 8, 8, 8, 8, 16, 8, 8, 8, 16, 0]
    assert wanted(closes, mc.EmaCrossover(3, 7)) == [0] * 7 + [1, 1, 0, 0, 1, 0]
    assert wanted(closes, mc.EmaCrossover(3, 7, shorting=True)) == [0] * 7 + [1, 1, -1, -1, 1, -1]


def test_an_average_of_one_day_is_the_close():
    """The one of three days: mean 11, then 11, 10.5, 9.75, 10.875."""
    assert wanted([10, 11, 12, 11, 10, 9, 12], mc.EmaCrossover(1, 3, shorting=True)) == [0, 0, 1, 0, -1, -1, 1]


def pandas_average(prices, days):
    """Seeded with the mean of the first closes."""
    seeded = prices.astype(float).copy()
    seeded.iloc[: days - 1] = np.nan
    seeded.iloc[days - 1] = prices.iloc[:days].mean()
    return seeded.ewm(span=days, adjust=False).mean()


@pytest.mark.parametrize("days", [1, 2, 12, 26, 200])
def test_an_average_is_that_of_pandas(days):
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=300, iterations=7, seed=6)
    np.testing.assert_allclose(exponential_average(prices.to_numpy(), days), pandas_average(prices, days), rtol=1e-12)


def test_it_is_long_when_averages_of_pandas_cross():
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=200, iterations=40, seed=6)
    gap = pandas_average(prices, 7) - pandas_average(prices, 30)
    both = mc.EmaCrossover(7, 30, shorting=True).targets(prices.to_numpy())
    np.testing.assert_array_equal(both, np.sign(gap.fillna(0)))
    np.testing.assert_array_equal(mc.EmaCrossover(7, 30).targets(prices.to_numpy()), both > 0)


@given(price=st.floats(1e-6, 1e9), short=st.integers(1, 30), more=st.integers(1, 40))
def test_a_constant_price_is_a_tie_and_a_tie_is_flat(price, short, more):
    assert not any(wanted([price] * 100, mc.EmaCrossover(short, short + more, shorting=True)))


@pytest.mark.parametrize(("move", "expected"), [(5e-9, 1), (0.5e-9, 0), (-0.5e-9, 0), (-5e-9, -1)])
def test_averages_closer_than_a_billionth_of_the_price_tie(move, expected):
    """The average of two days begins half of the last move away."""
    for price in (1e-3, 1.0, 1e6):
        assert wanted([price, price * (1 + move)], mc.EmaCrossover(1, 2, shorting=True)) == [0, expected]


def test_what_came_before_a_window_was_full_counts_only_in_its_first_mean():
    closes = np.random.default_rng(1).uniform(10, 20, 40)
    mixed = np.concatenate([np.random.default_rng(2).permutation(closes[:5]), closes[5:]])
    average, other = (pd.Series(exponential_average(each[:, None], 5)[:, 0]) for each in (closes, mixed))
    np.testing.assert_allclose(average, other, rtol=1e-12)


def test_its_averages_are_those_of_the_macd_unless_told_otherwise():
    assert mc.EmaCrossover() == mc.EmaCrossover(short=12, long=26, shorting=False)
    assert mc.EmaCrossover().first_decision == 25
