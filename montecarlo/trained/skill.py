"""How good a forecast was on days that its training has not seen."""

from dataclasses import dataclass
from typing import Any

from montecarlo.errors import ParameterError
from montecarlo.parameters import plain, shown, to_dict
from montecarlo.trained.checks import finite


@dataclass(frozen=True)
class Skill:
    """Out of sample.  Intervals are of 95 % and allow for labels that overlap: see docs/learning.md.

    Attributes:
        days: Signals that were judged.
        effective_days: How many independent ones they are worth: days over the most days that a label spans.
        base_rate: Share of them whose trade reached its target: a fraction.
        auc, auc_low, auc_high: Area under the receiver operating characteristic: how often a signal whose trade reached
            its target has a higher score than one whose did not.  0.5 is no skill.
        brier: Mean squared error of the calibrated probability.
        brier_base: That of someone who always says the share of the training days.
        volatility_auc, volatility_auc_low, volatility_auc_high: The area of a forecast from volatility alone, trained
            in the same way.
        volatility_brier: Its mean squared error.
        excess_auc, excess_auc_low, excess_auc_high: The first area less that of volatility alone, on the same days.
    """

    days: int
    effective_days: float
    base_rate: float
    auc: float
    auc_low: float
    auc_high: float
    brier: float
    brier_base: float
    volatility_auc: float
    volatility_auc_low: float
    volatility_auc_high: float
    volatility_brier: float
    excess_auc: float
    excess_auc_low: float
    excess_auc_high: float

    def __post_init__(self) -> None:
        days = plain(self.days)
        if isinstance(days, bool) or not isinstance(days, int) or days < 1:
            raise ParameterError({"days": f"must be a whole number from 1 on, not {shown(days)}"})
        object.__setattr__(self, "days", days)
        for name in vars(self).keys() - {"days"}:
            object.__setattr__(self, name, finite(name, getattr(self, name)))

    @property
    def is_shown(self) -> bool:
        """Whether the area differs from 0.5 by more than chance explains, upwards."""
        return self.auc_low > 0.5

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)
