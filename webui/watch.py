"""What takes its time to find out: pages show what was found last, and a thread looks again when that is old."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, TypeVar

from fleet.errors import FleetError

T = TypeVar("T")

FRESH_SECONDS = 30.0
FAULT = "this is a fault of the web UI: where it was started, its log says more"

log = logging.getLogger(__name__)


class Watch(Generic[T]):
    """Knows what was found last, and looks again where somebody wants to know and that is old.

    Args:
        look: Gives what there is, and may take its time.
        nothing: What is known before the first look.
        fresh_seconds: For so long it does not look again.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        look: Callable[[], T],
        nothing: T,
        *,
        fresh_seconds: float = FRESH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look, self._clock, self._fresh_seconds = look, clock, fresh_seconds
        self._found = self._nothing = nothing
        self._forgotten = 0  # so many times
        self._at: datetime | None = None
        self._trouble = ""
        self._fresh_until = float("-inf")
        self._looking = False
        self._lock = threading.Lock()

    def known(self) -> T:
        """At once."""
        with self._lock:
            if not self._looking and self._clock() >= self._fresh_until:
                self._looking = True
                threading.Thread(target=self._refresh, name="watch", daemon=True).start()
            return self._found

    @property
    def trouble(self) -> str:
        """Why the last look found nothing out; empty where it did."""
        with self._lock:
            return self._trouble

    @property
    def at(self) -> datetime | None:
        """When it was found that is known; None where nothing was yet."""
        with self._lock:
            return self._at

    def forget(self) -> None:
        """Know nothing any more, and look again as soon as somebody wants to know."""
        with self._lock:
            self._forgotten += 1
            self._found, self._at, self._fresh_until = self._nothing, None, float("-inf")

    def _refresh(self) -> None:
        with self._lock:
            found, at, trouble, forgotten = self._found, self._at, "", self._forgotten
        until = self._clock() + self._fresh_seconds
        try:
            found, at = self._look(), datetime.now(UTC)
        except FleetError as error:
            trouble = str(error)
        except Exception:
            log.exception("what a page shows was not found out")
            trouble = FAULT
        if trouble and trouble != self._trouble:
            log.warning("%s", trouble)
        with self._lock:
            self._trouble, self._looking = trouble, False
            if forgotten == self._forgotten:
                self._found, self._at, self._fresh_until = found, at, until
