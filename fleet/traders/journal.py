"""What a trader has written down: the days that it decided, its orders, its report and its round trips."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta

import pandas as pd

from fleet import reading
from fleet.bucket import Bucket
from fleet.errors import MissingObjectError
from fleet.keys import is_ours
from fleet.traders import keys, stored, tables
from fleet.traders.days import DayRecord
from fleet.traders.orders import OrderRecord

_REQUESTS_AT_ONCE = 8
_LISTED_AT_ONCE = 1000  # names, by S3
_RECENT = timedelta(days=100)  # in which there are 50 orders of who trades every day

DERIVED = reading.Advice("delete it: what it told stands in days/ and orders/ beside it")


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
    return stored.load(
        bucket, keys.day_key(name, when), DayRecord, lambda found: found.day == when, helps=stored.ITS_OWN
    )


def report(bucket: Bucket, name: str) -> pd.DataFrame:
    """A row for each day, REPORT_COLUMNS, in order of time.

    Raises:
        UnreadableObjectError, BucketError
    """
    return report_of(bucket, years_reported(bucket, name))


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
    return last_orders(bucket, name, newest_day(bucket, name, years_reported(bucket, name)), at_most)


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


def years_reported(bucket: Bucket, name: str) -> list[str]:
    """Keys of the report, which is one for each year, in order of time.

    Raises:
        BucketError
    """
    return _ours(bucket, keys.report_folder(name))


def newest_day(bucket: Bucket, name: str, years: list[str]) -> date | None:
    """The last day that was decided; None before the first.

    Args:
        bucket, name: Of the trader.
        years: As ``years_reported`` gives them.

    Raises:
        BucketError
    """
    folder = keys.days_folder(name)
    # There may be as many days as twenty years have.  The report tells where to look, because a day is written before
    # its line; but a report may have been damaged or deleted, and nothing hangs on it.
    found = _days(_ours(bucket, folder, f"{folder}{_stem(years[-1])}")) if years else []
    return max(found or _days(_ours(bucket, folder)), default=None)


def report_of(bucket: Bucket, years: list[str]) -> pd.DataFrame:
    """The report, of who knows its keys."""
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        parts = list(pool.map(lambda key: reading.read(bucket, key, tables.read_report, helps=DERIVED), years))
    return pd.concat(parts, ignore_index=True) if parts else tables.read_report(tables.NO_DAYS)


def last_orders(bucket: Bucket, name: str, newest: date | None, at_most: int) -> list[OrderRecord]:
    """The last orders, of who knows the last day that was decided."""
    folder = keys.orders_folder(name)
    found = _ours(bucket, folder, f"{folder}{newest - _RECENT}") if newest else []
    # Who trades seldom has few orders: to list them all takes a request or two.
    if len(found) < at_most:
        found = _ours(bucket, folder)
    return _orders(bucket, sorted(found, key=_session, reverse=True)[:at_most])


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
