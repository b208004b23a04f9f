"""Sums over the last closes, for strategies in plain NumPy."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def window_sums(values: FloatArray, window: int) -> FloatArray:
    """Sums of ``window`` values in a row along axis 0; the first row is the sum of the first ``window``.

    Each window is summed from its own values only: as the tail of one block of ``window`` days and the head of the
    next.  A running sum would carry rounding residue of prices long gone, which could decide a signal after a crash.
    """
    days, paths = values.shape
    blocks = -(-days // window)
    padded = np.zeros((blocks * window, paths))
    padded[:days] = values
    by_block = padded.reshape(blocks, window, paths)
    heads = by_block.cumsum(axis=1).reshape(-1, paths)
    tails = by_block[:, ::-1].cumsum(axis=1)[:, ::-1].reshape(-1, paths)
    ends = np.arange(window - 1, days)
    sums = heads[ends]
    across = ends % window != window - 1
    sums[across] += tails[ends[across] - window + 1]
    return sums


def from_day(values: FloatArray, days: int) -> FloatArray:
    """The last of so many days, and NaN on those before them."""
    return np.concatenate([np.full(days - len(values), np.nan), values])


def window_averages(prices: FloatArray, window: int) -> FloatArray:
    """Moving averages along axis 0; the first row is the average of the first ``window`` prices."""
    return np.asarray(window_sums(prices, window) / window)
