"""Critical values beside those that are drawn here, and where there are none."""

import math

import numpy as np
import pytest

from montecarlo.statistics.critical_values import (
    COUNTS,
    L_KURTOSIS,
    L_SKEWNESS,
    PATHS,
    SHAPES,
    Z,
    interpolated,
    of_deviation,
    of_shortfall,
)
from tests.calibration.critical_values import deviation_quantiles, l_ratios, shortfall_quantiles


@pytest.mark.parametrize(("paths", "samples"), [(100, 20_000), (1000, 2000)])
def test_those_of_a_deviation_are_the_quantiles_of_log_normals(paths, samples):
    """A shape is taken to be larger than it seems, by three of its standard errors."""
    shapes = [0.0, 0.6, 1.2]
    expected = deviation_quantiles(paths, samples, shapes)
    got = [of_deviation(paths, shape / (1 + 3 / math.sqrt(paths))) for shape in shapes]
    np.testing.assert_allclose(got, expected, rtol=0.06)


@pytest.mark.parametrize("count", [5, 9, 40])
def test_those_of_a_shortfall_are_the_quantiles_of_exponential_tails(count):
    np.testing.assert_allclose(of_shortfall(count), shortfall_quantiles(count, 40_000), rtol=0.06)


@pytest.mark.parametrize("column", [0, 5, 9])
def test_shapes_are_told_by_the_l_moments_of_log_normals(column):
    assert l_ratios(SHAPES[column]) == pytest.approx((L_SKEWNESS[column], L_KURTOSIS[column]), abs=2e-4)


def test_with_more_paths_they_become_a_normals():
    for few, many in ((100, 10**12), (2000, 10**12)):
        assert of_deviation(few, 1.0)[0] < of_deviation(many, 1.0)[0] == pytest.approx(-Z, abs=0.02)
    assert of_shortfall(10**12) == pytest.approx((-Z, Z), abs=1e-3)


def test_none_where_the_data_cannot_tell():
    assert np.isnan(of_shortfall(4)).all()
    assert np.isnan(of_deviation(99, 0.0)).all()
    assert np.isnan(of_deviation(10**6, 2.0)).all()
    for known in (of_shortfall(5), of_deviation(100, 1.5), of_deviation(10**6, 1.99)):
        assert known[0] < -1.4 < 1.4 < known[1]


def test_every_row_is_of_more_paths_than_the_next():
    assert list(PATHS) == sorted(PATHS, reverse=True)
    assert list(COUNTS) == sorted(COUNTS, reverse=True)


@pytest.mark.parametrize(("place", "value"), [(0, 5), (1, 5), (1.5, 6), (2, 7), (3, 4), (4, 1), (9, 1)])
def test_between_points_values_lie_on_straight_lines(place, value):
    assert interpolated((1, 2, 4), (5, 7, 1), place) == value
