"""backtrader (GPL 3: measured beside, never part of what we ship)."""

import backtrader as bt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.peers.case import Answer, Case
from montecarlo.accounting.rules import Rules

# Of an all-in order: backtrader refuses one that rounding puts a hair above the cash.
_ROUNDING = 1e-12


class _FedSignals(bt.Strategy):
    """Holds what the case wants.  Orders are given before the bar is matched and filled at its open, our close."""

    params = (("case", None),)

    def __init__(self) -> None:
        self.entries: list[int] = []
        self.exits: list[int] = []
        self.profits: list[float] = []

    def next_open(self) -> None:
        rules, wanted = self.p.case.rules, self.p.case.wanted[len(self.data) - 1]  # len(self) lags
        if wanted and not self.position:
            unit = self.data.open[0] * (1 + rules.cost)
            self.buy(size=rules.shares or self.broker.getcash() / unit * (1 - _ROUNDING))
        elif not wanted and self.position:
            self.close()

    def next(self) -> None:
        pass  # next_open has done it

    def notify_trade(self, trade: bt.Trade) -> None:
        if trade.justopened:
            self.entries.append(len(self) - 1)
        if trade.isclosed:
            self.exits.append(len(self) - 1)
            self.profits.append(trade.pnlcomm)


class _Crossover(bt.Strategy):
    """backtrader's own way: its moving averages; a market order fills at the next open, our next close."""

    params = (("short", 0), ("long", 0), ("shares", 0.0))

    def __init__(self) -> None:
        self.above = bt.ind.SMA(period=self.p.short) > bt.ind.SMA(period=self.p.long)

    def next(self) -> None:
        if self.above[0] and not self.position:
            self.buy(size=self.p.shares)
        elif not self.above[0] and self.position:
            self.close()


def backtest(case: Case) -> Answer:
    """The case's own signals, as orders at the close that fills them."""
    cerebro = _cerebro(case.closes, case.rules, cheat_on_open=True)
    cerebro.addstrategy(_FedSignals, case=case)
    cerebro.addanalyzer(bt.analyzers.DrawDown, _name="drawdown")
    (run,) = cerebro.run()
    return Answer(
        final_value=cerebro.broker.getvalue(),
        max_drawdown=run.analyzers.drawdown.get_analysis().max.drawdown / 100,
        entries=np.array(run.entries, np.int64),
        exits=np.array(run.exits, np.int64),
        profits=np.array(run.profits),
    )


def final_value(closes: NDArray[np.float64], short: int, long: int, rules: Rules) -> float:
    """Final value of a crossover with a fixed number of shares, filled at the next close, on one path."""
    cerebro = _cerebro(closes, rules, cheat_on_open=False)
    cerebro.addstrategy(_Crossover, short=short, long=long, shares=rules.shares)
    cerebro.run()
    return float(cerebro.broker.getvalue())


def _cerebro(closes: NDArray[np.float64], rules: Rules, *, cheat_on_open: bool) -> bt.Cerebro:
    bars = pd.DataFrame({"open": closes, "high": closes, "low": closes, "close": closes, "volume": 0.0})
    bars.index = pd.date_range("2000-01-01", periods=len(closes))
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=cheat_on_open)
    cerebro.adddata(bt.feeds.PandasData(dataname=bars))
    cerebro.broker.setcash(rules.capital)
    cerebro.broker.setcommission(commission=rules.cost)
    return cerebro
