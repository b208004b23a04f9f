"""Estimates with their 95 % confidence intervals.

Sources are given by ``montecarlo.statistics.summary.summarise``.
"""

import math
from functools import lru_cache

from montecarlo.statistics import exact_sums
from montecarlo.statistics.binomial import binomial_quantile
from montecarlo.statistics.histogram import Distribution, rank_of
from montecarlo.statistics.tally import Tally

Z = 1.959963984540054  # 97.5 % quantile of the standard normal
NAN = float("nan")
Estimate = tuple[float, float, float]  # value, low, high


def mean_estimate(count: int, total: int, squares: int) -> Estimate:
    """A mean by the central limit theorem, from exact sums over the paths on which the column is defined."""
    if count == 0:
        return NAN, NAN, NAN
    mean = exact_sums.mean(count, total)
    half = Z * math.sqrt(exact_sums.variance(count, total, squares) / count)
    return mean, mean - half, mean + half


def deviation_estimate(paths: int, s1: int, s2: int, s3: int, s4: int) -> Estimate:
    """A standard deviation, from exact sums of the values' four powers."""
    variance = exact_sums.variance(paths, s1, s2)
    deviation = math.sqrt(variance)
    if not deviation > 0:
        return deviation, NAN, NAN
    fourth = exact_sums.fourth_moment(paths, s1, s2, s3, s4)
    spread = (fourth - variance**2 * (paths - 3) / (paths - 1)) / (4 * variance * paths)
    half = Z * math.sqrt(max(spread, 0.0))
    return deviation, max(deviation - half, 0.0), deviation + half


def ratio_estimate(tally: Tally, part: str, whole: str) -> Estimate:
    """The sum of one column over that of another which is never less, by the deviations of the paths from it."""
    (paths, s_part, s_part2), (_, s_whole, s_whole2) = tally.powers(part), tally.powers(whole)
    if s_whole == 0:
        return NAN, NAN, NAN
    ratio, one = s_part / s_whole, exact_sums.ONE
    # Sum of the squares of ``part - ratio * whole``, times the square of the sum of ``whole``: without rounding.
    squares = s_part2 * s_whole**2 - 2 * s_part * s_whole * tally.sums[f"{part}*{whole}"] + s_whole2 * s_part**2
    if paths == 1 or squares == 0:  # all paths have the same ratio: nothing tells how far another one might be off
        return ratio, NAN, NAN
    half = Z * math.sqrt(squares / (paths * (paths - 1) * one * s_whole**2)) / exact_sums.mean(paths, s_whole)
    return ratio, max(ratio - half, 0.0), min(ratio + half, 1.0)


def proportion_estimate(events: int, paths: int) -> Estimate:
    """A probability with Wilson's interval, which ends at 0 where there were no events and at 1 where all were."""
    proportion = events / paths
    centre = (proportion + Z**2 / (2 * paths)) / (1 + Z**2 / paths)
    half = Z / (1 + Z**2 / paths) * math.sqrt(proportion * (1 - proportion) / paths + Z**2 / (4 * paths**2))
    # Rounding would leave some 1e-19 of what is 0.
    return proportion, max(centre - half, 0.0) if events else 0.0, min(centre + half, 1.0) if events < paths else 1.0


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
    """Minus the mean of the worst returns, up to that probability."""
    quantile = returns.at_rank(rank_of(probability, paths))
    mean, deviation = returns.shortfall_below(quantile)
    value = -quantile + mean / probability
    if returns.below(quantile) == 0:  # no path is beyond it, so there is nothing to tell how far they go
        return value, NAN, NAN
    half = Z * deviation / (probability * math.sqrt(paths))
    return value, value - half, value + half


def annualised(total: float, days: int, bars_per_year: int) -> float:
    """The return per year that compounds to ``total`` after so many days; NaN for debt, or none that a double holds."""
    if not total >= -1:
        return NAN
    if total == -1:
        return -1.0
    try:
        return math.expm1(math.log1p(total) * bars_per_year / days)
    except OverflowError:
        return NAN
