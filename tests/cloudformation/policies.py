"""The policies in the template of roles."""

from collections.abc import Iterator
from typing import Any

from cloudformation.template import Stack


def policies(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and documents of all policies that are ours, of every role."""
    for name, policy in stack.of_type("AWS::IAM::ManagedPolicy"):
        yield name.rsplit(".", 1)[-1], policy["PolicyDocument"]
    for _, role in stack.of_type("AWS::IAM::Role"):
        for policy in role.get("Policies", []):
            yield policy["PolicyName"], policy["PolicyDocument"]


def listed(value: Any) -> list[str]:
    """An action or a resource of a statement, which may be one or several."""
    return value if isinstance(value, list) else [value]
