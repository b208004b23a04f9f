"""The crossover of two exponential moving averages."""

from dataclasses import dataclass

import numpy as np

from montecarlo.engine.lanes import LANES, STRIDE, Records, Stage, aligned, inline, stage
from montecarlo.strategies.averages import long_window, short_window, shorting_switch, windows_out_of_order
from montecarlo.strategies.strategy import FloatArray, StageParameters, Strategy, Targets

TIE = 1e-9  # of the price: averages closer than this count as equal, so that rounding never decides

AVERAGES = np.dtype([("short", "f8", (LANES,)), ("long", "f8", (LANES,))])


@dataclass(frozen=True)
class EmaCrossover(Strategy):
    """Long while the short exponential average of closes is above the long one, otherwise flat.

    An average of n days begins as the mean of the first n closes; from then on each close moves it by 2 / (n + 1) of
    their distance.  Averages within ``TIE`` of the price are equal, and then it is flat.

    Args:
        short: Length of the short average in trading days.
        long: Length of the long average in trading days.
        shorting: Whether to be short, instead of flat, while the short average is below the long one.

    Source: Murphy (1999), "Technical Analysis of the Financial Markets", chapter 9.
    """

    name = "ema-crossover"
    label = "Crossover of exponential moving averages"
    help = "Long while the faster of two averages, in which new closes weigh most, is above the slower one."
    waits_for = "long"
    sweep = (("short", range(4, 24, 4)), ("long", range(10, 70, 10)))

    short: int = short_window(12)
    long: int = long_window(26)
    shorting: bool = shorting_switch("while the short average is below the long one")

    def contradictions(self) -> dict[str, str]:
        return windows_out_of_order(self.short, self.long)

    @property
    def first_decision(self) -> int:
        return self.long - 1

    def targets(self, prices: FloatArray) -> Targets:
        wanted = np.zeros(prices.shape, np.int8)
        short, long = (exponential_average(prices, days) for days in (self.short, self.long))
        gap = (short - long)[self.first_decision :]
        tie = TIE * prices[self.first_decision :]
        wanted[self.first_decision :] = gap > tie
        if self.shorting:
            wanted[self.first_decision :] -= gap < -tie
        return wanted

    def lines(self, closes: FloatArray) -> dict[str, FloatArray]:
        return {
            f"exponential average of {days} days": exponential_average(closes[:, None], days)[:, 0]
            for days in (self.short, self.long)
        }

    def stage(self) -> tuple[Stage, StageParameters]:
        return _fill_targets, np.array([self.short, self.long, self.shorting], np.float64)

    def scratch(self) -> Records:
        return aligned(AVERAGES, 1)


def exponential_average(prices: FloatArray, days: int) -> FloatArray:
    """Of shape (closes, paths), along axis 0; undefined, and NaN, before the first ``days`` closes are known."""
    averages = np.full(prices.shape, np.nan)
    if len(prices) >= days:
        averages[days - 1] = prices[:days].cumsum(axis=0)[-1] / days
    weight = 2.0 / (days + 1)
    for day in range(days, len(prices)):
        averages[day] = averages[day - 1] + weight * (prices[day] - averages[day - 1])
    return averages


@stage
def _fill_targets(prices, bars, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    short, long, shorting = np.int64(parameters[0]), np.int64(parameters[1]), parameters[2] > 0.0
    averages = scratch.view(AVERAGES)[0]
    if len(prices) < long:
        return
    for lane in range(LANES):
        averages.short[lane] = averages.long[lane] = 0.0
        for day in range(short):
            averages.short[lane] += prices[day].lane[lane]
        for day in range(long):
            averages.long[lane] += prices[day].lane[lane]
        averages.short[lane] /= short
        averages.long[lane] /= long
    for day in range(short, long):
        for lane in range(LANES):
            averages.short[lane] += 2.0 / (short + 1) * (prices[day].lane[lane] - averages.short[lane])
    _compare(averages, prices[long - 1], targets[long - 1], shorting)
    if shorting:  # as a literal: two loops without a test inside
        _decide_days(averages, targets, prices, short, long, True)
    else:
        _decide_days(averages, targets, prices, short, long, False)


@inline
def _compare(averages, today, targets, shorting):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        gap, tie = averages.short[lane] - averages.long[lane], TIE * today.lane[lane]
        target = np.int8(gap > tie)
        if shorting:
            target -= np.int8(gap < -tie)
        targets.lane[lane] = target


@inline
def _decide_days(averages, targets, prices, short, long, shorting):  # type: ignore[no-untyped-def]
    whole = len(prices) - (len(prices) - long) % STRIDE
    for day in range(long, whole, STRIDE):
        _decide(averages, targets[day:], prices[day:], STRIDE, short, long, shorting)
    for day in range(whole, len(prices)):
        _decide(averages, targets[day:], prices[day:], 1, short, long, shorting)


@inline
def _decide(averages, targets, prices, days, short, long, shorting):  # type: ignore[no-untyped-def]
    short_weight, long_weight = 2.0 / (short + 1), 2.0 / (long + 1)
    for lane in range(LANES):
        fast, slow = averages.short[lane], averages.long[lane]
        for k in range(days):
            price = prices[k].lane[lane]
            fast += short_weight * (price - fast)
            slow += long_weight * (price - slow)
            gap, tie = fast - slow, TIE * price
            target = np.int8(gap > tie)
            if shorting:
                target -= np.int8(gap < -tie)
            targets[k].lane[lane] = target
        averages.short[lane], averages.long[lane] = fast, slow
