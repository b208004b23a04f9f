"""How good scores are on days that were not trained on, with intervals that allow for labels that overlap.

The trades of two signals a few days apart see mostly the same days, so a thousand labels are worth a hundred or so.  An
area under the curve is a mean over days of their *placements*: the share of the other kind that a day's score beats.
Placements are added up within blocks of days that are long beside a label, and the sums of blocks vary as independent
ones do.  So the standard error comes from blocks, and the interval from Student's t with one degree of freedom less.

Sources:
    DeLong, DeLong, Clarke-Pearson (1988), "Comparing the areas under two or more correlated receiver operating
    characteristic curves", Biometrics 44: placements.
    Obuchowski (1997), "Nonparametric analysis of clustered ROC curve data", Biometrics 53: their sums by clusters.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Labels = NDArray[np.bool_]

SPANS = 2  # labels to a block
LEAST_BLOCKS = 4


class Estimate(NamedTuple):
    """A value with its interval of 95 %."""

    value: float
    low: float
    high: float


class Area(NamedTuple):
    """An area under the curve, and what each day adds to its distance from what is expected.

    Attributes:
        value: How often a day of the first kind has a higher score than one of the other kind; ties count half.
        influence: Mean zero, shape (days,); the mean of the squared sums of blocks tells the error.
    """

    value: float
    influence: FloatArray


def area(scores: FloatArray, labels: Labels) -> Area:
    """
    Args:
        scores: Shape (days,).
        labels: Same shape, some of them and some not.
    """
    hits, misses = np.sort(scores[labels]), np.sort(scores[~labels])
    beaten = _below(misses, scores[labels]) / len(misses)
    beating = 1 - _below(hits, scores[~labels]) / len(hits)
    value = float(beaten.mean())
    influence = np.empty(len(scores))
    influence[labels] = (beaten - value) * (len(scores) / len(hits))
    influence[~labels] = (beating - value) * (len(scores) / len(misses))
    return Area(value, influence)


def estimate(value: float, influence: FloatArray, span: int) -> Estimate:
    """With an interval from blocks of days.

    Args:
        value: A mean.
        influence: What each day adds to its distance from what is expected, in order, shape (days,).
        span: Days that a label spans.
    """
    error, blocks = block_error(influence, span)
    half = student_t(blocks - 1) * error
    return Estimate(value, value - half, value + half)


def block_error(influence: FloatArray, span: int) -> tuple[float, int]:
    """The standard error of a mean, and the number of blocks that it comes from."""
    days = len(influence)
    blocks = max(days // (SPANS * span), LEAST_BLOCKS)
    sums = np.array([part.sum() for part in np.array_split(influence, blocks)])
    return float(np.sqrt((sums**2).sum() * blocks / (blocks - 1)) / days), blocks


def student_t(freedom: int) -> float:
    """The 97.5 % quantile."""
    from scipy.stats import t

    return float(t.ppf(0.975, freedom))


def brier(probabilities: FloatArray, labels: Labels) -> float:
    """Mean squared distance from what happened.

    Source:
        Brier (1950), "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78.
    """
    return float(((probabilities - labels) ** 2).mean())


def _below(ordered: FloatArray, values: FloatArray) -> FloatArray:
    """How many are smaller, and half of those that are the same."""
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2
