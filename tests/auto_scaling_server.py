"""EC2 Auto Scaling over HTTP, as its documentation describes groups: protection, suspended processes, lifecycle hooks.

Machines start and end with each look at the group; what moto's groups do not do, such as obey a protection from
scale-in or wait for a hook, is what a deletion has to deal with.
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/Welcome.html
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name

from tests.query_api import QueryServer, RefusedError

WAITING = "Terminating:Wait"


@dataclass
class Machine:
    """One of a group's.

    Attributes:
        listed: How often it is still listed as waiting for a hook that has let it go.
    """

    id: str
    state: str = "InService"
    protected: bool = True
    let_go: bool = False
    listed: int = 0


@dataclass
class Group:
    """An Auto Scaling group whose terminating machines wait for a hook.

    Attributes:
        follows: What it is tagged with as the stack that it belongs to.
        activities: What it did, the newest first.
    """

    name: str
    follows: str
    desired: int = 0
    most: int = 10
    machines: list[Machine] = field(default_factory=list)
    suspended: set[str] = field(default_factory=set)
    activities: list[dict[str, Any]] = field(default_factory=list)

    def look(self) -> None:
        """What happens until somebody looks again."""
        self.machines = [each for each in self.machines if not each.let_go or each.listed]
        for machine in self.machines:
            machine.listed -= machine.let_go
        while len(self.machines) < self.desired and "Launch" not in self.suspended:
            self.machines.append(Machine(f"i-{len(self.machines):017x}"))
        excess = len([each for each in self.machines if each.state == "InService"]) - self.desired
        for machine in [each for each in self.machines if not each.protected][: max(0, excess)]:
            machine.state = WAITING

    def fail(self, message: str) -> None:
        """A machine could not be launched."""
        self.activities.insert(
            0,
            {
                "ActivityId": f"{len(self.activities):08x}",
                "AutoScalingGroupName": self.name,
                "Description": "Launching a new EC2 instance.  Status Reason: " + message,
                "Cause": "an instance was started in response to a difference between desired and actual capacity",
                "StartTime": datetime.now(UTC),
                "StatusCode": "Failed",
                "StatusMessage": message,
            },
        )


class AutoScalingServer(QueryServer):
    """An account's groups.

    Attributes:
        groups: By name.
        requests: Actions in the order of the requests.
    """

    def __init__(self) -> None:
        super().__init__(self._dispatch)
        self.groups: dict[str, Group] = {}
        self.requests: list[str] = []

    def _dispatch(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(action)
        answer = getattr(self, f"_{xform_name(action)}")(**{xform_name(name): value for name, value in request.items()})
        return answer or {}

    def _describe_auto_scaling_groups(
        self,
        *,
        auto_scaling_group_names: list[str] | None = None,
        filters: list[dict[str, Any]] | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        wanted = [value for each in filters or [] for value in each["Values"]]
        groups = [
            group
            for group in self.groups.values()
            if (not auto_scaling_group_names or group.name in auto_scaling_group_names)
            and (not wanted or group.follows in wanted)
        ]
        for group in groups:
            group.look()
        return {"AutoScalingGroups": [_shown(group) for group in groups]}

    def _update_auto_scaling_group(
        self, *, auto_scaling_group_name: str, max_size: str, desired_capacity: str, **_: Any
    ) -> None:
        group = self._find(auto_scaling_group_name)
        group.most, group.desired = int(max_size), int(desired_capacity)

    def _set_desired_capacity(self, *, auto_scaling_group_name: str, desired_capacity: str) -> None:
        self._find(auto_scaling_group_name).desired = int(desired_capacity)

    def _suspend_processes(self, *, auto_scaling_group_name: str, scaling_processes: list[str]) -> None:
        self._find(auto_scaling_group_name).suspended |= set(scaling_processes)

    def _resume_processes(self, *, auto_scaling_group_name: str, scaling_processes: list[str]) -> None:
        self._find(auto_scaling_group_name).suspended -= set(scaling_processes)

    def _terminate_instance_in_auto_scaling_group(
        self, *, instance_id: str, should_decrement_desired_capacity: str
    ) -> dict[str, Any]:
        for group in self.groups.values():
            for machine in group.machines:
                if machine.id == instance_id:
                    machine.state = WAITING
                    group.desired -= should_decrement_desired_capacity == "true"
                    return {}
        raise RefusedError("ValidationError", f"Instance Id not found - No managed instance found for {instance_id}")

    def _describe_lifecycle_hooks(self, *, auto_scaling_group_name: str) -> dict[str, Any]:
        transition = "autoscaling:EC2_INSTANCE_TERMINATING"
        hook = {"LifecycleHookName": "hand-back", "LifecycleTransition": transition}
        return {"LifecycleHooks": [{**hook, "AutoScalingGroupName": auto_scaling_group_name}]}

    def _complete_lifecycle_action(
        self, *, auto_scaling_group_name: str, instance_id: str, lifecycle_hook_name: str, lifecycle_action_result: str
    ) -> None:
        assert (lifecycle_hook_name, lifecycle_action_result) == ("hand-back", "CONTINUE")
        for machine in self._find(auto_scaling_group_name).machines:
            if machine.id == instance_id and machine.state == WAITING and not machine.let_go:
                machine.let_go = True
                return
        raise RefusedError("ValidationError", f"No active Lifecycle Action found with instance ID {instance_id}")

    def _describe_scaling_activities(self, *, auto_scaling_group_name: str, **_: Any) -> dict[str, Any]:
        return {"Activities": self._find(auto_scaling_group_name).activities}

    def _delete_auto_scaling_group(self, *, auto_scaling_group_name: str, force_delete: str = "false") -> None:
        if self._find(auto_scaling_group_name).machines and force_delete != "true":
            raise RefusedError("ResourceInUse", "You cannot delete an AutoScalingGroup while there are instances")
        del self.groups[auto_scaling_group_name]

    def _find(self, name: str) -> Group:
        if name not in self.groups:
            raise RefusedError("ValidationError", f"AutoScalingGroup name not found - {name}")
        return self.groups[name]


def _shown(group: Group) -> dict[str, Any]:
    return {
        "AutoScalingGroupName": group.name,
        "MinSize": 0,
        "MaxSize": group.most,
        "DesiredCapacity": group.desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": ["us-east-1a"],
        "HealthCheckType": "EC2",
        "CreatedTime": datetime(2026, 11, 21, tzinfo=UTC),
        "Instances": [
            {
                "InstanceId": each.id,
                "AvailabilityZone": "us-east-1a",
                "LifecycleState": each.state,
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": each.protected,
            }
            for each in group.machines
        ],
        "SuspendedProcesses": [{"ProcessName": each, "SuspensionReason": ""} for each in sorted(group.suspended)],
        "Tags": [
            {
                "ResourceId": group.name,
                "ResourceType": "auto-scaling-group",
                "Key": "spotmc:stack",
                "Value": group.follows,
                "PropagateAtLaunch": False,
            }
        ],
    }
