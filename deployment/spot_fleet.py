"""A Spot Fleet in an account: its machines, its target, and whether it follows the queue."""

from typing import TYPE_CHECKING, Final

from deployment.account import DeploymentError
from deployment.draining import AtWork
from fleet.errors import explained
from fleet.queue import Queue

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_ec2 import EC2Client

_SCALED: Final = "ec2:spot-fleet-request:TargetCapacity"
_GROWTH: Final = "DynamicScalingOutSuspended"


class SpotFleet:
    """One Spot Fleet.  Every method raises DeploymentError when AWS does not obey."""

    def __init__(self, ec2: "EC2Client", fleet_id: str) -> None:
        self.id = fleet_id
        self._ec2 = ec2

    def instance_ids(self) -> list[str]:
        """Of the machines that run or start."""
        with explained(DeploymentError, f"look at the machines of {self.id}"):
            pages = self._ec2.get_paginator("describe_spot_fleet_instances").paginate(SpotFleetRequestId=self.id)
            return [each["InstanceId"] for page in pages for each in page["ActiveInstances"] if "InstanceId" in each]

    def target(self) -> int | None:
        """How many machines it is to have; None where it is gone."""
        with explained(DeploymentError, f"look at the target of {self.id}"):
            found = self._ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[self.id])["SpotFleetRequestConfigs"]
        return found[0]["SpotFleetRequestConfig"].get("TargetCapacity") if found else None

    def set_target(self, machines: int) -> None:
        """Machines that exceed it are left alone."""
        with explained(DeploymentError, f"set the target of {self.id} to {machines}"):
            self._ec2.modify_spot_fleet_request(
                SpotFleetRequestId=self.id, TargetCapacity=machines, ExcessCapacityTerminationPolicy="noTermination"
            )


class WorkerFleet(SpotFleet):
    """That of the workers, with the queue that it follows."""

    def __init__(self, ec2: "EC2Client", scaling: "ApplicationAutoScalingClient", fleet_id: str, queue: Queue) -> None:
        super().__init__(ec2, fleet_id)
        self._scaling, self._queue = scaling, queue

    def at_work(self) -> AtWork:
        return AtWork(len(self.instance_ids()), self._queue.depth())

    def hold(self) -> None:
        """Start no machine any more; those that run are left alone."""
        self._let_grow(False)
        self.set_target(0)

    def resume(self) -> None:
        """Follow the queue again, if ``hold`` has stopped that."""
        self._let_grow(True)

    def restore(self, target: int) -> int | None:
        """Put the target back where an update has lowered it below what is busy.

        Workers that leave lower it too, but never below the number of messages in flight, and each that is busy has
        one at least.

        Args:
            target: That it had before.

        Returns:
            What it was found at, if that was too low.
        """
        found, busy = self.target(), self._queue.depth().in_flight
        wanted = min(target, busy)
        if found is None or found >= wanted:
            return None
        self.set_target(wanted)
        return found

    def _let_grow(self, grows: bool) -> None:
        name = f"spot-fleet-request/{self.id}"
        with explained(DeploymentError, f"{'resume' if grows else 'suspend'} the scaling of {self.id}"):
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
