"""Rows that were filled in: public price sets repeat Friday's bar on Saturday and Sunday, and the last one on holidays.

Averages over "50 days" are then of 34, and whatever is fitted learns days on which nothing can happen.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.data.trading_days import us_holidays_kept
from montecarlo.data.trading_year import own_weekdays

_DAILY_AT_LEAST = 0.5  # of the rows follow the one before within a day, or the history is no daily one
_CLOSED = 0.05  # at most, of the bars of the weekday that has most, on one that the exchange is closed on


def filled_in(bars: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows only say that nothing happened, on days on which this history has no bars of its own.

    Args:
        bars: Of a PriceHistory, sorted, without a date twice.

    Returns:
        Shape (rows,).  False everywhere if most rows repeat the one before: then these cannot be told from the others.
    """
    dates = pd.DatetimeIndex(bars.index)
    quiet = _nothing_happened(bars)
    next_day = np.diff(dates.to_numpy()) == np.timedelta64(1, "D")
    if not quiet.any() or 2 * quiet.sum() > len(quiet) or next_day.mean() < _DAILY_AT_LEAST:
        return np.zeros(len(bars), np.bool_)
    traded = dates[~quiet]
    closed = ~dates.day_of_week.isin(own_weekdays(traded, _CLOSED)) | dates.isin(us_holidays_kept(traded))
    return np.asarray(quiet & closed)


def repeats(bars: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows have the prices of the row before, and its volume or none; shape (rows,)."""
    before = bars.shift()
    same = (bars == before) | (bars.isna() & before.isna())
    same["volume"] |= (bars["volume"] == 0) | bars["volume"].isna()
    return np.asarray(same.all(axis=1))


def _nothing_happened(bars: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows repeat the row before, or its close in all prices without any volume."""
    before, close = bars.shift(), bars["close"]
    kept = (close == before["close"]) & (bars["adjusted_close"] == before["adjusted_close"])
    flat = bars[["open", "high", "low"]].apply(lambda prices: (prices == close) | prices.isna()).all(axis=1)
    idle = (bars["volume"] == 0) | bars["volume"].isna()
    return np.asarray(repeats(bars) | (kept & flat & idle))
