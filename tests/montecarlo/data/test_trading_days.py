"""Which missing bars of a series are called missing, and which were holidays."""

import pandas as pd
import pytest

from montecarlo.data.trading_days import exchange_days, missing_bars
from montecarlo.data.trading_year import bars_per_year

NEW_YORK_HOLIDAYS_2023 = [
    "2023-01-02",
    "2023-01-16",
    "2023-02-20",
    "2023-04-07",
    "2023-05-29",
    "2023-06-19",
    "2023-07-04",
    "2023-09-04",
    "2023-11-23",
    "2023-12-25",
]
NEW_YORK_HOLIDAYS_2024 = [
    "2024-01-01",
    "2024-01-15",
    "2024-02-19",
    "2024-03-29",
    "2024-05-27",
    "2024-06-19",
    "2024-07-04",
    "2024-09-02",
    "2024-11-28",
    "2024-12-25",
]


def weekdays(first: str, last: str, without: list[str]) -> pd.DatetimeIndex:
    return pd.bdate_range(first, last).difference(pd.DatetimeIndex(without))


def missing(dates: pd.DatetimeIndex) -> list[str]:
    bars = bars_per_year(dates)
    assert bars is not None
    return [f"{day:%Y-%m-%d}" for day in missing_bars(dates, bars)]


def test_holidays_of_the_new_york_exchanges_are_not_missing() -> None:
    assert missing(weekdays("2024-01-01", "2024-12-31", without=NEW_YORK_HOLIDAYS_2024)) == []


@pytest.mark.parametrize(("first", "begins"), [("2024-01-01", "2024-01-02"), ("2024-01-02", "2024-01-02")])
def test_days_of_the_exchange_are_counted_from_a_day_on(first: str, begins: str) -> None:
    days = exchange_days(pd.Timestamp(first).date(), 252)
    assert (str(days[0].date()), str(days[-1].date())) == (begins, "2024-12-31")
    assert days.equals(weekdays("2024-01-01", "2024-12-31", without=NEW_YORK_HOLIDAYS_2024))
    assert len(exchange_days(pd.Timestamp(first).date(), 25_000)) == 25_000


@pytest.mark.parametrize(
    ("first", "last", "holidays"),
    [
        ("2021-12-01", "2022-01-31", ["2021-12-24", "2022-01-17"]),  # New Year's Day on a Saturday is no holiday
        ("2022-12-01", "2023-01-31", ["2022-12-26", "2023-01-02", "2023-01-16"]),
        ("2021-06-01", "2021-07-31", ["2021-07-05"]),  # Juneteenth became a holiday in 2022
        ("1997-01-02", "1997-02-10", []),  # Martin Luther King Day became one in 1998
        ("2001-09-01", "2001-10-31", ["2001-09-03", "2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14"]),
        ("2024-12-20", "2025-02-10", ["2024-12-25", "2025-01-01", "2025-01-09", "2025-01-20"]),
    ],
)
def test_holidays_that_move_and_special_closures_are_known(first: str, last: str, holidays: list[str]) -> None:
    assert missing(weekdays(first, last, without=holidays)) == []


def test_one_day_missing_inside_a_normal_week_is_found() -> None:
    dates = weekdays("2024-01-02", "2024-12-31", without=[*NEW_YORK_HOLIDAYS_2024, "2024-08-14", "2024-10-01"])
    assert missing(dates) == ["2024-08-14", "2024-10-01"]


def test_a_stray_bar_on_a_holiday_does_not_hide_a_missing_day() -> None:
    holidays = [*NEW_YORK_HOLIDAYS_2023, *NEW_YORK_HOLIDAYS_2024]
    dates = weekdays("2023-01-02", "2024-12-31", without=[*holidays[1:], "2024-08-14"])
    assert missing(dates) == ["2024-08-14"]


def test_another_countrys_holidays_are_no_gaps_unless_longer_than_any_closure() -> None:
    golden_week = ["2019-04-29", "2019-04-30", "2019-05-01", "2019-05-02", "2019-05-03", "2019-05-06"]
    tokyo = weekdays("2019-01-04", "2019-12-30", without=[*golden_week, "2019-07-15", "2019-11-04"])
    assert missing(tokyo) == []
    assert missing(tokyo.drop("2019-05-07")) == [*golden_week, "2019-05-07"]


def test_a_series_that_trades_every_day_of_the_week_lacks_every_day_that_is_not_there() -> None:
    every_day = pd.date_range("2024-01-01", "2024-12-31")
    assert missing(every_day) == []
    assert missing(every_day.drop(["2024-03-09", "2024-12-25"])) == ["2024-03-09", "2024-12-25"]


@pytest.mark.parametrize(
    ("frequency", "lost", "told"),
    [
        ("W-FRI", "2020-05-08", "2020-05-04"),
        ("W-MON", "2020-05-04", "2020-05-04"),
        ("MS", "2020-05-01", "2020-05-01"),
        ("BME", "2020-05-29", "2020-05-01"),
        ("QE", "2020-06-30", "2020-04-01"),
    ],
)
def test_a_series_of_longer_bars_lacks_weeks_months_or_quarters(frequency: str, lost: str, told: str) -> None:
    dates = pd.date_range("2019-01-01", "2024-12-31", freq=frequency)
    assert missing(dates) == []
    assert missing(dates.drop(lost)) == [told]


def test_a_week_whose_friday_is_a_holiday_is_not_missing() -> None:
    fridays = pd.date_range("2019-01-01", "2024-12-31", freq="W-FRI")
    thursday = pd.DatetimeIndex(["2020-04-09"])
    assert missing(fridays.drop("2020-04-10").union(thursday)) == []


def test_before_the_calendar_starts_only_long_closures_are_gaps() -> None:
    dates = weekdays("1962-01-02", "1963-12-31", without=["1962-02-22", "1962-08-15", "1963-11-25"])
    assert missing(dates) == []
    fortnight = [f"{day:%Y-%m-%d}" for day in pd.bdate_range("1962-06-04", "1962-06-15")]
    assert missing(dates.difference(pd.DatetimeIndex(fortnight))) == fortnight
