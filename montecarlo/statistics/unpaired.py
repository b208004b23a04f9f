"""The difference between means of two simulations, where nothing is known path by path."""

import math
from dataclasses import dataclass

from montecarlo.statistics import exact_sums
from montecarlo.statistics.estimators import Estimate, around
from montecarlo.statistics.tally import Tally


@dataclass(frozen=True)
class Mean:
    """An estimated mean: its value, its standard error and its own skewness, which more paths make smaller."""

    value: float
    error: float
    skewness: float = 0.0


def mean_of(tally: Tally, name: str, skewness: float = 0.0) -> Mean:
    """That of a column, from its exact sums and the skewness of its values."""
    count, total, squares = tally.powers(name)
    error = math.sqrt(exact_sums.variance(count, total, squares) / count)
    return Mean(exact_sums.mean(count, total), error, skewness / math.sqrt(count))


def difference(first: Mean, second: Mean, *, independent: bool) -> Estimate:
    """The first less the second, with a 95 % interval.

    Args:
        first, second: Of two simulations.
        independent: Whether their random numbers have nothing to do with each other.  Otherwise, nothing being known of
            how the two hang together, the interval is as wide as it can have to be: the errors add up.
    """
    apart = first.value - second.value
    if not independent:
        return around(apart, first.error + second.error)
    error = math.hypot(first.error, second.error)
    if not error > 0:
        return around(apart, error)
    # Third cumulants of independent estimates add up as their variances do.
    skewness = first.skewness * (first.error / error) ** 3 - second.skewness * (second.error / error) ** 3
    return around(apart, error, skewness)
