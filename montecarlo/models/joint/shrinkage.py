"""Correlations from little history, drawn towards none.

Sources:
    Ledoit, Wolf (2004), "A well-conditioned estimator for large-dimensional covariance matrices", J. Multivariate
    Analysis 88.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

ENOUGH_DAYS = 50
"""For each symbol; with fewer, correlations are shrunk."""


def correlations(returns: FloatArray) -> FloatArray:
    """Of daily returns, shape (days, symbols): the sample's.  A symbol that never moves has none with any other."""
    standard = standardised(returns)
    found = standard.T @ standard / len(returns)
    np.fill_diagonal(found, 1.0)
    return np.clip((found + found.T) / 2, -1.0, 1.0)


def shrinkage(returns: FloatArray) -> float:
    """The weight, from 0 to 1, that "no correlation" has in the estimate of the correlations with the least expected
    squared error: that of Ledoit and Wolf for returns that are standardised, whose mean variance is one."""
    days, symbols = returns.shape
    if symbols == 1:
        return 0.0
    standard = standardised(returns)
    sample = standard.T @ standard / days
    distance = ((sample - np.eye(symbols)) ** 2).sum()
    squares = standard**2
    noise = ((squares.T @ squares) / days - sample**2).sum() / days
    return float(min(noise / distance, 1.0)) if distance > 0 else 0.0


def standardised(returns: FloatArray, ddof: int = 0) -> FloatArray:
    """Returns less their mean over their deviation; zeros where they are all the same."""
    centred = returns - returns.mean(axis=0)
    deviations = centred.std(axis=0, ddof=ddof)
    still = np.ptp(returns, axis=0) <= 1e-12 * (1 + np.abs(returns).max(axis=0))
    return np.asarray(np.where(still, 0.0, centred / np.where(still, 1.0, deviations)))
