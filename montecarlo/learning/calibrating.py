"""Calibration: what a score means as a probability.

Source:
    Platt (1999), "Probabilistic outputs for support vector machines and comparisons to regularized likelihood methods".
"""

import math

import numpy as np
from numpy.typing import NDArray

from montecarlo.learning.libraries import scikit_learn


def platt(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept: the probability of a score is 1 / (1 + exp(-(a score + b))).

    Labels count as Platt's targets, a little less certain than 0 and 1.  Where a higher score went with a lower share,
    the slope is 0, and the probability is the share for every score: the scores of that slice contradict those of
    the training, and to turn them round would be to train on it.

    Args:
        scores: Of signals that the classifier was not fitted to, shape (signals,).
        labels: Same shape, some of them and some not.
    """
    hits, misses = int(labels.sum()), int((~labels).sum())
    target = np.where(labels, (hits + 1) / (hits + 2), 1 / (misses + 2))
    share = float(target.mean())
    flat = 0.0, math.log(share / (1 - share))
    spread = float(scores.std())
    if spread <= 1e-12 * (1 + abs(float(scores.mean()))):
        return flat
    scaled = (scores - scores.mean()) / spread
    both, sure = np.repeat([True, False], len(scores)), np.concatenate([target, 1 - target])
    regression = scikit_learn("linear_model").LogisticRegression(C=np.inf, max_iter=1000, tol=1e-8)
    regression.fit(np.tile(scaled, 2)[:, None], both, sample_weight=sure)
    a = float(regression.coef_[0, 0]) / spread
    if a <= 0:
        return flat
    return a, float(regression.intercept_[0]) - a * float(scores.mean())
