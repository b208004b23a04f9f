"""What an update would end: a change to what a Spot Fleet launches ends its machines, one to a group's does not.

A change set tells that a nested stack is touched, but not whether anything in it changes.  So the templates are
resolved with the parameters of before and after: what then reads alike is kept.  The program is part of that, because
its folder in the bucket is named in the user data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudformation.template import PARENT, Stack, read, resolve
from deployment.account import DeploymentError
from fleet.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_ssm import SSMClient

# Nested stacks: launch templates of the workers, what starts machines of them, and the workstation.
MACHINES, FLEET, GROUP, WORKSTATION = "Machines", "Fleet", "Group", "Workstation"

_SECRET = "Password"  # CloudFormation does not tell it, and no machine depends on it
_STANDS_FOR_SECRET = "x" * 12


@dataclass(frozen=True)
class Replaced:
    """What an update does to machines.

    Attributes:
        workers: Whether it ends the fleet or the group of the workers, or may do so.
        workstation: Whether it ends the workstation.
        outdated: Whether the workers' group stays, and its machines are of the old version until they leave.
    """

    workers: bool
    workstation: bool
    outdated: bool = False


def replaced(before: Mapping[str, str], after: Mapping[str, str], *, region: str, new_images: bool) -> Replaced:
    """
    Args:
        before: Parameters that the stack has; of none that the templates do not know any more.
        after: Those that it will have.
        region: Where it is.
        new_images: Whether there are newer machine images than those that it uses.

    Raises:
        TemplateError: the templates refuse the parameters of after.
    """
    was, will_be = (_nested(parameters, region) for parameters in (before, after))
    return judged(was, will_be, new_images=new_images)


def judged(was: Mapping[str, Stack], will_be: Mapping[str, Stack], *, new_images: bool) -> Replaced:
    """The same, of nested stacks by their names.

    What CloudFormation does with a Spot Fleet whose machines change is unknown: its pages and its schema disagree on
    whether it is replaced.  So it counts as ended, and its machines are.  An Auto Scaling group is modified in place:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-autoscaling-autoscalinggroup.html
    """

    def changed(*names: str) -> bool:
        return new_images or any(was.get(name) != will_be.get(name) for name in names)

    fleet_ends = FLEET in was and changed(FLEET, MACHINES)
    group_ends = GROUP in was and GROUP not in will_be
    return Replaced(
        workers=fleet_ends or group_ends,
        workstation=WORKSTATION in was and changed(WORKSTATION),
        outdated=GROUP in was and not group_ends and changed(MACHINES),
    )


def _nested(parameters: Mapping[str, str], region: str) -> dict[str, Stack]:
    return resolve(read(PARENT), {**parameters, _SECRET: _STANDS_FOR_SECRET}, region=region).nested


def has_new_images(cloudformation: "CloudFormationClient", ssm: "SSMClient", stack_id: str) -> bool:
    """Whether AWS has published newer machine images than the machines of a stack were made with.

    CloudFormation looks the newest up whenever it updates, asked or not.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, "look for new machine images"):
        used: dict[str, str] = {}
        for name in (MACHINES, FLEET, WORKSTATION):
            for resource in cloudformation.describe_stack_resources(StackName=stack_id)["StackResources"]:
                if resource["LogicalResourceId"] == name and (nested := resource.get("PhysicalResourceId")):
                    stack = cloudformation.describe_stacks(StackName=nested)["Stacks"][0]
                    parameters = stack.get("Parameters", [])
                    used |= {
                        each["ParameterValue"]: each["ResolvedValue"] for each in parameters if "ResolvedValue" in each
                    }
        newest = ssm.get_parameters(Names=sorted(used))["Parameters"] if used else []
    return used != {each["Name"]: each["Value"] for each in newest}
