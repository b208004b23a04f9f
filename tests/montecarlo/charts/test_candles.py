"""Bars show what happened within a day, and how each trade began and ended."""

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo import charts
from montecarlo.charts.bars import MOST
from tests.montecarlo.charts.figures import traces, with_reasons

DAYS = 400
STRATEGY = mc.Breakout(20, "both", stop_loss=0.05, take_profit=0.1)


@pytest.fixture(scope="module")
def trades(history):
    return with_reasons(mc.backtest(history, mc.Breakout(20, "both")).trades)


def markers_of(figure):
    return [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "markers"]


def bars_of(figure):
    [bars] = (trace for trace in figure.data if trace.type == "candlestick")
    return bars


def test_each_day_is_a_bar_of_adjusted_prices(history):
    bars, found = bars_of(charts.candles(history, days=DAYS)), history.adjusted_bars
    assert list(bars.x) == list(history.bars.index[-DAYS:])
    for name in ("open", "high", "low", "close"):
        np.testing.assert_array_equal(bars[name], np.ravel(getattr(found, name))[-DAYS:])


def test_of_thousands_of_days_a_bar_is_a_week_or_a_month_that_holds_its_days(history):
    figure, found = charts.candles(history), history.adjusted_bars
    bars = bars_of(figure)
    assert len(history.bars) > 4 * MOST > 4 * len(bars.x) > 0
    assert "weekly bars" in figure.layout.title.text
    assert (bars.open[0], bars.close[-1]) == (np.ravel(found.open)[0], np.ravel(found.close)[-1])
    assert (max(bars.high), min(bars.low)) == (found.high.max(), found.low.min())
    assert set(bars.x) <= set(history.bars.index)


def test_every_trade_is_marked_where_it_began_and_by_why_it_ended(history, trades):
    figure = charts.candles(history, trades)
    for name, side in (("buy", 1), ("sell short", -1)):
        [begun] = traces(figure, name)
        own = trades[np.sign(trades["shares"]) == side]
        assert (list(begun.x), list(begun.y)) == (list(own["entry_date"]), list(own["entry_price"]))
    names = {"signal": "left by signal", "stop": "stopped", "target": "target reached", "time": "time was up"}
    for reason, name in (names | {"ruin": "nothing left"}).items():
        [ended] = traces(figure, name)
        own = trades[trades["exit_reason"] == reason].dropna(subset="exit_date")
        assert (list(ended.x), list(ended.y)) == (list(own["exit_date"]), list(own["exit_price"]))
    assert len({trace.marker.symbol for trace in markers_of(figure)}) == 7, "told by shape alone"


def test_a_stop_lies_against_a_trade_and_a_target_in_its_favour_for_as_long_as_it_was_held(history, trades):
    figure = charts.candles(history, trades, strategy=STRATEGY, days=DAYS)
    first = history.bars.index[-DAYS]
    held = trades[trades["exit_date"].fillna(history.bars.index[-1]) >= first]
    assert set(np.sign(held["shares"])) == {1, -1}
    for name, far in (("stop of a trade", -0.05), ("target of a trade", 0.1)):
        [levels] = traces(figure, name)
        expected = held["entry_price"] * (1 + far * np.sign(held["shares"]))
        np.testing.assert_allclose(levels.y[::3], expected)
        assert pd.isna(levels.y[2]), "trades are not joined"
        assert levels.x[0] == max(first, held["entry_date"].iloc[0])


def test_what_a_strategy_looks_at_is_drawn_on_the_days_that_are_shown(history):
    strategy = mc.SmaCrossover(5, 20)
    for name, values in strategy.lines(history.closes).items():
        [line] = traces(charts.candles(history, strategy=strategy, days=DAYS), name)
        np.testing.assert_array_equal(line.y, values[-DAYS:])


def test_of_many_trades_marks_are_small_and_stops_left_out(history):
    trades = with_reasons(mc.backtest(history, mc.Breakout(2, "both")).trades)
    figure = charts.candles(history, trades, strategy=STRATEGY, days=MOST)
    assert not traces(figure, "stop of a trade")
    [usual] = traces(charts.candles(history, trades, strategy=STRATEGY, days=100), "buy")
    [small] = traces(figure, "buy")
    assert small.marker.size < usual.marker.size


def test_what_ended_before_the_days_that_are_shown_is_left_out(history, trades):
    figure = charts.candles(history, trades, days=DAYS)
    first = history.bars.index[-DAYS]
    assert all(min(trace.x) >= first for trace in markers_of(figure))


def test_a_trade_that_is_still_open_has_no_end(history, trades):
    last = trades.tail(1).assign(exit_date=pd.NaT, exit_price=np.nan)
    figure = charts.candles(history, last, strategy=STRATEGY, days=DAYS)
    assert [trace.name for trace in markers_of(figure)] in (["buy"], ["sell short"])
    assert traces(figure, "stop of a trade")[0].x[1] == history.bars.index[-1]


def test_closes_alone_make_no_bars(history):
    closes = mc.PriceHistory("X", "csv", history.bars.assign(open=np.nan, high=np.nan, low=np.nan))
    with pytest.raises(mc.HistoryError, match="X from source 'csv'"):
        charts.candles(closes)
