"""The account of a strategy, day by day: what is held, what it is worth, which orders could not be paid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo.rules import Rules

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Ledger:
    """Close of each day after that day's fills, arrays of shape (days + 1, paths).

    Attributes:
        capital: Cash before the first day, dollars.
        held: Number of shares.
        equity: Cash and shares at the day's close, dollars.
        unfilled: Whether an order was given that cash could not pay.
    """

    capital: float
    held: FloatArray
    equity: FloatArray
    unfilled: NDArray[np.bool_]


def keep_account(prices: FloatArray, targets: NDArray[np.bool_], first_fill: int, rules: Rules) -> Ledger:
    """Carry out the target positions: long where ``targets`` is true, flat elsewhere.

    Args:
        prices: Closes, dollars, shape (days + 1, paths).
        targets: Position wanted at each close, same shape.
        first_fill: First day at whose close an order may be filled.
        rules: Money, fills and costs.  An order that cash cannot pay is given again at the next close.
    """
    held, equity = np.zeros(prices.shape), np.full(prices.shape, rules.capital)
    unfilled = np.zeros(prices.shape, dtype=bool)
    shares, cash = np.zeros(prices.shape[1]), np.full(prices.shape[1], rules.capital)
    for day in range(first_fill, len(prices)):
        price, wanted = prices[day], targets[day - rules.delay]
        selling = ~wanted & (shares > 0)
        cash = np.where(selling, cash + shares * price * (1 - rules.cost), cash)
        shares = np.where(selling, 0.0, shares)

        buying = wanted & (shares == 0)
        order, value = affordable(price, cash, rules)
        filled = buying & (order > 0)
        unfilled[day] = buying & (order == 0)
        cash = np.where(filled, cash - value, cash)
        shares = np.where(filled, order, shares)
        held[day], equity[day] = shares, cash + shares * price
    return Ledger(rules.capital, held, equity, unfilled)


def affordable(price: FloatArray, cash: FloatArray, rules: Rules) -> tuple[FloatArray, FloatArray]:
    """Shares that an order buys, zero where cash cannot pay it, and the dollars that they take, costs included."""
    unit = price * (1 + rules.cost)
    if rules.shares is None:
        payable = (price > 0) & (cash > 0)
        return np.divide(cash, unit, out=np.zeros_like(cash), where=payable), np.where(payable, cash, 0.0)
    payable = (price > 0) & (rules.shares * unit <= cash)
    return np.where(payable, rules.shares, 0.0), np.where(payable, rules.shares * unit, 0.0)


def buy_and_hold(prices: FloatArray, first_fill: int, rules: Rules) -> FloatArray:
    """Final value of shares bought at the close of ``first_fill`` under the same rules and kept, shape (paths,)."""
    cash = np.full(prices.shape[1], rules.capital)
    shares, value = affordable(prices[first_fill], cash, rules)
    return np.asarray(cash - value + shares * prices[-1])
