"""Stops and targets: at which prices they lie, and which of them a bar reaches.

The rules are those of docs/conventions.md, "Orders within the day".  Prices of a short position are compared with their
signs turned, which makes it the mirror image of a long one: the worst price of a day is its low for the long and its
high for the short.
"""

import math
from typing import NamedTuple, Self

from montecarlo.data.bars import Bars

STOP, TARGET = "stop", "target"


class Bar(NamedTuple):
    """One day's prices of one path, dollars."""

    open: float
    high: float
    low: float
    close: float

    @classmethod
    def of(cls, bars: Bars, day: int) -> Self:
        """That of a day, of bars of shape (days + 1,)."""
        return cls(*(float(each[day]) for each in bars))


class Bracket(NamedTuple):
    """Where a position is left; a price is infinite where there is no such order.

    Attributes:
        side: 1 long, -1 short.
        stop, target: Dollars.
    """

    side: int
    stop: float
    target: float

    @classmethod
    def around(cls, price: float, side: int, stop: float | None, target: float | None) -> Self:
        """
        Args:
            price: Of the entry, dollars.
            side: 1 long, -1 short.
            stop: How far against the position, as a fraction of that price; None or NaN where there is none.
            target: How far in its favour, likewise.
        """
        return cls.at(side, _moved(price, -side, stop), _moved(price, side, target))

    @classmethod
    def at(cls, side: int, stop: float | None, target: float | None) -> Self:
        """At these prices; None where there is no such order."""
        return cls(
            side,
            -side * math.inf if stop is None else stop,
            side * math.inf if target is None else target,
        )

    def passed_at_open(self, price: float) -> str:
        """STOP or TARGET if the open has passed it, which is filled at the open then; else empty."""
        if self.side * price <= self.side * self.stop:
            return STOP
        return TARGET if self.side * price >= self.side * self.target else ""

    def reached(self, bar: Bar, *, entered_inside: bool = False) -> tuple[str, str]:
        """What a day reaches after its open, under "stop-first" and under "target-first": STOP, TARGET or nothing.

        Where the two differ, the bar is ambiguous.  Of a position that was entered after the open, the worst price of
        the day comes at or after its entry, because the price came down to it; the best may lie before, so that only
        the close tells for certain.
        """
        side = self.side
        stopped = side * worst(bar, side) <= side * self.stop
        possible = side * best(bar, side) >= side * self.target
        certain = side * bar.close >= side * self.target if entered_inside else possible
        stop_first = STOP if stopped else TARGET if certain else ""
        target_first = TARGET if possible else STOP if stopped else ""
        return stop_first, target_first

    def price_of(self, reason: str) -> float:
        """Of the stop or of the target, dollars."""
        return self.stop if reason == STOP else self.target


def worst(bar: Bar, side: int) -> float:
    """The price of the day that is worst for a side."""
    return bar.low if side > 0 else bar.high


def best(bar: Bar, side: int) -> float:
    """The price of the day that is best for a side."""
    return bar.high if side > 0 else bar.low


def _moved(price: float, direction: int, fraction: float | None) -> float | None:
    return None if fraction is None or math.isnan(fraction) else price * (1 + direction * fraction)
