"""Bars as they came over the network, and what has to be done with days that have no price, or an impossible one."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from montecarlo.data.history import MIN_RETURNS
from montecarlo.errors import HistoryError


class Fetched(NamedTuple):
    """Bars in the columns of PriceHistory, what is to be said of them, and their currency where the source tells."""

    bars: pd.DataFrame
    notes: tuple[str, ...] = ()
    currency: str = ""


def without_missing(bars: pd.DataFrame, missing: "pd.Series[bool]", who: str) -> Fetched:
    """The bars but for those that the source itself marks as missing, which nobody could correct.

    Raises:
        HistoryError: it has no others.
    """
    days = pd.DatetimeIndex(bars.index[missing])
    if not len(days):
        return Fetched(bars)
    if len(days) == len(bars):
        raise HistoryError(f"{who} has no close on any of the {len(bars)} days: take another span or source")
    plural = "day" if len(days) == 1 else "days"
    return Fetched(
        bars[~missing], (f"{who} has no close for {len(days):,} {plural} (first {days.min():%Y-%m-%d}): left out",)
    )


def require_positive(bars: pd.DataFrame, symbol: str, who: str) -> None:
    """
    Raises:
        HistoryError: some closes are real, but nothing that a path could start from or fall to; it names days without.
    """
    closes = bars.filter(["close", "adjusted_close"])
    good = pd.Series((closes > 0).all(axis=1).to_numpy(), index=pd.DatetimeIndex(bars.index)).sort_index()
    bad = pd.DatetimeIndex(good.index[~good])
    if not len(bad):
        return
    first = closes.loc[bad[0]]
    column = next(str(name) for name in closes.columns if not first[name] > 0)
    others = f", the first of {len(bad):,} such days" if len(bad) > 1 else ""
    raise HistoryError(
        f"{who} has a {column.replace('_', ' ')} of {first[column]:g} for {symbol} on {bad[0]:%Y-%m-%d}{others}; that "
        f"may be real, but only positive prices can be simulated: {_way_around(good)}"
    )


def _way_around(good: "pd.Series[bool]") -> str:
    """The longest span without a price that is not positive, from the beginning of a month on."""
    runs = good[good].groupby((~good).cumsum()[good])
    longest = pd.DatetimeIndex(runs.get_group(runs.size().idxmax()).index) if len(runs) else pd.DatetimeIndex([])
    first = last = ""
    if len(longest) and longest[0] != good.index[0]:
        start = (longest[0] + pd.offsets.MonthBegin(0)).normalize()
        longest = longest[longest >= start]
        first = f"{start:%Y-%m-%d}"
    if len(longest) <= MIN_RETURNS:
        return "take another symbol, because no span without such days is long enough"
    if longest[-1] != good.index[-1]:
        last = f"{longest[-1]:%Y-%m-%d}"
    words = [f"{word} {day}" for word, day in (("from", first), ("until", last)) if day]
    options = [f"{option} {day}" for option, day in (("--start", first), ("--end", last)) if day]
    return f"take the days {' '.join(words)} ({' '.join(options)})"


def finite(bars: pd.DataFrame) -> "pd.Series[bool]":
    """Whether all closes of a day are numbers."""
    closes = bars.filter(["close", "adjusted_close"]).astype(np.float64)
    return pd.Series(np.isfinite(closes).all(axis=1), index=bars.index)
