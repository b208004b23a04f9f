"""What a trader reads and writes in the bucket.

Each write asks first whether the lease is still this process's.  That alone would not do, because a process may be
stopped between the question and the write; so each write is also made on a condition: that nothing is there, or only
what was read.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from fleet import reading
from fleet.bucket import Bucket
from fleet.errors import FleetError, MissingObjectError
from fleet.traders import journal, keys, switches, tables
from fleet.traders.days import DayRecord
from fleet.traders.orders import OrderRecord
from fleet.traders.switches import Switch
from montecarlo.accounting.broker import Trade
from trader.clocks import utc_now
from trader.lease import Lease

_ATTEMPTS = 5  # to write what nobody else may write


class ChangedMeanwhileError(FleetError):
    """What was about to be replaced is another than what was read: read again, then decide again."""


class Records:
    """
    Attributes:
        name: The trader's.
        lease: Number of the lease under which all is written.
    """

    def __init__(self, bucket: Bucket, name: str, lease: Lease, *, now: Callable[[], datetime] = utc_now) -> None:
        self.name, self.lease = name, lease.number
        self._bucket, self._lease, self._now = bucket, lease, now
        nothing: tuple[Sequence[Trade], NDArray[np.datetime64], list[str]] = (), np.array([], "M8[D]"), []
        self._backtest = nothing  # trades and dates that were written last, and their lines
        self._written: dict[str, tuple[bytes, str | None]] = {}  # of what only this process writes, as it was last

    def require_lease(self) -> None:
        """To be called right before anything is sent, too.

        Raises:
            LeaseLostError, BucketError: as ``Lease.keep``.
        """
        self._lease.keep()

    def days(self) -> list[date]:
        """All that were decided, in order of time."""
        return journal.days(self._bucket, self.name)

    def day(self, when: date) -> DayRecord:
        """
        Raises:
            MissingObjectError, UnreadableObjectError, BucketError
        """
        return journal.day(self._bucket, self.name, when)

    def add_day(self, record: DayRecord) -> DayRecord:
        """Write what was decided unless something was decided that day already; what counts.

        Raises:
            LeaseLostError, UnreadableObjectError, BucketError
        """
        self.require_lease()
        new = self._bucket.put_new(keys.day_key(self.name, record.day), record.to_json())
        return record if new else self.day(record.day)

    def orders(self, session: date) -> list[OrderRecord]:
        """All that are recorded for a session, in order of their ids.

        Raises:
            UnreadableObjectError, BucketError
        """
        return journal.orders_for(self._bucket, self.name, session)

    def order(self, session: date, order_id: str) -> OrderRecord:
        """
        Raises:
            MissingObjectError, UnreadableObjectError, BucketError
        """
        return journal.order(self._bucket, keys.order_key(self.name, session, order_id))

    def add_order(self, record: OrderRecord) -> OrderRecord:
        """Record an order unless one of that id is recorded already; what is recorded.

        Raises:
            LeaseLostError, UnreadableObjectError, BucketError
        """
        self.require_lease()
        new = self._bucket.put_new(self._key(record), record.to_json())
        return record if new else self.order(record.order.session, record.order.id)

    def update_order(self, before: OrderRecord, after: OrderRecord) -> OrderRecord:
        """Record what became of an order, in place of what was read before.

        Raises:
            ChangedMeanwhileError: it is another one by now.
            LeaseLostError, UnreadableObjectError, BucketError
        """
        self.require_lease()
        key = self._key(before)
        content, version = self._bucket.get_versioned(key)
        if content == after.to_json():
            return after
        if content != before.to_json() or self._bucket.put_instead(key, after.to_json(), version) is None:
            raise ChangedMeanwhileError(f"{key} is not what was read before: read it again, and decide again")
        return after

    def write_report(self, day: DayRecord, *, orders: int, fills: int) -> None:
        """The day's line in the report, in place of one of that day.

        Raises:
            LeaseLostError, UnreadableObjectError, BucketError
        """
        line = tables.report_line(day, orders=orders, fills=fills)
        self._change(keys.report_key(self.name, day.day), lambda content: tables.with_lines(content, [line]))

    def write_trades(self, day: date, trades: Sequence[Trade], dates: NDArray[np.datetime64]) -> None:
        """Round trips on paper that end on a day or go on, beside those that had ended before.

        Args:
            day: Of which they are.
            trades: With days counted from the trader's first.
            dates: Of its days, datetime64[D].

        Raises:
            LeaseLostError, UnreadableObjectError, BucketError
        """
        lines = tables.trade_lines(trades, dates)
        self._change(keys.trades_key(self.name), lambda content: tables.with_trades(content, day, lines))

    def write_backtest_trades(self, trades: Sequence[Trade], dates: NDArray[np.datetime64]) -> None:
        """All round trips of the backtest on the same days; the arguments are those of ``write_trades``.

        Raises:
            LeaseLostError, BucketError
        """
        earlier, earlier_dates, lines = self._backtest
        same = 0  # most of them are those of yesterday
        if np.array_equal(earlier_dates, dates[: len(earlier_dates)]):
            pairs = zip(earlier, trades, strict=False)
            same = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1] or pair[0] == pair[1], pairs))
        lines = [*lines[:same], *tables.trade_lines(trades[same:], dates)]
        self._backtest = trades, dates, lines
        self._change(keys.backtest_trades_key(self.name), lambda _: tables.trades_of(lines))

    def halt(self, reason: str) -> None:
        """Write down why it trades no more; an earlier reason stays.

        Raises:
            LeaseLostError, BucketError
        """
        self.require_lease()
        switches.halt(self._bucket, self.name, reason, self._now())

    def halted(self) -> Switch | None:
        """Why it does not trade, where it has halted.

        Raises:
            BucketError
        """
        return switches.halted(self._bucket, self.name)

    def was_lifted(self, problem: str) -> bool:
        """Whether a person has let the trader go on after a halt whose reason begins with this.

        Raises:
            BucketError
        """
        return any(reason.startswith(problem) for reason in switches.lifted(self._bucket, self.name))

    def is_killed(self) -> bool:
        """Whether its own kill switch, or that of all, is on.

        Raises:
            BucketError
        """
        return any(switches.killed(self._bucket, each) for each in (self.name, None))

    def _key(self, record: OrderRecord) -> str:
        return keys.order_key(self.name, record.order.session, record.order.id)

    def _change(self, key: str, change: Callable[[bytes], bytes]) -> None:
        """Write what becomes of an object's content, empty where there is none; nothing where it stays the same."""
        for _ in range(_ATTEMPTS):
            content, version = self._written.pop(key) if key in self._written else self._read(key)
            with reading.making_sense_of(key, helps=journal.DERIVED):
                new = change(content)
            if new == content:
                self._written[key] = content, version
                return
            self.require_lease()
            if (stored := self._bucket.put_instead(key, new, version)) is not None:
                self._written[key] = new, stored
                return
        raise ChangedMeanwhileError(f"{key} changes all the time: see who else writes to it")

    def _read(self, key: str) -> tuple[bytes, str | None]:
        try:
            return self._bucket.get_versioned(key)
        except MissingObjectError:
            return b"", None
