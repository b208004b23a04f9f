"""How each kind of experiment is shown: a file for each."""

from montecarlo.experiments.historical import HistoricalBacktest
from montecarlo.experiments.portfolio import Portfolio
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep
from montecarlo.experiments.training import TrainingGrid
from webui.results import backtest, portfolio, simulation, sweep, training
from webui.results.kind import Kind

KINDS: dict[str, Kind] = {
    Simulation.kind: simulation.KIND,
    Sweep.kind: sweep.KIND,
    HistoricalBacktest.kind: backtest.KIND,
    TrainingGrid.kind: training.KIND,
    Portfolio.kind: portfolio.KIND,
}
