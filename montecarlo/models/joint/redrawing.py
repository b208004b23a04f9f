"""Draws from what common days say about means and covariances, the same bits on every processor.

The covariance is inverse Wishart with such degrees of freedom that the variance of each symbol, and of every mixture of
them at fixed weights, is drawn as that of a single symbol is: so a portfolio is as uncertain as what it consists of.

Sources:
    Bartlett (1933), "On the theory of statistical regression", Proc. R. Soc. Edinb. 53: the triangle of a Wishart
        matrix.
    Wilson, Hilferty (1931): as ``montecarlo.models.sampling``.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine import normals as generator
from montecarlo.models import sampling
from montecarlo.models.joint.triangles import divided

FloatArray = NDArray[np.float64]

_MEAN, _BELOW = 1, sampling.NORMALS  # rows of a symbol's normals; row 0 is that of its deviation


class Redrawn(NamedTuple):
    """What was drawn.

    Attributes:
        factors: Cholesky's of the covariances, shape (draws, symbols, symbols).
        means: How far off the fitted ones are, in the unit of ``factors``, for one observation; shape (draws, symbols).
    """

    factors: FloatArray
    means: FloatArray


def redraw(factors: FloatArray, variance_error: float, seed: int, first: int, count: int) -> Redrawn:
    """Draws from number ``first`` on.

    Args:
        factors: Cholesky's of the fitted covariance, shape (symbols, symbols).
        variance_error: Relative standard error of a variance; 0 where it is certain.
        seed: Of the experiment.
    """
    symbols = len(factors)
    normals = [_normals(seed, first, count, symbol) for symbol in range(symbols)]
    drawn = np.broadcast_to(factors, (count, symbols, symbols))
    if variance_error:
        degrees = sampling.degrees_of_freedom(variance_error)
        triangle = np.zeros((count, symbols, symbols))
        for i, of_symbol in enumerate(normals):
            # Over the root of the degrees of freedom, so that it is about one.
            scale = math.sqrt((degrees + i) / degrees)
            triangle[:, i, i] = scale / sampling.ratio(degrees + i, of_symbol[0])
            for j in range(i):
                triangle[:, i, j] = of_symbol[_BELOW + j] / math.sqrt(degrees)
        drawn = divided(drawn, triangle)
    means = np.zeros((count, symbols))
    for k, of_symbol in enumerate(normals):
        means += drawn[:, :, k] * of_symbol[_MEAN][:, None]
    return Redrawn(drawn, means)


def _normals(seed: int, first: int, count: int, symbol: int) -> FloatArray:
    """Of one symbol, shape (rows, count); those of the first are a single symbol's."""
    drawn = generator.normals(sampling.key(seed), first, count, _BELOW + symbol, symbol).astype(np.float64)
    return np.clip(drawn, -sampling.FURTHEST, sampling.FURTHEST)
