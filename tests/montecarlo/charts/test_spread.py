"""The fan shows the quantiles of the result."""

import numpy as np

from montecarlo import charts
from tests.montecarlo.charts.figures import traces


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
