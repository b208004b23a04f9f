"""What a trader does at the close of a day, so that it can be begun again wherever it was cut off.

Until the record of the day is in the bucket, nothing but questions is asked, and what they find is written down; so
whoever begins again asks again.  With that record the day is decided, for whoever comes later, too.  What follows, the
report, can be written any number of times; sending has rules of its own, in ``trader.sending``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from fleet.canonical import canonical
from fleet.events import Emit
from fleet.traders.days import DayRecord, Standing
from fleet.traders.orders import OrderRecord, Report, order_id
from fleet.traders.settings import TraderSettings
from montecarlo.accounting.broker import Trade
from montecarlo.accounting.rules import Rules
from montecarlo.strategies import Strategy
from trader import limits
from trader.broker import Broker, BrokerError, UnusableAccountError
from trader.comparison import BacktestSoFar, Comparison
from trader.decision import NotTradableError, Signals, decide, signals_of
from trader.errors import HaltError
from trader.events import Decided, Troubled
from trader.market import Day
from trader.notes import not_restated, notes_of, passed_by
from trader.reconciling import reconcile
from trader.records import Records
from trader.sending import Sender
from trader.standing import SplitError, after, still_open, whole
from trader.waiting import Waiting


class Step:
    """
    Args:
        settings: What is traded, and within which limits.
        strategy: That of the settings, with all that it needs at hand.
        rules: Those of the settings.
        bars_per_year: Of the feed.
        broker, records, sender, waiting: Of this trader.
        now: The time at the exchange, in UTC.
        emit: Hears what happens.
    """

    def __init__(
        self,
        settings: TraderSettings,
        strategy: Strategy,
        rules: Rules,
        *,
        bars_per_year: int,
        broker: Broker,
        records: Records,
        sender: Sender,
        waiting: Waiting,
        now: Callable[[], datetime],
        emit: Emit,
    ) -> None:
        self._settings, self._strategy, self._rules, self._bars_per_year = settings, strategy, rules, bars_per_year
        self._broker, self._records, self._sender = broker, records, sender
        self._waiting, self._now, self._emit = waiting, now, emit
        self._comparison = Comparison(rules, bars_per_year=bars_per_year)
        self._digest = canonical([strategy.to_dict(), rules.shares])

    def decide(self, before: DayRecord | None, day: Day, first: date, earlier: DayRecord | None = None) -> DayRecord:
        """Take what the session has done to the account, and decide what the next one is to do.

        Args:
            before: What was decided the day before; None on the first day.
            day: That is over.
            first: The trader's first day.
            earlier: What was decided the day before that; None on its first two days.

        Raises:
            HaltError: see ``trader.errors``.
            UnusableAccountError, StoppedError, KilledError, LeaseLostError, BucketError
        """
        self._waiting.check()
        if before and earlier and (problem := changed(earlier, before, day)) and not self._records.was_lifted(problem):
            raise HaltError(f"{problem}: {_AFTER_A_CHANGE}")
        session = self._session(before, day)
        expected = session.standing.shares, session.concluded
        # Of a day that is caught up with, a later split may be in the broker's account already; nothing is sent for the
        # session that follows it, because that is over, too, and the day after is compared again.
        is_last = day.next is None or self._now() <= day.next.closes
        if is_last and (found := reconcile(self._broker, self._waiting, lambda: expected, self._emit)):
            raise HaltError(f"after the close of {day.day}, {found}")
        backtest = self._backtest(session, first)
        record = self._records.add_day(self._record(before, session, backtest))
        self._emit(
            Decided(
                day=record.day,
                number=record.number,
                close=record.close,
                shares=record.standing.shares,
                equity=record.equity,
                backtest_shares=record.backtest_shares,
                backtest_equity=record.backtest_equity,
                orders=tuple(f"{each.intent} {each.shares:+d}" for each in record.orders),
                notes=record.notes,
            )
        )
        self._publish(record, session, backtest, first)
        return record

    def publish(self, before: DayRecord | None, record: DayRecord, day: Day, first: date) -> None:
        """Write the report of a day that is decided once more: whoever decided it may not have come to that."""
        session = self._session(before, day)
        self._publish(record, session, self._backtest(session, first), first)

    # What the session did

    def _session(self, before: DayRecord | None, day: Day) -> "_Session":
        closed = self._settled(day)
        concluded = self._sender.concluded(before, day.split) if before else []
        signals = signals_of(self._strategy, day.bars)
        if before is None:
            return _Session(day, signals, 0, int(self._rules.shares or 0), Standing(cash=self._rules.capital))
        try:
            account = after(
                before.standing,
                concluded,
                number=before.number + 1,
                close=float(day.bars.close[-1]),
                idle=self._rules.idle_growth(self._bars_per_year),
                split=day.split,
                closed=closed,
                entries=signals.entries,
            )
            lot = whole(before.lot, day.split)
        except SplitError as error:
            raise HaltError(str(error)) from error
        return _Session(
            day, signals, before.number + 1, lot, account.standing, account.trades, tuple(concluded), closed
        )

    def _settled(self, day: Day) -> Report | None:
        for pause in self._waiting.patience.pauses():
            try:
                return self._broker.settle(day)
            except UnusableAccountError:
                raise
            except BrokerError as error:
                self._emit(Troubled(reason=str(error), pause_seconds=pause))
            self._waiting.pause(pause)
        raise AssertionError("pauses do not end")

    # What is decided

    def _record(self, before: DayRecord | None, session: "_Session", backtest: BacktestSoFar) -> DayRecord:
        day = session.day
        try:
            decision = decide(
                session.signals,
                session.standing,
                shares=session.lot,
                number=session.number,
                takes_both=self._broker.takes_both,
            )
        except NotTradableError as error:
            raise HaltError(str(error)) from error
        close = float(day.bars.close[-1])
        equity = decision.standing.worth(close)
        highest = max(equity, before.highest) if before else equity
        orders = tuple(
            each.order(id=self._id(day.day, each.intent), symbol=self._settings.job.symbol, session=day.next.day)
            for each in decision.orders
            if day.next is not None
        )
        held_back = limits.breach(
            self._settings.limits,
            orders,
            close=close,
            now=limits.Worth(equity, highest),
            before=limits.Worth(before.equity, before.highest) if before else None,
        )
        halt = f"{day.day}: {held_back}" if held_back else ""
        return DayRecord(
            day=day.day,
            number=session.number,
            lease=self._records.lease,
            close=close,
            split=day.split,
            standing=decision.standing,
            session=day.next.day if day.next else None,
            orders=() if halt else orders,
            lot=session.lot,
            equity=equity,
            highest=highest,
            backtest_shares=backtest.shares,
            backtest_equity=backtest.equity,
            notes=tuple(_notes(before, session, halt)),
            halt=halt,
        )

    def _id(self, day: date, intent: str) -> str:
        return order_id(
            account=self._broker.account,
            strategy=self._digest,
            symbol=self._settings.job.symbol,
            day=day,
            intent=intent,
            attempt=1,
        )

    def _backtest(self, session: "_Session", first: date) -> BacktestSoFar:
        return self._comparison.until(session.day, session.signals, first=first, shares=session.lot)

    # What is reported

    def _publish(self, record: DayRecord, session: "_Session", backtest: BacktestSoFar, first: date) -> None:
        sent = [each for each in session.concluded if not each.lapsed]
        fills = sum(1 for each in sent if each.report and each.report.shares)
        self._records.write_report(record, orders=len(sent), fills=fills)
        days = session.day.dates[session.day.dates >= np.datetime64(first, "D")]
        today = [*session.trades, *still_open(record.standing, number=record.number, close=record.close)]
        self._records.write_trades(record.day, today, self._decided(record, days))
        self._records.write_backtest_trades(backtest.trades, days)

    def _decided(self, record: DayRecord, days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
        """The trader's days until this one, by whose numbers its round trips go.

        Args:
            record: Of the last.
            days: The feed's, which are the same unless a bar came later than the next one, or is there no more.
        """
        if len(days) == record.number + 1:
            return days
        decided = self._records.days()[: record.number + 1]
        if not decided or decided[-1] != record.day:
            raise HaltError(
                f"{record.day} is day {record.number}, and records of days before it are gone: put them back"
            )
        return np.array(decided, "datetime64[D]")


@dataclass(frozen=True)
class _Session:
    """What a session that is over has done to the account.

    Attributes:
        day: Its bar, with all before.
        signals: Of the strategy, at all closes until then.
        number: Days after the trader's first.
        lot: Shares of a whole position.
        standing: The account at the close.
        trades: Round trips that ended.
        concluded: All orders for it, with what became of them.
        closed: What the broker itself has closed.
    """

    day: Day
    signals: Signals
    number: int
    lot: int
    standing: Standing
    trades: tuple[Trade, ...] = ()
    concluded: tuple[OrderRecord, ...] = ()
    closed: Report | None = None


def changed(earlier: DayRecord, before: DayRecord, day: Day) -> str:
    """That the feed tells of another move on the last day that was decided than it did then; empty where it does not.

    What a dividend does to adjusted prices is smaller.  A split that the feed heard of too late would leave the trader
    with as many shares as before, for good.
    """
    days = np.array([earlier.day, before.day], "datetime64[D]")
    found = np.searchsorted(day.dates, days)  # neither is after the last
    if not np.array_equal(day.dates[found], days):
        return ""
    told = before.close * before.split / earlier.close
    told_now = float(day.bars.close[found[1]] / day.bars.close[found[0]])
    if 1 / _MOST_OF_A_DIVIDEND < told_now / told < _MOST_OF_A_DIVIDEND:
        return ""
    return f"the feed tells otherwise of {before.day} than when it was decided, as of a split that it had not heard of"


_MOST_OF_A_DIVIDEND = 1.2
_AFTER_A_CHANGE = (
    "where there was one, begin again with another trader, because the shares of this one are those of before; "
    "otherwise lift the halt"
)


def _notes(before: DayRecord | None, session: _Session, halt: str) -> list[str]:
    day, closed = session.day, session.closed
    low, high = float(day.bars.low[-1]), float(day.bars.high[-1])
    notes = [*notes_of(session.concluded), *passed_by(session.concluded, low, high, day.split)]
    if before and before.session != day.day:
        notes.append(f"the session that was expected was that of {before.session}")
    if day.split != 1:
        notes += [f"split {day.split:g} for 1", *not_restated(session.concluded, day.split)]
    if closed:
        notes.append(f"the broker has closed {-closed.shares} shares, because nothing was left of the account")
    return [*notes, halt] if halt else notes
