"""The days on which the equity of a path is kept, so that its spread can be drawn through the horizon."""

import numpy as np
from numpy.typing import NDArray

STEPS = 25  # where the horizon has as many days


def equity_days(first_fill: int, days: int) -> NDArray[np.int64]:
    """Up to STEPS days, evenly from after the first possible fill to the last."""
    steps = np.arange(1, STEPS + 1) * (days - first_fill)
    return np.unique(first_fill + -(-steps // STEPS))
