"""The crossover of two simple moving averages."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo import limits
from montecarlo.engine.lanes import CHUNK, DAY, LANES, STRIDE, aligned, inline, stage
from montecarlo.engine.prices import SUMS, running_sums
from montecarlo.strategies.strategy import FloatArray, Scratch, Strategy, Targets

FRESH_SUMS = 4  # long windows after which running sums start anew; fewer cost more, and 4 cost 5 % of this stage
TIE = 1e-9  # of the price: averages closer than this count as equal, so that rounding never decides
ROUNDING = 4e-16  # of a running sum: more than rounding can put between two averages taken from it


@dataclass(frozen=True)
class SmaCrossover(Strategy):
    """Long while the average of the last ``short`` closes is above that of the last ``long``, otherwise flat.

    Averages within ``TIE`` of the price are equal, and then it is flat.

    Args:
        short: Length of the short window in trading days.
        long: Length of the long window in trading days.
        shorting: Whether to be short, instead of flat, while the short average is below the long one.
    """

    name = "sma-crossover"

    short: int = 40
    long: int = 100
    shorting: bool = False

    def __post_init__(self) -> None:
        limits.require(short=self.short, long=self.long, shorting=self.shorting)

    @property
    def first_decision(self) -> int:
        return self.long - 1

    def targets(self, prices: FloatArray) -> Targets:
        wanted = np.zeros(prices.shape, np.int8)
        gap = window_averages(prices, self.short)[self.long - self.short :] - window_averages(prices, self.long)
        tie = TIE * prices[self.first_decision :]
        wanted[self.first_decision :] = gap > tie
        if self.shorting:
            wanted[self.first_decision :] -= gap < -tie
        return wanted

    def scratch(self, days: int) -> Scratch:
        return aligned(DAY, days + 2), aligned(SUMS, 1)

    def fill_targets(self, groups: NDArray[np.void], targets: NDArray[np.void], scratch: Scratch) -> None:
        fill_crossovers(groups, targets[np.newaxis], np.array([self.short]), self.long, self.shorting, *scratch)


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


@stage
def fill_crossovers(groups, targets, shorts, long, shorting, sums, scratch):  # type: ignore[no-untyped-def]
    """The compiled stage for any number of short windows beside one long window, which share its running sums.

    Args:
        groups: Prices, records DAY, shape (groups, days + 1).
        targets: Records TARGET to fill, shape (windows, groups, days + 1); zero before the day ``long - 1``.
        shorts: Short windows, shape (windows,).
        long, shorting: See ``SmaCrossover``.
        sums, scratch: From ``SmaCrossover.scratch``.
    """
    total = scratch[0]
    for group in range(len(groups)):
        prices = groups[group]
        first, end = long - 1, len(prices)
        fresh = first  # day on which the sums start anew, so that prices of long ago leave no rounding in them
        while first < end:
            if first == fresh:
                for lane in range(LANES):
                    total.total[lane] = sums[first + 1 - long].lane[lane] = 0.0
                running_sums(sums[first + 2 - long :], prices[first + 1 - long :], long - 1, total)
                fresh = first + FRESH_SUMS * long
            days = min(CHUNK, end - first, fresh - first)
            running_sums(sums[first + 1 :], prices[first:], days, total)
            for i in range(len(shorts)):
                if shorting:  # as a literal: a test inside the loop costs a tenth of this stage
                    _decide_days(targets[i, group], prices, sums, first, days, shorts[i], long, True)
                else:
                    _decide_days(targets[i, group], prices, sums, first, days, shorts[i], long, False)
            first += days


@inline
def _decide_days(targets, prices, sums, first, days, short, long, shorting):  # type: ignore[no-untyped-def]
    whole = first + days - days % STRIDE
    for day in range(first, whole, STRIDE):
        now, short_ago, long_ago = sums[day + 1 :], sums[day + 1 - short :], sums[day + 1 - long :]
        _decide(targets[day:], prices[day:], now, short_ago, long_ago, STRIDE, 1.0 / short, 1.0 / long, shorting)
    for day in range(whole, first + days):
        now, short_ago, long_ago = sums[day + 1 :], sums[day + 1 - short :], sums[day + 1 - long :]
        _decide(targets[day:], prices[day:], now, short_ago, long_ago, 1, 1.0 / short, 1.0 / long, shorting)


@inline
def _decide(targets, prices, now, short_ago, long_ago, days, per_short, per_long, shorting):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        for k in range(days):
            total = now[k].lane[lane]
            gap = (total - short_ago[k].lane[lane]) * per_short - (total - long_ago[k].lane[lane]) * per_long
            tie = TIE * prices[k].lane[lane] + ROUNDING * total
            target = np.int8(gap > tie)
            if shorting:
                target -= np.int8(gap < -tie)
            targets[k].lane[lane] = target
