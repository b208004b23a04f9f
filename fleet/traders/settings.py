"""What a trader trades, how, and within which limits."""

from dataclasses import dataclass, field
from datetime import date

from fleet.job import Job
from fleet.traders.stored import Stored
from montecarlo.parameters import Number, Whole, check, parameter

REPLAY, ALPACA = "replay", "alpaca"
"""Feeds: the prices of the job day by day, or Alpaca's daily bars."""
PAPER = "paper"
"""Brokers: PAPER is our own, which fills as a backtest does; ALPACA is a paper account there."""
FEEDS, BROKERS = (REPLAY, ALPACA), (PAPER, ALPACA)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Beyond which a trader sends no order, or halts.

    Args:
        order_value: Dollars of one order to enter, at the last close; a larger one halts it.
        day_orders: Orders of one day, attempts counted; one more halts it.
        drawdown: Fraction of the highest equity at a close so far; the day on which more is lost halts it.
        stale_days: Trading days that a bar may be late before it halts.

    Raises:
        ParameterError: naming each that cannot be used.
    """

    order_value: float | None = parameter(
        Number(0, 1e12, low_allowed=False),
        None,
        label="Largest order",
        unit="dollars",
        help="Halt instead of entering with an order worth more dollars than this at the last close.",
        optional=True,
    )
    day_orders: int = parameter(
        Whole(1, 100), 10, label="Orders a day", help="Halt instead of sending one order more on the same day."
    )
    drawdown: float | None = parameter(
        Number(0, 1, low_allowed=False),
        None,
        label="Largest drawdown",
        unit="of the highest equity",
        help="Halt where the account has lost more than this since its height: 0.2 is 20 %.",
        optional=True,
    )
    stale_days: int = parameter(
        Whole(1, 30),
        1,
        label="Stale after",
        unit="trading days",
        help="Halt where a bar is later than so many trading days.",
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, kw_only=True)
class TraderSettings(Stored):
    """
    Attributes:
        name: Its own; see ``fleet.traders.keys.NAMES``.
        job: A backtest of the same strategy under the same rules on the same symbol; of REPLAY, its prices are the
            feed.
        feed: REPLAY or ALPACA.
        broker: PAPER or ALPACA.
        first: The first day at whose close it decides, or the first bar after it; None is the first of a replay, and of
            ALPACA the last session that is over.
        limits: Its limits.
        created: When, in UTC, as in ISO 8601.
    """

    name: str
    job: Job
    feed: str
    broker: str
    first: date | None
    limits: Limits = field(default_factory=Limits)
    created: str = ""

    @property
    def run_command(self) -> str:
        """What starts it at a terminal; of a person's own rule, with what says that it is trusted."""
        return f"spotmc trader run {self.name}{' --own-rules allow' if self.job.experiment.own_rule else ''}"
