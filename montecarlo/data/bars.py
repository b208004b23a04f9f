"""What prices did within each day: open, high and low beside the close."""

from typing import NamedTuple

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
