"""Buying and holding, the yardstick."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from montecarlo.strategies.strategy import FloatArray, Scratch, Strategy, Targets


@dataclass(frozen=True)
class BuyAndHold(Strategy):
    """Long from the first day on."""

    name = "buy-and-hold"

    @property
    def first_decision(self) -> int:
        return 0

    def targets(self, prices: FloatArray) -> Targets:
        return np.ones(prices.shape, np.int8)

    def fill_targets(self, groups: NDArray[np.void], targets: NDArray[np.void], scratch: Scratch) -> None:
        targets["lane"] = 1
