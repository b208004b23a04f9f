"""The backtest beside which a trader stands: of its strategy, from its first day on, on the bars that are known."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from montecarlo.accounting.broker import GrowingPath, Trade
from montecarlo.accounting.fill_costs import slippage_of_days
from montecarlo.accounting.rules import Rules
from montecarlo.data.bars import Bars
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES, POSITIONS
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
    """Follows a trader from its first day on.

    Args:
        first: The trader's first day.
        bars_per_year: Of the feed.
    """

    def __init__(self, first: date, bars_per_year: int) -> None:
        self._first, self._bars_per_year = first, bars_per_year
        self._under: tuple[Rules, str] | None = None
        self._path: GrowingPath | None = None

    def at(self, day: Day, signals: Signals, rules: Rules) -> BacktestSoFar:
        """
        Args:
            day: With all bars until then.
            signals: What the strategy says at their closes.
            rules: With the shares of the rules, times all splits since.
        """
        meaning = ENTRIES if signals.entries else POSITIONS
        if self._path is None or self._under != (rules, meaning):
            idle = rules.idle_growth(self._bars_per_year)
            self._path, self._under = GrowingPath(1, rules, idle=idle, signals=meaning), (rules, meaning)
        begin = int(np.searchsorted(day.dates, np.datetime64(self._first, "D")))
        outcome = self._path.carry_out(
            Bars(*(each[begin:] for each in day.bars)),
            signals.targets[begin:],
            Orders(*(each[begin:] for each in signals.orders)),
            slippage_of_days(day.bars.close, rules)[begin:],
        )
        return BacktestSoFar(
            shares=float(outcome.held[-1]),
            equity=float(outcome.equity[-1]),
            unfilled=bool(outcome.unfilled[-1]),
            trades=outcome.trades,
        )
