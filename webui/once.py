"""What several visitors ask for at a time, made once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Makes what belongs to a key when it is asked for first, and keeps what was asked for last.

    Who asks while it is being made waits for it, and fails with it; but a failure is not kept.

    Args:
        make: Called with the key.
        most: How many are kept.
    """

    def __init__(self, make: Callable[..., T], *, most: int) -> None:
        self._make = make
        self._most = most
        self._made: OrderedDict[tuple[Hashable, ...], Future[T]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, *key: Hashable) -> T:
        with self._lock:
            made = self._made.get(key)
            first = made is None
            if made is None:
                made = self._made[key] = Future()
            self._made.move_to_end(key)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        if first:
            try:
                made.set_result(self._make(*key))
            except BaseException as error:
                made.set_exception(error)
                with self._lock:
                    if self._made.get(key) is made:
                        del self._made[key]
                raise
        return made.result()
