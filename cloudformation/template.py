"""What a CloudFormation template asks for once its parameters, conditions, rules and functions are resolved.

Only what the templates in ``cloudformation/`` use is understood; anything else is refused, never passed over.  What
only AWS knows stands in angle brackets: ``<Network.Vpc>`` is a resource's id, ``<Queue.WorkQueue.Arn>`` its attribute.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

import yaml

from cloudformation import intrinsics
from cloudformation.intrinsics import NO_VALUE, Scope
from cloudformation.partitions import partition
from fleet.errors import FleetError

NESTED_STACK = "AWS::CloudFormation::Stack"
PARENT = "spotmc.yaml"

# As a parameter.  Where the least that is allowed is a whole number, so is each that is.
_WHOLE = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

Template = dict[str, Any]
Resource = dict[str, Any]


class TemplateError(FleetError):
    """A template does not accept these parameters, or asks for something that is not understood."""


@dataclass(frozen=True)
class Stack:
    """One resolved template, with the stacks nested in it.

    Attributes:
        parameters: Values, defaults included; numbers and lists as such.
        resources: By logical id, each with its Type and, resolved, its Properties.
        outputs: By name.
        nested: By logical id of the nested stack's resource.
    """

    parameters: dict[str, Any]
    resources: dict[str, Resource]
    outputs: dict[str, Any]
    mappings: dict[str, Any] = field(default_factory=dict)
    nested: "dict[str, Stack]" = field(default_factory=dict)

    def of_type(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Names, such as ``Queue.WorkQueue``, and properties of all resources of a type, nested ones included."""
        for name, resource in self.all_resources():
            if resource["Type"] == kind:
                yield name, resource.get("Properties", {})

    def all_resources(self) -> Iterator[tuple[str, Resource]]:
        """Names, such as ``Queue.WorkQueue``, and resources, nested ones included."""
        yield from self.resources.items()
        for stack_name, stack in self.nested.items():
            for name, resource in stack.all_resources():
                yield f"{stack_name}.{name}", resource


def read(name: str) -> Template:
    """A template of ours as it is written, short forms of functions (``!Ref``) replaced by long ones.

    Raises:
        TemplateError: there is none of that name.
    """
    try:
        text = files("cloudformation").joinpath(name).read_text()
    except FileNotFoundError as error:
        raise TemplateError(f"there is no template named {name}") from error
    template: Template = yaml.load(text, Loader=_Loader)
    return template


def resolve(
    template: Template,
    parameters: Mapping[str, Any],
    *,
    region: str = "us-east-1",
    stack_name: str = "spotmc",
    read: Callable[[str], Template] = read,
    _prefix: str = "",
) -> Stack:
    """The stack that CloudFormation would make of it.

    Args:
        template: As ``read`` gives it.
        parameters: Values by name, as text, numbers or comma-separated lists; those with a default may be left out.
        region: Where the stack would be.
        stack_name: Its name.
        read: Gives the nested templates by file name.

    Raises:
        TemplateError: a parameter is missing, unknown or not allowed, a rule refuses the values, or the template uses
            what this module does not know.
    """
    values = _parameters(template.get("Parameters", {}), parameters)
    scope = Scope(
        references={**values, **_pseudo_parameters(region, stack_name)},
        mappings=template.get("Mappings", {}),
        conditions=template.get("Conditions", {}),
    )
    try:
        _check(template.get("Rules", {}), scope)
        wanted = {
            name: resource
            for name, resource in template["Resources"].items()
            if "Condition" not in resource or scope.holds(resource["Condition"])
        }
        scope = scope.with_resources({name: f"{_prefix}{name}" for name in wanted})
        nested: dict[str, Stack] = {}
        for name in _nested_in_order(wanted):
            properties = intrinsics.resolve(wanted[name]["Properties"], scope)
            nested[name] = resolve(
                read(PurePosixPath(properties["TemplateURL"]).name),
                properties.get("Parameters", {}),
                region=region,
                stack_name=f"{stack_name}-{name}",
                read=read,
                _prefix=f"{_prefix}{name}.",
            )
            scope = scope.with_outputs(name, nested[name].outputs)
        return Stack(
            values,
            {name: intrinsics.resolve(_without_condition(resource), scope) for name, resource in wanted.items()},
            {
                name: intrinsics.resolve(output["Value"], scope)
                for name, output in template.get("Outputs", {}).items()
                if "Condition" not in output or scope.holds(output["Condition"])
            },
            template.get("Mappings", {}),
            nested,
        )
    except intrinsics.UnknownError as error:
        raise TemplateError(f"template of {stack_name}: {error}") from error


def _without_condition(resource: Resource) -> Resource:
    return {name: value for name, value in resource.items() if name != "Condition"}


def _nested_in_order(resources: Mapping[str, Resource]) -> list[str]:
    """Nested stacks, each after those whose outputs it takes."""
    waiting = [name for name, resource in resources.items() if resource["Type"] == NESTED_STACK]
    ordered: list[str] = []
    while waiting:
        free = [each for each in waiting if not (intrinsics.mentioned(resources[each]) & set(waiting))]
        if not free:
            raise TemplateError(f"the stacks {', '.join(waiting)} need each other's outputs")
        ordered += free
        waiting = [each for each in waiting if each not in free]
    return ordered


def _parameters(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := given.keys() - declared.keys():
        raise TemplateError(_unknown(sorted(unknown), declared))
    values = {}
    for name, declaration in declared.items():
        if name not in given and "Default" not in declaration:
            raise TemplateError(f"the parameter {name} is missing")
        value = intrinsics.text(given.get(name, declaration.get("Default")))
        if problem := _problem(value, declaration):
            raise TemplateError(f"{name} {problem}, not {value!r}")
        values[name] = _typed(value, declaration["Type"])
    return values


def _problem(value: str, declaration: Mapping[str, Any]) -> str | None:
    """What is wrong with a parameter's value, to follow its name; None if nothing is."""
    allowed = [intrinsics.text(each) for each in declaration.get("AllowedValues", [])]
    if allowed and value not in allowed:
        return f"must be one of {', '.join(allowed)}"
    if declaration["Type"] == "Number":
        low, high = declaration.get("MinValue", float("-inf")), declaration.get("MaxValue", float("inf"))
        pattern = _WHOLE if isinstance(low, int) else _NUMBER
        if not pattern.fullmatch(value) or not low <= float(value) <= high:
            return f"must be a {'whole ' if pattern is _WHOLE else ''}number{_range(low, high)}"
    if not intrinsics.matches(declaration.get("AllowedPattern", ".*"), value):
        return str(declaration.get("ConstraintDescription", f"must look like {declaration.get('AllowedPattern')}"))
    if not declaration.get("MinLength", 0) <= len(value) <= declaration.get("MaxLength", 4096):
        return f"must have {declaration.get('MinLength', 0)} to {declaration.get('MaxLength', 4096)} characters"
    return None


def _unknown(names: Sequence[str], declared: Iterable[str]) -> str:
    text = f"the template has no parameter {', '.join(names)}"
    near = {close for name in names for close in get_close_matches(name, declared, n=1)}
    return f"{text}; is {' or '.join(sorted(near))} meant?" if near else text


def _range(low: float, high: float) -> str:
    if high < float("inf"):
        return f" from {low} to {high}"
    return f", {low} or more" if low > float("-inf") else ""


def _typed(value: str, kind: str) -> Any:
    if kind == "Number":
        return float(value) if "." in value else int(value)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [each.strip() for each in value.split(",")]
    return value


def _pseudo_parameters(region: str, stack_name: str) -> dict[str, Any]:
    here = partition(region)
    return {
        "AWS::AccountId": "123456789012",
        "AWS::NoValue": NO_VALUE,
        "AWS::Partition": here.name,
        "AWS::Region": region,
        "AWS::StackId": f"arn:{here.name}:cloudformation:{region}:123456789012:stack/{stack_name}/0",
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": here.url_suffix,
    }


def _check(rules: Mapping[str, Any], scope: Scope) -> None:
    for rule in rules.values():
        if "RuleCondition" in rule and not scope.true(rule["RuleCondition"]):
            continue
        for assertion in rule["Assertions"]:
            if not scope.true(assertion["Assert"]):
                raise TemplateError(assertion["AssertDescription"])


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]  # PyYAML says nothing about its types
    """YAML with CloudFormation's short forms; in C, five times as fast as in Python."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _long_form)
