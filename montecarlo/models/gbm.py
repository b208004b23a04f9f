"""Geometric Brownian motion."""

import math
from typing import Self

import numpy as np

from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.engine.elementary import SMALL, exponential, small_exponential
from montecarlo.engine.generator import draw_normals
from montecarlo.engine.lanes import Stage, inline, stage
from montecarlo.engine.normals import LARGEST, normals
from montecarlo.engine.prices import fill_prices
from montecarlo.models.expected_growth import exponential as exact_exponential
from montecarlo.models.model import FloatArray, Model, per_year


class GbmModel(Model):
    """Geometric Brownian motion: log returns are Normal((drift - volatility²/2)/Y, volatility²/Y).

    E[S_T] = S_0 exp(drift T/Y), where Y is ``bars_per_year``.  It tells the same as the normal model, with prices
    that never reach zero.  ``drift`` is the growth rate of the expected price, continuously compounded.
    """

    name = "gbm"
    help = "Geometric Brownian motion: the logarithms of daily returns are, so no price ever reaches zero."

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = (), bars_per_year: int = TRADING_DAYS) -> Self:
        mean, volatility = per_year(np.diff(np.log(closes)), bars_per_year)
        drift = mean + volatility**2 / 2
        return cls(float(closes[-1]), drift, volatility, warnings, bars_per_year=bars_per_year)

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        draws = normals(seed, first_path, paths, days).astype(np.float64)
        mean, deviation = self._per_day()
        return np.exp(mean + deviation * draws)

    def stage(self) -> tuple[Stage, FloatArray]:
        mean, deviation = self._per_day()
        small = abs(mean) + LARGEST * deviation < SMALL  # as it is unless the volatility is beyond 80 % a year
        return _fill_calm_prices if small else _fill_prices, np.array([mean, deviation])

    def expected_growth(self) -> float:
        return exact_exponential(self.drift / self.bars_per_year)

    def expected_price(self, days: int) -> float:
        return self.start_price * math.exp(self.drift * days / self.bars_per_year)

    def _per_day(self) -> tuple[float, float]:
        return (self.drift - self.volatility**2 / 2) / self.bars_per_year, self.volatility / math.sqrt(
            self.bars_per_year
        )


@inline
def _grow(normal, parameters):  # type: ignore[no-untyped-def]
    mean, deviation = parameters
    return exponential(mean + deviation * np.float64(normal))


@inline
def _grow_little(normal, parameters):  # type: ignore[no-untyped-def]
    mean, deviation = parameters
    return small_exponential(mean + deviation * np.float64(normal))


@stage
def _fill_prices(prices, growth, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    mean, deviation = parameters[0], parameters[1]
    fill_prices(prices, growth, seed, first_path, start, draw_normals, _grow, (mean, deviation), scratch[0])


@stage
def _fill_calm_prices(prices, growth, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    mean, deviation = parameters[0], parameters[1]
    fill_prices(prices, growth, seed, first_path, start, draw_normals, _grow_little, (mean, deviation), scratch[0])
