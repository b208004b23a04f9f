"""Random weightings, the efficient frontier, and the band that the history leaves open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.data.joint_history import JointHistory

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Weighting:
    """Weights, and what they would have had: return and volatility per year, and the Sharpe ratio of both."""

    weights: tuple[float, ...]
    expected_return: float
    volatility: float
    sharpe: float


@dataclass(frozen=True, eq=False)
class Frontier:
    """What was found.  Returns are arithmetic, per year: mean daily return times ``bars_per_year``.

    Attributes:
        symbols: In the order of weights.
        risk_free: Per year.
        random: Of the random weightings: columns ``expected_return``, ``volatility``, ``sharpe``, and one by symbol.
        best_random, calmest_random: Of these, with the highest Sharpe ratio, and with the least volatility.
        efficient: Points of the efficient frontier, from the least volatility to the highest return: same columns.
        best, calmest: On it, with the highest Sharpe ratio (exactly: the tangency portfolio), the least volatility.
        band: Of the frontiers of other draws: columns ``volatility``, ``low``, ``median``, ``high``: return, of the
            central 90 %.
        elsewhere: Of each draw: columns ``best_sharpe`` (of its own best weighting), ``sharpe`` (of ``best`` under that
            draw), ``equal_sharpe``, and one by symbol: weights of its own best.
        asked: The weighting that a person asked about; None where none was.
    """

    symbols: tuple[str, ...]
    risk_free: float
    random: pd.DataFrame
    best_random: Weighting
    calmest_random: Weighting
    efficient: pd.DataFrame
    best: Weighting
    calmest: Weighting
    band: pd.DataFrame
    elsewhere: pd.DataFrame
    asked: Weighting | None

    def sentence(self) -> str:
        """How little of the best weighting survives, in plain words."""
        raise NotImplementedError


def frontier(
    history: JointHistory,
    *,
    weightings: int = 10_000,
    points: int = 50,
    draws: int = 200,
    lowest: Mapping[str, float] | float = 0.0,
    highest: Mapping[str, float] | float = 1.0,
    risk_free: float = 0.0,
    asked: Sequence[float] | None = None,
    seed: int | None = None,
) -> Frontier:
    """Random weightings and the efficient frontier, long only and within bounds.

    Raises:
        ParameterError: naming each parameter that cannot be used, bounds that leave no weighting among them.
        LibraryError: the solver is not installed, and what helps.
    """
    raise NotImplementedError
