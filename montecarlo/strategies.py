"""Trading strategies: from prices to the position that is wanted at each close."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from montecarlo import limits

FloatArray = NDArray[np.float64]

TIE = 1e-9  # of the price: averages closer than this count as equal, so that rounding never decides


@dataclass(frozen=True)
class SmaCrossover:
    """Long while the average of the last ``short`` closes is above that of the last ``long``, otherwise flat.

    Args:
        short: Length of the short window in trading days.
        long: Length of the long window in trading days.
    """

    name: ClassVar[str] = "sma-crossover"

    short: int = 40
    long: int = 100

    def __post_init__(self) -> None:
        limits.require(short=self.short, long=self.long)

    @property
    def first_decision(self) -> int:
        """The first day, counted from 0, on which the long window is full."""
        return self.long - 1

    def targets(self, prices: FloatArray) -> NDArray[np.bool_]:
        """Whether to be long after each close, shape (days + 1, paths) like ``prices``; a tie is flat."""
        wanted = np.zeros(prices.shape, dtype=bool)
        gap = window_averages(prices, self.short)[self.long - self.short :] - window_averages(prices, self.long)
        wanted[self.first_decision :] = gap > TIE * prices[self.first_decision :]
        return wanted

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "short": self.short, "long": self.long}


def window_averages(prices: FloatArray, window: int) -> FloatArray:
    """Moving averages along axis 0; the first row is the average of the first ``window`` prices.

    Each window is summed from its own prices only: as the tail of one block of ``window`` days and the head of the
    next.  A running sum would carry rounding residue of prices long gone, which could decide a signal after a crash.
    """
    days, paths = prices.shape
    blocks = -(-days // window)
    padded = np.zeros((blocks * window, paths))
    padded[:days] = prices
    by_block = padded.reshape(blocks, window, paths)
    heads = by_block.cumsum(axis=1).reshape(-1, paths)
    tails = by_block[:, ::-1].cumsum(axis=1)[:, ::-1].reshape(-1, paths)
    ends = np.arange(window - 1, days)
    sums = heads[ends]
    across = ends % window != window - 1
    sums[across] += tails[ends[across] - window + 1]
    return np.asarray(sums / window)
