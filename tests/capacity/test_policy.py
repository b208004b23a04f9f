"""The policy is read from the templates as they are, and what would not be understood is refused."""

from typing import Any

import pytest

from capacity.metric_math import Expression
from capacity.policy import Policy, Step, stack
from cloudformation.template import Stack, TemplateError

ALARM = "AWS::CloudWatch::Alarm"
SCALING_POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
ADDS_ONE = {
    "AdjustmentType": "ChangeInCapacity",
    "MetricAggregationType": "Maximum",
    "Cooldown": 60,
    "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
}


def properties(resolved: Stack, kind: str, name: str) -> dict[str, Any]:
    return dict(resolved.of_type(kind))[name]


def test_it_follows_the_parameters_of_the_stack() -> None:
    given = {
        "MaxWorkers": 77,
        "ScaleOutMessages": 3,
        "ScaleInMinutes": 5,
        "IdleExitMinutes": 20,
        "MaxDollarsPerHour": 9,
    }
    policy = Policy.of(stack(**given))
    assert (policy.lowest, policy.highest, policy.idle_minutes, policy.dollars_per_hour) == (0, 77, 20, 9)
    assert (policy.up.alarm.threshold, policy.up.alarm.periods, policy.down.alarm.periods) == (3, 1, 5)
    assert not policy.ends_excess


def test_steps_count_from_the_alarms_threshold() -> None:
    resolved = stack(ScaleOutMessages=5)
    configuration = properties(resolved, SCALING_POLICY, "Scaling.Grow")["StepScalingPolicyConfiguration"]
    configuration["StepAdjustments"] = [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 2},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 7},
    ]
    growing = Policy.of(resolved).up.scaling
    assert growing.steps == (Step(5, 15, 2), Step(15, float("inf"), 7))
    assert [growing.adjustment(value) for value in (4, 5, 14, 15, 10**6)] == [None, 2, 2, 7, 7]


def test_the_steps_leave_no_gap() -> None:
    policy = Policy.of(stack())
    for alarm, scaling in (policy.up, policy.down):
        assert scaling.steps[0].low == alarm.threshold
        assert [step.high for step in scaling.steps[:-1]] == [step.low for step in scaling.steps[1:]]
        assert scaling.steps[-1].high == float("inf")


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [
        (ALARM, "Scaling.MessagesWait", {"ComparisonOperator": "GreaterThanThreshold"}),
        (ALARM, "Scaling.MessagesWait", {"TreatMissingData": "breaching"}),
        (ALARM, "Scaling.MessagesWait", {"DatapointsToAlarm": 1}),
        (ALARM, "Scaling.MessagesWait", {"Period": 300}),
        (ALARM, "Scaling.MessagesWait", {"Statistic": "Sum"}),
        (ALARM, "Scaling.MessagesWait", {"MetricName": "NumberOfMessagesSent"}),
        (ALARM, "Scaling.MessagesWait", {"AlarmActions": []}),
        (
            SCALING_POLICY,
            "Scaling.Grow",
            {"StepScalingPolicyConfiguration": {"AdjustmentType": "PercentChangeInCapacity"}},
        ),
        (SCALING_POLICY, "Scaling.Shrink", {"StepScalingPolicyConfiguration": ADDS_ONE}),
    ],
)
def test_what_the_simulation_does_not_know_is_refused(kind: str, name: str, change: dict[str, Any]) -> None:
    resolved = stack()
    properties(resolved, kind, name).update(change)
    with pytest.raises(TemplateError):
        Policy.of(resolved)


def test_a_stack_whose_workers_run_on_batch_has_no_policy() -> None:
    with pytest.raises(TemplateError, match="there must be one AWS::ApplicationAutoScaling::ScalableTarget, not 0"):
        Policy.of(stack(WorkersOn="Batch"))


@pytest.mark.parametrize(
    ("text", "waiting", "in_flight", "value"),
    [
        ("a", 3, 4, 3),
        ("a + 2 * b - 1", 3, 4, 10),
        ("IF(a > 0, -1, b)", 3, 4, -1),
        ("IF(a > 0, -1, b)", 0, 4, 4),
        ("IF(a > 0, -1, b)", 0, None, None),
        ("IF(a > 0, -1, b)", 3, None, -1),
        ("FILL(b, 7)", 3, None, 7),
        ("FILL(b, 7)", 3, 4, 4),
        ("a + b", None, 4, None),
    ],
)
def test_metric_math_gives_what_cloudwatch_gives(
    text: str, waiting: float | None, in_flight: float | None, value: float | None
) -> None:
    expression = Expression(text, {"a": "waiting", "b": "in_flight"})
    assert expression({"waiting": waiting, "in_flight": in_flight}) == value


@pytest.mark.parametrize("text", ["c", "METRICS()", "a +", "a / b", "a.b", "IF(a, b)", "'text'", "a < b < a"])
def test_metric_math_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="is not understood"):
        Expression(text, {"a": "waiting", "b": "in_flight"})
