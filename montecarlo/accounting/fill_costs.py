"""What a fill costs, what cash can pay for, and what is left of it: commission and slippage by the models of the rules.

The same as plain numbers, for one account, that ``montecarlo.accounting.account`` has as arrays, for many.
"""

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.rules import PER_SHARE, VOLATILITY, Rules
from montecarlo.engine.order_costs import PERSISTENCE
from montecarlo.engine.tolerances import NOTHING

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
        return rules.shares if can_pay(rules.shares, price, cash, slippage, rules) else 0.0
    if rules.commission_model == PER_SHARE:
        unit = price * (1 + slippage)
        by_share = cash / (unit + (rules.commission_per_share or 0.0))
        return max(min(by_share, (cash - (rules.commission_minimum or 0.0)) / unit), 0.0)
    return cash / (price * (1 + rules.commission + slippage))


def can_pay(shares: float, price: float, cash: float, slippage: float, rules: Rules) -> bool:
    """Whether cash can pay for so many shares, bought or sold short, and the costs."""
    return price > 0 and cash > 0 and shares * price + cost(shares, price, slippage, rules) <= cash


def cash_with_interest(cash: float, idle: float) -> float:
    """Cash a day later: debt costs nothing.

    Args:
        cash: Dollars.
        idle: What a day makes of positive cash, over what it was: ``Rules.idle_growth``.
    """
    return cash * idle if cash > 0 else cash


def cash_after_entry(cash: float, shares: float, price: float, costs: float) -> float:
    """Dollars left after shares were bought, or sold short where they are negative, at such costs."""
    return cash - shares * price - costs


def cash_after_exit(cash: float, shares: float, price: float, costs: float, capital: float) -> float:
    """Dollars left after a position was left; nothing where that is the rounding of a total loss.

    Args:
        cash: Dollars.
        shares: Of the position, negative while short.
        price: At which it is left, dollars.
        costs: Of doing so, dollars.
        capital: Cash before the position, dollars.
    """
    left = cash + shares * price - costs
    return left if abs(left) > NOTHING * capital else 0.0


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
