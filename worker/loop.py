"""The worker's loop: wait for a message, do its job, then delete the message."""

import logging
from dataclasses import dataclass
from threading import Event

from fleet import keys, marks
from fleet.bucket import Bucket
from fleet.errors import FleetError, MessageError, MissingObjectError
from fleet.job import Job
from fleet.message import Shard
from fleet.queue import Message, Queue
from montecarlo.errors import ParameterError
from montecarlo.simulation import ENGINE_VERSION
from worker.lease import held
from worker.work import Outcome, do

log = logging.getLogger(__name__)

POLL_SECONDS = 2  # SQS allows 20, but a worker that is told to go does not leave before its poll is answered
PAUSE_SECONDS = 1  # before asking again for what just went wrong


@dataclass(frozen=True)
class Worker:
    """One worker.

    Args:
        name: Told with what it did.
        queue: Where jobs come from.
        bucket: Where results go.
        stopping: Set by whoever wants the worker to go: it claims nothing more and hands back what it has.
        lease_seconds: How long a message stays hidden from others after a sign of life; so soon is the work of a worker
            that has vanished given to another.
    """

    name: str
    queue: Queue
    bucket: Bucket
    stopping: Event
    lease_seconds: int

    def run(self, *, drain: bool = False) -> None:
        """Work until told to stop or, to ``drain``, until the queue is empty and nobody has a message in hand."""
        log.info("worker %s waits for jobs on %s", self.name, self.queue.url)
        while not self.stopping.is_set():
            try:
                messages = self.queue.receive(wait_seconds=POLL_SECONDS, visibility_seconds=self.lease_seconds)
                for message in messages:
                    self._take(message)
                if drain and not messages and self.queue.depth().empty:
                    break
            except FleetError as error:
                # A message in hand is delivered again when its lease is over.
                log.error("%s; going on in %d s", error, PAUSE_SECONDS)
                self.stopping.wait(PAUSE_SECONDS)
        log.info("worker %s leaves", self.name)

    def _take(self, message: Message) -> None:
        try:
            job = Shard.from_body(message.body).job
        except (MessageError, ParameterError) as error:
            log.error("message %s is left for the dead-letter queue: %s", message.id, error)
            self.queue.release(message, PAUSE_SECONDS)
            return
        if job.engine != ENGINE_VERSION:
            log.error("job %s is left: it needs engine %s, this is %s", job.id, job.engine, ENGINE_VERSION)
            self.queue.release(message, PAUSE_SECONDS)
            return
        log.info("job %s: begun, delivery %d", job.id, message.receive_count)
        try:
            with held(self.queue, message, self.lease_seconds):
                marks.leave(self.bucket, keys.running_key(job.id), worker=self.name)
                outcome = do(job, self.bucket, self.stopping.is_set)
        except Exception as error:
            # The queue or the bucket may be well again soon, but an object that is gone does not come back by waiting.
            if isinstance(error, FleetError) and not isinstance(error, MissingObjectError):
                raise
            log.exception("job %s failed", job.id)
            marks.record_failure(self.bucket, job.id, self.name, f"{type(error).__name__}: {error}")
            self.queue.release(message, PAUSE_SECONDS)
        else:
            self._settle(job, message, outcome)

    def _settle(self, job: Job, message: Message, outcome: Outcome) -> None:
        log.info("job %s: %s", job.id, outcome.name.lower())
        if outcome is Outcome.STOPPED:
            self.bucket.delete(keys.running_key(job.id))
            self.queue.release(message)
        else:
            self.queue.delete(message)
