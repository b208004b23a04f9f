"""What becomes of a range of simulated paths: a simulation's values handed to the compiled stages."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.account import idle_cash
from montecarlo.accounting.equity_days import equity_days
from montecarlo.accounting.order_results import rows_of_order_results
from montecarlo.accounting.results import rows_of_results
from montecarlo.accounting.rows import Rows
from montecarlo.data.bars import Bars
from montecarlo.engine import order_stages, stages
from montecarlo.engine.account import RESULT, TERMS
from montecarlo.engine.given_targets import given, replay
from montecarlo.engine.lanes import LANES, Records, Stage
from montecarlo.engine.order_account import ORDER_RESULT
from montecarlo.engine.stages import Space, loop_over_groups
from montecarlo.engine.tolerances import EVEN
from montecarlo.experiments.order_paths import daily_orders, run_orders
from montecarlo.models import Drawn, Model, require_bars
from montecarlo.strategies.own_rule import OwnRule
from montecarlo.strategies.strategy import COLUMNS, Targets

if TYPE_CHECKING:
    from montecarlo.experiments.simulation import Simulation

FloatArray = NDArray[np.float64]
Days = NDArray[np.int64]


def simulate_rows(simulation: "Simulation", first: int, stop: int) -> Rows:
    """Rows of the paths from ``first`` up to but not including ``stop``."""
    return _rows(simulation, first, stop, None)


def _rows(simulation: "Simulation", first: int, stop: int, drawn: Drawn | None) -> Rows:
    grid = equity_days(simulation.first_fill, simulation.days)
    (results,), curves = _simulate([simulation], first, stop, grid, drawn)
    made = rows_of_order_results if simulation.keeps_orders else rows_of_results
    return made(
        results,
        curves,
        simulation.days,
        simulation.first_fill,
        simulation.rules,
        bars_per_year=simulation.model.bars_per_year,
        first_path=first,
        expected=simulation.expectation if drawn is None else None,  # which is that of the simulation's own model
    )


def simulate_together(
    simulations: "Sequence[Simulation]", first: int, stop: int, drawn: Drawn | None = None
) -> NDArray[np.void]:
    """What becomes of the same paths under each simulation, as far as a sweep reports it.

    Args:
        simulations: Their strategies are of one class; these may differ in parameters, and in the warm-up they need.
        first: First path.
        stop: Path after the last.
        drawn: Models in place of the simulations' own, as in ``simulate_drawn``.

    Returns:
        Records RESULT of a minimal account, shape (simulations, paths); records ORDER_RESULT where all keep orders.
    """
    kinds = [(simulation.keeps_orders, simulation.draws_bars) for simulation in simulations]
    if len(set(kinds)) == 1:
        return _simulate(simulations, first, stop, None, drawn)[0]
    # A path has the same bits in a sweep as alone, so those that keep no orders have the account that keeps none, and
    # those that look into days their bars, whatever the others need.
    found = np.empty((len(simulations), stop - first), ORDER_RESULT if all(keeps for keeps, _ in kinds) else RESULT)
    for wanted in dict.fromkeys(kinds):
        places = [place for place, kind in enumerate(kinds) if kind == wanted]
        some = simulate_together([simulations[place] for place in places], first, stop, drawn)
        found[places] = some[list(found.dtype.names or ())]
    return found


def simulate_drawn(simulation: "Simulation", drawn: Drawn, first: int, stop: int) -> NDArray[np.void]:
    """What becomes of paths under models other than the simulation's, as far as a sweep reports it.

    Args:
        simulation: All but its model is taken from it.
        drawn: From ``Model.redrawn``: one model for all paths, or one for each group of LANES paths.
        first: First path; it begins a block.
        stop: Path after the last.

    Returns:
        Records RESULT of a minimal account, shape (paths,).
    """
    (results,), _ = _simulate([simulation], first, stop, None, drawn)
    found: NDArray[np.void] = results
    return found


def simulate_drawn_rows(simulation: "Simulation", drawn: Drawn, first: int, stop: int) -> Rows:
    """Rows of the same; the arguments are those of ``simulate_drawn``."""
    return _rows(simulation, first, stop, drawn)


def draw_closes(
    model: Model,
    seed: int,
    first: int,
    paths: int,
    days: int,
    warm_up: Sequence[float] = (),
    drawn: Drawn | None = None,
) -> FloatArray:
    """Closes of the paths from ``first`` on, behind those of a warm-up, in their unit.

    Returns:
        Shape (warm-up + days + 1, paths); the same bits that ``simulate_rows`` trades.
    """
    closes = np.empty((len(warm_up) + days + 1, -(-paths // LANES) * LANES))
    closes[: len(warm_up)] = np.reshape(warm_up, (-1, 1))
    drawn = drawn or model.drawn()
    simulated = closes[len(warm_up) :]
    stages.draw_closes(drawn.stage, seed, first, model.start_price, drawn.parameters, simulated)
    return closes[:, :paths]


def draw_bars(
    model: Model,
    seed: int,
    first: int,
    paths: int,
    days: int,
    warm_up: Sequence[float] = (),
    drawn: Drawn | None = None,
    warm_up_bars: Sequence[tuple[float, float, float]] = (),
) -> Bars:
    """Bars of the paths from ``first`` on, behind those of a warm-up, which are its closes where nobody knows more.

    Returns:
        Arrays of shape (warm-up + days + 1, paths); the same bits that ``simulate_rows`` trades.

    Raises:
        ParameterError: the model has no bars.
    """
    require_bars(model)
    found = np.empty((4, len(warm_up) + days + 1, -(-paths // LANES) * LANES))
    found[:, : len(warm_up)] = np.reshape(warm_up, (-1, 1))
    drawn = drawn or model.drawn(bars=True)
    simulated = np.empty((4, days + 1, found.shape[2]))
    order_stages.draw_bars(drawn.stage, seed, first, model.start_price, drawn.parameters, simulated)
    found[:, len(warm_up) :] = simulated
    if warm_up_bars:
        found[:3, : len(warm_up_bars)] = np.transpose(warm_up_bars)[..., None]
    return Bars(*found[:, :, :paths])


def _simulate(
    simulations: "Sequence[Simulation]", first: int, stop: int, grid: Days | None, drawn: Drawn | None = None
) -> tuple[NDArray[np.void], FloatArray]:
    """Records RESULT or ORDER_RESULT, shape (simulations, paths), and equity over capital on the days of the grid.

    The latter has shape (paths, days).  Without a grid accounts are minimal; with one there is a single simulation.
    """
    strategies = [simulation.strategy for simulation in simulations]
    compiled = [stage for strategy in strategies if (stage := strategy.stage()) is not None]
    if compiled:
        (fill_targets,) = {fill for fill, _ in compiled}
        parameters = np.stack([values for _, values in compiled])
        scratch = max((strategy.scratch() for strategy in strategies), key=len)
        return _run(simulations, first, stop, fill_targets, parameters, scratch, grid, drawn)
    # Groups begin at fixed paths, so that a path has the same neighbours in whatever shard it is.
    before = first % COLUMNS
    starts = range(first - before, stop, COLUMNS)
    groups = [_run_in_numpy(simulations, at, grid, _from(drawn, at - first)) for at in starts]
    results, curves = np.concatenate([each for each, _ in groups], axis=1), np.concatenate([each for _, each in groups])
    wanted = slice(before, before + stop - first)
    return results[:, wanted], curves[wanted]


def _from(drawn: Drawn | None, paths: int) -> Drawn | None:
    """The same models, for the paths after so many."""
    return drawn and drawn._replace(parameters=np.roll(drawn.parameters, -paths // LANES, axis=0))


def _run_in_numpy(
    simulations: "Sequence[Simulation]", first: int, grid: Days | None, drawn: Drawn | None
) -> tuple[NDArray[np.void], FloatArray]:
    """COLUMNS paths, whose targets plain NumPy gives: the prices are drawn once for them and once for the account."""
    one = simulations[0]
    by_day = one.keeps_orders and isinstance(one.strategy, OwnRule)  # what the library orders is the same on all days
    if by_day and len(simulations) > 1:
        # One after the other, because orders of every day take thirty times as much memory as targets.
        alone = [_run_in_numpy([simulation], first, grid, drawn) for simulation in simulations]
        return np.concatenate([each for each, _ in alone]), alone[0][1]
    longest = max((simulation.warm_up for simulation in simulations), key=len)
    if one.keeps_orders and one.draws_bars:
        within = max((simulation.warm_up_bars for simulation in simulations), key=len)
        bars = draw_bars(one.model, one.seed, first, COLUMNS, one.days, longest, drawn, within)
    else:
        closes = draw_closes(one.model, one.seed, first, COLUMNS, one.days, longest, drawn)
        bars = Bars(closes, closes, closes, closes)
    for each in bars:
        each.setflags(write=False)
    daily = None
    if by_day:
        wanted, orders = one.strategy.ordered(bars)
        targets, daily = [wanted], daily_orders(orders)
    else:
        targets = [_wanted(simulation, bars, len(longest) - len(simulation.warm_up)) for simulation in simulations]
    parameters = np.full((len(simulations), 1), float(len(bars.close)))
    return _run(simulations, first, first + COLUMNS, replay, parameters, given(targets), grid, drawn, daily)


def _wanted(simulation: "Simulation", bars: Bars, unused: int) -> Targets:
    return simulation.strategy.targets_of_bars(Bars(*(each[unused:] for each in bars)))


def _run(
    simulations: "Sequence[Simulation]",
    first: int,
    stop: int,
    fill_targets: Stage,
    parameters: FloatArray,
    scratch: Records,
    grid: Days | None,
    drawn: Drawn | None,
    daily: Records | None = None,
) -> tuple[NDArray[np.void], FloatArray]:
    one = simulations[0]
    longest = max((simulation.warm_up for simulation in simulations), key=len)
    minimal, grid = grid is None, np.empty(0, np.int64) if grid is None else grid
    terms = [_terms(simulation, len(longest), minimal) for simulation in simulations]
    if one.keeps_orders:
        return run_orders(simulations, first, stop, fill_targets, parameters, scratch, grid, drawn, terms, daily)
    space = Space.of(one.days, longest, scratch)
    drawn = drawn or one.model.drawn()
    lanes = -(-(stop - first) // LANES) * LANES
    results, curves = np.empty((len(simulations), lanes), RESULT), np.empty((lanes, len(grid)))
    loop_over_groups()(
        drawn.stage,
        (np.uint64(one.seed), first, one.model.start_price, drawn.parameters),
        fill_targets,
        parameters,
        np.array(terms, TERMS),
        minimal,
        space,
        results,
        space.lead + grid,
        curves,
    )
    return results[:, : stop - first], curves[: stop - first]


def _terms(simulation: "Simulation", longest: int, minimal: bool) -> tuple[float, ...]:
    rules, lead, bars_per_year = simulation.rules, len(simulation.warm_up), simulation.model.bars_per_year
    expected = None if minimal else simulation.expectation
    return (
        longest - lead,
        lead + simulation.first_fill,
        rules.delay,
        rules.cost,
        0.0 if rules.shares is None else rules.shares / rules.capital,
        rules.risk_free / bars_per_year,
        bars_per_year / simulation.days,
        *idle_terms(rules.idle_growth(bars_per_year), simulation.first_fill, simulation.days),
        1.0 if expected is None else expected.growth,
    )


def idle_terms(idle: float, first_fill: int, days: int) -> tuple[float, ...]:
    """What cash earns on each day, on that of the first possible fill, before and after it; see TERMS."""
    cash = idle_cash(1.0, idle, (days + 1, 1))[:, 0]
    before = max(first_fill - 1, 0)
    sunk = np.count_nonzero(cash[:first_fill] < 1 - EVEN)
    return idle, idle if first_fill > 0 else 1.0, float(cash[before]), float(sunk), float(cash[days - first_fill])
