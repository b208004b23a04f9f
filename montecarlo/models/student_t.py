"""Independent daily returns with fat tails: Student's t.

Sources:
    Bailey (1994), "Polar generation of random variates with the t-distribution", Math. Comp. 62.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

import numpy as np

from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.engine import normals
from montecarlo.engine.elementary import exponential
from montecarlo.engine.generator import cosine, direct, draw_words, minus_two_log
from montecarlo.engine.lanes import LANES, Stage, inline, stage
from montecarlo.engine.normals import DAYS_AT_ONCE
from montecarlo.engine.prices import fill_prices
from montecarlo.models import sampling
from montecarlo.models.expected_growth import cut_off_growth
from montecarlo.models.model import FloatArray, Model, alike, fitted, standard_error
from montecarlo.parameters import Number, parameter

# The variance is infinite at two.  At a hundred the distribution cannot be told from the normal one by decades of days.
DEGREES = Number(2, 1000, low_allowed=False)
FITTED = 2.05, 100.0


@dataclass(frozen=True)
class StudentTModel(Model):
    """Arithmetic daily returns, Student's t with mean drift/Y and variance volatility²/Y, where Y is ``bars_per_year``.

    It tells how a rule fares with crashes and jumps as frequent as the history's, when days are independent and alike;
    it knows no calm and stormy spells, and no difference between the tail of the losses and that of the gains.
    ``drift`` is Y times the mean of daily simple returns.  A return of -100 % or less leaves the price at zero for
    good.

    Args:
        degrees_of_freedom: Above 2; the fewer, the fatter the tails.
        tail_error: Standard error of one over the degrees of freedom, which is what a history tells evenly.
    """

    name = "student_t"
    help = "Daily returns are independent, with crashes and jumps as frequent as the history's."

    errors: ClassVar[Mapping[str, str]] = {**Model.errors, "degrees_of_freedom": "tail_error"}

    degrees_of_freedom: float = parameter(DEGREES, label="Degrees of freedom", kw_only=True)
    tail_error: float | None = standard_error("tail, 1 / degrees of freedom")

    @classmethod
    def fit(cls, closes: FloatArray, warnings: tuple[str, ...] = (), bars_per_year: int = TRADING_DAYS) -> Self:
        returns = np.diff(closes) / closes[:-1]
        degrees, tail_error = fit_degrees_of_freedom(returns)
        return cls(
            float(closes[-1]),
            warnings=warnings,
            bars_per_year=bars_per_year,
            degrees_of_freedom=degrees,
            tail_error=tail_error,
            **fitted(returns, bars_per_year),
        )

    def redrawn_values(self, seed: int, first: int, count: int) -> dict[str, FloatArray]:
        normal = sampling.normals(seed, first, count)[2]
        tail = redrawn_degrees(self.degrees_of_freedom, self.tail_error, normal)
        drawn = {"degrees_of_freedom": tail} if self.tail_error else {}
        return super().redrawn_values(seed, first, count) | drawn

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        mean, scale = self._per_day()
        return np.maximum(1 + mean + scale * self._draws(seed, first_path, paths, days), 0.0)

    def stage(self) -> tuple[Stage, FloatArray]:
        mean, scale = self._per_day()
        return _fill_prices, np.array([1 + mean, scale, self.degrees_of_freedom])

    def expected_growth(self) -> float:
        """That of a normal model and a little more, because a fall ends at zero."""
        nu, (mean, scale) = Decimal(self.degrees_of_freedom), self._per_day()

        def density(draw: Decimal) -> Decimal:
            return (-(nu + 1) / 2 * (1 + draw * draw / nu).ln()).exp()

        return cut_off_growth(1 + mean, scale, density)

    def expected_price(self, days: int) -> float:
        """S_0 times the expected growth of a day to the power of ``days``."""
        return self.start_price * self.expected_growth() ** days

    def _per_day(self) -> tuple[float, float]:
        """Mean of a return, and what a t variable of variance nu / (nu - 2) is multiplied by."""
        nu = self.degrees_of_freedom
        return self.drift / self.bars_per_year, self.volatility / math.sqrt(self.bars_per_year) * math.sqrt(
            (nu - 2) / nu
        )

    def _draws(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        """Of Student's t, shape (days, paths), from two words a day."""
        nu = self.degrees_of_freedom
        spans = -(-days // DAYS_AT_ONCE)
        drawn = normals.words(seed, first_path, paths, 2 * spans * DAYS_AT_ONCE)
        radius_words, angle_words = np.split(drawn.reshape(spans, 2 * DAYS_AT_ONCE, paths), 2, axis=1)
        surprise = normals.minus_two_log(radius_words).astype(np.float64)
        radius = np.sqrt((nu * (np.exp(surprise * (1 / nu)) - 1)).astype(np.float32))
        radius, angle = normals.direct(radius, angle_words)
        draws = radius * normals.horner(angle * angle, normals.COS)
        return draws.reshape(-1, paths)[:days].astype(np.float64)


def redrawn_degrees(degrees: float, tail_error: float | None, normal: FloatArray) -> FloatArray:
    """Degrees of freedom that a history might as well have come from."""
    fewest, most = FITTED
    return np.asarray(1 / np.clip(1 / degrees + (tail_error or 0.0) * normal, 1 / most, 1 / fewest))


def fit_degrees_of_freedom(returns: FloatArray) -> tuple[float, float]:
    """The most likely degrees of freedom, from 2.05 to 100, of a t distribution with the returns' mean and variance.

    With the variance held fixed, because it is what a simulation must not get wrong.

    Returns:
        The degrees of freedom, and the standard error of one over them, from the curvature of the likelihood.
    """
    if alike(returns):
        return FITTED[1], 0.0  # of no consequence: there is nothing to be multiplied
    return most_likely_degrees(((returns - returns.mean()) / returns.std(ddof=1)) ** 2)


def most_likely_degrees(squares: FloatArray, dimensions: int = 1) -> tuple[float, float]:
    """The same of a multivariate t distribution.

    Args:
        squares: Squared distance of each day from the mean, in the metric of the inverse of the covariance.
        dimensions: How many the days have.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    low, high = FITTED

    def surprise(inverse: float) -> float:
        """Minus the mean log density; in 1 / nu, of which it is a smooth function up to the normal distribution."""
        nu = 1 / inverse
        constant = gammaln((nu + dimensions) / 2) - gammaln(nu / 2) - dimensions * math.log(math.pi * (nu - 2)) / 2
        return float((nu + dimensions) / 2 * np.log1p(squares / (nu - 2)).mean() - constant)

    best = float(minimize_scalar(surprise, bounds=(1 / high, 1 / low), method="bounded").x)
    step = min(0.01, best / 2, (1 / low - best) / 2)
    curvature = (surprise(best - step) - 2 * surprise(best) + surprise(best + step)) / step**2
    widest = 1 / low - 1 / high
    return 1 / best, min(1 / math.sqrt(len(squares) * curvature), widest) if curvature > 0 else widest


@inline
def _draw_t(scratch, seed, first_path, first_day, parameters):  # type: ignore[no-untyped-def]
    # One draw of a pair: radius times sine would be another, but the two are independent only where the radius is
    # that of the normal distribution.
    _, _, nu, inverse = parameters
    draw_words(scratch, seed, first_path, 2 * first_day)
    words, draws = scratch.words, scratch.draws
    for i in range(DAYS_AT_ONCE * LANES):  # in two loops: a third faster than single and double precision in one
        draws[i] = minus_two_log(words[i])
    for i in range(DAYS_AT_ONCE * LANES):
        draws[i] = math.sqrt(np.float32(nu * (exponential(np.float64(draws[i]) * inverse) - 1.0)))
    draw_words(scratch, seed, first_path, 2 * first_day + DAYS_AT_ONCE)
    for i in range(DAYS_AT_ONCE * LANES):
        radius, angle = direct(draws[i], words[i])
        draws[i] = radius * cosine(angle)


@inline
def _grow(draw, parameters):  # type: ignore[no-untyped-def]
    mean, scale, _, _ = parameters
    return max(mean + scale * np.float64(draw), 0.0)


@stage
def _fill_prices(prices, growth, seed, first_path, start, parameters, scratch):  # type: ignore[no-untyped-def]
    mean, scale, nu = parameters[0], parameters[1], parameters[2]
    fill_prices(prices, growth, seed, first_path, start, _draw_t, _grow, (mean, scale, nu, 1.0 / nu), scratch[0])
