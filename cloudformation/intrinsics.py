"""CloudFormation's intrinsic functions, as far as our templates use them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

NO_VALUE = object()  # a property or a list's item with this value is left out

_IN_TEXT = re.compile(r"\$\{(!?)([^}]+)\}")


class UnknownError(Exception):
    """A template names or uses something that does not exist or is not understood here."""


@dataclass(frozen=True)
class Scope:
    """What the functions of one template can refer to.

    Attributes:
        references: Values of parameters and pseudo parameters.
        mappings: As the template writes them.
        conditions: As the template writes them.
        resources: Logical ids of the resources that will exist, with the names they have in angle brackets.
        outputs: Outputs of nested stacks, by logical id.
    """

    references: Mapping[str, Any]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def with_resources(self, resources: Mapping[str, str]) -> Self:
        return replace(self, resources=resources)

    def with_outputs(self, stack: str, outputs: Mapping[str, Any]) -> Self:
        return replace(self, outputs={**self.outputs, stack: outputs})

    def holds(self, condition: str) -> bool:
        """Whether the named condition does."""
        if condition not in self.conditions:
            raise UnknownError(f"there is no condition {condition}")
        return self.true(self.conditions[condition])

    def true(self, expression: Any) -> bool:
        return text(resolve(expression, self)) == "true"

    def reference(self, name: str) -> Any:
        if name in self.references:
            return self.references[name]
        if name in self.resources:
            return f"<{self.resources[name]}>"
        raise UnknownError(f"{name} is neither a parameter nor a resource that will exist")

    def attribute(self, name: str, attribute: str) -> Any:
        if name not in self.resources:
            raise UnknownError(f"{name} is not a resource that will exist")
        if name not in self.outputs:
            return f"<{self.resources[name]}.{attribute}>"
        output = attribute.removeprefix("Outputs.")
        if output not in self.outputs[name]:
            raise UnknownError(f"the stack {name} has no output {output}")
        return self.outputs[name][output]


def resolve(value: Any, scope: Scope) -> Any:
    """``value`` with all functions in it replaced by what they give; Base64 gives the text itself, for reading.

    Raises:
        UnknownError
    """
    if isinstance(value, list):
        items = (resolve(item, scope) for item in value)
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Fn::If":
            condition, then, otherwise = argument
            return resolve(then if scope.holds(condition) else otherwise, scope)
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](resolve(argument, scope), scope)
        # A policy document has a key of this name too, with a mapping.
        if name == "Condition" and isinstance(argument, str):
            return scope.holds(argument)
        if name.startswith("Fn::"):
            raise UnknownError(f"the function {name} is not understood")
    resolved = ((name, resolve(item, scope)) for name, item in value.items())
    return {name: item for name, item in resolved if item is not NO_VALUE}


def mentioned(value: Any) -> set[str]:
    """Logical ids that functions in ``value`` refer to."""
    if isinstance(value, list):
        return set().union(*map(mentioned, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    names = set().union(*map(mentioned, value.values())) if value else set()
    if "Ref" in value:
        names.add(value["Ref"])
    if "Fn::GetAtt" in value:
        names.add(value["Fn::GetAtt"][0])
    if "Fn::Sub" in value:
        pattern = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        names |= {name.split(".")[0] for _, name in _IN_TEXT.findall(pattern)}
    return names


def text(value: Any) -> str:
    """As CloudFormation writes it where it compares or inserts."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def _sub(argument: Any, scope: Scope) -> str:
    pattern, local = (argument, {}) if isinstance(argument, str) else argument

    def insert(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return f"${{{name}}}"
        if name in local:
            return text(local[name])
        resource, _, attribute = name.partition(".")
        return text(scope.attribute(resource, attribute) if attribute else scope.reference(name))

    return _IN_TEXT.sub(insert, pattern)


def _find_in_map(argument: list[str], scope: Scope) -> Any:
    found: Any = scope.mappings
    for key in argument:
        if text(key) not in found:
            raise UnknownError(f"the mapping {argument[0]} has no {' → '.join(map(text, argument[1:]))}")
        found = found[text(key)]
    return found


def _zones(region: str, scope: Scope) -> list[str]:
    """As many as regions usually give an account; us-west-1 gives two."""
    name = region or scope.references["AWS::Region"]
    return [f"{name}{letter}" for letter in ("ab" if name == "us-west-1" else "abc")]


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Ref": lambda argument, scope: scope.reference(argument),
    "Fn::GetAtt": lambda argument, scope: scope.attribute(*argument),
    "Fn::Sub": _sub,
    "Fn::Join": lambda argument, scope: argument[0].join(map(text, argument[1])),
    "Fn::Split": lambda argument, scope: argument[1].split(argument[0]),
    "Fn::Select": lambda argument, scope: argument[1][int(argument[0])],
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _zones,
    "Fn::Base64": lambda argument, scope: argument,
    "Fn::Equals": lambda argument, scope: text(argument[0]) == text(argument[1]),
    "Fn::Not": lambda argument, scope: text(argument[0]) != "true",
    "Fn::And": lambda argument, scope: all(text(each) == "true" for each in argument),
    "Fn::Or": lambda argument, scope: any(text(each) == "true" for each in argument),
    "Fn::Contains": lambda argument, scope: text(argument[1]) in map(text, argument[0]),
}
