"""Estimates with their 95 % confidence intervals.

Sources are given by ``montecarlo.statistics.summary.summarise``.
"""

import math
from decimal import Context, Decimal, localcontext
from functools import lru_cache

from montecarlo.statistics import exact_sums
from montecarlo.statistics.binomial import binomial_quantile
from montecarlo.statistics.critical_values import Z, of_deviation, of_shortfall
from montecarlo.statistics.elementary import cube_root, exponential
from montecarlo.statistics.histogram import Distribution, rank_of
from montecarlo.statistics.tail_shape import tails
from montecarlo.statistics.tally import Tally

NAN = float("nan")
_DIGITS = 50  # of decimals: a return of 1e-30 still has all digits of a double right
Estimate = tuple[float, float, float]  # value, low, high


def mean_estimate(count: int, total: int, squares: int, *, skewness: float = 0.0) -> Estimate:
    """A mean by the central limit theorem, from exact sums over the paths on which the column is defined.

    Where their skewness is known, studentised means are made symmetrical by Hall's cubic.
    """
    if count == 0:
        return NAN, NAN, NAN
    mean = exact_sums.mean(count, total)
    error = math.sqrt(exact_sums.variance(count, total, squares) / count)
    return around(mean, error, skewness / math.sqrt(count))


def around(mean: float, error: float, skewness: float = 0.0) -> Estimate:
    """A mean, its standard error and its own skewness (not that of the values) with Hall's interval."""
    lower, upper = (_skewed(z, skewness) for z in (-Z, Z))
    return mean, mean - upper * error, mean - lower * error


def _skewed(z: float, skewness: float) -> float:
    """Where t + s t^2 / 3 + s^2 t^3 / 27 + s / 6 is z, which is normal if the mean's skewness is s."""
    centred = z - skewness / 6
    root = cube_root(1 + skewness * centred)
    return centred / ((root * root + root + 1) / 3)  # 3 (root - 1) / s, which loses no digits where s is small


def deviation_estimate(paths: int, s1: int, s2: int, s3: int, s4: int, *, returns: Distribution) -> Estimate:
    """A standard deviation, from exact sums of the values' four powers; ``returns`` tell how heavy their tails are.

    Its logarithm is studentised by the delta method.  The sample's worst and best decide standard error and estimate
    alike, so where tails are heavy the two are small together, and a normal's critical values would be far too near.
    """
    variance = exact_sums.variance(paths, s1, s2)
    deviation = math.sqrt(variance)
    if not deviation > 0:
        return deviation, NAN, NAN
    lower, upper = of_deviation(*tails(returns))
    fourth = exact_sums.fourth_moment(paths, s1, s2, s3, s4)
    spread = (fourth / (variance * variance) - (paths - 3) / (paths - 1)) / (4 * paths)
    error = math.sqrt(max(spread, 0.0))
    return deviation, deviation * exponential(-upper * error), deviation * exponential(-lower * error)


def ratio_estimate(tally: Tally, part: str, whole: str, *, most: float = 1.0) -> Estimate:
    """The sum of one column over that of another, by the deviations of the paths from it; at most ``most``."""
    (paths, s_part, s_part2), (_, s_whole, s_whole2) = tally.powers(part), tally.powers(whole)
    if s_whole == 0:
        return NAN, NAN, NAN
    ratio, one = s_part / s_whole, exact_sums.ONE
    # Sum of the squares of ``part - ratio * whole``, times the square of the sum of ``whole``: without rounding.
    squares = s_part2 * s_whole**2 - 2 * s_part * s_whole * tally.sums[f"{part}*{whole}"] + s_whole2 * s_part**2
    # All paths have the same ratio, but for the rounding of their products: nothing tells how far another might be off.
    if paths == 1 or squares <= 0:
        return ratio, NAN, NAN
    half = Z * math.sqrt(squares / (paths * (paths - 1) * one * s_whole**2)) / exact_sums.mean(paths, s_whole)
    return ratio, max(ratio - half, 0.0), min(ratio + half, most)


def proportion_estimate(events: int, paths: int) -> Estimate:
    """A probability with Wilson's interval, which ends at 0 where there were no events and at 1 where all were."""
    return events / paths, *proportion_interval(events / paths, paths)


def proportion_interval(proportion: float, paths: float) -> tuple[float, float]:
    """Wilson's interval of a proportion of so many paths; it ends at a proportion of 0 or 1."""
    squared = Z * Z  # a library's power may round otherwise on another processor
    centre = (proportion + squared / (2 * paths)) / (1 + squared / paths)
    spread = proportion * (1 - proportion) / paths + squared / (4 * paths * paths)
    half = Z / (1 + squared / paths) * math.sqrt(spread)
    # Rounding would leave some 1e-19 of what is 0.
    return max(centre - half, 0.0) if proportion > 0 else 0.0, min(centre + half, 1.0) if proportion < 1 else 1.0


def quantile_estimate(distribution: Distribution, paths: int, probability: float) -> Estimate:
    """The order statistic at that probability, between those whose ranks are binomial quantiles."""
    value, low, high = (distribution.at_rank(rank) for rank in quantile_ranks(probability, paths))
    return value, low, high


@lru_cache  # the same for every pair of windows of a sweep
def quantile_ranks(probability: float, paths: int) -> tuple[int, int, int]:
    """Of the quantile and of the ends of its interval."""
    low, high = (binomial_quantile(tail, paths, probability) for tail in (0.025, 0.975))
    return rank_of(probability, paths), low, high + 1


def shortfall_estimate(returns: Distribution, paths: int, probability: float) -> Estimate:
    """Minus the mean of the worst returns, up to that probability.

    No interval where too few paths are that bad: nothing then tells how much worse others may be.
    """
    rank = rank_of(probability, paths)
    quantile = returns.at_rank(rank)
    mean, deviation = returns.shortfall_below(quantile)
    value = -quantile + mean / probability
    lower, upper = of_shortfall(min(rank, returns.below(quantile) + 1))
    error = deviation / (probability * math.sqrt(paths))
    return value, value - upper * error, value - lower * error


def annualised(total: float, days: int, bars_per_year: int) -> float:
    """The return per year that compounds to ``total`` after so many days; NaN for debt, or none that a double holds.

    By powers of decimals: those of libraries have other bits on other processors.
    """
    if not total >= -1:
        return NAN
    if total == -1:
        return -1.0
    with localcontext(Context(prec=_DIGITS)):
        found = float((1 + Decimal(total)) ** (Decimal(bars_per_year) / Decimal(days)) - 1)
    return found if math.isfinite(found) else NAN
