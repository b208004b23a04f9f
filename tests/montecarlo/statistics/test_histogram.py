"""Histograms of stated relative accuracy, and quantiles from them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from montecarlo.statistics.histogram import RELATIVE_ERROR, Distribution, Histogram

VALUES = st.lists(st.just(0.0) | st.floats(1e-300, 1e300) | st.floats(-1e300, -1e-300), min_size=1, max_size=50).map(
    np.array
)


def test_the_stated_accuracy_is_one_part_in_4096():
    assert RELATIVE_ERROR == 1 / 4096


@given(VALUES)
def test_the_middle_of_a_bin_is_within_the_stated_accuracy_of_every_value_in_it(values):
    for value in values:
        (middle,) = Histogram.of(np.array([value])).middles()
        assert abs(middle - value) <= RELATIVE_ERROR * abs(value)


@given(VALUES)
def test_every_value_is_counted_once_in_ascending_bins(values):
    histogram = Histogram.of(values)
    assert histogram.counts.sum() == len(values)
    assert (histogram.counts > 0).all()
    assert (np.diff(histogram.bins) > 0).all()
    assert (np.diff(histogram.middles()) > 0).all()


def test_zero_has_a_bin_of_its_own():
    histogram = Histogram.of(np.array([0.0, -0.0, 1e-300, 0.0]))
    assert histogram.middles()[0] == 0
    assert histogram.counts.tolist() == [3, 1]


@given(VALUES, VALUES)
def test_adding_histograms_counts_all_their_values(first, second):
    total, expected = Histogram.of(first) + Histogram.of(second), Histogram.of(np.concatenate([first, second]))
    assert total.to_dict() == expected.to_dict()


@given(VALUES)
def test_a_histogram_survives_being_plain_values(values):
    histogram = Histogram.of(values)
    assert Histogram.from_dict(histogram.to_dict()).to_dict() == histogram.to_dict()


@given(VALUES)
def test_an_order_statistic_of_a_sample_is_exact(values):
    distribution = Distribution.of_sample(values)
    assert [distribution.at_rank(rank) for rank in range(1, len(values) + 1)] == sorted(values)


@given(VALUES)
def test_an_order_statistic_of_a_histogram_is_within_the_stated_accuracy(values):
    distribution = Distribution.of_histogram(Histogram.of(values))
    for rank, value in enumerate(sorted(values), start=1):
        assert abs(distribution.at_rank(rank) - value) <= RELATIVE_ERROR * abs(value)


@pytest.mark.parametrize("rank", [-1, 0, 4, 10**12])
def test_there_is_no_order_statistic_beyond_the_sample(rank):
    sample = np.array([3.0, 1.0, 2.0])
    assert math.isnan(Distribution.of_sample(sample).at_rank(rank))
    assert math.isnan(Distribution.of_histogram(Histogram.of(sample)).at_rank(rank))


def test_counts_of_a_trillion_values_are_added_without_rounding():
    many = Histogram(np.array([5, 9]), np.array([10**12 - 1, 1]))
    distribution = Distribution.of_histogram(many)
    assert distribution.at_rank(10**12 - 1) < distribution.at_rank(10**12)


def test_shortfall_below_a_level_is_that_of_a_sample():
    sample = np.array([-3.0, -1.0, 0.5, 2.0, 4.0])
    mean, deviation = Distribution.of_sample(sample).shortfall_below(1.0)
    below = [4.0, 2.0, 0.5, 0.0, 0.0]
    assert mean == pytest.approx(np.mean(below))
    assert deviation == pytest.approx(np.std(below, ddof=1))


@pytest.mark.processors
def test_what_is_below_a_level_is_counted():
    sample = Distribution.of_sample(np.array([0.3, -1.0, 0.1 + 0.2, 2.0]))
    assert [sample.below(level) for level in (-1.0, 0.3, 0.1 + 0.2, 9.0)] == [0, 1, 2, 4]
    assert Distribution(np.array([-1.0, 2.0]), np.array([10**12, 1])).below(0.0) == 10**12


def test_one_value_has_no_deviation():
    mean, deviation = Distribution.of_sample(np.array([-3.0])).shortfall_below(1.0)
    assert mean == 4
    assert math.isnan(deviation)


def test_the_skewness_is_that_of_the_values():
    values = np.random.default_rng(1).lognormal(0, 0.8, 3000)
    assert Distribution.of_sample(values).skewness() == pytest.approx(stats.skew(values))
    assert Distribution.of_histogram(Histogram.of(values)).skewness() == pytest.approx(stats.skew(values), rel=1e-3)
    assert Distribution.of_sample(np.full(9, 0.1)).skewness() == 0
