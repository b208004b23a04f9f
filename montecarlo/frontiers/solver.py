"""Weights that are best in some way, found by a convex solver."""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.errors import LibraryError
from montecarlo.frontiers.bounds import Bounds
from montecarlo.frontiers.moments import Moments
from montecarlo.frontiers.question import Question

FloatArray = NDArray[np.float64]

_QUADRATIC, _CONIC = 1e-10, 1e-8  # tolerances of what is solved, scaled to about 1
_NEAR = 1e-7  # of a bound: the weight is on it
_HALVINGS = 40
_CALM = 1e-4  # of the wildest symbol's volatility: less counts as that, when weights are scaled
_NONE = 1e-9  # of what returns differ by: no excess return


class Solver:
    """Answers questions about one set of symbols, their moments and their bounds.

    All weights add up to 1 and keep to the bounds; each answer has shape (symbols,).

    Raises:
        LibraryError: Clarabel is not installed.
    """

    def __init__(self, moments: Moments, bounds: Bounds) -> None:
        self._clarabel, self._matrix = _clarabel()
        self._moments, self._bounds = moments, bounds
        self._symbols = len(bounds.lowest)
        self._each, self._unit = _sizes(moments.covariance)
        self._covariance = moments.covariance / self._unit**2
        self._spread = float(np.ptp(moments.returns)) or 1.0
        self._at_return: Question | None = None
        self._at_volatility: Question | None = None

    def richest(self) -> FloatArray:
        """With the highest expected return."""
        return self._bounds.richest(self._moments.returns)

    def calmest(self) -> FloatArray:
        """With the least volatility."""
        return self.calmest_with(-np.inf)

    def calmest_with(self, expected_return: float) -> FloatArray:
        """With the least volatility of those that have this expected return or more, which some must have."""
        if (only := self._bounds.only) is not None:
            return only
        least = (expected_return - self._moments.returns.mean()) / self._spread
        least = max(least, -2.0)  # the least of them is above that: no condition
        if self._at_return is None:
            returns = (self._moments.returns - self._moments.returns.mean()) / self._spread
            rows = [self._all_invested(), *self._kept_within(), (-returns[None, :], np.array([-least]))]
            self._at_return = self._made(self._covariance, np.zeros(self._symbols), rows)
        else:
            self._at_return.change(-1, -least)
        return self._cleaned(self._at_return.answer())

    def best(self) -> FloatArray:
        """With the highest Sharpe ratio: the tangency portfolio, exactly.

        The ratio does not change when all weights are multiplied, so the least variance is sought among multiples of
        weightings that have an excess return of a given size (Cornuéjols and Tütüncü, "Optimization Methods in
        Finance", 2007, section 8.2).  Where no weighting has any excess return, Sharpe ratios rank nothing, and it is
        the one with the highest return.
        """
        if (only := self._bounds.only) is not None:
            return only
        excess, richest = self._moments.excess, self.richest()
        most = float(excess @ richest)
        if most <= _NONE * self._spread:
            return richest
        lowest, highest, ones = self._bounds.lowest, self._bounds.highest, np.ones(self._symbols)
        each = np.eye(self._symbols)
        limited = highest < 1
        rows = [
            (excess[None, :] / most, np.array([1.0])),
            (lowest[:, None] * ones - each, np.zeros(self._symbols)),
            ((each - highest[:, None] * ones)[limited], np.zeros(np.count_nonzero(limited))),
        ]
        multiple = self._made(self._covariance, np.zeros(self._symbols), rows).answer()
        return self._cleaned(multiple / multiple.sum())

    def richest_at(self, volatility: float) -> FloatArray:
        """With the highest expected return of those that have this volatility or less, which some must have."""
        if (only := self._bounds.only) is not None:
            return only
        size = volatility / self._unit
        if self._at_volatility is None:
            root = _root(self._covariance)
            rows = [self._all_invested(), *self._kept_within()]
            cone = np.vstack([np.zeros(self._symbols), -root]), np.r_[size, np.zeros(self._symbols)]
            self._at_volatility = self._made(
                np.zeros_like(self._covariance), -self._moments.returns / self._spread, rows, cone
            )
        else:
            self._at_volatility.change(-1 - self._symbols, size)
        try:
            return self._cleaned(self._at_volatility.answer())
        except ArithmeticError:  # next to the least volatility there is no room for an interior point
            return self._between(volatility)

    def _between(self, volatility: float) -> FloatArray:
        """The same by halving the returns that are left, each with its least volatility."""
        low, high = (float(weights @ self._moments.returns) for weights in (self.calmest(), self.richest()))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            fits = self._moments.weighting(self.calmest_with(middle)).volatility <= volatility
            low, high = (middle, high) if fits else (low, middle)
        return self.calmest_with(low)

    def _all_invested(self) -> tuple[FloatArray, FloatArray]:
        return np.ones((1, self._symbols)), np.array([1.0])

    def _kept_within(self) -> list[tuple[FloatArray, FloatArray]]:
        """Rows and right sides of "at most", without those that being all invested implies."""
        each, limited = np.eye(self._symbols), self._bounds.highest < 1
        return [(-each, -self._bounds.lowest), (each[limited], self._bounds.highest[limited])]

    def _made(
        self,
        squares: FloatArray,
        linear: FloatArray,
        rows: list[tuple[FloatArray, FloatArray]],
        cone: tuple[FloatArray, FloatArray] | None = None,
    ) -> Question:
        """Of least x'Px/2 + q'x: the first row is an equality, others are "at most", and then there is the cone."""
        kinds = [self._clarabel.ZeroConeT(1), self._clarabel.NonnegativeConeT(sum(len(right) for _, right in rows[1:]))]
        if cone is not None:
            rows = [*rows, cone]
            kinds.append(self._clarabel.SecondOrderConeT(len(cone[1])))
        left = self._matrix(np.vstack([row for row, _ in rows]) * self._each)
        squares = self._matrix(np.triu(squares * self._each * self._each[:, None]))
        return Question(
            self._clarabel,
            (squares, linear * self._each, left),
            np.concatenate([each for _, each in rows]),
            kinds,
            tolerance=_CONIC if cone else _QUADRATIC,
            units=self._each,
        )

    def _cleaned(self, weights: FloatArray) -> FloatArray:
        """On a bound that they are near, and adding up to 1."""
        near = _NEAR * np.minimum(self._each, 1.0)
        weights = np.where(weights < self._bounds.lowest + near, self._bounds.lowest, weights)
        weights = np.where(weights > self._bounds.highest - near, self._bounds.highest, weights)
        return self._bounds.within(weights)


def _sizes(covariance: FloatArray) -> tuple[FloatArray, float]:
    """How much of each symbol brings the same volatility, shape (symbols,), and which: about the least there is."""
    deviations = np.sqrt(np.diag(covariance))
    deviations = np.maximum(deviations, _CALM * deviations.max()) if deviations.any() else np.ones_like(deviations)
    unit = float(1 / np.sqrt(np.sum(deviations**-2.0)))
    return unit / deviations, unit


def _root(covariance: FloatArray) -> FloatArray:
    """R with R'R = covariance, triangular where it can be: symbols that are one and the same allow none."""
    try:
        return np.asarray(np.linalg.cholesky(covariance).T, float)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(covariance)
        return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T)


def _clarabel() -> tuple[Any, Any]:
    """The library, and the kind of matrix that it takes."""
    try:
        return importlib.import_module("clarabel"), importlib.import_module("scipy.sparse").csc_matrix
    except ModuleNotFoundError as error:
        raise LibraryError(
            "the efficient frontier needs the solver Clarabel, which is not installed; it comes with: pip install "
            '"spot-montecarlo[frontier]"'
        ) from error
