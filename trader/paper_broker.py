"""A broker of our own: it fills orders as a backtest does, and its account is one object in the bucket."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

from fleet.bucket import Bucket
from fleet.errors import BucketError, MessageError, MissingObjectError
from fleet.traders.days import Standing
from fleet.traders.orders import (
    ACCEPTED,
    CANCELLED,
    ENTER,
    EXIT,
    EXPIRED,
    FILLED,
    PROTECT,
    REJECTED,
    Exits,
    Order,
    Report,
)
from fleet.traders.stored import Stored, read
from montecarlo.accounting.brackets import TARGET, Bar, Bracket
from montecarlo.accounting.broker import RUIN
from montecarlo.accounting.fill_costs import can_pay, cash_with_interest, cost, slippage_of_days
from montecarlo.accounting.rules import Rules
from trader.broker import (
    BrokerError,
    BrokerSilentError,
    KnownOrderError,
    OrderRejectedError,
    UnusableAccountError,
)
from trader.market import Day
from trader.standing import SplitError, filled, split_up, whole

KEPT = timedelta(days=10)  # for which orders of sessions that are over are remembered
_ATTEMPTS = 10  # to write what nobody else writes in between


@dataclass(frozen=True, kw_only=True)
class Given:
    """An order, and what has become of it."""

    order: Order
    report: Report


@dataclass(frozen=True, kw_only=True)
class Account(Stored):
    """
    Attributes:
        standing: What it has.
        settled: The last session that it knows to be over; None before the first.
        closed, closed_on: What it closed itself, because nothing was left, and on which day.
        orders: In the order in which they came.
    """

    standing: Standing
    settled: date | None = None
    closed: Report | None = None
    closed_on: date | None = None
    orders: tuple[Given, ...] = ()

    def find(self, id: str) -> Report | None:
        return next((each.report for each in self.orders if each.order.id == id), None)

    def open_orders(self) -> list[Order]:
        return [each.order for each in self.orders if each.report.state == ACCEPTED]

    def with_report(self, report: Report) -> Self:
        orders = (replace(each, report=report) if each.order.id == report.id else each for each in self.orders)
        return replace(self, orders=tuple(orders))


class PaperBroker:
    """An account for one symbol under the rules of a backtest.

    Whoever writes first is right: what another process has written in between is read, and the change made again.
    """

    takes_both = True

    def __init__(
        self, bucket: Bucket, key: str, *, symbol: str, rules: Rules, bars_per_year: int, account: str = "paper"
    ) -> None:
        """
        Args:
            bucket, key: Where the account stands; without an object there, it begins with the capital of the rules.
            symbol: What is traded.
            rules: Money, fills and costs.
            bars_per_year: Of the feed.
            account: Its name, a part of order ids.
        """
        self.account = account
        self._bucket, self._key, self._symbol, self._rules = bucket, key, symbol, rules
        self._idle = rules.idle_growth(bars_per_year)
        self._known: tuple[Account, str | None] | None = None

    def submit(self, order: Order) -> Report:
        report = Report(id=order.id, state=ACCEPTED)

        def take(account: Account) -> Account:
            if account.find(order.id):
                raise KnownOrderError(f"there is an order {order.id} already")
            if problem := self._problem(account, order):
                raise OrderRejectedError(problem)
            return replace(account, orders=(*account.orders, Given(order=order, report=report)))

        self._change(take)
        return report

    def find(self, order: Order) -> Report | None:
        return self._read()[0].find(order.id)

    def cancel(self, order: Order) -> None:
        def cancelled(account: Account) -> Account:
            if order.id not in {each.id for each in account.open_orders()}:
                return account
            return account.with_report(Report(id=order.id, state=CANCELLED, text="cancelled on request"))

        self._change(cancelled)

    def open_orders(self) -> list[Report]:
        return [each.report for each in self._read()[0].orders if each.report.state == ACCEPTED]

    def position(self) -> float:
        return float(self._read()[0].standing.shares)

    def settle(self, day: Day) -> Report | None:
        account = self._change(lambda account: self._settled(account, day))
        return account.closed if account.closed_on == day.day else None

    def _problem(self, account: Account, order: Order) -> str:
        if order.symbol != self._symbol:
            return f"this account trades {self._symbol}, not {order.symbol}"
        if account.settled is not None and order.session <= account.settled:
            return f"the session of {order.session} is over"
        return "" if order.shares else "an order is for one share at least"

    def _read(self) -> tuple[Account, str | None]:
        if self._known is None:
            try:
                content, version = self._bucket.get_versioned(self._key)
                self._known = read(content, Account), version
            except MissingObjectError:
                self._known = Account(standing=Standing(cash=self._rules.capital)), None
            except BucketError as error:
                raise BrokerSilentError(f"the account on paper cannot be read: {error}") from error
            except MessageError as error:
                advice = "put back an older version of the object, or begin again with another trader"
                message = f"{self._key}, the account on paper, cannot be read: {error}; {advice}"
                raise UnusableAccountError(message) from error
        return self._known

    def _change(self, change: Callable[[Account], Account]) -> Account:
        for _ in range(_ATTEMPTS):
            account, version = self._read()
            changed = change(account)
            if changed is account:
                return account
            self._known = None
            try:
                stored = self._bucket.put_instead(self._key, changed.to_json(), version)
            except BucketError as error:
                raise BrokerSilentError(f"whether the account on paper was written is not known: {error}") from error
            if stored is not None:
                self._known = changed, stored
                return changed
        raise BrokerError(f"{self._key} was written by others {_ATTEMPTS} times in between; look for another trader")

    # A session

    def _settled(self, account: Account, day: Day) -> Account:
        """The account after a session; it knows of days in their order."""
        if account.settled is not None and day.day <= account.settled:
            return account
        first = account.settled is None
        try:
            account = _split(replace(account, settled=day.day), day.split)
        except SplitError as error:
            raise UnusableAccountError(str(error)) from error
        if not first:
            cash = cash_with_interest(account.standing.cash, self._idle)
            account = replace(account, standing=replace(account.standing, cash=cash))
        session = _Session(account, day, self._rules)
        session.go()
        return _forget(session.account, day.day - KEPT)


class _Session:
    """What a day does to the orders for it, in the order of ``montecarlo.accounting.broker``."""

    def __init__(self, account: Account, day: Day, rules: Rules) -> None:
        self.account, self.day, self.rules = account, day.day, rules
        self.bar = Bar.of(day.bars, -1)
        self.slippage = float(slippage_of_days(day.bars.close, rules)[-1])

    def go(self) -> None:
        if not self.standing.ruined:
            for order in self._orders(PROTECT):
                self._protect(order)
        self._see_whether_ruined()
        if self.standing.ruined:
            self._close()
        else:
            for order in (*self._orders(EXIT), *self._orders(ENTER)):
                self._at_close(order)
            self._see_whether_ruined()
        for order in self.account.open_orders():
            if order.session <= self.day:
                self._report(Report(id=order.id, state=EXPIRED, text="its session is over"))

    @property
    def standing(self) -> Standing:
        return self.account.standing

    def _orders(self, intent: str) -> list[Order]:
        return [each for each in self.account.open_orders() if each.intent == intent and each.session == self.day]

    def _protect(self, order: Order) -> None:
        if not self.standing.shares:
            return
        bracket = Bracket.at(self.standing.side, order.stop, order.target)
        if reason := bracket.passed_at_open(self.bar.open):
            self._fill(order, self.bar.open, reason)
            return
        stop_first, target_first = bracket.reached(self.bar)
        if reason := stop_first if self.rules.intrabar == "stop-first" else target_first:
            self._fill(order, bracket.price_of(reason), reason, ambiguous=stop_first != target_first)

    def _at_close(self, order: Order) -> None:
        price, shares = self.bar.close, abs(order.shares)
        if order.intent == EXIT and not self.standing.shares:
            self._report(Report(id=order.id, state=CANCELLED, text="there is nothing left to close"))
        elif order.intent == EXIT or can_pay(shares, price, self.standing.cash, self.slippage, self.rules):
            self._fill(order, price, order.reason)
        else:
            text = f"cash of {self.standing.cash:,.2f} cannot pay for {shares:,} shares at {price:,.2f} and the costs"
            self._report(Report(id=order.id, state=REJECTED, text=text))

    def _close(self) -> None:
        """A position of an account of which nothing is left."""
        if self.standing.shares:
            report = self._traded("", -self.standing.shares, self.bar.close, RUIN)
            self.account = replace(self.account, closed=report, closed_on=self.day)

    def _see_whether_ruined(self) -> None:
        if not self.standing.worth(self.bar.close) > 0:
            self.account = replace(self.account, standing=replace(self.standing, ruined=True))

    def _fill(self, order: Order, price: float, reason: str, ambiguous: bool = False) -> None:
        shares = order.shares
        if order.intent != ENTER:  # no more than there is
            shares = -self.standing.side * min(abs(shares), abs(self.standing.shares))
        self._report(replace(self._traded(order.id, shares, price, reason, order.exits), ambiguous=ambiguous))

    def _traded(self, id: str, shares: int, price: float, reason: str, exits: Exits | None = None) -> Report:
        slippage = 0.0 if reason == TARGET else self.slippage
        costs = cost(abs(shares), price, slippage, self.rules)
        report = Report(id=id, state=FILLED, shares=shares, price=price, cost=costs, reason=reason)
        standing, _ = filled(self.standing, report, number=0, reason=reason, exits=exits or Exits())
        self.account = replace(self.account, standing=standing)
        return report

    def _report(self, report: Report) -> None:
        self.account = self.account.with_report(report)


def _split(account: Account, split: float) -> Account:
    """Position and open orders after a split, as exchanges restate them."""
    if split == 1:
        return account
    orders = [_restated(each, split) if each.report.state == ACCEPTED else each for each in account.orders]
    return replace(account, standing=split_up(account.standing, split), orders=tuple(orders))


def _restated(given: Given, split: float) -> Given:
    stop, target = (price and price / split for price in (given.order.stop, given.order.target))
    shares = whole(given.order.shares, split)
    return replace(given, order=replace(given.order, shares=shares, stop=stop, target=target))


def _forget(account: Account, before: date) -> Account:
    """Without the orders of sessions before a day."""
    return replace(account, orders=tuple(each for each in account.orders if each.order.session >= before))
