"""The reversion from Bollinger's bands: by hand, beside pandas, and where nothing varies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import montecarlo as mc
from montecarlo.strategies.bollinger_reversion import bands
from tests.montecarlo.any_strategy import wanted


def test_long_from_below_the_lower_band_until_the_average_and_short_the_other_way_round():
    """Windows of 4 closes, bands 1.5 of their deviations away."""
    #  average:  .   .   .  11   10.25 9.75 10.75 12.25 13
    #  band:     .   .   .  8.4  7.6   7.5  15.4  16.5  16.4
    closes = [12, 12, 12, 8, 9, 10, 16, 14, 12]
    #                    below in  over above in  over
    assert wanted(closes, mc.BollingerReversion(4, 1.5)) == [0, 0, 0, 1, 1, 0, 0, 0, 0]
    assert wanted(closes, mc.BollingerReversion(4, 1.5, shorting=True)) == [0, 0, 0, 1, 1, 0, -1, -1, 0]


def test_it_turns_from_one_side_to_the_other_in_a_day():
    assert wanted([12, 12, 12, 8, 16, 4], mc.BollingerReversion(4, 0.5, shorting=True)) == [0, 0, 0, 1, -1, 1]


def test_the_width_is_a_real_number():
    """The last of 12, 12, 12 and 8 lies √3 deviations below their average."""
    assert wanted([12, 12, 12, 8], mc.BollingerReversion(4, 1.7320)) == [0, 0, 0, 1]
    assert wanted([12, 12, 12, 8], mc.BollingerReversion(4, 1.7321)) == [0, 0, 0, 0]


def test_bands_without_a_width_are_the_average():
    assert wanted([2, 1, 2, 3, 3, 2], mc.BollingerReversion(2, 0.0, shorting=True)) == [0, 1, -1, -1, 0, 1]


@pytest.mark.parametrize("window", [2, 3, 20, 120])
def test_the_bands_are_those_of_pandas(window):
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=300, iterations=7, seed=6)
    middle, deviation = bands(prices.to_numpy(), window)
    rolling = prices.rolling(window)
    np.testing.assert_allclose(middle, rolling.mean()[window - 1 :], rtol=1e-12)
    np.testing.assert_allclose(deviation, rolling.std(ddof=0)[window - 1 :], rtol=1e-6)


@pytest.mark.parametrize("shorting", [False, True])
def test_it_reverts_from_the_bands_of_pandas(shorting):
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=200, iterations=40, seed=6)
    rolling = prices.rolling(15)
    middle, half = rolling.mean(), 1.7 * rolling.std(ddof=0)
    below, above, over = prices < middle - half, shorting & (prices > middle + half), prices >= middle
    expected, side = [], np.zeros(40)
    for day in range(201):
        reverted = ((side > 0) & over.iloc[day]) | ((side < 0) & ~over.iloc[day])
        side = np.select([below.iloc[day], above.iloc[day], reverted], [1, -1, 0], side)
        expected.append(side)
    np.testing.assert_array_equal(mc.BollingerReversion(15, 1.7, shorting).targets(prices.to_numpy()), expected)


@given(price=st.floats(1e-6, 1e9), window=st.integers(2, 90), width=st.floats(0, 10))
def test_a_constant_price_is_within_any_bands(price, window, width):
    assert not any(wanted([price] * 100, mc.BollingerReversion(window, width, shorting=True)))


def test_a_price_that_stays_at_zero_is_at_its_average():
    assert wanted([10, 10, 10, 0, 0, 0, 0, 0], mc.BollingerReversion(4, 1.0)) == [0, 0, 0, 1, 1, 1, 0, 0]


@given(st.lists(st.floats(1e3, 1e6), min_size=60, max_size=60), st.floats(1e-4, 1e-2))
def test_prices_long_gone_leave_nothing_behind(before, after):
    """A running sum would still hold some of the rounding of the prices before the crash."""
    flat = wanted([*before, *[after] * 40], mc.BollingerReversion(10, 0.5, shorting=True))[60 + 10 :]
    assert flat == [0] * 30


def test_its_bands_are_the_usual_ones_unless_told_otherwise():
    assert mc.BollingerReversion() == mc.BollingerReversion(window=20, width=2.0, shorting=False)
    assert mc.BollingerReversion().first_decision == 19
    assert isinstance(mc.BollingerReversion(width=2).width, float)
