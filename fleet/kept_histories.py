"""Daily bars that are kept in the bucket under their symbol, whole at any moment.

All bars of a symbol are one object, so whoever reads sees those from before a change or those from after it.  What is
told of them is another object, written before: it names what the bars may be, by digests, and the bars decide which it
is.  Both are written only in place of what was read, so of two who change at a time one begins again.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from fleet import keys, reading
from fleet.bucket import Bucket
from fleet.errors import FleetError, MissingObjectError, UnreadableObjectError
from fleet.told_histories import HELPS, Kept, State, read_told, told_as_json
from montecarlo.data.history import PriceHistory
from montecarlo.errors import HistoryError, ParameterError

_ATTEMPTS = 5  # while others change the same
_TOLD_AT_MOST = 6  # that the bars may be: what they are, and what somebody is about to make of them
_REQUESTS_AT_ONCE = 8
_NAMED_AT_MOST = 12  # symbols, where one is looked for in vain


class BusyHistoryError(FleetError):
    """Others go on changing the same history."""


def state_of(bucket: Bucket, symbol: str) -> State:
    """What is there now.

    Raises:
        BucketError
    """
    state = _look(bucket, symbol)
    for _ in range(_ATTEMPTS):
        if state.content is None or state.kept:
            return state
        before, state = state, _look(bucket, symbol)  # perhaps it was changed between the two requests
        if before == state:
            return state
    return state


def _look(bucket: Bucket, symbol: str) -> State:
    key, trouble = keys.about_key(symbol), ""
    told: tuple[Kept, ...] = ()
    about, about_version = _if_there(bucket, key)
    if about is not None:
        try:
            with reading.making_sense_of(key):
                told = read_told(symbol, about)
        except UnreadableObjectError as error:
            trouble = str(error)
    content, version = _if_there(bucket, keys.bars_key(symbol))
    return State(symbol, content, told, (version, about_version), trouble)


def _if_there(bucket: Bucket, key: str) -> tuple[bytes | None, str | None]:
    try:
        return bucket.get_versioned(key)
    except MissingObjectError:
        return None, None


def find(bucket: Bucket, symbol: str) -> tuple[bytes, Kept]:
    """The bars that are kept under the symbol, and what is told of them.

    Raises:
        HistoryError: none are; it says which there are.
        UnreadableObjectError: they are damaged.
        BucketError
    """
    symbol = symbol.upper()
    found = state_of(bucket, symbol).require()
    if found is None:
        raise HistoryError(_no_such(bucket, symbol))
    return found


def history_of(content: bytes, kept: Kept, source: str, bars_per_year: int | None = None) -> PriceHistory:
    """The history that was found.

    Args:
        content, kept: As ``find`` gives them.
        source: What it is said to come from.
        bars_per_year: How many bars make a year, in place of what was said when they were put there.

    Raises:
        UnreadableObjectError: they are none that we have written.
        ParameterError: ``bars_per_year`` cannot be used.
    """
    year = kept.bars_per_year if bars_per_year is None else bars_per_year
    problem: ParameterError | None = None
    with reading.making_sense_of(keys.bars_key(kept.symbol), helps=HELPS):
        try:
            history = PriceHistory.from_csv(content, kept.symbol, source, year)
            return replace(history, currency=kept.currency)
        except ParameterError as error:
            problem = error
    assert problem
    raise problem


def _no_such(bucket: Bucket, symbol: str) -> str:
    there = symbols(bucket)
    more = f" and {len(there) - _NAMED_AT_MOST:,} more" if len(there) > _NAMED_AT_MOST else ""
    has = f"which has {', '.join(there[:_NAMED_AT_MOST])}{more}" if there else "which has none yet"
    return f"no history of {symbol} is kept in the bucket {bucket.name}, {has}: `spotmc history put {symbol}` keeps one"


def symbols(bucket: Bucket) -> list[str]:
    """Those of which a history is kept, in order.

    Raises:
        BucketError
    """
    folders = (name.removesuffix("/") for name, stored in bucket.names(keys.DAILY).items() if stored is None)
    return sorted(filter(None, map(keys.history_symbol, folders)))


def listed(bucket: Bucket) -> Mapping[str, Kept | UnreadableObjectError]:
    """What is kept, by symbol, in their order; of what cannot be read, why.

    Raises:
        BucketError
    """

    def look(symbol: str) -> Kept | UnreadableObjectError | None:
        content, _ = _if_there(bucket, keys.about_key(symbol))
        try:
            if content is not None:
                with reading.making_sense_of(keys.about_key(symbol), helps=HELPS):
                    told = read_told(symbol, content)
                if len(told) == 1:
                    return told[0]
            found = state_of(bucket, symbol).require()  # the bars say which it is
        except UnreadableObjectError as error:
            return error
        return found[1] if found else None

    there = symbols(bucket)
    with ThreadPoolExecutor(_REQUESTS_AT_ONCE) as pool:
        found = zip(there, pool.map(look, there), strict=True)
        return {symbol: each for symbol, each in found if each is not None}


def change(bucket: Bucket, symbol: str, make: Callable[[State], PriceHistory]) -> tuple[Kept, bool]:
    """Put a history in place of what is kept under the symbol.

    Args:
        bucket, symbol: Where; in capital letters.
        make: The history, made of what is there now; called again where others changed that meanwhile.

    Returns:
        What is told of it, and whether anything was written.

    Raises:
        BusyHistoryError: others go on changing it.
        BucketError, and what ``make`` raises.
    """
    for _ in range(_ATTEMPTS):
        state = state_of(bucket, symbol)
        history = make(state)
        new, content = Kept.of(history), history.to_csv()
        if state.content == content and (kept := state.kept) and _says_the_same(kept, new):
            return kept, False
        others = [each for each in state.told if each not in (state.kept, new)][-_TOLD_AT_MOST:]
        told = [*others, *([state.kept] if state.kept else []), new]
        bars_version, about_version = state.versions
        about_version = bucket.put_instead(keys.about_key(symbol), told_as_json(told), about_version)
        if about_version is None:
            continue
        if bucket.put_instead(keys.bars_key(symbol), content, bars_version) is None:
            continue
        # Whoever has begun to change it since has what is told as it is, and this one does not count.
        bucket.put_instead(keys.about_key(symbol), told_as_json([new]), about_version)
        return new, True
    raise BusyHistoryError(f"others are changing the history of {symbol} at the same time: put it again in a moment")


def _says_the_same(kept: Kept, new: Kept) -> bool:
    return (kept.source, kept.bars_per_year) == (new.source, new.bars_per_year)


def forget(bucket: Bucket, symbol: str) -> None:
    """The history that is kept under the symbol; jobs that were made of it keep their prices.

    Raises:
        HistoryError: none is; it says which there are.
        BucketError
    """
    symbol = symbol.upper()
    if not bucket.exists(keys.bars_key(symbol)):
        raise HistoryError(_no_such(bucket, symbol))
    bucket.delete(keys.bars_key(symbol))
    bucket.delete(keys.about_key(symbol))
