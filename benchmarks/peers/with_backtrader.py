"""backtrader (GPL 3: measured beside, never part of what we ship)."""

import backtrader as bt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.peers.case import Answer, BracketCase, Case
from montecarlo.accounting.rules import Rules
from montecarlo.data.bars import Bars

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


class _FedBrackets(_FedSignals):
    """Enters at the open, with a stop and a target that are good from that bar on.

    Not by ``buy_bracket``, whose stop and target are good from the bar after the fill on.  Of two orders that one bar
    reaches, the one that was given first is matched, even where the open has passed the other: so on such an open both
    are taken back, and the position is sold at it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.exits_ordered: list[bt.Order] = []
        self.ended = 0  # the side whose stop or target was filled, while it is still wanted

    def next_open(self) -> None:
        wanted = int(self.p.case.wanted[len(self.data) - 1])
        side = (self.position.size > 0) - (self.position.size < 0)
        if wanted != self.ended:
            self.ended = 0
        if wanted != side:
            self._take_back()
            if side:
                self.close()
            if wanted and not self.ended:
                self._enter(wanted)
        elif side and self._open_has_passed(side):
            self._take_back()
            self.close()
            self.ended = side

    def _enter(self, side: int) -> None:
        case, price = self.p.case, self.data.open[0]
        size = case.rules.shares or self.broker.getcash() / (price * (1 + case.rules.cost)) * (1 - _ROUNDING)
        enter, leave = (self.buy, self.sell) if side > 0 else (self.sell, self.buy)
        enter(size=size)
        kinds = (bt.Order.Stop, price * (1 - side * case.stop)), (bt.Order.Limit, price * (1 + side * case.target))
        first, second = kinds if case.rules.intrabar == "stop-first" else kinds[::-1]
        one = leave(size=size, exectype=first[0], price=first[1])
        other = leave(size=size, exectype=second[0], price=second[1], oco=one)
        self.exits_ordered = [one, other]

    def _open_has_passed(self, side: int) -> bool:
        stop, target = sorted(side * order.created.price for order in self.exits_ordered)
        return not stop < side * self.data.open[0] < target

    def _take_back(self) -> None:
        for order in self.exits_ordered:
            self.cancel(order)
        self.exits_ordered = []

    def notify_order(self, order: bt.Order) -> None:
        if order.status == order.Completed and order in self.exits_ordered:
            self.ended = -1 if order.isbuy() else 1


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
    """The case's own signals, as orders at the close that fills them; with a stop and a target at the open."""
    if isinstance(case, BracketCase):
        cerebro = _cerebro(case.bars, case.rules, cheat_on_open=True)
        cerebro.addstrategy(_FedBrackets, case=case)
    else:
        cerebro = _cerebro(Bars(*[case.closes] * 4), case.rules, cheat_on_open=True)
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
    cerebro = _cerebro(Bars(*[closes] * 4), rules, cheat_on_open=False)
    cerebro.addstrategy(_Crossover, short=short, long=long, shares=rules.shares)
    cerebro.run()
    return float(cerebro.broker.getvalue())


def _cerebro(bars: Bars, rules: Rules, *, cheat_on_open: bool) -> bt.Cerebro:
    table = pd.DataFrame({**bars._asdict(), "volume": 0.0})
    table.index = pd.date_range("2000-01-01", periods=len(table))
    cerebro = bt.Cerebro(stdstats=False, cheat_on_open=cheat_on_open)
    cerebro.adddata(bt.feeds.PandasData(dataname=table))
    cerebro.broker.setcash(rules.capital)
    cerebro.broker.setcommission(commission=rules.cost)
    return cerebro
