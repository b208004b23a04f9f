"""An Auto Scaling group of workers in an account: its machines, whether it follows the queue, and its end."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from deployment.account import DeploymentError
from deployment.draining import AtWork
from fleet.errors import explained
from fleet.queue import Queue
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef, InstanceTypeDef

POLL_SECONDS = 10.0

# No alarm is obeyed, and no machine takes the place of one that is taken away.
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
_GROWTH: Final = ["Launch", "AlarmNotification"]


class ScalingGroup:
    """One Auto Scaling group.  Every method raises DeploymentError when AWS does not obey."""

    def __init__(self, client: "AutoScalingClient", name: str) -> None:
        self.name = name
        self._client = client

    def instance_ids(self) -> list[str]:
        """Of the machines that run or start."""
        return [each["InstanceId"] for each in self._machines()]

    def target(self) -> int | None:
        """How many machines it is to have; None where it is gone."""
        return next((group["DesiredCapacity"] for group in self._found()), None)

    def emptied(self) -> Iterator[int]:
        """End all its machines, busy or not, telling now and then how many are left.

        CloudFormation deletes a group once its machines are gone, but it ends none that is protected, and waits for
        each that a lifecycle hook keeps.  Protection does not hold against what is used here:
        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html
        """
        with explained(DeploymentError, f"end the machines of {self.name}"):
            if not self._found():
                return
            self._client.update_auto_scaling_group(
                AutoScalingGroupName=self.name, MinSize=0, MaxSize=0, DesiredCapacity=0
            )
            asked = set[str]()
            while machines := self._machines():
                for each in machines:
                    if each["InstanceId"] not in asked:
                        self._end(each["InstanceId"])
                        asked.add(each["InstanceId"])
                self._let_go([each for each in machines if each["LifecycleState"] == "Terminating:Wait"])
                yield len(machines)
                time.sleep(POLL_SECONDS)

    def _end(self, instance_id: str) -> None:
        try:
            self._client.terminate_instance_in_auto_scaling_group(
                InstanceId=instance_id, ShouldDecrementDesiredCapacity=False
            )
        except ClientError:
            if instance_id in self.instance_ids():  # it has not left by itself meanwhile
                raise

    def _let_go(self, machines: "Sequence[InstanceTypeDef]") -> None:
        """Those that are kept so that workers hand back what they do: there will be nobody to hand it to."""
        if not machines:
            return
        hooks = self._client.describe_lifecycle_hooks(AutoScalingGroupName=self.name)["LifecycleHooks"]
        for machine in machines:
            for hook in hooks:
                if "TERMINATING" in hook.get("LifecycleTransition", ""):
                    self._complete(hook.get("LifecycleHookName", ""), machine["InstanceId"])

    def _complete(self, hook: str, instance_id: str) -> None:
        try:
            self._client.complete_lifecycle_action(
                LifecycleHookName=hook,
                AutoScalingGroupName=self.name,
                InstanceId=instance_id,
                LifecycleActionResult="CONTINUE",
            )
        except ClientError as error:
            if error_code(error) != "ValidationError":  # it waits no more, and is still listed as if it did
                raise

    def _machines(self) -> "list[InstanceTypeDef]":
        return [each for group in self._found() for each in group["Instances"]]

    def _found(self) -> "list[AutoScalingGroupTypeDef]":
        """The group; none where it is gone."""
        with explained(DeploymentError, f"look at the machines of {self.name}"):
            return self._client.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])["AutoScalingGroups"]


class WorkerGroup(ScalingGroup):
    """That of the workers, with the queue that it follows."""

    def __init__(self, client: "AutoScalingClient", name: str, queue: Queue) -> None:
        super().__init__(client, name)
        self._queue = queue

    def at_work(self) -> AtWork:
        return AtWork(len(self._machines()), self._queue.depth())

    def let_zones_be(self) -> None:
        """Balance no zones: whenever a worker leaves, the group would start a machine for that, which finds no work.

        CloudFormation cannot say so.
        https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
        """
        with explained(DeploymentError, f"keep {self.name} from balancing its zones"):
            self._client.suspend_processes(AutoScalingGroupName=self.name, ScalingProcesses=["AZRebalance"])

    def hold(self) -> None:
        """Start no machine any more; those that run are left alone."""
        with explained(DeploymentError, f"suspend the growth of {self.name}"):
            self._client.suspend_processes(AutoScalingGroupName=self.name, ScalingProcesses=_GROWTH)

    def resume(self) -> None:
        """Follow the queue again, if ``hold`` has stopped that."""
        if suspended := self._suspended():
            with explained(DeploymentError, f"resume the growth of {self.name}"):
                if not self.instance_ids():  # nobody has lowered it for machines that were taken away meanwhile
                    self._client.set_desired_capacity(AutoScalingGroupName=self.name, DesiredCapacity=0)
                self._client.resume_processes(AutoScalingGroupName=self.name, ScalingProcesses=suspended)

    def held(self) -> bool:
        """Whether ``hold`` has stopped it from following the queue."""
        return bool(self._suspended())

    def _suspended(self) -> "list[str]":
        """Of what ``hold`` suspends."""
        found = [each.get("ProcessName") for group in self._found() for each in group.get("SuspendedProcesses", [])]
        return [each for each in _GROWTH if each in found]
