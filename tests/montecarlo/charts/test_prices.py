"""Prices show what a strategy looks at and where it trades."""

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo import charts
from tests.montecarlo.any_strategy import EXAMPLES
from tests.montecarlo.charts.figures import STRATEGY, traces

TURNING = mc.Breakout(20, "both")


def test_price_history_shows_closes_and_averages_of_full_windows_only(history):
    figure = charts.price_history(history, STRATEGY)
    (closes,) = traces(figure, "close")
    np.testing.assert_array_equal(closes.y, history.closes)
    for window in (40, 100):
        (average,) = traces(figure, f"average of {window} days")
        expected = pd.Series(history.closes).rolling(window).mean()
        np.testing.assert_allclose(average.y, expected, rtol=1e-9)


def test_price_history_marks_each_fill_of_the_backtest(history, backtest):
    figure = charts.price_history(history, STRATEGY, backtest)
    (bought,), (sold,) = traces(figure, "buy"), traces(figure, "sell")
    assert list(bought.x) == list(backtest.trades["entry_date"])
    assert list(sold.x) == list(backtest.trades["exit_date"].dropna())
    closes = history.bars["adjusted_close"]
    np.testing.assert_array_equal(bought.y, closes[bought.x])
    np.testing.assert_array_equal(sold.y, closes[sold.x])


def test_a_trade_that_is_still_open_has_no_sale(history):
    rising = mc.PriceHistory.from_csv(history.to_csv(), "AAPL", "sample")
    ends_invested = mc.PriceHistory("AAPL", "sample", rising.bars[: pd.Timestamp(2012, 9, 28)])
    backtest = mc.backtest(ends_invested, STRATEGY)
    figure = charts.price_history(ends_invested, STRATEGY, backtest)
    assert len(traces(figure, "sell")[0].x) == len(traces(figure, "buy")[0].x) - 1


def test_an_index_is_measured_in_points(history):
    index = mc.PriceHistory("SP500", "fred", history.bars)
    assert "index points" in charts.price_history(index, STRATEGY).layout.yaxis.title.text


def test_each_simulated_path_shows_the_fills_that_the_simulation_counts(model, result):
    prices = mc.simulate_prices(model, days=300, iterations=3, seed=7)
    figure = charts.price_paths(prices, STRATEGY)
    for path in range(3):
        (closes,) = (trace for trace in traces(figure, "close") if trace.yaxis == f"y{path + 1 if path else ''}")
        np.testing.assert_array_equal(closes.y, prices[path])
    bought = traces(figure, "buy")
    assert [len(trace.x) for trace in bought] == list(result.paths["trades"][:3])
    assert min(day for trace in bought for day in trace.x) >= STRATEGY.long


def test_simulated_paths_obey_the_rules_given(model):
    prices = mc.simulate_prices(model, days=300, iterations=1, seed=7)
    (later,) = traces(charts.price_paths(prices, STRATEGY), "buy")
    (sooner,) = traces(charts.price_paths(prices, STRATEGY, mc.Rules(fill="same-close")), "buy")
    assert list(sooner.x[: len(later.x)]) == [day - 1 for day in later.x]


def test_interest_pays_for_the_purchases_that_the_account_has():
    """Flat at 100: 100 shares cost 10,010 after costs, which 10,000 are after six days at 5 % a year."""
    closes, rules = np.full(30, 100.0), mc.Rules(capital=10_000, shares=100, risk_free=0.05, interest=True)
    dates = pd.bdate_range("2020-01-01", periods=30, name="date")
    bars = pd.DataFrame({"close": closes, "adjusted_close": closes}, index=dates)
    assert len(mc.backtest(mc.PriceHistory("X", "sample", bars), mc.BuyAndHold(), rules=rules).trades) == 1
    (bought,) = traces(charts.price_paths(pd.DataFrame(closes), mc.BuyAndHold(), rules, bars_per_year=252), "buy")
    assert list(bought.x) == [6]
    with pytest.raises(mc.ParameterError, match="must be given for rules with interest"):
        charts.price_paths(pd.DataFrame(closes), mc.BuyAndHold(), rules)


def test_a_short_position_is_told_from_a_long_one_and_its_end_from_a_purchase(history):
    figure = charts.price_history(history, TURNING, backtest := mc.backtest(history, TURNING))
    long, short = (backtest.trades[backtest.trades["shares"] * side > 0] for side in (1, -1))
    expected = {
        "buy": long["entry_date"],
        "sell": long["exit_date"].dropna(),
        "sell short": short["entry_date"],
        "buy back": short["exit_date"].dropna(),
    }
    for name, dates in expected.items():
        (fills,) = traces(figure, name)
        assert list(fills.x) == list(dates)
        np.testing.assert_array_equal(fills.y, history.bars["adjusted_close"][fills.x])
    assert set(short["entry_date"]) & set(long["exit_date"]), "it turns"


def test_what_is_bought_points_up_and_what_is_sold_points_down(history):
    figure = charts.price_history(history, TURNING, mc.backtest(history, TURNING))
    symbols = {trace.name: trace.marker.symbol for trace in figure.data if trace.mode == "markers"}
    assert {name: "up" in symbol for name, symbol in symbols.items()} == {
        "buy": True,
        "sell": False,
        "sell short": False,
        "buy back": True,
    }
    assert len(set(symbols.values())) == 4


@pytest.mark.parametrize(
    ("strategy", "names"),
    [
        (mc.Breakout(20), ["buy", "sell"]),
        (mc.Breakout(20, "short"), ["sell short", "buy back"]),
        (mc.Breakout(20, "both"), ["buy", "sell", "sell short", "buy back"]),
        (mc.Momentum(20, 1.0), ["buy", "sell"]),
    ],
    ids=str,
)
def test_only_sides_that_are_traded_have_markers(history, model, strategy, names):
    prices = mc.simulate_prices(model, days=100, iterations=3, seed=7)
    for figure in (
        charts.price_history(history, strategy, mc.backtest(history, strategy)),
        charts.price_paths(prices, strategy),
    ):
        assert list(dict.fromkeys(trace.name for trace in figure.data if trace.mode == "markers")) == names


@pytest.mark.parametrize("strategy", EXAMPLES, ids=str)
def test_the_prices_of_every_strategy_can_be_drawn_with_the_lines_that_it_looks_at(history, model, strategy):
    backtest = mc.backtest(history, strategy)
    figure = charts.price_history(history, strategy, backtest)
    lines = strategy.lines(history.closes)
    assert [trace.name for trace in figure.data if trace.mode != "markers"] == ["close", *lines]
    for name, values in lines.items():
        np.testing.assert_array_equal(traces(figure, name)[0].y, values)
    prices = mc.simulate_prices(model, days=60, iterations=2, seed=7)
    of_paths = charts.price_paths(prices, strategy)
    for path in range(2):
        for name, values in strategy.lines(prices[path].to_numpy()).items():
            np.testing.assert_array_equal(traces(of_paths, name)[path].y, values)
    assert [trace.showlegend for trace in traces(of_paths, "close")] == [True, False]


@pytest.mark.parametrize("strategy", [TURNING, mc.Momentum(10, 0.02, shorting=True)], ids=str)
def test_each_simulated_path_shows_what_a_simulation_counts_short_or_long(model, strategy):
    result = mc.simulate(model, strategy, days=200, iterations=3, seed=7)
    figure = charts.price_paths(mc.simulate_prices(model, days=200, iterations=3, seed=7), strategy)
    opened = [
        len(buy.x) + len(sell.x) for buy, sell in zip(traces(figure, "buy"), traces(figure, "sell short"), strict=True)
    ]
    assert opened == result.paths["trades"].tolist()


def test_a_band_far_below_the_prices_does_not_press_them_together(history):
    strategy = mc.BollingerReversion(60, 2.0)
    assert np.nanmin(strategy.lines(history.closes)["lower band"]) < 0
    low, high = charts.price_history(history, strategy).layout.yaxis.range
    closes = np.log10(history.closes)
    assert closes.min() - 0.2 < low < closes.min() < closes.max() < high < closes.max() + 0.2


def test_simulated_paths_show_stops_and_targets_where_they_were_filled(model):
    rule = mc.SmaCrossover(40, 100, stop_loss=0.05, take_profit=0.05)
    bars = mc.simulate_bars(model, days=300, iterations=3, seed=7)
    counted = mc.simulate(model, rule, days=300, iterations=3, seed=7).paths["trades"]
    figure = charts.price_paths(bars, rule)
    assert [len(trace.x) for trace in traces(figure, "buy")] == list(counted)
    sold = [
        (price, *bars[path].loc[day, ["low", "high", "close"]])
        for path, trace in enumerate(traces(figure, "sell"))
        for day, price in zip(trace.x, trace.y, strict=True)
    ]
    assert all(low <= price <= high for price, low, high, _ in sold)
    assert any(price != close for price, _, _, close in sold)


def test_closes_do_not_show_what_is_filled_within_the_day(model):
    prices = mc.simulate_prices(model, days=300, iterations=1, seed=7)
    with pytest.raises(mc.ParameterError, match="simulate_bars"):
        charts.price_paths(prices, mc.SmaCrossover(40, 100, stop_loss=0.05))
