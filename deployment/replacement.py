"""What an update would end: most changes to a Spot Fleet replace it, and that ends its machines.

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

WORKERS, WORKSTATION = "Fleet", "Workstation"  # nested stacks with a Spot Fleet each

_SECRET = "Password"  # CloudFormation does not tell it, and no machine depends on it
_STANDS_FOR_SECRET = "x" * 12


@dataclass(frozen=True)
class Replaced:
    """Which machines an update ends."""

    workers: bool
    workstation: bool


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

    def ends(name: str) -> bool:
        return name in was and (new_images or was[name] != will_be.get(name))

    return Replaced(ends(WORKERS), ends(WORKSTATION))


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
        for name in (WORKERS, WORKSTATION):
            for resource in cloudformation.describe_stack_resources(StackName=stack_id)["StackResources"]:
                if resource["LogicalResourceId"] == name and (nested := resource.get("PhysicalResourceId")):
                    stack = cloudformation.describe_stacks(StackName=nested)["Stacks"][0]
                    parameters = stack.get("Parameters", [])
                    used |= {
                        each["ParameterValue"]: each["ResolvedValue"] for each in parameters if "ResolvedValue" in each
                    }
        newest = ssm.get_parameters(Names=sorted(used))["Parameters"] if used else []
    return used != {each["Name"]: each["Value"] for each in newest}
