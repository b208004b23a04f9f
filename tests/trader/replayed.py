"""A trader without its bucket of records: bars, decisions, orders, fills and accounts, day after day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import numpy as np

from fleet.memory_bucket import MemoryBucket
from fleet.traders.days import Standing
from fleet.traders.orders import REJECTED, OrderRecord
from montecarlo.accounting.broker import Trade
from montecarlo.accounting.rules import Rules
from montecarlo.data.bars import Bars
from montecarlo.strategies import Strategy
from montecarlo.strategies.strategy import ENTRIES
from trader.broker import Broker
from trader.decision import Intended, decide, signals_of
from trader.market import Day, Session
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


def days_with(bars: Bars) -> Iterator[Day]:
    """Days with bars of shape (days,)."""
    dates = np.datetime64(BEGIN) + np.arange(len(bars.close) + 1)
    for number in range(len(bars.close)):
        until = number + 1
        closes = datetime.combine(dates[until].item(), time(21), UTC)
        following = Session(dates[until].item(), closes, closes)
        yield Day(
            day=dates[number].item(), dates=dates[:until], bars=Bars(*(each[:until] for each in bars)), next=following
        )


def replayed(days: Iterable[Day], strategy: Strategy, rules: Rules, bars_per_year: int = 252) -> Replayed:
    """A strategy on paper, day after day, each in a process of its own."""
    idle, entries = rules.idle_growth(bars_per_year), strategy.signals == ENTRIES
    bucket = MemoryBucket()
    standing, records = Standing(cash=rules.capital), []
    standings, closes, unfilled, trades = [], [], [], []
    for number, day in enumerate(days):
        broker = PaperBroker(bucket, "account", symbol="X", rules=rules, bars_per_year=bars_per_year)
        close = float(day.bars.close[-1])
        closed = broker.settle(day)
        records = [replace(each, report=broker.find(each.order)) for each in records]
        if number:
            now = after(standing, records, number=number, close=close, idle=idle, closed=closed, entries=entries)
            standing, trades = now.standing, trades + list(now.trades)
        assert broker.position() == standing.shares
        assert broker.open_orders() == []
        decision = decide(signals_of(strategy, day.bars), standing, shares=int(rules.shares or 0), number=number)
        standing = decision.standing
        standings.append(standing)
        closes.append(close)
        unfilled.append(any(each.state == REJECTED for each in records))
        records = [_sent(broker, each, day, number) for each in decision.orders if day.next]
    trades += still_open(standing, number=number, close=close)
    return Replayed(
        tuple(standings),
        np.array([each.worth(close) for each, close in zip(standings, closes, strict=True)]),
        np.array([float(each.shares) for each in standings]),
        np.array(unfilled),
        tuple(trades),
    )


def _sent(broker: Broker, intended: Intended, day: Day, number: int) -> OrderRecord:
    assert day.next is not None
    order = intended.order(id=f"{number}-{intended.intent}", symbol="X", session=day.next.day)
    return OrderRecord(order=order, day=day.day, attempt=1, lease=1, report=broker.submit(order))
