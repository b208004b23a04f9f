"""How many bars of a history make a year: found in its own dates, unless a person says so."""

import numpy as np
import pandas as pd

from montecarlo.errors import ParameterError
from montecarlo.parameters import Parameter, Whole

TRADING_DAYS = 252
"""Of an exchange that is open on five days a week."""

BARS_PER_YEAR = Whole(1, 366)
GIVEN = Parameter.of(
    "bars_per_year",
    BARS_PER_YEAR,
    None,
    label="Bars per year",
    help="How many bars of the history make a year, where its dates do not tell: 252 of a stock, 365 of a coin.",
    optional=True,
)
"""What a person can say."""

_EVERY_DAY = 365  # coins
_CALENDAR_DAYS = 365.25
_LEAST_DAILY = 100  # bars a year: of a market that is open on two days a week

# The median distance in calendar days from one bar to the next, the bars that make a year then, and what they are.
_LONGER = ((5, 9, 52, "week"), (26, 35, 12, "month"), (80, 100, 4, "quarter"), (350, 380, 1, "year"))

_TOO_CLOSE = 0.02  # of the bars at most: more are of another length than the others


def bars_per_year(dates: pd.DatetimeIndex) -> int | None:
    """How many bars like these make a year: 252, 365, 52, 12, 4 or 1; or the days of a year that fall on the weekdays
    of a market that is open neither on five nor on seven of them.  None where the bars have no pattern.

    Args:
        dates: Of the bars: naive, at midnight, ascending, unique, without those that only repeat another.
    """
    distances = np.diff(dates.to_numpy()) // np.timedelta64(1, "D")
    if np.mean(distances == 1) >= 0.5:
        days = len(own_weekdays(dates))
        return {5: TRADING_DAYS, 7: _EVERY_DAY}.get(days, round(_CALENDAR_DAYS * days / 7))
    middle = np.median(distances)
    for least, most, bars, _ in _LONGER:
        if least <= middle <= most and np.mean(distances < least) <= _TOO_CLOSE:
            return bars
    return None


def own_weekdays(dates: pd.DatetimeIndex, least: float = 0.5) -> list[int]:
    """The days of the week, Monday 0, that a daily history has bars on: ``least`` of those of the day that has most."""
    counts = np.bincount(dates.day_of_week, minlength=7)
    return np.flatnonzero(counts >= least * counts.max()).tolist()


def is_daily(bars_per_year: int) -> bool:
    """Whether a bar is a day."""
    return bars_per_year >= _LEAST_DAILY


def length_of(bars_per_year: int) -> str:
    """What a bar is: "day", "week", "month", "quarter" or "year"; "bar" where the number is a person's own."""
    if is_daily(bars_per_year):
        return "day"
    return {bars: name for _, _, bars, name in _LONGER}.get(bars_per_year, "bar")


def require_daily(symbol: str, bars_per_year: int, *, given: bool) -> None:
    """
    Args:
        symbol: What the bars are of.
        bars_per_year: How many make a year.
        given: Whether a person said so.

    Raises:
        ParameterError: a bar is a week, a month or longer, and nobody has said how many make a year.
    """
    if is_daily(bars_per_year) or given:
        return
    length = length_of(bars_per_year)
    message = (
        f"must be given to simulate the {length}ly bars of {symbol}: {bars_per_year} of them make a year, and days and "
        f"windows are then counted in {length}s; or take daily bars"
    )
    raise ParameterError({GIVEN.name: message})
