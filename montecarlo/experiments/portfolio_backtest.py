"""A portfolio on the real histories."""

from dataclasses import dataclass

import pandas as pd

from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.accounting.rules import Rules
from montecarlo.data.joint_history import JointHistory
from montecarlo.experiments.holdings import Holding


@dataclass(frozen=True, eq=False)
class PortfolioBacktest:
    """What came of it.

    Attributes:
        equity: Dollars at each close, index ``date``.
        buy_and_hold: The same of the first weights, never rebalanced and without strategies.
        weights: Of each symbol at each close after that day's fills, columns by symbol, and ``cash``; index ``date``.
        rebalanced: The days on which weights were put back.
        summary: Columns ``statistic`` and ``value``, as of a backtest.
    """

    equity: "pd.Series[float]"
    buy_and_hold: "pd.Series[float]"
    weights: pd.DataFrame
    rebalanced: pd.DatetimeIndex
    summary: pd.DataFrame


def backtest_portfolio(
    history: JointHistory,
    holdings: tuple[Holding, ...],
    *,
    rebalancing: Rebalancing | None = None,
    rules: Rules | None = None,
) -> PortfolioBacktest:
    """Trade the holdings on the days of the history, in plain NumPy."""
    raise NotImplementedError
