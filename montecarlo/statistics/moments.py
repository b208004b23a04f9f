"""Means and deviations of several quantities over paths that come block by block, from sums without rounding."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.statistics.estimators import Estimate, mean_estimate
from montecarlo.statistics.exact_sums import exact, variance

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Moments:
    """Of each quantity: how many values, their sum and that of their squares, the sums as ``exact`` numbers."""

    counts: list[int]
    totals: list[int]
    squares: list[int]

    @classmethod
    def of(cls, values: FloatArray) -> Self:
        """Of a block of values, shape (quantities, paths); NaN are left out."""
        there = ~np.isnan(values)
        values = np.where(there, values, 0.0)
        return cls(
            there.sum(axis=1).tolist(),
            [exact(total) for total in values.sum(axis=1).tolist()],
            [exact(total) for total in (values * values).sum(axis=1).tolist()],
        )

    def __add__(self, other: "Moments") -> "Moments":
        pairs = ((self.counts, other.counts), (self.totals, other.totals), (self.squares, other.squares))
        return Moments(*([a + b for a, b in zip(mine, theirs, strict=True)] for mine, theirs in pairs))

    def to_dict(self) -> dict[str, list[Any]]:
        return {
            "counts": self.counts,
            "totals": [hex(total) for total in self.totals],
            "squares": [hex(total) for total in self.squares],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        totals, squares = ([int(total, 16) for total in values[name]] for name in ("totals", "squares"))
        return cls(values["counts"], totals, squares)

    def means(self, skewness: Sequence[float] | None = None) -> list[Estimate]:
        """The mean of each quantity with its 95 % interval, NaN where undefined; see ``mean_estimate``."""
        skewness = [0.0] * len(self.counts) if skewness is None else skewness
        sums = zip(self.counts, self.totals, self.squares, strict=True)
        return [mean_estimate(*each, skewness=skewed) for each, skewed in zip(sums, skewness, strict=True)]

    def deviations(self) -> list[float]:
        """The standard deviation (n - 1) of each quantity, NaN where undefined."""
        return [math.sqrt(variance(*sums)) for sums in zip(self.counts, self.totals, self.squares, strict=True)]
