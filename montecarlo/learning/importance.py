"""Which features a forecast lives on: how much area it loses when one of them is dealt out anew among the days.

Averages of neighbouring windows say nearly the same, so that none of them is missed alone.  So there are groups, too.

Source:
    Breiman (2001), "Random forests", Machine Learning 45, section 10.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.learning.judging import area
from montecarlo.trained.features import feature_names
from montecarlo.trained.forecast import Forecast

REPEATS = 5
SEED = 0


def groups(n: int) -> Mapping[str, list[int]]:
    """Columns of the features, by what is dealt out together."""
    alone = {name: [column] for column, name in enumerate(feature_names(n))}
    together = {"all averages": list(range(n)), "all changes": list(range(n, 2 * n - 1))}
    return {**together, **alone}


def importance(forecast: Forecast, features: NDArray[np.float64], labels: NDArray[np.bool_]) -> pd.DataFrame:
    """
    Args:
        forecast: Whose scores.
        features: Of days that were not trained on, shape (days, 2 n).
        labels: Shape (days,), some of them and some not.

    Returns:
        Columns ``feature``, ``loss`` (mean of REPEATS, of area under the curve) and ``deviation`` of these; the groups,
        then the features, in their order.
    """
    whole, random = area(forecast.scores(features), labels).value, np.random.default_rng(SEED)
    rows, used = [], forecast.classifier.used
    for name, columns in groups(features.shape[-1] // 2).items():
        if used.isdisjoint(columns):
            rows.append({"feature": name, "loss": 0.0, "deviation": 0.0})
            continue
        dealt = np.repeat(features[None], REPEATS, axis=0)
        for each in dealt:
            each[:, columns] = each[random.permutation(len(each))][:, columns]
        losses = [whole - area(scores, labels).value for scores in forecast.scores(dealt)]
        rows.append({"feature": name, "loss": float(np.mean(losses)), "deviation": float(np.std(losses, ddof=1))})
    return pd.DataFrame(rows)
