"""The loop of a trader that has the lease: wait for a day, decide, send, and wait for the next.

What it knows is in the bucket, at the broker and in the feed.  After any trouble, and after a halt that was lifted, it
begins with these again, as another process would that is started after a crash.
"""

from contextlib import suppress
from datetime import date, timedelta

from fleet.errors import FleetError, UnreadableObjectError
from fleet.events import Emit
from fleet.traders.days import DayRecord
from fleet.traders.orders import OrderRecord
from fleet.traders.settings import TraderSettings
from fleet.traders.state import ENDED, HALTED, KILLED, STOPPED
from montecarlo.accounting.rules import Rules
from montecarlo.errors import RuleError
from montecarlo.strategies import Strategy
from trader import events, limits
from trader.broker import Broker, BrokerError, UnusableAccountError
from trader.errors import HaltError, KilledError, StoppedError
from trader.lease import LeaseLostError
from trader.market import Day, Feed, FeedError, Session
from trader.patience import Patience
from trader.reconciling import filled, reconcile
from trader.records import Records
from trader.sending import Sender
from trader.step import Step
from trader.stop import Stop
from trader.waiting import Waiting

_A_DAY = timedelta(days=1)


class Loop:
    """
    Args:
        settings, strategy, rules: What is traded, how, and within which limits; the strategy with all that it needs.
        feed, broker, records: Where bars come from, where orders go, and where all is written down.
        stop: Tells it to end.
        patience: How long to wait for what.
        idle: Seconds between two looks for the next day.
        emit: Hears what happens.
    """

    def __init__(
        self,
        settings: TraderSettings,
        strategy: Strategy,
        rules: Rules,
        *,
        feed: Feed,
        broker: Broker,
        records: Records,
        stop: Stop,
        patience: Patience,
        idle: float,
        emit: Emit,
    ) -> None:
        self._settings, self._strategy, self._rules = settings, strategy, rules
        self._feed, self._broker, self._records = feed, broker, records
        self._stop, self._patience, self._idle, self._emit = stop, patience, idle, emit
        self._waiting = Waiting(stop, check_lease=records.require_lease, is_killed=records.is_killed, patience=patience)

    def run(self, *, stay: bool) -> tuple[str, str]:
        """Trade; how it ended, and why.

        Args:
            stay: Whether to wait while it is halted or killed, or once the feed is over.

        Raises:
            LeaseLostError
        """
        pauses = self._patience.pauses()
        while True:
            try:
                outcome, reason = self._until_something_happens()
                if not stay:
                    return outcome, reason
                self._wait_while(outcome, reason)
                pauses = self._patience.pauses()
            except StoppedError as stopped:
                return STOPPED, str(stopped)
            except LeaseLostError:
                raise
            except (FleetError, BrokerError, FeedError) as error:
                pause = next(pauses)
                self._emit(events.Troubled(reason=str(error), pause_seconds=pause))
                self._stop.pause(pause)

    def _until_something_happens(self) -> tuple[str, str]:
        try:
            self._trade()
        except KilledError as killed:
            self._emit(events.Killed(reason=str(killed)))
            return self._killed()
        except (HaltError, UnreadableObjectError, RuleError, UnusableAccountError) as error:
            return self._halted(str(error))
        return ENDED, "the feed is over"

    # Trading

    def _trade(self) -> None:
        """Until the feed is over.

        Raises:
            HaltError, KilledError, StoppedError, LeaseLostError, UnreadableObjectError, RuleError, UnusableAccountError
            FleetError, BrokerError, FeedError: trouble, after which it is begun anew.
        """
        self._waiting.check()
        if halt := self._records.halted():
            raise HaltError(halt.reason)
        sender = self._sender(self._waiting)
        step = Step(
            self._settings,
            self._strategy,
            self._rules,
            bars_per_year=self._feed.bars_per_year,
            broker=self._broker,
            records=self._records,
            sender=sender,
            waiting=self._waiting,
            now=self._feed.now,
            emit=self._emit,
        )
        days = self._records.days()
        first = days[0] if days else None
        last: DayRecord | None = None
        earlier: DayRecord | None = None  # the day before it
        session, unsure = None, ""  # the session that comes next, and why nothing is sent for it
        if days:
            last = self._records.day(days[-1])
            earlier = self._records.day(days[-2]) if days[1:] else None
            day = self._told_again(last)
            self._resume(step, last, earlier, day, days[0])
            session, unsure = day.next, self._unsure(sender, last)
        while True:
            if last and session and not unsure:
                self._send(sender, last, session)
            following = self._next(sender, last, session, unsure)
            if following is None:
                return
            first = first or following.day
            decided = step.decide(last, following, first, earlier)
            earlier, last, session, unsure = last, decided, following.next, ""
            if last.halt:
                raise HaltError(last.halt)

    def _told_again(self, last: DayRecord) -> Day:
        """The last day that was decided, as it was known then."""
        day = self._feed.after(last.day - _A_DAY)
        if day is None or day.day != last.day:
            other = f"{day.day} in its place" if day else "no such day"
            raise HaltError(
                f"the feed has {other}, and {last.day} was decided: give the trader the feed that it had, or create "
                "another one"
            )
        return day

    def _resume(self, step: Step, last: DayRecord, before: DayRecord | None, day: Day, first: date) -> None:
        """What whoever decided the last day may not have come to."""
        step.publish(before, last, day, first)
        if last.halt and not self._records.was_lifted(last.halt):
            raise HaltError(last.halt)

    def _unsure(self, sender: Sender, last: DayRecord) -> str:
        """How the broker's account differs from what it should be; empty where it does not."""

        def expectation() -> tuple[int, list[OrderRecord]]:
            sender.ask(last)
            recorded = sender.recorded(last)
            return last.standing.shares + filled(recorded), recorded

        return reconcile(self._broker, self._waiting, expectation, self._emit)

    def _send(self, sender: Sender, last: DayRecord, session: Session) -> None:
        """Send the orders of a day; the next one is not asked for before, because that is when a replay goes on."""
        for pause in self._patience.pauses():
            if sender.tend(last, session) or self._feed.now() > session.closes:
                return
            self._waiting.pause(pause)

    def _next(self, sender: Sender, last: DayRecord | None, session: Session | None, unsure: str) -> Day | None:
        """The next day, once it is over; None where there will be none."""
        asked = 0.0  # seconds since the open orders were asked about
        while True:
            pause = self._idle
            try:
                if (day := self._feed.after(self._day_before(last))) is not None:
                    return day
                if self._feed.ended:
                    return None
                if unsure and session and self._feed.now() <= session.closes:
                    raise HaltError(unsure)
                if last and (stale := limits.stale(self._settings.limits, self._feed.late(last.day), last.day)):
                    raise HaltError(stale)
                if last and session and not unsure and asked >= self._patience.longest:
                    sender.tend(last, session)
                    asked = 0.0
            except FeedError as error:
                pause = self._patience.longest
                self._emit(events.Troubled(reason=str(error), pause_seconds=pause))
            self._waiting.pause(pause)
            asked += pause

    def _day_before(self, last: DayRecord | None) -> date | None:
        if last:
            return last.day
        return self._settings.first - _A_DAY if self._settings.first else None

    # Not trading

    def _halted(self, reason: str) -> tuple[str, str]:
        if halt := self._records.halted():
            reason = halt.reason
        else:
            reason += self._left_open()
            self._records.halt(reason)
        self._emit(events.Halted(reason=reason))
        return HALTED, reason

    def _left_open(self) -> str:
        """What a halt leaves at the broker, in words; empty where there is nothing."""
        with suppress(UnreadableObjectError):  # which may be why it halts
            last = self._last()
            recorded = self._records.orders(last.session) if last and last.session else []
            if left := [each.order for each in recorded if each.report and not each.is_final]:
                return f"; still open at the broker: {', '.join(f'{each.intent} {each.shares:+d}' for each in left)}"
        return ""

    def _last(self) -> DayRecord | None:
        days = self._records.days()
        return self._records.day(days[-1]) if days else None

    def _killed(self) -> tuple[str, str]:
        """Cancel what is open."""
        waiting = Waiting(
            self._stop, check_lease=self._records.require_lease, is_killed=lambda: False, patience=self._patience
        )
        sender, last = self._sender(waiting), self._last()
        try:
            for pause in self._patience.pauses():
                if last is None or sender.cancel(last):
                    break
                waiting.pause(pause)
        except (HaltError, UnreadableObjectError, UnusableAccountError) as error:
            self._halted(str(error))
        return KILLED, "the kill switch is on"

    def _wait_while(self, outcome: str, reason: str) -> None:
        """Until it may go on; of a halted one, also until the kill switch is thrown; for ever once the feed is over."""
        self._emit(events.Waiting(reason=reason))
        while True:
            if self._stop:
                raise StoppedError(self._stop.reason)
            self._records.require_lease()
            killed = outcome != ENDED and self._records.is_killed()
            if killed != (outcome == KILLED) or (outcome == HALTED and self._records.halted() is None):
                return
            self._stop.pause(self._patience.poll)

    def _sender(self, waiting: Waiting) -> Sender:
        return Sender(
            self._broker,
            self._records,
            waiting,
            now=self._feed.now,
            most=self._settings.limits.day_orders,
            emit=self._emit,
        )
