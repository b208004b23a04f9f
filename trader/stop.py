"""Whether a trader has to end; may be asked and told from any thread, and from a signal handler."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stop:
    """
    Attributes:
        reason: Why it has to end; empty as long as it has not.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._requested = threading.Event()

    def __bool__(self) -> bool:
        return self._requested.is_set()

    def request(self, reason: str) -> None:
        """Take note of it; the first reason counts."""
        self.reason = self.reason or reason
        self._requested.set()

    def pause(self, seconds: float) -> None:
        """Wait for so long, or until the trader has to end."""
        self._requested.wait(seconds)


@contextmanager
def stopped_by_signals(stop: Stop, tell: Callable[[str], object] = lambda _: None) -> Iterator[None]:
    """Have SIGTERM and Ctrl-C request an orderly end while the block lasts; of the main thread.

    Args:
        stop: Is requested.
        tell: Hears which signal came.
    """

    def leave(number: int, _: object) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)  # another one asks for nothing more
        reason = f"{signal.Signals(number).name} was received"
        stop.request(reason)
        tell(reason)

    signals = signal.SIGTERM, signal.SIGINT
    before = [signal.signal(each, leave) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
