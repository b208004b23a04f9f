"""Keeping a message hidden from other workers while its job is being done."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from fleet.errors import QueueError
from fleet.queue import Message, Queue

log = logging.getLogger(__name__)


@contextmanager
def held(queue: Queue, message: Message, seconds: int) -> Iterator[None]:
    """Extend the message's visibility timeout to ``seconds`` again and again, from a thread, until the block is left.

    An extension that is refused is logged, no more: work goes on, because storing a result twice is harmless.
    """
    left = threading.Event()

    def extend() -> None:
        while not left.wait(seconds / 3):
            try:
                queue.extend(message, seconds)
            except QueueError as error:
                log.warning("message %s: %s", message.id, error)

    heartbeat = threading.Thread(target=extend, name="heartbeat")
    heartbeat.start()
    try:
        yield
    finally:
        left.set()
        heartbeat.join()
