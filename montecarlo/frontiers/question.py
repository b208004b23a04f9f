"""A convex problem, put to the solver Clarabel.

Goulart and Chen, "Clarabel: An interior-point solver for conic programs with quadratic objectives", 2024.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

STILL_GOOD = 1e-6  # tolerance of an answer that cannot be made better
_FOUND = ("Solved", "AlmostSolved")
_STEADIER: tuple[dict[str, Any], ...] = (
    {"max_step_fraction": 0.9},
    {"equilibrate_enable": False},
    {"max_step_fraction": 0.9, "equilibrate_enable": False},
)
"""Settings that find what the usual ones do not, once in some ten thousand questions about symbols of all sizes."""


class Question:
    """A problem of least x'Px/2 + q'x over Ax + s = b, s in cones, of which single right sides can be changed.

    Args:
        library: Clarabel.
        left: P (its upper triangle), q and A.
        right: b.
        cones: Of the rows of A, in their order.
        tolerance: Of the answer.
        units: What it solves for are weights in these units, so that a calm symbol counts as much as a wild one.
    """

    def __init__(
        self,
        library: Any,
        left: tuple[Any, ...],
        right: FloatArray,
        cones: list[Any],
        *,
        tolerance: float,
        units: FloatArray,
    ) -> None:
        self._library, self._left, self._right, self._cones = library, left, right, cones
        self._tolerance, self._units = tolerance, units
        self._solver = self._made({})

    def change(self, row: int, right: float) -> None:
        self._right[row] = right
        self._solver.update(b=self._right)

    def answer(self) -> FloatArray:
        """
        Raises:
            ArithmeticError: none was found.
        """
        solution = self._solver.solve()
        for settings in _STEADIER:
            if str(solution.status) in _FOUND:
                break
            solution = self._made(settings).solve()
        if str(solution.status) not in _FOUND:
            raise ArithmeticError(f"Clarabel has found no weighting within the bounds and says {solution.status}")
        return np.array(solution.x) * self._units

    def _made(self, differently: dict[str, Any]) -> Any:
        settings = self._library.DefaultSettings()
        settings.verbose, settings.max_threads = False, 1
        settings.presolve_enable = False  # or right sides could not be changed
        for name in ("gap_abs", "gap_rel", "feas"):
            setattr(settings, f"tol_{name}", self._tolerance)
            setattr(settings, f"reduced_tol_{name}", STILL_GOOD)
        for name, value in differently.items():
            setattr(settings, name, value)
        return self._library.DefaultSolver(*self._left, self._right, self._cones, settings)
