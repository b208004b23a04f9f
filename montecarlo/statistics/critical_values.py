"""Critical values of 95 % intervals where paths are too few, or tails too heavy, for those of a normal distribution.

They are quantiles of an estimate's distance from the truth in its own standard errors, drawn from a distribution that
is known: the bootstrap-t with a fitted distribution in place of the sample, made once and kept.  With more and more
paths they become a normal's, whatever the distribution, so the choice of it matters only where paths are few.

``python -m tests.calibration tables`` makes the tables anew.

Sources:
    Hall (1988), "Theoretical comparison of bootstrap confidence intervals", Annals of Statistics 16.
    Davidson, Flachaire (2007), "Asymptotic and bootstrap inference for inequality and poverty measures",
    J. Econometrics 141: with heavy tails, draw from a fitted tail rather than from the sample.
    Tibshirani (1988), "Variance stabilization and the bootstrap", Biometrika 75: studentise the logarithm.
    Balkema, de Haan (1974), "Residual life time at great age", Annals of Probability 2: the exponential tail.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence

Z = 1.959963984540054  # 97.5 % quantile of the standard normal
UNKNOWN = math.nan, math.nan

SHAPES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)
"""Standard deviations of a log-normal's logarithm; 0 is a normal distribution.  Two of their L-moment ratios follow."""
L_SKEWNESS = (0.0000, 0.0975, 0.1937, 0.2874, 0.3773, 0.4625, 0.5419, 0.6149, 0.6809, 0.7396, 0.7908)
L_KURTOSIS = (0.1226, 0.1301, 0.1522, 0.1878, 0.2355, 0.2931, 0.3581, 0.4279, 0.4998, 0.5711, 0.6395)

PATHS = (math.inf, 100_000, 20_000, 5000, 2000, 1000, 500, 200, 100)
"""For each of them a row of the tables, with a column for each of SHAPES."""
DEVIATION_LOW = (
    (-1.96, -1.96, -1.96, -1.96, -1.96, -1.96, -1.96, -1.96, -1.96, -1.96, -1.96),
    (-1.96, -1.96, -1.99, -2.07, -2.23, -2.49, -2.91, -3.50, -4.30, -5.32, -6.57),
    (-1.96, -1.98, -2.03, -2.14, -2.34, -2.68, -3.19, -3.90, -4.83, -6.00, -7.41),
    (-1.96, -2.02, -2.11, -2.29, -2.58, -3.03, -3.66, -4.47, -5.49, -6.75, -8.26),
    (-1.99, -2.06, -2.21, -2.45, -2.81, -3.31, -3.99, -4.86, -5.97, -7.31, -8.89),
    (-2.00, -2.11, -2.31, -2.61, -3.03, -3.60, -4.35, -5.31, -6.48, -7.90, -9.54),
    (-2.04, -2.17, -2.43, -2.80, -3.29, -3.92, -4.72, -5.72, -6.95, -8.41, -10.09),
    (-2.13, -2.33, -2.69, -3.19, -3.79, -4.53, -5.44, -6.55, -7.88, -9.45, -11.24),
    (-2.24, -2.50, -3.00, -3.64, -4.39, -5.24, -6.25, -7.45, -8.88, -10.56, -12.44),
)
DEVIATION_HIGH = (
    (1.96, 1.96, 1.96, 1.96, 1.96, 1.96, 1.96, 1.96, 1.96, 1.96, 1.96),
    (1.92, 1.91, 1.94, 1.91, 1.82, 1.67, 1.53, 1.46, 1.47, 1.55, 1.60),
    (1.99, 1.98, 1.94, 1.85, 1.73, 1.61, 1.52, 1.50, 1.54, 1.61, 1.65),
    (1.95, 1.91, 1.84, 1.75, 1.65, 1.58, 1.55, 1.58, 1.65, 1.71, 1.70),
    (1.94, 1.90, 1.82, 1.72, 1.64, 1.60, 1.60, 1.65, 1.71, 1.75, 1.70),
    (1.93, 1.89, 1.80, 1.71, 1.65, 1.63, 1.66, 1.72, 1.77, 1.78, 1.71),
    (1.93, 1.88, 1.79, 1.71, 1.67, 1.68, 1.72, 1.78, 1.82, 1.79, 1.67),
    (1.93, 1.87, 1.78, 1.73, 1.72, 1.76, 1.83, 1.88, 1.88, 1.81, 1.62),
    (1.95, 1.88, 1.81, 1.78, 1.80, 1.86, 1.93, 1.96, 1.93, 1.80, 1.56),
)

COUNTS = (math.inf, 1000, 300, 100, 50, 30, 20, 15, 12, 10, 8, 7, 6, 5)
"""Of paths that are as bad as the quantile or worse."""
SHORTFALL_LOW = (-1.96, -2.05, -2.14, -2.29, -2.49, -2.72, -3.00, -3.28, -3.58, -3.89, -4.40, -4.81, -5.43, -6.44)
SHORTFALL_HIGH = (1.96, 1.89, 1.83, 1.77, 1.72, 1.68, 1.66, 1.66, 1.66, 1.67, 1.71, 1.74, 1.80, 1.90)

# Along these the values are nearly straight lines: where a tail is heavy, they come near a normal's only slowly.
_PATHS_ROOTS = tuple(1 / math.sqrt(math.sqrt(paths)) for paths in PATHS)
_COUNTS_ROOTS = tuple(1 / math.sqrt(count) for count in COUNTS)

_ALLOWANCE = 3.0  # standard errors of a shape, of about shape / sqrt(paths), by which the true one may be larger


def of_deviation(paths: int, shape: float) -> tuple[float, float]:
    """Of the logarithm of a standard deviation; NaN where paths are too few, or tails too heavy, to say.

    Args:
        paths: How many tell of its tails.
        shape: Of the tails; both from ``montecarlo.statistics.tail_shape.tails``.
    """
    shape *= 1 + _ALLOWANCE / math.sqrt(paths)
    if paths < PATHS[-1] or shape > SHAPES[-1]:
        return UNKNOWN
    low, high = (
        interpolated(_PATHS_ROOTS, [interpolated(SHAPES, row, shape) for row in table], 1 / math.sqrt(math.sqrt(paths)))
        for table in (DEVIATION_LOW, DEVIATION_HIGH)
    )
    return low, high


def of_shortfall(count: int) -> tuple[float, float]:
    """Of an expected shortfall; NaN where too few paths tell how far it goes.

    Args:
        count: Paths that are as bad as the quantile or worse.
    """
    if count < COUNTS[-1]:
        return UNKNOWN
    low, high = (
        interpolated(_COUNTS_ROOTS, values, 1 / math.sqrt(count)) for values in (SHORTFALL_LOW, SHORTFALL_HIGH)
    )
    return low, high


def interpolated(places: Sequence[float], values: Sequence[float], place: float) -> float:
    """The value there of the straight lines between the points; beyond the first and the last, theirs."""
    after = bisect_right(places, place)
    if after == 0 or after == len(places):
        return values[0 if after == 0 else -1]
    start, end = places[after - 1], places[after]
    return values[after - 1] + (values[after] - values[after - 1]) * ((place - start) / (end - start))
