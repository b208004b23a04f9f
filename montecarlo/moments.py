"""Means and deviations of several quantities over paths that come block by block, from sums without rounding."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.summary import NAN, Estimate, Z
from montecarlo.tally import exact

FloatArray = NDArray[np.float64]

_FRACTION_BITS = exact(1.0).bit_length() - 1

# Below this part of the mean square, a variance is the rounding of the squares.
_NO_VARIANCE = 1e-14


@dataclass(frozen=True, eq=False)
class Moments:
    """Of each quantity: how many values, their sum and that of their squares, the sums as ``tally.exact`` numbers."""

    counts: list[int]
    totals: list[int]
    squares: list[int]

    @classmethod
    def of(cls, values: FloatArray) -> Self:
        """Of a block of values, shape (quantities, paths); NaN are left out."""
        there = ~np.isnan(values)
        values = np.where(there, values, 0.0)
        return cls(
            there.sum(axis=1).tolist(),
            [exact(total) for total in values.sum(axis=1).tolist()],
            [exact(total) for total in (values * values).sum(axis=1).tolist()],
        )

    def __add__(self, other: "Moments") -> "Moments":
        pairs = ((self.counts, other.counts), (self.totals, other.totals), (self.squares, other.squares))
        return Moments(*([a + b for a, b in zip(mine, theirs, strict=True)] for mine, theirs in pairs))

    def means(self) -> list[Estimate]:
        """The mean of each quantity with its 95 % interval by the central limit theorem, NaN where undefined."""
        return [_mean(*sums) for sums in zip(self.counts, self.totals, self.squares, strict=True)]

    def deviations(self) -> list[float]:
        """The standard deviation (n - 1) of each quantity, NaN where undefined."""
        return [math.sqrt(_variance(*sums)) for sums in zip(self.counts, self.totals, self.squares, strict=True)]


def _mean(count: int, total: int, square: int) -> Estimate:
    if count == 0:
        return NAN, NAN, NAN
    mean = float(Fraction(total, count << _FRACTION_BITS))
    half = Z * math.sqrt(_variance(count, total, square) / count)
    return mean, mean - half, mean + half


def _variance(count: int, total: int, square: int) -> float:
    if count < 2:
        return NAN
    mean, mean_square = (Fraction(value, count << _FRACTION_BITS) for value in (total, square))
    variance = mean_square - mean**2
    if variance <= _NO_VARIANCE * mean_square:
        return 0.0
    return float(variance * count / (count - 1))
