"""A history's bars, adjusted together, as what trades within the day may rely on: complete, and possible."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.data.bars import Bars
from montecarlo.data.doubts import LARGE_MOVE, PRICE_ROUNDING
from montecarlo.errors import HistoryError
from montecarlo.wording import count, day, percent

MOST_REPAIRED = 0.05  # of the days; where more lack a price, or have an impossible bar, results would be made up

_FEW_FLAT = 0.05  # of the days: halts and holidays, not a source that writes its closes four times
_ALL = "open, high and low of every day are needed for limits, stops and targets, and for rules that look at them"
_OTHERS = "take a source or a file that has them (--source yfinance, or a CSV file with Open, High, Low and Close)"

FloatArray = NDArray[np.float64]
Days = NDArray[np.bool_]


def adjusted_bars(bars: pd.DataFrame) -> tuple[Bars, tuple[str, ...]]:
    """Open, high and low times the adjusted close over the close, and what had to be done to them.

    A missing open is the close before, as far as the day's range allows; a missing high or low is the farther one of
    open and close.  A high below open or close, or a low above, is widened to hold them: which of the two is wrong
    cannot be known, and a close is what most feeds take most care of.

    Args:
        bars: Of a PriceHistory.

    Returns:
        Bars of shape (days,); a sentence for each kind of doubt or repair.

    Raises:
        HistoryError: there are no bars, or too many days lack one of their prices, or have an impossible bar.
    """
    raw = {name: bars[name].to_numpy(np.float64) for name in ("open", "high", "low", "close")}
    close = raw["close"]
    known = {name: raw[name] > 0 for name in ("open", "high", "low")}  # NaN is not, and neither is the zero of a feed
    dates = pd.DatetimeIndex(bars.index)
    _refuse(known, raw, dates)

    high, low = np.where(known["high"], raw["high"], close), np.where(known["low"], raw["low"], close)
    high, low = np.maximum(high, close), np.minimum(low, close)
    before = np.append(close[0], close[:-1])
    # Not the close before as it stands: that would make a range out of every gap.
    open_ = np.where(known["open"], raw["open"], np.clip(before, low, high))
    high, low = np.maximum(high, open_), np.minimum(low, open_)

    closes = bars["adjusted_close"].to_numpy(np.float64)
    factor = closes / close
    # The close times its factor may differ from the adjusted one in its last bit: what was equal shall stay so.
    opens, highs, lows = (np.where(each == close, closes, each * factor) for each in (open_, high, low))
    highs, lows = np.maximum(highs, np.maximum(opens, closes)), np.minimum(lows, np.minimum(opens, closes))
    found = Bars(opens, highs, lows, closes)
    doubts = _doubts(Bars(open_, high, low, close), dates)
    return found, (*_completed(known, dates), *_widened(raw, known, dates), *doubts)


def _refuse(known: dict[str, Days], raw: dict[str, FloatArray], dates: pd.DatetimeIndex) -> None:
    if not any(each.any() for each in known.values()):
        raise HistoryError(f"there are closes only; {_ALL}: {_OTHERS}")
    lacking = {name: ~each for name, each in known.items() if (~each).mean() > MOST_REPAIRED}
    if lacking:
        words = ", ".join(f"{int(days.sum()):,} have no {name}" for name, days in lacking.items())
        last = max(int(np.flatnonzero(days)[-1]) for days in lacking.values())
        later = f"; all days after {day(dates[last])} have them (--start)" if last < len(dates) - 1 else ""
        raise HistoryError(f"of {len(dates):,} days, {words}; {_ALL}: {_OTHERS}{later}")
    if (impossible := _impossible(raw, known)).mean() > MOST_REPAIRED:
        raise HistoryError(
            f"high or low do not hold open and close on {count(int(impossible.sum()), 'day')} of {len(dates):,} (first "
            f"{day(dates[impossible][0])}): they seem to be adjusted otherwise than the close; {_ALL}: {_OTHERS}"
        )
    if all(np.array_equal(raw[name], raw["close"]) for name in ("open", "high", "low")):
        raise HistoryError(
            f"open, high and low are the close on every day, so these are closes only; {_ALL}: {_OTHERS}"
        )


def _completed(known: dict[str, Days], dates: pd.DatetimeIndex) -> Iterator[str]:
    stand_ins = {"open": "the close before, within the day's range", "high": "open or close", "low": "open or close"}
    for name, each in known.items():
        if not each.all():
            lacking = dates[~each]
            yield f"no {name} on {count(len(lacking), 'day')} (first {day(lacking[0])}): taken as {stand_ins[name]}"


def _widened(raw: dict[str, FloatArray], known: dict[str, Days], dates: pd.DatetimeIndex) -> Iterator[str]:
    if (impossible := _impossible(raw, known)).any():
        yield (
            f"high or low of {count(int(impossible.sum()), 'impossible bar')} widened to hold open and close "
            f"(first {day(dates[impossible][0])})"
        )


def _impossible(raw: dict[str, FloatArray], known: dict[str, Days]) -> Days:
    open_ = np.where(known["open"], raw["open"], raw["close"])
    too_low = known["high"] & (raw["high"] < np.maximum(open_, raw["close"]) * (1 - PRICE_ROUNDING))
    too_high = known["low"] & (raw["low"] > np.minimum(open_, raw["close"]) * (1 + PRICE_ROUNDING))
    return np.asarray(too_low | too_high)


def _doubts(bars: Bars, dates: pd.DatetimeIndex) -> Iterator[str]:
    flat = bars.high == bars.low
    if flat.mean() > _FEW_FLAT:
        yield (
            f"open, high, low and close are the same on {count(int(flat.sum()), 'day')}, {percent(flat.mean())} of all "
            f"(first {day(dates[flat][0])}): filled in, or without trading; nothing is reached within such a day"
        )
    above, below = np.maximum(bars.open, bars.close), np.minimum(bars.open, bars.close)
    far = (bars.high > above * (1 + LARGE_MOVE)) | (bars.low < below * (1 - LARGE_MOVE))
    if far.any():
        yield (
            f"high or low more than {percent(LARGE_MOVE)} beyond open and close on {count(int(far.sum()), 'day')} "
            f"(first {day(dates[far][0])}): a crash within the day, or a slip"
        )
