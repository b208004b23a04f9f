"""The frontier of a joint history with a person's weighting, found once for all who look at the same."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from montecarlo.data.joint_history import JointHistory
from webui.once import Once

if TYPE_CHECKING:
    from montecarlo.frontiers.frontier import Frontier

SEED = 1  # the same picture for who looks again
FEWEST = 2  # symbols, of which there is a frontier
HOW_TO_READ = (
    "Each dot is a weighting of these symbols on this one history, its luck included: the higher, the more it would "
    "have earned a year; the further left, the calmer. The Sharpe ratio is what it earns above the risk-free rate, for "
    "its volatility. No weighting lies above the dark line; the grey band is where that line was in nine of ten other "
    "draws of the same history."
)

DRAWS, FEWEST_DRAWS, DRAWS_TIMES_SYMBOLS = 200, 40, 2000

_KEPT = 16
_AT_ONCE = threading.Semaphore(2)  # each takes a core for a moment


class _Of:
    """A joint history, the same as another one by its content."""

    def __init__(self, history: JointHistory) -> None:
        self.history = history
        self._key = history.digest, history.bars_per_year

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Of) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


def frontier_with(history: JointHistory, weights: Sequence[float], risk_free: float) -> "Frontier":
    """The frontier with the place of a weighting on it.

    Args:
        history: Of FEWEST symbols at least.
        weights: In the order of the symbols; what they leave of 1 is cash.
        risk_free: Per year.

    Raises:
        ParameterError: it cannot be found.
        LibraryError: the solver is not installed.
    """
    return _found(_Of(history), tuple(weights), risk_free)


def draws_of(symbols: int) -> int:
    """How many other draws of the history it is about: fewer of many symbols, for somebody waits for it."""
    return max(FEWEST_DRAWS, min(DRAWS, DRAWS_TIMES_SYMBOLS // symbols))


def _find(of: _Of, weights: tuple[float, ...], risk_free: float) -> "Frontier":
    from montecarlo.frontiers.frontier import frontier  # with the solver, which only this needs

    with _AT_ONCE:
        return frontier(
            of.history, asked=weights, risk_free=risk_free, draws=draws_of(len(of.history.symbols)), seed=SEED
        )


_found = Once(_find, most=_KEPT)
