"""Which bars a series lacks.

A missing day inside a normal week cannot be told from a holiday by looking at one series alone, so the rule needs a
calendar. Most histories here come from US exchanges, whose holidays follow rules; any other series shows itself by
trading on those holidays, and of it only closures longer than any exchange takes are called gaps.
"""

from datetime import date

import pandas as pd
from pandas.tseries.holiday import (
    AbstractHolidayCalendar,
    GoodFriday,
    Holiday,
    USLaborDay,
    USMemorialDay,
    USPresidentsDay,
    USThanksgivingDay,
    nearest_workday,
    sunday_to_monday,
)

from montecarlo.data.trading_year import is_daily, length_of, own_weekdays

# Election days were holidays until 1980; the special closures below are complete from here on.
CALENDAR_STARTS = pd.Timestamp(1981, 1, 1)

# A US series may carry a stray bar or two on a holiday; a series of another country trades on most of them.
HOLIDAYS_TRADED_AT_MOST = 0.05

# Calendar days from one bar to the next over the longest ordinary closures: Japan in May 2019, China in January 2020.
LONGEST_CLOSURE_DAYS = 11

# Exchanges trade on more than nine weekdays in ten; with fewer bars than this, closures are not the reason.
BARS_EXPECTED_AT_LEAST = 0.8

_THIRD_MONDAY = pd.offsets.WeekOfMonth(week=2, weekday=0)


class _UsExchangeHolidays(AbstractHolidayCalendar):
    """Regular full-day holidays of the New York exchanges: https://www.nyse.com/markets/hours-calendars."""

    rules = [  # noqa: RUF012 (the base class declares it so)
        Holiday("New Year's Day", month=1, day=1, observance=sunday_to_monday),
        Holiday("Martin Luther King Day", month=1, day=1, offset=_THIRD_MONDAY, start_date="1998-01-01"),
        USPresidentsDay,
        GoodFriday,
        USMemorialDay,
        Holiday("Juneteenth", month=6, day=19, observance=nearest_workday, start_date="2022-01-01"),
        Holiday("Independence Day", month=7, day=4, observance=nearest_workday),
        USLaborDay,
        USThanksgivingDay,
        Holiday("Christmas Day", month=12, day=25, observance=nearest_workday),
    ]


_SPECIAL_CLOSURES = pd.DatetimeIndex(
    [
        date(1985, 9, 27),  # Hurricane Gloria
        date(1994, 4, 27),  # funeral of President Nixon
        date(2001, 9, 11),  # attack on New York
        date(2001, 9, 12),
        date(2001, 9, 13),
        date(2001, 9, 14),
        date(2004, 6, 11),  # funeral of President Reagan
        date(2007, 1, 2),  # funeral of President Ford
        date(2012, 10, 29),  # Hurricane Sandy
        date(2012, 10, 30),
        date(2018, 12, 5),  # funeral of President G. H. W. Bush
        date(2025, 1, 9),  # funeral of President Carter
    ]
)


def missing_bars(dates: pd.DatetimeIndex, bars_per_year: int) -> pd.DatetimeIndex:
    """Days, or first days of weeks, months, quarters or years, for which a bar was to be expected and there is none.

    Args:
        dates: Of the bars: naive, at midnight, ascending, unique, at least two.
        bars_per_year: What ``montecarlo.data.trading_year.bars_per_year`` says of them.
    """
    if is_daily(bars_per_year):
        return _missing_days(dates)
    periods = periods_of(dates, bars_per_year)
    return pd.period_range(periods[0], periods[-1]).difference(periods.unique()).to_timestamp()


def periods_of(dates: pd.DatetimeIndex, bars_per_year: int) -> pd.PeriodIndex:
    """The week, month, quarter or year that each bar is of."""
    return dates.to_period({"week": "W", "month": "M", "quarter": "Q", "year": "Y"}[length_of(bars_per_year)])


def exchange_days(first: date, count: int) -> pd.DatetimeIndex:
    """So many days from a day on, itself included, on which the New York exchanges are open, as far as rules tell."""
    days = pd.bdate_range(first, periods=count + count // 10 + 10)  # nine or ten holidays a year, and closures
    return days.difference(_us_exchange_holidays(days[0], days[-1]))[:count]


def us_holidays_kept(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Days between the first and the last of ``dates`` on which the New York exchanges are closed, if the series, too,
    rests on them; none if it does not."""
    holidays = _us_exchange_holidays(dates[0], dates[-1])
    kept = len(holidays.intersection(dates)) <= HOLIDAYS_TRADED_AT_MOST * len(holidays)
    return holidays if kept else holidays[:0]


def _missing_days(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    weekdays = own_weekdays(dates)
    expected = pd.date_range(dates[0], dates[-1])
    expected = expected[expected.day_of_week.isin(weekdays)]
    absent = expected.difference(dates)
    if len(weekdays) == 7 or len(dates) < BARS_EXPECTED_AT_LEAST * len(expected):
        return absent
    following = dates.searchsorted(absent)
    missing = absent[dates[following] - dates[following - 1] > pd.Timedelta(days=LONGEST_CLOSURE_DAYS)]
    holidays = us_holidays_kept(dates)
    if len(holidays):
        missing = missing.union(absent[absent >= CALENDAR_STARTS].difference(holidays))
    return missing


def _us_exchange_holidays(first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
    first = max(first, CALENDAR_STARTS)
    days = _UsExchangeHolidays().holidays(first, last).union(_SPECIAL_CLOSURES)
    return days[(days >= first) & (days <= last)]
