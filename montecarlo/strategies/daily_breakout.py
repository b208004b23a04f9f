"""The break-out from the range of the days before."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from montecarlo.data.bars import Bars
from montecarlo.engine.lanes import LANES, Records, Stage, aligned, inline, stage
from montecarlo.limits import MAX_DAYS
from montecarlo.parameters import Choice, Whole, parameter
from montecarlo.strategies.strategy import ENTRIES, FloatArray, StageParameters, Strategy, Targets
from montecarlo.strategies.windows import from_day

_SIDES = {"long": (1, 0), "short": (0, -1), "both": (1, -1)}  # what a close above the range orders, and below it

RANGE = np.dtype([("high", "f8", (LANES,)), ("low", "f8", (LANES,))])


@dataclass(frozen=True)
class DailyBreakout(Strategy):
    """Buy after a close above the highest high of the days before, sell short after one below their lowest low.

    These are entries: a close within the range orders nothing, and what was entered ends by a stop, a target or the
    longest holding time, or by an entry to the other side.  Of the first day only the close is known, so it is no day
    of a range.

    Args:
        channel: How many days before today's the range is of.
        direction: "long" only buys, "short" only sells short; both of these need an exit.  "both" reverses, too.
    """

    name = "daily-breakout"
    label = "Daily breakout"
    help = "Buy after a close above the highs of the days before, sell short after one below their lows."
    waits_for = "channel"
    sweep = (("channel", range(1, 21)),)
    signals = ENTRIES
    uses_bars = True

    channel: int = parameter(
        Whole(1, MAX_DAYS - 2), 1, label="Channel", unit="trading days", help="How many days before today's."
    )
    direction: str = parameter(
        Choice(tuple(_SIDES)), "both", label="Direction", help="Buy above the range, sell short below it, or both."
    )

    def contradictions(self) -> dict[str, str]:
        if self.direction == "both" or self.has_exits:
            return {}
        message = (
            f'"{self.direction}" alone enters and never leaves: give a stop loss, a take profit or a longest holding '
            'time, or take "both", where the other side ends a position'
        )
        return {"direction": message}

    @property
    def first_decision(self) -> int:
        return self.channel + 1

    def targets(self, prices: FloatArray) -> Targets:
        raise TypeError(f"{self.name} looks at highs and lows, and these are closes: ask its targets_of_bars")

    def targets_of_bars(self, bars: Bars) -> Targets:
        wanted, first = np.zeros(bars.close.shape, np.int8), self.first_decision
        highest, lowest = self._edges(bars)
        above, below = _SIDES[self.direction]
        closes = bars.close[first:]
        wanted[first:] = np.where(closes > highest, above, np.where(closes < lowest, below, 0))
        return wanted

    def lines_of_bars(self, bars: Bars) -> dict[str, FloatArray]:
        highest, lowest = (from_day(edge, len(bars.close)) for edge in self._edges(bars))
        return {f"highest of {self.channel} days before": highest, f"lowest of {self.channel} days before": lowest}

    def _edges(self, bars: Bars) -> tuple[FloatArray, FloatArray]:
        """Of the range, above and below, from the first decision on."""
        if self.first_decision >= len(bars.close):
            return bars.close[:0], bars.close[:0]
        highs, lows = (sliding_window_view(each[1:-1], self.channel, axis=0) for each in (bars.high, bars.low))
        return highs.max(axis=-1), lows.min(axis=-1)

    def stage(self) -> tuple[Stage, StageParameters]:
        return _fill_targets, np.array([self.channel, *_SIDES[self.direction]], np.float64)

    def scratch(self) -> Records:
        return aligned(RANGE, 1 + self.channel)


# The range before a day is the end of one block of ``channel`` days and the beginning of the next: see breakout.py.


@stage
def _fill_targets(prices, bars, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    channel, above, below = np.int64(parameters[0]), np.int8(parameters[1]), np.int8(parameters[2])
    today, ends = scratch.view(RANGE)[0], scratch.view(RANGE)[1:]
    for first in range(channel + 1, len(prices), channel):
        _look_back(ends, bars[first - channel :], channel, today)
        days = min(channel, len(prices) - first)
        _decide(targets[first:], prices[first:], bars[first:], ends, days, today, above, below)


@inline
def _look_back(ends, bars, channel, today):  # type: ignore[no-untyped-def]
    """Highest high and lowest low from each day of a block to the block's end."""
    for lane in range(LANES):
        today.high[lane], today.low[lane] = 0.0, np.inf
    for day in range(channel - 1, -1, -1):
        for lane in range(LANES):
            high, low = max(today.high[lane], bars[day].high[lane]), min(today.low[lane], bars[day].low[lane])
            today.high[lane] = ends[day].high[lane] = high
            today.low[lane] = ends[day].low[lane] = low


@inline
def _decide(targets, prices, bars, ends, days, today, above, below):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        today.high[lane], today.low[lane] = 0.0, np.inf
    for day in range(days):
        for lane in range(LANES):
            price, high, low = prices[day].lane[lane], today.high[lane], today.low[lane]
            over, under = price > max(high, ends[day].high[lane]), price < min(low, ends[day].low[lane])
            targets[day].lane[lane] = above if over else (below if under else np.int8(0))
            today.high[lane], today.low[lane] = max(high, bars[day].high[lane]), min(low, bars[day].low[lane])
