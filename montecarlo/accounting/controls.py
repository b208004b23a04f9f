"""Controls: figures of a path that are zero on average, so that their mean over a sample tells how lucky it is.

Where days are independent, nobody can know at a close how the next day's growth will differ from its expectation.  So
whatever is staked on that difference by what is known at the close gains nothing on average, whatever the rule:

    growth_control    product of the price's growth over its expectation on the days held, less one
    gain_control      sum of the price's growth less its expectation on the days held
    value_control     what the market made of the account less what was to be expected, over the capital
    price_control     final price over its expectation, less one

A short position counts with the opposite sign: its factor is one less the rest.  A price that has fallen to zero counts
no more.  All are of the market alone, without costs and interest, and none needs a division on each day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.account import Ledger

FloatArray = NDArray[np.float64]

CONTROLS = ("growth_control", "gain_control", "value_control", "price_control")
"""Columns of rows, of paths whose days are independent."""


@dataclass(frozen=True)
class Expectation:
    """What the model expects of prices whose days are independent; both are positive.

    Attributes:
        growth: Price of a day over that of the day before.
        price: The final one, in the unit of prices.
    """

    growth: float
    price: float


def controls(ledger: Ledger, prices: FloatArray, expected: Expectation) -> dict[str, FloatArray]:
    """The CONTROLS of each path; arrays of shape (days + 1, paths)."""
    before, held = prices[:-1], ledger.held[:-1]
    growth = np.divide(prices[1:], before, out=np.ones_like(before), where=before > 0)
    side = np.where(before > 0, np.sign(held), 0.0)
    columns = (
        (1 + side * (growth / expected.growth - 1)).cumprod(axis=0)[-1] - 1,
        (side * (growth - expected.growth)).cumsum(axis=0)[-1],
        (held * (prices[1:] - before * expected.growth)).cumsum(axis=0)[-1] / ledger.capital,
        prices[-1] / expected.price - 1,
    )
    return dict(zip(CONTROLS, columns, strict=True))
