"""A bucket and a broker, and what goes wrong between them and a trader, request by request."""

import copy
import json
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from tests.alpaca_exchange import Account, Exchange, TradingDay, eastern
from tests.alpaca_server import AlpacaServer
from tests.atomic_s3 import AtomicS3, refusal
from tests.http_service import Answer, Request
from tests.trader_soak import faults
from tests.trader_soak.broker import says
from tests.trader_soak.faults import BUCKET, Asked

Choose = Callable[[Asked], str | None]
"""The kind of fault that strikes a request, if any."""

A_REQUEST = timedelta(milliseconds=40)
A_TIME_OUT = timedelta(seconds=20)
OUTAGE_REQUESTS = 4
LATE_REQUESTS, LATE_AT_MOST = (1, 3, 12, 40), timedelta(minutes=10)

EVENING, OVER = time(19, 5), time(23)  # in New York

PAGE = Answer(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", {"Content-Type": "text/html"})


class Killed(BaseException):
    """The process is gone, in the middle of a request: no ``except Exception`` of its own sees it."""


class LostError(Exception):
    """No answer comes; ``refused`` says that there was nobody to connect to."""

    def __init__(self, *, refused: bool) -> None:
        super().__init__()
        self.refused = refused


@dataclass(frozen=True)
class Sent:
    """An order as it reached the broker.

    Attributes:
        id: The client's.
        at: When.
        recorded: Whether the bucket had a record of it.
        taken: Whether the broker took it as a new one.
    """

    id: str
    at: datetime
    recorded: bool
    taken: bool


@dataclass(frozen=True)
class Late:
    """A request that nobody waits for any more.

    Attributes:
        number: It arrives before the request of this number.
        until: Or at this time, if that is earlier: nothing on the way keeps it for longer.
        do: It.
    """

    number: int
    until: datetime
    do: Callable[[], object]


class World:
    """
    Args:
        server: Of the broker.
        choose: Which fault strikes.

    Attributes:
        exchange: Where time passes.
        s3: The bucket's service.
        asked: Each request, in order.
        struck: How often each kind of fault did.
        sent: Each order that reached the broker.
        forgotten: Ids of orders that the broker forgot.
        effects: Of each day and order that was recorded, and each order that was taken, the thread that asked for it.
        gate: Passed by each request on its way there and on its way back; may keep it waiting.
    """

    def __init__(self, server: AlpacaServer, choose: Choose = lambda _: None) -> None:
        self.server, self.exchange, self.s3 = server, server.exchange, AtomicS3()
        self.choose = choose
        self.asked: list[Asked] = []
        self.struck: Counter[str] = Counter()
        self.sent: list[Sent] = []
        self.forgotten: list[str] = []
        self.effects: list[str] = []
        self.gate: Callable[[Request], object] = lambda _: None
        self._late: list[Late] = []
        self._down: dict[str, int] = {}  # until which request a service takes no connection
        self._before: list[Account] = []  # the account as it was
        self._lock = threading.RLock()
        days = self.exchange.days
        self._bells = sorted(when for day in days for when in (day.opens, day.closes))
        evenings = [eastern(day.day, EVENING) for day in days]
        self._worth_a_look = sorted(when + timedelta(minutes=1) for when in (*self._bells, *evenings))
        self._over = eastern(traded_days(self.exchange)[-1].day, OVER)

    def carry(self, service: str, request: Request) -> Answer:
        """What is said to a request, after whatever strikes it.

        Raises:
            LostError, Killed
        """
        self.gate(request)
        try:
            return self._carry(service, request)
        finally:
            self.gate(request)

    def _carry(self, service: str, request: Request) -> Answer:
        with self._lock:
            self.pass_time(A_REQUEST)
            asked = self._note(service, request)
            self._arrive_late(lambda late: late.number <= asked.number)
            if asked.number < self._down.get(service, 0):
                raise LostError(refused=True)
            kind = self.choose(asked)
            if kind is None or not self._strikes(kind, asked):
                return self._do(service, request)
            self.struck[kind] += 1
            return self._with(kind, asked, request)

    def pass_time(self, by: timedelta) -> None:
        """At the exchange."""
        with self._lock:
            now, to = self.exchange.now, self.exchange.now + by
            self._arrive_late(lambda late: late.until <= to)
            if bisect_right(self._bells, now) == bisect_right(self._bells, to):
                self.exchange.now = to
            else:
                self._remember()
                self.exchange.advance(to)

    def pass_until_something_happens(self) -> None:
        """To a minute after an open or a close, or after the time from which bars and orders for the next close are."""
        with self._lock:
            self.pass_time(self._worth_a_look[bisect_right(self._worth_a_look, self.exchange.now)] - self.exchange.now)

    def now(self) -> datetime:
        return self.exchange.now

    def elapsed(self) -> float:
        """Seconds."""
        return self.exchange.now.timestamp()

    @property
    def over(self) -> bool:
        """Whether the evening of the last day that has a bar is."""
        return self.left <= timedelta()

    @property
    def left(self) -> timedelta:
        """Until then."""
        return self._over - self.exchange.now

    def _note(self, service: str, request: Request) -> Asked:
        headers = {name.lower() for name in request.headers}
        conditional = request.method == "PUT" and bool(headers & {"if-match", "if-none-match"})
        asked = Asked(len(self.asked), service, request.method, request.path, conditional)
        self.asked.append(asked)
        return asked

    def _strikes(self, kind: str, asked: Asked) -> bool:
        """Whether there is anything that it can do now."""
        if not faults.may_strike(kind, asked):
            return False
        if kind == faults.STALE:
            return bool(self._before)
        if kind == faults.FORGETS_OPEN:
            return self._forgettable(filled=False) is not None
        if kind == faults.FORGETS_FILLED:
            return self._forgettable(filled=True) is not None
        return True

    def _with(self, kind: str, asked: Asked, request: Request) -> Answer:
        service = asked.service
        match kind:
            case faults.KILL_BEFORE:
                raise Killed
            case faults.KILL_AFTER:
                self._do(service, request)
                raise Killed
            case faults.DROPPED:
                self._time_out()
            case faults.ANSWER_LOST:
                self._do(service, request)
                self._time_out()
            case faults.LATE:
                behind = LATE_REQUESTS[asked.number % len(LATE_REQUESTS)]
                until = self.exchange.now + LATE_AT_MOST
                self._late.append(Late(asked.number + behind, until, lambda: self._do(service, request)))
                self._time_out()
            case faults.TWICE:
                self._do(service, request)
            case faults.OUTAGE:
                self._down[service] = asked.number + OUTAGE_REQUESTS
                raise LostError(refused=True)
            case faults.CONFLICT:
                return refusal(409)
            case faults.ERROR:
                return self._error(service, (500, 503, 429)[asked.number % 3])
            case faults.ERROR_BUT_DONE:
                self._do(service, request)
                return self._error(service, (500, 504)[asked.number % 2])
            case faults.GARBAGE:
                answer = self._do(service, request)
                return PAGE if asked.number % 2 else replace(answer, body=answer.body[: len(answer.body) // 2])
            case faults.STALE:
                return self._stale(request, asked.number)
            case faults.FORGETS_OPEN | faults.FORGETS_FILLED:
                forgotten = self._forgettable(filled=kind == faults.FORGETS_FILLED)
                assert forgotten is not None
                self.exchange.account.forget(forgotten)
                self.forgotten.append(forgotten)
            case faults.REJECTS:
                return _json(403, {"code": 40310000, "message": "account is restricted, says a test"})
            case faults.REJECTS_LATER:
                answer = self._do(service, request)
                if order := self.exchange.account.find(_client_order_id(request)):
                    order.status, order.ended = "rejected", self.exchange.now
                return answer
            case faults.FILLS_IN_PART:
                answer = self._do(service, request)
                if order := self.exchange.account.find(_client_order_id(request)):
                    days = self.exchange.days
                    self.exchange.days = tuple(
                        replace(day, fills=0.5) if day.day == order.session else day for day in days
                    )
                return answer
        return self._do(service, request)

    def _do(self, service: str, request: Request) -> Answer:
        if service == BUCKET:
            answer = self.s3.answer(request)
            if (
                request.method == "PUT"
                and answer.status == 200
                and ("/days/" in request.path or "/orders/" in request.path)
            ):
                self._effect()
            return answer
        changes = request.method in {"POST", "DELETE"}
        if changes:
            self._remember()
        if not (changes and request.method == "POST"):
            return says(self.server, request)
        name = _client_order_id(request)
        recorded = any(key.endswith(f"/{name}.json") for key in self.s3.objects(BUCKET))
        before = len(self.exchange.account.orders)
        answer = says(self.server, request)
        taken = len(self.exchange.account.orders) > before
        self.sent.append(Sent(name, self.exchange.now, recorded, taken))
        if taken:
            self._effect()
        return answer

    def _effect(self) -> None:
        self.effects.append(threading.current_thread().name)

    def _arrive_late(self, is_due: "Callable[[Late], bool]") -> None:
        due = [late for late in self._late if is_due(late)]
        self._late = [late for late in self._late if late not in due]
        for late in due:
            late.do()

    def _time_out(self) -> None:
        self.pass_time(A_TIME_OUT)
        raise LostError(refused=False)

    def _remember(self) -> None:
        self._before = [*self._before[-2:], copy.deepcopy(self.exchange.account)]

    def _stale(self, request: Request, number: int) -> Answer:
        account = self.exchange.account
        self.exchange.account = copy.deepcopy(self._before[-1 - number % len(self._before)])
        try:
            return says(self.server, request)
        finally:
            self.exchange.account = account

    def _forgettable(self, *, filled: bool) -> str | None:
        """The newest order of the client's that is open, or filled."""
        for order in reversed(self.exchange.account.orders.values()):
            if order.status == "filled" if filled else order.is_open:
                return order.client_order_id
        return None

    def _error(self, service: str, status: int) -> Answer:
        if service == BUCKET:
            return refusal(503 if status in (429, 503) else 500)
        return _json(status, {"code": 50010000, "message": "internal server error occurred"})


def traded_days(exchange: Exchange) -> list[TradingDay]:
    """Those whose bars are known; what comes after them is in the calendar alone."""
    return [day for day in exchange.days if day.bar is not None]


def _client_order_id(request: Request) -> str:
    return str(json.loads(request.body).get("client_order_id", ""))


def _json(status: int, body: object) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
