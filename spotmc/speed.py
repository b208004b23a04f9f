"""How fast this machine simulates."""

import time

SECONDS = 0.5  # measured


def path_days_per_second() -> float:
    """Path-days per second of one core, with the default model and strategy; takes a second."""
    from montecarlo.experiments.simulation import Simulation
    from montecarlo.models import NormalModel
    from montecarlo.statistics.tally import BLOCK_PATHS
    from montecarlo.strategies import SmaCrossover
    from spotmc.engine_loading import load_engine

    simulation = Simulation(
        model=NormalModel(start_price=100.0, drift=0.08, volatility=0.2),
        strategy=SmaCrossover(),
        days=1260,
        iterations=16 * BLOCK_PATHS,
        seed=0,
    )
    load_engine(simulation)
    rounds, began = 0, time.thread_time()  # leaves out what others take of the core
    while (seconds := time.thread_time() - began) < SECONDS:
        simulation.run(0, simulation.iterations, threads=1)
        rounds += 1
    return rounds * simulation.iterations * simulation.days / seconds
