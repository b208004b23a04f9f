"""The stages joined for many pairs of windows on the same paths."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.lanes import DAY, LANES, TARGET, aligned
from montecarlo.engine.lean_account import RESULT, STATE, account_lean, fill_keep_per_price
from montecarlo.engine.prices import DRAWS
from montecarlo.engine.run import GROUPS
from montecarlo.simulation import Simulation
from montecarlo.strategies.sma_crossover import SmaCrossover, fill_crossovers


def simulate_pairs(simulations: Sequence[Simulation], first: int, stop: int) -> NDArray[np.void]:
    """What becomes of the paths from ``first`` up to but not including ``stop`` under each simulation.

    Prices are drawn once; simulations with the same long window also share its running sums.

    Args:
        simulations: Of an SmaCrossover each; they may differ in its windows, and in the warm-up that these need.
        first: First path.
        stop: Path after the last.

    Returns:
        Records ``montecarlo.engine.lean_account.RESULT``, shape (simulations, paths).
    """
    any_one = simulations[0]
    rules = any_one.rules
    shares = 0.0 if rules.shares is None else rules.shares / rules.capital
    warm_up = max((simulation.warm_up for simulation in simulations), key=len)
    lead = len(warm_up)
    groups = 1 if lead else GROUPS  # behind a lead, only the prices of a single group are contiguous
    rows, step = lead + any_one.days + 1, groups * LANES
    prices, keep_per_price = aligned(DAY, groups, rows), aligned(DAY, groups, rows)
    prices["lane"][:, :lead] = np.reshape(warm_up, (-1, 1))
    draws, state, sums = aligned(DRAWS, 1), aligned(STATE, 1), SmaCrossover().scratch(rows - 1)
    by_long = _by_long(simulations)
    targets = aligned(TARGET, max(map(len, by_long.values())) * groups * rows)
    results = np.empty((len(simulations), -(-(stop - first) // step) * step), RESULT)
    for start in range(0, results.shape[1], step):
        any_one.model.fill_prices(prices[:, lead:], any_one.seed, first + start, draws)
        fill_keep_per_price(prices, keep_per_price, rules.cost)
        for long, members in by_long.items():
            shorts = np.array([_strategy(simulations[member]).short for member in members])
            unused = lead - len(simulations[members[0]].warm_up)
            shape = len(members), groups, rows - unused
            wanted = targets[: np.prod(shape)].reshape(shape)
            fill_crossovers(prices[:, unused:], wanted, shorts, long, _strategy(any_one).shorting, *sums)
            found = np.empty((len(members), step), RESULT)
            account_lean(
                prices[:, unused:],
                keep_per_price[:, unused:],
                wanted,
                long - 1 + rules.delay,
                rules.delay,
                rules.cost,
                shares,
                state,
                found,
            )
            results[members, start : start + step] = found
    return results[:, : stop - first]


def _by_long(simulations: Sequence[Simulation]) -> dict[int, list[int]]:
    """Places of the simulations with each long window."""
    places: dict[int, list[int]] = {}
    for place, simulation in enumerate(simulations):
        places.setdefault(_strategy(simulation).long, []).append(place)
    return places


def _strategy(simulation: Simulation) -> SmaCrossover:
    assert isinstance(simulation.strategy, SmaCrossover)
    return simulation.strategy
