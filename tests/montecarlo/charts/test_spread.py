"""Histogram and fan show what the summary tells."""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo import charts
from montecarlo.experiments.paths import simulate_rows
from montecarlo.statistics.summary import summarise
from montecarlo.statistics.tally import Tally
from tests.montecarlo.charts.figures import STRATEGY, statistics, traces


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
    summary = summarise(tally, simulation.rules, simulation.days, 252)
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
