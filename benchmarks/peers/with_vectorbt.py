"""vectorbt (Apache 2.0 with Commons Clause)."""

import numpy as np
import pandas as pd
import vectorbt as vbt
from numpy.typing import NDArray

from benchmarks.peers.case import Answer, BracketCase, Case
from montecarlo.accounting.rules import Rules


def backtest(case: Case) -> Answer:
    """The case's own signals, as entries and exits at the close that fills them."""
    if isinstance(case, BracketCase):
        portfolio = _with_bracket(case)
    else:
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


def _with_bracket(case: BracketCase) -> vbt.Portfolio:
    """Entered where something else was wanted before: it would buy back on the bar after a stop otherwise."""
    bars = {name: pd.Series(values) for name, values in case.bars._asdict().items()}
    wanted = case.wanted != 0
    return vbt.Portfolio.from_signals(
        **bars,
        entries=wanted & ~np.append(False, wanted[:-1]),
        exits=~wanted,
        direction="shortonly" if (case.wanted < 0).any() else "longonly",
        size=np.inf if case.rules.shares is None else case.rules.shares,
        fees=case.rules.cost,
        init_cash=case.rules.capital,
        sl_stop=case.stop,
        tp_stop=case.target,
        stop_entry_price="fillprice",
        stop_exit_price="stoplimit",
        freq="1D",
    )


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
