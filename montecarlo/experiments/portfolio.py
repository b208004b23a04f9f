"""A portfolio: several symbols in one account, on paths of a joint model."""

from dataclasses import dataclass, field

from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.accounting.rules import Rules
from montecarlo.experiments.experiment import Experiment
from montecarlo.experiments.given_joint import GivenJoint
from montecarlo.experiments.holdings import Holding
from montecarlo.models.joint import JointModel

CONTRIBUTIONS, BEATING, CORRELATIONS, LIKENESS, EQUITY = (
    "contributions.csv",
    "beating.csv",
    "correlations.csv",
    "likeness.csv",
    "equity.csv",
)


@dataclass(frozen=True, kw_only=True)
class Portfolio(Experiment):
    """Holdings on paths of a joint model, under rules.

    Args:
        history: What there is to say of the joint history; itself where it is at hand.
        holdings: One for each symbol of the history, in its order.
        model: The fitted joint model, of the same symbols.
        rebalancing: When weights are put back.
        days, iterations, seed, rows, uncertainty: As of a simulation.
        warm_up: How many of the last closes stand before the paths, so that strategies decide from the first day on.
        rules: Money, fills and costs.
    """

    kind = "portfolio"
    rows_file = "paths.csv"

    history: GivenJoint
    holdings: tuple[Holding, ...]
    model: JointModel
    rebalancing: Rebalancing = field(default_factory=Rebalancing)
    days: int = 1260
    iterations: int = 2000
    seed: int
    rows: bool = False
    uncertainty: bool = False
    warm_up: int = 0
    rules: Rules = field(default_factory=Rules)

    @property
    def first_fill(self) -> int:
        """The first day, counted from 0, at whose close any of the holdings can trade."""
        raise NotImplementedError
