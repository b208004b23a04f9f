"""Hearing soon that a job is not wanted any more, without work having to wait for the bucket."""

import threading
from collections.abc import Callable

from fleet.errors import BucketError
from fleet.events import Emit
from worker.events import Troubled

# A worker leaves a cancelled job within a second: a look takes time, too.
LOOK_SECONDS = 0.8


class CancellationWatch:
    """Looks from a thread, at once and again and again, while the ``with`` block lasts.

    Args:
        is_cancelled: Asks the bucket.
        emit: Hears of trouble.

    Attributes:
        cancelled: Whether it was seen that the job is cancelled.
    """

    def __init__(self, is_cancelled: Callable[[], bool], emit: Emit) -> None:
        self.cancelled = False
        self._is_cancelled = is_cancelled
        self._emit = emit
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, name="cancellation", daemon=True)

    def __enter__(self) -> "CancellationWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()  # a look that is under way may take as long as it likes

    def _keep_looking(self) -> None:
        while not (self._over.is_set() or self.cancelled):
            try:
                self.cancelled = self._is_cancelled()
            except BucketError as error:
                if not self._over.is_set():
                    self._emit(Troubled(reason=str(error), pause_seconds=LOOK_SECONDS))
            self._over.wait(LOOK_SECONDS)
