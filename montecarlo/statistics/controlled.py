"""Controlled estimates: what the controls of the paths tell about how lucky a sample is, taken off its estimates.

A control is zero on average, so that what is left of it in a sample is luck; a statistic that goes along with it has
had its part of that.  How far it goes along is a regression, from exact sums: whatever the cut of a job, and by
operations that IEEE 754 rounds one way, whatever the processor.

Sources:
    Lavenberg, Welch (1981), "A perspective on the use of control variables to increase the efficiency of Monte Carlo
    simulations", Management Science 27: the mean and its interval.  Hesterberg, Nelson (1998), "Control variates for
    probability and quantile estimation", Management Science 44: the distribution function is controlled, and inverted.
    Wilson (1927), J. Amer. Statist. Assoc. 22, of as many paths as would do without controls.
"""

import math
from dataclasses import dataclass
from itertools import combinations_with_replacement

from montecarlo.accounting.controls import CONTROLS
from montecarlo.statistics.control_sums import BELOW_MEDIAN, LOSS
from montecarlo.statistics.critical_values import Z
from montecarlo.statistics.estimators import NAN, Estimate, proportion_interval
from montecarlo.statistics.exact_sums import ONE, variance
from montecarlo.statistics.histogram import Distribution
from montecarlo.statistics.tally import Tally

LEAST_PATHS = 100  # with fewer, the coefficients are guesses
_OWN = 1e-9  # of its variance: a control that has less that the others before it lack is one of them
_ROUNDING = 1e-10  # of the variance: if less is left of it, that is rounding


@dataclass(frozen=True)
class Luck:
    """What the controls say about a mean over paths.

    Attributes:
        excess: How much too high it is.
        share: Of its variance what they leave, with what is lost by estimating coefficients.
    """

    excess: float
    share: float


def controlled_mean(tally: Tally) -> Estimate:
    """The mean return."""
    paths, total, squares = tally.powers("return")
    found = luck(tally, "return", total, squares)
    if found is None:
        return NAN, NAN, NAN
    value = total / (paths * ONE) - found.excess
    half = Z * math.sqrt(variance(paths, total, squares) / paths * found.share)
    return value, value - half, value + half


def controlled_probability_of_loss(tally: Tally) -> Estimate:
    """By Wilson's interval of as many paths as would do without controls."""
    losses, paths = tally.events["loss"], tally.paths
    found = luck(tally, LOSS, losses * ONE, losses * ONE)
    if found is None:
        return NAN, NAN, NAN
    value = min(max(losses / paths - found.excess, 0.0), 1.0)
    return value, *proportion_interval(value, paths / found.share)


def controlled_median(tally: Tally, returns: Distribution) -> Estimate:
    """The order statistic at which the controlled distribution function is a half, and those half a width away."""
    found = luck(tally, BELOW_MEDIAN, 0, tally.sums.get(f"{BELOW_MEDIAN}**2", 0))
    if found is None:
        return NAN, NAN, NAN
    rank = tally.paths * (0.5 + found.excess)
    half = Z * math.sqrt(tally.paths * 0.25 * found.share)
    ranks = math.ceil(rank), math.floor(rank - half), math.floor(rank + half) + 1
    value, low, high = (returns.at_rank(each) for each in ranks)
    return (NAN, NAN, NAN) if math.isnan(value) else (value, low, high)


def luck(tally: Tally, what: str, total: int, squares: int) -> Luck | None:
    """What the controls say about the mean of something; None where there are none, or nothing is to be told.

    Args:
        tally: Of all paths.
        what: "return", LOSS or BELOW_MEDIAN.
        total, squares: Sums of it and of its square, exact.
    """
    sums, paths = tally.sums, tally.paths
    if CONTROLS[0] not in sums or paths < LEAST_PATHS:
        return None
    if not variance(paths, total, squares) > 0:
        return None
    spread = _products(paths, total, total, squares)
    along = {name: _products(paths, total, sums[name], sums[f"{what}*{name}"]) for name in CONTROLS}
    between = {
        (one, other): _products(paths, sums[one], sums[other], sums[f"{one}*{other}"])
        for one, other in combinations_with_replacement(CONTROLS, 2)
    }
    # Cholesky's decomposition, one control after the other; one that has nothing of its own is passed over.
    used: list[str] = []
    lower: list[list[float]] = []
    mean: list[float] = []
    slope: list[float] = []
    for name in CONTROLS:
        row: list[float] = []
        for place, earlier in enumerate(used):
            row.append((between[earlier, name] - _dot(row, lower[place])) / lower[place][place])
        own = between[name, name] - _dot(row, row)
        if not (variance(paths, sums[name], sums[f"{name}*{name}"]) > 0 and own > _OWN * between[name, name]):
            continue
        root = math.sqrt(own)
        mean.append((sums[name] / (paths * ONE) - _dot(row, mean)) / root)
        slope.append((along[name] - _dot(row, slope)) / root)
        lower.append([*row, root])
        used.append(name)
    if not used:
        return None
    freedom = paths - 1 - len(used)
    left = max(1 - _dot(slope, slope) / spread, _ROUNDING) * (paths - 1) / freedom
    return Luck(_dot(mean, slope), left * (1 + paths * _dot(mean, mean)) * _squared(_student(freedom) / Z))


def _squared(value: float) -> float:
    return value * value  # a library's power may round otherwise on another processor


def _dot(first: list[float], second: list[float]) -> float:
    """Of as many as the first has, one after the other."""
    total = 0.0
    for k, value in enumerate(first):
        total += value * second[k]
    return total


def _products(paths: int, total: int, other: int, products: int) -> float:
    """Sum of products of the distances from the means, from exact sums; rounded once."""
    return (paths * products * ONE - total * other) / (paths * ONE**2)


def _student(freedom: int) -> float:
    """97.5 % quantile of Student's t: Cornish and Fisher's expansion, good to four digits from 90 degrees on."""
    third, fifth = Z * Z * Z, Z * Z * Z * Z * Z
    return Z + (third + Z) / (4 * freedom) + (5 * fifth + 16 * third + 3 * Z) / (96 * freedom * freedom)
