"""The break-out from a price channel."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from montecarlo import limits
from montecarlo.engine.lanes import LANES, STRIDE, Records, Stage, aligned, inline, stage
from montecarlo.strategies.strategy import FloatArray, Lengths, Strategy, Targets

CHANNEL = np.dtype([("high", "f8", (LANES,)), ("low", "f8", (LANES,)), ("side", "f8", (LANES,))])


@dataclass(frozen=True)
class Breakout(Strategy):
    """Long from a close above the channel on, flat from one below it on; within it nothing changes.

    The channel lies between the highest and the lowest of the last ``channel`` closes before today's (Donchian's).

    Args:
        channel: Length of the channel in trading days.
    """

    name = "breakout"

    channel: int = 20

    def __post_init__(self) -> None:
        limits.require(channel=self.channel)

    @property
    def first_decision(self) -> int:
        return self.channel

    def targets(self, prices: FloatArray) -> Targets:
        wanted = np.zeros(prices.shape, np.int8)
        windows = sliding_window_view(prices[:-1], self.channel, axis=0)
        above = prices[self.channel :] > windows.max(axis=-1)
        below = prices[self.channel :] < windows.min(axis=-1)
        for day in range(self.channel, len(prices)):
            broken = day - self.channel
            wanted[day] = np.where(above[broken], 1, np.where(below[broken], 0, wanted[day - 1]))
        return wanted

    def stage(self) -> tuple[Stage, Lengths]:
        return _fill_targets, np.array([self.channel])

    def scratch(self) -> Records:
        return aligned(CHANNEL, 1 + self.channel)


# The window before a day is the end of one block of ``channel`` days and the beginning of the next, so its highest
# close is the larger of a maximum taken backwards and one taken forwards: three comparisons a day for any length.
# Source: van Herk (1992), "A fast algorithm for local minimum and maximum filters", Pattern Recognition Letters 13.


@stage
def _fill_targets(prices, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    channel = parameters[0]
    today, ends = scratch.view(CHANNEL)[0], scratch.view(CHANNEL)[1:]
    for lane in range(LANES):
        today.side[lane] = 0.0
    for first in range(channel, len(prices), channel):
        _look_back(ends, prices[first - channel :], channel, today)
        days = min(channel, len(prices) - first)
        _decide_days(targets[first:], prices[first:], ends, days, today)


@inline
def _look_back(ends, prices, channel, today):  # type: ignore[no-untyped-def]
    """Highest and lowest close from each day of a block to the block's end."""
    for lane in range(LANES):
        today.high[lane], today.low[lane] = 0.0, np.inf
    rest = channel % STRIDE
    for day in range(channel - STRIDE, rest - 1, -STRIDE):
        _extremes(ends[day:], prices[day:], STRIDE, today)
    for day in range(rest - 1, -1, -1):
        _extremes(ends[day:], prices[day:], 1, today)


@inline
def _extremes(ends, prices, days, today):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        high, low = today.high[lane], today.low[lane]
        for k in range(days - 1, -1, -1):
            high, low = max(high, prices[k].lane[lane]), min(low, prices[k].lane[lane])
            ends[k].high[lane], ends[k].low[lane] = high, low
        today.high[lane], today.low[lane] = high, low


@inline
def _decide_days(targets, prices, ends, days, today):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        today.high[lane], today.low[lane] = 0.0, np.inf
    whole = days - days % STRIDE
    for day in range(0, whole, STRIDE):
        _decide(targets[day:], prices[day:], ends[day:], STRIDE, today)
    for day in range(whole, days):
        _decide(targets[day:], prices[day:], ends[day:], 1, today)


@inline
def _decide(targets, prices, ends, days, today):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        high, low, side = today.high[lane], today.low[lane], today.side[lane]
        for k in range(days):
            price = prices[k].lane[lane]
            above, below = price > max(high, ends[k].high[lane]), price < min(low, ends[k].low[lane])
            side = 1.0 if above else (0.0 if below else side)
            targets[k].lane[lane] = np.int8(side)
            high, low = max(high, price), min(low, price)
        today.high[lane], today.low[lane], today.side[lane] = high, low, side
