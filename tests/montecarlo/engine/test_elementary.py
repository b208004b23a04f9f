"""The exponential and the logarithm of the engine, beside NumPy's."""

import numpy as np
import pytest
from numba import njit

from montecarlo.engine.elementary import SMALL, exponential, logarithm, small_exponential


@njit
def over(function, x):
    y = np.empty_like(x)
    for i in range(len(x)):
        y[i] = function(x[i])
    return y


@pytest.mark.parametrize(("function", "reach"), [(small_exponential, SMALL), (exponential, 1.0), (exponential, 700.0)])
def test_it_is_right_to_the_last_digits(function, reach):
    x = np.linspace(-reach, reach, 1_000_001)
    assert np.abs(over(function, x) / np.exp(x) - 1).max() < 5e-16


def test_it_is_one_at_zero():
    assert over(exponential, np.zeros(1))[0] == 1
    assert over(small_exponential, np.zeros(1))[0] == 1


@pytest.mark.parametrize("reach", [1e-3, 1.0, 300.0])
def test_the_logarithm_is_right_to_the_last_digits(reach):
    x = np.exp(np.linspace(-reach, reach, 1_000_001))
    assert np.abs(over(logarithm, x) - np.log(x)).max() < 5e-16 * max(reach, 1e-3)


def test_the_logarithm_of_one_is_zero():
    assert over(logarithm, np.ones(1))[0] == 0


def test_the_logarithm_of_the_smallest_and_the_largest_numbers():
    x = np.array([np.finfo(float).tiny, np.finfo(float).max])
    np.testing.assert_allclose(over(logarithm, x), np.log(x), rtol=1e-15)
