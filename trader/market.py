"""What a feed tells: days that are over, with all bars until then, and the session that comes next."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from montecarlo.data.bars import Bars


@dataclass(frozen=True)
class Session:
    """A trading day of the exchange.

    Attributes:
        day: Its date.
        closes: When it ends; earlier on a half day.  In UTC.
        last_orders: Until when market-on-close orders for it are taken.
        first_orders: From when; None is since the close before.
    """

    day: date
    closes: datetime
    last_orders: datetime
    first_orders: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Day:
    """What is known once a session is over.

    Attributes:
        day: Its date.
        dates: Of all bars until then, ``day`` the last; datetime64[D], shape (days,).
        bars: Adjusted, as seen from then: the last close is the price that was paid; shape (days,).  Closes alone,
            four times, where the history has no more.
        split: New shares for an old one, since the bar before.
        next: The session that comes next; None where the feed ends with this day.
    """

    day: date
    dates: NDArray[np.datetime64]
    bars: Bars
    split: float = 1.0
    next: Session | None = None


class FeedError(Exception):
    """Bars cannot be had; the message is for the person, and trying again later may help."""


class Feed(Protocol):
    """Daily bars as they come."""

    symbol: str
    bars_per_year: int

    def now(self) -> datetime:
        """The time at the exchange, in UTC."""

    def after(self, day: date | None) -> Day | None:
        """The first session after a day that is over and whose bar is there; None where there is none yet.

        A day that is asked for again is told again as it was known then.

        Args:
            day: Any date, whether there was a session or not; None asks for the day that a trader begins with.

        Raises:
            FeedError: it cannot be had now.
        """

    @property
    def ended(self) -> bool:
        """Whether no more days will come."""

    def late(self, day: date) -> int:
        """Sessions after this day that are over, and whose bar should be there by now.

        Raises:
            FeedError: it cannot be told now.
        """
