"""Rules of trading: with how much money, at which close, at what cost, measured against what rate."""

from dataclasses import dataclass
from typing import Any, TypedDict

from montecarlo.errors import ParameterError
from montecarlo.parameters import Choice, Number, Switch, check, parameter, to_dict

MAX_COST = 0.1  # fraction of the traded value; more is a percentage typed as a fraction
FRACTION, PER_SHARE, VOLATILITY = "fraction", "per-share", "volatility"  # models of commission and slippage
RISK_FREE = (-0.1, 1.0)  # per year; beyond is a percentage typed as a fraction


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How the signals of a strategy are carried out.

    Args:
        capital: Cash at the start, dollars.
        shares: Number of shares in a position; None puts all cash in (every affordable share, fractional).
        commission: Fraction of the traded value paid to the broker at each fill.
        slippage: Fraction of the traded value lost to the market at each fill.
        fill: "next-close" fills a signal seen at a close at the next day's close, "same-close" at the same one,
            "next-open" at the next day's open.
        risk_free: Return per year without risk, as a fraction, that Sharpe and Sortino ratios measure the excess over;
            the year's trading days share it evenly.
        intrabar: Which comes first where one bar reaches both the stop and the target of a position: "stop-first" is
            the worse, "target-first" the better that can have been.
        commission_model: "fraction" of the traded value, or "per-share".
        commission_per_share: Dollars, of the model "per-share".
        commission_minimum: Dollars of a fill at least, of the model "per-share"; None is none.
        slippage_model: "fraction" of the traded value, or "volatility": a share of a day's volatility then.
        slippage_volatility: That share, of the model "volatility"; a day's volatility is the root of the exponentially
            weighted mean of squared returns until the close before, with weights that fall by 0.94 a day (RiskMetrics,
            Technical Document, 1996).
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
        Choice(("next-close", "same-close", "next-open")),
        "next-close",
        label="Fill",
        help="Close, or open, at which a signal is filled.",
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

    intrabar: str = parameter(
        Choice(("stop-first", "target-first")),
        "stop-first",
        label="Stop and target in one bar",
        help="Which comes first where one day reaches both: the worse that can have been, or the better.",
        since=2,
    )
    commission_model: str = parameter(
        Choice((FRACTION, PER_SHARE)),
        FRACTION,
        label="Commission is",
        help="A fraction of the traded value, or dollars for each share.",
        since=2,
    )
    commission_per_share: float | None = parameter(
        Number(0, 1000),
        None,
        label="Commission per share",
        unit="dollars",
        help="Of the commission per-share: 0.005 is half a cent for each share.",
        optional=True,
        since=2,
    )
    commission_minimum: float | None = parameter(
        Number(0, 1e6),
        None,
        label="Least commission",
        unit="dollars",
        help="Of each fill, of the commission per-share.",
        optional=True,
        since=2,
    )
    slippage_model: str = parameter(
        Choice((FRACTION, VOLATILITY)),
        FRACTION,
        label="Slippage is",
        help="A fraction of the traded value, or a share of a day's volatility.",
        since=2,
    )
    slippage_volatility: float | None = parameter(
        Number(0, 10),
        None,
        label="Slippage in volatility",
        unit="of a day's volatility",
        help="Of the slippage volatility: 0.1 is a tenth of what the price usually moves in a day.",
        optional=True,
        since=2,
    )

    def __post_init__(self) -> None:
        check(self)
        if found := self._contradictions():
            raise ParameterError(found)

    def _contradictions(self) -> dict[str, str]:
        """What belongs to a model that is not chosen, or is missing from one that is."""
        found = {}
        per_share, volatility = self.commission_model == PER_SHARE, self.slippage_model == VOLATILITY
        if per_share and self.commission_per_share is None:
            found["commission_per_share"] = "must be given for a commission per share"
        for name in ("commission_per_share", "commission_minimum"):
            if not per_share and getattr(self, name) is not None:
                found[name] = f"is of the commission {PER_SHARE}: choose that, or leave it out"
        if volatility and self.slippage_volatility is None:
            found["slippage_volatility"] = "must be given for a slippage by volatility"
        if not volatility and self.slippage_volatility is not None:
            found["slippage_volatility"] = f"is of the slippage {VOLATILITY}: choose that, or leave it out"
        return found

    def counts(self, name: str) -> bool:
        """Whether a parameter is of the models of costs that are chosen; all others always are."""
        return {
            "commission": self.commission_model == FRACTION,
            "commission_model": self.commission_model != FRACTION,
            "commission_per_share": self.commission_model == PER_SHARE,
            "commission_minimum": self.commission_model == PER_SHARE,
            "slippage": self.slippage_model == FRACTION,
            "slippage_model": self.slippage_model != FRACTION,
            "slippage_volatility": self.slippage_model == VOLATILITY,
        }.get(name, True)

    @property
    def needs_order_account(self) -> bool:
        """Whether only the account that knows what happens within a day can keep them."""
        models = self.commission_model, self.slippage_model
        return self.fill == "next-open" or models != (FRACTION, FRACTION)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful about them."""
        if self.interest and self.risk_free == 0:
            return ("idle cash earns interest at a risk-free rate of 0, which is nothing: set the risk-free rate",)
        return ()

    @property
    def cost(self) -> float:
        """What a fill costs, as a fraction of the traded value, as far as it is one."""
        commission = self.commission if self.commission_model == FRACTION else 0.0
        return commission + (self.slippage if self.slippage_model == FRACTION else 0.0)

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
    intrabar: str
    commission_model: str
    commission_per_share: float | None
    commission_minimum: float | None
    slippage_model: str
    slippage_volatility: float | None


def rules_of(rules: Rules | None, keywords: RuleKeywords) -> Rules:
    """The rules as one value, however they were given.

    Raises:
        ParameterError: one cannot be used, or they are given in both ways.
    """
    if rules is not None and keywords:
        raise ParameterError(dict.fromkeys(keywords, "is given beside rules, which have it already: give one of them"))
    return Rules(**keywords) if rules is None else rules
