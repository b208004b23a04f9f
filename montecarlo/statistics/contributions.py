"""What each symbol adds to the mean gain, to the value at risk and to the expected shortfall of a portfolio.

What a portfolio loses on a path is what its symbols lose on it.  So its expected shortfall is the sum of their mean
losses on the worst paths, and its value at risk that of their mean losses on the paths that end at the quantile: a
straight line through the paths around it tells these, by the return, because hardly any path ends just there.  The
losses of all symbols and of cash add up to the summary's statistic, whatever the rounding into bins.

Sources:
    Tasche (1999), "Risk contributions and performance measurement": both are conditional means.
    Hallerbach (2003), "Decomposing portfolio value-at-risk: a general analysis", J. Risk 5: the regression around it.
    Hong, Liu (2009), "Simulating sensitivities of conditional value at risk", Management Science 55: the interval of a
    contribution to the expected shortfall, in which the quantile's own error cancels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from montecarlo.statistics.critical_values import Z, of_shortfall
from montecarlo.statistics.estimators import Estimate
from montecarlo.statistics.gain_bins import GainBins
from montecarlo.statistics.histogram import rank_of

FloatArray = NDArray[np.float64]

TAIL = 0.05  # of the paths
_LEAST = 20  # paths around the quantile, where there are as many
_NO_SPREAD = 1e-12  # of the square of a return: bins that differ by less are alike


class Contributions(NamedTuple):
    """Of each column of the gains, in their order."""

    value_at_risk: list[Estimate]
    expected_shortfall: list[Estimate]


@dataclass(frozen=True, eq=False)
class _Line:
    """Mean gains by the return: through the means, shape (columns,), at the mean return."""

    paths: int
    at: float
    means: FloatArray
    slopes: FloatArray
    spread: float
    residual: FloatArray

    def values(self, at: float) -> FloatArray:
        return self.means + self.slopes * (at - self.at)

    def variances(self, at: float) -> FloatArray:
        """Of those values, where the return is known."""
        if self.paths < 3:
            return np.full(len(self.means), math.nan)
        away = (at - self.at) * (at - self.at) / self.spread if self.spread > 0 else 0.0
        return self.residual / (self.paths - 2) * (1 / self.paths + away)


def contributions(
    bins: GainBins, value_at_risk: Estimate, expected_shortfall: Estimate, weights: Sequence[float]
) -> Contributions:
    """What each column of the gains adds to these two, of the worst TAIL of the paths.

    Args:
        bins: Of all paths.
        value_at_risk, expected_shortfall: The summary's, with the ends of their intervals.
        weights: Of each column; they share what nothing tells apart, because all paths end alike.
    """
    sums, squares, counts = bins.sums(), bins.squares(), bins.counts
    paths, reached = int(counts.sum()), counts.cumsum()
    quantile, rank, tail = -value_at_risk[0], rank_of(TAIL, paths), TAIL * paths
    at = int(reached.searchsorted(rank))
    before = int(reached[at - 1]) if at else 0
    line = _line_around(bins, rank, weights)

    losses = -line.values(quantile)
    error = (value_at_risk[2] - value_at_risk[1]) / (2 * Z)
    errors = np.sqrt(line.variances(quantile) + line.slopes * line.slopes * (error * error))
    at_risk = [(loss, loss - Z * each, loss + Z * each) for loss, each in zip(losses.tolist(), errors, strict=True)]

    worse, part = _added(sums[:at]), tail - before
    left = -tail * expected_shortfall[0] - _total(worse)  # of the returns, on those paths of the bin that are worse
    of_part = sums[at] / counts[at] + line.slopes * (left / part - _total(sums[at]) / counts[at])
    short = -(worse + part * of_part) / tail

    share, gain = part / counts[at], line.values(quantile)
    in_tail = before + part
    first = _added(sums[:at]) + share * sums[at] - gain * in_tail
    second = _added(squares[:at]) + share * squares[at] - 2 * gain * (first + gain * in_tail) + gain * gain * in_tail
    variance = np.maximum(second / paths - (first / paths) * (first / paths), 0.0)
    critical = max(map(abs, of_shortfall(rank)))  # either way, because a symbol may gain on the worst paths
    halves = critical * np.sqrt(variance / paths) / TAIL
    shortfall = [(loss, loss - half, loss + half) for loss, half in zip(short.tolist(), halves.tolist(), strict=True)]
    return Contributions([_floats(each) for each in at_risk], [_floats(each) for each in shortfall])


def _line_around(bins: GainBins, rank: int, weights: Sequence[float]) -> _Line:
    """Through the bins from half of the tail to twice of it."""
    reached = bins.counts.cumsum()
    paths = int(reached[-1])
    low, high = max(rank // 2, 1), min(max(2 * rank, rank // 2 + _LEAST), paths)
    some = slice(int(reached.searchsorted(low)), int(reached.searchsorted(high)) + 1)
    counts, sums, squares = bins.counts[some], bins.sums()[some], bins.squares()[some]
    number = int(counts.sum())
    returns = np.array([_total(each) for each in sums]) / counts
    means = _added(sums) / number
    at = _total(means)
    away = returns - at
    spread = _total(counts * away * away)
    if not spread > _NO_SPREAD * number * max(at * at, 1e-12):
        return _Line(number, at, means, np.array(weights), 0.0, np.zeros(len(means)))
    slopes = _added(away[:, None] * (sums - counts[:, None] * means)) / spread
    residual = np.maximum(_added(squares) - number * means * means - slopes * slopes * spread, 0.0)
    return _Line(number, at, means, slopes, spread, residual)


def _added(lines: FloatArray) -> FloatArray:
    """The lines added up, one after the other."""
    total = np.zeros(lines.shape[1])
    for line in lines:
        total += line
    return total


def _total(values: FloatArray) -> float:
    """One after the other: the order in which NumPy adds up is not promised."""
    total = 0.0
    for value in values.tolist():
        total += value
    return total


def _floats(estimate: tuple[float, ...]) -> Estimate:
    value, low, high = (float(each) for each in estimate)
    return value, low, high
