"""CloudFormation over HTTP, as its documentation describes it: change sets, stacks in stacks, events, roll-back.

It makes nothing: a stack goes through the events that its creation, update or deletion would have, some with each look
at them.  ``cloudformation.template`` tells what the templates ask for, and all of them must lie where they are said to.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/Welcome.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml
from botocore import xform_name

from cloudformation.template import NESTED_STACK, Stack, TemplateError, read, resolve
from tests.cloudformation_story import Failing, Happening, Made, deletion, own, script
from tests.query_api import QueryServer, RefusedError

ACCOUNT, REGION = "123456789012", "us-east-1"

STEP = 40  # events that happen between two looks
EVENT_PAGE, CHANGE_PAGE = 20, 3
LOOKS_AT_A_CHANGE_SET = 2  # before it is ready


@dataclass
class Proposed:
    """A change set."""

    id: str
    stack: Made
    resolved: Stack
    parameters: dict[str, str]
    description: str
    refused: str
    looks: int = 0


class CloudFormationServer(QueryServer):
    """An account's CloudFormation.

    Args:
        template: Gives the text at the address of a template; raises KeyError where there is none.
        images: What the machine images' parameters resolve to, by name.

    Attributes:
        physical_ids: Of resources by logical id, such as Queue.WorkQueue; of the others something is made up.
        failing: Resource that cannot be made, and why.
        denied: Actions that whoever asks has no permission for.
        throttled: So many of the next requests are refused, because there are too many.
        on_events: Called with each look at the events.
        update_fleet: What an update does with a Spot Fleet whose machines change, given its logical id: gives the id of
            the one that takes its place, or None where it is modified in place.  AWS's pages and schemas disagree.
        requests: Actions in the order of the requests.
    """

    def __init__(self, template: Callable[[str], str], images: Mapping[str, str]) -> None:
        super().__init__(self._dispatch)
        self.physical_ids: dict[str, str] = {}
        self.failing: Failing = None
        self.denied: set[str] = set()
        self.throttled = 0
        self.on_events: Callable[[], object] = lambda: None
        self.update_fleet: Callable[[str], str | None] = lambda name: None
        self.requests: list[str] = []
        self._template, self._images = template, dict(images)
        self._stacks: list[Made] = []
        self._proposed: dict[str, Proposed] = {}
        self._clock = datetime(2026, 11, 21, tzinfo=UTC)

    def status(self, name: str) -> str | None:
        """Of a stack that is not deleted."""
        return next((stack.status for stack in self._living() if stack.name == name), None)

    def parameters(self, name: str) -> dict[str, str]:
        """That a stack has."""
        return dict(self._find(name).parameters)

    def set_status(self, name: str, status: str) -> None:
        """As if something else had happened to a stack."""
        self._find(name).status = status

    def age_images(self, name: str) -> None:
        """As if a stack's machines had been made of images that are not the newest any more."""
        stack = self._find(name)
        for each in (stack, *stack.nested.values()):
            each.images = dict.fromkeys(each.images, "ami-0old")

    def foreign_stack(self, name: str) -> None:
        """Somebody else has made a stack of that name."""
        stack = self._new(name)
        stack.status, stack.description = "CREATE_COMPLETE", "A wiki"

    # ---- Actions -------------------------------------------------------------------------------------------------

    def _dispatch(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(action)
        if self.throttled:
            self.throttled -= 1
            raise RefusedError("Throttling", "Rate exceeded")
        if action in self.denied:
            user = f"arn:aws:sts::{ACCOUNT}:user/moto"
            raise RefusedError(
                "AccessDenied", f"User: {user} is not authorized to perform: cloudformation:{action}", status=403
            )
        answer: dict[str, Any] = getattr(self, f"_{xform_name(action)}")(
            **{xform_name(name): value for name, value in request.items()}
        )
        return answer

    def _create_change_set(
        self,
        *,
        stack_name: str,
        change_set_name: str,
        change_set_type: str,
        template_url: str,
        capabilities: list[str],
        parameters: list[dict[str, str]],
        **_: Any,
    ) -> dict[str, Any]:
        stack = next((each for each in self._living() if each.name == stack_name), None)
        if change_set_type == "UPDATE":
            if stack is None or stack.status == "REVIEW_IN_PROGRESS":
                raise RefusedError("ValidationError", f"Stack [{stack_name}] does not exist")
            if not stack.status.endswith("_COMPLETE") or stack.status == "ROLLBACK_COMPLETE":
                raise RefusedError(
                    "ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated."
                )
        elif stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise RefusedError(
                "ValidationError",
                f"Stack [{stack_name}] already exists and cannot be created again with the changeSet "
                f"[{change_set_name}].",
            )
        if "CAPABILITY_IAM" not in capabilities:
            raise RefusedError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]")
        before = stack.parameters if stack else {}
        values: dict[str, Any] = {
            each["ParameterKey"]: before[each["ParameterKey"]] if "UsePreviousValue" in each else each["ParameterValue"]
            for each in parameters
        }
        text = self._text(template_url)
        try:
            resolved = resolve(
                read(PurePosixPath(urlsplit(template_url).path).name), values, region=REGION, stack_name=stack_name
            )
        except TemplateError as error:
            raise RefusedError("ValidationError", str(error)) from error
        for _name, nested in resolved.of_type(NESTED_STACK):
            self._text(nested["TemplateURL"])
        if stack is None:
            stack = self._new(stack_name)
            self._record(stack, own(stack, "REVIEW_IN_PROGRESS", "User Initiated"))
        same = stack.resolved == resolved and stack.images == self._images
        number = f"{len(self._proposed):08x}"
        made = Proposed(
            f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{change_set_name}/{number}",
            stack,
            resolved,
            {name: str(value) for name, value in resolved.parameters.items()},
            _description(text),
            "The submitted information didn't contain changes. Submit different information to create a change set."
            if same
            else "",
        )
        self._proposed[made.id] = made
        return {"Id": made.id, "StackId": stack.id}

    def _describe_change_set(self, *, change_set_name: str, next_token: str = "0") -> dict[str, Any]:
        made = self._proposed[change_set_name]
        made.looks += 1
        common = {"ChangeSetId": made.id, "StackId": made.stack.id, "StackName": made.stack.name}
        if made.looks <= LOOKS_AT_A_CHANGE_SET:
            return {**common, "Status": "CREATE_IN_PROGRESS", "ExecutionStatus": "UNAVAILABLE"}
        if made.refused:
            return {
                **common,
                "Status": "FAILED",
                "StatusReason": made.refused,
                "ExecutionStatus": "UNAVAILABLE",
            }
        changes = [
            {
                "Type": "Resource",
                "ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": kind},
            }
            for action, name, kind in _changes(made.stack.resolved, made.resolved)
        ]
        first = int(next_token)
        rest = first + CHANGE_PAGE
        return {
            **common,
            "Status": "CREATE_COMPLETE",
            "ExecutionStatus": "AVAILABLE",
            "Changes": changes[first:rest],
            "NextToken": str(rest) if rest < len(changes) else None,
        }

    def _delete_change_set(self, *, change_set_name: str) -> dict[str, Any]:
        del self._proposed[change_set_name]
        return {}

    def _execute_change_set(self, *, change_set_name: str) -> dict[str, Any]:
        made = self._proposed.pop(change_set_name)
        stack, creates = made.stack, made.stack.resolved is None
        verb = "CREATE" if creates else "UPDATE"
        story = list(script(stack, made.resolved, verb, images=self._images, failing=self.failing, new=self._new))
        failed = any(event["ResourceStatus"].endswith("_FAILED") for _, event in story)
        stack.coming.extend(story)
        stack.description = made.description
        if not creates and not failed:
            self._update_fleets(stack, made.resolved)
        if not failed or creates:
            stack.resolved, stack.parameters, stack.images = made.resolved, made.parameters, dict(self._images)
        self._happen(stack, 1)
        return {}

    def _describe_stacks(self, *, stack_name: str | None = None) -> dict[str, Any]:
        stacks = [self._find(stack_name)] if stack_name else self._living()
        return {"Stacks": [self._description_of(stack) for stack in stacks]}

    def _description_of(self, stack: Made) -> dict[str, Any]:
        outputs = stack.resolved.outputs if stack.resolved and stack.status.endswith("_COMPLETE") else {}
        return {
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": stack.description or None,
            "CreationTime": self._clock,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason or None,
            "Parameters": [
                {
                    "ParameterKey": name,
                    "ParameterValue": "****" if name == "Password" else value,
                    "ResolvedValue": stack.images.get(value),
                }
                for name, value in stack.parameters.items()
            ],
            "Outputs": [
                {"OutputKey": name, "OutputValue": self._physical(str(value))} for name, value in outputs.items()
            ],
        }

    def _describe_stack_events(self, *, stack_name: str, next_token: str = "0") -> dict[str, Any]:
        stack = self._find(stack_name)
        if next_token == "0":
            self.on_events()
            self._happen(stack)
        first = int(next_token)
        rest = first + EVENT_PAGE
        newest_first = stack.events[::-1]
        return {
            "StackEvents": newest_first[first:rest],
            "NextToken": str(rest) if rest < len(newest_first) else None,
        }

    def _describe_stack_resources(self, *, stack_name: str) -> dict[str, Any]:
        """Nested stacks, and of what is in one of them that which really has an id."""
        stack = self._find(stack_name)
        found = [(name, nested.id, NESTED_STACK, nested.status) for name, nested in stack.nested.items()]
        parent, within = self._parent(stack)
        if parent and parent.resolved:
            for name, resource in parent.resolved.nested[within].resources.items():
                if f"{within}.{name}" in self.physical_ids:
                    found.append((name, self.physical_ids[f"{within}.{name}"], resource["Type"], stack.status))
        return {
            "StackResources": [
                {
                    "LogicalResourceId": name,
                    "PhysicalResourceId": physical_id,
                    "ResourceType": kind,
                    "ResourceStatus": status,
                    "Timestamp": self._clock,
                }
                for name, physical_id, kind, status in found
            ]
        }

    def _delete_stack(self, *, stack_name: str) -> dict[str, Any]:
        stack = self._find(stack_name)
        if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
            raise RefusedError(
                "ValidationError", f"Stack [{stack.id}] cannot be deleted while in status {stack.status}"
            )
        stack.coming.extend(deletion(stack, self.failing))
        self._happen(stack, 1)
        return {}

    # ---- What happens --------------------------------------------------------------------------------------------

    def _happen(self, stack: Made, number: int = STEP) -> None:
        for _ in range(min(number, len(stack.coming))):
            self._record(stack, stack.coming.popleft())

    def _record(self, root: Made, happening: Happening) -> None:
        stack, event = happening
        _, within = self._parent(stack)
        if (real := self.physical_ids.get(f"{within}.{event['LogicalResourceId']}")) and event["PhysicalResourceId"]:
            event["PhysicalResourceId"] = real
        self._clock += timedelta(milliseconds=250)
        number = f"{sum(len(each.events) for each in self._stacks):08x}"
        stack.events.append({**event, "EventId": number, "Timestamp": self._clock})
        if event["PhysicalResourceId"] == stack.id:
            stack.status, stack.reason = event["ResourceStatus"], event["ResourceStatusReason"] or ""

    def _update_fleets(self, stack: Made, after: Stack) -> None:
        """Those whose own nested stack or whose launch templates change."""
        before = stack.resolved.nested if stack.resolved else {}
        for name, fleet in (("Fleet", "WorkerFleet"), ("Workstation", "WorkstationFleet")):
            changes = stack.images != self._images or before.get(name) != after.nested.get(name)
            changes |= name == "Fleet" and before.get("Machines") != after.nested.get("Machines")
            if changes and name in before and name in after.nested:
                logical_id = f"{name}.{fleet}"
                if replacement := self.update_fleet(logical_id):
                    self.physical_ids[logical_id] = replacement

    # ---- What there is -------------------------------------------------------------------------------------------

    def _new(self, name: str) -> Made:
        number = f"{len(self._stacks):08x}"
        stack = Made(name, f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{number}")
        self._stacks.append(stack)
        return stack

    def _living(self) -> Iterator[Made]:
        return (stack for stack in self._stacks if stack.status != "DELETE_COMPLETE")

    def _find(self, name_or_id: str) -> Made:
        """A deleted stack is found by its id only."""
        by_name = [stack for stack in self._living() if stack.name == name_or_id]
        by_id = [stack for stack in self._stacks if stack.id == name_or_id]
        if not by_name and not by_id:
            raise RefusedError("ValidationError", f"Stack with id {name_or_id} does not exist")
        return (by_name + by_id)[0]

    def _parent(self, stack: Made) -> tuple[Made | None, str]:
        """That a stack is nested in, and as what."""
        return next(
            ((each, name) for each in self._stacks for name, nested in each.nested.items() if nested is stack),
            (None, ""),
        )

    def _text(self, url: str) -> str:
        try:
            return self._template(url)
        except KeyError:
            raise RefusedError("ValidationError", f"S3 error: Access Denied: {url}") from None

    def _physical(self, value: str) -> str:
        for name, physical_id in self.physical_ids.items():
            value = value.replace(f"<{name}>", physical_id)
        return value.replace("<", "").replace(">", "")


def _changes(before: Stack | None, after: Stack) -> Iterator[tuple[str, str, str]]:
    """At the level of the parent; a nested stack is always a change, because CloudFormation does not look into it."""
    was = before.resources if before else {}
    for name, resource in after.resources.items():
        if name not in was:
            yield "Add", name, resource["Type"]
        elif resource["Type"] == NESTED_STACK or resource != was[name]:
            yield "Modify", name, resource["Type"]
    for name in was.keys() - after.resources.keys():
        yield "Remove", name, was[name]["Type"]


def _description(text: str) -> str:
    first = next(line for line in text.splitlines() if line.startswith("Description:"))
    return str(yaml.safe_load(first)["Description"])
