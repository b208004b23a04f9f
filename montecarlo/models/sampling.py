"""Draws from what a history says about the parameters of a model, the same on every processor.

Sources:
    Mean and variance of a sample: Cramér (1946), "Mathematical Methods of Statistics", 27.4 and 28.2.
    Chi-squared as the cube of a normal number: Wilson, Hilferty (1931), Proc. Nat. Acad. Sci. 17.
"""

import math

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine import normals as generator

FloatArray = NDArray[np.float64]

NORMALS = 3  # for each draw: volatility, drift, and what a model has beside them

_KEY = 0x5851F42D4C957F2D  # makes another key of a seed, so that parameters and paths have no random number in common
_FEWEST_DEGREES = 4.0  # of freedom, of a variance that hangs on a few days
_LEAST_ROOT = 0.48  # so no drawn deviation is more than thrice the one that was fitted

MOST_RATIO = _LEAST_ROOT**-1.5
"""A drawn deviation over the fitted one, at most."""
FURTHEST = 4.0
"""Standard errors that a draw is from the fit, at most."""


def key(seed: int) -> int:
    """Of the random numbers that parameters are drawn by."""
    return seed ^ _KEY


def normals(seed: int, first: int, count: int) -> FloatArray:
    """Standard normal numbers of the draws from ``first`` on, shape (NORMALS, count), cut off at FURTHEST."""
    drawn = generator.normals(key(seed), first, count, NORMALS).astype(np.float64)
    return np.clip(drawn, -FURTHEST, FURTHEST)


def deviation_ratio(deviation: float, error: float | None, normal: FloatArray) -> FloatArray:
    """Deviations that may have given the fitted one, over that one.

    The fitted variance over the true one is chi-squared over its degrees of freedom, as many as give its error.
    """
    if not error:
        return np.ones(len(normal))
    # Products, not powers: those of C's library differ in the last digit between processors.
    return ratio(max(deviation * deviation / (2 * error * error), _FEWEST_DEGREES), normal)


def degrees_of_freedom(variance_error: float) -> float:
    """Of a variance with this relative standard error."""
    return max(2 / (variance_error * variance_error), _FEWEST_DEGREES)


def ratio(degrees: float, normal: FloatArray) -> FloatArray:
    """The root of the degrees of freedom over a chi-squared number of so many, made of a normal one."""
    step = 2 / (9 * degrees)
    root = np.maximum(1 - step + normal * math.sqrt(step), _LEAST_ROOT)
    return np.asarray(1 / np.sqrt(root * root * root))
