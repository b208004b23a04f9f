"""What all trading strategies share."""

from abc import ABC, abstractmethod
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
class Strategy(ABC):
    """What is traded when.  A strategy is a subclass in a file of its own: see docs/add-a-strategy.md."""

    name: ClassVar[str]

    @property
    @abstractmethod
    def first_decision(self) -> int:
        """The first day, counted from 0, at whose close enough prices are known."""

    @property
    def windows(self) -> dict[str, int]:
        """Its lengths in days, by the names that ``montecarlo.limits`` checks."""
        lengths = {name for name, kind in limits.PARAMETERS.items() if isinstance(kind, limits.Whole)}
        return {name: value for name, value in asdict(self).items() if name in lengths}

    def problems(self, days: int, warm_up: bool = False) -> dict[str, str]:
        """What keeps it from being traded on ``days + 1`` closes, by parameter name; empty when nothing does.

        Args:
            days: Days after the first close.
            warm_up: Whether closes before the first one let it decide from the first day on.
        """
        found = limits.problems({**self.windows, "days": days, "warm_up": warm_up})
        if not found and not warm_up and self.first_decision >= days:
            found["days"] = f"must be more than {self.first_decision:,}, the day on which {self.name} decides first"
        return found

    @abstractmethod
    def targets(self, prices: FloatArray) -> Targets:
        """Positions wanted, in plain NumPy; prices and result have shape (days + 1, paths).

        A target may depend on the prices up to its own day and on nothing else; it is zero before ``first_decision``.
        """

    def scratch(self, days: int) -> Scratch:
        """Memory that the compiled stage needs for prices of ``days + 1`` closes; made once, used for every group."""
        return ()

    @abstractmethod
    def fill_targets(self, groups: NDArray[np.void], targets: NDArray[np.void], scratch: Scratch) -> None:
        """The compiled strategy stage: the same targets for groups of lanes.

        Args:
            groups: Prices, records DAY, shape (groups, days + 1).
            targets: Records TARGET to fill, same shape; they are zero before ``first_decision``, and must stay so.
            scratch: From ``scratch``.
        """

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, **asdict(self)}
