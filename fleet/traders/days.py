"""What a trader decided at the close of a day, and how its account and the backtest's stood."""

from dataclasses import dataclass, field
from datetime import date

from fleet.traders.orders import Exits, Order
from fleet.traders.stored import Stored


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An account at a close, after that day's fills: all that the next day goes on from.

    Attributes:
        cash: Dollars.
        shares: Held; negative while short.
        entry_day: On which the position began, as days after the trader's first; None without a position.
        entry_price: Dollars, of the fill.
        capital: Cash before it.
        exits: Its stop, its target and its longest holding time.
        ambiguous: Whether it met a bar that does not tell which came first.
        left: The side (1 or -1) of the last position if a stop, a target or the time has ended it, and nothing else was
            wanted since; otherwise 0.  It is not entered again until then.
        due: The side of an entry that the broker could not take beside the exit before it; it is ordered at the next
            close, unless another one is.  Otherwise 0.
        ruined: Whether nothing was left of it.
    """

    cash: float
    shares: int = 0
    entry_day: int | None = None
    entry_price: float | None = None
    capital: float | None = None
    exits: Exits = field(default_factory=Exits)
    ambiguous: bool = False
    left: int = 0
    due: int = 0
    ruined: bool = False

    @property
    def side(self) -> int:
        """1 long, -1 short, 0 without a position."""
        return (self.shares > 0) - (self.shares < 0)

    def worth(self, price: float) -> float:
        """Cash and shares at a price, dollars."""
        return self.cash + self.shares * price if self.shares else self.cash


@dataclass(frozen=True, kw_only=True)
class DayRecord(Stored):
    """
    Attributes:
        day: The bar.
        number: Days after the trader's first, which is 0.
        lease: Number of the lease under which it was decided.
        close: The bar's, dollars.
        split: New shares for an old one since the bar before; 1 on almost all days.
        standing: The account on paper after the close.
        session: The next trading day, for which the orders are; None where there is none.
        orders: What was decided, before limits of attempts: each is sent under its id, again only under the rules of
            ``trader.sending``.
        lot: Shares of a whole position as of this day: those of the rules, times all splits since the first day.
        equity: On paper, dollars.
        highest: The highest equity at a close so far, this one included, dollars.
        backtest_shares, backtest_equity: Of the backtest on the same bars, at the same close.
        notes: What a person should know of the day: an order that was not filled, a session that was missed, a limit
            that held an order back.
        halt: Why the trader halts after it; empty where it goes on.
    """

    day: date
    number: int
    lease: int
    close: float
    split: float
    standing: Standing
    session: date | None
    orders: tuple[Order, ...]
    lot: int
    equity: float
    highest: float
    backtest_shares: float
    backtest_equity: float
    notes: tuple[str, ...] = ()
    halt: str = ""


REPORT_COLUMNS = (
    "date",
    "close",
    "shares",
    "cash",
    "equity",
    "backtest_shares",
    "backtest_equity",
    "orders",
    "fills",
    "note",
)
"""Of ``report/<year>.csv``; numbers have the shortest digits that read back the same, orders and fills are counts."""
