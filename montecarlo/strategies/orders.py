"""The orders that come with a signal: a limit to enter, a stop, a target, and how long the position is held at most."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Orders(NamedTuple):
    """Of the signal of each close, in the shape of the closes; NaN where there is none of a kind.

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
    def always(
        cls,
        shape: tuple[int, ...],
        limit: float | None = None,
        stop: float | None = None,
        target: float | None = None,
        holding: float | None = None,
    ) -> Self:
        """The same with every signal, in so many places; None where there is none of a kind."""
        told = limit, stop, target, holding
        return cls(*(np.full(shape, np.nan if value is None else value, np.float64) for value in told))

    def of_path(self, path: int) -> "Orders":
        """Those of one path, shape (days + 1,), of closes in shape (days + 1, paths)."""
        return Orders(*(each[:, path] for each in self))
