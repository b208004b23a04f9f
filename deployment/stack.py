"""A CloudFormation stack: what state it is in, what can be done next, and the change set that does it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from deployment.account import DeploymentError
from deployment.events import no_such_stack
from fleet.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef

DESCRIPTION = "spot-montecarlo"  # how that of the parent template begins
TAG = "spotmc:stack"  # on all that belongs to a stack, with its name
POLL_SECONDS = 2.0

_PLANNED = "REVIEW_IN_PROGRESS"  # a change set that would create it was made, but never executed


class Step(Enum):
    """What to do next to have the stack that is wanted."""

    CREATE = auto()
    UPDATE = auto()
    FOLLOW = auto()  # something is being done to it; look again afterwards
    DELETE = auto()  # it was never completed and cannot be changed


@dataclass(frozen=True)
class Deployed:
    """A stack that is there.

    Attributes:
        id: As CloudFormation names it.
        status: Such as CREATE_COMPLETE.
        reason: Why, where CloudFormation says it.
        ours: Whether it was made of our template, or of none yet.
        parameters: Values that it was launched with; a secret one is asterisks.
        outputs: By name.
    """

    id: str
    status: str
    reason: str
    ours: bool
    parameters: dict[str, str]
    outputs: dict[str, str]


@dataclass(frozen=True)
class ChangeSet:
    """Changes that are ready to be made.

    Attributes:
        id: As CloudFormation names it.
        stack_id: Of the stack that it changes.
    """

    id: str
    stack_id: str


def next_step(name: str, deployed: Deployed | None) -> Step:
    """
    Raises:
        DeploymentError: a person has to do something about the stack first.
    """
    if deployed is None:
        return Step.CREATE
    status = deployed.status
    if status == _PLANNED:
        return Step.CREATE
    if not deployed.ours:
        raise DeploymentError(f"there is a stack {name} already, of something else; give another --name")
    if status.endswith("_IN_PROGRESS"):
        return Step.FOLLOW
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}:
        return Step.DELETE
    if status == "UPDATE_ROLLBACK_FAILED":
        raise DeploymentError(
            f"the stack {name} could neither be updated nor put back ({deployed.reason or 'no reason given'}); mend "
            f"that, then: aws cloudformation continue-update-rollback --stack-name {name}"
        )
    return Step.UPDATE


def find(client: "CloudFormationClient", name: str) -> Deployed | None:
    """The stack of that name or id; None where there is none.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"look for the stack {name}"):
        try:
            stack = client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if not no_such_stack(error):
                raise
            return None
    if stack["StackStatus"] == "DELETE_COMPLETE":
        return None
    return Deployed(
        stack["StackId"],
        stack["StackStatus"],
        stack.get("StackStatusReason", ""),
        stack["StackStatus"] == _PLANNED or stack.get("Description", "").startswith(DESCRIPTION),
        {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", [])},
        {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])},
    )


def propose(
    client: "CloudFormationClient",
    name: str,
    kind: Literal["CREATE", "UPDATE"],
    template_url: str,
    parameters: "list[ParameterTypeDef]",
    *,
    change_set: str,
) -> ChangeSet | None:
    """Have CloudFormation work out what would change.  Nothing is changed by that.

    Nested stacks are not looked into: CloudFormation cannot tell there what depends on another nested stack's outputs,
    and fails where such an output is a list.

    Args:
        client: Of the stack's region.
        name: Of the stack.
        kind: Whether there is a stack already.
        template_url: Of the parent template.
        parameters: From ``parameters_of``.
        change_set: Name of the change set; one of that name must not exist.

    Returns:
        None where nothing would change.

    Raises:
        DeploymentError: CloudFormation refuses the template or the parameters.
    """
    with explained(DeploymentError, f"propose changes to the stack {name}"):
        made = client.create_change_set(
            StackName=name,
            ChangeSetName=change_set,
            ChangeSetType=kind,
            TemplateURL=template_url,
            Parameters=parameters,
            Capabilities=["CAPABILITY_IAM"],
            Tags=[{"Key": TAG, "Value": name}],
        )
        while (answer := client.describe_change_set(ChangeSetName=made["Id"]))["Status"] != "CREATE_COMPLETE":
            if answer["Status"] == "FAILED":
                client.delete_change_set(ChangeSetName=made["Id"])
                if changes_nothing(answer.get("StatusReason", "")):
                    return None
                raise DeploymentError(f"CloudFormation refuses the change: {answer.get('StatusReason', 'no reason')}")
            time.sleep(POLL_SECONDS)
    return ChangeSet(made["Id"], made["StackId"])


def changes_nothing(reason: str) -> bool:
    """Whether a change set failed because there is nothing to do: its status does not tell."""
    return "didn't contain changes" in reason or "No updates are to be performed" in reason


def execute(client: "CloudFormationClient", change_set: ChangeSet) -> None:
    """Begin to make the changes.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, "begin with the changes"):
        client.execute_change_set(ChangeSetName=change_set.id)


def delete(client: "CloudFormationClient", stack_id: str) -> None:
    """Begin to delete the stack.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, "delete the stack"):
        client.delete_stack(StackName=stack_id)


def parameters_of(
    given: Mapping[str, str], deployed: Deployed | None, known: Mapping[str, object]
) -> "list[ParameterTypeDef]":
    """Parameters of a change: those given, and the others as they are.

    Args:
        given: By name.
        deployed: The stack as it is, if it is.
        known: What the new template declares.
    """
    values: list[ParameterTypeDef] = [
        {"ParameterKey": name, "ParameterValue": value} for name, value in sorted(given.items())
    ]
    before = deployed.parameters if deployed else {}
    kept = sorted((before.keys() & known.keys()) - given.keys())
    return values + [{"ParameterKey": name, "UsePreviousValue": True} for name in kept]
