"""The scaling policy as it stands in the template: each range of messages has one step, and the steps make sense."""

from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.template import Stack

HANDS = 2  # messages that a worker holds at most


@pytest.fixture(scope="module")
def scaling(launched: Callable[..., Stack]) -> Stack:
    return launched(MaxWorkers=10_000).nested["Scaling"]


def steps(stack: Stack, name: str) -> list[tuple[float, float, int]]:
    """Lower bound, upper bound, adjustment; bounds count from the alarm's threshold."""
    configuration = stack.resources[name]["Properties"]["StepScalingPolicyConfiguration"]
    return [
        (
            each.get("MetricIntervalLowerBound", float("-inf")),
            each.get("MetricIntervalUpperBound", float("inf")),
            each["ScalingAdjustment"],
        )
        for each in configuration["StepAdjustments"]
    ]


def properties(stack: Stack, name: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.resources[name]["Properties"]
    return found


@pytest.mark.parametrize("name", ["Grow", "Shrink"])
def test_the_steps_cover_every_number_of_messages_once_and_rise(scaling: Stack, name: str) -> None:
    found = steps(scaling, name)
    assert found[0][0] == 0
    assert found[-1][1] == float("inf")
    assert [upper for _, upper, _ in found[:-1]] == [lower for lower, _, _ in found[1:]]
    adjustments = [adjustment for _, _, adjustment in found]
    assert adjustments == sorted(set(adjustments))


def test_nothing_is_counted_in_percent(scaling: Stack) -> None:
    kinds = {
        name: policy["StepScalingPolicyConfiguration"]["AdjustmentType"] for name, policy in scaling.of_type(POLICY)
    }
    assert kinds == {"Grow": "ChangeInCapacity", "Shrink": "ExactCapacity"}


POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"


def test_one_waiting_message_is_enough_unless_a_person_wants_more(launched: Callable[..., Stack]) -> None:
    assert properties(launched().nested["Scaling"], "MessagesWait")["Threshold"] == 1
    assert properties(launched(ScaleOutMessages=5).nested["Scaling"], "MessagesWait")["Threshold"] == 5


def test_zero_workers_are_asked_for_only_when_no_message_is_in_flight(scaling: Stack) -> None:
    assert properties(scaling, "NoMessageWaits")["Threshold"] == 0
    assert [upper for _, upper, target in steps(scaling, "Shrink") if target == 0] == [1]


def test_shrinking_never_asks_for_more_workers_than_hold_the_messages(scaling: Stack) -> None:
    # Half of the messages, rounded up, is how many workers hold them at least.
    assert all(target <= -(-lower // HANDS) for lower, _, target in steps(scaling, "Shrink"))


def test_growing_and_shrinking_are_never_asked_for_at_once(scaling: Stack) -> None:
    down = properties(scaling, "NoMessageWaits")
    by_id = {each["Id"]: each for each in down["Metrics"]}
    assert by_id["toDo"]["Expression"] == "IF(waiting > 0, -1, FILL(inFlight, 0))"
    assert down["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    metrics = {name: each["MetricStat"]["Metric"]["MetricName"] for name, each in by_id.items() if name != "toDo"}
    assert metrics == {
        "waiting": "ApproximateNumberOfMessagesVisible",
        "inFlight": "ApproximateNumberOfMessagesNotVisible",
    }


def test_both_alarms_watch_the_work_queue_by_the_minute_and_move_the_fleet(launched: Callable[..., Stack]) -> None:
    scaling = launched().nested["Scaling"]
    up, down = properties(scaling, "MessagesWait"), properties(scaling, "NoMessageWaits")
    assert up["Period"] == 60
    assert up["Dimensions"] == [{"Name": "QueueName", "Value": "<Queue.WorkQueue.QueueName>"}]
    for each in down["Metrics"][1:]:
        assert each["MetricStat"]["Period"] == 60
        assert each["MetricStat"]["Metric"]["Dimensions"] == up["Dimensions"]
    assert (up["AlarmActions"], down["AlarmActions"]) == (["<Scaling.Grow>"], ["<Scaling.Shrink>"])
    assert properties(scaling, "Capacity")["ResourceId"] == "spot-fleet-request/<Fleet.WorkerFleet>"


def test_what_is_not_known_moves_nothing(scaling: Stack) -> None:
    assert all(alarm["TreatMissingData"] == "notBreaching" for _, alarm in scaling.of_type("AWS::CloudWatch::Alarm"))
