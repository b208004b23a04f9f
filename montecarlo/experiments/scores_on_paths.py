"""How good the scores of a forecast are on simulated paths: 0.5, where days know nothing of each other."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.errors import ParameterError
from montecarlo.experiments.paths import draw_bars
from montecarlo.experiments.simulation import Simulation
from montecarlo.learning.judging import Estimate, area, student_t
from montecarlo.learning.labels import TARGET, outcomes
from montecarlo.parameters import Whole, shown
from montecarlo.strategies.ml_forecast import MlForecast
from montecarlo.strategies.model_card import BOTH
from montecarlo.trained import features

PATHS = Whole(2, 10_000)

COLUMNS = ("side", "auc", "low", "high", "signals")

_AT_ONCE = 50  # paths whose features are in memory

FloatArray = NDArray[np.float64]
Labels = NDArray[np.bool_]


def areas_on_paths(simulation: Simulation, paths: int) -> pd.DataFrame:
    """The area under the curve of the scores of a forecast on the first paths of a simulation, in plain NumPy.

    The area is that of all signals together, and the interval comes from the paths: they are independent of each other,
    while the labels of one path overlap.  No area can be told where no trade, or every one, reaches its target.

    Args:
        simulation: Its model has bars.
        paths: How many, at least 2.

    Returns:
        Columns COLUMNS, a row for each side that is traded; none unless the strategy is a forecast.

    Raises:
        ParameterError: it is no number of paths.

    Source:
        Obuchowski (1997), "Nonparametric analysis of clustered ROC curve data", Biometrics 53.
    """
    if not PATHS.accepts(paths):
        raise ParameterError({"scored": f"must be {PATHS}, not {shown(paths)}"})
    strategy, rows = simulation.strategy, []
    if isinstance(strategy, MlForecast):
        for side in strategy.card.sides:
            if strategy.direction in (side, BOTH):
                scores, labels = _signals(simulation, strategy, side, paths)
                rows.append((side, *clustered_area(scores, labels), scores.size))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def clustered_area(scores: FloatArray, labels: Labels) -> Estimate:
    """With its 95 % interval; both of shape (signals, paths).  NaN where all labels are the same."""
    if labels.all() or not labels.any():
        return Estimate(np.nan, np.nan, np.nan)
    found, paths = area(scores.ravel(), labels.ravel()), scores.shape[1]
    by_path = found.influence.reshape(scores.shape).sum(axis=0)
    error = float(np.sqrt((by_path**2).sum() * paths / (paths - 1))) / scores.size
    half = student_t(paths - 1) * error
    return Estimate(found.value, found.value - half, found.value + half)


def _signals(simulation: Simulation, strategy: MlForecast, side: str, paths: int) -> tuple[FloatArray, Labels]:
    """Scores of the days from the first decision on, and whether their trades reach the target the model is about."""
    model, barrier, n = strategy.at_hand, strategy.card.barrier, strategy.first_decision
    scores, labels = [], []
    for first in range(0, paths, _AT_ONCE):
        count = min(_AT_ONCE, paths - first)
        bars = draw_bars(simulation.model, simulation.seed, first, count, simulation.days, simulation.warm_up)
        ends = outcomes(bars, barrier, side)[n:]
        scores.append(model.sides[side].scores(features(bars.close, n))[: len(ends)])
        labels.append(ends == TARGET)
    return np.concatenate(scores, axis=1), np.concatenate(labels, axis=1)
