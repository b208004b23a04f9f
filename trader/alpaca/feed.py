"""Daily bars from Alpaca, each once its session is over and orders for the next close are taken."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from alpaca.data.enums import Adjustment, DataFeed
from alpaca.data.models import Bar
from alpaca.data.requests import StockBarsRequest
from alpaca.data.timeframe import TimeFrame
from alpaca.trading.requests import GetCalendarRequest
from numpy.typing import NDArray

from montecarlo.data.bars import Bars
from trader.alpaca.client import ask, data_client, trading_client
from trader.alpaca.credentials import credentials
from trader.alpaca.splits import split_between
from trader.broker import BrokerError, NotPaperError
from trader.market import Day, FeedError, Session

_T = TypeVar("_T")

EASTERN = ZoneInfo("America/New_York")

ORDERS_FROM = time(19, 5)
"""Eastern time.  Alpaca rejects market-on-close orders between ten minutes to four and seven o'clock, and queues later
ones for the next closing auction; by then, bars are settled, too.
https://docs.alpaca.markets/docs/orders-at-alpaca#time-in-force"""

CUTOFF = timedelta(minutes=10)
"""Before a close, orders for it are no longer taken.  Of half days Alpaca says nothing; the exchanges have the same."""

HISTORY_FROM = datetime(2016, 1, 1, tzinfo=UTC)
"""Alpaca has no earlier bars."""

_AHEAD = timedelta(days=14)  # the longest closure of the exchanges since 1933 took seven


class AlpacaFeed:
    """
    Args:
        symbol: As Alpaca knows it, such as AAPL or BRK.B.
        environment: With the credentials: see ``trader.alpaca.credentials``.

    Raises:
        CredentialsError: there are none.
        NotPaperError: the key, or an address in the environment, is not for paper.
    """

    bars_per_year = 252
    ended = False

    def __init__(self, symbol: str, environment: Mapping[str, str]) -> None:
        self.symbol = symbol.upper()
        found = credentials(environment)
        self._trading, self._data = trading_client(found), data_client(found)
        self._calendar: tuple[GetCalendarRequest, dict[date, datetime]] | None = None

    def now(self) -> datetime:
        """
        Raises:
            FeedError: Alpaca does not tell it now.
        """
        told = _ask("asking for the time", self._trading.get_clock)
        assert not isinstance(told, dict)
        return told.timestamp.astimezone(UTC)

    def after(self, day: date | None) -> Day | None:
        now = self.now()
        closes = self._closes(now.date() - _AHEAD if day is None else day + timedelta(days=1), now.date() + _AHEAD)
        over = {each: at for each, at in closes.items() if _told_from(each) <= now}
        if not over:
            return None
        until = max(over.values())
        # A bar that is late is asked for every few seconds: all that came before it, only once it is there.
        if not self._bars(datetime.combine(min(over), time(), EASTERN), until, Adjustment.RAW):
            return None
        bars = self._bars(HISTORY_FROM, until, Adjustment.ALL)
        there = [number for number, bar in enumerate(bars) if _date(bar) in over]
        if not there:
            return None
        number = there[-1] if day is None else there[0]
        found = _date(bars[number])
        return self._day(bars[: number + 1], over[found], _session_after(found, closes))

    def late(self, day: date) -> int:
        now = self.now()
        return sum(_told_from(each) <= now for each in self._closes(day + timedelta(days=1), now.date() + _AHEAD))

    def _day(self, adjusted: Sequence[Bar], closes: datetime, next_: Session) -> Day:
        """Of the last of these bars."""
        since, day = adjusted[-2:], _date(adjusted[-1])
        raw, split = (
            self._bars(since[0].timestamp, closes, adjustment) for adjustment in (Adjustment.RAW, Adjustment.SPLIT)
        )
        if any([_date(bar) for bar in bars] != [_date(bar) for bar in since] for bars in (raw, split)):
            raise FeedError(f"Alpaca's adjusted and unadjusted bars of {self.symbol} are of different days")
        # Alpaca adjusts as seen from today; for a day that is past, what came later is taken out again.
        prices = _prices(adjusted) * (raw[-1].close / adjusted[-1].close)
        prices[-1] = _prices(raw)[-1]
        if not (np.isfinite(prices).all() and (prices > 0).all()):
            raise FeedError(f"Alpaca's bars of {self.symbol} have prices that cannot be")
        try:
            ratio = split_between(*((bar.close, other.close) for bar, other in zip(raw, split, strict=True)))
        except ValueError as error:
            raise FeedError(f"a split of {self.symbol} before {day} cannot be understood: {error}") from error
        return Day(
            day=day,
            dates=np.array([_date(bar) for bar in adjusted], "datetime64[D]"),
            bars=Bars(prices[:, 0], prices.max(axis=1), prices.min(axis=1), prices[:, 3]),
            split=ratio,
            next=next_,
        )

    def _bars(self, start: datetime, end: datetime, adjustment: Adjustment) -> list[Bar]:
        """Of days until one that is over, the oldest first."""
        wanted = StockBarsRequest(
            symbol_or_symbols=self.symbol,
            timeframe=TimeFrame.Day,
            start=start,
            end=end,
            adjustment=adjustment,
            feed=DataFeed.SIP,
        )
        told = _ask(f"asking for bars of {self.symbol}", lambda: self._data.get_stock_bars(wanted))
        assert not isinstance(told, dict)
        bars = told.data.get(self.symbol, [])
        days = [_date(bar) for bar in bars]
        if days != sorted(set(days)):
            raise FeedError(f"Alpaca's bars of {self.symbol} are not in order of time")
        return bars

    def _closes(self, first: date, last: date) -> dict[date, datetime]:
        """When the sessions of these days end, in order of time; asked once a day, as long as the same is wanted."""
        wanted = GetCalendarRequest(start=first, end=last)
        if self._calendar and self._calendar[0] == wanted:
            return self._calendar[1]
        told = _ask("asking for trading days", lambda: self._trading.get_calendar(wanted))
        assert not isinstance(told, dict)
        closes = {each.date: each.close.replace(tzinfo=EASTERN).astimezone(UTC) for each in told}
        self._calendar = wanted, closes
        return closes


def _session_after(day: date, closes: dict[date, datetime]) -> Session:
    for each, at in closes.items():
        if each > day:
            return Session(each, at, last_orders=at - CUTOFF, first_orders=_told_from(day))
    # Without one, what is decided could not be ordered, and an entry would be lost without a word.
    raise FeedError(f"Alpaca's calendar has no session after {day}")


def _told_from(day: date) -> datetime:
    """When the bar of a day is told, and orders for the next close are sent."""
    return datetime.combine(day, ORDERS_FROM, EASTERN).astimezone(UTC)


def _date(bar: Bar) -> date:
    """A daily bar has the time at which its day begins in New York."""
    return bar.timestamp.astimezone(EASTERN).date()


def _prices(bars: Sequence[Bar]) -> NDArray[np.float64]:
    """Open, high, low and close, shape (bars, 4)."""
    return np.array([(bar.open, bar.high, bar.low, bar.close) for bar in bars], np.float64)


def _ask(what: str, call: Callable[[], _T]) -> _T:
    try:
        return ask(what, call)
    except NotPaperError:
        raise
    except BrokerError as error:
        raise FeedError(str(error)) from error
