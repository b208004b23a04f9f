"""Charts of how good a trained model is."""

import numpy as np
import pandas as pd
import pytest

from montecarlo import charts
from montecarlo.charts.forecasts import MOST
from tests.montecarlo.charts.figures import IMPORTANCE, RELIABILITY, traces


def test_reliability_draws_what_came_true_over_what_was_said_of_each_side():
    figure = charts.reliability(RELIABILITY)
    [long], [short] = traces(figure, "buying"), traces(figure, "selling short")
    assert (list(long.x), list(long.y)) == ([0.4, 0.6], [0.5, 0.6])
    assert (list(short.x), list(short.y)) == ([0.5], [0.55])
    [diagonal] = traces(figure, "as often as was said")
    assert list(diagonal.x) == list(diagonal.y)
    # |0.4 - 0.5| on 100 days, 0 on 300, 0.05 on 400: 30 days' worth of 800
    assert figure.layout.title.text.endswith("differ by 3.8 points on average")


@pytest.mark.parametrize(("span", "worth"), [(1, 300), (10, 30)])
def test_days_whose_labels_overlap_are_worth_fewer(span, worth):
    [long] = traces(charts.reliability(RELIABILITY, span), "buying")
    assert long.error_y.array[1] == pytest.approx(2 * np.sqrt(0.6 * 0.4 / worth))


def test_importance_has_the_groups_on_top_and_says_what_is_missed_most():
    figure = charts.importance(IMPORTANCE)
    [long] = traces(figure, "buying")
    assert list(long.y) == ["average of 3 days", "volatility", "all averages"], "from below"
    assert list(long.x) == [0.02, -0.001, 0.01]
    assert list(long.error_x.array) == pytest.approx([0.004] * 3)
    assert figure.layout.title.text == "Missed most: volatility, 0.030 of the area under the curve"


def test_of_many_features_only_those_that_are_missed_most_are_drawn():
    losses = np.arange(40) / 1000
    names = [f"roc_{window}" for window in range(2, 42)]
    table = pd.DataFrame({"side": "long", "feature": names, "loss": losses, "deviation": 0.0})
    [drawn] = traces(charts.importance(table), "buying")
    assert list(drawn.x) == list(losses[-MOST:])


def test_where_nothing_is_missed_the_title_says_so():
    title = charts.importance(IMPORTANCE.assign(loss=-0.01)).layout.title.text
    assert title == "No feature is missed at all"
