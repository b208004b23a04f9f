"""Counts of values in bins of stated relative accuracy, and quantiles from them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Counts = NDArray[np.int64]

MANTISSA_BITS = 11  # of the 52 that a double has: neighbouring bins differ by one part in 2048 to 4096
RELATIVE_ERROR = 2.0 ** -(MANTISSA_BITS + 1)  # of a bin's middle, against any value in the bin

_DROPPED = np.int64(52 - MANTISSA_BITS)
_DENSE = 2**18  # bins; up to here counting them all is faster than sorting


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many values fell into each bin; a bin is the leading bits of a double, so its width follows its size.

    Attributes:
        bins: Numbers of the bins that are not empty, ascending, shape (bins,).
        counts: Values in each of them, same shape.
    """

    bins: Counts
    counts: Counts

    @classmethod
    def of(cls, values: FloatArray) -> Self:
        magnitudes = np.abs(values).view(np.int64) >> _DROPPED
        return cls(*_count(np.where(values < 0, -magnitudes, magnitudes)))

    def __add__(self, other: "Histogram") -> "Histogram":
        return Histogram(*_count(np.append(self.bins, other.bins), np.append(self.counts, other.counts)))

    def middles(self) -> FloatArray:
        """The value in the middle of each bin; zero has a bin of its own."""
        lower = (np.abs(self.bins) << _DROPPED).view(np.float64)
        upper = ((np.abs(self.bins) + 1) << _DROPPED).view(np.float64)
        return np.where(self.bins == 0, 0.0, np.sign(self.bins) * (lower + upper) / 2)

    def to_dict(self) -> dict[str, list[int]]:
        """Of a bin the step from the one before is written, which is a digit or two."""
        return {"steps": np.diff(self.bins, prepend=0).tolist(), "counts": self.counts.tolist()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        steps, counts = (np.array(values[name], np.int64) for name in ("steps", "counts"))
        if steps.ndim != 1 or steps.shape != counts.shape or not steps.size:
            raise ValueError("a histogram must have a count for each bin")
        return cls(steps.cumsum(), counts)


def _count(bins: Counts, counts: Counts | None = None) -> tuple[Counts, Counts]:
    """The different bins, ascending, and how often each came, or the sum of its counts."""
    low = bins.min()
    if bins.max() - low < _DENSE:
        totals = np.bincount(bins - low, counts)  # of doubles, which hold as many paths as a job can have
        different = np.flatnonzero(totals)
        return different + low, totals[different].astype(np.int64)
    different, places = np.unique(bins, return_inverse=True)
    return different, np.bincount(places, counts).astype(np.int64)


@lru_cache
def rank_of(probability: float, values: int) -> int:
    """The smallest rank whose share of the values reaches the probability (Hyndman and Fan's first definition)."""
    return max(math.ceil(Fraction(str(probability)) * values), 1)


@dataclass(frozen=True, eq=False)
class Distribution:
    """Values with their counts, ascending: a sample (counts of one) or what a histogram knows of it."""

    values: FloatArray
    counts: Counts

    @classmethod
    def of_sample(cls, values: FloatArray) -> Self:
        return cls(np.sort(values), np.ones(len(values), np.int64))

    @classmethod
    def of_histogram(cls, histogram: Histogram) -> Self:
        return cls(histogram.middles(), histogram.counts)

    def at_rank(self, rank: int) -> float:
        """The order statistic of that rank, counted from 1; NaN where there is none."""
        if not 1 <= rank <= self._cumulative[-1]:
            return float("nan")
        return float(self.values[self._cumulative.searchsorted(rank)])

    @cached_property
    def _cumulative(self) -> Counts:
        return self.counts.cumsum()

    def shift(self, by: float) -> "Distribution":
        return Distribution(self.values + by, self.counts)

    def below(self, level: float) -> int:
        """How many values are less."""
        return int(self.counts[: np.searchsorted(self.values, level)].sum())

    def skewness(self) -> float:
        """Third central moment over the standard deviation's cube (both by n); 0 where all values are the same."""
        values, paths = self.values - self.values[0], int(self.counts.sum())
        centred = values - float((self.counts * values).sum()) / paths
        deviation = math.sqrt(float((self.counts * centred * centred).sum()) / paths)
        if deviation == 0:
            return 0.0
        scaled = centred / deviation
        return float((self.counts * scaled * scaled * scaled).sum()) / paths

    def shortfall_below(self, level: float) -> tuple[float, float]:
        """Mean and standard deviation (n - 1; NaN for one value) of max(level - value, 0)."""
        paths = int(self.counts.sum())
        below = np.maximum(level - self.values, 0.0)
        mean = float((self.counts * below).sum()) / paths
        if paths == 1:
            return mean, float("nan")
        return mean, float(np.sqrt((self.counts * (below - mean) ** 2).sum() / (paths - 1)))
