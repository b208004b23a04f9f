"""The best of many scores, and ranks relative to how many there are.

Whether scores are equal decides who is the best and who shares a rank; so scores must be the same bits on every
processor, or what their last digits may differ by must be given as a tie.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def best(scores: FloatArray, *, tie: float = 0.0) -> NDArray[np.intp]:
    """The column of each row with the highest score, the first of those that are no more than ``tie`` below it.

    Args:
        scores: Shape (rows, n).
        tie: Scores that differ by no more are equal.
    """
    return np.asarray((scores >= scores.max(axis=1, keepdims=True) - tie).argmax(axis=1))


def relative_rank(scores: FloatArray, chosen: NDArray[np.intp], *, tie: float = 0.0) -> FloatArray:
    """Rank of each row's chosen column, from 1 (lowest) to n (highest), divided by n + 1: the median has 0.5.

    Equal scores share the middle of their ranks.

    Args:
        scores: Shape (rows, n).
        chosen: Shape (rows,).
        tie: Scores that differ by no more are equal.
    """
    own = np.take_along_axis(scores, chosen[:, None], axis=1)
    below, above = (scores < own - tie).sum(axis=1), (scores > own + tie).sum(axis=1)
    equal = scores.shape[1] - below - above
    return np.asarray((below + (equal + 1) / 2) / (scores.shape[1] + 1))
