"""Resolving templates: the functions, parameters, rules and nested stacks that ours use."""

from typing import Any

import pytest
import yaml

from cloudformation import template
from cloudformation.template import TemplateError, read, resolve


def resolved(text: str, **parameters: Any) -> dict[str, Any]:
    """Properties of the resource Thing."""
    stack = resolve(yaml.load(text, Loader=template._Loader), parameters)
    properties: dict[str, Any] = stack.resources["Thing"]["Properties"]
    return properties


PARAMETERS = """
Parameters:
  Size: {Type: Number, Default: 2, MinValue: 1, MaxValue: 9}
  Open: {Type: String, Default: "no", AllowedValues: ["yes", "no"]}
  Range: {Type: String, Default: 10.0.0.0/8, AllowedPattern: '[0-9./]+', ConstraintDescription: must be a CIDR range}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
Mappings:
  Price: {small: {Hour: 0.03}}
Conditions:
  IsOpen: !Equals [!Ref Open, "yes"]
  IsShut: !Not [!Condition IsOpen]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Gate: {Type: AWS::SQS::Queue, Condition: IsOpen}
  Thing:
    Type: AWS::SQS::Queue
    Properties:
      X: """


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!Ref Size", 2),
        ("!Ref Queue", "<Queue>"),
        ("!GetAtt Queue.Arn", "<Queue.Arn>"),
        ("!Sub '${AWS::StackName}-${Size}-${Queue.Arn}-${!kept}'", "spotmc-2-<Queue.Arn>-${kept}"),
        ("!Sub ['${local}', {local: !Ref Size}]", "2"),
        ("!If [IsOpen, 1, 2]", 2),
        ("!If [IsShut, [!Ref 'AWS::NoValue', 1], 2]", [1]),
        ("!Select [1, !Ref Zones]", "b"),
        ("!Join [':', [!Ref Size, x]]", "2:x"),
        ("!Split ['/', a/b]", ["a", "b"]),
        ("!FindInMap [Price, small, Hour]", 0.03),
        ("!Select [2, !GetAZs '']", "us-east-1c"),
        ("!Base64 text", "text"),
        ("{Condition: {StringEquals: {a: b}}}", {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
)
def test_functions_give_what_cloudformation_gives(written: str, expected: object) -> None:
    assert resolved(PARAMETERS + written) == {"X": expected}


def test_a_property_without_value_is_left_out() -> None:
    assert resolved(PARAMETERS + "!Ref AWS::NoValue") == {}


def test_a_resource_exists_only_under_its_condition() -> None:
    assert resolved(PARAMETERS + "!Ref Gate", Open="yes") == {"X": "<Gate>"}
    with pytest.raises(TemplateError, match="Gate is neither a parameter nor a resource that will exist"):
        resolved(PARAMETERS + "!Ref Gate", Open="no")


@pytest.mark.parametrize("written", ["!Cidr [a, 1, 2]", "!Ref Nothing", "!FindInMap [Price, large, Hour]"])
def test_what_is_not_understood_is_refused(written: str) -> None:
    with pytest.raises(TemplateError):
        resolved(PARAMETERS + written)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Size": 10}, "Size must be a whole number from 1 to 9, not '10'"),
        ({"Size": "two"}, "Size must be a whole number from 1 to 9, not 'two'"),
        ({"Open": "maybe"}, "Open must be one of yes, no, not 'maybe'"),
        ({"Range": "home"}, "Range must be a CIDR range, not 'home'"),
        ({"Colour": "red"}, "the template has no parameter Colour"),
    ],
)
def test_a_bad_parameter_is_refused_in_words(given: dict[str, object], words: str) -> None:
    with pytest.raises(TemplateError, match=f"^{words}$"):
        resolved(PARAMETERS + "1", **given)


def test_a_missing_parameter_is_refused() -> None:
    with pytest.raises(TemplateError, match="the parameter WorkerFleet is missing"):
        resolve(read("scaling.yaml"), {})


def test_rules_refuse_values_in_a_persons_words() -> None:
    rules = """
Rules:
  Small:
    RuleCondition: !Equals [!Ref Open, "yes"]
    Assertions:
      - Assert: !Contains [["1", "2"], !Ref Size]
        AssertDescription: What is open must be small.
"""
    assert resolved(rules + PARAMETERS + "1", Open="no", Size=3)
    assert resolved(rules + PARAMETERS + "1", Open="yes", Size=2)
    with pytest.raises(TemplateError, match="What is open must be small"):
        resolved(rules + PARAMETERS + "1", Open="yes", Size=3)


def test_nested_stacks_hand_on_their_outputs() -> None:
    def nested(name: str) -> dict[str, Any]:
        assert name == "child.yaml"
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}
        return {
            "Parameters": {"Name": {"Type": "String"}},
            "Resources": {"Queue": queue},
            "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}}},
        }

    def child(name: Any) -> dict[str, Any]:
        properties = {"TemplateURL": "https://bucket/templates/child.yaml", "Parameters": {"Name": name}}
        return {"Type": template.NESTED_STACK, "Properties": properties}

    # The one that takes the other's output is written first.
    parent = {"Resources": {"Second": child({"Fn::GetAtt": ["First", "Outputs.Arn"]}), "First": child("a")}}
    assert dict(resolve(parent, {}, read=nested).of_type("AWS::SQS::Queue")) == {
        "First.Queue": {"QueueName": "a"},
        "Second.Queue": {"QueueName": "<First.Queue.Arn>"},
    }


def test_stacks_that_need_each_other_are_refused() -> None:
    properties = {"TemplateURL": "child.yaml", "Parameters": {"Name": {"Fn::GetAtt": ["Other", "Outputs.Arn"]}}}
    circle = {"Type": template.NESTED_STACK, "Properties": properties}
    other = {**circle, "Properties": {**properties, "Parameters": {"Name": {"Fn::Sub": "${One.Outputs.Arn}"}}}}
    with pytest.raises(TemplateError, match="need each other's outputs"):
        resolve({"Resources": {"One": circle, "Other": other}}, {})
