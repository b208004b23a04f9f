"""What all trading strategies share."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from montecarlo import limits
from montecarlo.engine.lanes import TARGET, Records, Stage, aligned

FloatArray = NDArray[np.float64]
Targets = NDArray[np.int8]
"""The position wanted at each close: 1 long, 0 flat, -1 short."""
Lengths = NDArray[np.int64]


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

    @abstractmethod
    def stage(self) -> tuple[Stage, Lengths]:
        """The compiled strategy stage, and its parameters: what it has to know of this strategy.

        The stage is a function (prices, targets, parameters, scratch) without a result that fills in the same targets
        for a group of lanes:

            prices: Records DAY, shape (days + 1,).
            targets: Records TARGET to fill from ``first_decision`` on, same shape.
            parameters: As they are given here.
            scratch: From ``scratch``, as bytes.
        """

    def scratch(self) -> Records:
        """Records of any kind in which the compiled stage remembers things while it does a group."""
        return aligned(TARGET, 0)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, **asdict(self)}
