"""The stack that is rehearsed with, and all that a check may do to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol

from deployment.account import Account
from fleet.bucket import Bucket
from fleet.queue import Queue
from rehearsal.alarms import Alarms
from rehearsal.check import RehearsalError
from rehearsal.machines import AutoScalingGroup, Group, Machine, SpotFleet
from rehearsal.waiting import Waiting
from rehearsal.work import Work

SPOT_FLEET, AUTO_SCALING_GROUP = "SpotFleet", "AutoScalingGroup"
VARIANTS = (SPOT_FLEET, AUTO_SCALING_GROUP)

MACHINES = 3
DOLLARS_PER_HOUR = 0.3
"""Of all workers together; three machines of two processors cost half of that as a rule."""


class Operations(Protocol):
    """What a person would do to the stack at the command line.  Every method raises RehearsalError where it fails."""

    def deploy(self, parameters: Mapping[str, str]) -> None:
        """``spotmc deploy``: make the stack, or change it; workers finish first."""
        ...

    def update(self, parameters: Mapping[str, str]) -> None:
        """Change it by CloudFormation alone, as from the console."""
        ...

    def outputs(self) -> Mapping[str, str]:
        """Of the stack as it is now."""
        ...

    def artefacts(self) -> tuple[str, str]:
        """Bucket and folder that machines fetch their program from."""
        ...

    def troubles(self) -> list[str]:
        """What ``spotmc stack`` says is wrong, and what to do about it."""
        ...

    def destroy(self) -> None:
        """``spotmc destroy``."""
        ...

    def left(self) -> list[str]:
        """What is still there by the word of its own service, such as "instance i-1"."""
        ...

    def listed(self) -> list[str]:
        """What else AWS's tagging service still lists, perhaps only for a while."""
        ...


@dataclass(frozen=True)
class Sighting:
    """From when until when a machine was seen."""

    since: datetime
    until: datetime

    @property
    def hours(self) -> float:
        return (self.until - self.since).total_seconds() / 3600


@dataclass
class Site:
    """Where a rehearsal takes place.

    Attributes:
        account: Of AWS.
        name: Of the stack.
        workers_on: One of VARIANTS.
        operations: What a person would do.
        waiting: How to wait.
        interruption_role: ARN of the role that AWS's fault injection takes on; empty for none.
        seen: Workers that there were, and until when they were seen.
    """

    account: Account
    name: str
    workers_on: str
    operations: Operations
    waiting: Waiting
    interruption_role: str = ""
    seen: dict[str, Sighting] = field(default_factory=dict)

    @property
    def workers(self) -> Group:
        """The fleet of workers; after an update it may be another one."""
        if self.workers_on == AUTO_SCALING_GROUP:
            return AutoScalingGroup(self.account.ec2, self.account.autoscaling, self._output("WorkerGroup"))
        return SpotFleet(self.account.ec2, self.account.scaling, self._output("WorkerFleet"))

    @property
    def workstation(self) -> Group:
        return SpotFleet(self.account.ec2, self.account.scaling, self._output("WorkstationFleet"))

    @cached_property
    def work(self) -> Work:
        queue = Queue(self.account.sqs, self._output("WorkQueueUrl"))
        return Work(queue, Bucket(self.account.s3, self._output("BucketName")))

    @cached_property
    def alarms(self) -> Alarms:
        return Alarms(self.account.cloudwatch, self.name)

    def machines(self) -> list[Machine]:
        """The workers that are there; they are remembered, because they cost money."""
        found, now = self.workers.machines(), self.waiting.clock.now()
        for machine in found:
            known = self.seen.get(machine.id)
            self.seen[machine.id] = Sighting(known.since if known else now, now)
        return found

    @property
    def machine_hours(self) -> float:
        """For which workers were seen, all together."""
        return sum(sighting.hours for sighting in self.seen.values())

    def _output(self, name: str) -> str:
        value = self.operations.outputs().get(name)
        if not value:
            raise RehearsalError(f"the stack {self.name} has no output {name}; `spotmc deploy` would make it anew")
        return value
