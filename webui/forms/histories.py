"""Price histories, loaded once a day however many jobs are made of them, and never in everybody's way.

What must be fetched over the network is fetched by a few threads of its own: however slowly a source answers, the
threads that answer pages are there for the others.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from fleet import keys
from fleet.bucket import Bucket
from fleet.histories import SOURCE as S3
from fleet.histories import load_kept
from montecarlo.data import sources
from montecarlo.data.history import PriceHistory
from webui.forms import snapshots
from webui.once import Once

NETWORK = {"yfinance": "Yahoo Finance", "fred": "the St. Louis Fed"}
"""Sources that are slow at times, and what people call them."""

_KEPT = 128  # histories, of some hundred kilobytes each; a portfolio has fifty at most
_FETCHERS = 4  # threads
_WAITING = 6  # of those that answer pages, at most, for what is being fetched
_FAILED_FOR = 20.0  # seconds in which a failure is told to who asks again, before it is tried again


class StillFetchingError(Exception):
    """The prices are not here yet; who asks again finds them."""


def load_history(symbol: str, source: str, **more: Hashable) -> PriceHistory:
    """As ``montecarlo.data.sources.load_history``, which is asked once until the day (UTC) ends."""
    return _loaded(datetime.now(UTC).date(), symbol, source, tuple(sorted(more.items())))


def is_in_bucket(values: Mapping[str, Any]) -> bool:
    """Whether the prices that a form asks for are in the bucket."""
    return bool(values[snapshots.FIELD]) or values["source"] == S3


def history_for(values: Mapping[str, Any], bucket: Bucket | None, *, patience: float, **more: Hashable) -> PriceHistory:
    """The prices that a form asks for.

    Args:
        values: Of its fields for symbol, source, days and year, and of the one for prices in the bucket.
        bucket: Where those are; only asked where the form names some, or a history that is kept: see ``is_in_bucket``.
        patience: Seconds to wait for what is fetched over the network.
        more: For ``load_history``.

    Raises:
        StillFetchingError: it takes longer, or too many wait already.
        HistoryError, ParameterError: they cannot be had, or not be used.
        FleetError: what is in the bucket cannot be had.
    """
    asked = {name: values[name] for name in ("start", "end", "years", "bars_per_year")}
    symbol, source, digest = values["symbol"], values["source"], values[snapshots.FIELD]
    if digest:
        assert bucket is not None
        return _in_bucket(bucket, digest, symbol, source, tuple(sorted(asked.items())))
    if source == S3:
        assert bucket is not None
        # What is kept may be brought up to date at any time; its version tells whether it was.
        there = bucket.some(keys.bars_key(symbol), at_most=1).entries
        return _kept_under(bucket, symbol, there[0].version if there else "", tuple(sorted(asked.items())))
    if source not in NETWORK:
        return load_history(symbol, source, **asked, **more)
    fetched = _FETCHES.begin(symbol, source, **asked, **more)
    if not fetched.done():
        _wait_for(fetched, patience, f"The prices of {symbol} are being fetched from {NETWORK[source]}")
    return fetched.result()


def _wait_for(fetched: "Future[PriceHistory]", patience: float, words: str) -> None:
    """
    Raises:
        StillFetchingError
    """
    if not _PLACES.acquire(blocking=False):
        raise StillFetchingError(words)
    try:
        fetched.exception(patience)
    except TimeoutError:
        raise StillFetchingError(words) from None
    finally:
        _PLACES.release()


class _Fetches:
    """What is being fetched, and what came of it last; failures are forgotten after a while."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_FETCHERS, thread_name_prefix="prices")
        self._begun: OrderedDict[Hashable, Future[PriceHistory]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, symbol: str, source: str, **more: Hashable) -> "Future[PriceHistory]":
        key = (datetime.now(UTC).date(), symbol, source, tuple(sorted(more.items())))
        with self._lock:
            found = self._begun.get(key)
            if found is None:
                found = self._begun[key] = self._threads.submit(_loaded, *key)
                found.add_done_callback(lambda done: self._forget_a_failure(key, done))
            self._begun.move_to_end(key)
            ended = [each for each, future in self._begun.items() if future.done()]
            for each in ended[: len(self._begun) - _KEPT]:
                del self._begun[each]
        return found

    def _forget_a_failure(self, key: Hashable, done: "Future[PriceHistory]") -> None:
        if done.exception() is not None:
            timer = threading.Timer(_FAILED_FOR, lambda: self._drop(key))
            timer.daemon = True
            timer.start()

    def _drop(self, key: Hashable) -> None:
        with self._lock:
            self._begun.pop(key, None)


class _KeptHistory(PriceHistory):
    """Writing the canonical bytes takes as long as loading, and each job needs them twice: they are kept, too."""

    @cached_property
    def _csv(self) -> bytes:
        return super().to_csv()

    def to_csv(self) -> bytes:
        return self._csv


def _kept(history: PriceHistory) -> PriceHistory:
    kept = _KeptHistory(**{field.name: getattr(history, field.name) for field in fields(history)})
    kept.to_csv()
    return kept


def _load(_: date, symbol: str, source: str, more: tuple[tuple[str, object], ...]) -> PriceHistory:
    return _kept(sources.load_history(symbol, source, **dict(more)))  # type: ignore[arg-type]


def _load_from_bucket(
    bucket: Bucket, digest: str, symbol: str, source: str, asked: tuple[tuple[str, Any], ...]
) -> PriceHistory:
    return _kept(snapshots.load(digest, symbol, source, bucket, **dict(asked)))


def _load_kept(bucket: Bucket, symbol: str, _: str, asked: tuple[tuple[str, Any], ...]) -> PriceHistory:
    return _kept(load_kept(bucket, symbol, **dict(asked)))


_loaded = Once(_load, most=_KEPT)
_in_bucket = Once(_load_from_bucket, most=_KEPT)
_kept_under = Once(_load_kept, most=_KEPT)
_FETCHES = _Fetches()
_PLACES = threading.Semaphore(_WAITING)
