"""Emptying the workers' fleet before an update ends it, so that no busy worker is killed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from fleet.queue import Depth

POLL_SECONDS = 15.0


@dataclass(frozen=True)
class AtWork:
    """What a fleet has to do, and with how many machines.

    Attributes:
        machines: Those that run or start.
        messages: On the work queue.
    """

    machines: int
    messages: Depth


class Workers(Protocol):
    """A Spot Fleet or an Auto Scaling group, and the queue that it follows.

    Every method raises DeploymentError when AWS does not obey.
    """

    def at_work(self) -> AtWork: ...

    def instance_ids(self) -> list[str]:
        """Of the machines that run or start."""

    def hold(self) -> None:
        """Start no machine any more; those that run are left alone."""

    def resume(self) -> None:
        """Follow the queue again, if ``hold`` has stopped that."""


def drained(workers: Workers) -> Iterator[AtWork]:
    """Wait until the last machine has left, telling now and then what there still is to do.

    Workers go on until the queue is empty, and leave when they have found nothing for the idle time-out.
    """
    while (now := workers.at_work()).machines:
        yield now
        time.sleep(POLL_SECONDS)


def refusal(now: AtWork) -> str | None:
    """Why the fleet may not be ended at once; None where it may."""
    if not now.machines:
        return None
    return (
        f"this update replaces the worker fleet, and {now.machines:,} of its machines are there, with "
        f"{now.messages.in_flight:,} messages in flight and {now.messages.visible:,} waiting; "
        "give --drain to let them finish first, or try again when they have left"
    )
