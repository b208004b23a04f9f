"""Figures show what was computed, and say what they show."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

import montecarlo as mc
from montecarlo import charts
from montecarlo.experiments.paths import simulate_rows
from montecarlo.statistics.summary import summarise
from montecarlo.statistics.tally import Tally

STRATEGY = mc.SmaCrossover(short=40, long=100)


@pytest.fixture(scope="module")
def history() -> mc.PriceHistory:
    return mc.load_history("AAPL", source="sample")


@pytest.fixture(scope="module")
def backtest(history: mc.PriceHistory) -> mc.Backtest:
    return mc.backtest(history, STRATEGY)


@pytest.fixture(scope="module")
def model(history: mc.PriceHistory) -> mc.GbmModel:
    return mc.fit(history, "gbm")


@pytest.fixture(scope="module")
def result(model: mc.GbmModel) -> mc.Result:
    return mc.simulate(model, STRATEGY, days=300, iterations=500, seed=7)


def traces(figure: go.Figure, name: str) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.name == name]


def statistics(table: pd.DataFrame) -> pd.Series:
    return table.set_index("statistic")["value"]


def test_plotly_is_imported_only_when_a_chart_is_wanted():
    program = """
import sys
import montecarlo
assert "plotly" not in sys.modules
assert montecarlo.charts.equity
assert "plotly" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_misspelt_name_is_still_an_error():
    with pytest.raises(AttributeError, match="no attribute 'chart'"):
        _ = mc.chart


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


def test_equity_stands_beside_buy_and_hold_above_both_drawdowns(backtest):
    figure = charts.equity(backtest)
    value, drawdown = traces(figure, "strategy")
    hold, hold_drawdown = traces(figure, "buy and hold")
    found = statistics(backtest.summary)
    assert value.y[-1] == found["final_value"]
    assert hold.y[-1] == found["buy_and_hold_value"]
    assert min(drawdown.y) == pytest.approx(-found["max_drawdown"], rel=1e-12)
    assert max(drawdown.y) == max(hold_drawdown.y) == 0
    assert (value.yaxis, drawdown.yaxis) == ("y", "y2")


def test_a_loss_on_the_first_day_is_a_drawdown_from_the_capital(history):
    costly = mc.backtest(history, mc.SmaCrossover(short=1, long=2), fill="same-close", commission=0.1)
    _, drawdown = traces(charts.equity(costly), "buy and hold")
    assert drawdown.y[1] == pytest.approx(1 / 1.1005 - 1)


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


def test_bars_of_loss_add_up_to_the_probability_of_loss(result):
    figure = charts.return_histogram(result.summary, result.paths["return"].to_numpy())
    (loss,), (gain,) = traces(figure, "loss"), traces(figure, "gain")
    assert sum(loss.y) == pytest.approx(statistics(result.summary)["probability_of_loss"], abs=1e-12)
    assert max(loss.x) < 0 < min(gain.x)


def test_what_the_histogram_leaves_out_is_said(result):
    figure = charts.return_histogram(result.summary, result.paths["return"].to_numpy())
    beyond = 1 - sum(sum(trace.y) for trace in figure.data if trace.type == "bar")
    assert 0 < beyond < 0.05
    assert f"{beyond:.1%} of the paths lie beyond the right edge" in figure.layout.xaxis.title.text


def test_quantiles_value_at_risk_and_probability_of_loss_are_marked(result):
    figure = charts.return_histogram(result.summary, result.paths["return"].to_numpy())
    found = statistics(result.summary)
    lines = {trace.x[0]: trace.name for trace in figure.data if trace.type == "scatter"}
    assert set(lines) == {found["return_q05"], found["return_median"], found["return_q95"]}
    assert f"value at risk {found['value_at_risk_95']:.1%}" in lines[found["return_q05"]]
    assert f"probability of loss {found['probability_of_loss']:.1%}" in figure.layout.title.text


def test_different_returns_with_their_counts_give_the_bars_of_all_returns(result):
    returns = np.round(result.paths["return"].to_numpy(), 2)
    values, counts = np.unique(returns, return_counts=True)
    listed = charts.return_histogram(result.summary, returns)
    counted = charts.return_histogram(result.summary, values, counts)
    for name in ("loss", "gain"):
        np.testing.assert_array_equal(traces(counted, name)[0].x, traces(listed, name)[0].x)
        np.testing.assert_allclose(traces(counted, name)[0].y, traces(listed, name)[0].y, rtol=1e-12)


def test_the_tally_of_paths_without_rows_is_enough(result):
    simulation = result.simulation
    tally = Tally.of(simulate_rows(simulation, 0, simulation.iterations))
    summary = summarise(tally, simulation.rules, simulation.days)
    figure = charts.return_histogram(summary, tally.wealth.middles() - 1, tally.wealth.counts)
    assert sum(traces(figure, "loss")[0].y) == pytest.approx(statistics(summary)["probability_of_loss"], abs=1e-12)
    assert 0.95 < sum(sum(trace.y) for trace in figure.data if trace.type == "bar") < 1


def test_the_fan_shows_the_quantiles_of_each_day(result):
    figure = charts.fan(result.fan)
    (median,), (half,), (most,) = (
        traces(figure, name) for name in ("median", "half of the paths", "90 % of the paths")
    )
    for trace, name in ((median, "q50"), (half, "q75"), (most, "q95")):
        np.testing.assert_array_equal(trace.x, result.fan["day"])
        np.testing.assert_array_equal(trace.y, result.fan[name])
    for band, low in ((half, "q25"), (most, "q05")):
        below = figure.data[figure.data.index(band) - 1]  # what plotly fills up from
        assert band.fill == "tonexty"
        np.testing.assert_array_equal(below.y, result.fan[low])
    last = result.fan.iloc[-1]
    assert f"{last['q25']:.2f} to {last['q75']:.2f} times" in figure.layout.title.text


@pytest.mark.parametrize("iterations", [1, 2])
def test_a_handful_of_paths_can_be_drawn(model, iterations):
    result = mc.simulate(model, STRATEGY, days=300, iterations=iterations, seed=7)
    figure = charts.return_histogram(result.summary, result.paths["return"].to_numpy())
    assert sum(sum(trace.y) for trace in figure.data if trace.type == "bar") == pytest.approx(1)


def test_paths_that_never_trade_all_return_nothing(history):
    flat = mc.GbmModel(start_price=100.0, drift=0.0, volatility=0.0)
    result = mc.simulate(flat, STRATEGY, days=300, iterations=10, seed=7)
    figure = charts.return_histogram(result.summary, result.paths["return"].to_numpy())
    assert len(traces(figure, "loss")[0].y) == 0
    assert sum(traces(figure, "gain")[0].y) == 1


def test_every_axis_says_what_it_measures_and_every_figure_can_be_sent_to_a_browser(history, backtest, model, result):
    figures = [
        charts.price_history(history, STRATEGY, backtest),
        charts.equity(backtest),
        charts.price_paths(mc.simulate_prices(model, days=300, iterations=2, seed=7), STRATEGY),
        charts.return_histogram(result.summary, result.paths["return"].to_numpy()),
    ]
    for figure in figures:
        assert figure.layout.template == charts.TEMPLATE
        assert figure.layout.title.text
        layout = json.loads(figure.to_json())["layout"]
        assert all("(" in axis["title"]["text"] for name, axis in layout.items() if name.startswith("yaxis"))
        assert any(axis.get("title") for name, axis in layout.items() if name.startswith("xaxis"))


def test_the_sweep_map_has_a_cell_for_each_pair_and_leaves_the_others_empty(model):
    table = mc.sweep(
        model, mc.SmaCrossover(), {"short": [5, 20], "long": [10, 50, 90]}, days=90, iterations=20, seed=7
    ).table
    (cells,) = charts.sweep_map(table).data
    assert (tuple(cells.x), tuple(cells.y)) == (("10", "50", "90"), ("5", "20"))
    found = dict(zip(map(tuple, table[["short", "long"]].to_numpy()), table["return_mean"], strict=True))
    expected = [[found.get((short, long), np.nan) for long in (10, 50, 90)] for short in (5, 20)]
    np.testing.assert_array_equal(cells.z, expected)
    assert np.isnan(expected).sum() == 1
