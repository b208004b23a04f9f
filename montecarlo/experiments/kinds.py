"""The kinds of experiment that a job can ask for."""

from montecarlo.experiments.experiment import Experiment
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep

KINDS: dict[str, type[Experiment]] = {kind.kind: kind for kind in (Simulation, Sweep)}
