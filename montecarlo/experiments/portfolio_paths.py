"""What becomes of a range of a portfolio's paths: its values handed to the compiled stages."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.rows import Rows
from montecarlo.models.joint import JointDrawn

if TYPE_CHECKING:
    from montecarlo.experiments.portfolio import Portfolio

FloatArray = NDArray[np.float64]


class PortfolioPaths(NamedTuple):
    """What became of some paths.

    Attributes:
        rows: As of a simulation, without CONTROLS.
        gains: What each symbol made of the capital, its costs included, as fractions of the capital, shape (paths,
            symbols).  With the interest on cash they add up to the return.
        holds: Final value over capital of all of it in one symbol, bought at the first fill and kept, same shape.
        weights: Of each symbol in the account at the end, same shape; NaN where nothing is left.
    """

    rows: Rows
    gains: FloatArray
    holds: FloatArray
    weights: FloatArray


def simulate_portfolio_paths(
    portfolio: "Portfolio", first: int, stop: int, drawn: JointDrawn | None = None
) -> PortfolioPaths:
    """The paths from ``first`` up to but not including ``stop``; with ``drawn``, under models other than its own."""
    raise NotImplementedError


def simulate_portfolio_drawn(portfolio: "Portfolio", drawn: JointDrawn, first: int, stop: int) -> NDArray[np.void]:
    """Records RESULT, shape (paths,), of the paths from ``first``, which begins a block."""
    raise NotImplementedError
