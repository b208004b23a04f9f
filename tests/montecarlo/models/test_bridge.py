"""Highs and lows of days that are Brownian bridges: each against its closed form, and both together."""

import math
from functools import cache

import numpy as np
import pytest
from scipy import stats

from montecarlo.engine import bridge
from montecarlo.engine.normals import words

PATHS, DAYS = 1000, 250
LEVELS = [(0.3, 0.3), (0.8, 0.8), (0.5, 0.1), (0.2, 1.1), (1.5, 0.6)]


@cache
def drawn(x):
    """Above and below of days that end at ``x``."""
    return extremes(np.full((DAYS, PATHS), x, np.float32), 7)


def extremes(x, seed):
    above, below = bridge.extremes(x, bridge.way(0.0, 1.0), seed, 0)
    return above.astype(np.float64), below.astype(np.float64)


@pytest.fixture(scope="module")
def wandering():
    """Days without drift: above, below and where they end."""
    x = np.random.default_rng(5).standard_normal((DAYS, PATHS)).astype(np.float32)
    return *extremes(x, 8), x


def survival(w, y, d, terms=12):
    """S of the module, in double precision and with more terms than it takes."""
    image = lambda z: z / y * np.exp((y * y - z * z) / 2)  # noqa: E731
    return sum(
        m * (image(m * w - d) + image(m * w + d)) - (m - 1) * image(m * w - y) - (m + 1) * image(m * w + y)
        for m in range(1, terms + 1)
    )


def within(x, up, down, terms=30):
    """Probability that a bridge to x, which is between the levels, reaches neither: the sum over its images."""
    k, width = np.arange(-terms, terms + 1), up + down
    same, other = np.exp(-2 * k * width * (k * width - x)), np.exp(-2 * (up - k * width) * (up - k * width - x))
    return float(np.sum(same - other))


def both(x, up, down):
    """Probability that it reaches both levels."""
    either = 1 - within(x, up, down)
    return math.exp(-2 * up * (up - x)) + math.exp(-2 * down * (down + x)) - either


@pytest.mark.parametrize("x", [0.0, 0.3, -2.0, 5.0])
def test_the_maximum_and_the_minimum_have_each_the_distribution_of_a_bridge_that_ends_there(x):
    """P(more than a above the higher end) is exp(-2 a (a + |x|)), and the same below the lower one."""
    for beyond in drawn(x):
        assert stats.kstest(np.exp(-2 * beyond * (beyond + abs(x))).ravel(), "uniform").pvalue > 0.001


@pytest.mark.parametrize("x", [0.0, 0.15, -0.1])
@pytest.mark.parametrize(("up", "down"), LEVELS)
def test_both_sides_are_reached_as_often_as_the_series_has_it(x, up, down):
    above, below = drawn(x)
    seen = np.mean((above >= up - max(x, 0)) & (below >= down + min(x, 0)))
    expected = both(x, up, down)
    assert abs(seen - expected) < 4 * math.sqrt(expected * (1 - expected) / above.size)


def test_drawn_independently_both_sides_would_be_reached_six_times_as_often():
    above, below = drawn(0.0)
    seen, independent = np.mean((above >= 0.8) & (below >= 0.8)), np.mean(above >= 0.8) * np.mean(below >= 0.8)
    assert both(0.0, 0.8, 0.8) == pytest.approx(0.01193, abs=1e-5)
    assert seen == pytest.approx(0.0119, abs=0.0006)
    assert independent == pytest.approx(0.0773, abs=0.0015)


@pytest.mark.parametrize(("x", "mean_error", "largest_error"), [(None, 3e-5, 0.005), (0.0, 6e-5, 0.005)], ids=str)
def test_the_minimum_given_the_maximum_is_the_root_that_it_should_be(wandering, x, mean_error, largest_error):
    """The probability that the root stands for is the uniform number, within what the module says."""
    above, below, x = wandering if x is None else (*drawn(x), np.float64(x))
    seed, d = 7 if x.ndim == 0 else 8, np.abs(x.astype(np.float64))
    y = np.maximum(2 * above + d, bridge.LEAST)
    uniform = (words(seed, 0, PATHS, DAYS, bridge.MINIMUM) + 0.5) / 2**32
    error = np.abs(survival(y + d + 2 * below, y, d) - uniform)
    assert error.mean() < mean_error
    assert error.max() < largest_error


def test_the_range_has_the_distribution_of_feller(wandering):
    """Of days without drift, whose ends are normal: Feller (1951), Ann. Math. Statist. 22."""
    above, below, x = wandering
    range_ = (above + below + np.abs(x)).ravel()
    k = np.arange(1, 20)[:, None]

    def distribution(r):
        return 1 - np.sum(8 * (-1.0) ** (k - 1) * k * stats.norm.sf(k * r), axis=0)

    assert abs(range_.mean() - math.sqrt(8 / math.pi)) < 4 * range_.std() / math.sqrt(range_.size)
    assert stats.kstest(range_[:50_000], distribution).pvalue > 0.001


def test_days_in_a_thousand_steps_reach_both_sides_as_often(wandering):
    """Levels are nearer by what a step hides: 0.5826 of its deviation (Broadie, Glasserman, Kou 1997)."""
    rng, steps, paths = np.random.default_rng(11), 1024, 10_000
    walked = rng.standard_normal((paths, steps), np.float32).cumsum(axis=1) / math.sqrt(steps)
    hidden = 0.5826 / math.sqrt(steps)
    high, low = np.maximum(walked.max(axis=1), 0) + hidden, np.minimum(walked.min(axis=1), 0) - hidden
    above, below, x = wandering
    for up, down in LEVELS:
        stepped = np.mean((high >= up) & (low <= -down))
        seen = np.mean((above + np.maximum(x, 0) >= up) & (below - np.minimum(x, 0) >= down))
        assert abs(seen - stepped) < 4 * math.sqrt(stepped * (1 - stepped) / paths), (up, down)


@pytest.mark.parametrize(
    ("mean", "deviation", "least"), [(1.0, 0.0, -1.0), (5.0, 1e-3, -1.0), (1.0, 1e-300, -1.0), (0.0, 100.0, -1.0)]
)
def test_days_of_nothing_but_drift_or_noise_have_extremes_that_can_be_reckoned_with(mean, deviation, least):
    draws = np.linspace(-6.7, 6.7, 1000, dtype=np.float32)[None, :].repeat(40, axis=0)
    for beyond in bridge.extremes(draws, bridge.way(mean, deviation, least), 1, 0):
        assert beyond.dtype == np.float32
        assert ((beyond >= 0) & (beyond < 5)).all()
