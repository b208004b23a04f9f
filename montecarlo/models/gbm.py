"""Geometric Brownian motion."""

import math
from collections.abc import Iterator
from typing import Self, TypeVar

import numpy as np

from montecarlo.data.bars import Bars
from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.engine import bridge
from montecarlo.engine.bars import fill_bars
from montecarlo.engine.bridge_lanes import draw_extremes
from montecarlo.engine.elementary import SMALL, exponential, small_exponential
from montecarlo.engine.generator import draw_normals
from montecarlo.engine.lanes import LANES, Stage, inline, stage
from montecarlo.engine.normals import LARGEST, normals
from montecarlo.engine.prices import fill_prices
from montecarlo.models.expected_growth import exponential as exact_exponential
from montecarlo.models.model import Drawn, FloatArray, Model, compounded, fitted

Values = TypeVar("Values", float, FloatArray)

_FAR_ABOVE, _MUCH_OF_IT = 0.05, 0.2  # per year; of volatility²/2


class GbmModel(Model):
    """Geometric Brownian motion: log returns are Normal((drift - volatility²/2)/Y, volatility²/Y).

    E[S_T] = S_0 exp(drift T/Y), where Y is ``bars_per_year``.  It tells the same as the normal model, with prices
    that never reach zero.  ``drift`` is the growth rate of the expected price, continuously compounded.

    Bars: a day opens at the close before, so there are no gaps; between open and close the logarithm of its price is a
    Brownian bridge, as the model has it.
    """

    name = "gbm"
    help = "Geometric Brownian motion: the logarithms of daily returns are, so no price ever reaches zero."

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = (), bars_per_year: int = TRADING_DAYS) -> Self:
        found = fitted(np.diff(np.log(closes)), bars_per_year)
        found["drift"] += found["volatility"] ** 2 / 2
        warnings += tuple(crashes(closes, found["drift"], found["volatility"], bars_per_year))
        return cls(float(closes[-1]), warnings=warnings, bars_per_year=bars_per_year, **found)

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        draws = normals(seed, first_path, paths, days).astype(np.float64)
        mean, deviation = self._per_day()
        return np.exp(mean + deviation * draws)

    def bars(self, seed: int, first_path: int, paths: int, days: int) -> Bars:
        """Up to the rounding of NumPy's exponential the same as those of the stage."""
        closes = compounded(self.start_price, self.growth(seed, first_path, paths, days))
        mean, deviation = self._per_day()
        draws = normals(seed, first_path, paths, days)
        above, below = bridge.extremes(draws, bridge.way(mean, deviation), seed, first_path)
        before, after = closes[:-1], closes[1:]
        high = np.maximum(before, after) * np.exp(deviation * above.astype(np.float64))
        low = np.minimum(before, after) * np.exp(-deviation * below.astype(np.float64))
        return Bars.of_days(before, high, low, closes)

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
        per_day = np.stack(_per_day(values["drift"], values["volatility"], self.bars_per_year), axis=1)
        told = np.array([(*each, *bridge.way(*each)) for each in per_day.tolist()]) if bars else per_day
        return Drawn(_fill_bars if bars else _fill_prices, told, values["drift"])

    def stage(self) -> tuple[Stage, FloatArray]:
        return _fill_calm_prices if self._is_calm() else _fill_prices, np.array(self._per_day())

    def bar_stage(self) -> tuple[Stage, FloatArray]:
        per_day = self._per_day()
        return _fill_calm_bars if self._is_calm() else _fill_bars, np.array([*per_day, *bridge.way(*per_day)])

    def _is_calm(self) -> bool:
        """As it is unless the volatility is beyond 80 % a year."""
        mean, deviation = self._per_day()
        return abs(mean) + LARGEST * deviation < SMALL

    def expected_growth(self) -> float:
        return exact_exponential(self.drift / self.bars_per_year)

    def expected_price(self, days: int) -> float:
        return self.start_price * math.exp(self.drift * days / self.bars_per_year)

    def _per_day(self) -> tuple[float, float]:
        return _per_day(self.drift, self.volatility, self.bars_per_year)


def _per_day(drift: Values, volatility: Values, bars_per_year: int) -> tuple[Values, Values]:
    """Mean and deviation of the logarithm of a day's growth."""
    return (drift - volatility * volatility / 2) / bars_per_year, volatility / math.sqrt(bars_per_year)


def crashes(closes: FloatArray, drift: float, volatility: float, bars_per_year: int) -> Iterator[str]:
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


@inline
def _grow_of_bars(normal, parameters):  # type: ignore[no-untyped-def]
    return _grow(normal, parameters[:2])


@inline
def _grow_little_of_bars(normal, parameters):  # type: ignore[no-untyped-def]
    return _grow_little(normal, parameters[:2])


@inline
def _fill_within(prices, bars, seed, first_path, first_day, days, parameters, scratch):  # type: ignore[no-untyped-def]
    _fill(prices, bars, seed, first_path, first_day, days, parameters, scratch, exponential)


@inline
def _fill_within_calm(  # type: ignore[no-untyped-def]
    prices, bars, seed, first_path, first_day, days, parameters, scratch
):
    _fill(prices, bars, seed, first_path, first_day, days, parameters, scratch, small_exponential)


@inline
def _fill(prices, bars, seed, first_path, first_day, days, parameters, scratch, grow):  # type: ignore[no-untyped-def]
    _, deviation, way = parameters
    draw_extremes(scratch, way, seed, first_path, first_day)
    for day in range(days):
        for lane in range(LANES):
            before, after, at = prices[day].lane[lane], prices[day + 1].lane[lane], day * LANES + lane
            bars[day].open[lane] = before
            bars[day].high[lane] = max(before, after) * grow(deviation * np.float64(scratch.above[at]))
            bars[day].low[lane] = min(before, after) * grow(-deviation * np.float64(scratch.below[at]))


@stage
def _fill_bars(prices, growth, bars, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    told, draw, within = (parameters[0], parameters[1], parameters[2:]), draw_normals, _fill_within
    fill_bars(prices, growth, bars, seed, first_path, start, draw, _grow_of_bars, within, told, scratch[0])


@stage
def _fill_calm_bars(prices, growth, bars, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    told, draw, within = (parameters[0], parameters[1], parameters[2:]), draw_normals, _fill_within_calm
    fill_bars(prices, growth, bars, seed, first_path, start, draw, _grow_little_of_bars, within, told, scratch[0])
