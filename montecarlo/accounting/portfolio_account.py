"""The account of several symbols, day by day: each has a share of it that a strategy trades, and weights are put back.

A symbol's part is called its sleeve: cash and shares of its own.  What weights leave of the capital is the reserve.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.account import FloatArray, Ledger, affordable, idle_cash, with_interest
from montecarlo.accounting.rebalancing import CALENDAR, NEVER, Rebalancing
from montecarlo.accounting.rules import Rules
from montecarlo.engine.portfolio_account import INDEX
from montecarlo.engine.portfolio_rebalancing import MOST_COST
from montecarlo.engine.tolerances import EVEN

BoolArray = NDArray[np.bool_]

_MOST_STEPS = 200  # each at least halves what is off
_ENOUGH = 2e-16  # of the account


@dataclass(frozen=True)
class PortfolioLedger(Ledger):
    """Close of each day after that day's fills; ``held`` is of each symbol, shape (days + 1, symbols, paths).

    Attributes:
        worth: Cash and shares of each sleeve, dollars, same shape.
        moved: What rebalancing has moved into each sleeve so far, dollars, same shape.
        reserve: Cash beside the sleeves, dollars, shape (days + 1, paths).
        traded: Value bought and sold, dollars, same shape.
        opened, won: Positions that were opened on the day, and positions that were left with a gain, same shape; one
            that is still open with a gain counts on the last day.
        rebalanced: Whether weights were put back, same shape.
    """

    worth: FloatArray
    moved: FloatArray
    reserve: FloatArray
    traded: FloatArray
    opened: FloatArray
    won: FloatArray
    rebalanced: BoolArray


def keep_portfolio(
    prices: FloatArray,
    targets: NDArray[np.int8],
    *,
    weights: Sequence[float],
    reserve: float,
    first_fills: Sequence[int],
    rebalancing: Rebalancing,
    rules: Rules,
    idle: float,
) -> PortfolioLedger:
    """Carry out the target positions of each symbol with its share of the account, and put weights back.

    On each day the market moves what is held, and positive cash earns interest.  Then each sleeve whose target has
    changed fills it, all in, as in ``montecarlo.accounting.account``; a sleeve that is worth nothing leaves its
    position, and an account that is worth nothing leaves all of them and never trades again.  Then weights are put back
    where that is due: cash moves between sleeves for nothing, and each buys or sells what keeps the part of it that was
    held.

    Args:
        prices: Closes, dollars, shape (days + 1, symbols, paths).
        targets: Position wanted at each close, same shape.
        weights: Of each symbol.
        reserve: The weight of cash.
        first_fills: First day at whose close each symbol can be traded.
        rebalancing: When weights are put back.
        rules: Money, fills and costs.
        idle: What a day makes of positive cash, over what it was.
    """
    closes, _, paths = prices.shape
    first, weight = min(first_fills), np.array(weights)[:, None]
    shape = (closes, paths)
    begun = idle_cash(rules.capital, idle, shape)
    equity, kept, worths = begun.copy(), reserve * begun, weight * begun[:, None]
    held, moves = np.zeros(prices.shape), np.zeros(prices.shape)
    traded, opened, won = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    unfilled, rebalanced = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)

    shares, entry, moved = np.zeros(prices.shape[1:]), np.zeros(prices.shape[1:]), np.zeros(prices.shape[1:])
    cash, spare = worths[max(first - 1, 0)].copy(), kept[max(first - 1, 0)].copy()
    ruined, off = np.zeros(paths, np.bool_), np.zeros(paths, np.bool_)
    for day in range(first, closes):
        price, trades = prices[day], (day >= np.array(first_fills))[:, None]
        if day > 0:
            cash, spare = np.where(ruined, cash, with_interest(cash, idle)), np.where(ruined, spare, spare * idle)
        worth = cash + shares * price
        wanted = np.where((worth > 0) & trades & ~ruined, targets[day - rules.delay if day else 0], 0)
        side = np.sign(shares)
        changing = wanted != side
        closed = worth - rules.cost * np.abs(shares) * price
        order = affordable(price, closed, rules)
        unfilled[day] = (changing & (wanted != 0) & (order == 0)).any(axis=0)
        left = closed - wanted * order * price - rules.cost * order * np.abs(wanted) * price
        left = np.where(wanted * order > 0, 0.0, left)  # all of it is in shares: no rounding stays behind
        won[day] = (changing & (side != 0) & (closed > entry)).sum(axis=0)
        opened[day] = (changing & (wanted * order != 0)).sum(axis=0)
        traded[day] = total(np.where(changing, np.abs(wanted * order - shares) * price, 0.0))
        entry = np.where(changing, closed * (1 + EVEN), entry)
        cash, shares = np.where(changing, left, cash), np.where(changing, wanted * order, shares)
        value = total([spare, *(cash + shares * price)])

        fails = ~ruined & ~(value > 0)
        if fails.any():
            closed = cash + shares * price - rules.cost * np.abs(shares) * price
            won[day] += (fails & (shares != 0) & (closed > entry)).sum(axis=0)
            traded[day] += np.where(fails, total(np.abs(shares) * price), 0.0)
            cash, shares, ruined = np.where(fails, closed, cash), np.where(fails, 0.0, shares), ruined | fails
            value = np.where(fails, total([spare, *cash]), value)

        if rebalancing.band is not None and rules.delay == 0:
            off = _off(cash + shares * price, value, weight, rebalancing.band)
        due = ~ruined & _due(rebalancing, day, first, off)
        if day > first and due.any():
            worth = cash + shares * price
            part = part_held(shares * price, worth, rules.cost)
            after = worth_after(value, weight * part, shares * price, rules.cost)
            due &= after > 0
            change = weight * part * after - shares * price
            came = weight * after - worth + rules.cost * np.abs(change)
            traded[day] += np.where(due, total(np.abs(change)), 0.0)
            moved, entry = moved + np.where(due, came, 0.0), entry + np.where(due, came, 0.0)
            bought = np.divide(change, price, out=np.zeros_like(change), where=price > 0)
            shares = np.where(due, shares + bought, shares)
            cash = np.where(due, weight * after - weight * part * after, cash)
            spare, value = np.where(due, reserve * after, spare), np.where(due, after, value)
            rebalanced[day] = due
        if rebalancing.band is not None and rules.delay > 0:
            off = _off(cash + shares * price, value, weight, rebalancing.band)

        held[day], worths[day], kept[day], equity[day], moves[day] = shares, cash + shares * price, spare, value, moved
    won[-1] += ((shares != 0) & (worths[-1] > entry)).sum(axis=0)
    return PortfolioLedger(rules.capital, held, equity, unfilled, worths, moves, kept, traded, opened, won, rebalanced)


def _due(rebalancing: Rebalancing, day: int, first: int, off: BoolArray) -> BoolArray:
    if rebalancing.rebalance == NEVER:
        return np.zeros_like(off)
    if rebalancing.rebalance == CALENDAR:
        return np.full_like(off, rebalancing.every is not None and (day - first) % rebalancing.every == 0)
    return off


def _off(worth: FloatArray, value: FloatArray, weight: FloatArray, band: float) -> BoolArray:
    """Whether the share of any symbol in the account is further from its weight than the band."""
    return np.asarray((np.abs(worth - weight * value) > (band + EVEN) * value).any(axis=0))


def part_held(held: FloatArray, worth: FloatArray, cost: float) -> FloatArray:
    """Value held over that of the sleeve: 1 for what is long, 0 for what is flat, negative for what is short.

    So much short that it would cost MOST_COST of the account to trade it, at most.
    """
    most = MOST_COST / cost if cost > 0 else np.inf
    short = np.maximum(np.divide(held, worth, out=np.zeros_like(held), where=worth > 0), -most)
    return np.where(held < 0, short, np.sign(held))


def worth_after(value: FloatArray, shares: FloatArray, held: FloatArray, cost: float) -> FloatArray:
    """What an account is worth after what is held has become these shares of it: V' = V - cost · Σ |share · V' - held|.

    The right side changes by MOST_COST of what V' does at most, so repeating it leads to the one solution.
    """
    after = value
    for _ in range(_MOST_STEPS):
        better = value - cost * total(np.abs(shares * after - held))
        if (np.abs(better - after) <= _ENOUGH * np.abs(value)).all():
            return better
        after = better
    return after


def total(values: Iterable[FloatArray]) -> FloatArray:
    """The sum of all, one after the other: ``sum`` would add up a single path in another order than many of them."""
    return reduce(np.add, values)


def index_of(prices: FloatArray, weights: Sequence[float], reserve: float, idle: float) -> FloatArray:
    """What stands for the price of a portfolio, shape (days + 1, paths): of one symbol its price, of several an index.

    It begins at INDEX and is of the first weights without costs, the reserve and its interest included.
    """
    if prices.shape[1] == 1:
        return prices[:, 0]
    grown = prices / prices[0]
    kept = idle_cash(1.0, idle, (len(prices), prices.shape[2]))
    return INDEX * total([reserve * kept, *(weight * grown[:, k] for k, weight in enumerate(weights))])
