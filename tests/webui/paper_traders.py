"""Traders on paper in a bucket, as their processes leave them: a backtest, of which paper may lack some trades."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from fleet.bucket import Bucket
from fleet.new_job import make_backtest_job
from fleet.traders import keys, tables
from fleet.traders.creation import create
from fleet.traders.days import DayRecord, Standing
from fleet.traders.leases import LeaseRecord
from fleet.traders.orders import ENTER, EXIT, FILLED, Order, OrderRecord, Report, order_id
from fleet.traders.settings import PAPER, REPLAY, Limits, TraderSettings
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.backtest import backtest
from montecarlo.strategies import SmaCrossover, Strategy
from tests.fleet.traders import examples

RULES = Rules(shares=120.0)
ORDERS = 14  # of the last ones, that are recorded


@dataclass(frozen=True)
class PaperTrader:
    """What was put there."""

    name: str
    days: list[DayRecord]
    trades: pd.DataFrame
    backtest_trades: pd.DataFrame
    orders: list[OrderRecord]


def put_trader(
    bucket: Bucket,
    history: PriceHistory,
    name: str = "aapl-paper",
    *,
    strategy: Strategy | None = None,
    missed: Collection[int] = (),
    notes: Mapping[date, str] | None = None,
    ended: bool = False,
    holder: str = "somebody on a machine, process 7",
    limits: Limits | None = None,
    decided: bool = True,
) -> PaperTrader:
    """
    Args:
        bucket, history, name: Where, of which prices, and what it is called.
        strategy: What it trades, RULES.shares at a time.
        missed: Numbers of the backtest's trades that were not made on paper.
        notes: Of days.
        ended: Whether there is no session after the last day.
        holder: The process that runs it; empty for none.
        limits: Its limits.
        decided: Whether it has decided any day.
    """
    strategy = strategy or SmaCrossover(5, 20)
    found = backtest(history, strategy, rules=RULES)
    settings = TraderSettings(
        name=name,
        job=make_backtest_job(history, strategy=strategy, rules=RULES),
        feed=REPLAY,
        broker=PAPER,
        first=None,
        limits=limits or Limits(drawdown=0.25),
        created="2026-01-05T15:00:00+00:00",
    )
    create(bucket, settings, {"prices": history.to_csv()})
    until = datetime.now(UTC) + timedelta(minutes=5)
    lease = LeaseRecord(number=3, holder=holder, renewal=1, seconds=60.0, until=until)
    bucket.put(keys.lease_key(name), lease.to_json())
    if not decided:
        return PaperTrader(name, [], found.trades[:0], found.trades[:0], [])
    lacking = found.trades.iloc[list(missed)]
    trades = found.trades.drop(lacking.index).reset_index(drop=True)
    orders = [each for trip in trades.to_dict("records") for each in _orders(history, trip)]
    days = _days(
        history, found.equity, found.trades, lacking, first=strategy.first_decision, notes=notes or {}, ended=ended
    )
    lines: dict[str, list[dict[str, Any]]] = {}
    for each in days:
        sent = sum(order.order.session == each.day for order in orders)
        lines.setdefault(keys.report_key(name, each.day), []).append(tables.report_line(each, orders=sent, fills=sent))
    for key, of_year in lines.items():
        bucket.put(key, tables.with_lines(b"", of_year))
    for record in orders[-ORDERS:]:
        bucket.put(keys.order_key(name, record.order.session, record.order.id), record.to_json())
    bucket.put(keys.trades_key(name), examples.trades_csv(trades))
    bucket.put(keys.backtest_trades_key(name), examples.trades_csv(found.trades))
    bucket.put(keys.day_key(name, days[-1].day), days[-1].to_json())
    return PaperTrader(name, days, trades, found.trades, orders)


def _days(
    history: PriceHistory,
    equity: pd.Series,
    trades: pd.DataFrame,
    lacking: pd.DataFrame,
    *,
    first: int,
    notes: Mapping[date, str],
    ended: bool,
) -> list[DayRecord]:
    """From the first decision on; the one before the last is still to come where it has not ended."""
    dates, closes = pd.DatetimeIndex(equity.index), history.closes
    held, gone = _held(dates, trades), _held(dates, lacking)
    gains = sum((_gains(dates, closes, trip) for trip in lacking.to_dict("records")), np.zeros(len(dates)))
    paper = equity.to_numpy() - gains
    found = []
    for at in range(first, len(dates) - (0 if ended else 1)):
        day, shares = dates[at].date(), int(held[at] - gone[at])
        cash = float(paper[at] - shares * closes[at])
        found.append(
            DayRecord(
                day=day,
                number=at - first,
                lease=3,
                close=float(closes[at]),
                split=1.0,
                standing=Standing(cash=cash, shares=shares),
                session=dates[at + 1].date() if at + 1 < len(dates) else None,
                orders=(),
                lot=120,
                equity=float(paper[at]),
                highest=float(paper[: at + 1].max()),
                backtest_shares=float(held[at]),
                backtest_equity=float(equity.iloc[at]),
                notes=(notes[day],) if day in notes else (),
            )
        )
    return found


def _held(dates: pd.DatetimeIndex, trades: pd.DataFrame) -> Any:
    """Shares at each close."""
    shares = np.zeros(len(dates))
    for trip in trades.to_dict("records"):
        left = trip["exit_date"] if pd.notna(trip["exit_date"]) else dates[-1] + timedelta(days=1)
        shares[(dates >= trip["entry_date"]) & (dates < left)] += trip["shares"]
    return shares


def _gains(dates: pd.DatetimeIndex, closes: Any, trip: dict[Any, Any]) -> Any:
    """What a round trip has made by each close, about; exactly once it is over."""
    so_far = np.where(dates >= trip["entry_date"], trip["shares"] * (closes - trip["entry_price"]), 0.0)
    return np.where(dates >= trip["exit_date"], trip["profit"], so_far) if pd.notna(trip["exit_date"]) else so_far


def _orders(history: PriceHistory, trip: dict[Any, Any]) -> list[OrderRecord]:
    """That made it, filled."""
    shares = int(trip["shares"])
    both = [(ENTER, "entry", shares), (EXIT, "exit", -shares)]
    return [
        _order(history, intent, trip[f"{which}_date"], number, trip[f"{which}_price"])
        for intent, which, number in both
        if pd.notna(trip[f"{which}_date"])
    ]


def _order(history: PriceHistory, intent: str, session: pd.Timestamp, shares: int, price: float) -> OrderRecord:
    dates = pd.DatetimeIndex(history.bars.index)
    day = dates[dates < session][-1].date()
    name = order_id(account="paper", strategy="it", symbol=history.symbol, day=day, intent=intent, attempt=1)
    order = Order(id=name, symbol=history.symbol, session=session.date(), intent=intent, shares=shares)
    report = Report(id=name, state=FILLED, shares=shares, price=price)
    return OrderRecord(order=order, day=day, attempt=1, lease=3, report=report)
