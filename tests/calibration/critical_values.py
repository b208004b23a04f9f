"""The tables in ``montecarlo/statistics/critical_values.py``, made anew: ``python -m tests.calibration tables``.

Both are quantiles of an estimate's distance from the truth in its own standard errors, where the paths come from a
distribution that is known: the log-normal for a standard deviation, the exponential tail for an expected shortfall.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from montecarlo.statistics.critical_values import COUNTS, PATHS, SHAPES, Z

FloatArray = NDArray[np.float64]

SEED = 20261127
_AT_ONCE = 2**21  # numbers
_DEGREE = 5  # of the polynomial in the shape that smooths what was drawn
_TAILS, LIMITS = (0.025, 0.975), (-Z, Z)


def tables(samples: int) -> str:
    """Python that can stand in the module; some minutes for 200,000 samples of the shortest kind."""
    lines = []
    for name, row in zip(
        ("L_SKEWNESS", "L_KURTOSIS"), np.transpose([l_ratios(shape) for shape in SHAPES]), strict=True
    ):
        lines.append(f"{name} = {_as_tuple(row, 4)}")
    drawn = [deviation_quantiles(int(paths), _samples(samples, paths)) for paths in PATHS[1:]]
    for tail, name in enumerate(("DEVIATION_LOW", "DEVIATION_HIGH")):
        limit = np.full(len(SHAPES), LIMITS[tail])
        rows = "".join(
            f"    {_as_tuple(row, 2)},\n" for row in (limit, *(_smooth(each[:, tail], tail) for each in drawn))
        )
        lines.append(f"{name} = (\n{rows})")
    found = np.array([shortfall_quantiles(int(count), 10 * _samples(samples, count)) for count in COUNTS[1:]])
    for tail, name in enumerate(("SHORTFALL_LOW", "SHORTFALL_HIGH")):
        row = [LIMITS[tail], *_smooth_tail(found[:, tail], LIMITS[tail])]
        lines.append(f"{name} = {_as_tuple(row, 2)}")
    return "\n".join(lines)


def deviation_quantiles(paths: int, samples: int, shapes: Sequence[float] = SHAPES) -> FloatArray:
    """Of (log s - log sigma) / its standard error, s from so many paths; shape (shapes, tails)."""
    found: list[list[FloatArray]] = [[] for _ in shapes]
    for normals in _pieces(paths, samples):
        for shape, distances in zip(shapes, found, strict=True):
            values = np.exp(np.float32(shape) * normals) if shape else normals
            distances.append(deviation_distance(values.astype(np.float64), true_deviation(shape)))
    return np.array([np.quantile(np.concatenate(distances), _TAILS) for distances in found])


def deviation_distance(values: FloatArray, truth: float) -> FloatArray:
    """Of each sample, a row, as ``deviation_estimate`` measures it."""
    paths = values.shape[1]
    squares = values - values.mean(axis=1, keepdims=True)
    squares *= squares
    variance = squares.sum(axis=1) / (paths - 1)
    fourth = np.einsum("ij,ij->i", squares, squares) / paths
    spread = (fourth / variance**2 - (paths - 3) / (paths - 1)) / (4 * paths)
    return np.log(np.sqrt(variance) / truth) / np.sqrt(spread)


def true_deviation(shape: float) -> float:
    """Of exp(shape * N) with a standard normal N; of N itself where the shape is 0."""
    return float(np.sqrt(np.expm1(shape**2) * np.exp(shape**2))) if shape else 1.0


def l_ratios(shape: float, points: int = 2_000_000) -> tuple[float, float]:
    """L-skewness and L-kurtosis of that log-normal, by the midpoint rule over its quantiles."""
    from scipy.special import ndtri

    share = (np.arange(points) + 0.5) / points
    normals = ndtri(share)
    values = np.exp(shape * normals) if shape else normals
    scale = (values * (2 * share - 1)).mean()
    third = (values * (6 * share**2 - 6 * share + 1)).mean()
    fourth = (values * (20 * share**3 - 30 * share**2 + 12 * share - 1)).mean()
    return float(third / scale), float(fourth / scale)


def shortfall_quantiles(count: int, samples: int) -> FloatArray:
    """Of (estimate - truth) / standard error, where ``count`` paths are no better than the quantile.

    Paths beyond the quantile of many are a Poisson process: how far the j-th worst exceeds the true quantile is minus
    the logarithm of a sum of j exponentials over their expected number.  The true shortfall exceeds it by 1.
    """
    generator, distances = np.random.default_rng(SEED), []
    for size in _sizes(count, samples):
        losses = -np.log(generator.standard_exponential((size, count)).cumsum(axis=1) / count)
        beyond = losses - losses[:, -1:]
        distances.append((losses.mean(axis=1) - 1) * count / np.sqrt((beyond * beyond).sum(axis=1)))
    return np.quantile(np.concatenate(distances), _TAILS)


def _samples(most: int, paths: float) -> int:
    """Fewer of long samples, which take longer."""
    return max(int(most * min(1.0, (100 / paths) ** 0.65)), 400)


def _pieces(paths: int, samples: int) -> Iterator[NDArray[np.float32]]:
    generator = np.random.default_rng(SEED)
    for size in _sizes(paths, samples):
        yield generator.standard_normal((size, paths), np.float32)


def _sizes(paths: int, samples: int) -> Iterator[int]:
    at_once = max(_AT_ONCE // paths, 1)
    for done in range(0, samples, at_once):
        yield min(at_once, samples - done)


def _smooth(row: FloatArray, tail: int) -> FloatArray:
    """A lower value that is nearer than a normal's is noise: the distance is skewed to that side, and never lighter."""
    row = np.polynomial.Polynomial.fit(SHAPES, row, _DEGREE)(np.array(SHAPES))
    return row if tail else np.minimum(row, -Z)


def _smooth_tail(row: FloatArray, limit: float) -> FloatArray:
    """By powers of 1 / sqrt(count), which are an Edgeworth expansion's; infinitely many have the limit."""
    powers = np.array(COUNTS[1:])[:, None] ** (-0.5 * np.arange(1, 6))
    factors, *_ = np.linalg.lstsq(powers, row - limit, rcond=None)
    return limit + powers @ factors


def _as_tuple(row: Iterable[float], digits: int) -> str:
    return "(" + ", ".join(f"{value:.{digits}f}" for value in row) + ")"
