"""The worker's loop.

A worker has two hands.  Each takes a message, does it and deletes it, one after the other; but only one at a time
simulates, on all cores.  So while one simulates, the other stores what it has simulated and takes the next message, and
begins when the end of a sitting leaves cores idle.
"""

import threading
import time
from dataclasses import dataclass

from fleet.bucket import Bucket
from fleet.errors import QueueError
from fleet.queue import Message, Queue
from worker.doing import Doer, Verdict
from worker.events import Left, Settled, Tell, Troubled
from worker.jobs import Jobs
from worker.lease import Leases
from worker.leaving import Departure, Leaving
from worker.work import Maker

HANDS = 2
POLL_SECONDS = 2  # SQS allows 20, but a worker that is told to go does not leave before its poll is answered
PAUSE_SECONDS = 1  # before asking again for what just went wrong
LETTING_GO_SECONDS = 1  # for what has to be handed back while the queue may not answer


@dataclass(frozen=True)
class Orders:
    """How a worker is to work.

    Args:
        lease_seconds: How long a message stays hidden from others after a sign of life; so soon is the work of a
            worker that has vanished given to another.
        drain: Leave when the queue is empty and nobody has a message in hand.
        idle_seconds: Leave after so long without a message; None stays.
    """

    lease_seconds: int
    drain: bool = False
    idle_seconds: float | None = None

    def pause_after(self, deliveries: int) -> int:
        """Seconds until a message that failed is tried again: doubled each time, up to a lease."""
        return min(1 << (deliveries - 1), self.lease_seconds)


class Worker:
    """One worker.

    Args:
        maker: Who it is.
        orders: How it is to work.
        queue: Where messages come from.
        bucket: Where results go.
        leaving: Tells it to go, and is told when it goes by itself.
        tell: Hears what happens.

    Raises:
        QueueError: the queue has no dead-letter queue, or does not answer.
    """

    def __init__(
        self, maker: Maker, orders: Orders, *, queue: Queue, bucket: Bucket, leaving: Leaving, tell: Tell
    ) -> None:
        self._queue, self._leaving, self._tell, self._orders = queue, leaving, tell, orders
        self._leases = Leases(queue, orders.lease_seconds, tell)
        jobs, cores = Jobs(bucket, maker.worker), threading.Lock()
        self._doer = Doer(maker, queue, queue.dead_letters(), bucket, jobs, cores, leaving, tell)
        self._claiming = threading.Lock()
        self._busy_at = time.monotonic()  # when there was a message last
        self._error: Exception | None = None

    def run(self) -> None:
        """Work until there is a reason to leave.

        Raises:
            Exception: what a hand did not expect; whoever started the worker may start another.
        """
        hands = [threading.Thread(target=self._work, name=f"hand-{number}", daemon=True) for number in range(HANDS)]
        with self._leases:
            for hand in hands:
                hand.start()
            while any(hand.is_alive() for hand in hands) and not self._leaving.is_overdue():
                time.sleep(0.05)
        self._let_go()
        self._tell(Left(reason=self._leaving.reason))
        if self._error:
            raise self._error

    def _work(self) -> None:
        try:
            while not self._leaving.departure:
                for message in self._claim():
                    with self._leases.held(message) as lease:
                        verdict = self._doer.do(lease)
                    self._settle(message, verdict)
                    self._busy_at = time.monotonic()
        except Exception as error:  # noqa: BLE001  run raises it
            self._error = error
            self._leaving.announce(Departure(f"an unexpected error: {error}", by=None))

    def _claim(self) -> list[Message]:
        """A message, or none for now."""
        with self._claiming:  # the other hand waits until this one has something to do
            if self._leaving.departure:
                return []
            try:
                messages = self._queue.receive(wait_seconds=POLL_SECONDS, visibility_seconds=self._orders.lease_seconds)
                if not messages:
                    self._look_for_a_reason_to_leave()
            except QueueError as error:
                # What was received all the same is delivered again when its lease is over.
                self._tell(Troubled(reason=str(error), pause_seconds=PAUSE_SECONDS))
                self._leaving.pause(PAUSE_SECONDS)
                return []
        if self._leaving.departure:  # told to go while the poll was under way
            for message in messages:
                self._settle(message, Verdict.HAND_BACK)
            return []
        return messages

    def _look_for_a_reason_to_leave(self) -> None:
        idle = 0.0 if self._leases.all() else time.monotonic() - self._busy_at
        if self._orders.drain and self._queue.depth().empty:
            self._leaving.announce(Departure("the queue is empty", by=None))
        elif self._orders.idle_seconds is not None and idle >= self._orders.idle_seconds:
            self._leaving.announce(Departure(f"there was nothing to do for {idle:.0f} s", by=None))

    def _settle(self, message: Message, verdict: Verdict) -> None:
        # Neither success nor failure of these proves anything: a message that comes again is done again, or skipped.
        try:
            if verdict is Verdict.DELETE:
                self._queue.delete(message)
            elif verdict is Verdict.HAND_BACK:
                self._queue.release(message)
            elif verdict is Verdict.TRY_AGAIN:
                self._queue.release(message, self._orders.pause_after(message.receive_count))
        except QueueError as error:
            self._tell(Troubled(reason=str(error), pause_seconds=0))
        self._tell(Settled(message=message.id))

    def _let_go(self) -> None:
        """Hand back what a hand still has because it waits for an answer that does not come."""
        for lease in self._leases.all():
            thread = threading.Thread(target=self._settle, args=(lease.message, Verdict.HAND_BACK), daemon=True)
            thread.start()
            thread.join(LETTING_GO_SECONDS / HANDS)
