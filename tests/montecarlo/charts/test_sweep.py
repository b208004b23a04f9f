"""The map of a sweep has each combination in its place."""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo import charts
from tests.montecarlo.charts.figures import traces

OPTIONS = {"days": 90, "iterations": 50, "seed": 7}


def sweep(model, strategy, axes):
    return mc.sweep(model, strategy, axes, **OPTIONS)


def test_it_has_a_cell_for_each_pair_and_leaves_the_others_empty(model):
    table = sweep(model, mc.SmaCrossover(), {"short": [5, 20], "long": [10, 50, 90]}).table
    (cells,) = charts.sweep_map(table).data
    assert (tuple(cells.x), tuple(cells.y)) == (("10", "50", "90"), ("5", "20"))
    found = dict(zip(map(tuple, table[["short", "long"]].to_numpy()), table["return_mean"], strict=True))
    expected = [[found.get((short, long), np.nan) for long in (10, 50, 90)] for short in (5, 20)]
    np.testing.assert_array_equal(cells.z, expected)
    assert np.isnan(expected).sum() == 1


@pytest.mark.parametrize(
    ("strategy", "axes", "x", "y"),
    [
        (mc.Breakout(), {"channel": (5, 9), "direction": ("long", "short")}, ("long", "short"), ("5", "9")),
        (mc.BollingerReversion(), {"width": (0.5, 1.0), "shorting": (False, True)}, ("false", "true"), ("0.5", "1.0")),
        (mc.Momentum(), {"band": (0.0, 0.01), "lookback": (5, 9)}, ("5", "9"), ("0.0", "0.01")),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_any_two_parameters_span_it(model, strategy, axes, x, y):
    found = sweep(model, strategy, axes)
    (cells,) = charts.sweep_map(found.table, "sharpe_mean").data
    assert (tuple(cells.x), tuple(cells.y)) == (x, y)
    np.testing.assert_array_equal(np.ravel(cells.z), found.table["sharpe_mean"])


def test_one_number_makes_a_line_with_its_interval(model):
    table = sweep(model, mc.BollingerReversion(10), {"width": (0.5, 1.0, 2.5)}).table
    figure = charts.sweep_map(table)
    (low,), (high,), (line,) = (traces(figure, name) for name in ("low", "95 % interval", "return mean"))
    for trace, column in ((low, "return_mean_low"), (high, "return_mean_high"), (line, "return_mean")):
        np.testing.assert_array_equal(trace.x, [0.5, 1.0, 2.5])
        np.testing.assert_array_equal(trace.y, table[column])
    assert high.fill == "tonexty"
    assert figure.data.index(high) == figure.data.index(low) + 1  # what plotly fills up from
    assert figure.layout.xaxis.type == "linear"


@pytest.mark.parametrize(
    ("strategy", "name", "words"),
    [(mc.Breakout(5), "direction", ["both", "long", "short"]), (mc.SmaCrossover(5, 9), "shorting", ["false", "true"])],
    ids=["words", "switch"],
)
def test_words_have_bars_and_no_line_between_them(model, strategy, name, words):
    table = sweep(
        model, strategy, {name: strategy.parameters[name].kind.words if len(words) > 2 else (False, True)}
    ).table
    figure = charts.sweep_map(table)
    (points,) = figure.data
    assert (list(points.x), points.mode) == (words, "markers")
    np.testing.assert_allclose(points.y + points.error_y.array, table["return_mean_high"])
    np.testing.assert_allclose(points.y - points.error_y.arrayminus, table["return_mean_low"])
    assert figure.layout.xaxis.type == "category"


def test_a_statistic_without_an_interval_is_a_line_alone(model):
    table = sweep(model, mc.Momentum(), {"lookback": (5, 9)}).table
    (line,) = charts.sweep_map(table, "return_std").data
    np.testing.assert_array_equal(line.y, table["return_std"])


def test_axes_have_the_names_of_parameters_or_their_labels_and_units(model):
    found = sweep(model, mc.SmaCrossover(), {"short": (5, 9), "long": (20, 30)})
    named, labelled = (
        charts.sweep_map(found.table, parameters=each) for each in (None, found.sweep.strategy.parameters)
    )
    assert (named.layout.yaxis.title.text, named.layout.xaxis.title.text) == ("short", "long")
    assert labelled.layout.yaxis.title.text == "Short window (trading days)"
    assert labelled.layout.xaxis.title.text == "Long window (trading days)"
    assert named.layout.title.text == "Mean return over the whole horizon: 4 combinations on the same paths"
