"""What all trading strategies share."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from montecarlo import limits

FloatArray = NDArray[np.float64]
Targets = NDArray[np.int8]
"""The position wanted at each close: 1 long, 0 flat, -1 short."""
Scratch = tuple[NDArray[np.void], ...]


@dataclass(frozen=True)
class Strategy:
    """What is traded when.  A strategy is a subclass in a file of its own: see docs/add-a-strategy.md."""

    name: ClassVar[str]

    @property
    def first_decision(self) -> int:
        """The first day, counted from 0, at whose close enough prices are known."""
        raise NotImplementedError

    @property
    def windows(self) -> dict[str, int]:
        """Its lengths in days, by the names that ``montecarlo.limits`` checks."""
        return {name: value for name, value in asdict(self).items() if name in limits.PARAMETERS}

    def targets(self, prices: FloatArray) -> Targets:
        """Positions wanted, in plain NumPy; prices and result have shape (days + 1, paths)."""
        raise NotImplementedError

    def scratch(self, days: int) -> Scratch:
        """Memory that the compiled stage needs for prices of ``days + 1`` closes; made once, used for every group."""
        return ()

    def fill_targets(self, groups: NDArray[np.void], targets: NDArray[np.void], scratch: Scratch) -> None:
        """The compiled strategy stage: the same targets for groups of lanes.

        Args:
            groups: Prices, records DAY, shape (groups, days + 1).
            targets: Records TARGET to fill, same shape; they are zero and stay so before ``first_decision``.
            scratch: From ``scratch``.
        """
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, **asdict(self)}
