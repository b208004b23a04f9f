"""The paths of an experiment under other parameters than the fitted ones: all that ``uncertainty`` asks of it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from montecarlo.accounting.rows import Rows
from montecarlo.accounting.rules import Rules
from montecarlo.experiments.paths import simulate_drawn, simulate_drawn_rows
from montecarlo.models import Drawn, Model

if TYPE_CHECKING:
    from montecarlo.experiments.simulation import Simulation

DRAWS = 200  # of parameters
OF_EACH = 8  # draws of which one stands for all
MANY = DRAWS * OF_EACH

Models = TypeVar("Models")


class Fit(Protocol):
    """What is known of a drift; a model, or a mix of several symbols."""

    @property
    def drift(self) -> float: ...

    @property
    def drift_error(self) -> float | None: ...


class Redrawn(NamedTuple, Generic[Models]):
    """Models in place of the fitted one, and the drift per year that a person reads of them."""

    drift: float
    models: Models


@dataclass(frozen=True)
class LeftOpen(ABC, Generic[Models]):
    """An experiment of which a history leaves parameters open.

    Attributes:
        fit: Its drift, per year, and how far that is open.
        rules: What is traded under.
    """

    fit: Fit
    rules: Rules

    @abstractmethod
    def evenly_drawn(self) -> Iterable[Redrawn[Models]]:
        """DRAWS models that the history might as well have come from, whose drifts are spread as ``chosen`` does."""

    @abstractmethod
    def at_drift(self, drift: float) -> Redrawn[Models]:
        """The fitted model with another drift."""

    @abstractmethod
    def redrawn(self, first: int, count: int) -> Models:
        """Models that the history might as well have come from, from that number on."""

    @abstractmethod
    def results(self, models: Models, first: int, stop: int) -> NDArray[np.void]:
        """Records RESULT, shape (paths,), of a minimal account; each group of lanes takes the next of the models."""

    @abstractmethod
    def rows(self, models: Models, first: int, stop: int) -> Rows:
        """Rows of the same."""


def chosen(drifts: NDArray[np.float64]) -> NDArray[np.intp]:
    """Of MANY draws, in the order of their drifts, the one in the middle of each OF_EACH neighbours.

    Stratified sampling, without which the ends of a range would move by five points of a probability with the seed.
    """
    return np.argsort(drifts, kind="stable")[OF_EACH // 2 :: OF_EACH]


def evenly_drawn(model: Model, seed: int, *, bars: bool = False) -> Drawn:
    """DRAWS models, whose drifts are spread as evenly as those of OF_EACH times as many."""
    many = model.redrawn(seed, 0, MANY)
    places = chosen(many.drifts)
    if not bars:
        return Drawn(many.stage, many.parameters[places], many.drifts[places])
    # Of those alone: the bars of all of them may take a quarter of a gigabyte.
    each = [model.redrawn(seed, int(number), 1, bars) for number in places]
    return Drawn(each[0].stage, np.concatenate([one.parameters for one in each]), many.drifts[places])


@dataclass(frozen=True)
class SimulationLeftOpen(LeftOpen[Drawn]):
    """Of a simulation of one symbol."""

    simulation: "Simulation"

    @classmethod
    def of(cls, simulation: "Simulation") -> "SimulationLeftOpen":
        return cls(simulation.model, simulation.rules, simulation)

    def evenly_drawn(self) -> Iterable[Redrawn[Drawn]]:
        one = self.simulation
        found = evenly_drawn(one.model, one.seed, bars=one.draws_bars)
        return [
            Redrawn(float(found.drifts[k]), Drawn(found.stage, found.parameters[[k]], found.drifts[[k]]))
            for k in range(DRAWS)
        ]

    def at_drift(self, drift: float) -> Redrawn[Drawn]:
        drawn = self.simulation.model.with_drift(drift).drawn(self.simulation.draws_bars)
        return Redrawn(float(drawn.drifts[0]), drawn)

    def redrawn(self, first: int, count: int) -> Drawn:
        return self.simulation.model.redrawn(self.simulation.seed, first, count, self.simulation.draws_bars)

    def results(self, models: Drawn, first: int, stop: int) -> NDArray[np.void]:
        return simulate_drawn(self.simulation, models, first, stop)

    def rows(self, models: Drawn, first: int, stop: int) -> Rows:
        return simulate_drawn_rows(self.simulation, models, first, stop)


class WithOpenParameters(Protocol):
    """An experiment that can be asked what its answer is worth."""

    @property
    def left_open(self) -> LeftOpen[Any]: ...
