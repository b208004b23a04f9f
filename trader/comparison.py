"""The backtest beside which a trader stands: of its strategy, from its first day on, on the bars that are known."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from montecarlo.accounting.broker import Trade, carry_out
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


def backtest_so_far(day: Day, signals: Signals, *, first: date, rules: Rules, bars_per_year: int) -> BacktestSoFar:
    """
    Args:
        day: With all bars until then.
        signals: What the strategy says at their closes.
        first: The trader's first day.
        rules: With the shares of the rules, times all splits since.
        bars_per_year: Of the feed.
    """
    begin = int(np.searchsorted(day.dates, np.datetime64(first, "D")))
    outcome = carry_out(
        Bars(*(each[begin:] for each in day.bars)),
        signals.targets[begin:],
        Orders(*(each[begin:] for each in signals.orders)),
        1,
        rules,
        slippage=slippage_of_days(day.bars.close, rules)[begin:],
        idle=rules.idle_growth(bars_per_year),
        signals=ENTRIES if signals.entries else POSITIONS,
    )
    return BacktestSoFar(
        shares=float(outcome.held[-1]),
        equity=float(outcome.equity[-1]),
        unfilled=bool(outcome.unfilled[-1]),
        trades=outcome.trades,
    )
