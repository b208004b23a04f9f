"""All that is told of one trader, by few requests."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd

from fleet.bucket import Bucket
from fleet.errors import UnreadableObjectError
from fleet.traders import journal, tables
from fleet.traders.difference import Difference, difference_of
from fleet.traders.orders import OrderRecord
from fleet.traders.state import TraderState, load_at

_AT_ONCE = 5  # things that are looked for
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Overview:
    """All that is told of one trader.

    Attributes:
        state: How it stands.
        report, trades, backtest_trades: As the functions of these names in ``fleet.traders.journal`` give them.
        orders: The last ones, the newest session first.
        damage: Why some of this cannot be read, and is empty.
    """

    state: TraderState
    report: pd.DataFrame
    trades: pd.DataFrame
    backtest_trades: pd.DataFrame
    orders: list[OrderRecord]
    damage: tuple[str, ...] = ()

    @property
    def difference(self) -> Difference | None:
        """Paper beside backtest; None before the first day."""
        return None if self.report.empty else difference_of(self.report, self.trades, self.backtest_trades)


def overview(bucket: Bucket, name: str, orders_at_most: int = 50) -> Overview:
    """By eleven requests, one more for each year of the report and for each order; most of them at the same time.

    Raises:
        NoSuchTraderError, BucketError
        UnreadableObjectError: not even its state can be told.
    """
    damage: list[str] = []

    def told(read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except UnreadableObjectError as error:
            damage.append(str(error))
            return otherwise

    years = journal.years_reported(bucket, name)
    newest = journal.newest_day(bucket, name, years)
    no_orders: list[OrderRecord] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        state = pool.submit(load_at, bucket, name, newest)
        rows = pool.submit(told, lambda: journal.report_of(bucket, years), tables.read_report(tables.NO_DAYS))
        no_trades = tables.read_trades(tables.NO_TRADES)
        paper = pool.submit(told, lambda: journal.trades(bucket, name), no_trades)
        backtest = pool.submit(told, lambda: journal.backtest_trades(bucket, name), no_trades)
        last = pool.submit(told, lambda: journal.last_orders(bucket, name, newest, orders_at_most), no_orders)
    return Overview(
        state=state.result(),
        report=rows.result(),
        trades=paper.result(),
        backtest_trades=backtest.result(),
        orders=last.result(),
        damage=tuple(sorted(damage)),
    )
