"""Who was given which message when, as seen on the wire."""

import json
import threading
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Delivery:
    """A message on its way to a worker.

    Attributes:
        message: Its id.
        handle: The receipt handle.
        worker: Who gets it.
        at: When, by a clock that only goes forward.
    """

    message: str
    handle: str
    worker: str
    at: float


class Deliveries:
    """All deliveries of a queue; may be shared between threads."""

    def __init__(self) -> None:
        self._by_message: dict[str, list[Delivery]] = defaultdict(list)
        self._by_handle: dict[str, Delivery] = {}
        self._settled: dict[str, float] = {}
        self._lock = threading.Lock()

    def record(self, answer: bytes, worker: str, at: float) -> list[Delivery]:
        """What the answer to a receive delivers."""
        messages = json.loads(answer or b"{}").get("Messages", [])
        found = [Delivery(each["MessageId"], each["ReceiptHandle"], worker, at) for each in messages]
        with self._lock:
            for delivery in found:
                self._by_message[delivery.message].append(delivery)
                self._by_handle[delivery.handle] = delivery
        return found

    def settle(self, handle: str, at: float) -> None:
        """Whoever has this handle deleted the message or handed it back."""
        self._settled.setdefault(handle, at)

    def stale(self, handle: str) -> bool:
        """Whether the message was delivered again since the delivery with this handle."""
        with self._lock:
            delivery = self._by_handle.get(handle)
            return delivery is not None and self._by_message[delivery.message][-1].handle != handle

    def to(self, worker: str) -> list[Delivery]:
        """In the order of time."""
        with self._lock:
            return sorted(
                (each for each in self._by_handle.values() if each.worker == worker), key=lambda each: each.at
            )

    @property
    def again(self) -> int:
        """How many deliveries were not the first of their message."""
        with self._lock:
            return sum(len(deliveries) - 1 for deliveries in self._by_message.values())

    def recovery(self, worker: str, died_at: float) -> list[float]:
        """Seconds from a worker's death until each message that it had in hand was given to another."""
        with self._lock:
            in_hand = [
                each
                for each in self._by_handle.values()
                if each.worker == worker and each.at <= died_at and each.handle not in self._settled
            ]
            waits = []
            for lost in in_hand:
                later = [each.at for each in self._by_message[lost.message] if each.at > lost.at]
                waits += [max(min(later) - died_at, 0.0)] if later else []
            return waits
