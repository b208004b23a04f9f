"""What a training is told."""

from dataclasses import dataclass
from typing import Any, Self

from montecarlo import parameters
from montecarlo.errors import ParameterError
from montecarlo.parameters import Choice, Number, Whole, check, parameter, shown, to_dict
from montecarlo.trained.barrier import Barrier
from montecarlo.trained.features import LEAST_WINDOW, MOST_WINDOW
from montecarlo.trained.model import NAME, NAMES

LOGISTIC, TREES = "logistic", "trees"
SIDES = {"both": ("long", "short"), "long": ("long",), "short": ("short",)}
_BARRIER = Barrier()


@dataclass(frozen=True)
class Training:
    """How a model is trained.

    Args:
        name: What the model is called.
        method: "logistic" is scikit-learn's logistic regression, "trees" are a hundred boosted trees of LightGBM's.
        n: Longest window of the features.
        stop_loss, take_profit, max_holding, intrabar, fill: How the trades end that it learns from: see Barrier.
        direction: The sides that it learns: "both", "long" or "short".
        share: Of the days, the first ones, on which it is trained; the rest judges it.
        threshold: Probability of reaching the target from which on to trade.  None takes the one at which such trades
            break even before costs, if those that the time ends do so at no gain:
            (1 - share that the time ends) stop / (stop + target), by the training days.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """

    name: str = "forecast"
    method: str = parameter(
        Choice((LOGISTIC, TREES)), LOGISTIC, label="Method", help="A logistic regression, or a hundred boosted trees."
    )
    n: int = parameter(
        Whole(LEAST_WINDOW, MOST_WINDOW),
        16,
        label="Longest window",
        unit="trading days",
        help="The longest of the averages, changes and volatility that it looks at.",
    )
    stop_loss: float = parameter(
        Number(0, 1, low_allowed=False),
        _BARRIER.stop_loss,
        label="Stop loss",
        unit="of the entry price",
        help="A trade that reaches it first has failed: 0.02 is 2 %.",
    )
    take_profit: float = parameter(
        Number(0, 10, low_allowed=False),
        _BARRIER.take_profit,
        label="Take profit",
        unit="of the entry price",
        help="A trade that reaches it first has succeeded: 0.02 is 2 %.",
    )
    max_holding: int = parameter(
        Whole(1, 250),
        _BARRIER.max_holding,
        label="Longest holding time",
        unit="trading days",
        help="A trade that reaches neither within it has failed, too.",
    )
    intrabar: str = parameter(
        Choice(("stop-first", "target-first")),
        _BARRIER.intrabar,
        label="Stop and target in one bar",
        help="Which of them comes first: the worse that can have been, or the better.",
    )
    fill: str = parameter(
        Choice(("next-close", "same-close", "next-open")),
        _BARRIER.fill,
        label="Fill",
        help="Close, or open, at which a signal is filled.",
    )
    direction: str = parameter(
        Choice(tuple(SIDES)), "both", label="Direction", help="Which trades it learns: to buy, to sell short, or both."
    )
    share: float = parameter(
        Number(0.1, 0.9),
        0.4,
        label="Share to train on",
        unit="of the days",
        help="The first days train it; those after them judge it.",
    )
    threshold: float | None = parameter(
        Number(0.01, 0.99),
        None,
        label="Threshold",
        unit="probability",
        help="Trade from this probability on; without one, where such trades break even before costs.",
        optional=True,
    )

    def __post_init__(self) -> None:
        found = parameters.problems(self)
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            found = {"name": f"must be {NAMES}, not {shown(self.name)}", **found}
        if found:
            raise ParameterError(found)
        check(self)

    @property
    def barrier(self) -> Barrier:
        return Barrier(self.stop_loss, self.take_profit, self.max_holding, self.intrabar, self.fill)

    @property
    def sides(self) -> tuple[str, ...]:
        return SIDES[self.direction]

    @property
    def gap(self) -> int:
        """Days between the last signal that is trained on and the first that is judged, less one.

        The label of the first ends before the first close that the features of the second look at: as long as the
        label spans (purged), and the longest window (embargo).

        Source:
            López de Prado (2018), "Advances in Financial Machine Learning", section 7.4.
        """
        return self.barrier.span + self.n

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """
        Raises:
            ParameterError: anything is missing, unknown, of the wrong type or out of range.
        """
        return cls(**parameters.from_dict("training", values, cls))
