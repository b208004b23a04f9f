"""Normal daily returns of several symbols, independent from day to day and correlated on each."""

import math
from typing import Self

import numpy as np

from montecarlo.data.joint_history import JointHistory
from montecarlo.engine.joint_draws import draw_all_normals, fill_growth
from montecarlo.engine.lanes import Stage, inline, stage
from montecarlo.engine.normals import normals
from montecarlo.models import NormalModel
from montecarlo.models.joint import triangles
from montecarlo.models.joint.fitting import fitted
from montecarlo.models.joint.joint_model import FloatArray, JointDrawn, JointModel
from montecarlo.models.joint.mixing import mixed


class JointNormal(JointModel):
    """Arithmetic daily returns, multivariate Normal(drifts / Y, covariance / Y), where Y is ``bars_per_year``.

    It tells how a portfolio fares when days are independent and alike; it knows no fat tails, no stormy spells, and no
    days on which everything falls more than the correlation of ordinary days explains.  Each symbol by itself is as
    the ``normal`` model of one symbol has it; the first has the same prices.
    """

    name = "normal"
    help = "Daily returns are normally distributed and correlated, and independent from day to day."

    @classmethod
    def fit(cls, history: JointHistory) -> Self:
        return cls(**fitted(history, history.returns))

    def single(self) -> NormalModel:
        return NormalModel(**self._single_values())

    def growth(self, seed: int, first_path: int, paths: int, days: int) -> FloatArray:
        means, factors = self._per_day()
        draws = (normals(seed, first_path, paths, days, k).astype(np.float64) for k in range(len(self.symbols)))
        return np.maximum(means[:, None] + mixed(factors, list(draws)), 0.0)

    def stage(self) -> tuple[Stage, FloatArray]:
        means, factors = self._per_day()
        return _fill_growth, np.concatenate([means, triangles.rows(factors)])

    def redrawn(self, seed: int, first: int, count: int) -> JointDrawn:
        drifts, factors = self.redrawn_factors(seed, first, count)
        means = 1 + drifts / self.bars_per_year
        told = np.concatenate([means, triangles.rows(factors / math.sqrt(self.bars_per_year))], axis=1)
        return JointDrawn(_fill_growth, told, drifts, self.table)

    def _per_day(self) -> tuple[FloatArray, FloatArray]:
        """One more than the mean of each return, and factors of their covariance."""
        return 1 + np.array(self.drifts) / self.bars_per_year, self._factors_per_day()


@inline
def _grow(mean, total):  # type: ignore[no-untyped-def]
    return max(mean + total, 0.0)


@stage
def _fill_growth(growth, seed, first_path, first_day, parameters, table, scratch):  # type: ignore[no-untyped-def]
    symbols = len(growth)
    draw_all_normals(scratch, seed, first_path, first_day)
    fill_growth(growth, scratch, parameters[:symbols], parameters[symbols:], _grow)
