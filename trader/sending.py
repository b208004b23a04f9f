"""Rules of sending: how an order reaches the broker once, whatever is lost on the way.

An order is in the bucket before it is sent.  So whoever finds it there without an answer knows that it may have been
sent, and asks the broker by its id before sending it under the same id; a broker takes no id twice.  Another attempt,
under another id, comes only after the broker has said no to the one before, and does not know it when it is asked.
docs/decisions/0083 has the argument.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from fleet.events import Emit
from fleet.traders.days import DayRecord
from fleet.traders.orders import (
    CANCELLED,
    ENTER,
    EXIT,
    FILLED,
    FINAL,
    PROTECT,
    RECORDED,
    REJECTED,
    Order,
    OrderRecord,
    Report,
)
from trader import events
from trader.broker import (
    Broker,
    BrokerError,
    BrokerSilentError,
    KnownOrderError,
    OrderRejectedError,
    UnusableAccountError,
)
from trader.errors import HaltError
from trader.market import Session
from trader.records import Records
from trader.waiting import Waiting

MOST_ATTEMPTS = 3


class Sender:
    """Sends the orders of a day, and knows what has become of them.

    Args:
        broker: Where they go.
        records: Where they are recorded.
        waiting: Asked before anything is sent.
        now: The time at the exchange, in UTC.
        most: Orders for one session, attempts counted.
        emit: Hears what happens.
    """

    def __init__(
        self,
        broker: Broker,
        records: Records,
        waiting: Waiting,
        *,
        now: Callable[[], datetime],
        most: int,
        emit: Emit,
    ) -> None:
        self._broker, self._records, self._waiting = broker, records, waiting
        self._now, self._most, self._emit = now, most, emit
        self._day: DayRecord | None = None
        self._attempts: dict[str, list[OrderRecord]] = {}  # by the intent of the order: of one day there is one each

    def recorded(self, day: DayRecord) -> list[OrderRecord]:
        """All attempts at the orders of a day."""
        return [each for attempts in self._of(day).values() for each in attempts]

    def tend(self, day: DayRecord, session: Session) -> bool:
        """Send what is to be sent, and ask about what was sent, each once.

        Args:
            day: Whose orders they are.
            session: For which they are.

        Returns:
            Whether nothing is left to be sent; otherwise this is to be called again after a while.

        Raises:
            HaltError: the broker contradicts itself, or there would be too many orders.
            UnusableAccountError, StoppedError, KilledError, LeaseLostError, BucketError
        """
        done = True
        for order in day.orders:
            try:
                done &= self._tend(day, order, session)
            except UnusableAccountError:
                raise
            except BrokerError as error:
                self._troubled(error)
                done = False
        return done

    def ask(self, day: DayRecord) -> None:
        """Ask about all orders of a day that may be open, and send nothing.

        Raises:
            HaltError, StoppedError, KilledError, LeaseLostError, BucketError
            BrokerError: it cannot be told now.
        """
        for record in self.recorded(day):
            if not record.is_final:
                self._report(day, record, self._asked(record))

    def concluded(self, day: DayRecord, split: float) -> list[OrderRecord]:
        """What became of the orders of a day whose session is over: all attempts, and none of them is open.

        Args:
            split: New shares for an old one, since the day.

        Raises:
            HaltError: the broker contradicts itself, or does not say in time what became of one.
            UnusableAccountError, StoppedError, KilledError, LeaseLostError, BucketError
        """
        began, waited = self._now(), 0.0
        self._lapse_unrecorded(day, _NEVER_SENT)
        for pause in self._waiting.patience.pauses():
            try:
                unsettled = [each for each in self.recorded(day) if not self._is_settled(day, each)]
            except UnusableAccountError:
                raise
            except BrokerError as error:  # silence proves nothing, however long it lasts
                self._troubled(error)
                began, waited = self._now(), 0.0
            else:
                if not unsettled:
                    break
                if max((self._now() - began).total_seconds(), waited) >= self._waiting.patience.grace:
                    raise HaltError(_still_open(unsettled[0], self._waiting.patience.grace))
            self._waiting.pause(pause)
            waited += pause
        concluded = self.recorded(day)
        for each in concluded:
            if each.report and (problem := overfilled(each.order, each.report, split)) and not self._lifted(problem):
                raise HaltError(_contradicted(problem))
        return concluded

    def cancel(self, day: DayRecord) -> bool:
        """Cancel what is open and send no more of a day's orders; whether none of them is open.

        Otherwise this is to be called again after a while.

        Raises:
            HaltError, UnusableAccountError, StoppedError, LeaseLostError, BucketError
        """
        self._lapse_unrecorded(day, _KILLED)
        for record in self.recorded(day):
            if record.is_final:
                continue
            try:
                self._cancel(day, record)
            except UnusableAccountError:
                raise
            except BrokerError as error:
                self._troubled(error)
        return all(each.is_final for each in self.recorded(day))

    def _cancel(self, day: DayRecord, record: OrderRecord) -> None:
        report = self._sought(record)
        if report is None:
            self._lapse(day, record, _KILLED)
            return
        record = self._report(day, record, report)
        if not record.is_final:
            self._waiting.check()
            self._broker.cancel(record.order)
            self._report(day, record, self._asked(record))

    # One order

    def _tend(self, day: DayRecord, order: Order, session: Session) -> bool:
        """Whether nothing is left to be sent of it."""
        attempts = self._of(day)[order.intent]
        fresh = False
        if not attempts:
            if reason := self._held_back(day, order, session):
                self._add(day, order, 1, lapsed=reason)
                return True
            if self._waits(day, order, session):
                return False
            if reason := self._too_many(day, order):
                self._add(day, order, 1, lapsed=reason)
                return True
            fresh = self._add(day, order, 1)
        while True:
            record = attempts[-1]
            if record.state == RECORDED:
                if not fresh and (report := self._asked(record)) is not None:
                    self._report(day, record, report)
                elif self._now() > _deadline(order, session):
                    return True  # whether it has got there after all is asked when the session is over
                else:
                    self._send(day, record, again=not fresh)
            elif not record.is_final:
                self._report(day, record, self._asked(record))
            record = attempts[-1]
            if record.state != REJECTED or record.attempt == MOST_ATTEMPTS or self._now() > _deadline(order, session):
                return record.state != RECORDED
            if self._too_many(day, order):
                return True
            fresh = self._add(day, order, record.attempt + 1)

    def _held_back(self, day: DayRecord, order: Order, session: Session) -> str:
        """Why an order that is not recorded yet is never sent; empty where it may be."""
        if self._now() > _deadline(order, session):
            return missed(session)
        leaving = self._of(day).get(EXIT)
        if order.intent == ENTER and leaving and leaving[-1].is_final and leaving[-1].state != FILLED:
            return f"the order to leave the position was {leaving[-1].state}"
        return ""

    def _waits(self, day: DayRecord, order: Order, session: Session) -> bool:
        """Whether an order that is not recorded yet is to be sent later."""
        if session.first_orders is not None and self._now() < session.first_orders:
            return True
        leaving = self._of(day).get(EXIT)
        return order.intent == ENTER and leaving is not None and (not leaving or leaving[-1].state == RECORDED)

    def _too_many(self, day: DayRecord, order: Order) -> str:
        """Why no more is sent for a session, once a person has lifted the halt that this is; empty where it may be."""
        if len(self.recorded(day)) < self._most:
            return ""
        problem = f"there would be more than {self._most} orders for {order.session}, which is the limit"
        if self._lifted(problem):
            return problem
        raise HaltError(f"{problem}: see why the broker refuses them, then lift the halt; it goes on with the next day")

    def _send(self, day: DayRecord, record: OrderRecord, *, again: bool) -> None:
        order = record.order
        self._waiting.check()
        self._emit(events.Sending(**_told(record), again=again))
        try:
            report: Report | None = self._broker.submit(order)
        except OrderRejectedError as error:
            # Where it got there before, what is refused is only the second of the two.
            report = self._sought(record)
            if report is None and again:  # and it may still get there
                self._lapse(day, record, f"after a request without an answer, another one was refused: {error}")
                return
            report = report or Report(id=order.id, state=REJECTED, text=str(error))
        except KnownOrderError as error:
            report = self._sought(record)
            if report is None:
                raise HaltError(
                    _contradicted(f"the broker has an order {order.id} already ({error}), and does not find it")
                ) from error
        except BrokerSilentError as error:
            self._troubled(error)
            report = self._sought(record)
        if report is not None:
            self._report(day, record, self._consistent(record, report))

    # What the broker says

    def _asked(self, record: OrderRecord) -> Report | None:
        """What the broker says of an order; None where it does not know it and never has acknowledged it."""
        return self._consistent(record, self._broker.find(record.order))

    def _consistent(self, record: OrderRecord, report: Report | None) -> Report | None:
        """The answer, or a later one where it contradicts what was said before: an answer may be old.

        Where the contradiction stays, and a person has lifted the halt that it is, what is recorded is all there is.
        """
        asked = 1
        for pause in self._waiting.patience.pauses():
            problem = contradiction(record, report)
            if not problem:
                return report
            if asked >= self._waiting.patience.asks:
                if self._lifted(problem):
                    known = record.report or Report(id=record.order.id, state=CANCELLED)
                    return known if known.state in FINAL else replace(known, state=CANCELLED, text=problem)
                raise HaltError(_contradicted(problem))
            self._waiting.pause(pause)
            report = self._broker.find(record.order)
            asked += 1
        raise AssertionError("pauses do not end")

    def _lifted(self, problem: str) -> bool:
        """Whether a person has let the trader go on after this."""
        return any(reason.startswith(problem) for reason in self._records.lifted())

    def _sought(self, record: OrderRecord) -> Report | None:
        """What the broker says of an order that it may be about to know; None where it does not after some time."""
        silent: BrokerSilentError | None = None
        for _, pause in zip(range(self._waiting.patience.asks), self._waiting.patience.pauses(), strict=False):
            try:
                if (report := self._asked(record)) is not None:
                    return report
                silent = None
            except BrokerSilentError as error:
                silent = error
            self._waiting.pause(pause)
        if silent:
            raise silent
        return None

    def _is_settled(self, day: DayRecord, record: OrderRecord) -> bool:
        """Whether it is certain what became of an order whose session is over."""
        if record.is_final:
            return True
        if record.state != RECORDED:
            return self._report(day, record, self._asked(record)).is_final
        report = self._sought(record)
        if report is None:
            self._lapse(day, record, _NEVER_SENT)
            return True
        return self._report(day, record, report).is_final

    # What is recorded

    def _of(self, day: DayRecord) -> dict[str, list[OrderRecord]]:
        if self._day is None or self._day.day != day.day:
            found: dict[str, list[OrderRecord]] = {each.intent: [] for each in day.orders}
            if day.session is not None and day.orders:
                for record in sorted(self._records.orders(day.session), key=lambda each: each.attempt):
                    if record.day == day.day:
                        found[record.order.intent].append(record)
            self._day, self._attempts = day, found
        return self._attempts

    def _add(self, day: DayRecord, order: Order, attempt: int, lapsed: str = "") -> bool:
        """Record an attempt; whether nobody has before, so that it cannot have been sent."""
        record = OrderRecord(
            order=replace(order, id=with_attempt(order.id, attempt)),
            day=day.day,
            attempt=attempt,
            lease=self._records.lease,
            lapsed=lapsed,
        )
        there = self._records.add_order(record)
        self._of(day)[order.intent].append(there)
        if there.order != record.order:
            raise HaltError(f"order {record.order.id} is recorded with other contents: see who writes there")
        if lapsed:
            self._emit(events.Lapsed(**_told(there), reason=there.lapsed))
        return there is record

    def _report(self, day: DayRecord, record: OrderRecord, report: Report | None) -> OrderRecord:
        if report is None or report == record.report:
            return record
        self._emit(
            events.Reported(
                **_told(record), state=report.state, filled=report.shares, price=report.price, text=report.text
            )
        )
        return self._update(day, record, record.with_report(report))

    def _lapse(self, day: DayRecord, record: OrderRecord, reason: str) -> None:
        self._emit(events.Lapsed(**_told(record), reason=reason))
        self._update(day, record, replace(record, lapsed=reason))

    def _update(self, day: DayRecord, before: OrderRecord, after: OrderRecord) -> OrderRecord:
        attempts = self._of(day)[before.order.intent]
        self._records.update_order(before, after)
        attempts[attempts.index(before)] = after
        return after

    def _lapse_unrecorded(self, day: DayRecord, reason: str) -> None:
        for order in day.orders:
            if not self._of(day)[order.intent]:
                self._add(day, order, 1, lapsed=reason)

    def _troubled(self, error: BrokerError) -> None:
        self._emit(events.Troubled(reason=str(error), pause_seconds=self._waiting.patience.first))


def contradiction(record: OrderRecord, report: Report | None) -> str:
    """Why this cannot be what has become of an order, after what was said of it before; empty where it can.

    How many shares are filled is looked at when the session is over: a split may have restated the order.
    """
    order, before = record.order, record.report
    if report is None:
        return f"the broker has acknowledged order {order.id} ({before.state}) and knows it no more" if before else ""
    if report.id != order.id:
        return f"asked about order {order.id}, the broker answers about {report.id}"
    if report.shares * order.shares < 0:
        return f"order {order.id} is for {order.shares} shares, and the broker says that {report.shares} are filled"
    if report.shares and report.price is None:
        return f"the broker says that {report.shares} shares of order {order.id} are filled, and at no price"
    if before and abs(report.shares) < abs(before.shares):
        return f"of order {order.id}, {before.shares} shares were filled, and now the broker says {report.shares}"
    if before and before.state in FINAL and report.state != before.state:
        return f"order {order.id} was {before.state}, and now the broker says that it is {report.state}"
    return ""


def overfilled(order: Order, report: Report, split: float) -> str:
    """That other shares are filled than were ordered; empty where they are not."""
    ordered = abs(order.shares) * max(split, 1.0)
    few = report.state == FILLED and order.intent == ENTER and abs(report.shares) < abs(order.shares) * min(split, 1.0)
    if abs(report.shares) <= ordered and not few:
        return ""
    return f"order {order.id} is for {order.shares} shares, and the broker says that {report.shares} are filled"


def with_attempt(order_id: str, attempt: int) -> str:
    """The id of another attempt at the same order."""
    return f"{order_id.rpartition('-')[0]}-{attempt}"


def missed(session: Session) -> str:
    """That it is too late for a session."""
    return f"orders for {session.day} were taken until {session.last_orders:%Y-%m-%d %H:%M} UTC"


def notes_of(records: Iterable[OrderRecord]) -> list[str]:
    """What a person should know of what became of the orders for a session."""
    records = list(records)
    left = any(each.order.intent == PROTECT and each.report and each.report.shares for each in records)
    unfilled = {ENTER} if left else {ENTER, EXIT}  # where a stop has ended the position, nothing is left to close
    return [note for each in records if (note := _note_of(each, each.order.intent in unfilled))]


def _note_of(record: OrderRecord, must_be_filled: bool) -> str:
    order, report = record.order, record.report
    what = f"{order.intent} {order.shares:+d}"
    if record.lapsed or report is None:
        return f"{what} was not sent: {record.lapsed}"
    why = f": {report.text}" if report.text else ""
    if report.state == REJECTED:
        return f"{what} was rejected (attempt {record.attempt}){why}"
    if report.state == FILLED:
        return ""
    if report.shares:
        return f"{what} was filled in part, {report.shares:+d}, and then {report.state}{why}"
    taken_away = order.intent == PROTECT and report.state == CANCELLED
    return f"{what} was {report.state}{why}" if must_be_filled or taken_away else ""


_NEVER_SENT = "its session was over before it reached the broker"
_KILLED = "the kill switch was on before it reached the broker"


def _deadline(order: Order, session: Session) -> datetime:
    """Until when it is sent: what protects a position helps as long as the session lasts."""
    return session.closes if order.intent == PROTECT else session.last_orders


def _contradicted(problem: str) -> str:
    return f"{problem}: look the order up at the broker, bring the position to what the trader has, then lift the halt"


def _still_open(record: OrderRecord, grace: float) -> str:
    return (
        f"{grace / 3600:g} hours after the session, the broker still says that order {record.order.id} is "
        f"{record.state}: look it up there, cancel it if it is open, then lift the halt"
    )


def _told(record: OrderRecord) -> dict[str, Any]:
    order = record.order
    return {
        "order": order.id,
        "intent": order.intent,
        "shares": order.shares,
        "session": order.session,
        "attempt": record.attempt,
    }
