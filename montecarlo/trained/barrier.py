"""The triple barrier: the target, the stop and the longest holding time of the trades that a forecast is about.

Source:
    López de Prado (2018), "Advances in Financial Machine Learning", chapter 3.
"""

from dataclasses import dataclass
from typing import Any

from montecarlo.parameters import Choice, Number, Whole, check, parameter, to_dict

MOST_HOLDING = 250


@dataclass(frozen=True)
class Barrier:
    """How a trade of the forecast ends; all but the last two are as parameters of a strategy.

    Raises:
        ParameterError: naming each of them that cannot be used.
    """

    stop_loss: float = parameter(
        Number(0, 1, low_allowed=False), 0.02, label="Stop", help="Fraction of the fill price against the trade."
    )
    take_profit: float = parameter(
        Number(0, 10, low_allowed=False), 0.02, label="Target", help="Fraction of the fill price in favour of it."
    )
    max_holding: int = parameter(
        Whole(1, MOST_HOLDING), 10, label="Longest holding", unit="trading days", help="Then it ends at the close."
    )
    intrabar: str = parameter(
        Choice(("stop-first", "target-first")),
        "stop-first",
        label="Stop and target in one bar",
        help="Which of them counts as reached first.",
    )
    fill: str = parameter(
        Choice(("next-close", "same-close", "next-open")), "next-close", label="Fill", help="What fills the entry."
    )

    def __post_init__(self) -> None:
        check(self)

    @property
    def delay(self) -> int:
        """Days from a signal to its fill."""
        return 0 if self.fill == "same-close" else 1

    @property
    def span(self) -> int:
        """Days after a signal that its label may look at, at most."""
        return self.delay + self.max_holding

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)
