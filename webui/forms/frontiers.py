"""The frontier of a joint history, found once however often somebody looks at it with another weighting."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from montecarlo.data.joint_history import JointHistory
from webui.once import Once

if TYPE_CHECKING:
    from montecarlo.frontier import Frontier

SEED = 1  # the same picture for who looks again
FEWEST = 2  # symbols, of which there is a frontier

_KEPT = 16
_AT_ONCE = threading.Semaphore(2)  # each takes a core for a moment


class _Of:
    """A joint history and a rate, the same as another one by their content."""

    def __init__(self, history: JointHistory, risk_free: float) -> None:
        self.history, self.risk_free = history, risk_free
        self._key = history.digest, history.bars_per_year, risk_free

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
    return _found(_Of(history, risk_free)).with_asked(weights)


def _find(of: _Of) -> "Frontier":
    from montecarlo.frontier import frontier  # with the solver, which only this needs

    with _AT_ONCE:
        return frontier(of.history, risk_free=of.risk_free, seed=SEED)


_found = Once(_find, most=_KEPT)
