"""Figures of simulations beside each other show what their tallies tell."""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo import charts
from montecarlo.charts.comparison import LOOKS
from tests.montecarlo.charts.figures import STRATEGY, statistics, traces


@pytest.fixture(scope="module")
def comparison(model, result):
    costly = mc.simulate(model, STRATEGY, days=300, iterations=500, seed=7, commission=0.01)
    apart = mc.simulate(model, mc.BuyAndHold(), days=300, iterations=700, seed=8)
    return mc.compare(result, costly, apart)


def test_each_simulation_has_a_colour_and_a_dash_of_its_own_in_every_figure(comparison):
    for figure in (
        charts.compared_returns(comparison.compared),
        charts.compared_fans(comparison.compared),
        charts.compared_drawdowns(comparison.compared),
    ):
        looks = [
            (trace.line.color, trace.line.dash)
            for name in "ABC"
            for trace in traces(figure, name)
            if trace.mode == "lines"
        ]
        assert looks == list(LOOKS[:3])
    assert len({dash for _, dash in LOOKS}) == len({color for color, _ in LOOKS}) == 5


def test_the_outline_of_returns_holds_nearly_all_paths_of_each(comparison, result):
    figure = charts.compared_returns(comparison.compared)
    (outline,) = traces(figure, "A")
    loss = sum(y for x, y in zip(outline.x[::2], outline.y[::2], strict=True) if x < 0)
    assert loss == pytest.approx(statistics(result.summary)["probability_of_loss"], abs=1e-12)
    for name in "ABC":
        (outline,) = traces(figure, name)
        assert 0.95 < sum(outline.y[::2]) <= 1 + 1e-12
    beyond = max(1 - sum(traces(figure, name)[0].y[::2]) for name in "ABC")
    assert f"up to {beyond:.1%} of the paths lie beyond the edges" in figure.layout.xaxis.title.text


def test_the_fans_have_the_quantiles_of_each(comparison, result):
    figure = charts.compared_fans(comparison.compared)
    np.testing.assert_array_equal(traces(figure, "A")[0].y, result.fan["q50"])
    np.testing.assert_array_equal(traces(figure, "A, 25 %")[0].y, result.fan["q25"])
    np.testing.assert_array_equal(traces(figure, "A, 75 %")[0].y, result.fan["q75"])
    assert all(trace.fill is None for trace in figure.data)
    two = charts.compared_fans(comparison.compared[:2])
    assert traces(two, "A, 75 %")[0].fill == "tonexty"


def test_the_curve_of_drawdowns_falls_from_all_paths_to_few(comparison, result):
    (curve,) = traces(charts.compared_drawdowns(comparison.compared), "A")
    falls = result.paths["max_drawdown"].to_numpy()
    for x, y in list(zip(curve.x, curve.y, strict=True))[::20]:
        assert np.mean(falls > x * (1 + 2**-11)) - 1e-9 <= y <= 1e-9 + np.mean(falls >= x * (1 - 2**-11))


def test_paired_differences_are_drawn_and_others_left_out(comparison, result):
    figure = charts.paired_differences(comparison.differences)
    assert [trace.name for trace in figure.data if trace.mode == "lines"] == ["A against B"]
    curve = figure.data[0]
    apart = (result.paths["return"] - comparison.compared[1].rows()[0]["return"]).to_numpy()
    for x, y in list(zip(curve.x, curve.y, strict=True))[::20]:
        slack = abs(x) * 2**-11
        assert np.mean(apart > x + slack) - 1e-9 <= y <= 1e-9 + np.mean(apart >= x - slack)


def test_a_handful_of_paths_that_all_return_nothing_can_be_drawn():
    flat = mc.simulate(
        mc.GbmModel(start_price=100.0, drift=0.0, volatility=0.0), STRATEGY, days=120, iterations=3, seed=1
    )
    comparison = mc.compare(flat, flat)
    for draw in (charts.compared_returns, charts.compared_fans, charts.compared_drawdowns):
        assert draw(comparison.compared).data
    assert charts.paired_differences(comparison.differences).data
