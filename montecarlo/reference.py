"""The simulation in plain NumPy: slow, short, and what any faster engine is tested against."""

import numpy as np
from numpy.typing import NDArray

from montecarlo import rows
from montecarlo.account import buy_and_hold, keep_account
from montecarlo.models import Model
from montecarlo.normals import normals
from montecarlo.simulation import Simulation

PATHS_AT_ONCE = 64  # so that the price matrix of a few years stays in a processor's cache


def simulate_rows(simulation: Simulation, first: int, stop: int) -> rows.Rows:
    """Rows of the paths from ``first`` up to but not including ``stop``."""
    starts = range(first, stop, PATHS_AT_ONCE)
    return rows.join(_simulate_some(simulation, start, min(start + PATHS_AT_ONCE, stop)) for start in starts)


def simulate_prices(model: Model, draws: NDArray[np.float32]) -> NDArray[np.float64]:
    """Prices in dollars, shape (days + 1, paths), from standard normal draws of shape (days, paths)."""
    steps = np.vstack([np.full((1, draws.shape[1]), model.start_price), model.growth(draws)])
    return np.asarray(steps.cumprod(axis=0))


def _simulate_some(simulation: Simulation, first: int, stop: int) -> rows.Rows:
    draws = normals(simulation.seed, first, stop - first, simulation.days)
    prices = simulate_prices(simulation.model, draws)
    targets = simulation.strategy.targets(prices)
    ledger = keep_account(prices, targets, simulation.first_fill, simulation.rules)
    hold_value = buy_and_hold(prices, simulation.first_fill, simulation.rules)
    return rows.rows_of(ledger, prices, hold_value, simulation.first_fill, first)
