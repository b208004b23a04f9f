"""Geometric Brownian motion of several symbols."""

import math
from collections.abc import Iterator
from typing import Self

import numpy as np

from montecarlo.data.joint_history import JointHistory
from montecarlo.engine.elementary import SMALL, exponential, small_exponential
from montecarlo.engine.joint_draws import draw_all_normals, fill_growth
from montecarlo.engine.lanes import Stage, inline, stage
from montecarlo.engine.normals import LARGEST, normals
from montecarlo.models import GbmModel
from montecarlo.models.gbm import crashes
from montecarlo.models.joint import triangles
from montecarlo.models.joint.fitting import fitted
from montecarlo.models.joint.joint_model import FloatArray, JointDrawn, JointModel
from montecarlo.models.joint.mixing import mixed


class JointGbm(JointModel):
    """Geometric Brownian motion: log returns are multivariate Normal((drifts - variances / 2) / Y, covariance / Y).

    It tells the same as the normal model, with prices that never reach zero.  ``drifts`` are the growth rates of the
    expected prices, continuously compounded; ``volatilities`` and ``correlations`` are those of the logarithms.
    """

    name = "gbm"
    help = "Geometric Brownian motion, correlated: the logarithms of daily returns are normal, no price reaches zero."

    @classmethod
    def fit(cls, history: JointHistory) -> Self:
        values = fitted(history, np.diff(np.log(history.closes), axis=0))
        variances = [volatility**2 for volatility in values["volatilities"]]
        values["drifts"] = tuple(drift + each / 2 for drift, each in zip(values["drifts"], variances, strict=True))
        values["warnings"] += tuple(_crashes(history, values["drifts"], values["volatilities"]))
        return cls(**values)

    def single(self) -> GbmModel:
        return GbmModel(**self._single_values())

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        means, factors = self._means(), self._factors_per_day()
        draws = (normals(seed, first_path, paths, days, k).astype(np.float64) for k in range(len(self.symbols)))
        return np.asarray(np.exp(means[:, None] + mixed(factors, list(draws))))

    def stage(self) -> tuple[Stage, FloatArray]:
        means, factors = self._means(), self._factors_per_day()
        furthest = np.abs(means) + LARGEST * np.abs(factors).sum(axis=1)
        return _fill_calm_growth if furthest.max() < SMALL else _fill_growth, _told(means, factors)

    def redrawn_factors(self, seed: int, first: int, count: int) -> tuple[FloatArray, FloatArray]:
        drifts, factors = super().redrawn_factors(seed, first, count)
        if any(self.drift_errors):
            # What the history tells is the mean of the logarithms, which is less than the drift by half the variance.
            fitted_variances = np.array([volatility * volatility for volatility in self.volatilities])
            drifts = drifts + (_variances(factors) - fitted_variances) / 2
        return drifts, factors

    def redrawn(self, seed: int, first: int, count: int) -> JointDrawn:
        drifts, factors = self.redrawn_factors(seed, first, count)
        means = (drifts - _variances(factors) / 2) / self.bars_per_year
        return JointDrawn(_fill_growth, _told(means, factors / math.sqrt(self.bars_per_year)), drifts, self.table)

    def furthest(self) -> tuple[float, float]:
        drift, volatility = super().furthest()
        return drift + volatility * volatility / 2, volatility

    def _means(self) -> FloatArray:
        """Of the logarithm of each day's growth."""
        deviations = np.array(self.volatilities)
        return np.asarray((np.array(self.drifts) - deviations * deviations / 2) / self.bars_per_year)


def _variances(factors: FloatArray) -> FloatArray:
    """Of each symbol, shape (..., symbols), from the factors of covariances."""
    found = np.zeros(factors.shape[:-1])
    for k in range(factors.shape[-1]):
        found += factors[..., k] * factors[..., k]
    return found


def _told(means: FloatArray, factors: FloatArray) -> FloatArray:
    return np.concatenate([means, triangles.rows(factors)], axis=-1)


def _crashes(history: JointHistory, drifts: tuple[float, ...], volatilities: tuple[float, ...]) -> Iterator[str]:
    alone = len(history.symbols) == 1
    for k, symbol in enumerate(history.symbols):
        for words in crashes(history.closes[:, k], drifts[k], volatilities[k], history.bars_per_year):
            yield words if alone else f"{symbol}: {words}"


@inline
def _grow(mean, total):  # type: ignore[no-untyped-def]
    return exponential(mean + total)


@inline
def _grow_little(mean, total):  # type: ignore[no-untyped-def]
    return small_exponential(mean + total)


@stage
def _fill_growth(growth, seed, first_path, first_day, parameters, table, scratch):  # type: ignore[no-untyped-def]
    symbols = len(growth)
    draw_all_normals(scratch, seed, first_path, first_day)
    fill_growth(growth, scratch, parameters[:symbols], parameters[symbols:], _grow)


@stage
def _fill_calm_growth(growth, seed, first_path, first_day, parameters, table, scratch):  # type: ignore[no-untyped-def]
    symbols = len(growth)
    draw_all_normals(scratch, seed, first_path, first_day)
    fill_growth(growth, scratch, parameters[:symbols], parameters[symbols:], _grow_little)
