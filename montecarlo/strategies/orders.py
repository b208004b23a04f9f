"""The orders that come with a signal: a limit to enter, a stop, a target, and how long the position is held at most."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.strategies.strategy import Strategy

FloatArray = NDArray[np.float64]


class Orders(NamedTuple):
    """Of the signal of each close, shape (days + 1,) of one path; NaN where there is none of a kind.

    Attributes:
        limit: How far below the signal's close to buy at most, above it to sell short at least; a fraction of it.
        stop: How far against the position it is left, as a fraction of the price of the fill.
        target: How far in its favour, likewise.
        holding: At the close of how many days after the day of the entry.
    """

    limit: FloatArray
    stop: FloatArray
    target: FloatArray
    holding: FloatArray

    @classmethod
    def of(cls, strategy: Strategy, days: int) -> Self:
        """Those of a strategy for ``days + 1`` closes: the same with every signal."""
        told = strategy.entry_limit, strategy.stop_loss, strategy.take_profit, strategy.max_holding
        return cls(*(np.full(days + 1, np.nan if value is None else value, np.float64) for value in told))
