"""The stages joined: what becomes of a range of paths."""

from collections.abc import Sequence
from threading import Lock
from typing import Any, NamedTuple, Self

import numpy as np
from numba import types
from numpy.typing import NDArray

from montecarlo.engine.account import RESULT, STATE, TERMS, account
from montecarlo.engine.lanes import DAY, LANES, TARGET, Records, Stage, aligned, array_of, stage
from montecarlo.engine.prices import DRAWS
from montecarlo.engine.results import rows_of_results
from montecarlo.fan import fan_days
from montecarlo.models import DAYS_PER_YEAR
from montecarlo.rows import Rows
from montecarlo.simulation import Simulation

FloatArray = NDArray[np.float64]
Days = NDArray[np.int64]

_compiling = Lock()


class Space(NamedTuple):
    """Memory for a group of lanes, which the stages share.

    Attributes:
        lead: Closes of a warm-up that stand before the simulated days.
        prices, growth, targets: Of ``lead + days + 1`` closes.
        draws: Scratch of the model stage.
        scratch: Of the strategy stage, as bytes.
        state: Of the account stage.
    """

    lead: int
    prices: Records
    growth: Records
    targets: Records
    draws: Records
    scratch: NDArray[np.uint8]
    state: Records

    @classmethod
    def of(cls, simulations: Sequence[Simulation]) -> Self:
        """Enough for each of them, with the longest of their warm-ups in it."""
        warm_up = max((simulation.warm_up for simulation in simulations), key=len)
        scratch = max((simulation.strategy.scratch() for simulation in simulations), key=len)
        closes = len(warm_up) + simulations[0].days + 1
        prices, growth, targets = aligned(DAY, closes), aligned(DAY, closes), aligned(TARGET, closes)
        prices["lane"][: len(warm_up)] = np.reshape(warm_up, (-1, 1))
        draws, state = aligned(DRAWS, 1), aligned(STATE, 1)
        return cls(len(warm_up), prices, growth, targets, draws, scratch.view(np.uint8), state)


def simulate_rows(simulation: Simulation, first: int, stop: int) -> Rows:
    """Rows of the paths from ``first`` up to but not including ``stop``."""
    grid = fan_days(simulation.first_fill, simulation.days)
    (results,), curves = _simulate([simulation], first, stop, grid)
    return rows_of_results(simulation, results, curves, first)


def simulate_together(simulations: Sequence[Simulation], first: int, stop: int) -> NDArray[np.void]:
    """What becomes of the same paths under each simulation, as far as a sweep reports it.

    Args:
        simulations: Their strategies are of one class; these may differ in parameters, and in the warm-up they need.
        first: First path.
        stop: Path after the last.

    Returns:
        Records RESULT of a lean account, shape (simulations, paths).
    """
    results, _ = _simulate(simulations, first, stop, None)
    return results


def _simulate(
    simulations: Sequence[Simulation], first: int, stop: int, grid: Days | None
) -> tuple[NDArray[np.void], FloatArray]:
    """Records RESULT, shape (simulations, paths), and equity over capital on the days of the grid, shape (paths, days).

    Without a grid accounts are lean; with one there is a single simulation.
    """
    model, space = simulations[0].model, Space.of(simulations)
    fill_prices, of_model = model.stage()
    strategies = [simulation.strategy.stage() for simulation in simulations]
    (fill_targets,) = {fill for fill, _ in strategies}
    lean, grid = grid is None, np.empty(0, np.int64) if grid is None else space.lead + grid
    lanes = -(-(stop - first) // LANES) * LANES
    results, curves = np.empty((len(simulations), lanes), RESULT), np.empty((lanes, len(grid)))
    _for_any_stages()(
        fill_prices,
        (np.uint64(simulations[0].seed), first, model.start_price, of_model),
        fill_targets,
        np.stack([parameters for _, parameters in strategies]),
        np.array([_terms(simulation, space) for simulation in simulations], TERMS),
        lean,
        space,
        results,
        grid,
        curves,
    )
    return results[:, : stop - first], curves[: stop - first]


def _terms(simulation: Simulation, space: Space) -> tuple[float, ...]:
    rules, lead = simulation.rules, len(simulation.warm_up)
    return (
        space.lead - lead,
        lead + simulation.first_fill,
        rules.delay,
        rules.cost,
        0.0 if rules.shares is None else rules.shares / rules.capital,
        rules.risk_free / DAYS_PER_YEAR,
        DAYS_PER_YEAR / simulation.days,
    )


@stage
def _simulate_groups(  # type: ignore[no-untyped-def]
    fill_prices, drawing, fill_targets, parameters, terms, lean, space, results, grid, curves
):
    seed, first, start, model = drawing
    lead, prices, growth, targets, draws, scratch, state = space
    for begin in range(0, results.shape[1], LANES):
        fill_prices(prices[lead:], growth[lead:], seed, first + begin, start, model, draws)
        for k in range(len(terms)):
            unused, result = terms[k].unused, results[k, begin:]
            fill_targets(prices[unused:], targets[unused:], parameters[k], scratch)
            account(
                prices[unused:],
                growth[unused:],
                targets[unused:],
                terms[k],
                lean,
                state[0],
                result,
                grid,
                curves[begin:],
            )


def _for_any_stages() -> Stage:
    """The loop over groups, compiled for stages of which it knows the types alone: one for all models and strategies.

    It lets go of Python's lock until all groups are done.  Called one by one from Python, the stages of two threads
    kept waiting for each other to let go of it, and even those of one took a tenth longer.
    """
    with _compiling:
        if not _simulate_groups.signatures:
            _simulate_groups.compile(_signature())
            _simulate_groups.disable_compile()
    compiled: Stage = _simulate_groups
    return compiled


def _signature() -> Any:
    key, whole, real = types.uint64, types.int64, types.float64
    days, targets, draws, scratch = array_of(DAY), array_of(TARGET), array_of(DRAWS), types.uint8[::1]
    fill_prices = types.FunctionType(types.void(days, days, key, whole, real, real[::1], draws))
    drawing = types.Tuple((key, whole, real, real[::1]))  # type: ignore[no-untyped-call]
    fill_targets = types.FunctionType(types.void(days, targets, whole[::1], scratch))
    memory = (whole, days, days, targets, draws, scratch, array_of(STATE))
    space = types.NamedTuple(memory, Space)  # type: ignore[no-untyped-call]
    stages = fill_prices, drawing, fill_targets, whole[:, ::1], array_of(TERMS), types.boolean
    return types.void(*stages, space, array_of(RESULT, 2), whole[::1], real[:, ::1])
