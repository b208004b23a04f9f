"""The stages joined: rows of a range of paths."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.account import RESULT, STATE, account
from montecarlo.engine.lanes import DAY, LANES, TARGET, aligned
from montecarlo.engine.prices import DRAWS
from montecarlo.engine.results import rows_of_results
from montecarlo.fan import fan_days
from montecarlo.models import DAYS_PER_YEAR
from montecarlo.rows import Rows
from montecarlo.simulation import Simulation

GROUPS = 2  # lane groups in one call of a stage: fewer cost calls, more leave the second-level cache


@dataclass(frozen=True, eq=False)
class Workspace:
    """Memory that the stages share, for some groups of lanes; a warm-up stands before the simulated days."""

    prices: NDArray[np.void]
    targets: NDArray[np.void]
    draws: NDArray[np.void]
    state: NDArray[np.void]
    strategy: tuple[NDArray[np.void], ...]

    @classmethod
    def of(cls, simulation: Simulation) -> Self:
        lead = len(simulation.warm_up)
        groups = 1 if lead else GROUPS  # behind a lead only a single group is contiguous, as models are compiled for
        rows = lead + simulation.days + 1
        prices = aligned(DAY, groups, rows)
        prices["lane"][:, :lead] = np.reshape(simulation.warm_up, (-1, 1))
        return cls(
            prices=prices,
            targets=aligned(TARGET, groups, rows),
            draws=aligned(DRAWS, 1),
            state=aligned(STATE, 1),
            strategy=simulation.strategy.scratch(rows - 1),
        )


def simulate_rows(simulation: Simulation, first: int, stop: int) -> Rows:
    """Rows of the paths from ``first`` up to but not including ``stop``."""
    model, strategy, rules = simulation.model, simulation.strategy, simulation.rules
    space, lead = Workspace.of(simulation), len(simulation.warm_up)
    step = len(space.prices) * LANES
    results = np.empty(-(-(stop - first) // step) * step, RESULT)
    shares = 0.0 if rules.shares is None else rules.shares / rules.capital
    risk_free, per_year = rules.risk_free / DAYS_PER_YEAR, DAYS_PER_YEAR / simulation.days
    first_fill = lead + simulation.first_fill
    grid = lead + fan_days(simulation.first_fill, simulation.days)
    curves = np.empty((len(results), len(grid)))
    for start in range(0, len(results), step):
        model.fill_prices(space.prices[:, lead:], simulation.seed, first + start, space.draws)
        strategy.fill_targets(space.prices, space.targets, space.strategy)
        account(
            space.prices,
            space.targets,
            first_fill,
            rules.delay,
            rules.cost,
            shares,
            risk_free,
            per_year,
            space.state,
            results[start : start + step],
            grid,
            curves[start : start + step],
        )
    return rows_of_results(simulation, results[: stop - first], curves[: stop - first], first)
