"""What the broker should have executed on each day, worked out from what it did execute until then.

Written for reading, beside the trader's own code and without a line of it: a crossover of two averages, whole lots, a
stop, orders at the next close.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from tests.alpaca_exchange import Execution, TradingDay

CAPITAL = 100_000.0
BY_HAND = "by hand"
"""In place of an order's id: a person has undone an execution, at its price, and for all that follows it never was."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """
    Attributes:
        short, long: Days of the averages; long while the short one is above the other one, otherwise flat.
        lot: Shares.
        stop: Below the price of the entry, as a fraction; None has no stop.
    """

    short: int = 2
    long: int = 4
    lot: int = 100
    stop: float | None = None


@dataclass
class Session:
    """What was executed on a day and what should have been: shares bought, and shares sold, by side 1 or -1.

    Attributes:
        day: The day.
        needed: What should have been.
        done: What was.
        position: Shares at its close.
        cash: Dollars at its close.
        ids: Orders that were filled.
    """

    day: date
    needed: Counter[int] = field(default_factory=Counter)
    done: Counter[int] = field(default_factory=Counter)
    position: int = 0
    cash: float = CAPITAL
    ids: list[str] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """Shares that should have been traded and were not."""
        return (self.needed - self.done).total()

    @property
    def surplus(self) -> int:
        """Shares that were traded and should not have been."""
        return (self.done - self.needed).total()


def account_of(executions: Sequence[Execution], days: Sequence[TradingDay], first: int, rule: Rule) -> list[Session]:
    """
    Args:
        executions: Of the broker, in order.
        days: All of the exchange.
        first: Number of the day at whose close the trader decides first.
        rule: By which.

    Returns:
        One for each day from the first on.
    """
    wanted = _wanted(days, rule)
    found: list[Session] = []
    position, entry, cash, blocked, lot = 0, 0.0, CAPITAL, 0, rule.lot
    for number in range(first, len(days)):
        day = days[number]
        session = Session(day.day)
        if number > first:
            # Orders were given the evening before, in shares as they were then.
            want = 0 if blocked else wanted[number - 1]
            stopped = False
            if position and want:
                stopped = _is_stopped(day, entry, rule)
            if position and (stopped or not want):
                session.needed[-1] += position
            elif want and not position:
                session.needed[1] += lot
            if stopped:
                blocked = 1
            position, entry, lot = round(position * day.split), entry / day.split, round(lot * day.split)
        for execution in executions:
            if day.opens <= execution.at <= day.closes:
                if not position:
                    entry = execution.price
                position += execution.shares
                cash -= execution.shares * execution.price
                if execution.client_order_id == BY_HAND:
                    continue
                session.done[1 if execution.shares > 0 else -1] += abs(execution.shares)
                session.ids.append(execution.client_order_id)
        if wanted[number] != blocked:
            blocked = 0
        session.position, session.cash = position, cash
        found.append(session)
    return found


def _wanted(days: Sequence[TradingDay], rule: Rule) -> list[int]:
    """At each close: 1 for long, 0 for flat."""
    closes, factor = [], 1.0
    for day in reversed(days):
        assert day.bar is not None
        closes.append(day.bar[3] * factor)
        factor /= day.split
    prices = np.array(closes[::-1])
    return [
        int(
            number + 1 >= rule.long
            and prices[number + 1 - rule.short : number + 1].mean()
            > prices[number + 1 - rule.long : number + 1].mean() * (1 + 1e-9)
        )
        for number in range(len(prices))
    ]


def _is_stopped(day: TradingDay, entry: float, rule: Rule) -> bool:
    assert day.bar is not None
    return rule.stop is not None and day.bar[2] <= round(entry * (1 - rule.stop), 2)
