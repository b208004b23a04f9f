"""vectorbt (Apache 2.0 with Commons Clause)."""

import numpy as np
import pandas as pd
import vectorbt as vbt
from numpy.typing import NDArray

from benchmarks.peers.case import Answer, Case
from montecarlo.accounting.rules import Rules


def backtest(case: Case) -> Answer:
    """The case's own signals, as entries and exits at the close that fills them."""
    portfolio = _portfolio(pd.Series(case.closes), case.wanted > 0, case.rules)
    trades = portfolio.trades.records
    closed = trades[trades["status"] == 1]
    return Answer(
        final_value=float(portfolio.final_value()),
        max_drawdown=-float(portfolio.max_drawdown()),
        entries=trades["entry_idx"].to_numpy(),
        exits=closed["exit_idx"].to_numpy(),
        profits=closed["pnl"].to_numpy(),
    )


def final_values(prices: pd.DataFrame, short: int, long: int, rules: Rules) -> NDArray[np.float64]:
    """Final value of a crossover on each path, in vectorbt's own way: its moving averages, its portfolio.

    Args:
        prices: Dollars, shape (days + 1, paths).
    """
    wanted = vbt.MA.run(prices, short).ma_above(vbt.MA.run(prices, long)).to_numpy()
    if rules.delay:
        wanted = np.vstack([np.zeros_like(wanted[:1]), wanted[:-1]])
    return np.asarray(_portfolio(prices, wanted, rules).final_value())


def _portfolio(prices: pd.Series | pd.DataFrame, wanted: NDArray[np.bool_], rules: Rules) -> vbt.Portfolio:
    return vbt.Portfolio.from_signals(
        prices,
        entries=wanted,
        exits=~wanted,
        size=np.inf if rules.shares is None else rules.shares,
        fees=rules.cost,
        init_cash=rules.capital,
        freq="1D",
    )
