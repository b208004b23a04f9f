"""The breakout from a price channel: by hand in its three directions, and beside pandas."""

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from tests.montecarlo.any_strategy import wanted


def test_it_is_long_from_above_the_channel_until_below_it_and_short_the_other_way_round():
    # highest of the 3 before:  .   .   .   12  12  12  13  13  13  11  11  12  12
    # lowest of the 3 before:   .   .   .   10  11  11  11  11  10   9   9   9  10
    closes = [10, 12, 11, 12, 11, 13, 11, 10, 9, 11, 12, 10, 10]
    #                            tie          up   in  below            up    in  tie
    assert wanted(closes, mc.Breakout(3)) == [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1]
    assert wanted(closes, mc.Breakout(3, "short")) == [0, 0, 0, 0, 0, 0, 0, -1, -1, -1, 0, 0, 0]
    assert wanted(closes, mc.Breakout(3, "both")) == [0, 0, 0, 0, 0, 1, 1, -1, -1, -1, 1, 1, 1]


@pytest.mark.parametrize("direction", ["long", "short", "both"])
def test_it_breaks_out_where_closes_leave_the_extremes_of_pandas(direction):
    prices = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=200, iterations=40, seed=6)
    window = prices.shift(1).rolling(12)
    sides = {"long": (1, 0), "short": (0, -1), "both": (1, -1)}[direction]
    broken = np.select([prices > window.max(), prices < window.min()], sides, np.nan)
    expected = pd.DataFrame(broken).ffill().fillna(0)
    np.testing.assert_array_equal(mc.Breakout(12, direction).targets(prices.to_numpy()), expected)


def test_a_channel_of_one_day_follows_the_last_move():
    assert wanted([5, 6, 6, 5, 5, 7], mc.Breakout(1)) == [0, 1, 1, 0, 0, 1]


def test_it_is_long_only_and_of_twenty_days_unless_told_otherwise():
    assert mc.Breakout() == mc.Breakout(channel=20, direction="long")
    assert mc.Breakout().first_decision == 20


@pytest.mark.parametrize("channel", [0, 25_000, 2.0, True])
def test_a_channel_that_cannot_be_used_is_refused_by_name(channel):
    with pytest.raises(mc.ParameterError, match=r"^channel must be a whole number from 1 to 24,999"):
        mc.Breakout(channel)
