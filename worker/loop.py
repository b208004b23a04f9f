"""The worker's loop.

A worker has two consumers.  Each takes a message, does it and deletes it, one after the other; but only one at a time
simulates, on all cores.  So while one simulates, the other stores what it has simulated and takes the next message, and
begins when the end of a chunk leaves cores idle.
"""

import random
import threading
import time
from dataclasses import dataclass

from fleet.bucket import Bucket
from fleet.errors import QueueError
from fleet.events import Emit
from fleet.queue import Message, Queue
from worker.compute import Provenance
from worker.events import Left, Settled, Troubled
from worker.handler import Disposition, MessageHandler
from worker.job_cache import JobCache
from worker.lease import Leases
from worker.reports import Reports
from worker.shutdown import Shutdown, ShutdownDeadline

CONSUMERS = 2
POLL_SECONDS = 2  # SQS allows 20, but a worker that is told to go does not leave before its poll is answered
PAUSE_SECONDS = 1  # before asking again for what just went wrong
LONGEST_STEP_ASIDE = 1.0  # seconds without a claim, for what is left to others to reach them
LETTING_GO_SECONDS = 1  # for what has to be handed back while the queue may not answer


@dataclass(frozen=True)
class Orders:
    """How a worker is to work.

    Args:
        lease_seconds: How long a message stays hidden from others after a sign of life; so soon is the work of a
            worker that has vanished given to another.
        drain: Leave when the queue is empty and nobody has a message in consumer.
        idle_seconds: Leave after so long without a message; None stays.
        own_rules: Whether to do jobs with people's own rules, which are code with the rights of the worker.
    """

    lease_seconds: int
    drain: bool = False
    idle_seconds: float | None = None
    own_rules: bool = False

    def pause_after(self, deliveries: int) -> int:
        """Seconds until a message that failed, or is left to others, comes again: doubled each time, up to a lease."""
        return min(1 << (deliveries - 1), self.lease_seconds)


class Worker:
    """One worker.

    Args:
        provenance: Who it is.
        orders: How it is to work.
        queue: Where messages come from.
        bucket: Where results go.
        shutdown: Tells it to go, and is told when it goes by itself.
        emit: Hears what happens.

    Raises:
        QueueError: the queue has no dead-letter queue, or does not answer.
    """

    def __init__(
        self, provenance: Provenance, orders: Orders, *, queue: Queue, bucket: Bucket, shutdown: Shutdown, emit: Emit
    ) -> None:
        self._queue, self._shutdown, self._emit, self._orders = queue, shutdown, emit, orders
        self._leases = Leases(queue, orders.lease_seconds, emit)
        jobs, cores = JobCache(bucket, provenance.worker), threading.Lock()
        self._reports = Reports(provenance, bucket, shutdown, emit)
        self._handler = MessageHandler(
            provenance,
            queue,
            queue.dead_letters(),
            bucket,
            jobs,
            cores,
            shutdown,
            emit,
            self._reports,
            orders.own_rules,
        )
        self._claiming = threading.Lock()
        self._busy_at = time.monotonic()  # when there was a message last
        self._error: Exception | None = None

    def run(self) -> None:
        """Work until there is a reason to leave.

        Raises:
            Exception: what a consumer did not expect; whoever started the worker may start another.
        """
        consumers = [
            threading.Thread(target=self._work, name=f"consumer-{number}", daemon=True) for number in range(CONSUMERS)
        ]
        with self._reports, self._leases:
            for consumer in consumers:
                consumer.start()
            while any(consumer.is_alive() for consumer in consumers) and not self._shutdown.is_overdue():
                time.sleep(0.05)
        self._let_go()
        self._emit(Left(reason=self._shutdown.reason))
        if self._error:
            raise self._error

    def _work(self) -> None:
        try:
            while not self._shutdown.deadline:
                for message in self._claim():
                    with self._leases.held(message) as lease:
                        disposition = self._handler.do(lease)
                    self._settle(message, disposition)
                    if disposition is Disposition.LEAVE:
                        self._let_others_come_first()
                    else:
                        self._busy_at = time.monotonic()
        except Exception as error:  # noqa: BLE001  run raises it
            self._error = error
            self._shutdown.request(ShutdownDeadline(f"an unexpected error: {error}", by=None))

    def _claim(self) -> list[Message]:
        """A message, or none for now."""
        with self._claiming:  # the other consumer waits until this one has something to do
            if self._shutdown.deadline:
                return []
            try:
                messages = self._queue.receive(wait_seconds=POLL_SECONDS, visibility_seconds=self._orders.lease_seconds)
                if not messages:
                    self._look_for_a_reason_to_leave()
            except QueueError as error:
                # What was received all the same is delivered again when its lease is over.
                self._emit(Troubled(reason=str(error), pause_seconds=PAUSE_SECONDS))
                self._shutdown.pause(PAUSE_SECONDS)
                return []
        if self._shutdown.deadline:  # told to go while the poll was under way
            for message in messages:
                self._settle(message, Disposition.RELEASE)
            return []
        return messages

    def _let_others_come_first(self) -> None:
        """Messages are hidden for whole seconds, and a queue may look at its pollers once a second: whoever polls in
        step with that would be given again and again what it has left to others."""
        with self._claiming:
            self._shutdown.pause(random.uniform(0, LONGEST_STEP_ASIDE))

    def _look_for_a_reason_to_leave(self) -> None:
        idle = 0.0 if self._leases.all() else time.monotonic() - self._busy_at
        if self._orders.drain and self._queue.depth().empty:
            self._shutdown.request(ShutdownDeadline("the queue is empty", by=None))
        elif self._orders.idle_seconds is not None and idle >= self._orders.idle_seconds:
            self._shutdown.request(ShutdownDeadline(f"there was nothing to do for {idle:.0f} s", by=None))

    def _settle(self, message: Message, disposition: Disposition) -> None:
        # Neither success nor failure of these proves anything: a message that comes again is done again, or skipped.
        try:
            if disposition is Disposition.ACK:
                self._queue.delete(message)
            elif disposition is Disposition.RELEASE:
                self._queue.release(message)
            elif disposition in (Disposition.RETRY, Disposition.LEAVE):
                self._queue.release(message, self._orders.pause_after(message.receive_count))
        except QueueError as error:
            self._emit(Troubled(reason=str(error), pause_seconds=0))
        self._emit(Settled(message=message.id))

    def _let_go(self) -> None:
        """Hand back what a consumer still has because it waits for an answer that does not come."""
        for lease in self._leases.all():
            thread = threading.Thread(target=self._settle, args=(lease.message, Disposition.RELEASE), daemon=True)
            thread.start()
            thread.join(LETTING_GO_SECONDS / CONSUMERS)
