"""Sums over the last closes, each from its own values only."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from montecarlo.strategies.windows import window_averages


@settings(deadline=None)
@given(
    days=st.integers(1, 70),
    paths=st.integers(1, 4),
    window=st.integers(1, 70),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_window_average_is_the_mean_of_the_last_prices(days, paths, window, seed):
    window = min(window, days)
    prices = np.random.default_rng(seed).lognormal(3, 2, (days, paths))
    naive = [[prices[end - window : end, path].mean() for path in range(paths)] for end in range(window, days + 1)]
    np.testing.assert_allclose(window_averages(prices, window), naive, rtol=1e-13)


def test_prices_long_gone_leave_nothing_behind_in_a_window_average():
    prices = np.concatenate([np.full(10, 1e15), np.full(10, 0.1)])[:, None]
    np.testing.assert_allclose(window_averages(prices, 3)[-8:], 0.1, rtol=1e-15)
