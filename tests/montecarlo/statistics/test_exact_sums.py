"""Exact sums and the moments made of them, beside Python's own exact statistics."""

import math
import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from montecarlo.statistics.exact_sums import ONE, exact, fourth_moment, mean, variance

numbers = st.lists(st.floats(-1e50, 1e50).map(lambda value: round(value, 6)), min_size=2, max_size=20)


def sums_of_powers(values, highest):
    return [sum(int(Fraction(value) ** power * ONE) for value in values) for power in range(1, highest + 1)]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_is_kept_without_rounding(value):
    assert Fraction(exact(value), ONE) == Fraction(value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_has_no_exact_value(value):
    with pytest.raises((OverflowError, ValueError)):
        exact(value)


@given(numbers)
def test_mean_and_fourth_moment_are_rounded_once(values):
    exact_mean = sum(map(Fraction, values)) / len(values)
    assert mean(len(values), *sums_of_powers(values, 1)) == float(exact_mean)
    fourth = sum((Fraction(value) - exact_mean) ** 4 for value in values) / len(values)
    assert fourth_moment(len(values), *sums_of_powers(values, 4)) == pytest.approx(float(fourth), rel=1e-15, abs=0)


@given(numbers)
def test_variance_is_that_of_the_values_unless_it_is_next_to_nothing(values):
    expected, mean_square = statistics.variance(map(Fraction, values)), sum(Fraction(v) ** 2 for v in values)
    got = variance(len(values), *sums_of_powers(values, 2))
    if expected <= Fraction(1e-14) * mean_square:
        assert got <= 1e-14 * float(mean_square)
    if got:
        assert got == float(expected)
    else:
        assert expected <= Fraction(2e-14) * mean_square


def test_one_value_has_a_mean_and_no_variance():
    assert mean(1, exact(0.1)) == 0.1
    assert math.isnan(variance(1, exact(0.1), exact(0.01)))
