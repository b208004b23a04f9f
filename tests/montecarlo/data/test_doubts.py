"""What is doubtful about bars is said in one sentence for each kind, short enough to travel with a message."""

import numpy as np
import pandas as pd
import pytest

from montecarlo.data.history import check_history
from tests.montecarlo.data.test_trading_days import NEW_YORK_HOLIDAYS_2024, weekdays


def bars() -> pd.DataFrame:
    dates = weekdays("2024-01-02", "2024-12-31", without=NEW_YORK_HOLIDAYS_2024)
    closes = 50 * np.exp(np.cumsum(np.random.default_rng(9).normal(0, 0.01, len(dates))))
    return pd.DataFrame({"close": closes, "adjusted_close": closes / 2}, index=dates)


def warnings_of(frame: pd.DataFrame) -> tuple[str, ...]:
    found = check_history(frame, "ACME", "csv").warnings
    assert all(len(warning) < 200 for warning in found)
    return found


def test_ordinary_bars_raise_no_doubt() -> None:
    assert warnings_of(bars()) == ()


def test_a_week_of_sunday_to_thursday_may_be_one_of_dates_a_day_early() -> None:
    frame = bars()
    frame.index -= pd.Timedelta(days=1)
    (warning,) = (each for each in warnings_of(frame) if "Sundays" in each)
    assert warning.startswith("bars on Sundays and none on Fridays")


def test_a_week_of_tuesday_to_saturday_is_a_day_late() -> None:
    frame = bars()
    frame.index += pd.Timedelta(days=1)
    assert any(
        each.startswith("bars on Saturdays and none on Mondays: all dates are a day late")
        for each in warnings_of(frame)
    )


def test_bars_on_a_weekday_without_others_are_told() -> None:
    frame = bars()
    saturday = pd.DataFrame({"close": [51.0], "adjusted_close": [25.5]}, index=pd.DatetimeIndex(["2024-03-09"]))
    assert warnings_of(pd.concat([frame, saturday]).sort_index()) == (
        "1 bar on a weekday that has no others (first 2024-03-09, Saturday)",
    )


# Adjusted closes


def test_a_distribution_counted_twice_is_told() -> None:
    """The close falls by 11 %, and the adjusted close, which should stay, rises by a third."""
    frame = bars()
    frame.iloc[100:, 0] *= 0.89
    frame.iloc[100:, 1] *= 1.33
    (warning,) = warnings_of(frame)
    assert warning.startswith("1 day on which no dividend or split explains how the adjusted close moves")
    assert f"(first {frame.index[100]:%Y-%m-%d}: -1" in warning
    assert "raw, +3" in warning


@pytest.mark.parametrize(
    ("raw", "adjusted"),
    [
        (0.97, 1.0),  # a dividend of 3 %
        (0.75, 1.0),  # a special one of 25 %
        (0.5, 1.0),  # a split of 2 to 1
        (0.05, 1.0),  # 20 to 1
        (10.0, 1.0),  # a reverse split
        (0.8, 0.8),  # a bad day
    ],
)
def test_dividends_and_splits_are_no_doubt(raw: float, adjusted: float) -> None:
    frame = bars()
    frame.iloc[100:] *= [raw, adjusted]
    assert warnings_of(frame) == ()


# Units


def test_pence_among_pounds_look_like_another_unit() -> None:
    frame = bars()
    frame.iloc[[50, 51, 90]] *= 100
    (warning,) = warnings_of(frame)
    assert warning == (
        f"4 moves to about 100 times the price in a day (first {frame.index[50]:%Y-%m-%d}): "
        "another unit, such as pence for pounds, or a lost decimal point"
    )


def test_so_does_a_change_for_good_and_downwards() -> None:
    frame = bars()
    frame.iloc[50:] /= 100
    (warning,) = warnings_of(frame)
    assert warning.startswith("1 move to about a 100th of the price in a day")


@pytest.mark.parametrize("split", [2, 3, 4, 7, 10, 20, 50])
def test_a_split_that_nobody_adjusted_is_still_called_one(split: int) -> None:
    frame = bars()
    frame.iloc[50:] /= split
    (warning,) = warnings_of(frame)
    assert warning.endswith("a split, a spin-off or a real crash")
