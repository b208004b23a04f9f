"""A broker in plain Python, bar by bar, written for reading: what orders within the day fill at.

The rules are those of docs/conventions.md, "Orders within the day".  A day has three parts: the open, what lies between
it and the close, and the close.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.brackets import STOP, TARGET, Bar, Bracket, worst
from montecarlo.accounting.fill_costs import affordable, cash_after_entry, cash_after_exit, cash_with_interest, cost
from montecarlo.accounting.rules import Rules
from montecarlo.data.bars import Bars
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES, POSITIONS, Targets

FloatArray = NDArray[np.float64]

SIGNAL, TIME, RUIN, END = "signal", "time", "ruin", "end"
"""Why a trade ended, beside STOP and TARGET; END: it did not, and counts at the last close."""


@dataclass(frozen=True)
class Trade:
    """One round trip.

    Attributes:
        entry, exit: Days on which it began and ended.
        entry_price, exit_price: Dollars, of the fills; without costs.
        shares: Negative if sold short.
        capital: Cash before it, dollars: what the account was worth.
        profit: Cash after it less cash before it, dollars: after all costs, and with what cash earned meanwhile.
        reason: Why it ended.
        ambiguous: Whether it met a bar that does not tell whether the stop or the target came first.
    """

    entry: int
    entry_price: float
    exit: int
    exit_price: float
    shares: float
    capital: float
    profit: float
    reason: str
    ambiguous: bool

    @property
    def holding(self) -> int:
        """Days from entry to exit; none if it ended on the bar it began."""
        return self.exit - self.entry


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of an account, arrays of shape (days + 1,).

    Attributes:
        equity: Cash and shares at each close, after that day's fills, dollars.
        held: Shares at each close, negative while short.
        traded: Value bought and sold on each day, dollars.
        unfilled: Days with an order that cash could not pay.
        ambiguous: Days whose bar does not tell whether the stop or the target came first.
        trades: In the order in which they began.
    """

    equity: FloatArray
    held: FloatArray
    traded: FloatArray
    unfilled: NDArray[np.bool_]
    ambiguous: NDArray[np.bool_]
    trades: tuple[Trade, ...]


@dataclass
class Position:
    """What is held, and at which prices and when it is left."""

    side: int
    shares: float
    entry: int
    price: float
    capital: float
    bracket: Bracket
    last_day: float
    ambiguous: bool = False


def carry_out(
    bars: Bars,
    targets: Targets,
    orders: Orders,
    first_fill: int,
    rules: Rules,
    *,
    slippage: FloatArray,
    idle: float = 1.0,
    signals: str = POSITIONS,
) -> Outcome:
    """Trade one path.

    Args:
        bars: Of the path, arrays of shape (days + 1,); of the first day only the close counts.
        targets: Of each close, 1, 0 or -1, same shape.
        orders: That come with them, same shape.
        first_fill: First day on which an order at the market may be filled.
        rules: Money, fills and costs.
        slippage: Of the traded value, on each day: ``slippage_of_days``.
        idle: What a day makes of positive cash, over what it was: ``rules.idle_growth``.
        signals: Whether targets are POSITIONS that are wanted or ENTRIES.
    """
    broker = ReferenceBroker(first_fill, rules, idle=idle, signals=signals)
    broker.carry_on(bars, targets, orders, slippage)
    return broker.outcome()


def hold(bars: Bars, first_fill: int, rules: Rules, *, slippage: FloatArray, idle: float = 1.0) -> Outcome:
    """Buy at the first possible fill, if cash can pay for it then, and keep; arguments as those of ``carry_out``."""
    none = np.full(len(bars.close), np.nan)
    once = np.zeros(len(bars.close), np.int8)
    once[first_fill - rules.delay] = 1
    orders = Orders(none, none, none, none)
    return carry_out(bars, once, orders, first_fill, rules, slippage=slippage, idle=idle, signals=ENTRIES)


class ReferenceBroker:
    """The account of one path, whose days may come one after the other."""

    def __init__(self, first_fill: int, rules: Rules, *, idle: float = 1.0, signals: str = POSITIONS) -> None:
        """The arguments are those of ``carry_out``."""
        self.first_fill, self.rules, self.idle, self.entries_only = first_fill, rules, idle, signals == ENTRIES
        self.cash = rules.capital
        self.position: Position | None = None
        self.blocked = 0  # the side that is not entered again before something else is wanted
        self.counts: list[bool] = []  # of each close, whether the entry that it gives is one, as the account stands
        self.ruined = False
        self.equity: list[float] = []
        self.held: list[float] = []
        self.traded: list[float] = []
        self.unfilled: list[bool] = []
        self.ambiguous: list[bool] = []
        self.trades: list[Trade] = []

    @property
    def days(self) -> int:
        """How many it knows."""
        return len(self.equity)

    def carry_on(self, bars: Bars, targets: Targets, orders: Orders, slippage: FloatArray) -> None:
        """Trade the days that it does not know yet; the arguments are those of ``carry_out``, from its first day on."""
        self.bars, self.targets, self.orders, self.slippage = bars, targets, orders, slippage
        for day in range(self.days, len(bars.close)):
            if day > 0:
                self.cash = cash_with_interest(self.cash, self.idle)
            self._begin(day)
            if day >= self.first_fill:
                self._trade(day)

    def all_trades(self) -> tuple[Trade, ...]:
        """So far; the last one may be open, and counts at the last close."""
        last = self.days - 1
        if not self.position:
            return tuple(self.trades)
        return (*self.trades, self._trade_of(last, float(self.bars.close[last]), self.equity[last], END))

    def outcome(self) -> Outcome:
        """What has become of the account so far."""
        return Outcome(
            equity=np.array(self.equity),
            held=np.array(self.held),
            traded=np.array(self.traded),
            unfilled=np.array(self.unfilled, np.bool_),
            ambiguous=np.array(self.ambiguous, np.bool_),
            trades=self.all_trades(),
        )

    @property
    def side(self) -> int:
        return self.position.side if self.position else 0

    def _begin(self, day: int) -> None:
        """A day on which nothing happens, unless something does."""
        self.equity.append(self.cash)
        self.held.append(0.0)
        self.traded.append(0.0)
        self.unfilled.append(False)
        self.ambiguous.append(False)
        self.counts.append(bool(self.targets[day] != 0))

    def _trade(self, day: int) -> None:
        """All that a day does to the account."""
        if day > 0 and not self.ruined:
            began_flat = self.position is None
            self._at_open(day)
            inside = began_flat and self._limit_order(day)
            self._bracket(day, entered_inside=inside)
        self._at_close(day)

    # The open

    def _at_open(self, day: int) -> None:
        price = float(self.bars.open[day])
        if self.rules.fill == "next-open":
            self._market_order(day, price, day - 1)
        if self.position and self.position.entry < day:
            self._gap(self.position, day, price)

    def _gap(self, held: Position, day: int, price: float) -> None:
        """Stops and targets that the open has passed are filled at the open."""
        if reason := held.bracket.passed_at_open(price):
            self._leave(day, price, reason)

    # Between open and close

    def _limit_order(self, day: int) -> bool:
        """Enter by the limit order that the close before gave, if any; whether that was after the open."""
        signal, opened = day - 1, float(self.bars.open[day])
        want = self._wanted(signal)
        if self.position or not want or math.isnan(self.orders.limit[signal]):
            return False
        limit = float(self.bars.close[signal]) * (1 - want * float(self.orders.limit[signal]))
        if want * opened <= want * limit:
            self._enter(day, opened, want, signal, slippage=0.0)
            return False
        if want * worst(Bar.of(self.bars, day), want) <= want * limit:
            self._enter(day, limit, want, signal, slippage=0.0)
            return self.position is not None
        return False

    def _bracket(self, day: int, entered_inside: bool) -> None:
        """Leave where the day reaches the stop or the target."""
        if not (held := self.position):
            return
        stop_first, target_first = held.bracket.reached(Bar.of(self.bars, day), entered_inside=entered_inside)
        if stop_first != target_first:
            self.ambiguous[day] = held.ambiguous = True
        if reason := stop_first if self.rules.intrabar == "stop-first" else target_first:
            self._leave(day, held.bracket.price_of(reason), reason)

    # The close

    def _at_close(self, day: int) -> None:
        price = float(self.bars.close[day])
        if not self._worth(price) > 0:
            self.ruined = True
        if self.ruined:
            if self.position:
                self._leave(day, price, RUIN)
        else:
            if self.rules.fill != "next-open":
                self._market_order(day, price, day - self.rules.delay)
            if self.position and day >= self.position.last_day:
                self._leave(day, price, TIME)
        self.counts[day] = self.targets[day] not in (0, self.side)
        self.held[day] = self.position.shares if self.position else 0.0
        self.equity[day] = self._worth(price)
        self.ruined = self.ruined or not self.equity[day] > 0

    def _worth(self, price: float) -> float:
        return self.cash + self.position.shares * price if self.position else self.cash

    # Orders

    def _wanted(self, signal: int) -> int:
        """The side that is to be entered, by the signal of a close; zero where it is none."""
        want = int(self.targets[signal])
        if self.entries_only:
            return want if self.counts[signal] else 0
        if want != self.blocked:
            self.blocked = 0
        return 0 if self.blocked else want

    def _market_order(self, day: int, price: float, signal: int) -> None:
        """Leave, enter or reverse, as a signal says; where it has a limit, it enters by that alone."""
        want = self._wanted(signal)
        if want == self.side or (self.entries_only and not want):
            return
        if self.position:
            self._leave(day, price, SIGNAL)
        if want and math.isnan(self.orders.limit[signal]):
            self._enter(day, price, want, signal, float(self.slippage[day]))

    def _enter(self, day: int, price: float, side: int, signal: int, slippage: float) -> None:
        shares = affordable(price, self.cash, slippage, self.rules)
        if not shares:
            self.unfilled[day] = True
            return
        stop, target = float(self.orders.stop[signal]), float(self.orders.target[signal])
        self.position = Position(
            side=side,
            shares=side * shares,
            entry=day,
            price=price,
            capital=self.cash,
            bracket=Bracket.around(price, side, stop, target),
            last_day=math.inf if math.isnan(self.orders.holding[signal]) else day + float(self.orders.holding[signal]),
        )
        self.traded[day] += shares * price
        left = cash_after_entry(self.cash, side * shares, price, cost(shares, price, slippage, self.rules))
        all_in = self.rules.shares is None and side > 0
        self.cash = 0.0 if all_in else left  # then all of it is in shares: no rounding stays behind

    def _leave(self, day: int, price: float, reason: str) -> None:
        held = self.position
        assert held is not None
        slippage = 0.0 if reason == TARGET else float(self.slippage[day])
        shares = abs(held.shares)
        self.traded[day] += shares * price
        costs = cost(shares, price, slippage, self.rules)
        self.cash = cash_after_exit(self.cash, held.shares, price, costs, held.capital)
        self.trades.append(self._trade_of(day, price, self.cash, reason))
        if reason in (STOP, TARGET, TIME) and not self.entries_only:
            self.blocked = held.side
        self.position = None

    def _trade_of(self, day: int, price: float, cash: float, reason: str) -> Trade:
        held = self.position
        assert held is not None
        profit = cash - held.capital
        return Trade(held.entry, held.price, day, price, held.shares, held.capital, profit, reason, held.ambiguous)
