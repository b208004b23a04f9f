"""Independent normal daily returns: the original workshop's model."""

import math
from typing import Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.generator import draw_normals
from montecarlo.engine.lanes import inline, stage
from montecarlo.engine.prices import fill_prices
from montecarlo.models.model import DAYS_PER_YEAR, FloatArray, Model, per_year
from montecarlo.normals import normals


class NormalModel(Model):
    """Arithmetic daily returns, Normal(drift/252, volatility²/252): E[S_T] = S_0 (1 + drift/252)^T.

    It tells how a rule fares when days are independent and alike; it knows no fat tails and no calm or stormy spells.
    ``drift`` is 252 times the mean of daily simple returns (not the compound growth rate, which is lower).
    A return of -100 % or less leaves the price at zero for good.
    """

    name = "normal"

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = ()) -> Self:
        mean, volatility = per_year(np.diff(closes) / closes[:-1])
        return cls(float(closes[-1]), mean, volatility, warnings)

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        draws = normals(seed, first_path, paths, days).astype(np.float64)
        mean, deviation = self._per_day()
        return np.maximum(1 + mean + deviation * draws, 0.0)

    def fill_prices(self, groups: NDArray[np.void], seed: int, first_path: int, scratch: NDArray[np.void]) -> None:
        mean, deviation = self._per_day()
        _fill_prices(groups, np.uint64(seed), first_path, self.start_price, 1 + mean, deviation, scratch)

    def expected_price(self, days: int) -> float:
        return self.start_price * (1 + self.drift / DAYS_PER_YEAR) ** days

    def _per_day(self) -> tuple[float, float]:
        return self.drift / DAYS_PER_YEAR, self.volatility / math.sqrt(DAYS_PER_YEAR)


@inline
def _grow(normal, parameters):  # type: ignore[no-untyped-def]
    mean, deviation = parameters
    return max(mean + deviation * np.float64(normal), 0.0)


@stage
def _fill_prices(groups, seed, first_path, start, mean, deviation, scratch):  # type: ignore[no-untyped-def]
    fill_prices(groups, seed, first_path, start, draw_normals, _grow, (mean, deviation), scratch[0])
