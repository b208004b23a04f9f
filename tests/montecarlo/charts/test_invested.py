"""Exposure against result, of as many paths as can be seen."""

import numpy as np
import pandas as pd
import pytest

import montecarlo as mc
from montecarlo import charts
from montecarlo.charts.invested import MOST_POINTS


def points_and_means(figure):
    points, _, means = figure.data
    return points, means


def test_every_path_is_a_point_and_the_line_is_of_tenths_of_them(result):
    points, means = points_and_means(charts.exposure(result.paths))
    np.testing.assert_array_equal(points.x, result.paths["exposure"])
    np.testing.assert_array_equal(points.y, result.paths["return"])
    ordered = result.paths.sort_values("exposure", kind="stable")
    least = ordered.iloc[: len(ordered) // 10]
    assert means.x[0] == pytest.approx(least["exposure"].mean(), rel=0.05)
    assert list(means.x) == sorted(means.x)
    assert np.average(means.y) == pytest.approx(result.paths["return"].mean(), rel=0.1)


def test_of_many_paths_some_are_points_but_the_line_is_of_all():
    draws = np.random.default_rng(7)
    rows = pd.DataFrame({"exposure": draws.uniform(size=50_000)})
    rows["return"] = rows["exposure"] + draws.normal(size=len(rows))
    figure = charts.exposure(rows)
    points, means = points_and_means(figure)
    assert len(points.x) <= MOST_POINTS
    assert "one in 25 is drawn" in points.name
    np.testing.assert_allclose(means.x, np.arange(0.05, 1, 0.1), atol=0.01)
    np.testing.assert_allclose(means.y, means.x, atol=0.06)
    low, high = figure.layout.yaxis.range
    above = (rows["return"] > high).mean()
    assert low < rows["return"].min()
    assert 0 < above < 0.01
    assert f"{above:.1%} of the paths lie above" in figure.layout.yaxis.title.text


def test_paths_that_are_all_invested_alike_have_no_line_to_read(history):
    result = mc.simulate(mc.fit(history, "gbm"), mc.BuyAndHold(), days=60, iterations=20, seed=7)
    figure = charts.exposure(result.paths)
    assert "about the same time" in figure.layout.title.text
    assert len(points_and_means(figure)[1].x) == 1


def test_a_single_path_can_be_drawn():
    points, means = points_and_means(charts.exposure(pd.DataFrame({"exposure": [0.0], "return": [0.0]})))
    assert (list(points.x), list(means.y)) == ([0.0], [0.0])
