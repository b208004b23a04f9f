"""The break-out from a price channel."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from montecarlo.engine.lanes import LANES, STRIDE, Records, Stage, aligned, inline, stage
from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import Choice, Whole, parameter
from montecarlo.strategies.strategy import FloatArray, StageParameters, Strategy, Targets
from montecarlo.strategies.windows import from_day

_SIDES = {"long": (1, 0), "short": (0, -1), "both": (1, -1)}  # above the channel, and below it

CHANNEL = np.dtype([("high", "f8", (LANES,)), ("low", "f8", (LANES,)), ("side", "f8", (LANES,))])


@dataclass(frozen=True)
class Breakout(Strategy):
    """Long from a close above the channel on, flat or short from one below it on; within it nothing changes.

    The channel lies between the highest and the lowest of the last ``channel`` closes before today's (Donchian's).

    Args:
        channel: Length of the channel in trading days.
        direction: "long" is flat from a close below the channel on; "short" is short from then on, and flat from a
            close above it on; "both" is long or short.
    """

    name = "breakout"
    label = "Channel breakout"
    help = "Long from a close above those of the days before, until one below them."
    waits_for = "channel"
    sweep = (("channel", range(10, 110, 10)),)

    channel: int = parameter(
        Whole(1, MAX_DAYS - 1), 20, label="Channel", unit="trading days", help="How many closes before today's."
    )
    direction: str = parameter(
        Choice(tuple(_SIDES)), "long", label="Direction", help="Buy above the channel, sell short below it, or both."
    )

    @property
    def first_decision(self) -> int:
        return self.channel

    def targets(self, prices: FloatArray) -> Targets:
        wanted = np.zeros(prices.shape, np.int8)
        highest, lowest = self._edges(prices)
        above, below = prices[self.channel :] > highest, prices[self.channel :] < lowest
        side_above, side_below = _SIDES[self.direction]
        for day in range(self.channel, len(prices)):
            broken = day - self.channel
            wanted[day] = np.where(above[broken], side_above, np.where(below[broken], side_below, wanted[day - 1]))
        return wanted

    def lines(self, closes: FloatArray) -> dict[str, FloatArray]:
        highest, lowest = (from_day(edge[:, 0], len(closes)) for edge in self._edges(closes[:, None]))
        return {f"highest of {self.channel} days before": highest, f"lowest of {self.channel} days before": lowest}

    def _edges(self, prices: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Of the channel, above and below, from the first decision on."""
        if self.channel >= len(prices):
            return prices[:0], prices[:0]
        windows = sliding_window_view(prices[:-1], self.channel, axis=0)
        return windows.max(axis=-1), windows.min(axis=-1)

    def stage(self) -> tuple[Stage, StageParameters]:
        return _fill_targets, np.array([self.channel, *_SIDES[self.direction]], np.float64)

    def scratch(self) -> Records:
        return aligned(CHANNEL, 1 + self.channel)


# The window before a day is the end of one block of ``channel`` days and the beginning of the next, so its highest
# close is the larger of a maximum taken backwards and one taken forwards: three comparisons a day for any length.
# Source: van Herk (1992), "A fast algorithm for local minimum and maximum filters", Pattern Recognition Letters 13.


@stage
def _fill_targets(prices, bars, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    channel, side_above, side_below = np.int64(parameters[0]), parameters[1], parameters[2]
    today, ends = scratch.view(CHANNEL)[0], scratch.view(CHANNEL)[1:]
    for lane in range(LANES):
        today.side[lane] = 0.0
    for first in range(channel, len(prices), channel):
        _look_back(ends, prices[first - channel :], channel, today)
        days = min(channel, len(prices) - first)
        _decide_days(targets[first:], prices[first:], ends, days, today, side_above, side_below)


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
def _decide_days(targets, prices, ends, days, today, side_above, side_below):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        today.high[lane], today.low[lane] = 0.0, np.inf
    whole = days - days % STRIDE
    for day in range(0, whole, STRIDE):
        _decide(targets[day:], prices[day:], ends[day:], STRIDE, today, side_above, side_below)
    for day in range(whole, days):
        _decide(targets[day:], prices[day:], ends[day:], 1, today, side_above, side_below)


@inline
def _decide(targets, prices, ends, days, today, side_above, side_below):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        high, low, side = today.high[lane], today.low[lane], today.side[lane]
        for k in range(days):
            price = prices[k].lane[lane]
            above, below = price > max(high, ends[k].high[lane]), price < min(low, ends[k].low[lane])
            side = side_above if above else (side_below if below else side)
            targets[k].lane[lane] = np.int8(side)
            high, low = max(high, price), min(low, price)
        today.high[lane], today.low[lane], today.side[lane] = high, low, side
