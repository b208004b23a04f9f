"""Keeping messages hidden from other workers while this one has them, in hand or waiting."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fleet.errors import HandleRefusedError, QueueError
from fleet.events import Emit
from fleet.queue import Message, Queue
from worker.events import Troubled

AT_MOST_SECONDS = 60 * 60  # that a message is kept; many times what a chunk takes, so something hangs


class Lease:
    """A message that this worker has.

    Attributes:
        message: The message.
        since: When it was received, on the monotonic clock.
        lost: Why SQS would not extend it, so that somebody else may have it; empty as long as it is ours.
        over: Whether it is not to be extended any more.
    """

    def __init__(self, message: Message, since: float) -> None:
        self.message = message
        self.since = since
        self.lost = ""
        self.over = False
        self.extending = threading.Lock()


class Leases:
    """Extends the visibility timeouts of all messages that the worker has, from one thread.

    That an extension succeeds proves nothing, so nothing depends on it.  A message whose extension is refused is marked
    as lost.  One that does not succeed for another reason is tried again.

    Args:
        queue: Where the messages are from.
        seconds: How long a message stays hidden after an extension.
        emit: Hears of trouble.
    """

    def __init__(self, queue: Queue, seconds: int, emit: Emit, clock: Callable[[], float] = time.monotonic) -> None:
        self._queue = queue
        self._seconds = seconds
        self._emit = emit
        self._clock = clock
        self._held: dict[str, Lease] = {}
        self._lock = threading.Lock()
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._keep_extending, name="heartbeat", daemon=True)

    def __enter__(self) -> "Leases":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()

    @contextmanager
    def held(self, message: Message) -> Iterator[Lease]:
        """Keep the message until the block is left; after that it is extended no more, and can be handed back."""
        lease = Lease(message, self._clock())
        with self._lock:
            self._held[message.receipt_handle] = lease
        try:
            yield lease
        finally:
            with lease.extending:
                lease.over = True
            with self._lock:
                del self._held[message.receipt_handle]

    def all(self) -> list[Lease]:
        """What the worker has at the moment."""
        with self._lock:
            return list(self._held.values())

    def extend(self) -> None:
        """Extend each lease once, but for those that are lost or were kept for too long."""
        for lease in self.all():
            with lease.extending:
                if not (lease.over or lease.lost or self._clock() - lease.since > AT_MOST_SECONDS):
                    self._extend(lease)

    def _extend(self, lease: Lease) -> None:
        try:
            self._queue.extend(lease.message, self._seconds)
        except HandleRefusedError as error:
            lease.lost = str(error)
        except QueueError as error:
            self._emit(Troubled(reason=str(error), pause_seconds=self._pause))

    @property
    def _pause(self) -> float:
        return self._seconds / 3

    def _keep_extending(self) -> None:
        while not self._left.wait(self._pause):
            self.extend()
