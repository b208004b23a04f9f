"""A stock exchange with one symbol and one account on paper, as Alpaca documents its own; time passes when it is told.

What an order may not be is refused here as Alpaca refuses it.  Where its documentation gives no code or no words, those
here are ours.  https://docs.alpaca.markets/docs/orders-at-alpaca

Everything is plain data: ``copy.deepcopy`` of an account is the account as it was.
"""

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import numpy as np
from alpaca.trading.requests import LimitOrderRequest, MarketOrderRequest, OrderRequest, StopOrderRequest
from pydantic import ValidationError

from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory

EASTERN = ZoneInfo("America/New_York")
OPENS, CLOSES, HALF_DAY = time(9, 30), time(16), time(13)
QUEUED_FROM = time(19)
CUTOFF = timedelta(minutes=10)  # before the close, market-on-close orders are no longer taken
DELAY = timedelta(minutes=15)  # of what everybody may see of the consolidated tape
ID_AT_MOST = 128

OPEN_STATES = {"new", "accepted", "pending_new", "partially_filled", "held", "pending_cancel"}

OWN, BAD_REQUEST, FORBIDDEN = 40010001, 42210000, 40310000
"""Alpaca's codes: of a request, of an order that cannot be, of one that the account does not allow."""


class RefusedError(Exception):
    """Of a request, with the status that it is answered with."""

    def __init__(self, status: int, code: int, message: str, **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, **more}


@dataclass(frozen=True)
class TradingDay:
    """A session of the exchange.

    Attributes:
        day: Its date.
        bar: Open, high, low and close as they were traded, dollars; None where nothing was traded, or nobody knows yet.
        closes_at: Eastern time.
        split: New shares for an old one, before it opens.
        dividend: Dollars a share, whose ex-date it is.
        published: After the close, when its bar is there.  That of an unfinished day is there before that, and is none.
        fills: Which part of what is sent to its closing auction is filled; the rest expires.
    """

    day: date
    bar: tuple[float, float, float, float] | None
    closes_at: time = CLOSES
    split: float = 1.0
    dividend: float = 0.0
    published: timedelta = DELAY
    fills: float = 1.0

    @property
    def opens(self) -> datetime:
        return eastern(self.day, OPENS)

    @property
    def closes(self) -> datetime:
        return eastern(self.day, self.closes_at)

    @property
    def cutoff(self) -> datetime:
        return self.closes - CUTOFF


def eastern(day: date, at: time) -> datetime:
    """A time in New York, in UTC."""
    return datetime.combine(day, at, EASTERN).astimezone(UTC)


@dataclass
class AccountOrder:
    """An order at the broker; of one that cancels another, the target, which has the stop as its leg."""

    id: str
    client_order_id: str
    side: int
    shares: int
    type: str
    time_in_force: str
    order_class: str
    session: date
    status: str
    created: datetime
    limit_price: float | None = None
    stop_price: float | None = None
    legs: "list[AccountOrder]" = field(default_factory=list)
    filled: int = 0
    price: float | None = None
    ended: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATES

    @property
    def left(self) -> int:
        return self.shares - self.filled


@dataclass(frozen=True)
class Execution:
    """What was really traded: shares positive if bought."""

    client_order_id: str
    shares: int
    price: float
    at: datetime


@dataclass
class Account:
    """
    Attributes:
        number: Its name at the broker.
        cash: Dollars.
        shares: Held, negative while short.
        average: Of the price at which they were bought.
        orders: By the broker's own id, the oldest first.
        executions: All of them, in order; nothing that a test does to orders changes them.
    """

    number: str = "PA3TEST00001"
    cash: float = 100_000.0
    shares: int = 0
    average: float = 0.0
    orders: dict[str, AccountOrder] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)

    def find(self, client_order_id: str) -> AccountOrder | None:
        return next((each for each in self.everything() if each.client_order_id == client_order_id), None)

    def everything(self) -> Iterable[AccountOrder]:
        """All orders, legs among them."""
        for order in self.orders.values():
            yield order
            yield from order.legs

    def forget(self, client_order_id: str) -> None:
        """Lose an order, as no broker should."""
        order = self.find(client_order_id)
        assert order is not None, client_order_id
        del self.orders[order.id]


class Exchange:
    """
    Args:
        symbol: The one that is traded.
        days: All sessions, those to come among them, in order.
        now: The time at which it begins.

    Attributes:
        account: May be looked at, changed and replaced.
        shortable: Whether the symbol can be sold short.
        multiplier: Of equity: what may be held at most.
        cancels_on_split: Whether open orders are cancelled when a split comes into effect.
    """

    def __init__(self, symbol: str, days: Sequence[TradingDay], now: datetime) -> None:
        self.symbol, self.days, self.now = symbol, tuple(days), now
        self.account = Account()
        self.shortable, self.multiplier, self.cancels_on_split = True, 2.0, False
        self._count = 0

    # ---- Time ----------------------------------------------------------------------------------------------------

    def advance(self, to: datetime) -> None:
        """Let time pass, with all that happens on the way."""
        assert to >= self.now, f"it is {self.now} already"
        events = [(day.opens, self._open, day) for day in self.days] + [
            (day.closes, self._close, day) for day in self.days
        ]
        for when, happens, day in sorted(
            (each for each in events if self.now < each[0] <= to), key=lambda each: each[0]
        ):
            self.now = when
            happens(day)
        self.now = to

    def advance_to_evening(self, day: date) -> None:
        """Past the time from which orders for the next close are taken."""
        self.advance(eastern(day, time(19, 10)))

    @property
    def today(self) -> date:
        return self.now.astimezone(EASTERN).date()

    def is_open(self) -> bool:
        return any(day.opens <= self.now < day.closes for day in self.days)

    def last_price(self) -> float:
        """The last that was traded."""
        price = 0.0
        for day in self.days:
            if day.bar is not None and day.opens <= self.now:
                price = day.bar[3] if day.closes <= self.now else day.bar[0]
        return price

    def _next_session(self, at: datetime, *, closing: bool) -> TradingDay:
        """That an order of this time is for."""
        for day in self.days:
            if at < (day.cutoff if closing else day.closes):
                return day
        raise RefusedError(422, BAD_REQUEST, "the calendar ends here")

    def _open(self, day: TradingDay) -> None:
        account = self.account
        if day.split != 1.0:
            account.shares = round(account.shares * day.split)
            account.average /= day.split
            for order in account.orders.values():
                if order.is_open and self.cancels_on_split:
                    self._end(order, "canceled")
        for order in self._of(day):
            order.status = "new"
            if order.time_in_force == "day" and day.bar is not None:
                self._touch(order, day.bar[0], day.bar[0], day.bar[0])

    def _close(self, day: TradingDay) -> None:
        for order in self._of(day):
            if order.time_in_force == "day" and day.bar is not None:
                live_all_day = order.created <= day.opens
                low, high = (day.bar[2], day.bar[1]) if live_all_day else (day.bar[3], day.bar[3])
                self._touch(order, low, high, None)
        for order in self._of(day):
            if order.time_in_force == "cls" and day.bar is not None:
                self._fill(order, math.floor(order.left * day.fills), day.bar[3])
        for order in self._of(day):
            self._end(order, "expired")

    def _of(self, day: TradingDay) -> list[AccountOrder]:
        return [each for each in self.account.orders.values() if each.is_open and each.session == day.day]

    # ---- Executions ----------------------------------------------------------------------------------------------

    def _touch(self, order: AccountOrder, low: float, high: float, at_open: float | None) -> None:
        """Fill what these prices reach, the stop before the target."""
        stop = next((each for each in order.legs if each.is_open), order if order.type == "stop" else None)
        target = order if order.type == "limit" else None
        if stop is not None and stop.stop_price is not None:
            reached = low <= stop.stop_price if stop.side < 0 else high >= stop.stop_price
            if reached:
                self._fill(stop, stop.left, at_open or stop.stop_price)
                if stop is not order:
                    self._end(order, "canceled")
                return
        if target is not None and target.limit_price is not None:
            reached = high >= target.limit_price if target.side < 0 else low <= target.limit_price
            if reached:
                self._fill(target, target.left, at_open or target.limit_price)
                for leg in target.legs:
                    self._end(leg, "canceled")

    def _fill(self, order: AccountOrder, shares: int, price: float) -> None:
        if shares <= 0:
            return
        account, signed = self.account, order.side * shares
        before, after = account.shares, account.shares + signed
        if before * signed >= 0:
            account.average = (account.average * abs(before) + price * shares) / abs(after)
        elif before * after < 0:
            account.average = price
        account.cash -= signed * price
        account.shares = after
        order.price = ((order.price or 0.0) * order.filled + price * shares) / (order.filled + shares)
        order.filled += shares
        order.status, order.ended = ("filled", self.now) if order.left == 0 else ("partially_filled", None)
        account.executions.append(Execution(order.client_order_id, signed, price, self.now))

    def _end(self, order: AccountOrder, status: str) -> None:
        for each in (order, *order.legs):
            if each.is_open:
                each.status, each.ended = status, self.now

    # ---- Requests ------------------------------------------------------------------------------------------------

    def submit(self, body: Mapping[str, Any]) -> AccountOrder:
        """Take an order as Alpaca takes it, or refuse it.

        Raises:
            RefusedError
        """
        request = _understood(body)
        account, side = self.account, 1 if request.side == "buy" else -1
        client_order_id = request.client_order_id or self._new_id("client")
        if len(client_order_id) > ID_AT_MOST:
            raise RefusedError(422, OWN, f"client_order_id must be no more than {ID_AT_MOST} characters")
        if account.find(client_order_id) is not None:
            raise RefusedError(422, OWN, "client_order_id must be unique")
        if request.symbol != self.symbol:
            raise RefusedError(422, BAD_REQUEST, f'could not find asset "{request.symbol}"')
        if request.qty is None or request.qty != int(request.qty) or request.qty <= 0:
            raise RefusedError(422, BAD_REQUEST, "qty must be a whole number above 0")
        in_force, order_class = request.time_in_force.value, (request.order_class or "simple")
        order_class = getattr(order_class, "value", order_class)
        limit_price = getattr(request, "limit_price", None)
        stop_price = getattr(request, "stop_price", None)
        if request.take_profit:
            limit_price = request.take_profit.limit_price
        self._check_form(request.type.value, in_force, order_class)
        for name, price in (("limit_price", limit_price), ("stop_price", stop_price)):
            _check_price(name, price)
        session = self._next_session(self.now, closing=in_force == "cls")
        order = AccountOrder(
            id=self._new_id("order"),
            client_order_id=client_order_id,
            side=side,
            shares=int(request.qty),
            type=request.type.value,
            time_in_force=in_force,
            order_class=order_class,
            session=session.day,
            status="new" if self.is_open() else "accepted",
            created=self.now,
            limit_price=limit_price,
            stop_price=stop_price,
        )
        if order_class == "oco":
            order.legs.append(self._stop_leg(order, request))
        self._check_account(order)
        account.orders[order.id] = order
        return order

    def cancel(self, order_id: str) -> None:
        """
        Raises:
            RefusedError
        """
        order = next((each for each in self.account.everything() if each.id == order_id), None)
        if order is None:
            raise RefusedError(404, 40410000, f"order not found for {order_id}")
        if not order.is_open:
            raise RefusedError(422, BAD_REQUEST, f'order is already in "{order.status}" state')
        group = next(each for each in self.account.orders.values() if order is each or order in each.legs)
        self._end(group, "canceled")

    def _check_form(self, kind: str, in_force: str, order_class: str) -> None:
        if order_class not in {"simple", "oco"}:
            raise RefusedError(422, BAD_REQUEST, f"order_class {order_class} is not in this stand-in")
        if order_class == "oco" and (kind != "limit" or in_force not in {"day", "gtc"}):
            raise RefusedError(422, BAD_REQUEST, "oco orders must be limit orders, day or gtc")
        if in_force not in {"day", "cls"}:
            raise RefusedError(422, BAD_REQUEST, f"time_in_force {in_force} is not in this stand-in")
        if in_force == "cls":
            if kind not in {"market", "limit"}:
                raise RefusedError(422, BAD_REQUEST, f"{kind} orders cannot be cls")
            at = self.now.astimezone(EASTERN)
            short = next((day for day in self.days if day.day == at.date()), None)
            cutoff = short.cutoff if short else eastern(at.date(), CLOSES) - CUTOFF
            if cutoff <= self.now < eastern(at.date(), QUEUED_FROM):
                raise RefusedError(422, BAD_REQUEST, "cls orders are not accepted after 3:50pm and before 7:00pm ET")

    def _stop_leg(self, order: AccountOrder, request: OrderRequest) -> AccountOrder:
        assert request.stop_loss is not None
        assert order.limit_price is not None
        stop = request.stop_loss.stop_price
        _check_price("stop_loss.stop_price", stop)
        if request.stop_loss.limit_price is not None:
            raise RefusedError(422, BAD_REQUEST, "a limit of the stop is not in this stand-in")
        if self.account.shares * order.side >= 0:
            raise RefusedError(422, BAD_REQUEST, "oco orders must be exit orders")
        for base in (order.limit_price, self.last_price()):
            if (base - stop) * -order.side < 0.01 - 1e-9:
                raise RefusedError(422, BAD_REQUEST, f"stop_loss.stop_price must be 0.01 from the base price {base}")
        leg = copy.copy(order)
        leg.id, leg.client_order_id = self._new_id("order"), self._new_id("client")
        leg.type, leg.status, leg.limit_price, leg.stop_price, leg.legs = "stop", "held", None, stop, []
        return leg

    def _check_account(self, order: AccountOrder) -> None:
        account = self.account
        others = [each for each in account.orders.values() if each.is_open]
        if any(each.side != order.side for each in others) and order.order_class == "simple":
            raise RefusedError(403, FORBIDDEN, "potential wash trade detected. use complex orders")
        if account.shares * order.side < 0:  # it closes
            held = sum(each.left for each in others if each.side == order.side)
            available = abs(account.shares) - held
            if order.shares > available:
                raise RefusedError(
                    403,
                    FORBIDDEN,
                    f"insufficient qty available for order (requested: {order.shares}, available: {available})",
                    available=str(available),
                    existing_qty=str(account.shares),
                    held_for_orders=str(held),
                    symbol=self.symbol,
                )
            return
        if order.side < 0 and not self.shortable:
            raise RefusedError(422, BAD_REQUEST, f'asset "{self.symbol}" cannot be sold short')
        price = self.last_price()
        cost = order.shares * price * (1.03 if order.side < 0 else 1.0)
        reserved = sum(each.left * price for each in others if account.shares * each.side >= 0)
        power = self.multiplier * self.equity() - abs(account.shares) * price - reserved
        if cost > power:
            raise RefusedError(
                403, FORBIDDEN, "insufficient buying power", buying_power=f"{power:.2f}", cost_basis=f"{cost:.2f}"
            )

    def equity(self) -> float:
        return self.account.cash + self.account.shares * self.last_price()

    def _new_id(self, kind: str) -> str:
        self._count += 1
        return str(uuid5(NAMESPACE_URL, f"{self.account.number}/{kind}/{self._count}"))

    # ---- Bars ----------------------------------------------------------------------------------------------------

    def bars(self, first: date, last: date, adjustment: str) -> list[dict[str, Any]]:
        """As seen now, in Alpaca's letters; that of an unfinished day among them."""
        found = []
        for number, day in enumerate(self.days):
            if not (first <= day.day <= last) or day.bar is None or day.opens > self.now:
                continue
            finished = self.now >= day.closes + day.published
            if not finished and self.now >= day.closes and day.published > DELAY:
                continue  # late
            prices = day.bar if finished else (day.bar[0],) * 4
            factor = self._factor(number, adjustment)
            o, h, low, c = (
                round(each * factor, 2 if each * factor >= 1 else 4) if factor != 1 else each for each in prices
            )
            start = eastern(day.day, time(0))
            found.append(
                {"t": f"{start:%Y-%m-%dT%H:%M:%SZ}", "o": o, "h": h, "l": low, "c": c, "v": 1e6, "n": 1000, "vw": c}
            )
        return found

    def _factor(self, number: int, adjustment: str) -> float:
        factor = 1.0
        for before, later in zip(self.days[number:], self.days[number + 1 :], strict=False):
            if later.day > self.today:
                break
            if adjustment in {"split", "all"}:
                factor /= later.split
            if adjustment in {"dividend", "all"} and later.dividend and before.bar:
                factor *= 1 - later.dividend / before.bar[3]
        return factor


def _understood(body: Mapping[str, Any]) -> OrderRequest:
    """An order as Alpaca's own package writes it, and nothing else."""
    kinds: dict[Any, type[OrderRequest]] = {
        "market": MarketOrderRequest,
        "limit": LimitOrderRequest,
        "stop": StopOrderRequest,
    }
    kind = kinds.get(body.get("type"))
    if kind is None:
        raise RefusedError(422, OWN, f"invalid order type: {body.get('type')}")
    if not body.get("qty"):
        raise RefusedError(422, OWN, "qty is required")
    try:
        request = kind(**{name: value for name, value in body.items() if name != "type"})
    except (ValidationError, ValueError) as error:
        raise RefusedError(422, OWN, str(error)) from error
    if request.to_request_fields() != dict(body):
        raise RefusedError(422, OWN, f"not as alpaca-py writes it: {body}")
    return request


def _check_price(name: str, price: float | None) -> None:
    decimals = 2 if price is not None and price >= 1 else 4
    if price is not None and (price <= 0 or round(price, decimals) != price):
        message = f"invalid {name} {price}. sub-penny increment does not fulfill minimum pricing criteria"
        raise RefusedError(422, BAD_REQUEST, message)


def days_of(history: PriceHistory, *later: date, **given: Any) -> list[TradingDay]:
    """A history, as if its adjusted prices had been traded, and sessions to come.

    Args:
        history: Its bars, or closes alone where it has no more.
        later: Days of sessions without a bar.
        given: Of TradingDay, by the date of a session as in ISO 8601.
    """
    bars = history.adjusted_bars if history.has_bars else Bars(*[history.closes] * 4)
    prices = [tuple(each.tolist()) for each in np.stack(bars, axis=1)]
    days = {day: TradingDay(day, bar) for day, bar in zip(history.dates.tolist(), prices, strict=True)}
    days |= {day: TradingDay(day, None) for day in later}
    return [replace(day, **given.get(str(day.day), {})) for day in days.values()]
