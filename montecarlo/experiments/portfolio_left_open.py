"""A portfolio's paths under joint models that its common days might as well have come from."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.rows import Rows
from montecarlo.experiments.left_open import MANY, LeftOpen, Redrawn, chosen
from montecarlo.experiments.portfolio_paths import simulate_portfolio_drawn, simulate_portfolio_paths
from montecarlo.experiments.traded_paths import furthest_problem
from montecarlo.models.joint import JointDrawn, JointModel

if TYPE_CHECKING:
    from montecarlo.experiments.portfolio import Portfolio

FloatArray = NDArray[np.float64]

_AT_ONCE = 32  # draws of which a bootstrap has the histories in memory


@dataclass(frozen=True)
class PortfolioLeftOpen(LeftOpen[JointDrawn]):
    """Of a portfolio: a drift is that of its mix; where another one is asked for, all symbols drift so much more."""

    portfolio: "Portfolio"

    @classmethod
    def of(cls, portfolio: "Portfolio") -> "PortfolioLeftOpen":
        return cls(portfolio.mix, portfolio.rules, portfolio)

    def evenly_drawn(self) -> Iterable[Redrawn[JointDrawn]]:
        firsts = range(0, MANY, _AT_ONCE)
        drifts = np.concatenate([self._drifts(self.redrawn(first, min(_AT_ONCE, MANY - first))) for first in firsts])
        for number in chosen(drifts).tolist():
            yield Redrawn(float(drifts[number]), self.redrawn(number, 1))

    def at_drift(self, drift: float) -> Redrawn[JointDrawn]:
        return Redrawn(drift, self.portfolio.model.shifted(drift - self.fit.drift).drawn())

    def redrawn(self, first: int, count: int) -> JointDrawn:
        return self.portfolio.model.redrawn(self.portfolio.seed, first, count)

    def results(self, models: JointDrawn, first: int, stop: int) -> NDArray[np.void]:
        return simulate_portfolio_drawn(self.portfolio, models, first, stop)

    def rows(self, models: JointDrawn, first: int, stop: int) -> Rows:
        return simulate_portfolio_paths(self.portfolio, first, stop, models).rows

    def _drifts(self, models: JointDrawn) -> FloatArray:
        """Of the mix, under each of the models; added up in the order of the symbols."""
        found = np.zeros(len(models.drifts))
        for weight, drifts in zip(self.portfolio.weights, models.drifts.T, strict=True):
            found += weight * drifts
        return found / math.fsum(self.portfolio.weights)


def joint_uncertainty_problem(model: JointModel, days: int) -> str:
    """Why it cannot be told what the answer of a portfolio is worth; empty where it can."""
    if not model.is_uncertain:
        return "has nothing to tell: no parameter is open where prices do not vary, or where all are set by hand"
    return furthest_problem(*model.furthest(), days / model.bars_per_year)
