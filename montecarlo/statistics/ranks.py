"""Ranks, relative to how many there are."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def relative_rank(scores: FloatArray, chosen: NDArray[np.intp]) -> FloatArray:
    """Rank of each row's chosen column, from 1 (lowest) to n (highest), divided by n + 1: the median has 0.5.

    Equal scores share the middle of their ranks; so scores must be the same bits on every processor.

    Args:
        scores: Shape (rows, n).
        chosen: Shape (rows,).
    """
    own = np.take_along_axis(scores, chosen[:, None], axis=1)
    below, equal = (scores < own).sum(axis=1), (scores == own).sum(axis=1)
    return np.asarray((below + (equal + 1) / 2) / (scores.shape[1] + 1))
