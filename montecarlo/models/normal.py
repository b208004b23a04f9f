"""Independent normal daily returns: the original workshop's model."""

import math
from decimal import Decimal
from typing import Self

import numpy as np

from montecarlo.data.bars import Bars
from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.engine import bridge
from montecarlo.engine.bars import fill_bars
from montecarlo.engine.bridge_lanes import draw_extremes
from montecarlo.engine.generator import draw_normals
from montecarlo.engine.lanes import LANES, Stage, inline, stage
from montecarlo.engine.normals import LARGEST, normals
from montecarlo.engine.prices import fill_prices
from montecarlo.models.expected_growth import cut_off_growth
from montecarlo.models.model import FloatArray, Model, compounded, fitted


class NormalModel(Model):
    """Arithmetic daily returns, Normal(drift/Y, volatility²/Y), Y ``bars_per_year``: E[S_T] = S_0 (1 + drift/Y)^T.

    It tells how a rule fares when days are independent and alike; it knows no fat tails and no calm or stormy spells.
    ``drift`` is Y times the mean of daily simple returns (not the compound growth rate, which is lower).
    A return of -100 % or less leaves the price at zero for good.

    Bars: a day opens at the close before, so there are no gaps; between open and close its price is a Brownian bridge
    with the deviation that the day has in dollars.
    """

    name = "normal"
    help = "Daily returns are independent and normally distributed, as in the workshop."

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = (), bars_per_year: int = TRADING_DAYS) -> Self:
        returns = np.diff(closes) / closes[:-1]
        return cls(float(closes[-1]), warnings=warnings, bars_per_year=bars_per_year, **fitted(returns, bars_per_year))

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        draws = normals(seed, first_path, paths, days).astype(np.float64)
        mean, deviation = self._per_day()
        return np.maximum(1 + mean + deviation * draws, 0.0)

    def stage(self) -> tuple[Stage, FloatArray]:
        mean, deviation = self._per_day()
        return _fill_prices, np.array([1 + mean, deviation])

    def bars(self, seed: int, first_path: int, paths: int, days: int) -> Bars:
        closes = compounded(self.start_price, self.growth(seed, first_path, paths, days))
        _, deviation, *way = self._told()
        above, below = bridge.extremes(normals(seed, first_path, paths, days), way, seed, first_path)
        before, after = closes[:-1], closes[1:]
        unit = before * deviation
        high = np.maximum(before, after) + unit * above
        low = np.maximum(np.minimum(before, after) - unit * below, 0.0)
        return Bars.of_days(before, high, low, closes)

    def bar_stage(self) -> tuple[Stage, FloatArray]:
        return _fill_bars, np.array(self._told())

    def _told(self) -> tuple[float, ...]:
        mean, deviation = self._per_day()
        return 1 + mean, deviation, *bridge.way(mean, deviation, -1.0)

    def expected_growth(self) -> float:
        mean, deviation = self._per_day()
        if 1 + mean >= LARGEST * deviation:  # no draw is cut off
            return 1 + mean
        return cut_off_growth(1 + mean, deviation, _density)

    def expected_price(self, days: int) -> float:
        return self.start_price * self.expected_growth() ** days

    def _per_day(self) -> tuple[float, float]:
        return self.drift / self.bars_per_year, self.volatility / math.sqrt(self.bars_per_year)


def _density(draw: Decimal) -> Decimal:
    return (-draw * draw / 2).exp()


@inline
def _grow(normal, parameters):  # type: ignore[no-untyped-def]
    mean, deviation = parameters
    return max(mean + deviation * np.float64(normal), 0.0)


@stage
def _fill_prices(prices, growth, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    mean, deviation = parameters[0], parameters[1]
    fill_prices(prices, growth, seed, first_path, start, draw_normals, _grow, (mean, deviation), scratch[0])


@inline
def _grow_of_bars(normal, parameters):  # type: ignore[no-untyped-def]
    return _grow(normal, parameters[:2])


@inline
def _fill_within(prices, bars, seed, first_path, first_day, days, parameters, scratch):  # type: ignore[no-untyped-def]
    _, deviation, way = parameters
    draw_extremes(scratch, way, seed, first_path, first_day)
    for day in range(days):
        for lane in range(LANES):
            before, after = prices[day].lane[lane], prices[day + 1].lane[lane]
            unit, at = before * deviation, day * LANES + lane
            bars[day].open[lane] = before
            bars[day].high[lane] = max(before, after) + unit * np.float64(scratch.above[at])
            bars[day].low[lane] = max(min(before, after) - unit * np.float64(scratch.below[at]), 0.0)


@stage
def _fill_bars(prices, growth, bars, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    told = parameters[0], parameters[1], parameters[2:]
    draw, within = draw_normals, _fill_within
    fill_bars(prices, growth, bars, seed, first_path, start, draw, _grow_of_bars, within, told, scratch[0])
