"""backtesting.py (AGPL 3: measured beside, never part of what we ship)."""

import os
import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.accounting.rules import Rules

os.environ["TQDM_DISABLE"] = "1"  # a progress bar for each path
from backtesting import Backtest, Strategy


def _average(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    return pd.Series(values).rolling(window).mean().to_numpy()


class _Crossover(Strategy):
    short = 0
    long = 0
    shares = 0.0

    def init(self) -> None:
        self.fast = self.I(_average, self.data.Close, self.short)
        self.slow = self.I(_average, self.data.Close, self.long)

    def next(self) -> None:
        above = self.fast[-1] > self.slow[-1]
        if above and not self.position:
            self.buy(size=self.shares)
        elif not above and self.position:
            self.position.close()


def final_value(closes: NDArray[np.float64], short: int, long: int, rules: Rules) -> float:
    """Final value of a crossover with a fixed number of shares, filled at the next close, on one path.

    It decides from the day after the long window is full: one day later than everybody else.
    """
    bars = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close"), closes))
    bars.index = pd.date_range("2000-01-01", periods=len(closes))
    backtest = Backtest(bars, _Crossover, cash=rules.capital, commission=rules.cost, finalize_trades=False)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Some trades remain open")
        found = backtest.run(short=short, long=long, shares=rules.shares)
    return float(found["_equity_curve"]["Equity"].iloc[-1])
