"""Quantiles of the binomial distribution, the same on every processor.

A quantile is a rank, which has no last digit that may differ.  So probabilities come from multiplications and divisions
alone, one after the other, because logarithms and exponentials of libraries have other bits on other processors; and
what comes as near to a probability as rounding reaches it.  Importing SciPy for this one function would take a fifth of
the processor time of a small job.
"""

import math
from statistics import NormalDist

import numpy as np

_WIDE = 1000.0  # standard deviations of more ranks than this: the expansion is off by one rank at most
_REACH = 12  # standard deviations beyond which nothing is left
_DIGITS = 12  # of a normal quantile, which is made of a logarithm
_ROUNDING = 1e-11  # of a cumulative probability


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
        z = round(NormalDist().inv_cdf(probability), _DIGITS)
        return math.ceil(mean + z * deviation + (1 - 2 * success) * (z**2 - 1) / 6 - 0.5)
    reach = _REACH * deviation + _REACH
    successes = np.arange(max(math.floor(mean - reach), 0), min(math.ceil(mean + reach), trials) + 1)
    ratios = (trials - successes[:-1]) / successes[1:] * (success / (1 - success))  # of each weight to the one before
    mode = int(np.count_nonzero(ratios >= 1))
    below, above = (1 / ratios[:mode][::-1]).cumprod()[::-1], ratios[mode:].cumprod()
    cumulative = np.concatenate([below, [1.0], above]).cumsum()
    return int(successes[np.searchsorted(cumulative, probability * (1 - _ROUNDING) * cumulative[-1])])
