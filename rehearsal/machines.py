"""The machines of a Spot Fleet or an Auto Scaling group, and the number that is wanted of them."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from botocore.exceptions import ClientError

from deployment import spot_fleet
from fleet.errors import explained
from fleet.reasons import error_code
from rehearsal.check import RehearsalError

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef
    from mypy_boto3_ec2 import EC2Client

ENDED = {"shutting-down", "terminated", "stopping", "stopped"}

_DIMENSION: Final = "ec2:spot-fleet-request:TargetCapacity"
_ACTION = "rehearsal-lowers-the-target"
_SOON = timedelta(minutes=2)


@dataclass(frozen=True)
class Machine:
    """One that is or was there.

    Attributes:
        id: Of the instance.
        state: As EC2 names it.
        launched: When.
        reason: Why it ended, as EC2 says it.
    """

    id: str
    state: str
    launched: datetime
    reason: str = ""

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Group(Protocol):
    """Machines that AWS keeps as many of as are wanted.  Every method raises FleetError if AWS does not obey.

    Attributes:
        id: As AWS names it.
    """

    @property
    def id(self) -> str: ...

    def target(self) -> int:
        """How many are wanted."""
        ...

    def set_target(self, number: int) -> None:
        """Want so many; none is ended by that."""
        ...

    def machines(self) -> list[Machine]:
        """Those that are there."""
        ...

    def lowered(self, number: int, now: datetime) -> AbstractContextManager[None]:
        """A context in which AWS's own scaling lowers the target to so many, in a moment."""
        ...


def look_up(ec2: "EC2Client", ids: Collection[str]) -> list[Machine]:
    """What EC2 knows of machines, those that ended minutes ago among them.

    Raises:
        RehearsalError
    """
    if not ids:
        return []
    with explained(RehearsalError, "look at machines"):
        pages = ec2.get_paginator("describe_instances").paginate(
            Filters=[{"Name": "instance-id", "Values": sorted(ids)}]
        )
        return [
            Machine(
                each["InstanceId"],
                each["State"]["Name"],
                each["LaunchTime"],
                each.get("StateReason", {}).get("Code", "") or each.get("StateTransitionReason", ""),
            )
            for page in pages
            for reservation in page["Reservations"]
            for each in reservation["Instances"]
        ]


def notices(ec2: "EC2Client", ids: Collection[str]) -> dict[str, str]:
    """What EC2 says of the Spot requests of machines that it takes away or has taken away.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html

    Raises:
        RehearsalError
    """
    if not ids:
        return {}
    with explained(RehearsalError, "look at the notices of machines"):
        pages = ec2.get_paginator("describe_spot_instance_requests").paginate(
            Filters=[{"Name": "instance-id", "Values": sorted(ids)}]
        )
        codes = {
            each.get("InstanceId", ""): each.get("Status", {}).get("Code", "")
            for page in pages
            for each in page["SpotInstanceRequests"]
        }
    return {machine: code for machine, code in codes.items() if code.startswith(("marked-for", "instance-terminated"))}


class SpotFleet(spot_fleet.SpotFleet):
    """A Spot Fleet request that Application Auto Scaling scales, or nobody."""

    def __init__(self, ec2: "EC2Client", scaling: "ApplicationAutoScalingClient", fleet_id: str) -> None:
        super().__init__(ec2, fleet_id)
        self._scaling = scaling

    def target(self) -> int:
        if (target := super().target()) is None:
            raise RehearsalError(f"there is no Spot Fleet {self.id}")
        return target

    def machines(self) -> list[Machine]:
        return [machine for machine in look_up(self._ec2, self.instance_ids()) if not machine.ended]

    @contextmanager
    def lowered(self, number: int, now: datetime) -> Iterator[None]:
        """By a scheduled action of Application Auto Scaling, which brings the target down to a new maximum.

        https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-policy-overview.html
        """
        resource = f"spot-fleet-request/{self.id}"
        with explained(RehearsalError, f"have the target of {self.id} lowered"):
            targets = self._scaling.describe_scalable_targets(
                ServiceNamespace="ec2", ResourceIds=[resource], ScalableDimension=_DIMENSION
            )["ScalableTargets"]
            if not targets:
                raise RehearsalError(f"nothing scales {self.id}: it is no scalable target")
            before = targets[0]
            self._scaling.put_scheduled_action(
                ServiceNamespace="ec2",
                ResourceId=resource,
                ScalableDimension=_DIMENSION,
                ScheduledActionName=_ACTION,
                Schedule=f"at({now + _SOON:%Y-%m-%dT%H:%M:%S})",
                ScalableTargetAction={"MinCapacity": 0, "MaxCapacity": number},
            )
        try:
            yield
        finally:
            with explained(RehearsalError, f"let {self.id} grow again"):
                try:
                    self._scaling.delete_scheduled_action(
                        ServiceNamespace="ec2",
                        ResourceId=resource,
                        ScalableDimension=_DIMENSION,
                        ScheduledActionName=_ACTION,
                    )
                except ClientError as error:
                    if error_code(error) != "ObjectNotFoundException":  # it happened, and is forgotten
                        raise
                self._scaling.register_scalable_target(
                    ServiceNamespace="ec2",
                    ResourceId=resource,
                    ScalableDimension=_DIMENSION,
                    MinCapacity=before["MinCapacity"],
                    MaxCapacity=before["MaxCapacity"],
                )


class AutoScalingGroup:
    """A group of EC2 Auto Scaling."""

    def __init__(self, ec2: "EC2Client", autoscaling: "AutoScalingClient", name: str) -> None:
        self.id = name
        self._ec2, self._autoscaling = ec2, autoscaling

    def target(self) -> int:
        return self._described()["DesiredCapacity"]

    def set_target(self, number: int) -> None:
        with explained(RehearsalError, f"set the desired capacity of {self.id}"):
            self._autoscaling.set_desired_capacity(
                AutoScalingGroupName=self.id, DesiredCapacity=number, HonorCooldown=False
            )

    def machines(self) -> list[Machine]:
        ids = [each["InstanceId"] for each in self._described()["Instances"]]
        return [machine for machine in look_up(self._ec2, ids) if not machine.ended]

    @contextmanager
    def lowered(self, number: int, now: datetime) -> Iterator[None]:
        """The desired capacity itself: no alarm of ours lowers it, but a person may."""
        before = self.target()
        self.set_target(number)
        try:
            yield
        finally:
            self.set_target(min(before, len(self.machines())))

    def _described(self) -> "AutoScalingGroupTypeDef":
        with explained(RehearsalError, f"look at the Auto Scaling group {self.id}"):
            found = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.id])
        if not found["AutoScalingGroups"]:
            raise RehearsalError(f"there is no Auto Scaling group {self.id}")
        return found["AutoScalingGroups"][0]
