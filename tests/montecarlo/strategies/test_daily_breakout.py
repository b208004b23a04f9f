"""The breakout from the range of the days before: by hand, and beside pandas."""

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo.data.bars import Bars
from tests.montecarlo.any_strategy import bars_of, wanted


def test_it_enters_where_a_close_leaves_the_highs_and_lows_of_the_days_before():
    highs = [99, 12, 13, 12, 14, 14, 12, 11, 10]
    lows_ = [1, 10, 11, 10, 11, 12, 8, 7, 9]
    close = [50, 11, 12, 12, 14, 13, 8, 10, 9]
    # Highest of the 2 before, from day 3 on: 13, 13, 14, 14, 14, 12; lowest: 10, 10, 10, 11, 8, 7.
    assert wanted(close, mc.DailyBreakout(2), (close, highs, lows_)) == [0, 0, 0, 0, 1, 0, -1, 0, 0]
    long, short = (mc.DailyBreakout(2, side, stop_loss=0.1) for side in ("long", "short"))
    assert wanted(close, long, (close, highs, lows_)) == [0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert wanted(close, short, (close, highs, lows_)) == [0, 0, 0, 0, 0, 0, -1, 0, 0]


def test_a_tie_and_a_day_of_which_only_the_close_is_known_are_no_breakout():
    flat = [10.0] * 4
    assert wanted([10, 10, 12, 12], mc.DailyBreakout(), (flat, [0, 12, 12, 12], flat)) == [0, 0, 0, 0]
    assert mc.DailyBreakout(3).first_decision == 4


@pytest.mark.parametrize("direction", ["long", "short", "both"])
def test_it_is_what_pandas_finds(direction):
    closes = mc.simulate_prices(mc.GbmModel(50.0, 0.1, 0.4), days=200, iterations=40, seed=6)
    bars = bars_of(closes.to_numpy())
    highest, lowest = (frame(pd.DataFrame(each)[1:].shift(1).rolling(12)) for frame, each in (
        (lambda window: window.max(), bars.high), (lambda window: window.min(), bars.low)
    ))  # fmt: skip
    sides = {"long": (1, 0), "short": (0, -1), "both": (1, -1)}[direction]
    expected = np.select([closes[1:] > highest, closes[1:] < lowest], sides, 0)
    found = mc.DailyBreakout(12, direction, max_holding=5).targets_of_bars(bars)
    assert np.count_nonzero(found) > 100
    np.testing.assert_array_equal(found[1:], expected)


def test_its_lines_are_the_edges_of_the_range():
    bars = Bars(*(each[:, 0] for each in bars_of(np.array([[10.0], [11], [12], [11], [13]]))))
    lines = mc.DailyBreakout(2).lines_of_bars(bars)
    np.testing.assert_array_equal(lines["highest of 2 days before"][3:], [max(bars.high[1:3]), max(bars.high[2:4])])
    assert np.isnan(lines["lowest of 2 days before"][:3]).all()


@pytest.mark.parametrize("direction", ["long", "short"])
def test_what_enters_on_one_side_and_never_leaves_is_refused(direction):
    message = f'^direction "{direction}" alone enters and never leaves: give a stop loss, a take profit or a longest'
    with pytest.raises(mc.ParameterError, match=message):
        mc.DailyBreakout(5, direction)
    for order in ({"stop_loss": 0.1}, {"take_profit": 0.1}, {"max_holding": 10}):
        assert mc.DailyBreakout(5, direction, **order).has_exits


def test_closes_alone_are_refused():
    with pytest.raises(TypeError, match="looks at highs and lows"):
        mc.DailyBreakout().targets(np.ones((5, 1)))
