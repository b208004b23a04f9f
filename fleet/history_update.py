"""Bringing a history that is kept in the bucket up to date: only what is missing is asked for, and compared first."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from fleet.bucket import Bucket
from fleet.kept_histories import change, history_of
from fleet.told_histories import Kept, State
from montecarlo.data.history import PriceHistory, check_history, check_symbol
from montecarlo.data.joined import ContradictionError, Joined, join
from montecarlo.data.sources import NETWORK, Loaded
from montecarlo.data.span import Span
from montecarlo.errors import HistoryError

OVERLAP = 10  # bars that are asked for though they are kept, so that what has changed since is seen

NEW, ADDED, ADJUSTED, REVISED, REPLACED, UNCHANGED = "new", "added", "adjusted", "revised", "replaced", "unchanged"

_OTHERWISE = "nothing was changed: find out which is right; --replace takes what the source has now"

Ask = Callable[[date | None], Loaded]
"""Bars from the source, of the days that a person wants; from that day on, where one is given."""


@dataclass(frozen=True)
class Update:
    """What became of a history.

    Attributes:
        kept: What is told of it now.
        outcome: NEW, ADDED, ADJUSTED, REVISED, REPLACED or UNCHANGED.
        added: How many days are new.
        notes: What was done, in sentences; what is doubtful about the bars is among what is told of them.
    """

    kept: Kept
    outcome: str
    added: int
    notes: tuple[str, ...]

    @property
    def words(self) -> str:
        """In one line."""
        days = f"{self.kept.days:,} days from {self.kept.first} to {self.kept.last}"
        said = {
            NEW: f"{days} are kept now",
            ADDED: f"{self.added:,} {'day' if self.added == 1 else 'days'} added: {days}",
            ADJUSTED: f"all fetched again, adjusted anew, {self.added:,} of them added: {days}",
            REVISED: f"no day is new, but some are told otherwise now: {days}",
            REPLACED: f"replaced: {days}",
            UNCHANGED: f"nothing is new: {days}",
        }
        return said[self.outcome]


@dataclass(frozen=True)
class _Made:
    history: PriceHistory
    outcome: str
    added: int
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person wants to be kept.

    Attributes:
        symbol: What the bars are of.
        source: One of ``montecarlo.data.sources.SOURCES``.
        ask: What has them.
        start: The first day that is wanted, where one is.
        until: The last day that a source on the network can have.
        bars_per_year: How many make a year, where a person says so.
        replace: Whether what is kept does not matter.
    """

    symbol: str
    source: str
    ask: Ask
    start: date | None = None
    until: date
    bars_per_year: int | None = None
    replace: bool = False


def put(bucket: Bucket, wish: Wish) -> Update:
    """Keep the bars of a symbol, together with those that are kept already.

    Raises:
        ContradictionError: what is kept and what the source has contradict each other; nothing was changed.
        HistoryError, ParameterError: the bars cannot be had, or cannot be used.
        UnreadableObjectError: what is kept is damaged.
        BusyHistoryError, BucketError: it cannot be stored.
    """
    symbol = check_symbol(wish.symbol).upper()
    answers: dict[date | None, Loaded] = {}

    def ask(first: date | None) -> Loaded:
        if first not in answers:  # where others changed what is kept meanwhile, the source need not be asked again
            answers[first] = wish.ask(first)
        return answers[first]

    made: list[_Made] = []

    def make(state: State) -> PriceHistory:
        made.append(_make(state, replace(wish, symbol=symbol, ask=ask)))
        return made[-1].history

    kept, changed = change(bucket, symbol, make)
    last = made[-1]
    return Update(kept, last.outcome if changed else UNCHANGED, last.added, last.notes)


def _make(state: State, wish: Wish) -> _Made:
    if wish.replace:
        found = wish.ask(_kept_since_long(state, wish))
        outcome = NEW if state.content is None else REPLACED
        return _made(wish, found.bars, outcome, len(found.bars), found.notes, currency=found.currency)
    there = state.require()
    if there is None:
        found = wish.ask(None)
        return _made(wish, found.bars, NEW, len(found.bars), found.notes, currency=found.currency)
    content, kept = there
    if kept.source != wish.source:
        raise HistoryError(
            f"{wish.symbol} is kept from source {kept.source!r}, and sources differ in how they adjust: go on with "
            f"--source {kept.source}, or --replace takes all of it from {wish.source!r}"
        )
    year = kept.bars_per_year if wish.bars_per_year is None else wish.bars_per_year
    history = history_of(content, kept, kept.source, year)
    if _is_up_to_date(kept, wish):
        return _Made(history, UNCHANGED, 0, ())
    try:
        joined, notes = _joined(history, wish)
    except ContradictionError as error:
        raise ContradictionError(f"{wish.symbol}: {error}; {_OTHERWISE}") from error
    outcome = ADJUSTED if joined.readjusted else ADDED if joined.added else REVISED
    wish = replace(wish, bars_per_year=year)
    return _made(wish, joined.bars, outcome, joined.added, notes, currency=kept.currency)


def _kept_since_long(state: State, wish: Wish) -> date | None:
    """The first day that is kept, where the source would not go back to it unless it is told so."""
    if state.kept is None or wish.source not in NETWORK or wish.start is not None:
        return None
    first = date.fromisoformat(state.kept.first)
    return first if first < Span().until_yesterday(wish.until + timedelta(days=1)).first else None


def _is_up_to_date(kept: Kept, wish: Wish) -> bool:
    """Whether a source on the network could have nothing new."""
    earlier = wish.start is not None and wish.start < date.fromisoformat(kept.first)
    return wish.source in NETWORK and not earlier and date.fromisoformat(kept.last) >= wish.until


def _joined(history: PriceHistory, wish: Wish) -> tuple[Joined, tuple[str, ...]]:
    """
    Raises:
        HistoryError, ContradictionError
    """
    kept, dates = history.bars, history.bars.index
    if wish.source not in NETWORK:
        found = wish.ask(None)
        joined = join(kept, found.bars)
        joined.require_whole(f"give all from {history.dates[0]} to {history.dates[-1]}, or --replace what is kept")
        return joined, (*found.notes, *joined.notes)
    begins: date = dates[0].date()
    first = dates[-min(OVERLAP, len(dates))].date()
    if wish.start is not None and wish.start < begins:
        first = begins = wish.start
    found = wish.ask(first)
    joined = join(kept, found.bars)
    if joined.readjusted and not joined.covered:
        why = joined.notes
        found = wish.ask(begins)
        joined = join(kept, found.bars)
        joined = joined if joined.readjusted else replace(joined, notes=(*why, *joined.notes))
    joined.require_whole("the source has them no more; --replace keeps what it has now")
    return joined, (*found.notes, *joined.notes)


def _made(wish: Wish, bars: Any, outcome: str, added: int, notes: tuple[str, ...], *, currency: str) -> _Made:
    history = check_history(bars, wish.symbol, wish.source, wish.bars_per_year)
    # What was left out is told once; of what is kept, only what is doubtful about the bars that are.
    again = check_history(history.bars, wish.symbol, wish.source, wish.bars_per_year, currency=currency)
    done = tuple(each for each in history.warnings if each not in (*again.warnings, *notes))
    return _Made(again, outcome, added, (*notes, *done))
