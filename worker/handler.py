"""Doing one message: what it asks for, what may prevent that, and what then becomes of the message."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar

from fleet import dead_letters, failures, keys, markers, partial_results
from fleet.bucket import Bucket
from fleet.errors import MessageError, MissingObjectError, UnreadableObjectError
from fleet.events import Emit
from fleet.job import Job
from fleet.message import Shard, attributes
from fleet.partial_results import ChunkResult
from fleet.queue import MAX_RECEIVE_COUNT, Message, Queue
from fleet.tree import Range
from montecarlo.experiments.traded_paths import ENGINE_VERSION
from worker import events, own_rules
from worker.cancellation import CancellationWatch
from worker.compute import Provenance, compute, path_days
from worker.job_cache import JobCache
from worker.lease import Lease
from worker.outcomes import (
    FOREIGN_ATTEMPTS,
    Cancelled,
    EndedEarly,
    LeaseLost,
    LeftToOthers,
    Poison,
    Released,
    is_of_the_machine,
    poison_of,
)
from worker.reports import InHand, Reports
from worker.retrying import PatientBucket, retry_until_shutdown
from worker.shutdown import Shutdown, ShutdownDeadline

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.1  # for the cores, between two looks whether the worker has to go
LAST_FRACTION = 1 / 8  # of a chunk, on which not all cores are busy to the end: the other consumer may begin
CANCELLED = "its job is cancelled"

T = TypeVar("T")
Fields = dict[str, Any]


class Disposition(Enum):
    """What becomes of a message."""

    ACK = auto()  # it is deleted
    RELEASE = auto()  # another worker may have it at once
    RETRY = auto()  # later
    LEAVE = auto()  # later, and this worker has not worked on it
    ABANDON = auto()  # it is not ours any more


@dataclass(frozen=True)
class MessageHandler:
    """What the consumer threads of a worker share to handle their messages.

    Args:
        provenance: Who it is.
        queue: Takes the children of large shards.
        dead: Takes poison.
        bucket: Where results go.
        jobs: What the jobs are.
        cores: Held by the consumer that computes.
        shutdown: Tells whether the worker has to go.
        emit: Hears what happens.
        reports: Is told of the chunk in hand.
        runs_own_rules: Whether jobs with people's own rules are done.
    """

    provenance: Provenance
    queue: Queue
    dead: Queue
    bucket: Bucket
    jobs: JobCache
    cores: threading.Lock
    shutdown: Shutdown
    emit: Emit
    reports: Reports
    runs_own_rules: bool = False

    def do(self, lease: Lease) -> Disposition:
        """Do what the message asks for, or see to it that others do or that a person hears of it."""
        message = lease.message
        self.emit(events.Claimed(message=message.id, delivery=message.receive_count))
        try:
            shard = Shard.from_body(message.body)
        except MessageError as error:
            return self._dead_letter_unread(message, str(error))
        fields: Fields = {
            "message": message.id,
            "job": shard.job_id,
            "first": shard.range.first,
            "stop": shard.range.stop,
        }
        try:
            return self._attempt(shard, lease, fields)
        except Released as reason:
            self.emit(events.HandedBack(reason=str(reason), **fields))
            return Disposition.RELEASE
        except LeftToOthers as reason:
            self.jobs.forget(shard.job_id)  # so that it is said again, if it is sent again
            self.emit(events.LeftToOthers(reason=str(reason), **fields))
            return Disposition.LEAVE
        except LeaseLost as reason:
            self.emit(events.LeaseLost(reason=str(reason), **fields))
            return Disposition.ABANDON
        except Cancelled as reason:
            self.jobs.forget(shard.job_id)
            self.emit(events.Skipped(reason=str(reason), **fields))
            return Disposition.ACK

    def _attempt(self, shard: Shard, lease: Lease, fields: Fields) -> Disposition:
        try:
            self._work(shard, lease, fields)
        except EndedEarly:
            raise
        except Exception as error:
            if is_of_the_machine(error):  # here it would fail again and again, until it is given up
                self.shutdown.request(ShutdownDeadline(f"this machine cannot work: {error!r}", by=time.monotonic()))
            if not self.shutdown.finishes(0):  # what fails in a process that ends is not the message's fault
                raise Released(self.shutdown.reason) from error
            if not isinstance(error, Poison | UnreadableObjectError | MissingObjectError):
                log.exception("message %s failed", lease.message.id)
            return self._fail(shard, lease.message, poison_of(error))
        return Disposition.ACK

    def _work(self, shard: Shard, lease: Lease, fields: Fields) -> None:
        """Whatever is stored already is left as it is, so this can be repeated, also by several workers at once."""
        if lease.message.receive_count >= MAX_RECEIVE_COUNT:  # next time, SQS would move it there without a reason
            raise Poison(f"it was delivered {MAX_RECEIVE_COUNT} times, and the workers that had it ended or went")
        job = self._retry(lambda: self.jobs.get(shard.job_id))
        if shard.range not in job.tree:
            raise Poison(f"{shard.range} is no shard of job {job.id}")
        if job.engine != ENGINE_VERSION:
            raise Poison(f"job {job.id} needs engine {job.engine}, this is {ENGINE_VERSION}", FOREIGN_ATTEMPTS)
        if self._retry(lambda: self._is_cancelled(job)):
            raise Cancelled(CANCELLED)
        own_rules.require_allowed(job, self.runs_own_rules)
        if self._retry(lambda: partial_results.is_stored(self.bucket, job, shard.range)):
            self.emit(events.Skipped(reason="it is stored already", **fields))
        elif job.tree.is_leaf(shard.range):
            _require_able(job, lease.message.receive_count)
            with self.reports.chunk(job, shard.range) as in_hand:
                result, seconds = self._compute(in_hand, lease, fields)
                self._retry(lambda: partial_results.store(self.bucket, job, result))
            self.emit(events.Stored(path_days=path_days(job, result.shard), seconds=seconds, **fields))
        else:
            children = job.tree.children(shard.range)
            self._send(job, children)
            self.emit(events.Split(children=len(children), **fields))
            return
        outcome = partial_results.complete(PatientBucket(self.bucket, self.shutdown, self.emit), job, shard.range)
        if outcome.complete:
            self.emit(events.Completed(**fields))
        elif outcome.next_round is not None:
            following = job.tree[outcome.next_round]
            self._send(job, following.first_level())
            # Only now: whoever sees the note leaves the round to those who have its messages.
            self._retry(lambda: markers.write_marker(self.bucket, keys.round_sent_key(job.id, following.root)))
            self.emit(events.RoundEnded(children=len(following.first_level()), **fields))

    def _send(self, job: Job, shards: list[Range]) -> None:
        bodies = [Shard(job.id, each).to_body() for each in shards]
        self._retry(lambda: self.queue.send_all(bodies, attributes(job, self.bucket.name)))

    def _compute(self, in_hand: InHand, lease: Lease, fields: Fields) -> tuple[ChunkResult, float]:
        job, chunk, began = in_hand.job, in_hand.shard, 0.0
        units = chunk.stop - chunk.first
        turn = ExitStack()  # the cores are ours

        def require_time(remaining: float) -> None:
            if watch.cancelled:
                raise Cancelled(CANCELLED)
            self._require_time(lease, remaining)

        def progress(done: int) -> None:
            self.emit(events.Progressed(done=done, **fields))
            in_hand.progress(done)
            require_time((time.monotonic() - began) / done * (units - done))
            if units - done <= units * LAST_FRACTION:
                turn.close()

        with turn:
            while not self.cores.acquire(timeout=WAIT_SECONDS):
                self._require_time_to_begin(lease)
            turn.callback(self.cores.release)
            self._require_time_to_begin(lease)
            with CancellationWatch(lambda: self._is_cancelled(job), self.emit) as watch:
                began = time.monotonic()
                self.emit(events.Begun(path_days=path_days(job, chunk), **fields))
                in_hand.begin()
                with own_rules.at_hand(job, self._source_of_rule, lambda: require_time(0)) as ready:
                    return compute(ready, chunk, self.provenance, progress, in_hand.so_far)

    def _source_of_rule(self, job: Job) -> bytes:
        return self._retry(lambda: self.jobs.rule(job))

    def _require_time(self, lease: Lease, remaining: float) -> None:
        if lease.lost:
            raise LeaseLost(lease.lost)
        if not self.shutdown.finishes(remaining):
            raise Released(self.shutdown.reason)

    def _require_time_to_begin(self, lease: Lease) -> None:
        if lease.lost:
            raise LeaseLost(lease.lost)
        if self.shutdown.deadline:
            raise Released(self.shutdown.reason)

    def _is_cancelled(self, job: Job) -> bool:
        return self.bucket.exists(keys.cancelled_key(job.id))

    def _fail(self, shard: Shard, message: Message, poison: Poison) -> Disposition:
        self.jobs.forget(shard.job_id)  # it may be mended before it is sent again
        reason = str(poison)
        count = self._retry(lambda: failures.record(self.bucket, shard, self.provenance.worker, reason))
        dead = poison.is_hopeless(count)
        if dead:
            self._retry(lambda: dead_letters.dead_letter(self.dead, message, reason, self.provenance.worker))
            self._retry(lambda: failures.give_up(self.bucket, shard, reason))
        self.emit(events.Failed(message=message.id, job=shard.job_id, reason=reason, failures=count, dead=dead))
        return Disposition.ACK if dead else Disposition.RETRY

    def _dead_letter_unread(self, message: Message, reason: str) -> Disposition:
        try:
            self._retry(lambda: dead_letters.dead_letter(self.dead, message, reason, self.provenance.worker))
        except Released:
            return Disposition.RELEASE
        self.emit(events.Failed(message=message.id, job="", reason=reason, failures=1, dead=True))
        return Disposition.ACK

    def _retry(self, action: Callable[[], T]) -> T:
        return retry_until_shutdown(action, self.shutdown, self.emit)


def _require_able(job: Job, deliveries: int) -> None:
    """
    Raises:
        LeftToOthers: this worker lacks something for it.
        Poison: so did others, as often as SQS delivers a message before it would move it away without a reason.
    """
    if not (lacks := job.experiment.lacks):
        return
    if deliveries >= MAX_RECEIVE_COUNT - 1:
        words = f"no worker that had it, {deliveries} times in all, could do it: {lacks}"
        raise Poison(f"{words}; once workers have that, send it again")
    raise LeftToOthers(lacks)
