"""What is expected of weightings: returns and covariances per year."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.models.joint import JointModel

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Weighting:
    """Weights, and what they would have had: return and volatility per year, and the Sharpe ratio of both."""

    weights: tuple[float, ...]
    expected_return: float
    volatility: float
    sharpe: float


@dataclass(frozen=True, eq=False)
class Moments:
    """Of symbols that are put back to their weights every day.

    Attributes:
        returns: Arithmetic, per year, shape (symbols,).
        covariance: Per year, shape (symbols, symbols).
        risk_free: Per year: what Sharpe ratios measure the excess over, and what cash earns.
    """

    returns: FloatArray
    covariance: FloatArray
    risk_free: float

    @classmethod
    def of(cls, model: JointModel, risk_free: float) -> Self:
        """Those of the joint model ``normal``."""
        return cls(np.array(model.drifts), np.array(model.covariance), risk_free)

    @property
    def excess(self) -> FloatArray:
        """Returns over the risk-free rate, shape (symbols,)."""
        return self.returns - self.risk_free

    def measured(self, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Expected returns, volatilities and Sharpe ratios of weightings, each of shape (weightings,).

        What weights leave of 1 is cash at the risk-free rate.  A Sharpe ratio of nothing but cash is NaN.

        Args:
            weights: Shape (weightings, symbols).
        """
        above = weights @ self.excess
        variances = ((weights @ self.covariance) * weights).sum(axis=1)
        volatilities = np.sqrt(np.maximum(variances, 0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            sharpe = np.where(volatilities > 0, above / volatilities, np.nan)
        return self.risk_free + above, volatilities, sharpe

    def weighting(self, weights: FloatArray) -> Weighting:
        """What one has."""
        (expected,), (volatility,), (sharpe,) = self.measured(weights[None, :])
        return Weighting(tuple(weights.tolist()), float(expected), float(volatility), float(sharpe))
