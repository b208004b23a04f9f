"""Saying in the bucket what the worker does, and how far it is: what ``fleet.reports`` reads.

It is written by a thread of its own, which takes what is newest when it comes to it.  So computing never waits for the
bucket, and a bucket that is slow, or refuses, costs a picture and no work.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fleet import keys
from fleet.bucket import Bucket
from fleet.errors import BucketError
from fleet.events import Emit
from fleet.job import Job
from fleet.reasons import in_one_line
from fleet.reports import SAID_EVERY_SECONDS, ChunkReport, WorkerReport, content_of
from fleet.tree import Range
from montecarlo.experiments.experiment import PartialResult
from montecarlo.experiments.traded_paths import ENGINE_VERSION
from worker.compute import Provenance, path_days
from worker.events import Troubled
from worker.shutdown import Shutdown

# Of a job: soon, so that it is seen to live, and then ever more rarely.
FIRST_SECONDS, LONGEST_SECONDS = 0.5, 16.0
CHANGED_SECONDS = 5.0  # at least, between two times that it says what it does
COST_AT_MOST = 0.01  # of the time goes into writing partial results as text, which computing has to wait for
LONGEST_CONTENT = 4 << 20  # bytes of a partial result; of a longer one it is said how far it is, and no more
LONGEST_NOTICE = 300  # characters
LEAVING_SECONDS = 0.5  # for the last words

_TICK_SECONDS = 0.1


class InHand:
    """A chunk that the worker has in hand, until its partial result is stored."""

    def __init__(self, job: Job, shard: Range, clock: Callable[[], float]) -> None:
        self.job, self.shard = job, shard
        self._clock = clock
        self._began: float | None = None
        self._newest: tuple[int, float, PartialResult | None] = (0, 0.0, None)
        self._so_far: PartialResult | None = None

    @property
    def has_begun(self) -> bool:
        return self._began is not None

    def begin(self) -> None:
        self._began = self._clock()

    def so_far(self, partial: PartialResult) -> None:
        """What is done of it amounts to this."""
        self._so_far = partial

    def progress(self, done: int) -> None:
        """So many of its units are done."""
        if self._began is not None:
            self._newest = done, self._clock() - self._began, self._so_far

    @property
    def newest(self) -> tuple[int, float, PartialResult | None]:
        """Units that are done, seconds that they took, and what they amount to."""
        return self._newest


@dataclass
class _Pace:
    """When it is time to report about a job again.

    Attributes:
        due: When.
        pause: After which that was, in seconds.
        has_told: Whether the last report told of a chunk.
    """

    due: float
    pause: float = FIRST_SECONDS
    has_told: bool = False

    def said(self, now: float, cost: float) -> None:
        """``cost``: seconds that computing had to wait."""
        self.pause = min(2 * self.pause, LONGEST_SECONDS)
        self.due = now + max(self.pause, cost / COST_AT_MOST)


class Reports:
    """What the worker says of itself, while the ``with`` block lasts.

    Args:
        provenance: Who it is.
        bucket: Where it says so.
        shutdown: Tells whether it has to go, and why.
        emit: Hears of trouble.
    """

    def __init__(
        self,
        provenance: Provenance,
        bucket: Bucket,
        shutdown: Shutdown,
        emit: Emit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provenance, self._bucket, self._shutdown = provenance, bucket, shutdown
        self._emit, self._clock = emit, clock
        self._since = datetime.now(UTC)
        self._lock = threading.Lock()
        self._in_hand: list[InHand] = []
        self._paces: dict[str, _Pace] = {}
        self._busy_at = self._said_at = float("-inf")
        self._said_to_do: tuple[str | None, str] | None = None
        self._troubles: dict[str, str] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_reporting, name="reports", daemon=True)

    def __enter__(self) -> "Reports":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(LEAVING_SECONDS)

    @contextmanager
    def chunk(self, job: Job, shard: Range) -> Iterator[InHand]:
        """A block in which a chunk is computed and stored."""
        in_hand = InHand(job, shard, self._clock)
        with self._lock:
            self._in_hand.append(in_hand)
        try:
            yield in_hand
        finally:
            with self._lock:
                self._in_hand.remove(in_hand)

    def report(self) -> None:
        """Write whatever it is time for."""
        now = self._clock()
        with self._lock:
            in_hand = [each for each in self._in_hand if each.has_begun]
        if in_hand:
            self._busy_at = now
        if in_hand or now - self._busy_at >= CHANGED_SECONDS:  # between two chunks it is not idle
            self._say_that_it_is_there(in_hand[-1] if in_hand else None, now)
        of_jobs: dict[str, list[InHand]] = {job_id: [] for job_id in self._paces}
        for each in in_hand:
            of_jobs.setdefault(each.job.id, []).append(each)
        for job_id, chunks in of_jobs.items():
            pace = self._paces.setdefault(job_id, _Pace(due=now + FIRST_SECONDS))
            waits = not pace.has_told and not any(each.newest[0] for each in chunks)
            if now >= pace.due + (FIRST_SECONDS if chunks and waits else 0):
                self._say_how_far_it_is(job_id, chunks, pace)

    def leave(self) -> None:
        """Say that it goes, and that it has nothing in hand any more."""
        for job_id, pace in list(self._paces.items()):
            self._say_how_far_it_is(job_id, [], pace)
        self._put(keys.worker_key(self._provenance.worker), self._worker(None, left=True).to_json())

    def _say_that_it_is_there(self, in_hand: InHand | None, now: float) -> None:
        does = (in_hand.job.id if in_hand else None, self._shutdown.reason)
        pause = SAID_EVERY_SECONDS if does == self._said_to_do else CHANGED_SECONDS
        if now - self._said_at < pause:
            return
        self._said_to_do, self._said_at = does, now
        self._put(keys.worker_key(self._provenance.worker), self._worker(in_hand).to_json())

    def _say_how_far_it_is(self, job_id: str, chunks: list[InHand], pace: _Pace) -> None:
        """Where it has none in hand any more, that is said once: one that was handed back is nobody's."""
        began = time.thread_time()
        told = [self._chunk(each) for each in chunks]
        pace.said(self._clock(), time.thread_time() - began)
        if told or pace.has_told:
            content = content_of(self._worker(chunks[-1] if chunks else None), told)
            self._put(keys.progress_key(job_id, self._provenance.worker), content)
        pace.has_told = bool(told)
        if not chunks:
            del self._paces[job_id]

    def _chunk(self, in_hand: InHand) -> ChunkReport:
        done, seconds, partial = in_hand.newest
        content = partial.to_bytes() if partial else None
        if partial is None or content is None or len(content) > LONGEST_CONTENT:
            return ChunkReport(in_hand.shard, done, seconds)
        return ChunkReport(in_hand.shard, done, seconds, partial.units, content)

    def _worker(self, in_hand: InHand | None, *, left: bool = False) -> WorkerReport:
        has: dict[str, Any] = {}
        machine = self._provenance.machine
        if in_hand:
            first, stop = in_hand.shard
            done, seconds, _ = in_hand.newest
            work = path_days(in_hand.job, in_hand.shard) * done / (stop - first)
            has = {"job": in_hand.job.id, "first": first, "stop": stop, "done": done}
            has |= {"path_days_per_second": work / seconds if seconds > 0 else None}
        return WorkerReport(
            worker=self._provenance.worker,
            instance=machine.instance,
            type=machine.type,
            zone=machine.zone,
            version=self._provenance.version,
            engine=ENGINE_VERSION,
            since=self._since,
            at=datetime.now(UTC),
            notice=in_one_line(self._shutdown.reason, LONGEST_NOTICE),
            left=left,
            **has,
        )

    def _put(self, key: str, content: bytes) -> None:
        try:
            self._bucket.put(key, content)
        except BucketError as error:
            if str(error) != self._troubles.get(key):  # once, however often it comes in a row
                self._emit(Troubled(reason=str(error), pause_seconds=0))
            self._troubles[key] = str(error)
        else:
            self._troubles.pop(key, None)

    def _keep_reporting(self) -> None:
        while not self._over.wait(_TICK_SECONDS):
            self.report()
        self.leave()
