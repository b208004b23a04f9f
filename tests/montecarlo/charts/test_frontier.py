"""The figure of the frontier shows what was found, each thing where it is."""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo import charts
from montecarlo.charts.colours import SCALES
from montecarlo.charts.frontier import MOST_POINTS
from montecarlo.data.joint_history import align
from tests.montecarlo.charts.figures import traces


@pytest.fixture(scope="module")
def found():
    joint = align([mc.load_history(symbol, source="sample") for symbol in ("AAPL", "IBM", "MSFT")])
    return mc.frontier(joint, weightings=3000, points=10, draws=20, asked=(0.5, 0.3, 0.1), seed=7)


def test_marks_line_and_band_stand_where_they_are(found):
    figure = charts.efficient_frontier(found)
    for name, each in (
        ("least volatility", found.calmest),
        ("highest Sharpe ratio", found.best),
        ("equal weights", found.equal),
        ("yours", found.asked),
    ):
        (mark,) = traces(figure, name)
        assert (mark.x, mark.y) == ((each.volatility,), (each.expected_return,))
    (line,) = traces(figure, "efficient frontier")
    np.testing.assert_array_equal(line.x, found.efficient["volatility"])
    np.testing.assert_array_equal(line.y, found.efficient["expected_return"])
    (low,), (high,) = traces(figure, "5 %"), traces(figure, "frontiers of other draws (90 %)")
    np.testing.assert_array_equal(low.y, found.band["low"])
    np.testing.assert_array_equal(high.y, found.band["high"])
    assert figure.data.index(high) == figure.data.index(low) + 1
    (alone,) = traces(figure, "one symbol alone")
    assert alone.text == found.symbols


def test_the_cloud_is_coloured_by_sharpe_ratio_and_says_how_much_of_it_is_drawn(found):
    (cloud,) = traces(charts.efficient_frontier(found), "2,500 of 3,000 random weightings, by Sharpe ratio")
    shown = found.random.head(MOST_POINTS)
    np.testing.assert_array_equal(cloud.marker.color, shown["sharpe"])
    np.testing.assert_array_equal(cloud.x, shown["volatility"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_cloud_has_the_colours_of_the_page(found, theme):
    themed = charts.themed(charts.efficient_frontier(found), theme)
    (cloud,) = traces(themed, "2,500 of 3,000 random weightings, by Sharpe ratio")
    assert cloud.marker.colorscale == tuple(SCALES[theme])


def test_without_a_weighting_that_was_asked_about_there_is_no_mark_for_it(found):
    joint = align([mc.load_history(symbol, source="sample") for symbol in ("AAPL", "IBM")])
    figure = charts.efficient_frontier(mc.frontier(joint, weightings=10, points=3, draws=20, seed=7))
    assert traces(figure, "yours") == []
    assert traces(figure, "10 random weightings, by Sharpe ratio")
