"""Draws of several symbols, correlated in plain NumPy in the order of the compiled stages."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def mixed(factors: FloatArray, draws: Sequence[FloatArray]) -> FloatArray:
    """For each symbol i the sum of factors[i, j] · draws[j] over j up to i, in this order.

    Args:
        factors: Lower triangular, shape (symbols, symbols).
        draws: Of each symbol, shape (days, paths).

    Returns:
        Shape (days, symbols, paths).
    """
    found = np.zeros((len(draws[0]), len(draws), draws[0].shape[1]))
    for i in range(len(draws)):
        for j in range(i + 1):
            found[:, i] += factors[i, j] * draws[j]
    return found
