"""Rules of trading: with how much money, at which close, at what cost, measured against what rate."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from montecarlo import limits


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
            a 252nd of it counts for each trading day.  Cash itself earns nothing.
    """

    capital: float = 100_000.0
    shares: float | None = None
    commission: float = 0.0005
    slippage: float = 0.0005
    fill: str = "next-close"
    risk_free: float = 0.0

    def __post_init__(self) -> None:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        if self.shares is None:
            del values["shares"]
        limits.require(**values)
        # One spelling of each number, so that capital=1000 and capital=1000.0 are the same job.
        for name, value in values.items():
            if name != "fill":
                object.__setattr__(self, name, float(value))

    @property
    def cost(self) -> float:
        """What a fill costs, as a fraction of the traded value."""
        return self.commission + self.slippage

    @property
    def delay(self) -> int:
        """Days from a signal to its fill."""
        return 0 if self.fill == "same-close" else 1

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
