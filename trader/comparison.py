"""The backtest beside which a trader stands: of its strategy, from its first day on, on the bars that are known."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.broker import ReferenceBroker, Trade
from montecarlo.accounting.fill_costs import slippage_of_days
from montecarlo.accounting.rules import Rules
from montecarlo.data.bars import Bars
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES, POSITIONS, Targets
from trader.decision import Signals
from trader.market import Day


@dataclass(frozen=True, kw_only=True)
class BacktestSoFar:
    """
    Attributes:
        shares: At the last close, negative while short.
        equity: At the last close, dollars.
        unfilled: Whether cash could not pay for an order of the last day.
        trades: With days counted from the trader's first.
    """

    shares: float
    equity: float
    unfilled: bool
    trades: tuple[Trade, ...]


class Comparison:
    """The backtest of a trader, told one day after the other; where the days before are as they were, it goes on."""

    def __init__(self, rules: Rules, *, bars_per_year: int) -> None:
        """
        Args:
            rules: Those of the trader.
            bars_per_year: Of the feed.
        """
        self._rules, self._idle = rules, rules.idle_growth(bars_per_year)
        self._known: tuple[ReferenceBroker, _Told] | None = None

    def until(self, day: Day, signals: Signals, *, first: date, shares: int) -> BacktestSoFar:
        """
        Args:
            day: With all bars until then.
            signals: What the strategy says at their closes.
            first: The trader's first day.
            shares: Those of the rules, times all splits since that day.
        """
        rules = replace(self._rules, shares=float(shares))
        told = _Told.of(day, signals, rules, first)
        broker = self._going_on(told, rules)
        if broker is None:
            broker = ReferenceBroker(1, rules, idle=self._idle, signals=ENTRIES if signals.entries else POSITIONS)
        broker.carry_on(told.bars, told.targets, told.orders, told.slippage)
        self._known = broker, told
        return BacktestSoFar(
            shares=broker.held[-1], equity=broker.equity[-1], unfilled=broker.unfilled[-1], trades=broker.all_trades()
        )

    def _going_on(self, told: "_Told", rules: Rules) -> ReferenceBroker | None:
        """The account of the days that were told before, if they are the first of these."""
        if self._known is None:
            return None
        broker, earlier = self._known
        return broker if broker.rules == rules and told.goes_on_from(earlier) else None


@dataclass(frozen=True, eq=False)
class _Told:
    """What a backtest hears, from the trader's first day on; arrays of shape (days,)."""

    first: date
    bars: Bars
    targets: Targets
    orders: Orders
    slippage: NDArray[np.float64]

    @classmethod
    def of(cls, day: Day, signals: Signals, rules: Rules, first: date) -> Self:
        begin = int(np.searchsorted(day.dates, np.datetime64(first, "D")))
        return cls(
            first,
            Bars(*(each[begin:] for each in day.bars)),
            signals.targets[begin:],
            Orders(*(each[begin:] for each in signals.orders)),
            slippage_of_days(day.bars.close, rules)[begin:],
        )

    def goes_on_from(self, earlier: "_Told") -> bool:
        """Whether the days that were told earlier are the same here, and are the first."""
        days = len(earlier.targets)
        pairs = zip(self._arrays, earlier._arrays, strict=True)
        return self.first == earlier.first and all(
            np.array_equal(mine[:days], its, equal_nan=True) for mine, its in pairs
        )

    @property
    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return (*self.bars, self.targets, *self.orders, self.slippage)
