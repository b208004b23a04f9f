"""Getting the machine code of a simulation's stages, before somebody waits for it."""

from montecarlo.engine.run import simulate_rows
from montecarlo.models import NormalModel
from montecarlo.simulation import Simulation
from montecarlo.strategies import SmaCrossover
from montecarlo.tally import Tally

EXAMPLE = Simulation(
    model=NormalModel(start_price=1.0, drift=0.0, volatility=0.0),
    strategy=SmaCrossover(),
    days=100,
    iterations=1,
    seed=0,
)
"""Of the default model and strategy."""


def load_stages(simulation: Simulation = EXAMPLE) -> None:
    """Take the stages from Numba's cache, or compile them: some 20 seconds, once per machine and version."""
    Tally.of(simulate_rows(simulation, 0, 1))
