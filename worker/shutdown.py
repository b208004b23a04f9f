"""When a worker goes, and what it still finishes before."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from worker.instance_metadata import Notice

# A Spot instance is taken away two minutes after the notice.  With enough notice we are gone long before; with less,
# every second goes into handing back.
NOTICE_ENOUGH_SECONDS = 30
GONE_BEFORE_SECONDS = 20

ENDING_SECONDS = 2  # of the time that SIGTERM leaves, kept free for the process to end
HANDING_BACK_SECONDS = 3  # for the consumers to hand back what they have, however short the notice
STORING_SECONDS = 2  # kept free after the end of a simulation, to store its part and delete its message


@dataclass(frozen=True)
class ShutdownDeadline:
    """The worker claims nothing more and goes.

    Attributes:
        reason: For a person.
        by: When it must be gone, on the monotonic clock; None lets it finish what it has begun.
    """

    reason: str
    by: float | None


def after_notice(notice: Notice, now: float) -> ShutdownDeadline:
    """What a notice from EC2 means; ``now`` is on the monotonic clock."""
    left = notice.seconds_left
    if left is None:
        return ShutdownDeadline(notice.reason, by=None)
    return ShutdownDeadline(
        notice.reason, by=now + left - GONE_BEFORE_SECONDS if left >= NOTICE_ENOUGH_SECONDS else now
    )


def after_signal(name: str, stop_seconds: float, now: float) -> ShutdownDeadline:
    """What SIGTERM or SIGINT means when the process must have ended ``stop_seconds`` after it."""
    return ShutdownDeadline(f"{name} was received", by=now + stop_seconds - ENDING_SECONDS)


def more_urgent(first: ShutdownDeadline | None, second: ShutdownDeadline) -> ShutdownDeadline:
    """The one of two deadlines that leaves less time."""
    if first is None or (second.by is not None and (first.by is None or second.by < first.by)):
        return second
    return first


def finishes(deadline: ShutdownDeadline | None, remaining: float | None, now: float) -> bool:
    """Whether work that has begun is finished before the worker goes.

    Args:
        deadline: None where nobody told the worker to go.
        remaining: Seconds that the work still takes; None where that cannot be told.
        now: On the monotonic clock.
    """
    if deadline is None or deadline.by is None:
        return True
    return remaining is not None and now + remaining + STORING_SECONDS <= deadline.by


class Shutdown:
    """Whether the worker has to go; may be asked and told from any thread, and from a signal handler."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._deadline: ShutdownDeadline | None = None
        self._since = 0.0
        self._requested = threading.Event()
        self._requesting = threading.RLock()  # a signal may come while another one is taken note of

    @property
    def deadline(self) -> ShutdownDeadline | None:
        return self._deadline

    @property
    def reason(self) -> str:
        """Why it has to go; empty as long as it has not."""
        return self._deadline.reason if self._deadline else ""

    def request(self, deadline: ShutdownDeadline) -> None:
        """Take note of it, unless there is a more urgent one."""
        with self._requesting:
            if self._deadline is None:
                self._since = self._clock()
            self._deadline = more_urgent(self._deadline, deadline)
            self._requested.set()

    def pause(self, seconds: float) -> None:
        """Wait for so long, or until the worker has to go; when it has to already, for no more than a second."""
        if self._deadline is None:
            self._requested.wait(seconds)
        else:
            time.sleep(min(seconds, 1.0))

    def is_overdue(self) -> bool:
        """Whether the worker should have gone by now, and had the time to hand back what it has."""
        by = self._deadline.by if self._deadline else None
        return by is not None and self._clock() > max(by, self._since + HANDING_BACK_SECONDS)

    def finishes(self, remaining: float | None) -> bool:
        """As ``finishes``, now."""
        return finishes(self._deadline, remaining, self._clock())
