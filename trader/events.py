"""What happens to a trader, as values: the loop tells them, and the log and the command each listen."""

import logging
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from fleet.events import Event


@dataclass(frozen=True, kw_only=True)
class Started(Event):
    """The trader has its lease and begins.

    Attributes:
        trader: Its name.
        holder: Who the process is.
        lease: The number of its lease.
        feed, broker, account: Where bars come from, where orders go.
        symbol, strategy: What is traded, and by which rule.
        version: Of the program.
    """

    trader: str
    holder: str
    lease: int
    feed: str
    broker: str
    account: str
    symbol: str
    strategy: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Waiting(Event):
    """It does nothing until something is over, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Decided(Event):
    """A day is over, and recorded.

    Attributes:
        day, number: The bar, and how many days it is after the trader's first.
        close: The bar's, dollars.
        shares, equity: On paper, after the day's fills; dollars.
        backtest_shares, backtest_equity: Of the backtest.
        orders: What is to be sent, "enter 100" and the like.
        notes: What a person should know.
    """

    day: date
    number: int
    close: float
    shares: int
    equity: float
    backtest_shares: float
    backtest_equity: float
    orders: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OrderEvent(Event):
    """Something about an order.

    Attributes:
        order: Its id.
        intent: "enter", "exit" or "protect".
        shares: Positive to buy.
        session: The trading day that it is for.
        attempt: From 1.
    """

    order: str
    intent: str
    shares: int
    session: date
    attempt: int


@dataclass(frozen=True, kw_only=True)
class Sending(OrderEvent):
    """It goes to the broker; ``again`` is true where it may have got there before under the same id."""

    again: bool


@dataclass(frozen=True, kw_only=True)
class Reported(OrderEvent):
    """The broker says something new of it.

    Attributes:
        state: As ``fleet.traders.orders`` has it.
        filled: Shares so far.
        price: Of them, on average, dollars; None where there are none.
        text: The broker's words.
    """

    state: str
    filled: int
    price: float | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Lapsed(OrderEvent):
    """It never reached the broker, and why."""

    level: ClassVar[int] = logging.WARNING

    reason: str


@dataclass(frozen=True, kw_only=True)
class Troubled(Event):
    """Feed, broker or bucket do not answer as they should; it is tried again after a pause."""

    level: ClassVar[int] = logging.WARNING

    reason: str
    pause_seconds: float


@dataclass(frozen=True, kw_only=True)
class Halted(Event):
    """The trader trades no more until a person lifts it, and why."""

    level: ClassVar[int] = logging.ERROR

    reason: str


@dataclass(frozen=True, kw_only=True)
class Killed(Event):
    """The kill switch was thrown: open orders are cancelled, none is sent."""

    level: ClassVar[int] = logging.WARNING

    reason: str


@dataclass(frozen=True, kw_only=True)
class Noticed(Event):
    """It was told to end."""

    level: ClassVar[int] = logging.WARNING

    reason: str


@dataclass(frozen=True, kw_only=True)
class Left(Event):
    """It ends, and why."""

    outcome: str
    reason: str
