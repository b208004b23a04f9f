"""What is summed up over paths for the statistics of their trades."""

from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.rows import Rows

FloatArray = NDArray[np.float64]

GAINS, LOSSES, DAYS_HELD, AMBIGUOUS = "gains", "losses", "days_held", "ambiguous_bars"
DEFINED_OF_TRADES = ("expectancy", "sqn")
"""Columns that are NaN for some paths."""


def has_trades(names: Collection[str]) -> bool:
    """Whether rows, or sums, are of simulations whose orders are kept within the day."""
    return GAINS in names


def sums_of_trades(rows: Rows) -> Iterator[tuple[str, FloatArray]]:
    """What of each path is summed up, zero where it is undefined; nothing for rows without it."""
    if not has_trades(rows):
        return
    for name in (*DEFINED_OF_TRADES, "longest_losing_streak", GAINS, LOSSES, DAYS_HELD, AMBIGUOUS):
        column = np.where(np.isnan(rows[name]), 0.0, rows[name])
        yield name, column
        yield f"{name}**2", column * column
    yield f"{GAINS}*{LOSSES}", rows[GAINS] * rows[LOSSES]
    for name in (DAYS_HELD, AMBIGUOUS):
        yield f"{name}*trades", rows[name] * rows["trades"]
