"""A price history as a feed: one day after the other, as fast as they are asked for."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import numpy as np

from montecarlo.data.bars import Bars
from montecarlo.data.history import PriceHistory
from montecarlo.experiments.backtest import bars_of
from trader.market import Day, Session

EXCHANGE = ZoneInfo("America/New_York")
CLOSES, LAST_ORDERS = time(16), time(15, 50)  # market-on-close orders: https://www.nyse.com/markets/hours-calendars
_BAR_COMES = timedelta(minutes=1)  # after the close


class Replay:
    """The days of a history; its prices are adjusted, and taken for those that are paid, as a backtest does.

    The clock stands still just after the close of a day, until the next one is asked for: so whatever becomes of a
    trader, it comes in time for the session after the last day that it has decided.
    """

    def __init__(
        self,
        history: PriceHistory,
        *,
        within_days: bool,
        first: date | None = None,
        seconds: float = 0.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """
        Args:
            history: The prices.
            within_days: Whether open, high and low are needed: of a strategy that ``gives_orders``.
            first: The day that a trader begins with, or the first bar after it; None is that of the history.
            seconds: That a day takes.
            clock: Seconds since any time.

        Raises:
            HistoryError: they are needed, and the history has none.
            ValueError: no bar is left from ``first`` on.
        """
        self.symbol, self.bars_per_year = history.symbol, history.bars_per_year
        self._bars, self._dates = bars_of(history, within_days), history.dates
        self._begin = 0 if first is None else int(np.searchsorted(self._dates, np.datetime64(first, "D")))
        if self._begin == len(self._dates):
            raise ValueError(f"the history of {self.symbol} ends on {self._dates[-1]}, before {first}; begin earlier")
        self._today, self._seconds, self._clock = self._begin, seconds, clock
        self._told: float | None = None

    def now(self) -> datetime:
        return _session(self._date(self._today)).closes + _BAR_COMES

    def after(self, day: date | None) -> Day | None:
        index = self._begin
        if day is not None:
            index = max(index, int(np.searchsorted(self._dates, np.datetime64(day, "D"), side="right")))
        if index == len(self._dates):
            self._today = index - 1
            return None
        if index > self._today and self._told is not None and self._clock() < self._told + self._seconds:
            return None
        if index > self._today or self._told is None:
            self._today, self._told = index, self._clock()
        stop = index + 1
        return Day(
            day=self._date(index),
            dates=self._dates[:stop],
            bars=Bars(*(each[:stop] for each in self._bars)),
            next=_session(self._date(stop)) if stop < len(self._dates) else None,
        )

    @property
    def ended(self) -> bool:
        return self._today == len(self._dates) - 1

    def late(self, day: date) -> int:
        return 0

    def _date(self, index: int) -> date:
        found: date = self._dates[index].item()
        return found


def _session(day: date) -> Session:
    closes, last_orders = (datetime.combine(day, each, EXCHANGE) for each in (CLOSES, LAST_ORDERS))
    return Session(day, closes.astimezone(ZoneInfo("UTC")), last_orders.astimezone(ZoneInfo("UTC")))
