"""An exchange in memory that is feed and broker, on a clock that moves only while somebody waits.

It does right, unless it is told what to do wrong with the next requests of a kind.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from fleet.traders.orders import (
    ACCEPTED,
    CANCELLED,
    ENTER,
    EXPIRED,
    FILLED,
    PROTECT,
    REJECTED,
    Order,
    Report,
)
from montecarlo.data.bars import Bars
from trader.broker import BrokerError, BrokerSilentError, KnownOrderError, OrderRejectedError
from trader.market import Day, Session
from trader.stop import Stop

CLOSES, HALF_DAY = time(21), time(18)
LAST_ORDERS = timedelta(minutes=10)

MONDAY = date(2026, 3, 2)


def weekdays(number: int, first: date = MONDAY, holidays: Iterable[date] = ()) -> list[date]:
    found: list[date] = []
    while len(found) < number:
        if first.weekday() < 5 and first not in set(holidays):
            found.append(first)
        first += timedelta(days=1)
    return found


@dataclass(frozen=True)
class Executed:
    """What really happened to an account."""

    id: str
    session: date
    shares: int
    price: float


@dataclass(eq=False)
class Exchange:
    """
    Attributes:
        closes: As they were paid, day by day.
        dates: Of the sessions.
        lows: As they were paid; those of the closes where nothing else is said.
        splits: New shares for an old one, by the day on which it counts.
        half_days: On which it closes early.
        fills: Shares that are filled at most, by session.
        poor: Sessions in which cash pays for nothing.
        missing: Sessions whose bars do not come.
        bar_comes: After the close.
        takes_orders: After the close before.
    """

    closes: list[float]
    dates: list[date] = field(default_factory=list)
    lows: Mapping[int, float] = field(default_factory=dict)
    splits: Mapping[date, float] = field(default_factory=dict)
    half_days: set[date] = field(default_factory=set)
    fills: Mapping[date, int] = field(default_factory=dict)
    poor: set[date] = field(default_factory=set)
    missing: set[date] = field(default_factory=set)
    bar_comes: timedelta = timedelta(minutes=1)
    takes_orders: timedelta = timedelta(0)
    takes_both: bool = True

    account = "in-memory"
    symbol = "X"
    bars_per_year = 252

    def __post_init__(self) -> None:
        self.dates = self.dates or weekdays(len(self.closes))
        self.time = self.session(0).closes + self.bar_comes
        self.held = 0
        self.orders: dict[str, tuple[Order, Report]] = {}
        self.executed: list[Executed] = []
        self.asked: list[str] = []
        self.script: dict[str, deque[Callable[[Callable[[], object]], object]]] = defaultdict(deque)
        self.before_each: Callable[[], object] = lambda: None
        self.on_their_way: list[tuple[datetime, Callable[[], object]]] = []

    def will(self, what: str, *wrong: Callable[[Callable[[], object]], object]) -> None:
        """Do wrong with the next requests of a kind."""
        self.script[what].extend(wrong)

    # Time

    def session(self, number: int) -> Session:
        day = self.dates[number]
        closes = datetime.combine(day, HALF_DAY if day in self.half_days else CLOSES, UTC)
        before = self.session(number - 1).closes if number else closes
        return Session(day, closes, closes - LAST_ORDERS, before + self.takes_orders)

    def advance(self, seconds: float) -> None:
        until = self.time + timedelta(seconds=seconds)
        for at, do in sorted(self.on_their_way, key=lambda each: each[0]):
            if at <= until:
                self.on_their_way = [each for each in self.on_their_way if each[1] is not do]
                self.advance((max(at, self.time) - self.time).total_seconds())
                with suppress(BrokerError):
                    do()
        for number in range(1, len(self.dates)):
            if self.time < (closes := self.session(number).closes) <= until:
                self.time = closes
                self._close(number)
        self.time = until

    def advance_to(self, number: int, *, before_close: timedelta) -> None:
        """Until so long before the close of a session."""
        self.advance((self.session(number).closes - before_close - self.time).total_seconds())

    # The feed

    def now(self) -> datetime:
        return self.time

    def after(self, day: date | None) -> Day | None:
        number = next((n for n, each in enumerate(self.dates) if day is None or each > day), None)
        if (
            number is None
            or self.time < self.session(number).closes + self.bar_comes
            or self.dates[number] in self.missing
        ):
            return None
        stop = number + 1
        later = np.array([self.splits.get(each, 1.0) for each in self.dates[1:stop]] + [1.0])
        closes = np.array(self.closes[:stop]) / np.cumprod(later[::-1])[::-1]
        lows = closes * [self.lows.get(n, self.closes[n]) / self.closes[n] for n in range(stop)]
        return Day(
            day=self.dates[number],
            dates=np.array(self.dates[:stop], "datetime64[D]"),
            bars=Bars(closes, closes, lows, closes),
            split=self.splits.get(self.dates[number], 1.0) if number else 1.0,
            next=self.session(stop) if stop < len(self.dates) else None,
        )

    @property
    def ended(self) -> bool:
        return self.time >= self.session(len(self.dates) - 1).closes + self.bar_comes

    def late(self, day: date) -> int:
        over = [each for n, each in enumerate(self.dates) if self.session(n).closes + self.bar_comes <= self.time]
        return sum(each > day for each in over)

    # The broker

    def submit(self, order: Order) -> Report:
        return self._do("submit", lambda: self._submit(order))

    def find(self, order: Order) -> Report | None:
        return self._do("find", lambda: self.orders[order.id][1] if order.id in self.orders else None)

    def cancel(self, order: Order) -> None:
        self._do("cancel", lambda: self._cancel(order))

    def open_orders(self) -> list[Report]:
        return self._do("open_orders", lambda: [told for _, told in self.orders.values() if told.state == ACCEPTED])

    def position(self) -> float:
        return self._do("position", lambda: float(self.held))

    def settle(self, day: Day) -> None:
        pass

    def arrives_late(self, do: Callable[[], object], hours: float) -> None:
        """A request that is on its way for so long."""
        self.on_their_way.append((self.time + timedelta(hours=hours), do))

    def _do(self, what: str, do: Callable[[], object]):
        self.before_each()
        self.asked.append(what)
        wrong = self.script[what].popleft() if self.script[what] else None
        answer = wrong(do) if wrong else do()
        self.before_each()
        return answer

    def _submit(self, order: Order) -> Report:
        if order.id in self.orders:
            raise KnownOrderError(f"client_order_id {order.id} must be unique")
        session = self.session(self.dates.index(order.session))
        if session.first_orders is not None and self.time < session.first_orders:
            raise OrderRejectedError("no orders are taken yet")
        if self.time > (session.closes if order.intent == PROTECT else session.last_orders):
            raise OrderRejectedError("the session is over")
        return self._report(order, Report(id=order.id, state=ACCEPTED))

    def _cancel(self, order: Order) -> None:
        if order.id not in self.orders:
            raise BrokerError("there is no such order")
        if self.orders[order.id][1].state == ACCEPTED:
            self._report(order, replace(self.orders[order.id][1], state=CANCELLED))

    def _report(self, order: Order, report: Report) -> Report:
        self.orders[order.id] = order, report
        return report

    def _close(self, number: int) -> None:
        session, price = self.dates[number], self.closes[number]
        self.held = round(self.held * self.splits.get(session, 1.0))
        for order, report in list(self.orders.values()):
            if report.state != ACCEPTED or order.session != session:
                continue
            if order.intent == PROTECT:
                reached = order.stop is not None and self.lows.get(number, price) <= order.stop and self.held
                if reached:
                    self._fill(order, order.shares, order.stop, "stop")
                else:
                    self._report(order, replace(report, state=EXPIRED))
            elif order.intent == ENTER and session in self.poor:
                self._report(order, Report(id=order.id, state=REJECTED, text="insufficient buying power"))
            elif order.intent != ENTER and not self.held:
                self._report(order, replace(report, state=CANCELLED))
            else:
                most = self.fills.get(session, abs(order.shares))
                self._fill(order, int(np.sign(order.shares)) * min(most, abs(order.shares)), price, order.reason)

    def _fill(self, order: Order, shares: int, price: float, reason: str) -> None:
        state = FILLED if shares == order.shares else EXPIRED
        self._report(
            order, Report(id=order.id, state=state, shares=shares, price=price if shares else None, reason=reason)
        )
        self.held += shares
        self.executed.append(Executed(order.id, order.session, shares, price))


class Clockwork(Stop):
    """Waits by the clock of an exchange, and is told to end at a time, if at any."""

    def __init__(self, exchange: Exchange, until: datetime | None = None) -> None:
        super().__init__()
        self._exchange, self._until = exchange, until

    def pause(self, seconds: float) -> None:
        if self._until is not None:
            seconds = min(seconds, (self._until - self._exchange.time).total_seconds())
        self._exchange.advance(max(seconds, 0))
        if self._until is not None and self._exchange.time >= self._until:
            self.request("SIGTERM was received")


# What can be wrong with a request


def lost(do: Callable[[], object]) -> object:
    """It does not arrive, and nobody knows."""
    raise BrokerSilentError("no answer came")


def unanswered(do: Callable[[], object]) -> object:
    """It has its effect, and the answer is lost."""
    do()
    raise BrokerSilentError("no answer came")


def doubled(do: Callable[[], object]) -> object:
    """It arrives twice, and the second answer is the one that comes back."""
    do()
    return do()


def refused(do: Callable[[], object]) -> object:
    raise OrderRejectedError("not now")


def out_of_order(do: Callable[[], object]) -> object:
    raise BrokerError("the service is out of order")


def unknown(do: Callable[[], object]) -> object:
    """An old answer, or a broker that has forgotten."""
    return None
