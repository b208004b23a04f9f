"""What moves the number of machines: step scaling on alarms, as it is documented, and workers that leave.

https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
"""

from collections.abc import Callable
from dataclasses import dataclass

from capacity.alarms import MINUTE, Samples, breach
from capacity.assumptions import World
from capacity.policy import Leaving, Policy, Rule

There = Callable[[float], int]
"""How many machines have been there for at least so many seconds."""


@dataclass
class _Growth:
    """What a policy has added since its present cooldown began, and when that ends."""

    added: int = 0
    until: float = float("-inf")


class Autoscaler:
    """The target of a Spot Fleet, or the desired capacity of a group.

    Args:
        policy: Alarms, steps and bounds.
        world: What AWS does where its pages do not say.

    Attributes:
        target: Machines that are wanted.
        fell: Whether an alarm has lowered it in the last minute that was looked at.
    """

    def __init__(self, policy: Policy, world: World | None = None) -> None:
        self.target = policy.lowest
        self.fell = False
        self._policy, self._world = policy, world or World()
        self._growing = [(rule, _Growth()) for rule in (policy.up, policy.retry)]

    def look(self, minute: int, samples: Samples, there: There) -> int:
        """The target after a minute, for the samples published so far.  Minutes must be given one after the other."""
        before = self.target
        for rule, growth in self._growing:
            self._grow(rule, growth, minute, samples, there)
        for rule in self._policy.down:
            self._lower(rule, minute, samples)
        self.fell = self.target < before
        return self.target

    def leave(self, workers: int, in_flight: int) -> None:
        """So many workers leave by their own will, while so many messages are in flight."""
        if not workers:
            return
        match self._policy.leaving:
            case Leaving.TO_IN_FLIGHT:
                self.target = max(min(self.target, in_flight), self._policy.lowest)
            case Leaving.ONE_EACH:
                self.target = max(self.target - workers, self._policy.lowest)

    def _grow(self, rule: Rule, growth: "_Growth", minute: int, samples: Samples, there: There) -> None:
        scaling = rule.scaling
        on = breach(rule.alarm, minute, samples, empty_is_zero=self._world.empty_is_zero)
        adjustment = scaling.adjustment(on.value) if on and on.value is not None else None
        if adjustment is None:
            return
        if scaling.warms_up:  # machines that are new do not count, and nothing that is wanted already is taken back
            self.target = max(self.target, self._bounded(there(scaling.cooldown_seconds) + adjustment))
            return
        now = minute * MINUTE
        if now >= growth.until:
            growth.added = 0
        # Within a cooldown a larger step adds only what it has more than those before.
        more = adjustment - growth.added
        base = there(0) if self._policy.on_fleet and self._world.counts_from_fulfilled else self.target
        wanted = self._bounded(base + more)
        if more > 0 and wanted != self.target:
            if wanted > self.target:
                growth.added, growth.until = adjustment, now + scaling.cooldown_seconds
            self.target = wanted

    def _lower(self, rule: Rule, minute: int, samples: Samples) -> None:
        on = breach(rule.alarm, minute, samples, empty_is_zero=self._world.empty_is_zero)
        if on is None or (on.value is None and not self._world.acts_without_values):
            return
        wanted = rule.scaling.adjustment(rule.alarm.threshold if on.value is None else on.value)
        if wanted is not None:
            self.target = self._bounded(wanted)

    def _bounded(self, target: int) -> int:
        return min(max(target, self._policy.lowest), self._policy.highest)
