"""The stages joined: rows of a range of paths."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.account import RESULT, STATE, account
from montecarlo.engine.lanes import DAY, LANES, TARGET, Records, aligned
from montecarlo.engine.prices import DRAWS
from montecarlo.engine.results import rows_of_results
from montecarlo.fan import fan_days
from montecarlo.models import DAYS_PER_YEAR
from montecarlo.rows import Rows
from montecarlo.simulation import Simulation
from montecarlo.strategies.strategy import FloatArray, Scratch, Strategy

GROUPS = 2  # lane groups in one call of a stage: fewer cost calls, more leave the second-level cache


@dataclass(frozen=True, eq=False)
class Workspace:
    """Memory that the stages share, for some groups of lanes.

    Attributes:
        lead: Closes of a warm-up that stand before the simulated days.
    """

    lead: int
    prices: Records
    targets: Records
    draws: Records
    state: Records

    @classmethod
    def of(cls, warm_up: Sequence[float], days: int) -> Self:
        lead = len(warm_up)
        groups = 1 if lead else GROUPS  # behind a lead only a single group is contiguous, as stages are compiled for
        shape = groups, lead + days + 1
        prices = aligned(DAY, *shape)
        prices["lane"][:, :lead] = np.reshape(warm_up, (-1, 1))
        return cls(lead, prices, aligned(TARGET, *shape), aligned(DRAWS, 1), aligned(STATE, 1))

    @property
    def paths(self) -> int:
        """That are simulated at a time."""
        return len(self.prices) * LANES

    def draw(self, simulation: Simulation, first: int) -> None:
        """Fill in the prices of the paths from ``first`` on."""
        simulation.model.fill_prices(self.prices[:, self.lead :], simulation.seed, first, self.draws)


@dataclass(frozen=True, eq=False)
class Trading:
    """A simulation's strategy and rules, to be carried out on the prices of a workspace.

    Attributes:
        lead: Closes of its warm-up.
        terms: What the account stage is told of it: its arguments from ``first_fill`` to ``lean``.
        grid: Days of the curves.
        scratch: Of the strategy.
    """

    strategy: Strategy
    lead: int
    terms: tuple[Any, ...]
    grid: NDArray[np.int64]
    scratch: Scratch

    @classmethod
    def of(cls, simulation: Simulation, *, lean: bool = False) -> Self:
        """The trading of a simulation; without curves, and with a part of the results only, where it is ``lean``."""
        rules, lead, days = simulation.rules, len(simulation.warm_up), simulation.days
        terms = (
            lead + simulation.first_fill,
            rules.delay,
            rules.cost,
            0.0 if rules.shares is None else rules.shares / rules.capital,
            rules.risk_free / DAYS_PER_YEAR,
            DAYS_PER_YEAR / days,
            lean,
        )
        grid = lead + fan_days(simulation.first_fill, days)[: 0 if lean else None]
        return cls(simulation.strategy, lead, terms, grid, simulation.strategy.scratch(lead + days))

    def carry_out(self, space: Workspace, results: NDArray[np.void], curves: FloatArray) -> None:
        """Fill the records RESULT of the workspace's paths, and their equity over capital on the days of the grid."""
        unused = space.lead - self.lead  # of a warm-up that others need
        prices, targets = space.prices[:, unused:], space.targets[:, unused:]
        self.strategy.fill_targets(prices, targets, self.scratch)
        account(prices, targets, *self.terms, space.state, results, self.grid, curves)


def simulate_rows(simulation: Simulation, first: int, stop: int) -> Rows:
    """Rows of the paths from ``first`` up to but not including ``stop``."""
    space, trading = Workspace.of(simulation.warm_up, simulation.days), Trading.of(simulation)
    starts = range(0, stop - first, space.paths)
    results = np.empty(len(starts) * space.paths, RESULT)
    curves = np.empty((len(results), len(trading.grid)))
    for start in starts:
        some = slice(start, start + space.paths)
        space.draw(simulation, first + start)
        trading.carry_out(space, results[some], curves[some])
    return rows_of_results(simulation, results[: stop - first], curves[: stop - first], first)
