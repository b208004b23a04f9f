"""What is to be ordered at a close: a function of the bars until then, of the account after that day's fills, and of
nothing else.

It has to order what ``montecarlo.accounting.broker`` does on the day after.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from fleet.traders.days import Standing
from fleet.traders.orders import ENTER, EXIT, PROTECT, Exits, Order
from montecarlo.accounting.brackets import Bracket
from montecarlo.accounting.broker import RUIN, SIGNAL, TIME
from montecarlo.data.bars import Bars
from montecarlo.strategies import Strategy
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES


class NotTradableError(Exception):
    """The strategy asks for what no order on paper can do; the message is for the person."""


@dataclass(frozen=True, eq=False)
class Signals:
    """What a strategy says at each close, arrays of shape (days,).

    Attributes:
        targets: 1, 0 or -1.
        orders: That come with them.
        entries: Whether targets are entries, not positions that are wanted.
    """

    targets: NDArray[np.int8]
    orders: Orders
    entries: bool

    def exits(self) -> Exits:
        """Of a position that is entered by the signal of the last close.

        Raises:
            NotTradableError: it is to be entered by a limit.
        """
        limit, stop, target, holding = (float(each[-1]) for each in self.orders)
        if not math.isnan(limit):
            raise NotTradableError(
                "the strategy enters by a limit order, and on paper entries are market-on-close orders; trade one that "
                "has no entry limit"
            )
        return Exits(stop=_given(stop), target=_given(target), holding=None if math.isnan(holding) else int(holding))


@dataclass(frozen=True, kw_only=True)
class Intended:
    """An order before it has an id, with the attributes of ``fleet.traders.orders.Order``."""

    intent: str
    shares: int
    reason: str = SIGNAL
    exits: Exits = field(default_factory=Exits)
    stop: float | None = None
    target: float | None = None

    def order(self, *, id: str, symbol: str, session: date) -> Order:
        return Order(id=id, symbol=symbol, session=session, **vars(self))


@dataclass(frozen=True, kw_only=True)
class Decision:
    """
    Attributes:
        standing: The account, as it goes on after the signal was heard.
        orders: For the next session; the one that protects before the one that leaves, and the one that enters last.
    """

    standing: Standing
    orders: tuple[Intended, ...]


def signals_of(strategy: Strategy, bars: Bars) -> Signals:
    """What a strategy says at each of these closes, arrays of shape (days,); nothing as long as it cannot decide."""
    entries = strategy.signals == ENTRIES
    if len(bars.close) <= strategy.first_decision:
        return Signals(np.zeros(bars.close.shape, np.int8), Orders.always(bars.close.shape), entries)
    targets, orders = strategy.ordered(Bars(*(each[:, None] for each in bars)))
    return Signals(targets[:, 0], orders.of_path(0), entries)


def decide(signals: Signals, standing: Standing, *, shares: int, number: int, takes_both: bool = True) -> Decision:
    """
    Args:
        signals: At each close until this one.
        standing: After this day's fills.
        shares: Of a new position: those of the rules, times all splits since.
        number: Of this day; the trader's first is 0.
        takes_both: Of the broker.

    Raises:
        NotTradableError: an entry that is to be made cannot be ordered.
    """
    side = standing.side
    if standing.ruined:
        leave = (Intended(intent=EXIT, shares=-standing.shares, reason=RUIN),) if side else ()
        return Decision(standing=standing, orders=leave)
    wanted = _wanted(signals, standing)
    standing = replace(standing, left=standing.left if int(signals.targets[-1]) == standing.left else 0, due=0)
    leaves = side not in (0, wanted)
    over = side != 0 and not leaves and _is_over(standing, number + 1)
    enters = wanted not in (0, side)
    if leaves and enters and not takes_both:
        enters, standing = False, replace(standing, due=wanted if signals.entries else 0)
    orders = []
    if takes_both or not (leaves or over):
        orders += _protected(standing)
    if leaves or over:
        orders.append(Intended(intent=EXIT, shares=-standing.shares, reason=SIGNAL if leaves else TIME))
    if enters:
        orders.append(Intended(intent=ENTER, shares=wanted * shares, exits=signals.exits()))
    return Decision(standing=standing, orders=tuple(orders))


def _wanted(signals: Signals, standing: Standing) -> int:
    """The side that is to be held after the next close."""
    target = int(signals.targets[-1])
    if signals.entries:
        return target or standing.due or standing.side
    return 0 if target == standing.left else target


def _is_over(standing: Standing, number: int) -> bool:
    """Whether the longest holding time ends on that day, or has."""
    holding = standing.exits.holding
    return holding is not None and standing.entry_day is not None and number >= standing.entry_day + holding


def _protected(standing: Standing) -> list[Intended]:
    """The stop and the target of what is held; a price of nothing or less is never reached, and no order."""
    if not standing.side or standing.entry_price is None:
        return []
    around = Bracket.around(standing.entry_price, standing.side, standing.exits.stop, standing.exits.target)
    stop, target = (price if math.isfinite(price) and price > 0 else None for price in (around.stop, around.target))
    if stop is None and target is None:
        return []
    return [Intended(intent=PROTECT, shares=-standing.shares, stop=stop, target=target)]


def _given(value: float) -> float | None:
    return None if math.isnan(value) else value
