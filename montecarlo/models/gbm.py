"""Geometric Brownian motion."""

import math
from collections.abc import Iterator
from typing import Self, TypeVar

import numpy as np

from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.engine.elementary import SMALL, exponential, small_exponential
from montecarlo.engine.generator import draw_normals
from montecarlo.engine.lanes import Stage, inline, stage
from montecarlo.engine.normals import LARGEST, normals
from montecarlo.engine.prices import fill_prices
from montecarlo.models.expected_growth import exponential as exact_exponential
from montecarlo.models.model import Drawn, FloatArray, Model, fitted

Values = TypeVar("Values", float, FloatArray)

_FAR_ABOVE, _MUCH_OF_IT = 0.05, 0.2  # per year; of volatility²/2


class GbmModel(Model):
    """Geometric Brownian motion: log returns are Normal((drift - volatility²/2)/Y, volatility²/Y).

    E[S_T] = S_0 exp(drift T/Y), where Y is ``bars_per_year``.  It tells the same as the normal model, with prices
    that never reach zero.  ``drift`` is the growth rate of the expected price, continuously compounded.
    """

    name = "gbm"
    help = "Geometric Brownian motion: the logarithms of daily returns are, so no price ever reaches zero."

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = (), bars_per_year: int = TRADING_DAYS) -> Self:
        found = fitted(np.diff(np.log(closes)), bars_per_year)
        found["drift"] += found["volatility"] ** 2 / 2
        warnings += tuple(_crashes(closes, found["drift"], found["volatility"], bars_per_year))
        return cls(float(closes[-1]), warnings=warnings, bars_per_year=bars_per_year, **found)

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        draws = normals(seed, first_path, paths, days).astype(np.float64)
        mean, deviation = self._per_day()
        return np.exp(mean + deviation * draws)

    def redrawn_values(self, seed: int, first: int, count: int) -> dict[str, FloatArray]:
        drawn = super().redrawn_values(seed, first, count)
        if not self.drift_error:
            return drawn
        # What the history tells is the mean of the logarithms, which is less than the drift by half of the variance.
        volatility, fitted_variance = drawn["volatility"], self.volatility * self.volatility
        return drawn | {"drift": drawn["drift"] + (volatility * volatility - fitted_variance) / 2}

    def furthest(self) -> tuple[float, float]:
        drift, volatility = super().furthest()
        return drift + volatility * volatility / 2, volatility

    def redrawn(self, seed: int, first: int, count: int, bars: bool = False) -> Drawn:
        values = self.redrawn_values(seed, first, count)
        per_day = _per_day(values["drift"], values["volatility"], self.bars_per_year)
        return Drawn(_fill_bars if bars else _fill_prices, np.stack(per_day, axis=1), values["drift"])

    def stage(self) -> tuple[Stage, FloatArray]:
        mean, deviation = self._per_day()
        small = abs(mean) + LARGEST * deviation < SMALL  # as it is unless the volatility is beyond 80 % a year
        return _fill_calm_prices if small else _fill_prices, np.array([mean, deviation])

    def expected_growth(self) -> float:
        return exact_exponential(self.drift / self.bars_per_year)

    def expected_price(self, days: int) -> float:
        return self.start_price * math.exp(self.drift * days / self.bars_per_year)

    def _per_day(self) -> tuple[float, float]:
        return _per_day(self.drift, self.volatility, self.bars_per_year)


def _per_day(drift: Values, volatility: Values, bars_per_year: int) -> tuple[Values, Values]:
    """Mean and deviation of the logarithm of a day's growth."""
    return (drift - volatility * volatility / 2) / bars_per_year, volatility / math.sqrt(bars_per_year)


def _crashes(closes: FloatArray, drift: float, volatility: float, bars_per_year: int) -> Iterator[str]:
    """Where volatility²/2, which makes the drift of the mean logarithm, is the work of a few falls.

    A fall of 99 % is one of 460 % in logarithms, and its square outweighs years of other days.  Then the drift is far
    above what daily returns average, from which it differs by almost nothing on stocks: 4 % of volatility²/2 at a fall
    of 52 % in 13 years, less than 1 % where there is none of that kind.
    """
    average = float((np.diff(closes) / closes[:-1]).mean()) * bars_per_year
    above = drift - average
    if above > max(_FAR_ABOVE, _MUCH_OF_IT * volatility**2 / 2):
        yield (
            f"gbm drifts by {drift:.2f} a year where daily returns average {average:.2f}, because volatility²/2 of its "
            f"{volatility:.2f} is due to falls that are rarer and deeper than it can draw; student_t, which draws from "
            "returns as they are, fits better (--model student_t)"
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
