"""Orders, what a broker says of them, and what is recorded of both."""

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

from fleet import keys
from fleet.canonical import canonical
from fleet.traders.stored import Stored

ENTER, EXIT, PROTECT = "enter", "exit", "protect"
"""What an order is for.

ENTER and EXIT: market on close.  PROTECT: a stop, a target, or both of which the first one reached cancels the other
(OCO), good during the session.
"""

ACCEPTED, FILLED, REJECTED, CANCELLED, EXPIRED = "accepted", "filled", "rejected", "cancelled", "expired"
"""What a broker says of an order."""

RECORDED, LAPSED = "recorded", "lapsed"
"""Nothing is known of it at the broker as yet; its session was over before it reached the broker."""

FINAL = frozenset({FILLED, REJECTED, CANCELLED, EXPIRED, LAPSED})


@dataclass(frozen=True, kw_only=True)
class Exits:
    """How a position is left before a signal says so: fractions of the price of its entry, and days after it."""

    stop: float | None = None
    target: float | None = None
    holding: int | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """
    Attributes:
        id: By which broker and bucket know it: ``order_id``.
        symbol: What is traded.
        session: The trading day that it is for.
        intent: ENTER, EXIT or PROTECT.
        shares: Positive to buy, negative to sell.
        reason: Why, of an EXIT: "signal", "time", or "ruin" where nothing is left of the account.
        exits: Of an ENTER, those of the position.
        stop, target: Of a PROTECT, dollars.
    """

    id: str
    symbol: str
    session: date
    intent: str
    shares: int
    reason: str = "signal"
    exits: Exits = field(default_factory=Exits)
    stop: float | None = None
    target: float | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a broker says of an order.

    Attributes:
        id: The order's.
        state: ACCEPTED, FILLED, REJECTED, CANCELLED or EXPIRED.
        shares: Filled so far, positive if bought; some may be filled of an order that was cancelled or has expired.
        price: At which, on average, dollars; None where nothing is filled.
        cost: Of these fills, dollars.
        reason: Why a position was left, of a PROTECT: "stop" or "target"; of others as the order has it.
        text: What the broker says of it, in its words.
        ambiguous: Whether the day's bar does not tell whether the stop or the target came first.
    """

    id: str
    state: str
    shares: int = 0
    price: float | None = None
    cost: float = 0.0
    reason: str = ""
    text: str = ""
    ambiguous: bool = False


@dataclass(frozen=True, kw_only=True)
class OrderRecord(Stored):
    """An order in the bucket.

    Attributes:
        order: Itself.
        day: At whose close it was decided.
        attempt: From 1; a rejected order gets a new one.
        lease: Number of the lease under which it was recorded.
        report: The last that the broker has said; None before anything is known of it there.
        lapsed: Why it never reached the broker, where that is certain.
    """

    order: Order
    day: date
    attempt: int
    lease: int
    report: Report | None = None
    lapsed: str = ""

    @property
    def state(self) -> str:
        if self.lapsed:
            return LAPSED
        return self.report.state if self.report else RECORDED

    @property
    def is_final(self) -> bool:
        return self.state in FINAL

    def with_report(self, report: Report) -> Self:
        return replace(self, report=report)


def order_id(*, account: str, strategy: str, symbol: str, day: date, intent: str, attempt: int) -> str:
    """The same for the same order, whoever sends it: 128 characters at most, of A-Z a-z 0-9 . _ -

    Args:
        account: The broker's name of it.
        strategy: A digest of the strategy and its parameters.
        symbol: What is traded.
        day: The bar at whose close it was decided.
        intent: ENTER, EXIT or PROTECT.
        attempt: From 1.
    """
    # Account, strategy and symbol are told apart by the digest; account and symbol stand there for who reads it.
    digest = hashlib.sha256(canonical([account, strategy, symbol.upper()]).encode()).hexdigest()[:12]
    shown = re.sub(r"[^A-Za-z0-9._-]", "_", account)[:_SHOWN], keys.history_folder(symbol)[:_SHOWN]
    return f"mc-{shown[0]}-{digest}-{shown[1]}-{day:%Y%m%d}-{intent}-{attempt}"


_SHOWN = 36  # characters of account and symbol each; then an id has 110 at the hundredth attempt
