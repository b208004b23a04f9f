"""Emptying the worker fleet before an update ends it, so that no busy worker is killed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from deployment.account import DeploymentError
from fleet.errors import explained
from fleet.queue import Depth, Queue

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_ec2 import EC2Client

POLL_SECONDS = 15.0

_SCALED: Final = "ec2:spot-fleet-request:TargetCapacity"
_GROWTH: Final = "DynamicScalingOutSuspended"


@dataclass(frozen=True)
class AtWork:
    """What a fleet has to do, and with how many machines.

    Attributes:
        machines: Those that run or start.
        messages: On the work queue.
    """

    machines: int
    messages: Depth


class Fleet:
    """A worker fleet and the queue that it follows.  Every method raises DeploymentError when AWS does not obey."""

    def __init__(self, ec2: "EC2Client", scaling: "ApplicationAutoScalingClient", fleet_id: str, queue: Queue) -> None:
        self._ec2, self._scaling, self._id, self._queue = ec2, scaling, fleet_id, queue

    def at_work(self) -> AtWork:
        with explained(DeploymentError, f"look at the machines of {self._id}"):
            pages = self._ec2.get_paginator("describe_spot_fleet_instances").paginate(SpotFleetRequestId=self._id)
            machines = sum(len(page["ActiveInstances"]) for page in pages)
        return AtWork(machines, self._queue.depth())

    def hold(self) -> None:
        """Start no machine any more; those that run are left alone."""
        self._let_grow(False)
        with explained(DeploymentError, f"lower the target of {self._id}"):
            self._ec2.modify_spot_fleet_request(
                SpotFleetRequestId=self._id, TargetCapacity=0, ExcessCapacityTerminationPolicy="noTermination"
            )

    def resume(self) -> None:
        """Follow the queue again, if ``hold`` has stopped that."""
        self._let_grow(True)

    def drained(self) -> Iterator[AtWork]:
        """Wait until the last machine has left, telling now and then what there still is to do.

        Workers go on until the queue is empty, and leave when they have found nothing for the idle time-out.
        """
        while (now := self.at_work()).machines:
            yield now
            time.sleep(POLL_SECONDS)

    def _let_grow(self, grows: bool) -> None:
        name = f"spot-fleet-request/{self._id}"
        with explained(DeploymentError, f"{'resume' if grows else 'suspend'} the scaling of {self._id}"):
            targets = self._scaling.describe_scalable_targets(
                ServiceNamespace="ec2", ResourceIds=[name], ScalableDimension=_SCALED
            )["ScalableTargets"]
            # None where an update has replaced it.
            if any(target.get("SuspendedState", {}).get(_GROWTH, False) is grows for target in targets):
                self._scaling.register_scalable_target(
                    ServiceNamespace="ec2",
                    ResourceId=name,
                    ScalableDimension=_SCALED,
                    SuspendedState={_GROWTH: not grows},
                )


def refusal(now: AtWork) -> str | None:
    """Why the fleet may not be ended at once; None where it may."""
    if not now.machines:
        return None
    return (
        f"this update replaces the worker fleet, and {now.machines:,} of its machines are there, with "
        f"{now.messages.in_flight:,} messages in flight and {now.messages.visible:,} waiting; "
        "give --drain to let them finish first, or try again when they have left"
    )
