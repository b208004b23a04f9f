"""How fast this machine simulates."""

import time
from collections.abc import Callable

from montecarlo.experiments.compiling import load_stages
from montecarlo.experiments.simulation import Simulation
from montecarlo.models import NormalModel
from montecarlo.statistics.tally import BLOCK_PATHS
from montecarlo.strategies import SmaCrossover

SECONDS = 0.5  # measured


def path_days_per_second(load: Callable[[Simulation], object] = load_stages) -> float:
    """Path-days per second of one core, with the default model and strategy; takes a second.

    Args:
        load: Has the machine code ready, before anything is measured.
    """
    simulation = Simulation(
        model=NormalModel(start_price=100.0, drift=0.08, volatility=0.2),
        strategy=SmaCrossover(),
        days=1260,
        iterations=16 * BLOCK_PATHS,
        seed=0,
    )
    load(simulation)
    rounds, began = 0, time.thread_time()  # leaves out what others take of the core
    while (seconds := time.thread_time() - began) < SECONDS:
        simulation.run(0, simulation.iterations, threads=1)
        rounds += 1
    return rounds * simulation.iterations * simulation.days / seconds
