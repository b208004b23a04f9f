"""Waiting for what AWS does in its own time: with a limit, and a line that says how it goes."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from rehearsal.check import RehearsalError

POLL_SECONDS = 15.0
TOLD_EVERY = 60.0  # seconds, as long as nothing new is to be told


class Clock(Protocol):
    """Time, which a test may let pass faster."""

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """This machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Look:
    """What is seen at one moment.

    Attributes:
        done: Whether it is what was waited for.
        told: It, in words.
    """

    done: bool
    told: str


class Waiting:
    """Waits, and says so.

    Args:
        clock: Of the time that passes.
        say: Gets lines for the person.
    """

    def __init__(self, clock: Clock, say: Callable[[str], object]) -> None:
        self.clock, self.say = clock, say

    def until(self, what: str, look: Callable[[], Look], *, minutes: float) -> Look:
        """
        Args:
            what: Is waited for, in words.
            look: What is seen at present.
            minutes: How long at most.

        Raises:
            RehearsalError: it did not come.
        """
        last = self._watch(f"waiting for {what}", look, minutes)
        if not last.done:
            raise RehearsalError(f"waited {minutes:g} minutes in vain for {what}: {last.told}")
        return last

    def watch(self, what: str, look: Callable[[], Look], *, minutes: float) -> Look:
        """The same for something that is not to happen: the last of what was seen, done or not."""
        return self._watch(f"watching {what}", look, minutes)

    def _watch(self, what: str, look: Callable[[], Look], minutes: float) -> Look:
        began, told, told_at = self.clock.now(), "", None
        while True:
            now = look()
            passed = (self.clock.now() - began).total_seconds()
            if now.told != told or told_at is None or passed - told_at >= TOLD_EVERY:
                self.say(f"  {passed / 60:4.1f} of at most {minutes:g} min, {what}: {now.told}")
                told, told_at = now.told, passed
            if now.done or passed >= minutes * 60:
                return now
            self.clock.sleep(POLL_SECONDS)
