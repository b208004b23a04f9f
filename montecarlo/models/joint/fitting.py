"""What common days tell of several symbols together."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.joint_history import JointHistory
from montecarlo.models.joint import shrinkage, triangles
from montecarlo.models.model import ENOUGH_YEARS, drift_doubts, kurtosis, per_year
from montecarlo.wording import listed, percent

FloatArray = NDArray[np.float64]


def fitted(history: JointHistory, returns: FloatArray, *, shrunk: bool = True) -> dict[str, Any]:
    """The fields that all joint models have.

    Args:
        history: Whose last closes they start at.
        returns: What they draw, daily, shape (days, symbols).
        shrunk: Whether correlations from little history are drawn towards none.
    """
    days, symbols = returns.shape
    # Each by itself and contiguous, as of a single symbol, whose very bits they have.
    columns = [np.ascontiguousarray(returns[:, k]) for k in range(symbols)]
    drifts, volatilities = zip(*(per_year(column, history.bars_per_year) for column in columns), strict=True)
    spread = [
        0.0 if volatility == 0 else kurtosis(column) - 1
        for column, volatility in zip(columns, volatilities, strict=True)
    ]
    weight = shrinkage.shrinkage(returns) if shrunk and days < shrinkage.ENOUGH_DAYS * symbols else 0.0
    correlations = shrinkage.correlations(returns)
    below = tuple((1 - weight) * value for value in triangles.below_diagonal(correlations))
    return {
        "symbols": history.symbols,
        "start_prices": tuple(history.closes[-1].tolist()),
        "drifts": drifts,
        "volatilities": volatilities,
        "correlations": below,
        "observations": days,
        "variance_error": math.sqrt(sum(spread) / len(spread) / days),
        "shrunk": weight,
        "warnings": (*history.warnings, *_shrunk(weight, days, correlations, below)),
        "bars_per_year": history.bars_per_year,
    }


def _shrunk(weight: float, days: int, before: FloatArray, after: Sequence[float]) -> Iterator[str]:
    if weight:
        symbols = len(before)
        fitted_mean = sum(triangles.below_diagonal(before)) / len(after)
        yield (
            f"{days:,} days in common are few for {symbols} symbols ({shrinkage.ENOUGH_DAYS * symbols:,} are enough), "
            f"so correlations are drawn towards none by {percent(weight)} (Ledoit and Wolf): their mean is "
            f"{sum(after) / len(after):.2f} in place of {fitted_mean:.2f}"
        )


def doubts_about_drifts(
    symbols: Sequence[str], drifts: Sequence[float], errors: Sequence[float], years: float
) -> Iterator[str]:
    """Why drifts are little more than guesses, in a sentence; as of a single symbol."""
    if len(symbols) == 1:
        yield from drift_doubts(drifts[0], errors[0], years)
        return
    if years < ENOUGH_YEARS:
        yield (
            f"the drifts have standard errors of {percent(min(errors))} to {percent(max(errors))} per year, because "
            f"they come from {years:.1f} years of prices: take longer histories"
        )
        return
    unclear = [symbol for symbol, drift, error in zip(symbols, drifts, errors, strict=True) if error > abs(drift)]
    if unclear:
        yield (
            f"{years:.0f} years of prices do not tell whether {listed(unclear)} "
            f"{'rises or falls' if len(unclear) == 1 else 'rise or fall'}: the standard error of the drift is larger "
            "than the drift"
        )
