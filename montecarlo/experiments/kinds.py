"""The kinds of experiment that a job can ask for."""

from montecarlo.experiments.experiment import Experiment
from montecarlo.experiments.historical import HistoricalBacktest
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep
from montecarlo.experiments.training import TrainingGrid

KINDS: dict[str, type[Experiment]] = {
    kind.kind: kind for kind in (Simulation, Sweep, HistoricalBacktest, TrainingGrid, Portfolio)
}
