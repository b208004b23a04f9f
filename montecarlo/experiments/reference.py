"""The simulation in plain NumPy: slow, short, and what any faster engine is tested against."""

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting import rows
from montecarlo.accounting.account import buy_and_hold, keep_account
from montecarlo.accounting.path_statistics import rows_of
from montecarlo.experiments.simulation import Simulation
from montecarlo.models import Model

PATHS_AT_ONCE = 64  # so that the price matrix of a few years stays in a processor's cache


def simulate_rows(simulation: Simulation, first: int, stop: int) -> rows.Rows:
    """Rows of the paths from ``first`` up to but not including ``stop``."""
    starts = range(first, stop, PATHS_AT_ONCE)
    return rows.join(_simulate_some(simulation, start, min(start + PATHS_AT_ONCE, stop)) for start in starts)


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
