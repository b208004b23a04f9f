"""What CloudWatch knows of the queue and the machines, and when: with the gaps and delays that its metrics have."""

from collections import defaultdict

import numpy as np

from capacity.alarms import MINUTE, Samples
from capacity.assumptions import Assumptions

OF_THE_QUEUE = ("waiting", "in_flight", "received", "empty")
COUNTED_MINUTES = 60  # a machine puts one value for each of the minutes to come when its boot has ended
KEPT_MINUTES = 60  # of what is published, more than any alarm looks back


class Metrics:
    """Published late, each on its own, and some never.

    Args:
        assumptions: How late, and how many.
        first_job: When the queue wakes, in seconds.
        on_fleet: Whether it is a Spot Fleet that tells how many machines run, and not a group.
    """

    def __init__(self, assumptions: Assumptions, first_job: float, *, on_fleet: bool) -> None:
        self._conditions, world = assumptions, assumptions.world
        self._every = world.fleet_metric_minutes if on_fleet else 1
        self._silent_at_zero = on_fleet and not world.empty_is_zero
        self._awake_at = first_job + assumptions.asleep_minutes * MINUTE
        self._random = np.random.default_rng([assumptions.seed, 1])
        self._coming: list[tuple[float, int, str, float]] = []
        self._published: dict[int, dict[str, float | None]] = defaultdict(dict)

    def boots(self, now: float, booted: int, failed: int) -> None:
        """So many boots have ended, each counted in the minutes to come."""
        for name, number in (("booted", booted), ("failed", failed)):
            if number:
                first = int(now // MINUTE) + 1
                for minute in range(first, first + COUNTED_MINUTES):
                    self._published[minute][name] = (self._published[minute].get(name) or 0) + number

    def publish(self, now: int, values: dict[str, float]) -> None:
        """What was so in the minute that has ended."""
        minute = now // MINUTE
        lost = self._random.random() < self._conditions.lost
        # SQS reports messages in flight only while there are some.
        unreported = {"in_flight"} if not values["in_flight"] else set()
        if now < self._awake_at or lost:
            unreported |= set(OF_THE_QUEUE)
        if minute % self._every or (self._silent_at_zero and not values["running"]):
            unreported.add("running")
        if now >= self._awake_at:  # the workstation counts no boot each minute, so that there is a number
            for name in ("booted", "failed"):
                self._published[minute].setdefault(name, 0.0)
        for name, value in values.items():
            late = self._random.integers(1, 4) * MINUTE if self._random.random() < self._conditions.late else 0
            if name not in unreported:
                self._coming.append((now + self._conditions.metric_seconds + late, minute, name, value))

    def published(self, now: int) -> Samples:
        """Those known by now, by minute."""
        for at, minute, name, value in self._coming:
            if at <= now:
                self._published[minute][name] = value
        self._coming = [each for each in self._coming if each[0] > now]
        self._published.pop(now // MINUTE - KEPT_MINUTES, None)
        return self._published
