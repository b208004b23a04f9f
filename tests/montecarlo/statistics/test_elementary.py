"""Functions of + - * / alone, beside those of libraries."""

import math

import numpy as np
import pytest

from montecarlo.statistics.elementary import cube_root, exponential


def test_the_exponential():
    places = np.linspace(-20, 20, 401)
    np.testing.assert_allclose([exponential(x) for x in places], np.exp(places), rtol=1e-13)
    assert exponential(0.0) == 1
    assert math.isnan(exponential(math.nan))


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_cube_root(sign):
    places = sign * np.append(10.0 ** np.arange(-6, 7), np.linspace(0, 4, 41))
    np.testing.assert_allclose([cube_root(x) for x in places], np.cbrt(places), rtol=1e-14)
