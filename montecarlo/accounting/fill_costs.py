"""What a fill costs, and what cash can pay for: commission and slippage by the models of the rules.

The same as plain numbers, for one account, that ``montecarlo.accounting.account`` has as arrays, for many.
"""

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.rules import PER_SHARE, VOLATILITY, Rules
from montecarlo.engine.order_costs import PERSISTENCE

FloatArray = NDArray[np.float64]


def cost(shares: float, price: float, slippage: float, rules: Rules) -> float:
    """Dollars that a fill of so many shares, a positive number, costs on top of its price."""
    return commission(shares, price, rules) + slippage * shares * price


def commission(shares: float, price: float, rules: Rules) -> float:
    """Dollars for the broker."""
    if rules.commission_model == PER_SHARE:
        return max(shares * (rules.commission_per_share or 0.0), rules.commission_minimum or 0.0)
    return rules.commission * shares * price


def affordable(price: float, cash: float, slippage: float, rules: Rules) -> float:
    """Shares that an order buys or sells short, zero where cash cannot pay for them and the costs."""
    if not (price > 0 and cash > 0):
        return 0.0
    if rules.shares is not None:
        return rules.shares if rules.shares * price + cost(rules.shares, price, slippage, rules) <= cash else 0.0
    if rules.commission_model == PER_SHARE:
        unit = price * (1 + slippage)
        by_share = cash / (unit + (rules.commission_per_share or 0.0))
        return max(min(by_share, (cash - (rules.commission_minimum or 0.0)) / unit), 0.0)
    return cash / (price * (1 + rules.commission + slippage))


def daily_volatility(closes: FloatArray) -> FloatArray:
    """A day's volatility as known at each close, shape (days + 1,); zero where no day has passed yet.

    The first return is the first estimate; from then on a day's square counts 1 - PERSISTENCE, and all before it
    PERSISTENCE.  A price that has fallen to zero returns nothing.
    """
    before = closes[:-1]
    squares = np.square(np.divide(closes[1:], before, out=np.ones_like(before), where=before > 0) - 1)
    variance = np.zeros(len(closes))
    for day, square in enumerate(squares, start=1):
        variance[day] = square if day == 1 else PERSISTENCE * variance[day - 1] + (1 - PERSISTENCE) * square
    return np.sqrt(variance)


def slippage_of_days(closes: FloatArray, rules: Rules) -> FloatArray:
    """What a fill on each day loses to the market, as a fraction of the traded value, shape (days + 1,)."""
    if rules.slippage_model != VOLATILITY:
        return np.full(len(closes), rules.slippage)
    known = np.concatenate([[0.0], daily_volatility(closes)[:-1]])  # at the close before
    return np.asarray((rules.slippage_volatility or 0.0) * known)
