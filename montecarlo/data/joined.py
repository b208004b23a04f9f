"""Bars that are kept, and bars of the same symbol that a source has now, as one series; or why they cannot be one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from montecarlo.data.cleaning import clean
from montecarlo.data.doubts import PRICE_ROUNDING
from montecarlo.errors import HistoryError
from montecarlo.wording import count, day, percent

_ALIKE = 1e-4  # relative: so far the prices before a split may be from one ratio, being rounded
_VOLUME_ALIKE = 0.01  # likewise of the numbers of shares
_SHOWN = 3  # days that contradict each other


class ContradictionError(HistoryError):
    """Of the same days something else was kept, and no dividend or split explains it."""


@dataclass(frozen=True)
class Joined:
    """Both as one series, with what is to be said of that.

    Attributes:
        bars: In the columns of PriceHistory, by date; unchecked.
        added: How many days are new.
        notes: A sentence for each thing that was done.
        readjusted: Whether the prices of the past are other ones, because of a dividend or a split since.
        covered: Whether the source has given every day that was kept.
        gone: Days among them that it has no more.
        first: Of the days that both have; None where there are none.
    """

    bars: pd.DataFrame
    added: int
    notes: tuple[str, ...]
    readjusted: bool = False
    covered: bool = True
    gone: pd.DatetimeIndex = field(default_factory=lambda: pd.DatetimeIndex([]))
    first: pd.Timestamp | None = None

    def require_whole(self, how: str) -> None:
        """
        Raises:
            HistoryError: prices were adjusted anew, and not for all days that are kept; ``how`` says what to do.
        """
        if self.readjusted and not self.covered:
            raise HistoryError(
                f"the past was adjusted anew (a dividend or a split), so all days that are kept are needed: {how}"
            )
        if self.readjusted and len(self.gone):
            raise ContradictionError(
                f"the past was adjusted anew (a dividend or a split), and {count(len(self.gone), 'day')} that are "
                f"kept (first {day(self.gone[0])}) are not among what the source has now"
            )


def join(kept: pd.DataFrame, found: pd.DataFrame) -> Joined:
    """Of days that both have, those of ``found`` count; they must tell the same closes, but for splits since.

    Args:
        kept: Bars of a PriceHistory.
        found: Of the same symbol, from a source, unchecked.

    Raises:
        ContradictionError: their closes are others on some days.
        HistoryError: ``found`` is none that could be checked.
    """
    new, done = clean(found)
    common = pd.DatetimeIndex(kept.index.intersection(new.index))
    added = len(new) - len(common)
    if not len(common):
        return Joined(_together(kept, new), added, (*done, *_no_day_in_common(kept, new)), covered=False)
    before, now = kept.loc[common], new.loc[common]
    split = _split(before, now)
    if split is None:
        _refuse(before, now)
    moved = _differ(before["adjusted_close"], now["adjusted_close"])
    readjusted = split is not None or bool(moved.any())
    inside = pd.DatetimeIndex(kept.index[(kept.index >= new.index[0]) & (kept.index <= new.index[-1])])
    gone = inside.difference(pd.DatetimeIndex(new.index))
    notes = list(done)
    if split is not None:
        notes.append(f"prices of the past are {split:.6g} times what was kept: a split since")
    elif readjusted:
        notes.append(f"adjusted closes of the past changed (first {day(common[moved][0])}): a dividend since")
    if not readjusted:
        notes += _revised(before, now)
        if len(gone):
            notes.append(
                f"{count(len(gone), 'day')} that the source has no more (first {day(gone[0])}): kept as before"
            )
    covered = bool(new.index[0] <= kept.index[0] and new.index[-1] >= kept.index[-1])
    return Joined(_together(kept, new), added, tuple(notes), readjusted, covered, gone, common[0])


def _together(kept: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([kept[~kept.index.isin(new.index)], new]).sort_index()


def _differ(before: "pd.Series[float]", now: "pd.Series[float]", least: float = PRICE_ROUNDING) -> NDArray[np.bool_]:
    one, other = before.to_numpy(np.float64), now.to_numpy(np.float64)
    alike = np.isclose(one, other, rtol=least, atol=0, equal_nan=True)
    return np.asarray(~alike)


def _split(before: pd.DataFrame, now: pd.DataFrame) -> float | None:
    """How many times the prices are what they were, where a split since explains it: fewer shares for higher prices."""
    ratios = (now["close"] / before["close"]).to_numpy()
    ratio = float(np.median(ratios))
    if abs(ratio - 1) <= _ALIKE or not np.allclose(ratios, ratio, rtol=_ALIKE, atol=0):
        return None
    traded = (before["volume"] > 0) & (now["volume"] > 0)
    shares = (now["volume"] / before["volume"])[traded].to_numpy()
    if not len(shares) or abs(float(np.median(shares)) * ratio - 1) > _VOLUME_ALIKE:
        return None
    return ratio


def _refuse(before: pd.DataFrame, now: pd.DataFrame) -> None:
    other = _differ(before["close"], now["close"])
    if not other.any():
        return
    dates = pd.DatetimeIndex(before.index)[other]
    pairs = zip(dates[:_SHOWN], before["close"][other], now["close"][other], strict=False)
    shown = "; ".join(
        f"{day(date)}: close {one:.15g} is kept, {another:.15g} is told now" for date, one, another in pairs
    )
    more = f"; and {len(dates) - _SHOWN:,} more" if len(dates) > _SHOWN else ""
    raise ContradictionError(
        f"what is kept and what the source says now contradict each other on {count(len(dates), 'day')} of "
        f"{len(before):,} that both have, and no dividend or split explains it ({shown}{more})"
    )


def _revised(before: pd.DataFrame, now: pd.DataFrame) -> Iterator[str]:
    names = ("open", "high", "low", "volume")
    other = np.any([_differ(before[name], now[name]) for name in names], axis=0)
    if other.any():
        first = pd.DatetimeIndex(before.index)[other][0]
        yield (
            f"open, high, low or volume of {count(int(other.sum()), 'day')} are told otherwise now (first "
            f"{day(first)}): taken as they are told now"
        )


def _no_day_in_common(kept: pd.DataFrame, new: pd.DataFrame) -> Iterator[str]:
    earlier, later = (kept, new) if kept.index[-1] < new.index[0] else (new, kept)
    if earlier.index[-1] >= later.index[0]:  # one within a gap of the other
        yield "no day is in both what was kept and what is new: whether they are alike cannot be told"
        return
    move = later["adjusted_close"].iloc[0] / earlier["adjusted_close"].iloc[-1] - 1
    yield (
        f"no day is in both what was kept and what is new: whether they are alike is only told by the move from "
        f"{day(earlier.index[-1])} to {day(later.index[0])}, which is {'-' if move < 0 else '+'}{percent(abs(move))}"
    )
