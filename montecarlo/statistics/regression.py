"""Correlation and regression over a few values, from sums that are rounded once: the same bits on every processor."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_NO_SPREAD = 1e-12  # of the largest value: values that differ by less are the same
_SAME_DIRECTION = 1e-12  # from one: causes that correlate more closely are one cause


def correlation(a: FloatArray, b: FloatArray) -> float:
    """Pearson's, NaN where one of them is always the same."""
    a, b = _deviations(a), _deviations(b)
    spread = math.sqrt(_dot(a, a) * _dot(b, b))
    return max(-1.0, min(1.0, _dot(a, b) / spread)) if spread > 0 else math.nan


def explained(values: FloatArray, first: FloatArray, second: FloatArray) -> float:
    """Coefficient of determination of a linear regression on two causes, NaN where the values are always the same.

    A cause that is always the same, or is the other one in other units, explains nothing of its own.
    """
    of_first, of_second = correlation(values, first), correlation(values, second)
    between = correlation(first, second)
    if math.isnan(of_first) and math.isnan(of_second):
        return math.nan if not _deviations(values).any() else 0.0
    if math.isnan(of_second) or 1 - abs(between) <= _SAME_DIRECTION:
        return of_first**2
    if math.isnan(of_first):
        return of_second**2
    share = of_first**2 + of_second**2 - 2 * of_first * of_second * between
    return min(share / (1 - between**2), 1.0)


def _deviations(values: FloatArray) -> FloatArray:
    """From the mean; zero where all values are the same but for rounding."""
    if np.ptp(values) <= _NO_SPREAD * np.abs(values).max():
        return np.zeros(len(values))
    return values - math.fsum(values) / len(values)


def _dot(a: Sequence[float] | FloatArray, b: Sequence[float] | FloatArray) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))
