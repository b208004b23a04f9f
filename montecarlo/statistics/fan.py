"""How the spread of equity opens day by day: counts on a grid of days, and quantiles from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.accounting.equity_days import equity_days
from montecarlo.engine.counting import count_by_column
from montecarlo.statistics.histogram import rank_of

FloatArray = NDArray[np.float64]
Counts = NDArray[np.int64]

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
MANTISSA_BITS = 7  # of the 52 that a double has: fewer than in Histogram, because there is one for each of many days
RELATIVE_ERROR = 2.0 ** -(MANTISSA_BITS + 1)  # of a quantile
SMALLEST = 2.0**-20  # of capital: less, or debt, counts as this

_DROPPED = np.int64(52 - MANTISSA_BITS)
_HALF = np.int64(1) << (_DROPPED - 1)


@dataclass(frozen=True, eq=False)
class Fan:
    """How many paths had which equity over capital on each day of a grid, rounded to a few leading bits.

    Attributes:
        first: The leading bits of the least equity; each following column is one more.
        counts: Shape (days of the grid, columns).
    """

    first: int
    counts: Counts

    @classmethod
    def of(cls, equity: FloatArray) -> Self:
        """Of equity over capital, shape (paths, days of the grid)."""
        bits = equity.view(np.int64)  # in the order of the numbers, with debt below
        first, last = (max(_leading_bits(end), _leading_bits(SMALLEST)) for end in (equity.min(), equity.max()))
        counts = np.zeros((equity.shape[1], last - first + 1), np.int64)
        count_by_column(bits, _DROPPED, first, counts)
        return cls(first, counts)

    def __add__(self, other: "Fan") -> "Fan":
        first = min(self.first, other.first)
        stop = max(each.first + each.counts.shape[1] for each in (self, other))
        counts = np.zeros((len(self.counts), stop - first), np.int64)
        for each in (self, other):
            start = each.first - first
            counts[:, start : start + each.counts.shape[1]] += each.counts
        return Fan(first, counts)

    def at_ranks(self, ranks: Sequence[int]) -> FloatArray:
        """Order statistics, by rank counted from 1, on each day of the grid: shape (ranks, days)."""
        reached = self.counts.cumsum(axis=1) >= np.array(ranks)[:, None, None]
        return np.asarray(((self.first + reached.argmax(axis=2)) << _DROPPED).view(np.float64))

    def to_dict(self) -> dict[str, Any]:
        return {"first": self.first, "counts": self.counts.tolist()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        first, counts = values["first"], np.array(values["counts"], np.int64)
        least, most = _leading_bits(SMALLEST), _leading_bits(np.finfo(np.float64).max)
        # Sums have room for all columns between them, so none may be anywhere.
        if type(first) is not int or counts.ndim != 2 or not least <= first <= first + counts.shape[1] - 1 <= most:
            raise ValueError("the counts of the fan are for no values that equity can have")
        return cls(first, counts)


def _leading_bits(value: float) -> int:
    return int(np.float64(value).view(np.int64) + _HALF >> _DROPPED)


def fan_table(fan: Fan, first_fill: int, days: int) -> pd.DataFrame:
    """Quantiles of equity over capital through a horizon of so many days.

    Returns:
        Columns ``day`` and those of QUANTILES.  The first row is the last close before the first possible fill.
    """
    paths = int(fan.counts[0].sum())
    values = fan.at_ranks([rank_of(probability, paths) for probability in QUANTILES.values()])
    grid = np.append(max(first_fill - 1, 0), equity_days(first_fill, days))
    return pd.DataFrame({"day": grid} | dict(zip(QUANTILES, np.insert(values, 0, 1.0, axis=1), strict=True)))
