"""Features: what a forecast is made from, out of the last n + 1 closes and nothing else.

They are those of a well-known post on machine-learned trading: today's close and its averages over 2 to n days, scaled
by the least and the largest of them; how far the close has come in 2 to n days; and the volatility of the last n days.

Sums are taken from today backwards, one after the other, so that a compiled stage gets the same bits.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LEAST_WINDOW, MOST_WINDOW = 2, 64
FLAT = 1e-9  # of the close: averages that lie closer than this are equal, so that rounding is never a feature


def feature_names(n: int) -> tuple[str, ...]:
    """In the order of the last axis of ``features``; ``2 n`` of them."""
    windows = range(2, n + 1)
    return ("close", *(f"sma_{k}" for k in windows), *(f"roc_{k}" for k in windows), "volatility")


def features(closes: FloatArray, n: int) -> FloatArray:
    """The features of each day that has n closes before its own.

    Args:
        closes: Shape (days + 1, paths).
        n: Longest window, trading days.

    Returns:
        Shape (days + 1 - n, paths, 2 n), of which row i is of row n + i of the closes:

        ``close``, ``sma_2`` … ``sma_n``: of today's close and the simple averages of the last k closes, the place
        between the least (0) and the largest (1) of these n values; all 0 where they are within FLAT of each other.
        ``roc_2`` … ``roc_n``: rate of change, today's close over that of k days ago, less one.
        ``volatility``: standard deviation (n - 1) of the last n simple daily returns; a fraction per day.

        A price that is zero stays there, so whatever is divided by it is 0.
    """
    days = len(closes) - n
    if days < 1:
        return np.empty((0, closes.shape[1], 2 * n))

    def ago(k: int) -> FloatArray:
        return closes[n - k : n - k + days]

    today, found = ago(0), np.empty((days, closes.shape[1], 2 * n))
    found[..., 0] = total = today
    for k in range(2, n + 1):
        total = total + ago(k - 1)
        found[..., k - 1] = total / k
        found[..., n + k - 2] = _change(today, ago(k))
    _scale(found[..., :n], today)
    returns = [_change(ago(k), ago(k + 1)) for k in range(n)]
    found[..., 2 * n - 1] = _deviation(returns)
    return found


def _change(later: FloatArray, earlier: FloatArray) -> FloatArray:
    return np.divide(later, earlier, out=np.ones_like(later), where=earlier > 0) - 1


def _scale(values: FloatArray, today: FloatArray) -> None:
    """In place, along the last axis."""
    least = values.min(axis=-1)
    spread = values.max(axis=-1) - least
    apart = spread > FLAT * today
    for k in range(values.shape[-1]):
        above = values[..., k] - least
        values[..., k] = np.divide(above, spread, out=np.zeros_like(above), where=apart)


def _deviation(returns: list[FloatArray]) -> FloatArray:
    total = np.zeros_like(returns[0])
    for each in returns:
        total = total + each
    mean = total / len(returns)
    squares = np.zeros_like(mean)
    for each in returns:
        off = each - mean
        squares = squares + off * off
    return np.asarray(np.sqrt(squares / (len(returns) - 1)))
