"""Which days of a price history are wanted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

import pandas as pd

from montecarlo.errors import HistoryError, ParameterError
from montecarlo.parameters import Day, Whole, check, declared, parameter

YEARS = 10  # of what comes over the network, where nobody says otherwise

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Which days of a price history are wanted; both ends belong to it.

    Args:
        start: The first day.
        end: The last day.
        years: How many years there shall be until the last day, in place of ``start``.

    Raises:
        ParameterError: naming each that cannot be used.
    """

    start: date | None = parameter(  # noqa: RUF009 (it makes a field)
        Day(), None, label="Prices from", help="The first day of the history.", optional=True
    )
    end: date | None = parameter(  # noqa: RUF009
        Day(), None, label="Prices until", help="The last day of the history.", optional=True
    )
    years: int | None = parameter(
        Whole(1, 200),
        None,
        label="Years of prices",
        unit="years",
        help=f"How many years until the last day: {YEARS} from the network, else all there are.",
        optional=True,
    )

    def __post_init__(self) -> None:
        check(self)
        if self.start is not None and self.years is not None:
            raise ParameterError({"years": "must be left out where the first day is given"})
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ParameterError({"start": f"must not be after the end, {self.end}, but is {self.start}"})

    @classmethod
    def read(cls, today: date, **given: Any) -> Self:
        """From what a person gave: days as ``date`` or as text; an hour does not matter.

        Raises:
            ParameterError: naming each that cannot be used.
        """
        values = dict(given)
        problems: dict[str, str] = {}
        for name, value in given.items():
            try:
                if isinstance(value, str):
                    values[name] = declared(cls)[name].read(value)
                elif isinstance(value, datetime):
                    values[name] = value.date()
            except ParameterError as error:
                problems |= error.problems
        if problems:
            raise ParameterError(problems)
        span = cls(**values)
        # Where the sun rises early, tomorrow has begun.
        late = {name: day for name in ("start", "end") if (day := values.get(name)) and day > today + _ONE_DAY}
        if late:
            raise ParameterError({name: f"must not be in the future, but is {day}" for name, day in late.items()})
        return span

    def until_yesterday(self, today: date) -> "Days":
        """What to ask a source on the network for: the bar of today is not finished.

        Raises:
            ParameterError: not even yesterday is wanted.
        """
        last = min(self.end or today, today - _ONE_DAY)
        if self.start is not None and self.start > last:
            raise ParameterError({"start": f"must be {last} at the latest, because the bar of today is not finished"})
        return Days(self.start or _years_before(last, self.years or YEARS), last)

    def cut(self, bars: pd.DataFrame) -> pd.DataFrame:
        """The bars of these days, of a source that has all of them at hand.

        Raises:
            HistoryError: there are none.
        """
        dates = pd.DatetimeIndex(bars.index)
        if self == Span() or not len(dates):
            return bars
        there = Days(dates.min().date(), dates.max().date())
        last = min(self.end or there.last, there.last)
        first = self.start or (_years_before(last, self.years) if self.years else there.first)
        kept = Days(first, last).cut(bars)
        if kept.empty:
            raise HistoryError(f"there are no prices {self}, only {there}: choose days among these")
        return kept

    def __str__(self) -> str:
        return " ".join(f"{word} {day}" for word, day in (("from", self.start), ("until", self.end)) if day is not None)


@dataclass(frozen=True)
class Days:
    """The days from the first to the last."""

    first: date
    last: date

    def cut(self, bars: pd.DataFrame) -> pd.DataFrame:
        """The bars of these days."""
        dates = pd.DatetimeIndex(bars.index)
        return bars[(dates >= pd.Timestamp(self.first)) & (dates < pd.Timestamp(self.last + _ONE_DAY))]

    def __str__(self) -> str:
        return f"from {self.first} until {self.last}"


def _years_before(last: date, years: int) -> date:
    first: pd.Timestamp = pd.Timestamp(last + _ONE_DAY) - pd.DateOffset(years=years)
    return max(first.date(), Day.EARLIEST)
