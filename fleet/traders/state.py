"""Traders as pages and commands show them, and the switches that people throw."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pandas as pd

from fleet import reading
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError, NoSuchTraderError, UnreadableObjectError
from fleet.keys import TRADERS, is_ours
from fleet.traders import keys, leases, stored, switches, tables
from fleet.traders.days import DayRecord
from fleet.traders.difference import Difference, difference_of
from fleet.traders.leases import LeaseRecord
from fleet.traders.orders import OrderRecord
from fleet.traders.settings import TraderSettings
from fleet.traders.switches import Switch

RUNNING, STOPPED, HALTED, KILLED, ENDED = "running", "stopped", "halted", "killed", "ended"
"""A process holds the lease; none does; it halted with a reason; a person threw its kill switch; its feed is over."""

_REQUESTS_AT_ONCE = 8
_LISTED_AT_ONCE = 1000  # names, by S3
_RECENT = timedelta(days=100)  # in which there are 50 orders of who trades every day
T = TypeVar("T")

DERIVED = reading.Advice("delete it: what it told stands in days/ and orders/ beside it")
ITS_OWN = reading.Advice("put back an older version of the object, or begin again with another trader")


@dataclass(frozen=True, kw_only=True)
class Halt:
    """
    Attributes:
        reason: Why, with what to do next.
        at: When, in UTC.
    """

    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class TraderState:
    """
    Attributes:
        settings: What it trades.
        status: RUNNING, STOPPED, HALTED, KILLED or ENDED; HALTED and KILLED before the others.
        holder: Who holds the lease; empty where nobody does.
        lease: The number of the last lease; 0 where nobody ever had one.
        halt: Why it halted; None where it has not.
        kill: Its own kill switch, where that is on.
        kill_all: That of all, where it is on.
        last: The last day that it decided; None before the first.
    """

    settings: TraderSettings
    status: str
    holder: str
    lease: int
    halt: Halt | None
    kill: Switch | None
    kill_all: Switch | None
    last: DayRecord | None

    @property
    def killed(self) -> datetime | None:
        """Since when the one or the other is on; None where neither is."""
        return min((switch.at for switch in (self.kill, self.kill_all) if switch), default=None)


@dataclass(frozen=True, kw_only=True)
class Everything:
    """All that is told of one trader.

    Attributes:
        state: How it stands.
        report, trades, backtest_trades: As the functions of these names give them.
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


@dataclass(frozen=True)
class Unreadable:
    """A trader of which not even the state can be told."""

    name: str
    reason: str


def names(bucket: Bucket) -> list[str]:
    """Of all traders, in alphabetical order.

    Raises:
        BucketError
    """
    folders = (each.removesuffix("/") for each in bucket.names(TRADERS) if each.endswith("/"))
    return sorted(each for each in folders if keys.NAME.fullmatch(each))


def load(bucket: Bucket, name: str) -> TraderState:
    """
    Raises:
        NoSuchTraderError, UnreadableObjectError, BucketError
    """
    return _load(bucket, name, _newest(bucket, name, _years(bucket, name)))


def load_all(bucket: Bucket) -> list[TraderState | Unreadable]:
    """In alphabetical order; what has the folder of a trader, and no trader in it, is none.

    Raises:
        BucketError
    """

    def load_one(name: str) -> TraderState | Unreadable | None:
        try:
            return load(bucket, name)
        except NoSuchTraderError:
            return None
        except UnreadableObjectError as error:
            return Unreadable(name, str(error))

    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        return [each for each in pool.map(load_one, names(bucket)) if each]


def everything(bucket: Bucket, name: str, orders_at_most: int = 50) -> Everything:
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

    years = _years(bucket, name)
    newest = _newest(bucket, name, years)
    no_orders: list[OrderRecord] = []
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        state = pool.submit(_load, bucket, name, newest)
        rows = pool.submit(told, lambda: _report(bucket, years), tables.read_report(tables.NO_DAYS))
        no_trades = tables.read_trades(tables.NO_TRADES)
        paper = pool.submit(told, lambda: trades(bucket, name), no_trades)
        backtest = pool.submit(told, lambda: backtest_trades(bucket, name), no_trades)
        last = pool.submit(told, lambda: _last_orders(bucket, name, newest, orders_at_most), no_orders)
    return Everything(
        state=state.result(),
        report=rows.result(),
        trades=paper.result(),
        backtest_trades=backtest.result(),
        orders=last.result(),
        damage=tuple(sorted(damage)),
    )


def last_day(bucket: Bucket, name: str) -> DayRecord | None:
    """The last day that was decided; None before the first.

    Raises:
        UnreadableObjectError, BucketError
    """
    newest = _newest(bucket, name, _years(bucket, name))
    return day(bucket, name, newest) if newest else None


def days(bucket: Bucket, name: str) -> list[date]:
    """All that were decided, in order of time.

    Raises:
        BucketError
    """
    return _days(_ours(bucket, keys.days_folder(name)))


def day(bucket: Bucket, name: str, when: date) -> DayRecord:
    """
    Raises:
        MissingObjectError: it has not decided that day.
        UnreadableObjectError, BucketError
    """
    return stored.load(bucket, keys.day_key(name, when), DayRecord, lambda found: found.day == when, helps=ITS_OWN)


def report(bucket: Bucket, name: str) -> pd.DataFrame:
    """A row for each day, REPORT_COLUMNS, in order of time.

    Raises:
        UnreadableObjectError, BucketError
    """
    return _report(bucket, _years(bucket, name))


def trades(bucket: Bucket, name: str) -> pd.DataFrame:
    """Round trips on paper, with the columns of ``montecarlo.Backtest.trades``.

    Raises:
        UnreadableObjectError, BucketError
    """
    return _trades(bucket, keys.trades_key(name))


def backtest_trades(bucket: Bucket, name: str) -> pd.DataFrame:
    """Those of the backtest on the same days.

    Raises:
        UnreadableObjectError, BucketError
    """
    return _trades(bucket, keys.backtest_trades_key(name))


def orders(bucket: Bucket, name: str, at_most: int = 50) -> list[OrderRecord]:
    """The last orders, the newest session first.

    Raises:
        UnreadableObjectError, BucketError
    """
    return _last_orders(bucket, name, _newest(bucket, name, _years(bucket, name)), at_most)


def orders_for(bucket: Bucket, name: str, session: date) -> list[OrderRecord]:
    """All that are recorded for a session, in order of their ids.

    Raises:
        UnreadableObjectError, BucketError
    """
    return _orders(bucket, _ours(bucket, keys.orders_folder(name, session)))


def order(bucket: Bucket, key: str) -> OrderRecord:
    """
    Raises:
        MissingObjectError, UnreadableObjectError, BucketError
    """
    return stored.load(
        bucket, key, OrderRecord, lambda found: key.endswith(f"/{found.order.session}/{found.order.id}.json")
    )


def kill(bucket: Bucket, name: str | None, by: str) -> None:
    """Throw the kill switch of one trader, or of all: open orders are cancelled, no more are sent, positions stay.

    Raises:
        NoSuchTraderError, BucketError
    """
    _require(bucket, name)
    switches.kill(bucket, name, by)


def release(bucket: Bucket, name: str | None) -> bool:
    """Put the kill switch back; whether it was on.

    Raises:
        NoSuchTraderError, BucketError
        SwitchedMeanwhileError: somebody has thrown it again at the same moment.
    """
    _require(bucket, name)
    return switches.release(bucket, name)


def lift(bucket: Bucket, name: str) -> bool:
    """Lift a halt, which is kept among those that were; whether there was one.

    Raises:
        NoSuchTraderError, BucketError
        SwitchedMeanwhileError: it has halted again at the same moment.
    """
    _require(bucket, name)
    return switches.lift(bucket, name)


def _years(bucket: Bucket, name: str) -> list[str]:
    """Keys of the report, in order of time."""
    return _ours(bucket, keys.report_folder(name))


def _newest(bucket: Bucket, name: str, years: list[str]) -> date | None:
    """The last day that was decided; None before the first."""
    folder = keys.days_folder(name)
    # There may be as many days as twenty years have.  The report tells where to look, because a day is written before
    # its line; but a report may have been damaged or deleted, and nothing hangs on it.
    found = _days(_ours(bucket, folder, f"{folder}{_stem(years[-1])}")) if years else []
    return max(found or _days(_ours(bucket, folder)), default=None)


def _report(bucket: Bucket, years: list[str]) -> pd.DataFrame:
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        parts = list(pool.map(lambda key: reading.read(bucket, key, tables.read_report, helps=DERIVED), years))
    return pd.concat(parts, ignore_index=True) if parts else tables.read_report(tables.NO_DAYS)


def _last_orders(bucket: Bucket, name: str, newest: date | None, at_most: int) -> list[OrderRecord]:
    folder = keys.orders_folder(name)
    found = _ours(bucket, folder, f"{folder}{newest - _RECENT}") if newest else []
    # Who trades seldom has few orders: to list them all takes a request or two.
    if len(found) < at_most:
        found = _ours(bucket, folder)
    return _orders(bucket, sorted(found, key=_session, reverse=True)[:at_most])


def _load(bucket: Bucket, name: str, newest: date | None) -> TraderState:
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        settings = pool.submit(_settings, bucket, name)
        lease = pool.submit(leases.look, bucket, name)
        halt = pool.submit(switches.halted, bucket, name)
        own, of_all = pool.submit(switches.killed, bucket, name), pool.submit(switches.killed, bucket, None)
        last = pool.submit(day, bucket, name, newest) if newest else None
        return _state(
            settings.result(),
            lease=lease.result()[0],
            halt=halt.result(),
            own=own.result(),
            of_all=of_all.result(),
            last=last.result() if last else None,
        )


def _state(
    settings: TraderSettings,
    *,
    lease: LeaseRecord | None,
    halt: Switch | None,
    own: Switch | None,
    of_all: Switch | None,
    last: DayRecord | None,
) -> TraderState:
    holder = lease.holder if lease and datetime.now(UTC) < lease.until else ""
    if own or of_all:
        status = KILLED
    elif halt:
        status = HALTED
    elif holder:
        status = RUNNING
    else:
        status = ENDED if last and last.session is None else STOPPED
    return TraderState(
        settings=settings,
        status=status,
        holder=holder,
        lease=lease.number if lease else 0,
        halt=Halt(reason=halt.reason, at=halt.at) if halt else None,
        kill=own,
        kill_all=of_all,
        last=last,
    )


def _settings(bucket: Bucket, name: str) -> TraderSettings:
    if not keys.NAME.fullmatch(name):
        raise NoSuchTraderError(f"{name[:80]!r} is not the name of a trader, which has {keys.NAMES}")
    try:
        return stored.load(
            bucket, keys.trader_key(name), TraderSettings, lambda found: found.name == name, helps=ITS_OWN
        )
    except MissingObjectError as error:
        raise NoSuchTraderError(_no_such(bucket, name)) from error


def _require(bucket: Bucket, name: str | None) -> None:
    if name is not None and not (keys.NAME.fullmatch(name) and bucket.exists(keys.trader_key(name))):
        raise NoSuchTraderError(_no_such(bucket, name))


def _no_such(bucket: Bucket, name: str) -> str:
    return (
        f"there is no trader named {name[:80]} in the bucket {bucket.name}: `spotmc trader list` tells which there are"
    )


def _orders(bucket: Bucket, which: list[str]) -> list[OrderRecord]:
    if len(which) < 2:
        return [order(bucket, key) for key in which]
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        return list(pool.map(lambda key: order(bucket, key), which))


def _trades(bucket: Bucket, key: str) -> pd.DataFrame:
    try:
        return reading.read(bucket, key, tables.read_trades, helps=DERIVED)
    except MissingObjectError:
        return tables.read_trades(tables.NO_TRADES)


def _ours(bucket: Bucket, folder: str, after: str = "") -> list[str]:
    """Keys in a folder that come after another one, in their order."""
    found: list[str] = []
    more = True
    while more:
        page = bucket.some(folder, at_most=_LISTED_AT_ONCE, after=after)
        found += [entry.key for entry in page.entries]
        after, more = found[-1] if found else "", page.more
    return [key for key in found if is_ours(key)]


def _days(found: list[str]) -> list[date]:
    """In keys of days; one that the calendar does not have is none of ours."""
    days = []
    for key in found:
        with suppress(ValueError):
            days.append(date.fromisoformat(_stem(key)))
    return days


def _session(key: str) -> str:
    """In the key of an order: the day that it is for."""
    return key.rpartition("/")[0].rpartition("/")[2]


def _stem(key: str) -> str:
    """What a file is called, without its ending."""
    return key.rpartition("/")[2].partition(".")[0]
