"""Doing one message: what it asks for, what may prevent that, and what then becomes of the message."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar

from fleet import dead_letters, failures, keys, parts
from fleet.bucket import Bucket
from fleet.errors import BucketError, MessageError
from fleet.job import Job
from fleet.message import Shard, attributes
from fleet.parts import Part
from fleet.queue import MAX_RECEIVE_COUNT, Message, Queue
from fleet.tree import Range
from montecarlo.simulation import ENGINE_VERSION
from worker import events
from worker.endings import FOREIGN_ATTEMPTS, EndedEarly, HandBack, Lost, Poison, Unwanted, is_of_the_machine, poison_of
from worker.jobs import Jobs
from worker.lease import Lease
from worker.leaving import Departure, Leaving
from worker.retrying import insist
from worker.work import Maker, compute, path_days

log = logging.getLogger(__name__)

LOOK_SECONDS = 2  # between two looks whether the job is still wanted
WAIT_SECONDS = 0.1  # for the cores, between two looks whether the worker has to go
LAST_FRACTION = 1 / 8  # of a sitting, on which not all cores are busy to the end: the other hand may begin
CANCELLED = "its job is cancelled"

T = TypeVar("T")
Told = dict[str, Any]


class Verdict(Enum):
    """What becomes of a message."""

    DELETE = auto()
    HAND_BACK = auto()  # another worker may have it at once
    TRY_AGAIN = auto()  # later
    LET_GO = auto()  # it is not ours any more


@dataclass(frozen=True)
class Doer:
    """What the hands of a worker share to do their messages.

    Args:
        maker: Who it is.
        queue: Takes the children of large shards.
        dead: Takes poison.
        bucket: Where results go.
        jobs: What the jobs are.
        cores: Held by the hand that simulates.
        leaving: Tells whether the worker has to go.
        tell: Hears what happens.
    """

    maker: Maker
    queue: Queue
    dead: Queue
    bucket: Bucket
    jobs: Jobs
    cores: threading.Lock
    leaving: Leaving
    tell: events.Tell

    def do(self, lease: Lease) -> Verdict:
        """Do what the message asks for, or see to it that others do or that a person hears of it."""
        message = lease.message
        self.tell(events.Claimed(message=message.id, delivery=message.receive_count))
        try:
            shard = Shard.from_body(message.body)
        except MessageError as error:
            return self._bury_unread(message, str(error))
        told: Told = {"message": message.id, "job": shard.job_id, "first": shard.range.first, "stop": shard.range.stop}
        try:
            return self._attempt(shard, lease, told)
        except HandBack as reason:
            self.tell(events.HandedBack(reason=str(reason), **told))
            return Verdict.HAND_BACK
        except Lost as reason:
            self.tell(events.LeaseLost(reason=str(reason), **told))
            return Verdict.LET_GO
        except Unwanted as reason:
            self.jobs.forget(shard.job_id)
            self.tell(events.Skipped(reason=str(reason), **told))
            return Verdict.DELETE

    def _attempt(self, shard: Shard, lease: Lease, told: Told) -> Verdict:
        try:
            self._work(shard, lease, told)
        except EndedEarly:
            raise
        except Exception as error:
            if is_of_the_machine(error):  # here it would fail again and again, until it is given up
                self.leaving.announce(Departure(f"this machine cannot work: {error!r}", by=time.monotonic()))
            if not self.leaving.finishes(0):  # what fails in a process that ends is not the message's fault
                raise HandBack(self.leaving.reason) from error
            if not isinstance(error, Poison):
                log.exception("message %s failed", lease.message.id)
            return self._fail(shard, lease.message, poison_of(error))
        return Verdict.DELETE

    def _work(self, shard: Shard, lease: Lease, told: Told) -> None:
        """Whatever is stored already is left as it is, so this can be repeated, also by several workers at once."""
        if lease.message.receive_count >= MAX_RECEIVE_COUNT:  # next time, SQS would bury it without a reason
            raise Poison(f"it was delivered {MAX_RECEIVE_COUNT} times, and the workers that had it ended or went")
        job = self._insist(lambda: self.jobs.get(shard.job_id))
        if shard.range not in job.tree:
            raise Poison(f"the paths {shard.range} are not a shard of job {job.id}")
        if job.engine != ENGINE_VERSION:
            raise Poison(f"job {job.id} needs engine {job.engine}, this is {ENGINE_VERSION}", FOREIGN_ATTEMPTS)
        if self._insist(lambda: self._is_cancelled(job)):
            raise Unwanted(CANCELLED)
        if self._insist(lambda: parts.is_stored(self.bucket, job, shard.range)):
            self.tell(events.Skipped(reason="it is stored already", **told))
        elif job.tree.is_leaf(shard.range):
            part, seconds = self._compute(job, shard.range, lease, told)
            self._insist(lambda: parts.store(self.bucket, job, part))
            self.tell(events.Stored(path_days=path_days(job, part.shard), seconds=seconds, **told))
        else:
            children = [Shard(job.id, child).to_body() for child in job.tree.children(shard.range)]
            self._insist(lambda: self.queue.send_all(children, attributes(job, self.bucket.name)))
            self.tell(events.Split(children=len(children), **told))
            return
        if self._insist(lambda: parts.complete(self.bucket, job, shard.range)):
            self.tell(events.Completed(**told))

    def _compute(self, job: Job, sitting: Range, lease: Lease, told: Told) -> tuple[Part, float]:
        paths, began, looked = sitting.stop - sitting.first, 0.0, 0.0
        turn = ExitStack()  # the cores are ours

        def look_up(done: int) -> None:
            nonlocal looked
            now = time.monotonic()
            self.tell(events.Progressed(paths_done=done, **told))
            if lease.lost:
                raise Lost(lease.lost)
            if not self.leaving.finishes((now - began) / done * (paths - done)):
                raise HandBack(self.leaving.reason)
            if now - looked >= LOOK_SECONDS:
                looked = now
                if self._seems_cancelled(job):
                    raise Unwanted(CANCELLED)
            if paths - done <= paths * LAST_FRACTION:
                turn.close()

        with turn:
            while not self.cores.acquire(timeout=WAIT_SECONDS):
                self._require_time_to_begin(lease)
            turn.callback(self.cores.release)
            self._require_time_to_begin(lease)
            began = looked = time.monotonic()
            self.tell(events.Begun(path_days=path_days(job, sitting), **told))
            return compute(job, sitting, self.maker, look_up)

    def _require_time_to_begin(self, lease: Lease) -> None:
        if lease.lost:
            raise Lost(lease.lost)
        if self.leaving.departure:
            raise HandBack(self.leaving.reason)

    def _is_cancelled(self, job: Job) -> bool:
        return self.bucket.exists(keys.cancelled_key(job.id))

    def _seems_cancelled(self, job: Job) -> bool:
        try:
            return self._is_cancelled(job)
        except BucketError as error:
            self.tell(events.Troubled(reason=str(error), pause_seconds=LOOK_SECONDS))
            return False

    def _fail(self, shard: Shard, message: Message, poison: Poison) -> Verdict:
        self.jobs.forget(shard.job_id)  # it may be mended before it is sent again
        reason = str(poison)
        count = self._insist(lambda: failures.record(self.bucket, shard, self.maker.worker, reason))
        dead = poison.is_hopeless(count)
        if dead:
            self._insist(lambda: dead_letters.bury(self.dead, message, reason, self.maker.worker))
            self._insist(lambda: failures.give_up(self.bucket, shard, reason))
        self.tell(events.Failed(message=message.id, job=shard.job_id, reason=reason, failures=count, dead=dead))
        return Verdict.DELETE if dead else Verdict.TRY_AGAIN

    def _bury_unread(self, message: Message, reason: str) -> Verdict:
        try:
            self._insist(lambda: dead_letters.bury(self.dead, message, reason, self.maker.worker))
        except HandBack:
            return Verdict.HAND_BACK
        self.tell(events.Failed(message=message.id, job="", reason=reason, failures=1, dead=True))
        return Verdict.DELETE

    def _insist(self, action: Callable[[], T]) -> T:
        return insist(action, self.leaving, self.tell)
