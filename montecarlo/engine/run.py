"""The stages joined: rows of a range of paths."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.account import RESULT, STATE, account
from montecarlo.engine.lanes import DAY, LANES, TARGET, aligned
from montecarlo.engine.prices import DRAWS
from montecarlo.models import DAYS_PER_YEAR
from montecarlo.rows import NO_DEVIATION, NO_RETURN, Rows
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
    grid, curves = np.empty(0, np.int64), np.empty((0, step))
    for start in range(0, len(results), step):
        model.fill_prices(space.prices[:, lead:], simulation.seed, first + start, space.draws)
        strategy.fill_targets(space.prices, space.targets, space.strategy)
        account(
            space.prices,
            space.targets,
            lead + simulation.first_fill,
            rules.delay,
            rules.cost,
            shares,
            0.0,
            space.state,
            results[start : start + step],
            grid,
            curves,
        )
    return _rows(simulation, results[: stop - first], first)


def _rows(simulation: Simulation, results: NDArray[np.void], first: int) -> Rows:
    capital = simulation.rules.capital
    return {
        "path": np.arange(first, first + len(results)),
        "final_price": results["final_price"].copy(),
        "final_value": results["final_value"] * capital,
        "return": results["final_value"] - 1,
        "max_drawdown": results["max_drawdown"].copy(),
        "sharpe": _sharpe(results, simulation.days - simulation.first_fill + 1),
        "trades": results["trades"].astype(np.int64),
        "exposure": results["exposed"] / simulation.days,
        "buy_and_hold_value": results["hold_value"] * capital,
        "unfilled": results["unfilled"] > 0,
    }


def _sharpe(results: NDArray[np.void], days: int) -> NDArray[np.float64]:
    mean = results["total"] / days
    spread = results["squares"] - results["total"] * mean
    deviates = (days > 1) & (spread > NO_DEVIATION * results["squares"] + days * NO_RETURN)
    deviation = np.sqrt(np.where(deviates, spread, 1.0) / max(days - 1, 1))
    return np.where(deviates, math.sqrt(DAYS_PER_YEAR) * mean / deviation, np.nan)
