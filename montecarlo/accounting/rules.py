"""Rules of trading: with how much money, at which close, at what cost, measured against what rate."""

from dataclasses import dataclass
from typing import Any, TypedDict

from montecarlo.errors import ParameterError
from montecarlo.parameters import Choice, Number, Switch, check, parameter, to_dict

MAX_COST = 0.1  # fraction of the traded value; more is a percentage typed as a fraction
RISK_FREE = (-0.1, 1.0)  # per year; beyond is a percentage typed as a fraction


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How the signals of a strategy are carried out.

    Args:
        capital: Cash at the start, dollars.
        shares: Number of shares in a position; None puts all cash in (every affordable share, fractional).
        commission: Fraction of the traded value paid to the broker at each fill.
        slippage: Fraction of the traded value lost to the market at each fill.
        fill: "next-close" fills a signal seen at a close at the next day's close, "same-close" at the same one.
        risk_free: Return per year without risk, as a fraction, that Sharpe and Sortino ratios measure the excess over;
            the year's trading days share it evenly.
        interest: Whether idle cash earns that rate: each close finds the positive cash carried over from the close
            before grown by a day's share of it, from day 1 on.  Otherwise cash earns nothing.  Debt costs nothing.

    Raises:
        ParameterError: naming each rule that cannot be used.
    """

    capital: float = parameter(
        Number(0, 1e12, low_allowed=False),
        100_000.0,
        label="Capital",
        unit="dollars",
        help="Cash at the start, dollars.",
    )
    shares: float | None = parameter(
        Number(0, 1e12, low_allowed=False),
        None,
        label="Shares",
        unit="shares",
        help="Trade a fixed number of shares instead of all that cash can pay.",
        optional=True,
    )
    commission: float = parameter(
        Number(0, MAX_COST),
        0.0005,
        label="Commission",
        unit="of the traded value",
        help="Paid to the broker at each fill, as a fraction of the traded value: 0.0005 is 0.05 %.",
    )
    slippage: float = parameter(
        Number(0, MAX_COST),
        0.0005,
        label="Slippage",
        unit="of the traded value",
        help="Lost to the market at each fill, as a fraction of the traded value: 0.0005 is 0.05 %.",
    )
    fill: str = parameter(
        Choice(("next-close", "same-close")), "next-close", label="Fill", help="Close that fills a signal."
    )
    risk_free: float = parameter(
        Number(*RISK_FREE),
        0.0,
        label="Risk-free rate",
        unit="per year",
        help="Return per year that Sharpe and Sortino ratios measure the excess over: 0.02 is 2 %.",
    )
    interest: bool = parameter(
        Switch(), False, label="Interest on cash", help="Let idle cash earn the risk-free rate.", since=2
    )

    def __post_init__(self) -> None:
        check(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about them."""
        if self.interest and self.risk_free == 0:
            return ("idle cash earns interest at a risk-free rate of 0, which is nothing: set the risk-free rate",)
        return ()

    @property
    def cost(self) -> float:
        """What a fill costs, as a fraction of the traded value."""
        return self.commission + self.slippage

    @property
    def delay(self) -> int:
        """Days from a signal to its fill."""
        return 0 if self.fill == "same-close" else 1

    def idle_growth(self, bars_per_year: int) -> float:
        """What a day makes of idle cash, over what it was."""
        return 1 + self.risk_free / bars_per_year if self.interest else 1.0

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)


class RuleKeywords(TypedDict, total=False):
    """The rules one by one, as the functions of the library also take them; see ``Rules``."""

    capital: float
    shares: float | None
    commission: float
    slippage: float
    fill: str
    risk_free: float
    interest: bool


def rules_of(rules: Rules | None, keywords: RuleKeywords) -> Rules:
    """The rules as one value, however they were given.

    Raises:
        ParameterError: one cannot be used, or they are given in both ways.
    """
    if rules is not None and keywords:
        raise ParameterError(dict.fromkeys(keywords, "is given beside rules, which have it already: give one of them"))
    return Rules(**keywords) if rules is None else rules
