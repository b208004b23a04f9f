"""Who gained and who lost on the paths that ended alike: exact sums of the gains of each symbol, by bins of the return.

A tail of all paths is not known where a range of them is counted, so gains are summed up in bins, in whole numbers:
whatever the cut of a job, the sums are the same, and any tail can be had of them later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Whole = NDArray[np.int64]

MANTISSA_BITS = 4  # of the 52 that a double has: a bin is a thirty-second to a sixteenth of its return wide
SMALLEST = 2.0**-20  # of the capital: returns nearer to zero are in one bin

GAIN, SQUARE = 0, 1
UNIT = 2.0**-32  # of the capital, of gains
COARSE = 2.0**-16  # of the capital, of gains that are squared
FURTHEST, FURTHEST_SQUARED = 2.0**16, 2.0**8  # of the capital: a gain beyond counts as this

_DROPPED = np.int64(52 - MANTISSA_BITS)
_LOWEST = int(np.float64(SMALLEST).view(np.int64) >> _DROPPED) - 1
_HALF = np.int64(32)  # a sum is so many bits of a whole number, and what is above them
_MASK = (np.int64(1) << _HALF) - 1
_AT_ONCE = 2**14  # paths whose sums fit into a whole number


@dataclass(frozen=True, eq=False)
class GainBins:
    """Sums over the paths whose return is in a bin.

    Attributes:
        bins: Numbers of the bins that are not empty, ascending, shape (bins,).
        counts: Paths in each of them, same shape.
        high, low: Of each bin, column, and of GAIN and SQUARE, shape (bins, columns, 2): a sum is ``high`` · 2**32 +
            ``low``, in UNIT for gains and in the square of COARSE for squares.
    """

    bins: Whole
    counts: Whole
    high: Whole
    low: Whole

    @classmethod
    def of(cls, returns: FloatArray, gains: FloatArray) -> Self:
        """Of paths, whose gains have shape (paths, columns)."""
        total = cls._of_some(returns[:_AT_ONCE], gains[:_AT_ONCE])
        for at in range(_AT_ONCE, len(returns), _AT_ONCE):
            total += cls._of_some(returns[at : at + _AT_ONCE], gains[at : at + _AT_ONCE])
        return total

    @classmethod
    def _of_some(cls, returns: FloatArray, gains: FloatArray) -> Self:
        numbers = bins_of(returns)
        order = np.argsort(numbers, kind="stable")
        bins, starts, counts = np.unique(numbers[order], return_index=True, return_counts=True)
        sorted_gains = gains[order]
        whole = np.rint(np.clip(sorted_gains, -FURTHEST, FURTHEST) / UNIT).astype(np.int64)
        coarse = np.rint(np.clip(sorted_gains, -FURTHEST_SQUARED, FURTHEST_SQUARED) / COARSE).astype(np.int64)
        both = np.stack([whole, coarse * coarse], axis=2)
        return cls._carried(
            bins, counts, np.zeros((len(bins), *both.shape[1:]), np.int64), np.add.reduceat(both, starts)
        )

    @classmethod
    def _carried(cls, bins: Whole, counts: Whole, high: Whole, low: Whole) -> Self:
        """In the one way to write a sum."""
        return cls(bins, counts, high + (low >> _HALF), low & _MASK)

    def __add__(self, other: "GainBins") -> Self:
        bins = np.union1d(self.bins, other.bins)
        counts = np.zeros(len(bins), np.int64)
        high, low = (np.zeros((len(bins), *self.high.shape[1:]), np.int64) for _ in range(2))
        for each in (self, other):
            places = np.searchsorted(bins, each.bins)
            counts[places] += each.counts
            high[places] += each.high
            low[places] += each.low
        return self._carried(bins, counts, high, low)

    def sums(self) -> FloatArray:
        """Of gains, in units of the capital, shape (bins, columns)."""
        return self._values(GAIN) * UNIT

    def squares(self) -> FloatArray:
        """Of squared gains, in units of the squared capital, same shape; to a part in 65,536 of the capital."""
        return self._values(SQUARE) * (COARSE * COARSE)

    def _values(self, which: int) -> FloatArray:
        high, low = (each[:, :, which].astype(np.float64) for each in (self.high, self.low))
        return high * 2.0**32 + low

    def to_dict(self) -> dict[str, Any]:
        """Of a bin the step from the one before is written."""
        whole = (self.high.astype(object) << 32) + self.low
        return {
            "steps": np.diff(self.bins, prepend=0).tolist(),
            "counts": self.counts.tolist(),
            "sums": whole.tolist(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        steps, counts = (np.array(values[name], np.int64) for name in ("steps", "counts"))
        whole = np.array(values["sums"], object)
        if steps.ndim != 1 or not steps.size or steps.shape != counts.shape or whole.shape[:1] != steps.shape:
            raise ValueError("sums of gains must have a count for each bin")
        if whole.ndim != 3 or whole.shape[2] != 2:
            raise ValueError("sums of gains must be of gains and of their squares")
        return cls(steps.cumsum(), counts, (whole >> 32).astype(np.int64), (whole & int(_MASK)).astype(np.int64))


def bins_of(returns: FloatArray) -> Whole:
    """The number of each return's bin, in the order of the returns; 0 is that of nearly nothing."""
    magnitudes = (np.abs(returns).view(np.int64) >> _DROPPED) - _LOWEST
    magnitudes = np.where(np.abs(returns) < SMALLEST, 0, magnitudes)
    return np.where(returns < 0, -magnitudes, magnitudes)
