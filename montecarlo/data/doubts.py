"""What is doubtful about a history's bars: one short sentence for each kind, shown with every result."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.data.filler import repeats
from montecarlo.data.trading_days import missing_bars, periods_of
from montecarlo.data.trading_year import TRADING_DAYS, is_daily, length_of, own_weekdays
from montecarlo.wording import count, day

LARGE_MOVE = 0.4  # as a fraction, either way, from one close to the next
PRICE_ROUNDING = 1e-6  # relative; feeds that store prices in single precision put a close this far above its high

_LARGE_DIVIDEND = 0.1  # of the price; few are larger, and few prices move as much on the day of such a one
_OTHER_UNIT = (100.0, 1000.0)  # pence for pounds; a decimal point that was lost
_NEARLY = 0.2  # relative
_QUIET_DAYS = 0.1  # of all days at most have the close of the day before on an exchange
_OTHER_YEAR = 1.2  # times what the dates say: 260 days are no contradiction to 252, 365 are
_MONDAY, _FRIDAY, _SATURDAY, _SUNDAY = 0, 4, 5, 6


def doubts(bars: pd.DataFrame, found: int | None, given: int | None) -> tuple[str, ...]:
    """Of all bars, most telling first.

    Args:
        bars: Of a PriceHistory.
        found: How many of them make a year by their dates, None where these have no pattern.
        given: How many make a year as a person says, None where nobody did.
    """
    dates = pd.DatetimeIndex(bars.index)
    return (
        *_year(dates, found, given),
        *_weekdays(dates, found),
        *_missing(dates, found),
        *_repeated(bars),
        *_impossible(bars),
        *_moves(bars),
        *_adjustments(bars),
    )


def _year(dates: pd.DatetimeIndex, found: int | None, given: int | None) -> Iterator[str]:
    if found is None:
        return
    year = found if given is None else given
    if not found / _OTHER_YEAR <= year <= found * _OTHER_YEAR:
        yield f"{year} bars to a year, as was said, though by their dates {found} make one"
    elif not is_daily(found):
        yield f"{length_of(found)}ly bars: {year} make a year, and what is said of days is of {length_of(found)}s"
        yield from _twice_in_a_period(dates, found)
    elif given is None and len(weekdays := own_weekdays(dates)) not in (5, 7):
        yield f"bars on {len(weekdays)} days of the week: {found} make a year"


def _twice_in_a_period(dates: pd.DatetimeIndex, found: int) -> Iterator[str]:
    twice, length = dates[periods_of(dates, found).duplicated()], length_of(found)
    if len(twice):
        yield (
            f"{count(len(twice), 'bar')} in a {length} that has one already (first {day(twice[0])}): perhaps the last, "
            f"of a {length} that is not over, counted as a whole one"
        )


def _weekdays(dates: pd.DatetimeIndex, found: int | None) -> Iterator[str]:
    if found is None or not is_daily(found):
        return
    weekdays = own_weekdays(dates)
    if _SUNDAY in weekdays and _FRIDAY not in weekdays:
        yield (
            "bars on Sundays and none on Fridays: right for a market of the Middle East; elsewhere every date is a day "
            "early, because midnight of a place east of Greenwich was written in UTC"
        )
    if _SATURDAY in weekdays and _MONDAY not in weekdays:
        yield "bars on Saturdays and none on Mondays: all dates are a day late, as New York's closes dated in Asia are"
    strays = dates[~dates.day_of_week.isin(weekdays)]
    if len(strays):
        yield f"{count(len(strays), 'bar')} on a weekday that has no others (first {day(strays[0])}, {strays[0]:%A})"


def _missing(dates: pd.DatetimeIndex, found: int | None) -> Iterator[str]:
    if found is None:
        return
    missing = missing_bars(dates, found)
    noun = "trading day" if found == TRADING_DAYS else length_of(found)
    if len(missing):
        yield f"{count(len(missing), noun)} missing (first {day(missing[0])})"


def _repeated(bars: pd.DataFrame) -> Iterator[str]:
    same = repeats(bars)
    # A bar with a range or a volume hardly comes twice; the close alone may well be that of the day before.
    telling = same & ((bars["high"] > bars["low"]) | (bars["volume"] > 0)).to_numpy()
    if not telling.any() and same.mean() <= _QUIET_DAYS:
        return
    told = telling if telling.any() else same
    yield (
        f"{count(int(told.sum()), 'row')} with the values of the row before (first {day(bars.index[told][0])}): filled "
        "in, or without trading"
    )


def _impossible(bars: pd.DataFrame) -> Iterator[str]:
    # A high below the low is on the wrong side of the close at one end or the other.
    high_too_low = bars["high"] < bars[["open", "close"]].max(axis=1) * (1 - PRICE_ROUNDING)
    low_too_high = bars["low"] > bars[["open", "close"]].min(axis=1) * (1 + PRICE_ROUNDING)
    impossible = bars.index[high_too_low | low_too_high | (bars["volume"] < 0)]
    if len(impossible):
        yield (
            f"{count(len(impossible), 'impossible bar')}: high below low, open or close, low above one of them, "
            f"or a negative volume (first {day(impossible[0])})"
        )


def _moves(bars: pd.DataFrame) -> Iterator[str]:
    growth = (bars["adjusted_close"] / bars["adjusted_close"].shift()).to_numpy()
    other_unit = np.any([_nearly(growth, unit) | _nearly(growth, 1 / unit) for unit in _OTHER_UNIT], axis=0)
    if other_unit.any():
        first = int(np.flatnonzero(other_unit)[0])
        yield (
            f"{count(int(other_unit.sum()), 'move')} to about {_times(growth[first])} the price in a day "
            f"(first {day(bars.index[first])}): another unit, such as pence for pounds, or a lost decimal point"
        )
    large = np.flatnonzero((np.abs(growth - 1) > LARGE_MOVE) & ~other_unit)
    if len(large):
        first, last = large[0], large[-1] == len(growth) - 1
        yield (
            f"{count(len(large), 'move')} of more than {LARGE_MOVE * 100:.0f} % in a day "
            f"(first {day(bars.index[first])}, {(growth[first] - 1) * 100:+.0f} %): a split, a spin-off or a real crash"
            f"{', or a last line that was cut off' if last else ''}"
        )


def _adjustments(bars: pd.DataFrame) -> Iterator[str]:
    raw, adjusted = bars["close"].pct_change().to_numpy(), bars["adjusted_close"].pct_change().to_numpy()
    factor = (1 + adjusted) / (1 + raw) - 1
    odd = np.flatnonzero((np.abs(factor) > _LARGE_DIVIDEND) & (np.abs(adjusted) > _LARGE_DIVIDEND))
    if len(odd):
        first = odd[0]
        moves = f"{raw[first] * 100:+.0f} % raw, {adjusted[first] * 100:+.0f} % adjusted"
        yield (
            f"{count(len(odd), 'day')} on which no dividend or split explains how the adjusted close moves "
            f"(first {day(bars.index[first])}: {moves}): a distribution counted twice or forgotten"
        )


def _nearly(growth: NDArray[np.float64], unit: float) -> NDArray[np.bool_]:
    return np.asarray(np.abs(np.log(growth / unit)) < np.log1p(_NEARLY))


def _times(growth: float) -> str:
    """How large a move is, to one of the units."""
    ratio = max(growth, 1 / growth)
    unit = min(_OTHER_UNIT, key=lambda unit: abs(np.log(ratio / unit)))
    return f"{unit:.0f} times" if growth > 1 else f"a {unit:.0f}th of"
