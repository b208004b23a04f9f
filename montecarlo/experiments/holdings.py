"""What a portfolio holds: symbols, the share of the capital that each has, and what trades it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from montecarlo.data.joint_history import JointHistory
from montecarlo.strategies import BuyAndHold, Strategy

FIXED, EQUAL, INVERSE_VOLATILITY = "fixed", "equal", "inverse-volatility"
WEIGHTINGS = (FIXED, EQUAL, INVERSE_VOLATILITY)


@dataclass(frozen=True)
class Holding:
    """One symbol of a portfolio.

    Args:
        symbol: Of the joint history.
        weight: Share of the capital, above 0 and up to 1; what all weights leave of 1 is cash.
        strategy: What trades its share: with BuyAndHold, which is usual, it is simply held.
    """

    symbol: str
    weight: float
    strategy: Strategy = field(default_factory=BuyAndHold)

    def to_dict(self) -> dict[str, Any]:
        return {"symbol": self.symbol, "weight": self.weight, "strategy": self.strategy.to_dict()}


def holdings_of(
    history: JointHistory,
    weights: Mapping[str, float] | Sequence[float] | str = EQUAL,
    strategies: Mapping[str, Strategy] | Strategy | None = None,
) -> tuple[Holding, ...]:
    """What a person holds.

    Args:
        history: Whose symbols they are, in its order.
        weights: By symbol or in the order of the symbols, or EQUAL, or INVERSE_VOLATILITY (1 / volatility, of the
            history's daily returns, scaled to 1).
        strategies: By symbol, or one for all; None, and what is not named, is bought and held.

    Raises:
        ParameterError: a weight is not above 0, they are more than 1 together, or one is missing or unknown.
    """
    raise NotImplementedError
