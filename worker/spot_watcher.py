"""Looking out for what ends a worker from outside: notices from EC2, and the end of its allotted life."""

import threading
import time

from fleet.events import Emit
from worker.events import Noticed
from worker.instance_metadata import Metadata, Notice
from worker.shutdown import Shutdown, after_notice

# AWS recommends five: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
LOOK_SECONDS = 0.8  # it asks nobody but this machine; so a notice is heeded within a second


class SpotWatcher:
    """Asks for a shutdown, from a thread, while the ``with`` block lasts.

    Args:
        metadata: Where notices come from; None off EC2.
        max_life_seconds: After so long the worker finishes what it has begun and leaves; None lets it live on.
        shutdown: Is told.
        emit: Is told as well.
    """

    def __init__(
        self, metadata: Metadata | None, max_life_seconds: float | None, shutdown: Shutdown, emit: Emit
    ) -> None:
        self._metadata = metadata
        self._ends = None if max_life_seconds is None else time.monotonic() + max_life_seconds
        self._shutdown = shutdown
        self._emit = emit
        self._passed_on: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, name="watch", daemon=True)

    def __enter__(self) -> "SpotWatcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _keep_looking(self) -> None:
        while not self._over.is_set():
            notice = self._metadata.notice() if self._metadata else None
            if notice:
                self._pass_on(notice)
            if self._ends is not None and time.monotonic() >= self._ends:
                self._pass_on(Notice("the end of its life has come", seconds_left=None))
            self._over.wait(LOOK_SECONDS)

    def _pass_on(self, notice: Notice) -> None:
        if notice.reason in self._passed_on:  # what the time allows was decided when it came
            return
        self._passed_on.add(notice.reason)
        self._shutdown.request(after_notice(notice, time.monotonic()))
        self._emit(Noticed(reason=notice.reason, seconds_left=notice.seconds_left))
