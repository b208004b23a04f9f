"""Whether a trader has to end; may be asked and told from any thread, and from a signal handler."""

import threading


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
