"""What fills make of an account, and which round trips they end: the arithmetic is that of backtests."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fleet.traders.days import Standing
from fleet.traders.orders import ENTER, EXIT, PROTECT, Exits, Order, OrderRecord, Report
from montecarlo.accounting.broker import END, SIGNAL, Trade
from montecarlo.accounting.fill_costs import cash_after_entry, cash_after_exit, cash_with_interest

_IN_ORDER = {PROTECT: 0, EXIT: 1, ENTER: 2}
_UNWANTED = Exits(
    holding=0
)  # where more was sold than there was, because a split made fewer: it goes at the next close


class SplitError(Exception):
    """A split leaves no whole number of shares; the message is for the person."""


@dataclass(frozen=True, kw_only=True)
class After:
    """
    Attributes:
        standing: The account at the close.
        trades: Round trips that ended on this day; of a position that was left in parts, one for each.
    """

    standing: Standing
    trades: tuple[Trade, ...] = ()


def after(
    standing: Standing,
    records: Iterable[OrderRecord],
    *,
    number: int,
    close: float,
    idle: float,
    split: float = 1.0,
    closed: Report | None = None,
    entries: bool = False,
) -> After:
    """The account after a session.

    Args:
        standing: At the close before, as it was decided upon.
        records: All orders for the session, with what became of them.
        number: Of the day; the trader's first is 0.
        close: Of the day, dollars.
        idle: What a day makes of positive cash, over what it was: ``Rules.idle_growth``.
        split: New shares for an old one, since the close before.
        closed: What the broker itself has closed.
        entries: Whether the strategy gives entries.

    Raises:
        SplitError
    """
    standing = split_up(standing, split)
    standing = replace(standing, cash=cash_with_interest(standing.cash, idle))
    records = sorted(records, key=lambda each: (_IN_ORDER[each.order.intent], each.attempt))
    something_else = any(each.order.intent == ENTER or _by_signal(each.order) for each in records)
    trades: list[Trade] = []

    def fill(report: Report | None, reason: str, exits: Exits) -> None:
        nonlocal standing
        if report is None or not report.shares or report.price is None:
            return
        held = standing.side
        standing, ended = filled(standing, report, number=number, reason=reason, exits=exits)
        trades.extend(ended)
        if ended and not standing.shares:
            ends_by_itself = reason != SIGNAL and not entries and not something_else
            standing = replace(standing, left=held if ends_by_itself else 0)

    for each in records:
        if each.order.intent != ENTER:
            fill(each.report, (each.report and each.report.reason) or each.order.reason, _UNWANTED)
    fill(closed, closed.reason if closed else "", _UNWANTED)
    for each in records:
        if each.order.intent == ENTER:
            fill(each.report, SIGNAL, each.order.exits)
    return After(
        standing=replace(standing, ruined=standing.ruined or not standing.worth(close) > 0), trades=tuple(trades)
    )


def filled(
    standing: Standing, report: Report, *, number: int, reason: str, exits: Exits
) -> tuple[Standing, tuple[Trade, ...]]:
    """The account after a fill, and the round trip that it ends.

    Shares that go against a position leave it; what is more than it had opens one on the other side.

    Args:
        standing: Before.
        report: With shares and a price.
        number: Of the day.
        reason: Why the position was left, if it is.
        exits: Of a position that is entered.
    """
    assert report.price is not None
    if not standing.shares or (standing.shares > 0) == (report.shares > 0):
        return _entered(standing, report.shares, report.price, report.cost, number=number, exits=exits), ()
    shares = min(abs(report.shares), abs(standing.shares)) * standing.side  # that are left
    more = report.shares + shares
    costs = report.cost * (shares / -report.shares) if more else report.cost
    left, trade = _left(standing, shares, report, costs, number=number, reason=reason)
    if more:
        left = _entered(left, more, report.price, report.cost - costs, number=number, exits=exits)
    return left, (trade,)


def split_up(standing: Standing, split: float) -> Standing:
    """The same account after a split.

    Args:
        standing: Before.
        split: New shares for an old one.

    Raises:
        SplitError
    """
    if split == 1 or not standing.shares:
        return standing
    assert standing.entry_price is not None
    shares = whole(standing.shares, split)
    return replace(standing, shares=shares, entry_price=standing.entry_price / split)


def whole(shares: int, split: float) -> int:
    """How many shares a split makes of some.

    Raises:
        SplitError: it makes no whole number of them.
    """
    made = shares * split
    if abs(made - round(made)) > 1e-6:  # ratios such as 1/3 are rounded
        raise SplitError(
            f"a split of {split:g} for 1 makes {made:,.10g} shares of {shares:,}, and parts of shares are not traded "
            "here; close the position at the broker, and begin again with another trader"
        )
    return round(made)


def still_open(standing: Standing, *, number: int, close: float) -> tuple[Trade, ...]:
    """The round trip that has not ended, at the value of the last close, as a backtest counts it."""
    if not standing.shares:
        return ()
    return (_trade(standing, standing.shares, close, standing.worth(close), number=number, reason=END),)


def _entered(standing: Standing, shares: int, price: float, costs: float, *, number: int, exits: Exits) -> Standing:
    cash = cash_after_entry(standing.cash, shares, price, costs)
    if standing.shares:  # the price of a position that is entered in parts is their mean
        assert standing.entry_price is not None
        held = standing.shares + shares
        mean = (standing.entry_price * standing.shares + price * shares) / held
        return replace(standing, cash=cash, shares=held, entry_price=mean)
    return replace(
        standing,
        cash=cash,
        shares=shares,
        entry_day=number,
        entry_price=price,
        capital=standing.cash,
        exits=exits,
        ambiguous=False,
        left=0,
    )


def _left(
    standing: Standing, shares: int, report: Report, costs: float, *, number: int, reason: str
) -> tuple[Standing, Trade]:
    """So many shares of a position are left, with the sign of the position."""
    assert report.price is not None
    assert standing.capital is not None
    assert standing.entry_price is not None
    cash = cash_after_exit(standing.cash, shares, report.price, costs, standing.capital)
    ambiguous = standing.ambiguous or report.ambiguous
    if shares == standing.shares:
        trade = _trade(standing, shares, report.price, cash, number=number, reason=reason, ambiguous=ambiguous)
        return Standing(cash=cash, left=standing.left, due=standing.due, ruined=standing.ruined), trade
    # What entering has cost is the last part's, so that all parts together make what the position made.
    profit = shares * (report.price - standing.entry_price) - costs
    capital = standing.capital + profit
    trade = _trade(standing, shares, report.price, capital, number=number, reason=reason, ambiguous=ambiguous)
    rest = replace(standing, cash=cash, shares=standing.shares - shares, capital=capital, ambiguous=ambiguous)
    return rest, trade


def _trade(
    standing: Standing, shares: int, price: float, cash: float, *, number: int, reason: str, ambiguous: bool = False
) -> Trade:
    assert standing.entry_day is not None
    assert standing.entry_price is not None
    assert standing.capital is not None
    return Trade(
        entry=standing.entry_day,
        entry_price=standing.entry_price,
        exit=number,
        exit_price=price,
        shares=float(shares),
        capital=standing.capital,
        profit=cash - standing.capital,
        reason=reason,
        ambiguous=ambiguous,
    )


def _by_signal(order: Order) -> bool:
    return order.intent == EXIT and order.reason == SIGNAL
