"""All attempts at the orders of a day, as they are recorded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fleet.events import Emit
from fleet.traders.days import DayRecord
from fleet.traders.orders import Order, OrderRecord, Report
from trader import events
from trader.errors import HaltError
from trader.records import Records


class Attempts:
    """
    Args:
        records: Where they are recorded.
        day: Whose orders they are.
        emit: Hears what becomes of them.

    Raises:
        UnreadableObjectError, BucketError
    """

    def __init__(self, records: Records, day: DayRecord, emit: Emit) -> None:
        self.day = day
        self._records, self._emit = records, emit
        # By the intent of the order: of one day there is one each.
        self._found: dict[str, list[OrderRecord]] = {each.intent: [] for each in day.orders}
        if day.session is not None and day.orders:
            for record in sorted(records.orders(day.session), key=lambda each: each.attempt):
                if record.day == day.day:
                    self._found[record.order.intent].append(record)

    def all(self) -> list[OrderRecord]:
        return [each for attempts in self._found.values() for each in attempts]

    def at(self, intent: str) -> Sequence[OrderRecord]:
        """Those at the order of that intent, the first one first; none as long as it is not recorded."""
        return self._found.get(intent, ())

    def add(self, order: Order, number: int, lapsed: str = "") -> bool:
        """Record an attempt; whether nobody has before, so that it cannot have been sent.

        Args:
            order: Of the day.
            number: From 1.
            lapsed: Why it is never sent, if it is not.

        Raises:
            HaltError: another order is recorded under its id.
            LeaseLostError, UnreadableObjectError, BucketError
        """
        record = OrderRecord(
            order=replace(order, id=with_attempt(order.id, number)),
            day=self.day.day,
            attempt=number,
            lease=self._records.lease,
            lapsed=lapsed,
        )
        there = self._records.add_order(record)
        self._found[order.intent].append(there)
        if there.order != record.order:
            raise HaltError(f"order {record.order.id} is recorded with other contents: see who writes there")
        if lapsed:
            self._emit(events.Lapsed(**told(there), reason=there.lapsed))
        return there is record

    def report(self, record: OrderRecord, report: Report | None) -> OrderRecord:
        """Record what the broker says of one; None says nothing.

        Raises:
            ChangedMeanwhileError, LeaseLostError, UnreadableObjectError, BucketError
        """
        if report is None or report == record.report:
            return record
        self._emit(
            events.Reported(
                **told(record), state=report.state, filled=report.shares, price=report.price, text=report.text
            )
        )
        return self._update(record, record.with_report(report))

    def lapse(self, record: OrderRecord, reason: str) -> OrderRecord:
        """Record that one certainly never reached the broker, and why.

        Raises:
            ChangedMeanwhileError, LeaseLostError, UnreadableObjectError, BucketError
        """
        self._emit(events.Lapsed(**told(record), reason=reason))
        return self._update(record, replace(record, lapsed=reason))

    def lapse_unrecorded(self, reason: str) -> None:
        """Record of each order without an attempt that there will be none, and why.

        Raises:
            HaltError, LeaseLostError, UnreadableObjectError, BucketError
        """
        for order in self.day.orders:
            if not self._found[order.intent]:
                self.add(order, 1, lapsed=reason)

    def _update(self, before: OrderRecord, after: OrderRecord) -> OrderRecord:
        self._records.update_order(before, after)
        attempts = self._found[before.order.intent]
        attempts[attempts.index(before)] = after
        return after


def with_attempt(order_id: str, attempt: int) -> str:
    """The id of another attempt at the same order."""
    return f"{order_id.rpartition('-')[0]}-{attempt}"


def told(record: OrderRecord) -> dict[str, Any]:
    """What each event says of an order."""
    order = record.order
    return {
        "order": order.id,
        "intent": order.intent,
        "shares": order.shares,
        "session": order.session,
        "attempt": record.attempt,
    }
