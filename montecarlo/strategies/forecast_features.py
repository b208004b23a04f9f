"""The features of a forecast, compiled: for one day of a group of lanes, the same bits as ``montecarlo.trained``."""

import math

import numpy as np

from montecarlo.engine.lanes import LANES, STRIDE, inline
from montecarlo.trained.features import FLAT, MOST_WINDOW

ROW = np.dtype(
    [
        ("feature", "f8", (2 * MOST_WINDOW * LANES,)),
        ("returns", "f8", (MOST_WINDOW * LANES,)),
        *((name, "f8", (LANES,)) for name in ("today", "total", "least", "most", "squares", "doubt")),
    ]
)
"""Scratch, laid out [feature * LANES + lane] and [days ago * LANES + lane].

``doubt`` is zero where all features are finite, and not a number elsewhere.
"""


@inline
def fill_features(row, prices, n):  # type: ignore[no-untyped-def]
    """Fill ``row.feature`` with the 2 n features of the day of the last record of prices, and ``row.doubt``.

    Args:
        row: A record ROW.
        prices: Records DAY; the last n + 1 are read.
        n: Longest window.
    """
    last, changes = len(prices) - 1, row.feature[n * LANES :]
    for lane in range(LANES):
        today = prices[last].lane[lane]
        row.feature[lane] = row.today[lane] = row.total[lane] = row.least[lane] = row.most[lane] = today
    whole = 2 + (n - 1) - (n - 1) % STRIDE
    for k in range(2, whole, STRIDE):
        earlier = prices[last + 1 - k - STRIDE :]
        _look_back(row, row.feature[(k - 1) * LANES :], changes[(k - 2) * LANES :], earlier, k, STRIDE)
    for k in range(whole, n + 1):
        _look_back(row, row.feature[(k - 1) * LANES :], changes[(k - 2) * LANES :], prices[last - k :], k, 1)
    _scale_all(row, n)
    _volatility(row, prices[last - n :], n)
    _find_doubt(row, n)


@inline
def _look_back(row, averages, changes, earlier, k, days):  # type: ignore[no-untyped-def]
    """Of windows of k days and the next longer ones; ``earlier[days - i]`` is the close of k - 1 + i days ago."""
    for lane in range(LANES):
        today, total, least, most = row.today[lane], row.total[lane], row.least[lane], row.most[lane]
        for i in range(days):
            total += earlier[days - i].lane[lane]
            average = total / np.float64(k + i)
            least, most = min(least, average), max(most, average)
            averages[i * LANES + lane] = average
            changes[i * LANES + lane] = _change(today, earlier[days - 1 - i].lane[lane])
        row.total[lane], row.least[lane], row.most[lane] = total, least, most


@inline
def _change(later, earlier):  # type: ignore[no-untyped-def]
    return (later / earlier if earlier > 0.0 else 1.0) - 1.0


@inline
def _scale_all(row, n):  # type: ignore[no-untyped-def]
    whole = n - n % STRIDE
    for j in range(0, whole, STRIDE):
        _scale(row, row.feature[j * LANES :], STRIDE)
    for j in range(whole, n):
        _scale(row, row.feature[j * LANES :], 1)


@inline
def _scale(row, values, count):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        least = row.least[lane]
        spread = row.most[lane] - least
        apart = spread > FLAT * row.today[lane]
        for i in range(count):
            above = values[i * LANES + lane] - least
            values[i * LANES + lane] = above / spread if apart else 0.0


@inline
def _volatility(row, prices, n):  # type: ignore[no-untyped-def]
    """``prices[n - k]`` is the close of k days ago."""
    for lane in range(LANES):
        row.total[lane] = row.squares[lane] = 0.0
    whole = n - n % STRIDE
    for k in range(0, whole, STRIDE):
        _add_returns(row, row.returns[k * LANES :], prices[n - k - STRIDE :], STRIDE)
    for k in range(whole, n):
        _add_returns(row, row.returns[k * LANES :], prices[n - k - 1 :], 1)
    for lane in range(LANES):
        row.total[lane] /= np.float64(n)
    for k in range(0, whole, STRIDE):
        _add_squares(row, row.returns[k * LANES :], STRIDE)
    for k in range(whole, n):
        _add_squares(row, row.returns[k * LANES :], 1)
    volatility = row.feature[(2 * n - 1) * LANES :]
    for lane in range(LANES):
        volatility[lane] = math.sqrt(row.squares[lane] / np.float64(n - 1))


@inline
def _add_returns(row, returns, prices, days):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        total = row.total[lane]
        for i in range(days):
            change = _change(prices[days - i].lane[lane], prices[days - 1 - i].lane[lane])
            returns[i * LANES + lane] = change
            total += change
        row.total[lane] = total


@inline
def _add_squares(row, returns, days):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        mean, squares = row.total[lane], row.squares[lane]
        for i in range(days):
            off = returns[i * LANES + lane] - mean
            squares += off * off
        row.squares[lane] = squares


@inline
def _find_doubt(row, n):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        row.doubt[lane] = 0.0
    for j in range(2 * n):
        values = row.feature[j * LANES :]
        for lane in range(LANES):
            row.doubt[lane] += values[lane] * 0.0
