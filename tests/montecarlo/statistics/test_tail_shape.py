"""How heavy tails are, of distributions whose tails are known."""

import numpy as np
import pytest
from scipy import stats

from montecarlo.statistics.histogram import Distribution, Histogram
from montecarlo.statistics.tail_shape import l_ratios, tails

SHARES = (np.arange(200_000) + 0.5) / 200_000


def shape_of(values):
    _, shape = tails(Distribution.of_sample(np.asarray(values)))
    return shape


@pytest.mark.parametrize("shape", [0.3, 1.0, 1.7])
def test_a_log_normal_has_its_own_shape_wherever_it_lies(shape):
    values = stats.lognorm(shape).ppf(SHARES)
    assert shape_of(values) == pytest.approx(shape, abs=0.02)
    assert shape_of(7 - 3 * values) == pytest.approx(shape, abs=0.02)


def test_light_tails_have_shape_0_and_heavy_ones_have_more_though_nothing_is_skewed():
    assert shape_of(SHARES) == pytest.approx(0, abs=1e-4)
    assert shape_of(stats.norm.ppf(SHARES)) == pytest.approx(0, abs=1e-2)
    assert shape_of(stats.t(5).ppf(SHARES)) > 0.5


def test_the_histogram_tells_the_same_as_the_sample():
    wealth = np.random.default_rng(1).lognormal(0, 0.8, 3000)
    expected = l_ratios(Distribution.of_sample(wealth))
    assert l_ratios(Distribution.of_histogram(Histogram.of(wealth))) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("values", [[0.3], [0.3] * 1000])
def test_values_that_are_all_the_same_have_no_tails(values):
    assert l_ratios(Distribution.of_sample(np.array(values))) == (0, 0)
    assert shape_of(values) == 0


def test_paths_that_all_return_the_same_tell_nothing_of_the_tails():
    """Nine in ten without a trade, and one that happens to be in their bin."""
    traded = 1 + stats.norm.ppf(SHARES[::200]) / 10
    alone, among = (tails(Distribution.of_histogram(Histogram.of(np.append(traded, np.ones(n))))) for n in (1, 9000))
    assert among == alone
    assert among[0] < 1002
    assert among[1] < 0.1
