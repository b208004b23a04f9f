"""How much of the best pair of windows is luck, and what the rest of it follows."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.moments import Moments
from montecarlo.overfitting import relative_rank
from montecarlo.summary import NAN

FloatArray = NDArray[np.float64]

JUDGED = {
    "chosen_return": "mean return, on its own path, of the pair that is the best on a path",
    "judged_return": "mean return of that pair on another path",
    "average_return": "mean return of all pairs",
    "shrinkage": "chosen_return less judged_return",
    "judged_rank": "mean relative rank of that pair on another path, near 0 for the worst, near 1 for the best",
}
FOLLOWED = {
    "exposure_correlation": "correlation over the pairs of mean yearly return with exposure",
    "trades_correlation": "correlation over the pairs of mean yearly return with the number of trades",
    "exposure_and_trades": "share of the variance of mean yearly return over the pairs that is linear in both",
}


def judge(returns: FloatArray) -> Moments:
    """The quantities of JUDGED, of paths 0 and 1, 2 and 3, and so on: each chooses a best and judges the other's.

    Args:
        returns: Shape (pairs, paths); a last path without a partner is left out.
    """
    stop = returns.shape[1] // 2 * 2
    even, odd = returns[:, 0:stop:2], returns[:, 1:stop:2]
    return Moments.of((_judge(even, odd) + _judge(odd, even)) / 2)


def luck_table(judged: Moments, table: pd.DataFrame) -> pd.DataFrame:
    """JUDGED with 95 % intervals, and FOLLOWED; NaN where undefined.

    Args:
        judged: From ``judge``, of all paths.
        table: Of the pairs: columns ``yearly_return_mean``, ``exposure_mean``, ``trades_mean``.  Where days are
            independent, the mean of daily returns is that of the price times exposure, less costs, whatever the
            windows; the mean of final values is not, because it favours the paths that grew.

    Returns:
        Columns ``statistic``, ``value``, ``low``, ``high``.
    """
    gained, exposure, trades = (table[f"{name}_mean"].to_numpy() for name in ("yearly_return", "exposure", "trades"))
    followed = correlation(gained, exposure), correlation(gained, trades), explained(gained, exposure, trades)
    estimates = [*judged.means(), *((value, NAN, NAN) for value in followed)]
    records = [(name, *estimate) for name, estimate in zip(JUDGED | FOLLOWED, estimates, strict=True)]
    return pd.DataFrame.from_records(records, columns=["statistic", "value", "low", "high"])


def correlation(a: FloatArray, b: FloatArray) -> float:
    """Pearson's, NaN where one of them is always the same."""
    a, b = a - a.mean(), b - b.mean()
    spread = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / spread) if spread > 0 else NAN


def explained(values: FloatArray, *causes: FloatArray) -> float:
    """Coefficient of determination of a linear regression, NaN where the values are always the same."""
    deviations = values - values.mean()
    centred = np.column_stack([cause - cause.mean() for cause in causes])
    rest = deviations - centred @ np.linalg.lstsq(centred, deviations, rcond=None)[0]
    total = deviations @ deviations
    return float(1 - rest @ rest / total) if total > 0 else NAN


def _judge(chosen_on: FloatArray, judged_on: FloatArray) -> FloatArray:
    best = chosen_on.argmax(axis=0)
    paths = np.arange(len(best))
    chosen, judged = chosen_on[best, paths], judged_on[best, paths]
    return np.stack([chosen, judged, judged_on.mean(axis=0), chosen - judged, relative_rank(judged_on.T, best)])
