"""The exponential of the engine, beside NumPy's."""

import numpy as np
import pytest
from numba import njit

from montecarlo.engine.elementary import SMALL, exponential, small_exponential


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
