"""Daily returns of several symbols with fat tails that they share: the multivariate t distribution.

Sources:
    Kotz, Nadarajah (2004), "Multivariate t Distributions and Their Applications", 1.10: what some of its coordinates
        tell of the others.
    Bailey (1994), "Polar generation of random variates with the t-distribution", Math. Comp. 62.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from montecarlo.data.joint_history import JointHistory
from montecarlo.engine import normals
from montecarlo.engine.elementary import exponential
from montecarlo.engine.generator import cosine, direct, draw_words, minus_two_log, sides
from montecarlo.engine.joint_draws import fill_growth
from montecarlo.engine.lanes import LANES, Stage, inline, stage
from montecarlo.engine.normals import DAYS_AT_ONCE
from montecarlo.models import StudentTModel, sampling
from montecarlo.models.joint import shrinkage, triangles
from montecarlo.models.joint.fitting import fitted
from montecarlo.models.joint.joint_model import FloatArray, JointDrawn, JointModel
from montecarlo.models.joint.mixing import mixed
from montecarlo.models.student_t import DEGREES, FITTED, most_likely_degrees, redrawn_degrees
from montecarlo.parameters import Number, Parameter, shown

DEGREES_OF_FREEDOM = Parameter.of("degrees_of_freedom", DEGREES, label="Degrees of freedom")

_ERROR = Number(0, 1000)


@dataclass(frozen=True, kw_only=True)
class JointStudentT(JointModel):
    """Arithmetic daily returns, multivariate t with means drifts / Y and covariance covariance / Y.

    It tells how a portfolio fares with joint crashes: a day that is far out for one symbol is a stormy day for all of
    them, even where they are not correlated.  Days are independent and alike; it knows no spells, the same tails for
    all symbols, and no difference between the tail of the losses and that of the gains.
    A return of -100 % or less leaves the price at zero for good.

    The symbols are drawn in pairs.  Given p pairs before, whose squares add up to Q, a pair is a bivariate t with
    m = nu + 2 p degrees of freedom, times √((nu + Q) / m); its squared radius is (nu + Q) (U^(-2 / m) - 1) for a
    uniform number U.

    Args:
        degrees_of_freedom: Above 2, of all symbols; the fewer, the fatter the tails.
        tail_error: Standard error of one over the degrees of freedom; 0 where they are certain.
    """

    name = "student_t"
    help = "Daily returns are independent, with crashes and jumps as frequent as the histories', on the same days."

    degrees_of_freedom: float
    tail_error: float = 0.0

    def _problems(self) -> dict[str, str]:
        found = super()._problems()
        if problem := DEGREES_OF_FREEDOM.problem(self.degrees_of_freedom):
            found["degrees_of_freedom"] = problem
        if not _ERROR.accepts(self.tail_error):
            found["tail_error"] = f"must be {_ERROR}, not {shown(self.tail_error)}"
        return found

    @classmethod
    def fit(cls, history: JointHistory) -> Self:
        values = fitted(history, history.returns)
        matrix = triangles.correlation_matrix(values["correlations"], len(history.symbols))
        degrees, tail_error = _fit_degrees(history.returns, matrix)
        return cls(**values, degrees_of_freedom=degrees, tail_error=tail_error)

    def single(self) -> StudentTModel:
        values = self._single_values()
        return StudentTModel(**values, degrees_of_freedom=self.degrees_of_freedom, tail_error=self.tail_error)

    @property
    def is_uncertain(self) -> bool:
        return super().is_uncertain or self.tail_error > 0

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        means = 1 + np.array(self.drifts) / self.bars_per_year
        factors = self._factors_per_day() * _scale(self.degrees_of_freedom)
        return np.maximum(means[:, None] + mixed(factors, self._draws(seed, first_path, paths, days)), 0.0)

    def stage(self) -> tuple[Stage, FloatArray]:
        means = 1 + np.array(self.drifts) / self.bars_per_year
        factors = triangles.rows(self._factors_per_day() * _scale(self.degrees_of_freedom))
        return _fill_growth, np.concatenate([[self.degrees_of_freedom], means, factors])

    def redrawn(self, seed: int, first: int, count: int) -> JointDrawn:
        drifts, factors = self.redrawn_factors(seed, first, count)
        degrees = np.full(count, self.degrees_of_freedom)
        if self.tail_error:
            degrees = redrawn_degrees(self.degrees_of_freedom, self.tail_error, sampling.normals(seed, first, count)[2])
        scaled = triangles.rows(factors / math.sqrt(self.bars_per_year)) * _scale(degrees)[:, None]
        told = np.concatenate([degrees[:, None], 1 + drifts / self.bars_per_year, scaled], axis=1)
        return JointDrawn(_fill_growth, told, drifts, self.table)

    @classmethod
    def settable(cls) -> Mapping[str, Parameter]:
        return {**super().settable(), DEGREES_OF_FREEDOM.name: DEGREES_OF_FREEDOM}

    def with_values(self, values: Mapping[str, Any]) -> Self:
        found = super().with_values(values)
        return replace(found, tail_error=0.0) if DEGREES_OF_FREEDOM.name in values else found

    def _draws(self, seed: int, first_path: int, paths: int, days: int) -> list[FloatArray]:
        """Of each symbol, uncorrelated but not independent, shape (days, paths)."""
        nu, found = self.degrees_of_freedom, list[FloatArray]()
        total = np.ones((days, paths))  # one more than the squares so far over nu
        for k in range(0, len(self.symbols), 2):
            surprise = normals.minus_two_log(normals.words(seed, first_path, paths, days, k)).astype(np.float64)
            times = np.exp(surprise * (1 / (nu + k)))
            radius = np.sqrt((nu * total * (times - 1)).astype(np.float32))
            total = total * times
            radius, angle = normals.direct(radius, normals.words(seed, first_path, paths, days, k + 1))
            squared = angle * angle
            found.append((radius * normals.horner(squared, normals.COS)).astype(np.float64))
            found.append((radius * angle * normals.horner(squared, normals.SIN)).astype(np.float64))
        return found[: len(self.symbols)]


def _scale(degrees: Any) -> Any:
    """What t variables of variance nu / (nu - 2) are multiplied by."""
    return np.sqrt((degrees - 2) / degrees)


def _fit_degrees(returns: FloatArray, correlation: FloatArray) -> tuple[float, float]:
    """The most likely degrees of freedom, with means and covariance held fixed; the standard error of one over them."""
    standard = shrinkage.standardised(returns, ddof=1)
    inverse = np.linalg.pinv(correlation, hermitian=True)
    squares = ((standard @ inverse) * standard).sum(axis=1)
    dimensions = int(np.linalg.matrix_rank(correlation, hermitian=True)) - int((standard == 0).all(axis=0).sum())
    if dimensions <= 0:
        return FITTED[1], 0.0  # of no consequence: there is nothing to be multiplied
    return most_likely_degrees(squares, dimensions)


@inline
def _draw_all(scratch, seed, first_path, first_day, nu):  # type: ignore[no-untyped-def]
    total = scratch[0].total  # one more than the squares so far over nu, until sums are made there
    for i in range(DAYS_AT_ONCE * LANES):
        total[i] = 1.0
    for k in range(0, len(scratch), 2):
        own, inverse = scratch[k], 1.0 / (nu + k)
        words, draws, wide = own.words, own.draws, own.wide
        draw_words(own, seed, first_path, first_day, k)
        for i in range(DAYS_AT_ONCE * LANES):  # in loops of their own: single precision, double, single again
            draws[i] = minus_two_log(words[i])
        for i in range(DAYS_AT_ONCE * LANES):
            times = exponential(np.float64(draws[i]) * inverse)
            draws[i] = math.sqrt(np.float32(nu * total[i] * (times - 1.0)))
            total[i] *= times
        draw_words(own, seed, first_path, first_day, k + 1)
        if k + 1 < len(scratch):
            _both_sides(own, scratch[k + 1])
        else:  # of the last of an odd number, the sine is nobody's
            for i in range(DAYS_AT_ONCE * LANES):
                radius, angle = direct(draws[i], words[i])
                draws[i] = radius * cosine(angle)
        for i in range(DAYS_AT_ONCE * LANES):
            wide[i] = np.float64(draws[i])


@inline
def _both_sides(own, other):  # type: ignore[no-untyped-def]
    words, draws, sines = own.words, own.draws, other.draws
    for i in range(DAYS_AT_ONCE * LANES):
        radius, angle = direct(draws[i], words[i])
        draws[i], sines[i] = sides(radius, angle)
    for i in range(DAYS_AT_ONCE * LANES):
        other.wide[i] = np.float64(sines[i])


@stage
def _fill_growth(growth, seed, first_path, first_day, parameters, table, scratch):  # type: ignore[no-untyped-def]
    symbols = len(growth)
    nu, means, factors = parameters[0], parameters[1 : 1 + symbols], parameters[1 + symbols :]
    _draw_all(scratch, seed, first_path, first_day, nu)
    fill_growth(growth, scratch, means, factors, _grow)


@inline
def _grow(mean, total):  # type: ignore[no-untyped-def]
    return max(mean + total, 0.0)
