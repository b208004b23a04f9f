"""The same of simulations with orders within the day: their values handed to the compiled order account."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.rules import FRACTION, PER_SHARE, VOLATILITY, Rules
from montecarlo.engine.lanes import LANES, Records, Stage, aligned
from montecarlo.engine.order_account import ASKED_ALWAYS, ASKED_WHEN_FLAT, ORDER, ORDER_RESULT, ORDER_TERMS
from montecarlo.engine.order_costs import constant_slips
from montecarlo.engine.order_stages import OrderSpace, loop_over_order_groups, no_bars, no_closes
from montecarlo.models import Drawn
from montecarlo.strategies import Strategy
from montecarlo.strategies.orders import Orders
from montecarlo.strategies.strategy import ENTRIES

if TYPE_CHECKING:
    from montecarlo.experiments.simulation import Simulation

FloatArray = NDArray[np.float64]
Days = NDArray[np.int64]
Terms = tuple[float, ...]


def run_orders(
    simulations: "Sequence[Simulation]",
    first: int,
    stop: int,
    fill_targets: Stage,
    parameters: FloatArray,
    scratch: Records,
    grid: Days,
    drawn: Drawn | None,
    terms: Sequence[Terms],
    orders: Records | None = None,
) -> tuple[NDArray[np.void], FloatArray]:
    """Records ORDER_RESULT, shape (simulations, paths), and equity over capital on the days of the grid.

    Args:
        simulations: Of the same paths and rules; their strategies are of one class.
        first: First path.
        stop: Path after the last.
        fill_targets: The strategies' stage.
        parameters: What it is told of each, shape (simulations, parameters).
        scratch: Of that stage.
        grid: Days, counted from the first close of the simulations' own.
        drawn: Models in place of the simulations' own; their stage is a bar stage where one is asked.
        terms: Of each simulation, as a record TERMS holds them.
        orders: Records ORDER, shape (simulations, groups, closes), where they change from day to day; None takes what
            the strategies say of all days.
    """
    one = simulations[0]
    has_bars = one.draws_bars
    warm_up = max((simulation.warm_up for simulation in simulations), key=len)
    slips = None if one.rules.slippage_model == VOLATILITY else constant_slips(one.rules.slippage)
    within = max((simulation.warm_up_bars for simulation in simulations), key=len)
    space = OrderSpace.of(one.days, warm_up, slips, scratch, within)
    drawn = drawn or one.model.drawn(bars=has_bars)
    lanes = -(-(stop - first) // LANES) * LANES
    results, curves = np.empty((len(simulations), lanes), ORDER_RESULT), np.empty((lanes, len(grid)))
    loop_over_order_groups()(
        no_closes if has_bars else drawn.stage,
        drawn.stage if has_bars else no_bars,
        has_bars,
        (np.uint64(one.seed), first, one.model.start_price, drawn.parameters),
        fill_targets,
        parameters,
        constant_orders([simulation.strategy for simulation in simulations]) if orders is None else orders,
        np.array(
            [
                (*each, *_order_terms(simulation, len(grid) > 0 and simulation.expectation is not None))
                for each, simulation in zip(terms, simulations, strict=True)
            ],
            ORDER_TERMS,
        ),
        space,
        results,
        space.lead + grid,
        curves,
    )
    return results[:, : stop - first], curves[: stop - first]


def constant_orders(strategies: Sequence[Strategy]) -> Records:
    """What comes with every signal of each strategy: records ORDER, shape (strategies, 1, 1)."""
    orders = aligned(ORDER, len(strategies), 1, 1)
    for record, strategy in zip(orders, strategies, strict=True):
        record["limit"] = np.nan if strategy.entry_limit is None else strategy.entry_limit
        record["stop"] = np.inf if strategy.stop_loss is None else strategy.stop_loss
        record["target"] = np.inf if strategy.take_profit is None else strategy.take_profit
        record["holding"] = np.inf if strategy.max_holding is None else strategy.max_holding
    return orders


def daily_orders(orders: Orders) -> Records:
    """Of one strategy, in the shape of the closes; paths are groups.

    Returns:
        Records ORDER, shape (1, groups, closes).
    """
    closes, paths = orders.limit.shape
    found = aligned(ORDER, 1, paths // LANES, closes)
    for name, values in orders._asdict().items():
        by_group = values.reshape(closes, -1, LANES).transpose(1, 0, 2)
        found[name][0] = by_group if name == "limit" else _or_never(by_group)
    return found


def _or_never(values: FloatArray) -> FloatArray:
    return np.where(np.isnan(values), np.inf, values)


def _order_terms(simulation: "Simulation", controlled: bool) -> Terms:
    rules, strategy = simulation.rules, simulation.strategy
    return (
        rules.fill == "next-open",
        controlled,
        strategy.signals == ENTRIES,
        rules.intrabar == "target-first",
        _asked(strategy),
        *_costs(rules),
    )


def _asked(strategy: Strategy) -> int:
    if not strategy.asked_daily:
        return 0
    return ASKED_ALWAYS if strategy.enters_both_ways or strategy.signals != ENTRIES else ASKED_WHEN_FLAT


def _costs(rules: Rules) -> Terms:
    per_share, minimum = rules.commission_per_share or 0.0, (rules.commission_minimum or 0.0) / rules.capital
    multiple = rules.slippage_volatility if rules.slippage_model == VOLATILITY else None
    return (
        rules.commission if rules.commission_model == FRACTION else 0.0,
        per_share if rules.commission_model == PER_SHARE else 0.0,
        minimum,
        -1.0 if multiple is None else multiple,
    )
