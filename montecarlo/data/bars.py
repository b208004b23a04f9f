"""What prices did within each day: open, high and low beside the close."""

from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Bars(NamedTuple):
    """Arrays of the same shape, (days + 1, paths), in dollars or index points; of the first day only the close counts.

    A high is no lower, and a low no higher, than open and close.
    """

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray

    @property
    def days(self) -> int:
        """How many days there are after the first close."""
        return len(self.close) - 1

    @classmethod
    def of_days(cls, open_: FloatArray, high: FloatArray, low: FloatArray, closes: FloatArray) -> Self:
        """Of days, shape (days, paths), behind the first of the closes, shape (days + 1, paths)."""
        return cls(*(np.vstack([closes[:1], each]) for each in (open_, high, low, closes[1:])))
