"""When a portfolio goes back to its weights."""

from dataclasses import dataclass
from typing import Any

from montecarlo.errors import ParameterError
from montecarlo.parameters import Choice, Number, Whole, check, parameter, to_dict

NEVER, CALENDAR, BAND = "never", "calendar", "band"
MONTH = 21  # trading days: what "calendar" is where nobody says how often


@dataclass(frozen=True, kw_only=True)
class Rebalancing:
    """When the weights drift and when they are put back.

    Args:
        rebalance: "never", by "calendar" at the close of every so many trading days after the first purchase, or by
            "band": where a close finds any weight further than ``band`` from where it should be, at the close a signal
            of that day is filled at.
        every: Trading days, of "calendar".
        band: Fraction of the account, of "band".

    Raises:
        ParameterError: naming each that cannot be used.
    """

    rebalance: str = parameter(
        Choice((NEVER, CALENDAR, BAND)), CALENDAR, label="Rebalance", help="When weights are put back."
    )
    every: int | None = parameter(
        Whole(1, 2520),
        None,
        label="Rebalance every",
        unit="trading days",
        help="By calendar: 1 is each day, 21 a month, 63 a quarter.  [default: 21]",
        optional=True,
    )
    band: float | None = parameter(
        Number(0, 1, low_allowed=False),
        None,
        label="Band",
        unit="of the account",
        help="By band: 0.05 lets a weight of 30 % drift from 25 to 35 %.",
        optional=True,
    )

    def __post_init__(self) -> None:
        check(self)
        if found := self._contradictions():
            raise ParameterError(found)
        if self.rebalance == CALENDAR and self.every is None:
            object.__setattr__(self, "every", MONTH)

    def _contradictions(self) -> dict[str, str]:
        """What belongs to another way of rebalancing than the chosen one, or is missing from it."""
        found = {}
        if self.rebalance != CALENDAR and self.every is not None:
            found["every"] = f'is of rebalancing by "{CALENDAR}", not "{self.rebalance}": choose that, or leave it out'
        if self.rebalance != BAND and self.band is not None:
            found["band"] = f'is of rebalancing by "{BAND}", not "{self.rebalance}": choose that, or leave it out'
        if self.rebalance == BAND and self.band is None:
            found["band"] = "must be given to rebalance by band: 0.05 lets a weight of 30 % drift from 25 to 35 %"
        return found

    def __str__(self) -> str:
        """In words: "every 21 trading days"."""
        if self.rebalance == CALENDAR:
            return "every trading day" if self.every == 1 else f"every {self.every:,} trading days"
        return f"beyond a band of {self.band:g}" if self.rebalance == BAND else NEVER

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)
