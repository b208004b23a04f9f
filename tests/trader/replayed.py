"""A trader without its bucket of records: bars, decisions, orders, fills and accounts, day after day."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from fleet.traders.days import Standing
from fleet.traders.orders import OrderRecord
from montecarlo.accounting.broker import Trade
from montecarlo.accounting.rules import Rules
from montecarlo.data.bars import Bars
from montecarlo.strategies import Strategy
from tests.memory_bucket import MemoryBucket
from trader.broker import Broker
from trader.decision import decide, signals_of
from trader.market import Day
from trader.paper_broker import PaperBroker
from trader.standing import after, still_open

BEGIN = date(2001, 1, 1)


@dataclass(frozen=True, eq=False)
class Replayed:
    """
    Attributes:
        standings: At the close of each day, after its signal was heard.
        equity: Dollars, at each close, shape (days,).
        held: Shares, likewise.
        unfilled: Whether an order was rejected.
        trades: The last one may be open.
    """

    standings: tuple[Standing, ...]
    equity: np.ndarray
    held: np.ndarray
    unfilled: np.ndarray
    trades: tuple[Trade, ...]


def replayed(bars: Bars, strategy: Strategy, rules: Rules, bars_per_year: int = 252) -> Replayed:
    """A strategy on paper on bars of shape (days,)."""
    broker = PaperBroker(MemoryBucket("b"), "account", symbol="X", rules=rules, bars_per_year=bars_per_year)
    standing, records = Standing(cash=rules.capital), []
    standings, unfilled, trades = [], [], []
    dates = np.datetime64(BEGIN) + np.arange(len(bars.close))
    for number in range(len(bars.close)):
        until = Bars(*(each[: number + 1] for each in bars))
        day = Day(day=BEGIN + timedelta(number), dates=dates[: number + 1], bars=until)
        closed = broker.settle(day)
        records = [replace(each, report=broker.find(each.order)) for each in records]
        close = float(until.close[-1])
        if number:
            idle = rules.idle_growth(bars_per_year)
            entries = strategy.signals == "entries"
            now = after(standing, records, number=number, close=close, idle=idle, closed=closed, entries=entries)
            standing, trades = now.standing, trades + list(now.trades)
        assert broker.position() == standing.shares
        assert broker.open_orders() == []
        unfilled.append(any(each.state == "rejected" for each in records))
        decision = decide(signals_of(strategy, until), standing, shares=int(rules.shares or 0), number=number)
        standing = decision.standing
        standings.append(standing)
        records = [_sent(broker, each, number) for each in decision.orders]
    trades += still_open(standing, number=number, close=close)
    return Replayed(
        tuple(standings),
        np.array([each.worth(close) for each, close in zip(standings, bars.close, strict=True)]),
        np.array([float(each.shares) for each in standings]),
        np.array(unfilled),
        tuple(trades),
    )


def _sent(broker: Broker, intended, number: int) -> OrderRecord:
    order = intended.order(id=f"{number}-{intended.intent}", symbol="X", session=BEGIN + timedelta(number + 1))
    return OrderRecord(order=order, day=BEGIN + timedelta(number), attempt=1, lease=1, report=broker.submit(order))
