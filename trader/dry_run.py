"""A trader on all days of a price history, in memory: what it would have done, beside the backtest."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from fleet.events import Emit
from fleet.memory_bucket import MemoryBucket
from fleet.new_job import make_backtest_job
from fleet.traders import journal, keys
from fleet.traders.difference import difference_of
from fleet.traders.orders import OrderRecord
from fleet.traders.settings import PAPER, REPLAY, Limits, TraderSettings
from fleet.traders.state import ENDED
from fleet.traders.tradable import problems_of
from montecarlo.accounting.rules import Rules
from montecarlo.data.history import PriceHistory
from montecarlo.errors import ParameterError
from montecarlo.strategies import Strategy
from trader.lease import Lease
from trader.loop import Loop
from trader.paper_broker import PaperBroker
from trader.patience import Patience
from trader.records import Records
from trader.replay import Replay
from trader.stop import Stop

NAME = "dry-run"


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
        first: The first day at whose close it decides; None is that of the history.
        limits: Its limits.
        stop: Ends it early.
        emit: Hears what happens.

    Raises:
        ParameterError: naming each parameter that cannot be traded.
        HistoryError: the strategy needs the open, high and low of days, and the history has closes only.
    """
    if found := problems_of(strategy, rules, PAPER):
        raise ParameterError(found)
    settings = TraderSettings(
        name=NAME,
        job=make_backtest_job(history, strategy=strategy, rules=rules),
        feed=REPLAY,
        broker=PAPER,
        first=first,
        limits=limits or Limits(),
    )
    try:
        feed = Replay(history, within_days=strategy.gives_orders, first=first)
    except ValueError as error:
        raise ParameterError({"first": str(error)}) from error
    bucket = MemoryBucket(NAME)
    broker = PaperBroker(
        bucket,
        keys.paper_account_key(NAME),
        symbol=history.symbol,
        rules=rules,
        bars_per_year=history.bars_per_year,
    )
    loop = Loop(
        settings,
        strategy,
        rules,
        feed=feed,
        broker=broker,
        records=Records(bucket, NAME, Lease.take(bucket, NAME)),
        stop=Stop() if stop is None else stop,
        patience=Patience(),
        idle=0.0,
        emit=emit or (lambda _: None),
    )
    outcome, reason = loop.run(stay=False)
    report = journal.report(bucket, NAME)
    trades, backtest_trades = journal.trades(bucket, NAME), journal.backtest_trades(bucket, NAME)
    same = report.empty or difference_of(report, trades, backtest_trades).is_none
    return DryRun(
        outcome=outcome,
        halt="" if outcome == ENDED else reason,
        report=report,
        trades=trades,
        backtest_trades=backtest_trades,
        orders=tuple(reversed(journal.orders(bucket, NAME, at_most=len(report) * 10))),
        differences=() if same else (str(difference_of(report, trades, backtest_trades)),),
    )
