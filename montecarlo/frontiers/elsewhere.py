"""The same questions, asked of other draws of the history."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.frontiers.moments import Moments, Weighting
from montecarlo.frontiers.solver import Solver

FloatArray = NDArray[np.float64]

BAND = (0.05, 0.5, 0.95)
BAND_POINTS = 16  # closer to each other where volatility is least, for there the frontier rises most
REACHED = 0.95  # of all draws have weightings as calm as where the band begins


def band_of(
    solvers: Sequence[Solver], draws: Sequence[Moments], highest: float, *, tell: Callable[[float], object]
) -> pd.DataFrame:
    """Quantiles of the highest expected return that each draw allows at the same volatilities.

    It begins where 95 % of all draws have a weighting that is so calm; those few that have none there do not count.

    Args:
        solvers: Of each draw.
        draws: Their moments.
        highest: Volatility per year where the band ends.
        tell: Called with the fraction done.

    Returns:
        Columns ``volatility``, ``low``, ``median``, ``high``.
    """
    least = np.array([draw.weighting(solver.calmest()).volatility for draw, solver in zip(draws, solvers, strict=True)])
    begin = float(np.quantile(least, REACHED, method="higher"))
    parts = np.linspace(0, 1, BAND_POINTS if highest > begin else 1) ** 2
    volatilities = begin + (highest - begin) * parts
    returns = np.full((len(draws), len(volatilities)), np.nan)
    for place, (draw, solver) in enumerate(zip(draws, solvers, strict=True)):
        tell(place / len(draws))
        most = draw.weighting(solver.richest())
        for at, volatility in enumerate(volatilities):
            if volatility >= most.volatility:
                returns[place, at] = most.expected_return
            elif volatility > least[place]:
                returns[place, at] = draw.weighting(solver.richest_at(float(volatility))).expected_return
            elif volatility == least[place]:
                returns[place, at] = draw.weighting(solver.calmest()).expected_return
    low, median, high = np.nanquantile(returns, BAND, axis=0)
    return pd.DataFrame({"volatility": volatilities, "low": low, "median": median, "high": high})


def elsewhere_of(
    solvers: Sequence[Solver],
    draws: Sequence[Moments],
    here: Moments,
    *,
    symbols: Sequence[str],
    best: Weighting,
    calmest: Weighting,
    equal: Weighting,
    asked: Weighting | None,
) -> pd.DataFrame:
    """How weightings fare under each draw, beside its own best one.

    Returns:
        A row for each draw: Sharpe ratios ``best_sharpe`` of its own best weighting, ``sharpe`` of ``best``,
        ``equal_sharpe``, ``asked_sharpe`` where one is asked about; ``best_here``: what its own best has under the
        history's own moments; ``kept``: the share of the money that its own best has where ``best`` has it, and
        ``calmest_kept`` the same of those with the least volatility; and by symbol the weights of its own best.
    """
    told = {"sharpe": best, "equal_sharpe": equal} | ({"asked_sharpe": asked} if asked else {})
    compared = np.array([each.weights for each in told.values()])
    rows = []
    for draw, solver in zip(draws, solvers, strict=True):
        own = solver.best()
        sharpe = draw.measured(np.vstack([own, compared]))[2]
        kept = _kept(own, best), _kept(solver.calmest(), calmest)
        rows.append([*sharpe, here.weighting(own).sharpe, *kept, *own])
    return pd.DataFrame(rows, columns=["best_sharpe", *told, "best_here", "kept", "calmest_kept", *symbols])


def _kept(weights: FloatArray, weighting: Weighting) -> float:
    """The share of the money that both have in the same places."""
    return float(np.minimum(weights, weighting.weights).sum())
