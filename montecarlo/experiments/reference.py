"""The simulation in plain Python and NumPy: slow, short, and what any faster engine is tested against."""

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting import rows
from montecarlo.accounting.account import buy_and_hold, keep_account
from montecarlo.accounting.broker import Outcome, carry_out, hold
from montecarlo.accounting.fill_costs import slippage_of_days
from montecarlo.accounting.order_rows import rows_of_outcomes
from montecarlo.accounting.path_statistics import rows_of
from montecarlo.data.bars import Bars
from montecarlo.experiments.simulation import Simulation
from montecarlo.models import Model
from montecarlo.strategies.orders import Orders

PATHS_AT_ONCE = 64  # so that the price matrix of a few years stays in a processor's cache


def simulate_rows(simulation: Simulation, first: int, stop: int) -> rows.Rows:
    """Rows of the paths from ``first`` up to but not including ``stop``."""
    starts = range(first, stop, PATHS_AT_ONCE)
    some = _trade_orders if simulation.keeps_orders else _simulate_some
    return rows.join(some(simulation, start, min(start + PATHS_AT_ONCE, stop)) for start in starts)


def simulate_prices(model: Model, seed: int, first: int, paths: int, days: int) -> NDArray[np.float64]:
    """Prices in dollars, shape (days + 1, paths), of the paths from ``first`` on."""
    growth = model.growth(seed, first, paths, days)
    return np.asarray(np.vstack([np.full((1, paths), model.start_price), growth]).cumprod(axis=0))


def _simulate_some(simulation: Simulation, first: int, stop: int) -> rows.Rows:
    prices = simulate_prices(simulation.model, simulation.seed, first, stop - first, simulation.days)
    warm_up = np.tile(np.reshape(simulation.warm_up, (-1, 1)), stop - first)
    targets = simulation.strategy.targets(np.vstack([warm_up, prices]))[len(warm_up) :]
    bars_per_year = simulation.model.bars_per_year
    idle = simulation.rules.idle_growth(bars_per_year)
    ledger = keep_account(prices, targets, simulation.first_fill, simulation.rules, idle)
    hold_value = buy_and_hold(prices, simulation.first_fill, simulation.rules, idle)[-1]
    return rows_of(
        ledger,
        prices,
        hold_value,
        simulation.first_fill,
        simulation.rules,
        bars_per_year=bars_per_year,
        first_path=first,
        expected=simulation.expectation,
    )


def _trade_orders(simulation: Simulation, first: int, stop: int) -> rows.Rows:
    """The same where orders are kept within the day: path by path, through the broker."""
    lead, bars = len(simulation.warm_up), simulate_bars(simulation, first, stop)
    targets, orders = simulation.strategy.ordered(bars)
    decided = ((targets[:, path], orders.of_path(path)) for path in range(stop - first))
    bought, held = zip(*(_trade(simulation, bars, *each, path) for path, each in enumerate(decided)), strict=True)
    return rows_of_outcomes(
        bought,
        bars.close[lead:],
        np.array([each.equity[-1] for each in held]),
        simulation.first_fill,
        simulation.rules,
        bars_per_year=simulation.model.bars_per_year,
        first_path=first,
        expected=simulation.expectation,
    )


def simulate_bars(simulation: Simulation, first: int, stop: int) -> Bars:
    """Bars of the paths behind those of the warm-up, which may be closes alone; shape (warm-up + days + 1, paths).

    Where nothing that is traded looks into a day of a model without bars, days open at the close before.
    """
    paths, days = stop - first, simulation.days
    if simulation.draws_bars:
        drawn = simulation.model.bars(simulation.seed, first, paths, days)
    else:
        closes = simulate_prices(simulation.model, simulation.seed, first, paths, days)
        opens = np.vstack([closes[:1], closes[:-1]])
        drawn = Bars(opens, np.maximum(opens, closes), np.minimum(opens, closes), closes)
    warm_up = np.tile(np.reshape(simulation.warm_up, (-1, 1)), paths)
    bars = [np.vstack([warm_up, each]) for each in drawn]
    for each, known in zip(bars, np.transpose(simulation.warm_up_bars), strict=False):  # the closes come last
        each[: len(known)] = known[:, None]
    return Bars(*bars)


def _trade(
    simulation: Simulation, bars: Bars, targets: NDArray[np.int8], orders: Orders, path: int
) -> tuple[Outcome, Outcome]:
    """The account of the strategy on one path, whose targets and orders these are, and that of buying and holding."""
    rules, lead = simulation.rules, len(simulation.warm_up)
    slippage = slippage_of_days(bars.close[:, path], rules)[lead:]
    own = Bars(*(each[lead:, path] for each in bars))
    idle = rules.idle_growth(simulation.model.bars_per_year)
    outcome = carry_out(
        own,
        targets[lead:],
        Orders(*(each[lead:] for each in orders)),
        simulation.first_fill,
        rules,
        slippage=slippage,
        idle=idle,
        signals=simulation.strategy.signals,
    )
    return outcome, hold(own, simulation.first_fill, rules, slippage=slippage, idle=idle)
