"""The policy is read from the templates as they are, and what would not be understood is refused."""

from dataclasses import replace
from typing import Any

import pytest

from capacity.policy import Leaving, Policy, Step, stack
from cloudformation.template import Stack, TemplateError

ALARM = "AWS::CloudWatch::Alarm"
FLEET_POLICY, GROUP_POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy", "AWS::AutoScaling::ScalingPolicy"
TO_ONE = {
    "AdjustmentType": "ExactCapacity",
    "MetricAggregationType": "Maximum",
    "Cooldown": 60,
    "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
}


def properties(resolved: Stack, kind: str, name: str) -> dict[str, Any]:
    return dict(resolved.of_type(kind))[name]


def test_it_follows_the_parameters_of_the_stack() -> None:
    given = {"MaxWorkers": 77, "ScaleOutMessages": 3, "IdleExitMinutes": 20, "MaxDollarsPerHour": 9}
    policy = Policy.of(stack(**given))
    assert (policy.lowest, policy.highest, policy.idle_minutes, policy.dollars_per_hour) == (0, 77, 20, 9)
    assert (policy.up.alarm.threshold, policy.up.alarm.periods) == (3, 1)
    assert (policy.on_fleet, policy.leaving, policy.ends_excess) == (True, Leaving.TO_IN_FLIGHT, False)


def test_a_group_has_the_same_alarms_and_nothing_that_lowers_it_but_workers() -> None:
    given = {"MaxWorkers": 77, "ScaleOutMessages": 3, "IdleExitMinutes": 20}
    fleet = Policy.of(stack(**given))
    group = Policy.of(stack(**given, WorkersOn="AutoScalingGroup", MachineDollarsPerHour=0.15))
    assert (group.lowest, group.highest, group.idle_minutes) == (0, 77, 20)
    assert (group.up.alarm, group.told) == (fleet.up.alarm, fleet.told)
    assert group.up.scaling == replace(fleet.up.scaling, warms_up=True)
    assert group.retry.alarm == fleet.retry.alarm
    assert group.retry.scaling.cooldown_seconds == fleet.retry.scaling.cooldown_seconds
    assert [rule.alarm for rule in group.down] == [group.told["NobodyWorks"]]
    assert (group.on_fleet, group.leaving, group.ends_excess) == (False, Leaving.ONE_EACH, False)
    assert group.dollars_per_hour == float("inf")
    assert (group.affordable(0.15), group.affordable(0.16)) == (float("inf"), 0)


def test_steps_count_from_the_alarms_threshold() -> None:
    resolved = stack(ScaleOutMessages=5)
    configuration = properties(resolved, FLEET_POLICY, "Scaling.GrowFleet")["StepScalingPolicyConfiguration"]
    configuration["StepAdjustments"] = [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 2},
        {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 7},
    ]
    growing = Policy.of(resolved).up.scaling
    assert growing.steps == (Step(5, 15, 2), Step(15, float("inf"), 7))
    assert [growing.adjustment(value) for value in (4, 5, 14, 15, 10**6)] == [None, 2, 2, 7, 7]


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [
        (ALARM, "Scaling.MessagesWait", {"ComparisonOperator": "LessThanThreshold"}),
        (ALARM, "Scaling.MessagesWait", {"TreatMissingData": "ignore"}),
        (ALARM, "Scaling.MessagesWait", {"DatapointsToAlarm": 1}),
        (ALARM, "Scaling.MessagesWait", {"Metrics": []}),
        (ALARM, "Scaling.MessagesWait", {"AlarmActions": []}),
        (FLEET_POLICY, "Scaling.GrowFleet", {"StepScalingPolicyConfiguration": {"AdjustmentType": "Percent"}}),
        (FLEET_POLICY, "Scaling.Nothing", {"StepScalingPolicyConfiguration": TO_ONE}),
    ],
)
def test_what_the_simulation_does_not_know_is_refused(kind: str, name: str, change: dict[str, Any]) -> None:
    resolved = stack()
    properties(resolved, kind, name).update(change)
    with pytest.raises(TemplateError):
        Policy.of(resolved)


@pytest.mark.parametrize(
    ("metric", "change"),
    [
        ("waiting", {"Stat": "Sum"}),
        ("received", {"Stat": "Maximum"}),
        ("waiting", {"Period": 300}),
        ("waiting", {"Metric": {"Namespace": "AWS/SQS", "MetricName": "SentMessageSize"}}),
    ],
)
def test_a_metric_that_the_simulation_does_not_make_is_refused(metric: str, change: dict[str, Any]) -> None:
    resolved = stack()
    queries = properties(resolved, ALARM, "Scaling.MessagesWait")["Metrics"]
    next(each for each in queries if each["Id"] == metric)["MetricStat"].update(change)
    with pytest.raises(TemplateError):
        Policy.of(resolved)


def test_a_stack_whose_workers_run_on_batch_has_no_policy() -> None:
    with pytest.raises(TemplateError, match="there must be two alarms that add machines, not 0"):
        Policy.of(stack(WorkersOn="Batch"))
