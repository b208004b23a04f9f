"""Bars as any source gives them, brought into one form; what cannot be used is refused, and what is done is told."""

import numpy as np
import pandas as pd

from montecarlo.data.filler import filled_in
from montecarlo.errors import HistoryError
from montecarlo.wording import count, day

COLUMNS = ("open", "high", "low", "close", "adjusted_close", "volume")


def clean(bars: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The columns and types of a PriceHistory, a row for each date, ascending; and what was done to the rows.

    Raises:
        HistoryError: as ``montecarlo.data.history.check_history``.
    """
    canonical = _with_columns(bars)
    canonical.index = pd.DatetimeIndex(bars.index).tz_localize(None).normalize().as_unit("us").rename("date")
    once = canonical[~canonical.reset_index().duplicated().to_numpy()]
    _refuse(once)
    ordered = once.sort_index()
    filler = filled_in(ordered)

    done = []
    if twice := len(canonical) - len(once):
        done.append(f"{count(twice, 'row')} left out that stood there twice")
    backwards = once.index[1:][once.index[1:] < once.index[:-1]]
    if len(backwards):
        done.append(f"dates out of order in {count(len(backwards), 'row')} (first at {day(backwards[0])}): sorted")
    if filler.any():
        first = ordered.index[filler][0]
        done.append(
            f"{count(int(filler.sum()), 'row')} left out that only repeat the row before, on days without trading "
            f"(first {day(first)}, {first:%A})"
        )
    return ordered[~filler], done


def _with_columns(bars: pd.DataFrame) -> pd.DataFrame:
    if bars.empty:
        raise HistoryError("the price history is empty; check the symbol, or choose another source or file")
    if "close" not in bars.columns:
        raise HistoryError(f"expected a column 'close', got {', '.join(map(str, bars.columns))[:80]}")
    if not isinstance(bars.index, pd.DatetimeIndex):
        raise HistoryError(f"expected dates as the index of the bars, got {bars.index.dtype}")
    if bars.index.hasnans:
        raise HistoryError("a row has no date; remove it or complete it")
    if "adjusted_close" not in bars.columns:
        bars = bars.assign(adjusted_close=bars["close"])
    try:
        return bars.reindex(columns=list(COLUMNS)).astype(np.float64)
    except (ValueError, TypeError) as error:
        raise HistoryError(f"expected numbers in {', '.join(COLUMNS)}: {error}") from error


def _refuse(bars: pd.DataFrame) -> None:
    dates = pd.DatetimeIndex(bars.index)
    if dates.has_duplicates:
        twice = dates[dates.duplicated()].min()
        raise HistoryError(f"expected one row for each date, got several for {day(twice)}; keep one of them")
    for column in COLUMNS:
        infinite = dates[np.isinf(bars[column])]
        if len(infinite):
            raise HistoryError(f"{column} is not a finite number on {day(infinite.min())}; correct or remove that row")
    for column in ("close", "adjusted_close"):
        bad = bars[column][~(bars[column] > 0)].sort_index()
        if len(bad):
            value = "missing" if np.isnan(bad.iloc[0]) else f"{bad.iloc[0]:g}"
            raise HistoryError(
                f"{column} must be a positive price, is {value} on {day(bad.index[0])}; correct or remove that row"
            )
