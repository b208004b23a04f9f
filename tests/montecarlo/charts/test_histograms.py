"""Histograms show what the summary tells."""

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


def test_buy_and_hold_is_an_outline_of_the_same_bars(result):
    returns, hold = result.paths["return"].to_numpy(), result.paths["buy_and_hold_value"].to_numpy() / 100_000 - 1
    figure = charts.return_histogram(result.summary, returns, hold=(hold, None))
    outline = next(trace for trace in figure.data if (trace.name or "").startswith("buy and hold"))
    bars = traces(figure, "loss")[0]
    assert min(np.diff(np.unique(outline.x))) == pytest.approx(bars.width)
    shown = (hold < outline.x[-1]).mean()
    assert sum(outline.y[1:-1:2]) == pytest.approx(shown), "each bar is two corners"
    assert outline.name == f"buy and hold ({1 - shown:.1%} beyond the right edge)"
    zero = int(np.flatnonzero(np.isclose(outline.x, 0))[-1])
    assert sum(outline.y[1:zero:2]) == pytest.approx((hold < 0).mean())
    alone = charts.return_histogram(result.summary, returns)
    assert not any((trace.name or "").startswith("buy and hold") for trace in alone.data)


def test_drawdowns_are_shown_from_rows_and_from_a_tally_with_mean_and_quantile(result):
    falls = result.paths["max_drawdown"].to_numpy()
    figure = charts.drawdown_histogram(result.summary, falls)
    (bars,) = (trace for trace in figure.data if trace.type == "bar")
    assert sum(bars.y) == pytest.approx(1)
    assert 0 <= min(bars.x) <= max(bars.x) <= 1
    found = statistics(result.summary)
    marked = {trace.x[0] for trace in figure.data if trace.type == "scatter"}
    assert marked == {found["max_drawdown_mean"], found["max_drawdown_q95"]}
    assert f"{found['max_drawdown_q95']:.1%}" in figure.layout.title.text
    drawdown = Tally.of(simulate_rows(result.simulation, 0, result.simulation.iterations)).drawdown
    counted = charts.drawdown_histogram(result.summary, drawdown.middles(), drawdown.counts)
    assert sum(next(trace for trace in counted.data if trace.type == "bar").y) == pytest.approx(1)


def test_paths_without_a_drawdown_can_be_drawn(history):
    flat = mc.GbmModel(start_price=100.0, drift=0.0, volatility=0.0)
    result = mc.simulate(flat, STRATEGY, days=300, iterations=10, seed=7)
    figure = charts.drawdown_histogram(result.summary, result.paths["max_drawdown"].to_numpy())
    (bars,) = (trace for trace in figure.data if trace.type == "bar")
    assert list(bars.y) == [1]


def test_the_real_return_stands_among_the_simulated_ones_and_the_bars_add_up_to_the_share():
    returns = np.random.default_rng(1).normal(0.1, 0.3, 1000)
    real = float(np.sort(returns)[700])
    figure = charts.verdict_histogram(returns, real, (0.3, 0.27, 0.33))
    (as_well,), (worse,) = traces(figure, "do at least as well"), traces(figure, "do worse")
    shown = sum(as_well.y) + sum(worse.y)
    assert sum(worse.y) == pytest.approx(0.7, abs=1e-12)
    assert sum(as_well.y) == pytest.approx(0.3 - (1 - shown), abs=1e-12)
    assert f"{1 - shown:.1%} of them beyond the right edge" in figure.layout.xaxis.title.text
    lines = {trace.x[0]: trace.name for trace in figure.data if trace.type == "scatter" and trace.name}
    assert lines == {real: f"the real history {real:+.1%}"}
    assert figure.layout.title.text == "30.0% of 1,000 simulated histories do at least as well (27.0% to 33.0%)"


@pytest.mark.parametrize("real", [-0.9, 5.0])
def test_a_real_return_beyond_all_others_is_shown_all_the_same(real):
    returns = np.linspace(-0.2, 0.2, 50)
    figure = charts.verdict_histogram(returns, real, (float(real < 0), 0.0, 1.0))
    bars = np.concatenate([trace.x for trace in figure.data if trace.type == "bar" and len(trace.x)])
    assert len(bars)
    assert sum(sum(trace.y) for trace in figure.data if trace.type == "bar") == pytest.approx(1.0)
