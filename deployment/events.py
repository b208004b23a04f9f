"""Following what CloudFormation does to a stack, nested stacks included, until it has ended.

Its events are listed newest first, in pages, and by stack; here they come in the order of time, each once.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudformation.template import NESTED_STACK
from deployment.account import DeploymentError
from fleet.errors import explained
from fleet.reasons import error_code

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

POLL_SECONDS = 5.0

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
_BEGINNINGS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}
SUCCESSES = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"}
_ENDS = SUCCESSES | {
    "CREATE_FAILED",
    "UPDATE_FAILED",
    "DELETE_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
}

# What CloudFormation says of resources that it stopped because another one failed.
_CANCELLED = "cancelled"


@dataclass(frozen=True)
class Event:
    """Something happened to a resource.

    Attributes:
        id: No other event has it.
        at: When.
        stack_id: Stack that the resource is a part of, perhaps a nested one.
        resource: Its logical id.
        type: Such as AWS::SQS::Queue.
        physical_id: As its service names it; empty as long as it is not there.
        status: Such as CREATE_COMPLETE.
        reason: Why, where CloudFormation says it.
    """

    id: str
    at: datetime
    stack_id: str
    resource: str
    type: str
    physical_id: str
    status: str
    reason: str

    @property
    def of_stack_itself(self) -> bool:
        return self.physical_id == self.stack_id

    @property
    def ends(self) -> bool:
        """Whether nothing more will happen to the stack."""
        return self.of_stack_itself and self.status in _ENDS

    @property
    def begins(self) -> bool:
        """Whether somebody asked for the stack to be created, changed or deleted."""
        return self.of_stack_itself and self.status in _BEGINNINGS

    @property
    def failed(self) -> bool:
        return self.status.endswith("_FAILED")

    def place(self, stack_name: str) -> str:
        """The resource with the nested stack that it is in, such as Queue.WorkQueue, given the parent's name."""
        name = self.stack_id.split("/")[1]
        if name == stack_name:
            return self.resource
        nested, _, _ = name.removeprefix(f"{stack_name}-").rpartition("-")  # CloudFormation appends random letters
        return nested if self.of_stack_itself else f"{nested}.{self.resource}"


def first_cause(events: Iterable[Event]) -> Event | None:
    """The failure that the others follow from; None where nothing failed.

    A stack fails because a resource in it did, and most resources because CloudFormation stopped them then.
    """
    failures = sorted((event for event in events if event.failed), key=lambda event: event.at)
    causes = [event for event in failures if _CANCELLED not in event.reason.lower()]
    resources = [event for event in causes if event.type != NESTED_STACK]
    return next(iter(resources or causes or failures), None)


def newest(client: "CloudFormationClient", stack_id: str) -> datetime | None:
    """When something happened to the stack last; None if nothing ever did.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, "read the events of the stack"):
        events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    return events[0]["Timestamp"] if events else None


def begun(client: "CloudFormationClient", stack_id: str) -> datetime | None:
    """After which time to follow what is being done to the stack at present.

    Raises:
        DeploymentError
    """
    beginning = next((event for event in _newest_first(client, stack_id) if event.begins), None)
    return None if beginning is None else beginning.at - timedelta(microseconds=1)


def follow(
    client: "CloudFormationClient",
    stack_id: str,
    after: datetime | None,
    meanwhile: Callable[[list[Event]], object] = lambda _: None,
) -> Iterator[Event]:
    """What happens to a stack and to those nested in it, as it happens; the last event says how it ended.

    Args:
        client: Of the stack's region.
        stack_id: Its id, because a name finds no stack that is deleted.
        after: Leave out what happened until then.
        meanwhile: Called after each look, with what has happened since the one before, if anything.

    Raises:
        DeploymentError
    """
    stacks, seen = [stack_id], set[str]()
    while True:
        new: list[Event] = []
        for stack in stacks:  # grows meanwhile
            for event in _newest_first(client, stack):
                if event.id in seen or (after is not None and event.at <= after):
                    break
                new.append(event)
                if event.type == NESTED_STACK and event.physical_id and event.physical_id not in stacks:
                    stacks.append(event.physical_id)
        seen |= {event.id for event in new}
        ordered = sorted(new, key=lambda event: (event.at, event.stack_id == stack_id))
        yield from ordered
        meanwhile(ordered)
        own = [event for event in ordered if event.of_stack_itself and event.stack_id == stack_id]
        if own and own[-1].ends:  # not an earlier one: a roll-back that failed may have been continued since
            return
        time.sleep(POLL_SECONDS)


def _newest_first(client: "CloudFormationClient", stack_id: str) -> Iterator[Event]:
    """Page after page, as long as somebody reads on; nothing of a stack that is not there yet."""
    try:
        with explained(DeploymentError, "read the events of the stack"):
            for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
                yield from map(_event, page["StackEvents"])
    except DeploymentError as error:
        if isinstance(error.__cause__, ClientError) and no_such_stack(error.__cause__):
            return
        raise


def no_such_stack(error: ClientError) -> bool:
    """Whether CloudFormation refused a request because there is no stack of that name or id."""
    return error_code(error) == "ValidationError" and "does not exist" in error.response["Error"].get("Message", "")


def _event(event: "StackEventTypeDef") -> Event:
    return Event(
        event["EventId"],
        event["Timestamp"],
        event["StackId"],
        event.get("LogicalResourceId", ""),
        event.get("ResourceType", ""),
        event.get("PhysicalResourceId", ""),
        event.get("ResourceStatus", ""),
        event.get("ResourceStatusReason", ""),
    )
