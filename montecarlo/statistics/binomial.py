"""Quantiles of the binomial distribution.

Importing SciPy for this one function would take a fifth of the processor time of a small job.
"""

import math
from statistics import NormalDist

import numpy as np

_WIDE = 1000.0  # standard deviations of more ranks than this: the expansion is off by one rank at most
_REACH = 12  # standard deviations beyond which nothing is left


def binomial_quantile(probability: float, trials: int, success: float) -> int:
    """The smallest number of successes whose cumulative probability reaches ``probability``.

    Args:
        probability: Between 0 and 1, both excluded.
        trials: Number of them.
        success: Probability of each, between 0 and 1, both excluded.

    Source: for many trials Cornish and Fisher (1938), Rev. Inst. Internat. Statist. 5.
    """
    mean, deviation = trials * success, math.sqrt(trials * success * (1 - success))
    if deviation > _WIDE:
        z = NormalDist().inv_cdf(probability)
        return math.ceil(mean + z * deviation + (1 - 2 * success) * (z**2 - 1) / 6 - 0.5)
    reach = _REACH * deviation + _REACH
    successes = np.arange(max(math.floor(mean - reach), 0), min(math.ceil(mean + reach), trials) + 1)
    ratios = (trials - successes[:-1]) / successes[1:] * (success / (1 - success))
    logarithms = np.concatenate([[0.0], np.log(ratios).cumsum()])
    cumulative = np.exp(logarithms - logarithms.max()).cumsum()
    return int(successes[np.searchsorted(cumulative, probability * cumulative[-1])])
