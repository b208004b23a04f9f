"""How much of the best of many combinations is due to its having been chosen, and what the rest of it follows."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.statistics.estimators import NAN
from montecarlo.statistics.moments import Moments
from montecarlo.statistics.ranks import best, relative_rank
from montecarlo.statistics.regression import correlation, explained

FloatArray = NDArray[np.float64]

VALIDATED = {
    "chosen_return": "mean return, on its own path, of the combination that is the best on a path",
    "validated_return": "mean return of that combination on another path",
    "average_return": "mean return of all combinations",
    "shrinkage": "how much of the chosen return is gone on another path",
    "validated_rank": "mean relative rank of that combination on another path, from 0 for the worst to 1 for the best",
}
FOLLOWED = {
    "exposure_correlation": "correlation over the combinations of mean yearly return with exposure",
    "trades_correlation": "correlation over the combinations of mean yearly return with the number of trades",
    "exposure_and_trades": "share of the variance of mean yearly return over the combinations that is linear in both",
}


def cross_validate_paths(returns: FloatArray) -> Moments:
    """The quantities of VALIDATED, of paths 0 and 1, 2 and 3, and so on: each chooses the best, the other validates it.

    Args:
        returns: Shape (combinations, paths); a last path without a partner is left out.
    """
    stop = returns.shape[1] // 2 * 2
    even, odd = returns[:, 0:stop:2], returns[:, 1:stop:2]
    return Moments.of((_validate(even, odd) + _validate(odd, even)) / 2)


def selection_bias_table(validated: Moments, table: pd.DataFrame) -> pd.DataFrame:
    """VALIDATED with 95 % intervals, and FOLLOWED; NaN where undefined.

    Args:
        validated: From ``cross_validate_paths``, of all paths.
        table: Of the combinations: columns ``yearly_return_mean``, ``exposure_mean``, ``trades_mean``.  Where days are
            independent, the mean of daily returns is that of the price times exposure, less costs, whatever the rule;
            the mean of final values is not, because it favours the paths that grew.

    Returns:
        Columns ``statistic``, ``value``, ``low``, ``high``.
    """
    gained, exposure, trades = (table[f"{name}_mean"].to_numpy() for name in ("yearly_return", "exposure", "trades"))
    followed = correlation(gained, exposure), correlation(gained, trades), explained(gained, exposure, trades)
    estimates = [*validated.means(), *((value, NAN, NAN) for value in followed)]
    records = [(name, *estimate) for name, estimate in zip(VALIDATED | FOLLOWED, estimates, strict=True)]
    return pd.DataFrame.from_records(records, columns=["statistic", "value", "low", "high"])


def _validate(chosen_on: FloatArray, validated_on: FloatArray) -> FloatArray:
    # Combinations that hold the same on a path have the same bits there, so ties are exact.
    columns = best(chosen_on.T)
    paths = np.arange(len(columns))
    chosen, validated = chosen_on[columns, paths], validated_on[columns, paths]
    rank = relative_rank(validated_on.T, columns)
    return np.stack([chosen, validated, validated_on.mean(axis=0), chosen - validated, rank])
