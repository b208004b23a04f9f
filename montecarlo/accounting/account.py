"""The account of a strategy, day by day: what is held, what it is worth, which orders could not be paid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.rules import Rules

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Ledger:
    """Close of each day after that day's fills, arrays of shape (days + 1, paths).

    Attributes:
        capital: Cash before the first day, dollars.
        held: Number of shares, negative while short.
        equity: Cash and shares at the day's close, dollars.
        unfilled: Whether an order was given that cash could not pay.
    """

    capital: float
    held: FloatArray
    equity: FloatArray
    unfilled: NDArray[np.bool_]


def keep_account(prices: FloatArray, targets: NDArray[np.int8], first_fill: int, rules: Rules, idle: float) -> Ledger:
    """Carry out the target positions: 1 long, 0 flat, -1 short.

    Shares sold short bring cash in; all in, as many are sold as that cash could buy.  An account whose equity is not
    positive is ruined: its position is closed at that very close, and it never trades again.

    Args:
        prices: Closes, dollars, shape (days + 1, paths).
        targets: Position wanted at each close, same shape.
        first_fill: First day at whose close an order may be filled.
        rules: Money, fills and costs.  An order that cash cannot pay, short sales included, is given again at the
            next close.
        idle: What a day makes of positive cash, over what it was: ``rules.idle_growth``.
    """
    held, equity = np.zeros(prices.shape), idle_cash(rules.capital, idle, prices.shape)
    unfilled = np.zeros(prices.shape, dtype=bool)
    shares, cash = np.zeros(prices.shape[1]), equity[max(first_fill - 1, 0)].copy()
    for day in range(first_fill, len(prices)):
        price = prices[day]
        if day > 0:
            cash = with_interest(cash, idle)
        worth = cash + shares * price
        wanted = np.where(worth > 0, targets[day - rules.delay], 0)
        changing = wanted != np.sign(shares)
        closed = worth - rules.cost * np.abs(shares) * price
        order = affordable(price, closed, rules)
        unfilled[day] = changing & (wanted != 0) & (order == 0)
        opened = wanted * order
        left = closed - opened * price - rules.cost * order * np.abs(wanted) * price
        if rules.shares is None:
            left = np.where(opened > 0, 0.0, left)  # all of it is in shares: no rounding stays behind
        cash, shares = np.where(changing, left, cash), np.where(changing, opened, shares)
        held[day], equity[day] = shares, cash + shares * price
    return Ledger(rules.capital, held, equity, unfilled)


def affordable(price: FloatArray, cash: FloatArray, rules: Rules) -> FloatArray:
    """Shares that an order buys or sells short, zero where cash cannot pay for them and the costs."""
    unit = price * (1 + rules.cost)
    if rules.shares is None:
        return np.divide(cash, unit, out=np.zeros_like(cash), where=(price > 0) & (cash > 0))
    return np.where((price > 0) & (rules.shares * unit <= cash), rules.shares, 0.0)


def buy_and_hold(prices: FloatArray, first_fill: int, rules: Rules, idle: float) -> FloatArray:
    """Equity of shares bought at the close of ``first_fill`` under the same rules and kept, of the shape of prices."""
    equity = idle_cash(rules.capital, idle, prices.shape)
    ready = equity[first_fill]
    bought = affordable(prices[first_fill], ready, rules)
    paid = bought * prices[first_fill] * (1 + rules.cost) if rules.shares else ready * (bought > 0)
    missed = paid * idle_cash(1.0, idle, prices[first_fill:].shape)
    equity[first_fill:] += bought * prices[first_fill:] - missed
    return equity


def idle_cash(cash: float, idle: float, shape: tuple[int, ...]) -> FloatArray:
    """Cash that nothing is done with, at each close; of shape (days + 1, paths)."""
    factors = np.full(shape, idle)
    factors[0] = cash
    return np.asarray(factors.cumprod(axis=0))


def with_interest(cash: FloatArray, idle: float) -> FloatArray:
    """Cash a day later: debt costs nothing."""
    return np.where(cash > 0, cash * idle, cash)
