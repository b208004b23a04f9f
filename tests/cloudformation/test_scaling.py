"""The scaling policy as it stands in the template: it grows with what waits, and sets nothing but zero."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from capacity.alarms import breach
from capacity.policy import METRICS, Policy
from cloudformation.template import Stack
from worker.metrics import NAMESPACE

FLEET_POLICY, GROUP_POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy", "AWS::AutoScaling::ScalingPolicy"
VARIANTS = ("SpotFleet", "AutoScalingGroup")
WORDS = sorted(set(METRICS.values()))

Launch = Callable[..., Stack]


@pytest.fixture(scope="module", params=VARIANTS)
def scaling(request: pytest.FixtureRequest, launched: Launch) -> Stack:
    return launched(WorkersOn=request.param, MaxWorkers=10_000).nested["Scaling"]


@pytest.fixture(scope="module")
def policy(launched: Launch) -> Policy:
    return Policy.of(launched(MaxWorkers=10_000))


def steps(properties: dict[str, Any]) -> list[tuple[float, float, int]]:
    """Lower bound, upper bound, adjustment; bounds count from the alarm's threshold."""
    configuration = properties.get("StepScalingPolicyConfiguration", properties)
    if "ScalingAdjustment" in configuration:  # one for every value
        return [(float("-inf"), float("inf"), configuration["ScalingAdjustment"])]
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


def policies(stack: Stack) -> dict[str, dict[str, Any]]:
    return {name: each for kind in (FLEET_POLICY, GROUP_POLICY) for name, each in stack.of_type(kind)}


# ---- up --------------------------------------------------------------------------------------------------------------


def test_the_steps_up_cover_every_number_of_messages_once_and_rise(scaling: Stack) -> None:
    [growing] = [each for name, each in policies(scaling).items() if name.startswith("Grow")]
    found = steps(growing)
    assert found[0][0] == 0
    assert found[-1][1] == float("inf")
    assert [upper for _, upper, _ in found[:-1]] == [lower for lower, _, _ in found[1:]]
    adjustments = [adjustment for _, _, adjustment in found]
    assert adjustments == sorted(set(adjustments))


def test_fleet_and_group_grow_alike(launched: Launch) -> None:
    fleet = properties(launched().nested["Scaling"], "GrowFleet")["StepScalingPolicyConfiguration"]
    group = properties(launched(WorkersOn="AutoScalingGroup").nested["Scaling"], "GrowGroup")
    assert steps(fleet) == steps(group)
    assert fleet["Cooldown"] == group["EstimatedInstanceWarmup"]
    assert group["AutoScalingGroupName"] == "<Group.Workers>"


def test_one_waiting_message_is_enough_unless_a_person_wants_more(launched: Launch) -> None:
    assert properties(launched().nested["Scaling"], "MessagesWait")["Threshold"] == 1
    assert properties(launched(ScaleOutMessages=5).nested["Scaling"], "MessagesWait")["Threshold"] == 5


@pytest.mark.parametrize(
    ("values", "grows"),
    [
        ({"waiting": 9}, True),
        ({"waiting": 0, "in_flight": 9}, False),
        ({}, False),
        ({"in_flight": 9, "received": 9, "empty": 9, "running": 9, "booted": 9}, False),
        ({"waiting": 9, "running": 3, "empty": 1}, True),
        ({"waiting": 9, "running": 3, "received": 1}, True),
        ({"waiting": 9, "running": 3}, False),
        ({"waiting": 9, "running": 3, "received": 0, "empty": 0}, False),
        ({"waiting": 9, "running": 0}, True),
        ({"waiting": 9, "failed": 2}, True),
        ({"waiting": 9, "failed": 3}, False),
        ({"waiting": 9, "failed": 3, "running": 3, "empty": 1}, False),
        ({"waiting": 9, "failed": 3, "booted": 1}, True),
        ({"waiting": 9, "booted": 100}, True),
    ],
)
def test_it_grows_while_messages_wait_boots_succeed_and_somebody_lives(
    values: dict[str, float], policy: Policy, *, grows: bool
) -> None:
    on = breach(policy.up.alarm, 0, {0: values})
    assert (on is not None) is grows
    assert not on or on.value == 9, "by as much as waits"


# ---- down ------------------------------------------------------------------------------------------------------------


def test_nothing_but_zero_is_ever_set(scaling: Stack) -> None:
    kinds = {
        name: each.get("StepScalingPolicyConfiguration", each)["AdjustmentType"]
        for name, each in policies(scaling).items()
    }
    growing = {"GrowFleet", "GrowGroup", "TryOneInFleet", "TryOneInGroup"} & kinds.keys()
    assert len(growing) == 2
    assert {kinds[name] for name in growing} == {"ChangeInCapacity"}
    lowering = kinds.keys() - growing
    assert {kinds[name] for name in lowering} <= {"ExactCapacity"}
    assert {target for name in lowering for _, _, target in steps(properties(scaling, name))} <= {0}


def test_nothing_lowers_a_group_but_that_nobody_lives(launched: Launch) -> None:
    assert policies(launched(WorkersOn="AutoScalingGroup").nested["Scaling"]).keys() == {
        "GrowGroup",
        "TryOneInGroup",
        "GiveUpGroup",
    }


def test_whatever_value_an_empty_queue_has_the_fleet_falls_to_zero(launched: Launch) -> None:
    assert steps(properties(launched().nested["Scaling"], "Nothing")) == [
        (float("-inf"), 0, 0),
        (0, float("inf"), 0),
    ]


@pytest.mark.parametrize(
    ("values", "empty"),
    [
        ({}, False),
        ({"waiting": 0}, True),
        ({"waiting": 0, "received": 0, "empty": 9}, True),
        ({"waiting": 1}, False),
        ({"in_flight": 1}, False),
        ({"waiting": 0, "in_flight": 1}, False),
        ({"waiting": 0, "received": 1}, False),
    ],
)
def test_a_queue_is_empty_when_none_of_its_minutes_had_a_message(
    values: dict[str, float], policy: Policy, *, empty: bool
) -> None:
    """In one of the fifteen, while the others were empty; a minute that is not known is not empty."""
    others = {minute: {"waiting": 0.0} for minute in range(6, 21)}
    assert (breach(policy.down[0].alarm, 20, {**others, 10: values}) is not None) is empty


# ---- what is missing -------------------------------------------------------------------------------------------------


def test_what_is_missing_and_zero_are_the_same_to_every_alarm(policy: Policy) -> None:
    """AWS says that arithmetic takes it for 0, and not in which minutes; so both must come to the same."""
    alarms = {"up": policy.up.alarm, "empty": policy.down[0].alarm, **policy.told}
    assert len(alarms) == 4
    del alarms["empty"]  # what is missing is not empty, the test above says
    alarms["try one"] = policy.retry.alarm
    for chosen in product((None, 0.0, 1.0, 5.0), repeat=len(WORDS)):
        values = dict(zip(WORDS, chosen, strict=True))
        filled = {word: value or 0.0 for word, value in values.items()}
        for name, alarm in alarms.items():
            found, same = alarm.metric(values), alarm.metric(filled)
            assert same is not None
            on = alarm.missing_is_on if found is None else alarm.holds(found)
            assert on is alarm.holds(same), (name, values)


def test_only_functions_whose_treatment_of_missing_values_is_documented_are_used(scaling: Stack) -> None:
    shown = [
        query["Expression"]
        for _, alarm in scaling.of_type("AWS::CloudWatch::Alarm")
        for query in alarm.get("Metrics", [])
        if "Expression" in query
    ]
    assert len(shown) >= 3
    assert not any("FILL" in each or "MAX" in each for each in shown)


# ---- what they look at -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_alarm_looks_at_the_work_queue_and_at_what_follows_it(variant: str, launched: Launch) -> None:
    running = {
        "SpotFleet": ("AWS/EC2Spot", "FulfilledCapacity", "FleetRequestId", "<Fleet.WorkerFleet>"),
        "AutoScalingGroup": ("AWS/AutoScaling", "GroupInServiceInstances", "AutoScalingGroupName", "<Group.Workers>"),
    }[variant]
    queue = "<Queue.WorkQueue.QueueName>"
    seen = set()
    for name, alarm in launched(WorkersOn=variant).nested["Scaling"].of_type("AWS::CloudWatch::Alarm"):
        if "MetricName" in alarm:
            assert (alarm["MetricName"], alarm["Period"]) == ("ApproximateNumberOfMessagesVisible", 60)
            assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": queue}]
            continue
        queries = [query["MetricStat"] for query in alarm["Metrics"] if "MetricStat" in query]
        assert {query["Period"] for query in queries} == {300 if name == "NobodyWorks" else 60}
        for query in queries:
            [dimension] = query["Metric"]["Dimensions"]
            seen.add((query["Metric"]["Namespace"], query["Metric"]["MetricName"], *dimension.values()))
    if variant == "AutoScalingGroup":  # nothing lowers it, so nobody looks at what is in flight
        seen.add(("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", queue))
    assert seen == {
        running,
        *(("AWS/SQS", metric, "QueueName", queue) for namespace, metric in METRICS if namespace == "AWS/SQS"),
        (NAMESPACE, "boots", "queue", queue),
        (NAMESPACE, "failed-boots", "queue", queue),
    }


def test_the_alarms_move_the_fleet(launched: Launch) -> None:
    scaling = launched().nested["Scaling"]
    assert properties(scaling, "Capacity")["ResourceId"] == "spot-fleet-request/<Fleet.WorkerFleet>"
    assert properties(scaling, "MessagesWait")["AlarmActions"] == ["<Scaling.GrowFleet>"]
    assert properties(scaling, "QueueEmpty")["AlarmActions"] == ["<Scaling.Nothing>"]
    assert properties(scaling, "NobodyWorks")["AlarmActions"] == ["<Scaling.GiveUpFleet>"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_people_are_told_of_machines_that_do_nothing_if_they_gave_an_address(variant: str, launched: Launch) -> None:
    told = launched(WorkersOn=variant, AlarmEmail="me@example.com").nested["Scaling"]
    silent = launched(WorkersOn=variant).nested["Scaling"]
    for name in ("BootsFail", "NobodyWorks"):
        assert properties(told, name)["AlarmActions"][-1] == "<Queue.Alarms>"
        assert "<Queue.Alarms>" not in properties(silent, name).get("AlarmActions", [])


def test_nobody_works_when_for_20_minutes_nobody_asked_for_a_message(policy: Policy) -> None:
    alarm = policy.told["NobodyWorks"]
    assert alarm.periods * alarm.minutes == 20
    seldom = {minute: {"running": 2.0} for minute in range(0, 30, 5)}  # a fleet may tell it every five minutes
    assert breach(alarm, 24, seldom) is not None
    assert breach(alarm, 24, {**seldom, 12: {"empty": 1.0}}) is None
    assert breach(alarm, 24, {minute: {"running": 0.0} for minute in range(30)}) is None
    assert breach(alarm, 24, {}) is None


def test_boots_fail_when_three_more_did_than_succeeded(policy: Policy) -> None:
    alarm = policy.told["BootsFail"]
    assert breach(alarm, 0, {0: {"failed": 2.0}}) is None
    assert breach(alarm, 0, {0: {"failed": 3.0}}) is not None
    assert breach(alarm, 0, {0: {"failed": 3.0, "booted": 1.0}}) is None
