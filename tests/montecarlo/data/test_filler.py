"""Rows that public price sets fill in on days without trading are left out, and no others."""

import numpy as np
import pandas as pd
import pytest

from montecarlo.data.history import PriceHistory, check_history
from tests.montecarlo.data.test_trading_days import NEW_YORK_HOLIDAYS_2023, NEW_YORK_HOLIDAYS_2024, weekdays

HOLIDAYS = [*NEW_YORK_HOLIDAYS_2023, *NEW_YORK_HOLIDAYS_2024]


def traded() -> pd.DataFrame:
    """Two years of a stock in New York."""
    dates = weekdays("2023-01-03", "2024-12-31", without=HOLIDAYS)
    closes = 50 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, len(dates)))).round(4)
    frame = pd.DataFrame({"open": closes, "high": closes + 0.5, "low": closes - 0.5, "close": closes}, index=dates)
    return frame.assign(volume=np.arange(len(dates)) + 1000.0)


def filled(frame: pd.DataFrame) -> pd.DataFrame:
    """With a row for every day, as many public sets have it."""
    return frame.reindex(pd.date_range(frame.index[0], frame.index[-1])).ffill()


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Filled in by the close alone, and a volume of zero."""
    every_day = pd.date_range(frame.index[0], frame.index[-1])
    whole = frame.reindex(every_day)
    closes = whole["close"].ffill()
    prices = {name: whole[name].fillna(closes) for name in ("open", "high", "low")}
    return pd.DataFrame({**prices, "close": closes, "volume": whole["volume"].fillna(0.0)})


def checked(frame: pd.DataFrame) -> PriceHistory:
    return check_history(frame, "ACME", "csv")


def prices_alone(frame: pd.DataFrame) -> pd.DataFrame:
    """Filled in, but for the volume: 0 on the added days."""
    every_day = filled(frame)
    every_day.loc[~every_day.index.isin(frame.index), "volume"] = 0
    return every_day


@pytest.mark.parametrize("fill", [filled, prices_alone, flat])
@pytest.mark.parametrize("columns", [["open", "high", "low", "close", "volume"], ["close"]])
def test_week_ends_and_holidays_that_were_filled_in_are_left_out(fill, columns) -> None:  # type: ignore[no-untyped-def]
    frame = traded()[columns] if fill is filled else traded()
    history, expected = checked(fill(frame)), checked(frame)
    assert history.digest == expected.digest
    assert history.bars_per_year == 252
    left_out = len(fill(frame)) - len(frame)
    assert left_out == 227  # of 729 rows
    assert history.warnings == (
        "227 rows left out that only repeat the row before, on days without trading (first 2023-01-07, Saturday)",
    )


def test_the_snapshot_of_what_is_left_is_whole() -> None:
    history = checked(filled(traded()))
    assert PriceHistory.from_csv(history.to_csv(), "ACME", "csv").warnings == ()


def test_a_coin_that_trades_on_every_day_keeps_a_quiet_week_end() -> None:
    dates = pd.date_range("2023-01-01", periods=365)
    closes = 50 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, 365)))
    closes[6] = closes[5]  # the first Saturday repeats the Friday
    history = checked(pd.DataFrame({"close": closes}, index=dates))
    assert (len(history.closes), history.bars_per_year, history.warnings) == (365, 365, ())


def test_a_price_that_stands_still_on_a_trading_day_stays() -> None:
    frame = traded()
    frame.iloc[10, 3] = frame.iloc[9, 3]
    history = checked(frame[["close"]])
    assert (len(history.closes), history.warnings) == (len(frame), ())


def test_trading_days_are_not_left_out_where_a_few_dates_are_a_day_early() -> None:
    """As where midnight is written in UTC, which is the day before in summer: some Fridays become Thursdays' twins."""
    frame = traded()
    summer = frame.index[(frame.index.month > 3) & (frame.index.month < 11)]
    frame.index = frame.index.where(~frame.index.isin(summer), frame.index - pd.Timedelta(days=1))
    frame = frame[~frame.index.duplicated()].sort_index()
    friday = next(i for i, day in enumerate(frame.index) if day.day_of_week == 4 and i)
    frame.iloc[friday] = frame.iloc[friday - 1]
    assert frame.index[friday] in checked(frame).bars.index


def test_a_bar_that_comes_twice_is_told_and_kept() -> None:
    frame = traded()
    frame.iloc[[10, 20]] = frame.iloc[[9, 19]].to_numpy()
    history = checked(frame)
    assert len(history.closes) == len(frame)
    assert history.warnings == (
        f"2 rows with the values of the row before (first {frame.index[10]:%Y-%m-%d}): filled in, or without trading",
    )


def test_closes_that_often_stand_still_are_told() -> None:
    frame = traded()[["close"]].round(0)
    (warning,) = checked(frame).warnings
    assert warning.endswith("filled in, or without trading")


def test_of_a_history_that_never_moves_nothing_is_left_out() -> None:
    frame = filled(traded()).assign(close=12.5)[["close"]]
    assert len(checked(frame).closes) == len(frame)


def test_another_country_keeps_its_bars_on_american_holidays() -> None:
    dates = weekdays("2023-01-03", "2024-12-31", without=[])
    closes = 50 * np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, len(dates))))
    frame = pd.DataFrame({"close": closes}, index=dates)
    quiet = pd.Timestamp("2023-07-04")
    frame.loc[quiet] = frame.loc[quiet - pd.Timedelta(days=1)]
    assert quiet in checked(frame).bars.index
