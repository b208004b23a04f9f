"""What a run has yielded as one picture that a notebook, a mail or a bucket can show: a PNG, made without a browser."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from montecarlo.data.history import PriceHistory
from montecarlo.experiments import sentence
from montecarlo.experiments.experiment import Experiment
from montecarlo.experiments.historical import HistoricalBacktest
from montecarlo.experiments.simulation import Simulation
from montecarlo.experiments.sweep import Sweep
from montecarlo.experiments.training import TrainingGrid

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def picture_of(files: Mapping[str, bytes], experiment: Experiment, history: PriceHistory) -> bytes:
    """A PNG, 1,200 pixels wide, on white.

    Of a backtest: closes with every entry and exit, stops told apart; equity beside buying and holding; drawdowns.  Of
    a simulation: how returns and drawdowns spread.  Of a sweep: the mean return of each combination, and how much of
    the best one's is luck.  Of a training: whether what the model says comes true, and which features it lives on.

    The same arguments give the same bytes with the same matplotlib.  How long it takes does not grow with a simulation,
    and hardly with a history.

    Args:
        files: What the run has yielded, by name, as ``run_to_folder`` returns it.  Of a simulation also ``paths.csv``,
            if there is one: without it, or where it is very long, quantiles are drawn in place of bars.
        experiment: What was asked for.
        history: The prices that it began with.

    Raises:
        ModuleNotFoundError: matplotlib is not installed; it comes with the extra ``container``.
        KeyError: a file is missing.
        TypeError: there is no picture of such an experiment.
    """
    from montecarlo.charts.pictures import drawing

    said = sentence.of_results(history.symbol, experiment, files.__getitem__)
    with drawing.looks():
        return drawing.png(_drawn(files, experiment, history, said))


def _drawn(files: Mapping[str, bytes], experiment: Experiment, history: PriceHistory, said: str) -> "Figure":
    from montecarlo.charts.pictures import combinations, forecasts, spread, trades

    if isinstance(experiment, HistoricalBacktest):
        return trades.draw(files, experiment, history, said)
    if isinstance(experiment, Simulation):
        return spread.draw(files, experiment, history.symbol, said)
    if isinstance(experiment, Sweep):
        return combinations.draw(files, experiment, history.symbol, said)
    if isinstance(experiment, TrainingGrid):
        return forecasts.draw(files, experiment, history.symbol, said)
    raise TypeError(f"there is no picture of a {experiment.kind}")
