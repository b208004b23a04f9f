"""The crossover of two simple moving averages."""

from dataclasses import dataclass

import numpy as np

from montecarlo.engine.lanes import LANES, STRIDE, Records, Stage, aligned, inline, stage
from montecarlo.strategies.averages import long_window, short_window, shorting_switch, windows_out_of_order
from montecarlo.strategies.strategy import FloatArray, StageParameters, Strategy, Targets
from montecarlo.strategies.windows import from_day, window_averages

FRESH_GAP = 4  # long windows after which the gap is summed up anew
TIE = 1e-9  # of the price: averages closer than this count as equal, so that rounding never decides
ROUNDING = 2e-15  # of a close, times ``short``: more than it can add to the rounding of the gap

GAP = np.dtype([("under", "f8", (LANES,)), ("over", "f8", (LANES,))])


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
    label = "Crossover of simple moving averages"
    help = "Long while the average of the last closes is above that of more of them; the workshop's rule."
    waits_for = "long"
    sweep = (("short", range(5, 55, 5)), ("long", range(20, 220, 20)))

    short: int = short_window(40)
    long: int = long_window(100)
    shorting: bool = shorting_switch("while the short average is below the long one")

    def contradictions(self) -> dict[str, str]:
        return windows_out_of_order(self.short, self.long)

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

    def lines(self, closes: FloatArray) -> dict[str, FloatArray]:
        return {
            f"average of {window} days": from_day(window_averages(closes[:, None], window)[:, 0], len(closes))
            for window in (self.short, self.long)
        }

    def stage(self) -> tuple[Stage, StageParameters]:
        return _fill_targets, np.array([self.short, self.long, self.shorting], np.float64)

    def scratch(self) -> Records:
        return aligned(GAP, 1)


# The gap between the averages, times ``short``, changes by three closes a day: one enters both windows, one leaves the
# short one, one the long one.  That is a third less work than two sums, but rounding would stay behind when large
# closes have left, and decide after a crash.  So a close enters with a little less weight than it leaves with, by more
# than it can add to rounding: what is nothing but rounding is below zero in ``under``, and above it in ``over``.


@stage
def _fill_targets(prices, bars, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    short, long, shorting = np.int64(parameters[0]), np.int64(parameters[1]), parameters[2] > 0.0
    gap = scratch.view(GAP)[0]
    for first in range(long - 1, len(prices), FRESH_GAP * long):
        stop = min(first + FRESH_GAP * long, len(prices))
        _open_windows(gap, prices[first + 1 - long :], short, long)
        if shorting:  # as a literal: a test inside the loop costs a tenth of this stage
            _decide_days(gap, targets, prices, first, stop, short, long, True)
        else:
            _decide_days(gap, targets, prices, first, stop, short, long, False)


@inline
def _open_windows(gap, prices, short, long):  # type: ignore[no-untyped-def]
    """All days of the first windows but the last one enter."""
    for lane in range(LANES):
        gap.under[lane] = gap.over[lane] = 0.0
    share = short / long
    _enter_days(gap, prices, 0, long - short, -share, ROUNDING * short)
    _enter_days(gap, prices, long - short, long - 1, 1.0 - share, ROUNDING * short)


@inline
def _enter_days(gap, prices, first, stop, weight, doubt):  # type: ignore[no-untyped-def]
    whole = stop - (stop - first) % STRIDE
    for day in range(first, whole, STRIDE):
        _enter(gap, prices[day:], STRIDE, weight - doubt, weight + doubt)
    for day in range(whole, stop):
        _enter(gap, prices[day:], 1, weight - doubt, weight + doubt)


@inline
def _enter(gap, prices, days, less, more):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        under, over = gap.under[lane], gap.over[lane]
        for k in range(days):
            under += less * prices[k].lane[lane]
            over += more * prices[k].lane[lane]
        gap.under[lane], gap.over[lane] = under, over


@inline
def _decide_days(gap, targets, prices, first, stop, short, long, shorting):  # type: ignore[no-untyped-def]
    whole = stop - (stop - first) % STRIDE
    for day in range(first, whole, STRIDE):
        oldest, old = prices[day + 1 - long :], prices[day + 1 - short :]
        _decide(gap, targets[day:], prices[day:], old, oldest, STRIDE, short, short / long, shorting)
    for day in range(whole, stop):
        oldest, old = prices[day + 1 - long :], prices[day + 1 - short :]
        _decide(gap, targets[day:], prices[day:], old, oldest, 1, short, short / long, shorting)


@inline
def _decide(gap, targets, prices, old, oldest, days, short, share, shorting):  # type: ignore[no-untyped-def]
    tie, doubt = TIE * short, ROUNDING * short
    less, more = 1.0 - share - doubt, 1.0 - share + doubt
    for lane in range(LANES):
        under, over = gap.under[lane], gap.over[lane]
        for k in range(days):
            price = prices[k].lane[lane]
            leaving = share * oldest[k].lane[lane] - old[k].lane[lane]
            target = np.int8(under + less * price > tie * price)
            under += less * price + leaving
            if shorting:
                target -= np.int8(over + more * price < -tie * price)
                over += more * price + leaving
            targets[k].lane[lane] = target
        gap.under[lane] = under
        if shorting:
            gap.over[lane] = over
