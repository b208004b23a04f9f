"""The stages joined for many strategies on the same paths."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.account import RESULT
from montecarlo.engine.run import Trading, Workspace
from montecarlo.simulation import Simulation


def simulate_together(simulations: Sequence[Simulation], first: int, stop: int) -> NDArray[np.void]:
    """What becomes of the paths from ``first`` up to but not including ``stop`` under each simulation.

    Prices are drawn once, and of each account only what a sweep reports is kept.

    Args:
        simulations: They may differ in their strategies, and in the warm-up that these need.
        first: First path.
        stop: Path after the last.

    Returns:
        Records RESULT of the lean account stage, shape (simulations, paths).
    """
    warm_up = max((simulation.warm_up for simulation in simulations), key=len)
    space = Workspace.of(warm_up, simulations[0].days)
    tradings = [Trading.of(simulation, lean=True) for simulation in simulations]
    starts = range(0, stop - first, space.paths)
    results, no_curves = np.empty((len(simulations), len(starts) * space.paths), RESULT), np.empty((space.paths, 0))
    for start in starts:
        space.draw(simulations[0], first + start)
        for trading, result in zip(tradings, results, strict=True):
            trading.carry_out(space, result[start : start + space.paths], no_curves)
    return results[:, : stop - first]
