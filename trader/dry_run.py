"""A trader on all days of a price history, in memory: what it would have done, beside the backtest."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from fleet.events import Emit
from fleet.traders.orders import OrderRecord
from fleet.traders.settings import Limits
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.strategies import Strategy
from trader.stop import Stop


@dataclass(frozen=True, eq=False)
class DryRun:
    """
    Attributes:
        outcome: ENDED, HALTED or STOPPED.
        halt: Why it halted; empty where it has not.
        report: A row for each day, ``fleet.traders.days.REPORT_COLUMNS``.
        trades: Round trips on paper, with the columns of ``montecarlo.Backtest.trades``.
        backtest_trades: Those of the backtest.
        orders: All of them, in the order of their sessions.
        differences: Where paper and backtest are not the same, in words; none is what is promised.
    """

    outcome: str
    halt: str
    report: pd.DataFrame
    trades: pd.DataFrame
    backtest_trades: pd.DataFrame
    orders: tuple[OrderRecord, ...]
    differences: tuple[str, ...]


def dry_run(
    history: PriceHistory,
    strategy: Strategy,
    rules: Rules,
    *,
    first: date | None = None,
    limits: Limits | None = None,
    stop: Stop | None = None,
    emit: Emit | None = None,
) -> DryRun:
    """Replay a history to a trader with our own broker.  No bucket and no account are needed.

    Args:
        history: Of which each day is told after the other.
        strategy: With all that it needs at hand; a person's own rule is bound to its code.
        rules: Money, fills and costs.
        first: The first day at whose close it decides; None is the first on which the strategy can.
        limits: Its limits.
        stop: Ends it early.
        emit: Hears what happens.

    Raises:
        ParameterError: naming each parameter that cannot be traded.
        HistoryError: the strategy needs the open, high and low of days, and the history has closes only.
    """
    raise NotImplementedError
