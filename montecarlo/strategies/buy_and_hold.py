"""Buying and holding, the yardstick."""

from dataclasses import dataclass

import numpy as np

from montecarlo.engine.lanes import LANES, Stage, stage
from montecarlo.strategies.strategy import FloatArray, StageParameters, Strategy, Targets


@dataclass(frozen=True)
class BuyAndHold(Strategy):
    """Long from the first day on."""

    name = "buy-and-hold"
    label = "Buy and hold"
    help = "Long from the first day on: the yardstick."

    @property
    def first_decision(self) -> int:
        return 0

    def targets(self, prices: FloatArray) -> Targets:
        return np.ones(prices.shape, np.int8)

    def stage(self) -> tuple[Stage, StageParameters]:
        return _fill_targets, np.empty(0)


@stage
def _fill_targets(prices, bars, targets, parameters, scratch):  # type: ignore[no-untyped-def]
    for day in range(len(prices)):
        for lane in range(LANES):
            targets[day].lane[lane] = 1
