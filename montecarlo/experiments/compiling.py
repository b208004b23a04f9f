"""Getting the machine code of an experiment's stages, before somebody waits for it."""

from dataclasses import replace
from typing import Any

from montecarlo.engine.stages import signatures
from montecarlo.experiments.paths import draw_bars, draw_closes
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.price_paths import joint_closes
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.traded_paths import TradedPaths
from montecarlo.models import NormalModel
from montecarlo.strategies import SmaCrossover

EXAMPLE = Simulation(
    model=NormalModel(start_price=1.0, drift=0.0, volatility=0.0),
    strategy=SmaCrossover(),
    days=100,
    iterations=1,
    seed=0,
)
"""Of the default model and strategy."""


def load_stages(experiment: TradedPaths | Portfolio = EXAMPLE) -> None:
    """Take the stages from Numba's cache, or compile them: some 20 seconds, once per machine and version."""
    if isinstance(experiment, Portfolio):
        experiment.paths(0, 1)
        joint_closes(experiment.model, 0, 0, 1, 1)  # whose stylized facts are measured
        return
    replace(experiment, uncertainty=False).run(0, 1)
    if experiment.uncertainty:  # drawn models may have a stage of their own
        model, bars = experiment.model, experiment.draws_bars
        (draw_bars if bars else draw_closes)(model, 0, 0, 1, 1, drawn=model.redrawn(0, 0, 1, bars))


def compile_beside() -> None:
    """Compile the example's model and strategy, for another process that compiles the loop over them meanwhile.

    Numba compiles one function at a time in a process, and takes what it finds compiled.
    """
    stages: tuple[Any, ...] = EXAMPLE.model.stage()[0], SmaCrossover().stage()[0]
    for stage, signature in zip(stages, signatures(), strict=True):
        stage.compile(signature)


if __name__ == "__main__":
    compile_beside()
