"""CloudWatch's alarms and Application Auto Scaling, as they are documented: from the queue's metrics to a target.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data
https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from capacity.policy import MINUTE, Alarm, Policy, StepScaling

LOOKED_BACK = 2  # minutes, besides those that an alarm counts, in which it looks for values when the newest are missing


@dataclass(frozen=True)
class Sample:
    """The queue in one minute.

    Attributes:
        waiting: Messages visible.
        in_flight: Messages that workers have; None where SQS does not report it.
    """

    waiting: int
    in_flight: int | None


def breach(alarm: Alarm, minute: int, samples: Mapping[int, Sample]) -> float | None:
    """The largest of the values for which the alarm is on at the end of a minute; None when it is off.

    Args:
        alarm: The alarm.
        minute: Number of the minute that has ended.
        samples: Those published so far, by minute; an alarm makes do with older ones when the newest are late.
    """
    known = [samples[each] for each in range(minute, minute - alarm.periods - LOOKED_BACK, -1) if each in samples]
    found = [alarm.metric({"waiting": each.waiting, "in_flight": each.in_flight}) for each in known]
    values = [value for value in found if value is not None][: alarm.periods]
    if len(values) < alarm.periods or min(values) < alarm.threshold:  # what is missing counts as not breaching
        return None
    return max(values)


class Autoscaler:
    """Moves the fleet's target once a minute.

    Where the documentation leaves a choice, this takes the one that moves the target more: growing does not keep
    shrinking from happening.

    Args:
        policy: Alarms, steps and bounds.
    """

    def __init__(self, policy: Policy) -> None:
        self.target = policy.lowest
        self._policy = policy
        self._grew_until = self._shrank_until = float("-inf")
        self._added = 0  # by growing, since its present cooldown began

    def look(self, minute: int, samples: Mapping[int, Sample]) -> int:
        """The target after a minute, for the samples published so far.  Minutes must be given one after the other."""
        up, down, now = self._policy.up, self._policy.down, minute * MINUTE
        if (value := breach(up.alarm, minute, samples)) is not None:
            self._grow(up.scaling, value, now)
        if (value := breach(down.alarm, minute, samples)) is not None:
            self._shrink(down.scaling, value, now)
        return self.target

    def _grow(self, scaling: StepScaling, value: float, now: float) -> None:
        if now >= self._grew_until:
            self._added = 0
        # Within a cooldown a larger step adds only what it has more than those before.
        adjustment = scaling.adjustment(value) or 0
        wanted = self._bounded(self.target + adjustment - self._added)
        if wanted > self.target:
            self.target, self._added = wanted, adjustment
            self._grew_until = now + scaling.cooldown_seconds
            self._shrank_until = float("-inf")  # growing ends the cooldown of shrinking

    def _shrink(self, scaling: StepScaling, value: float, now: float) -> None:
        wanted = scaling.adjustment(value)
        if wanted is None or now < self._shrank_until or self._bounded(wanted) == self.target:
            return
        self.target = self._bounded(wanted)
        self._shrank_until = now + scaling.cooldown_seconds

    def _bounded(self, target: int) -> int:
        return min(max(target, self._policy.lowest), self._policy.highest)
