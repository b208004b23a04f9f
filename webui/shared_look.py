"""What many open pages ask for at the same moment, found out once for all of them."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from time import monotonic
from typing import Generic, TypeVar

from flask import request

ARRIVED = "spotmc.arrived"  # in the environment of a request: when all of it was there, by ``monotonic``

T = TypeVar("T")


class SharedLook(Generic[T]):
    """Finds out what belongs to a key, and tells it to all who had asked before it began to look.

    So nobody is told what is older than the question.

    Args:
        look: Called with the key.
        most: How many answers are kept.
        clock: Seconds that only go forward.
    """

    def __init__(self, look: Callable[..., T], *, most: int, clock: Callable[[], float] = monotonic) -> None:
        self._look, self._most, self._clock = look, most, clock
        self._found: OrderedDict[tuple[Hashable, ...], tuple[float, Future[T]]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, asked: float, *key: Hashable) -> T:
        """
        Args:
            asked: When.
            key: What for.
        """
        with self._lock:
            began, found = self._found.get(key, (float("-inf"), Future[T]()))
            first = began < asked
            if first:
                found = Future()
                self._found[key] = self._clock(), found
                self._found.move_to_end(key)
                while len(self._found) > self._most:
                    self._found.popitem(last=False)
        if first:
            try:
                found.set_result(self._look(*key))
            except BaseException as error:
                found.set_exception(error)
                raise
        return found.result()


def arrived() -> float:
    """When the request arrived that is being answered."""
    when = request.environ.get(ARRIVED)
    return when if isinstance(when, float) else monotonic()
