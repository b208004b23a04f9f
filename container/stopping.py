"""Being told to stop: SIGTERM, after which SageMaker leaves 120 seconds, or Ctrl-C.

The signal raises ``Stopped`` in the main thread, which ends what is being done and cleans up behind it.  Where that is
not heard in time, because a library is deep in its own code, a thread that waits for the signal, too, ends the process.
"""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

PATIENCE = 20.0  # seconds

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """This process was told to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def name(self) -> str:
        """Of the signal."""
        return signal.Signals(self.number).name

    @property
    def status(self) -> int:
        """The exit code that says so: 143 of SIGTERM, 130 of Ctrl-C."""
        return 128 + self.number


class Stopping:
    """Listens for the signals from now on; for the main thread, once in a process.

    Args:
        last_words: Said by the thread that ends the process where nothing else has.
        patience: Seconds until it does.
    """

    def __init__(self, last_words: Callable[[Stopped], object], patience: float = PATIENCE) -> None:
        self._last_words = last_words
        self._patience = patience
        self._stopped: Stopped | None = None
        self._over = threading.Event()
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)  # in C, so that it works while Python does not
        threading.Thread(target=self._wait, args=(read_end,), daemon=True).start()
        for number in _SIGNALS:
            signal.signal(number, self._hear)

    def look(self) -> None:
        """
        Raises:
            Stopped: it was told to stop, and what that has raised was swallowed.
        """
        if self._stopped:
            raise self._stopped

    def enough(self) -> None:
        """From now on what is left is done in a moment, and stopping would only lose it."""
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self._over.set()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._stopped is None:  # a second one would disturb the cleaning up
            self._stopped = Stopped(number)
            raise self._stopped

    def _wait(self, read_end: int) -> None:
        number = os.read(read_end, 1)[0]
        if not self._over.wait(self._patience):
            stopped = Stopped(number)
            with suppress(Exception):
                self._last_words(stopped)
            os._exit(stopped.status)
