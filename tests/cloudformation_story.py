"""What happens to a stack while it is created, updated or deleted: its events, as CloudFormation tells them."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudformation.template import NESTED_STACK, Stack

Failing = tuple[str, str] | None  # a resource, such as Queue.WorkQueue, and why it cannot be made or deleted
Happening = tuple["Made", dict[str, Any]]  # to a stack, or to something in it


@dataclass
class Made:
    """A stack that exists, perhaps a nested one, perhaps no more."""

    name: str
    id: str
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    resolved: Stack | None = None
    nested: "dict[str, Made]" = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    coming: deque[Happening] = field(default_factory=deque)


def script(
    stack: Made,
    resolved: Stack,
    verb: str,
    *,
    images: Mapping[str, str],
    failing: Failing,
    new: Callable[[str], Made],
) -> Iterator[Happening]:
    """All events of a creation or an update, until its end or the end of its roll-back."""
    yield own(stack, f"{verb}_IN_PROGRESS", "User Initiated")
    plain = [(name, each) for name, each in resolved.resources.items() if each["Type"] != NESTED_STACK]
    for name, resource in [each for each in plain if "DependsOn" not in each[1]]:
        yield _of(stack, name, resource["Type"], f"{verb}_IN_PROGRESS")
        yield _of(stack, name, resource["Type"], f"{verb}_COMPLETE")
    for name, part in resolved.nested.items():
        nested = stack.nested.get(name) or new(f"{stack.name}-{name}-1A2B3C4D5E6F")
        stack.nested[name] = nested
        nested.parameters = {key: str(value) for key, value in part.parameters.items()}
        nested.images = dict(images)
        yield _of(stack, name, NESTED_STACK, f"{verb}_IN_PROGRESS", physical_id="")
        yield _of(
            stack, name, NESTED_STACK, f"{verb}_IN_PROGRESS", "Resource creation Initiated", physical_id=nested.id
        )
        yield own(nested, f"{verb}_IN_PROGRESS", "User Initiated")
        for inner, resource in part.resources.items():
            yield _of(nested, inner, resource["Type"], f"{verb}_IN_PROGRESS")
            if failing and failing[0] == f"{name}.{inner}":
                yield _of(nested, inner, resource["Type"], f"{verb}_FAILED", failing[1])
                yield from _roll_back(stack, name, nested, inner, verb)
                return
            yield _of(nested, inner, resource["Type"], f"{verb}_COMPLETE")
        yield own(nested, f"{verb}_COMPLETE")
        yield _of(stack, name, NESTED_STACK, f"{verb}_COMPLETE", "", physical_id=nested.id)
    for name, resource in [each for each in plain if "DependsOn" in each[1]]:
        yield _of(stack, name, resource["Type"], f"{verb}_IN_PROGRESS")
        if failing and failing[0] == name:
            yield _of(stack, name, resource["Type"], f"{verb}_FAILED", failing[1])
            yield own(stack, "ROLLBACK_IN_PROGRESS" if verb == "CREATE" else "UPDATE_ROLLBACK_IN_PROGRESS")
            yield own(stack, "ROLLBACK_COMPLETE" if verb == "CREATE" else "UPDATE_ROLLBACK_COMPLETE")
            return
        yield _of(stack, name, resource["Type"], f"{verb}_COMPLETE")
    if verb == "UPDATE":
        yield own(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    yield own(stack, f"{verb}_COMPLETE")


def _roll_back(stack: Made, name: str, nested: Made, inner: str, verb: str) -> Iterator[Happening]:
    """What CloudFormation stops because of a failure fails too, and the failure is named again in each stack above."""
    rolled_back = "ROLLBACK" if verb == "CREATE" else "UPDATE_ROLLBACK"
    done = {"CREATE": "create", "UPDATE": "update"}[verb]
    which = f"The following resource(s) failed to {done}: [{inner}]. "
    yield _of(nested, "Beside", "AWS::SQS::Queue", f"{verb}_FAILED", f"Resource {done[:-1]}ion cancelled")
    yield own(nested, f"{rolled_back}_IN_PROGRESS", which)
    embedded = f"Embedded stack {nested.id} was not successfully {done}d: {which}"
    yield _of(stack, name, NESTED_STACK, f"{verb}_FAILED", embedded, physical_id=nested.id)
    yield own(
        stack,
        f"{rolled_back}_IN_PROGRESS",
        f"The following resource(s) failed to {done}: [{name}]. Rollback requested",
    )
    yield own(nested, f"{rolled_back}_COMPLETE")
    yield own(stack, f"{rolled_back}_COMPLETE")


def deletion(stack: Made, failing: Failing) -> Iterator[Happening]:
    """All events of a deletion."""
    yield own(stack, "DELETE_IN_PROGRESS", "User Initiated")
    for name, nested in stack.nested.items():
        yield _of(stack, name, NESTED_STACK, "DELETE_IN_PROGRESS", "", physical_id=nested.id)
        yield own(nested, "DELETE_IN_PROGRESS")
        if failing and failing[0].startswith(f"{name}."):
            inner = failing[0].partition(".")[2]
            yield _of(nested, inner, "AWS::EC2::SecurityGroup", "DELETE_FAILED", failing[1])
            yield own(nested, "DELETE_FAILED", f"The following resource(s) failed to delete: [{inner}]. ")
            yield _of(stack, name, NESTED_STACK, "DELETE_FAILED", f"Embedded stack {nested.id}", physical_id=nested.id)
            yield own(stack, "DELETE_FAILED", f"The following resource(s) failed to delete: [{name}]. ")
            return
        yield own(nested, "DELETE_COMPLETE")
        yield _of(stack, name, NESTED_STACK, "DELETE_COMPLETE", "", physical_id=nested.id)
    yield own(stack, "DELETE_COMPLETE")


def own(stack: Made, status: str, reason: str = "") -> Happening:
    """An event of a stack itself."""
    return _of(stack, stack.name, NESTED_STACK, status, reason, physical_id=stack.id)


def _of(
    stack: Made, name: str, kind: str, status: str, reason: str = "", *, physical_id: str | None = None
) -> Happening:
    return stack, {
        "StackId": stack.id,
        "StackName": stack.name,
        "LogicalResourceId": name,
        "PhysicalResourceId": f"{name.lower()}-1" if physical_id is None else physical_id,
        "ResourceType": kind,
        "ResourceStatus": status,
        "ResourceStatusReason": reason or None,
    }
