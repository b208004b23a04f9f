"""Weightings at random, as the original workshop drew them."""

import numpy as np
from numpy.typing import NDArray

from montecarlo.frontiers.bounds import Bounds

FloatArray = NDArray[np.float64]


def random_weightings(seed: int, count: int, bounds: Bounds) -> FloatArray:
    """Independent uniform numbers from 0 to 1, one for each symbol, divided by their sum; shape (count, symbols).

    They crowd around equal weights, the more so the more symbols there are: of 20 symbols hardly any gets a quarter of
    the money.  Of the money that lowest weights leave, each has its share of it; what is above the highest goes to the
    others, by the room that they have left.  The same seed gives the same weights, and more of them begins with fewer.
    """
    bits = np.random.Philox(key=seed).random_raw(count * len(bounds.lowest))
    uniform = ((bits >> np.uint64(11)) + 0.5) * 2.0**-53  # never 0, so that no sum is
    shares = uniform.reshape(count, -1)
    shares /= shares.sum(axis=1, keepdims=True)
    return bounds.within(bounds.lowest + (1.0 - bounds.lowest.sum()) * shares)
