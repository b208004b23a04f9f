"""What the bucket tells of traders, found out at once, and once for all who ask at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fleet.bucket import Bucket
from fleet.errors import UnreadableObjectError
from fleet.traders import state, switches
from fleet.traders.days import REPORT_COLUMNS
from fleet.traders.difference import Difference, difference_of
from fleet.traders.orders import OrderRecord
from fleet.traders.state import TraderState
from fleet.traders.switches import Switch
from webui.remembered import RememberedBucket
from webui.shared_look import SharedLook

ORDERS = 12
"""The last ones, that a page shows."""

_WATCHED = 64  # traders
_REQUESTS_AT_ONCE = 8


@dataclass(frozen=True)
class Found:
    """A trader.

    Attributes:
        state: How it stands.
        report: Its days.
        trades, backtest_trades: On paper, and in the backtest on the same days.
        orders: The last ones.
        damage: Why some of this cannot be read, and is empty.
    """

    state: TraderState
    report: pd.DataFrame
    trades: pd.DataFrame
    backtest_trades: pd.DataFrame
    orders: Sequence[OrderRecord]
    damage: Sequence[str] = ()

    @property
    def difference(self) -> Difference | None:
        """Paper beside backtest; None before the first day."""
        return None if self.report.empty else difference_of(self.report, self.trades, self.backtest_trades)


@dataclass(frozen=True)
class Unreadable:
    """A trader of which not even the state can be told."""

    name: str
    reason: str


@dataclass(frozen=True)
class All:
    """
    Attributes:
        traders: In alphabetical order.
        kill: The kill switch of all, where it is on.
    """

    traders: Sequence[TraderState | Unreadable]
    kill: Switch | None


def _trader(bucket: Bucket, name: str) -> Found:
    """
    Raises:
        NoSuchTraderError, UnreadableObjectError, BucketError
    """
    remembered, damage = RememberedBucket(bucket), list[str]()

    def told(ask: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return ask()
        except UnreadableObjectError as error:
            damage.append(str(error))
            return otherwise

    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        nothing = pd.DataFrame()
        parts = [
            pool.submit(told, lambda: state.report(remembered, name), pd.DataFrame(columns=list(REPORT_COLUMNS))),
            pool.submit(told, lambda: state.trades(remembered, name), nothing),
            pool.submit(told, lambda: state.backtest_trades(remembered, name), nothing),
            pool.submit(told, lambda: state.orders(remembered, name, ORDERS), []),
        ]
        standing = state.load(remembered, name)
        report, trades, backtest_trades, orders = (each.result() for each in parts)
    return Found(standing, report, trades, backtest_trades, orders, damage)


def _all(bucket: Bucket) -> All:
    """
    Raises:
        BucketError
    """
    remembered = RememberedBucket(bucket)

    def load(name: str) -> TraderState | Unreadable:
        try:
            return state.load(remembered, name)
        except UnreadableObjectError as error:
            return Unreadable(name, str(error))

    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        kill = pool.submit(switches.killed, remembered, None)
        return All(tuple(pool.map(load, state.names(remembered))), kill.result())


trader = SharedLook(_trader, most=_WATCHED)
all_traders = SharedLook(_all, most=1)
