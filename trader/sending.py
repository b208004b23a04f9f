"""Rules of sending: how an order reaches the broker once, whatever is lost on the way.

An order is in the bucket before it is sent.  So whoever finds it there without an answer knows that it may have been
sent, and asks the broker by its id before sending it under the same id; a broker takes no id twice.  Another attempt,
under another id, comes only after the broker has said no to the one before, and does not know it when it is asked.
docs/decisions/0083 has the argument.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from fleet.events import Emit
from fleet.traders.days import DayRecord
from fleet.traders.orders import ENTER, EXIT, FILLED, PROTECT, RECORDED, REJECTED, Order, OrderRecord, Report
from trader import events
from trader.answers import Answers, overfilled, with_advice
from trader.attempts import Attempts, told
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
        self._answers = Answers(broker, records, waiting)
        self._last: Attempts | None = None

    def recorded(self, day: DayRecord) -> list[OrderRecord]:
        """All attempts at the orders of a day."""
        return self._attempts(day).all()

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
        attempts, done = self._attempts(day), True
        for order in day.orders:
            try:
                done &= self._tend(attempts, order, session)
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
        attempts = self._attempts(day)
        for record in attempts.all():
            if not record.is_final:
                attempts.report(record, self._answers.about(record))

    def concluded(self, day: DayRecord, split: float) -> list[OrderRecord]:
        """What became of the orders of a day whose session is over: all attempts, and none of them is open.

        One that stays open, as if it were good for the next session, is cancelled.

        Args:
            split: New shares for an old one, since the day.

        Raises:
            HaltError: the broker contradicts itself, or does not say in time what became of one.
            UnusableAccountError, StoppedError, KilledError, LeaseLostError, BucketError
        """
        attempts, began, waited = self._attempts(day), self._now(), 0.0
        grace = self._waiting.patience.grace
        attempts.lapse_unrecorded(_NEVER_SENT)
        for pause in self._waiting.patience.pauses():
            try:
                unsettled = [each for each in attempts.all() if not self._is_settled(attempts, each)]
            except UnusableAccountError:
                raise
            except BrokerError as error:  # silence proves nothing, however long it lasts
                self._troubled(error)
                began, waited = self._now(), 0.0
            else:
                if not unsettled:
                    break
                if max((self._now() - began).total_seconds(), waited) >= grace:
                    if grace == _CANCELLED:
                        raise HaltError(_still_open(unsettled[0], self._waiting.patience.grace))
                    self._cancel_all(unsettled)
                    began, waited, grace = self._now(), 0.0, _CANCELLED
            self._waiting.pause(min(pause, grace))
            waited += min(pause, grace)
        concluded = attempts.all()
        for each in concluded:
            problem = overfilled(each.order, each.report, split) if each.report else ""
            if problem and not self._records.was_lifted(problem):
                raise HaltError(with_advice(problem))
        return concluded

    def cancel(self, day: DayRecord) -> bool:
        """Cancel what is open and send no more of a day's orders; whether none of them is open.

        Otherwise this is to be called again after a while.

        Raises:
            HaltError, UnusableAccountError, StoppedError, LeaseLostError, BucketError
        """
        attempts = self._attempts(day)
        attempts.lapse_unrecorded(_KILLED)
        for record in attempts.all():
            if record.is_final:
                continue
            try:
                self._cancel(attempts, record)
            except UnusableAccountError:
                raise
            except BrokerError as error:
                self._troubled(error)
        return all(each.is_final for each in attempts.all())

    def _attempts(self, day: DayRecord) -> Attempts:
        if self._last is None or self._last.day.day != day.day:
            self._last = Attempts(self._records, day, self._emit)
        return self._last

    def _cancel_all(self, records: Iterable[OrderRecord]) -> None:
        for record in records:
            self._waiting.check()
            try:
                self._broker.cancel(record.order)
            except UnusableAccountError:
                raise
            except BrokerError as error:
                self._troubled(error)

    def _cancel(self, attempts: Attempts, record: OrderRecord) -> None:
        report = self._answers.sought(record)
        if report is None:
            attempts.lapse(record, _KILLED)
            return
        record = attempts.report(record, report)
        if not record.is_final:
            self._waiting.check()
            self._broker.cancel(record.order)
            attempts.report(record, self._answers.about(record))

    # One order

    def _tend(self, attempts: Attempts, order: Order, session: Session) -> bool:
        """Whether nothing is left to be sent of it."""
        fresh = False
        if not attempts.at(order.intent):
            if reason := self._held_back(attempts, order, session):
                attempts.add(order, 1, lapsed=reason)
                return True
            if self._waits(attempts, order, session):
                return False
            if reason := self._too_many(attempts, order):
                attempts.add(order, 1, lapsed=reason)
                return True
            fresh = attempts.add(order, 1)
        while True:
            record = attempts.at(order.intent)[-1]
            if record.state == RECORDED:
                if not fresh and (report := self._answers.about(record)) is not None:
                    record = attempts.report(record, report)
                else:
                    self._waiting.check()  # before the deadline is looked at: the bucket may take its time
                    if self._now() > _deadline(order, session):
                        return True  # whether it has got there after all is asked when the session is over
                    record = self._sent(attempts, record, again=not fresh)
            elif not record.is_final:
                record = attempts.report(record, self._answers.about(record))
            in_part = record.report is not None and record.report.shares  # then another attempt would be for too many
            if record.state != REJECTED or in_part:
                return record.state != RECORDED
            if record.attempt == MOST_ATTEMPTS or self._now() > _deadline(order, session):
                return True
            if self._too_many(attempts, order):
                return True
            fresh = attempts.add(order, record.attempt + 1)

    def _held_back(self, attempts: Attempts, order: Order, session: Session) -> str:
        """Why an order that is not recorded yet is never sent; empty where it may be."""
        if self._now() > _deadline(order, session):
            return missed(order, session)
        leaving = attempts.at(EXIT)
        if order.intent == ENTER and leaving and leaving[-1].is_final and leaving[-1].state != FILLED:
            return f"the order to leave the position was {leaving[-1].state}"
        return ""

    def _waits(self, attempts: Attempts, order: Order, session: Session) -> bool:
        """Whether an order that is not recorded yet is to be sent later."""
        if session.first_orders is not None and self._now() < session.first_orders:
            return True
        leaves, leaving = any(each.intent == EXIT for each in attempts.day.orders), attempts.at(EXIT)
        return order.intent == ENTER and leaves and (not leaving or leaving[-1].state == RECORDED)

    def _too_many(self, attempts: Attempts, order: Order) -> str:
        """Why no more is sent for a session, once a person has lifted the halt that this is; empty where it may be."""
        if len(attempts.all()) < self._most:
            return ""
        problem = f"there would be more than {self._most} orders for {order.session}, which is the limit"
        if self._records.was_lifted(problem):
            return problem
        raise HaltError(f"{problem}: see why the broker refuses them, then lift the halt; it goes on with the next day")

    def _sent(self, attempts: Attempts, record: OrderRecord, *, again: bool) -> OrderRecord:
        """What is known of an order once it was sent."""
        order = record.order
        self._emit(events.Sending(**told(record), again=again))
        try:
            report: Report | None = self._broker.submit(order)
        except OrderRejectedError as error:
            # Where it got there before, what is refused is only the second of the two.
            report = self._answers.sought(record)
            if report is None and again:  # and it may still get there
                return attempts.lapse(record, f"after a request without an answer, another one was refused: {error}")
            report = report or Report(id=order.id, state=REJECTED, text=str(error))
        except KnownOrderError as error:
            report = self._answers.sought(record)
            if report is None:
                raise HaltError(
                    with_advice(f"the broker has an order {order.id} already ({error}), and does not find it")
                ) from error
        except BrokerSilentError as error:
            self._troubled(error)
            report = self._answers.sought(record)
        return record if report is None else attempts.report(record, self._answers.consistent(record, report))

    def _is_settled(self, attempts: Attempts, record: OrderRecord) -> bool:
        """Whether it is certain what became of an order whose session is over."""
        if record.is_final:
            return True
        if record.state != RECORDED:
            return attempts.report(record, self._answers.about(record)).is_final
        report = self._answers.sought(record)
        if report is None:
            return attempts.lapse(record, _NEVER_SENT).is_final
        return attempts.report(record, report).is_final

    def _troubled(self, error: BrokerError) -> None:
        self._emit(events.Troubled(reason=str(error), pause_seconds=self._waiting.patience.first))


def missed(order: Order, session: Session) -> str:
    """That it is too late for a session."""
    what = "stops and targets" if order.intent == PROTECT else "orders"
    return f"{what} for {session.day} were taken until {_deadline(order, session):%Y-%m-%d %H:%M} UTC"


_ON_ITS_WAY = timedelta(minutes=2)  # at the longest, until a request arrives whose answer is waited for
_CANCELLED = 600.0  # seconds in which a broker has to say that an order is over that it was asked to cancel
_NEVER_SENT = "its session was over before it reached the broker"
_KILLED = "the kill switch was on before it reached the broker"


def _deadline(order: Order, session: Session) -> datetime:
    """Until when it is sent: what protects a position helps as long as the session lasts.

    What arrives after the close is taken for the next session.
    """
    return session.closes - _ON_ITS_WAY if order.intent == PROTECT else session.last_orders


def _still_open(record: OrderRecord, grace: float) -> str:
    return (
        f"{grace / 3600:g} hours after the session, the broker still says that order {record.order.id} is "
        f"{record.state}: look it up there, cancel it if it is open, then lift the halt"
    )
