"""The policy by which the number of machines follows the queue, as a value read from the resolved templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Any, NamedTuple, Self

from capacity.alarms import COMPARISONS, MINUTE, SUMMED, Alarm
from capacity.metric_math import Expression
from cloudformation.template import PARENT, Stack, TemplateError, read, resolve

METRICS = {
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): "waiting",
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): "in_flight",
    ("AWS/SQS", "NumberOfMessagesReceived"): "received",
    ("AWS/SQS", "NumberOfEmptyReceives"): "empty",
    ("AWS/EC2Spot", "FulfilledCapacity"): "running",
    ("AWS/AutoScaling", "GroupInServiceInstances"): "running",
    ("spot-montecarlo", "boots"): "booted",
    ("spot-montecarlo", "failed-boots"): "failed",
}
"""Our words for the metrics."""

_FOR_NOBODY = {f"Scaling.{name}" for name in ("MessagesWait", "StillWaiting", "QueueEmpty", "QueueSilent")}
_ALARM = "AWS::CloudWatch::Alarm"
_FLEET_POLICY, _GROUP_POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy", "AWS::AutoScaling::ScalingPolicy"
_FLEET, _GROUP = "AWS::EC2::SpotFleet", "AWS::AutoScaling::AutoScalingGroup"

# What has no default and does not matter here.
_WHATEVER = {"ArtefactBucket": "any", "ArtefactPrefix": "any", "AllowedCidr": "203.0.113.7/32", "Password": "x" * 12}


@dataclass(frozen=True)
class Step:
    """One step of a step scaling policy: for values of the metric from ``low`` up to but not including ``high``."""

    low: float
    high: float
    adjustment: int


@dataclass(frozen=True)
class StepScaling:
    """A step scaling policy.

    Attributes:
        exact: Whether an adjustment is the new target, or is added to what is there.
        cooldown_seconds: How long machines are given to take effect.
        steps: In order; values that none has do nothing.
        warms_up: Whether each machine is given that time, as in a group, or each scaling activity.
    """

    exact: bool
    cooldown_seconds: int
    steps: tuple[Step, ...]
    warms_up: bool = False

    def adjustment(self, value: float) -> int | None:
        """What is asked for at this value of the metric; None where no step has it."""
        return next((step.adjustment for step in self.steps if step.low <= value < step.high), None)


class Rule(NamedTuple):
    """A policy, and the alarm that puts it into action."""

    alarm: Alarm
    scaling: StepScaling


class Leaving(Enum):
    """What a worker does before its machine goes by its own will; userdata/leave.sh does it."""

    TO_IN_FLIGHT = "lowers the target to the messages in flight"  # which busy workers have, each at least one
    ONE_EACH = "takes itself out of the group, which is smaller by one then"
    NOTHING = "just goes"


@dataclass(frozen=True)
class Policy:
    """All that decides how many machines there are.

    Attributes:
        lowest, highest: Bounds of the target.
        up: For growing.
        retry: For growing by one now and then, whatever keeps ``up`` from it.
        down: For shrinking, besides what workers do that leave.
        told: Alarms for people, by their logical id.
        leaving: What workers do that leave.
        ends_excess: Whether a target below the number of machines ends machines, busy or not.
        idle_minutes: A worker that finds no work leaves after so long.
        dollars_per_hour: No machine is added while all together cost more.
        machine_dollars_per_hour: No machine is added that costs more.
    """

    lowest: int
    highest: int
    up: Rule
    retry: Rule
    down: tuple[Rule, ...]
    told: Mapping[str, Alarm]
    leaving: Leaving
    ends_excess: bool
    idle_minutes: float
    dollars_per_hour: float = inf
    machine_dollars_per_hour: float = inf

    @property
    def on_fleet(self) -> bool:
        """Whether the workers are on a Spot Fleet, and not in a group."""
        return not self.up.scaling.warms_up

    def affordable(self, price: float) -> float:
        """How many machines it lets be there at this price for each in an hour."""
        return self.dollars_per_hour / price if price <= self.machine_dollars_per_hour else 0

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """The policy in a stack made from our parent template.

        Raises:
            TemplateError: the stack has no such policy, or one that is not understood here.
        """
        policies = {
            name: properties for kind in (_FLEET_POLICY, _GROUP_POLICY) for name, properties in stack.of_type(kind)
        }
        rules, told = [], {}
        for name, alarm in stack.of_type(_ALARM):
            if not name.startswith("Scaling."):
                continue
            moved = [each[1:-1] for each in alarm.get("AlarmActions", []) if each[1:-1] in policies]
            rules += [_rule(alarm, policies[each]) for each in moved]
            if name not in _FOR_NOBODY:
                told[name.removeprefix("Scaling.")] = _alarm(alarm)
        adding = [rule for rule in rules if not rule.scaling.exact]
        if len(adding) != 2:
            raise TemplateError(f"there must be two alarms that add machines, not {len(adding)}")
        up, retry = sorted(adding, key=lambda rule: rule.scaling.cooldown_seconds)
        down = tuple(rule for rule in rules if rule.scaling.exact)
        if any(step.adjustment != 0 for rule in down for step in rule.scaling.steps):
            raise TemplateError(
                "an alarm must lower the target to 0 or not at all: nobody but a worker knows who is busy"
            )
        idle = stack.parameters["IdleExitMinutes"]
        if fleets := [
            properties["SpotFleetRequestConfigData"]
            for name, properties in stack.of_type(_FLEET)
            if name.startswith("Fleet.")
        ]:
            target = _only(stack, "AWS::ApplicationAutoScaling::ScalableTarget")
            return cls(
                lowest=target["MinCapacity"],
                highest=target["MaxCapacity"],
                up=up,
                retry=retry,
                down=down,
                told=told,
                leaving=Leaving.TO_IN_FLIGHT,
                ends_excess=fleets[0]["ExcessCapacityTerminationPolicy"] != "noTermination",
                idle_minutes=idle,
                dollars_per_hour=float(fleets[0]["SpotMaxTotalPrice"]),
            )
        group = _only(stack, _GROUP)
        return cls(
            lowest=int(group["MinSize"]),
            highest=group["MaxSize"],
            up=up,
            retry=retry,
            down=down,
            told=told,
            leaving=Leaving.ONE_EACH,
            ends_excess=group["NewInstancesProtectedFromScaleIn"] is not True,
            idle_minutes=idle,
            machine_dollars_per_hour=float(group["MixedInstancesPolicy"]["InstancesDistribution"]["SpotMaxPrice"]),
        )


def stack(**parameters: Any) -> Stack:
    """Our stack, resolved with these parameters and otherwise with the defaults.

    Raises:
        TemplateError: the templates do not accept them.
    """
    return resolve(read(PARENT), {**_WHATEVER, **parameters})


def most_workers() -> int:
    """The largest maximum that our templates allow."""
    return int(read(PARENT)["Parameters"]["MaxWorkers"]["MaxValue"])


def _only(stack: Stack, kind: str) -> Mapping[str, Any]:
    found = [properties for _, properties in stack.of_type(kind)]
    if len(found) != 1:
        raise TemplateError(f"there must be one {kind}, not {len(found)}")
    return found[0]


def _rule(alarm: Mapping[str, Any], policy: Mapping[str, Any]) -> Rule:
    read_alarm = _alarm(alarm)
    return Rule(read_alarm, _scaling(policy, read_alarm.threshold))


def _alarm(properties: Mapping[str, Any]) -> Alarm:
    understood = {"ComparisonOperator": COMPARISONS, "TreatMissingData": ("notBreaching", "breaching")}
    for name, values in understood.items():
        if properties.get(name) not in values:
            raise TemplateError(f"an alarm's {name} must be {' or '.join(values)}, not {properties.get(name)!r}")
    if "DatapointsToAlarm" in properties:
        raise TemplateError("alarms with DatapointsToAlarm are not understood")
    metric, period = _metric(properties)
    if period % MINUTE:
        raise TemplateError(f"an alarm's period must be whole minutes, not {period} s")
    return Alarm(
        metric,
        properties["ComparisonOperator"],
        properties["Threshold"],
        properties["EvaluationPeriods"],
        period // MINUTE,
        properties["TreatMissingData"] == "breaching",
    )


def _metric(properties: Mapping[str, Any]) -> tuple[Expression, int]:
    """The number that an alarm compares, and the period of its metrics in seconds."""
    if "MetricName" in properties:
        return Expression("it", {"it": _word(properties, properties["Statistic"])}), properties["Period"]
    names, shown, periods = {}, [], set()
    for query in properties.get("Metrics", []):
        if query.get("ReturnData", True):
            shown.append(query["Expression"])
        else:
            each = query["MetricStat"]
            names[query["Id"]] = _word(each["Metric"], each["Stat"])
            periods.add(each["Period"])
    if len(shown) != 1 or len(periods) != 1:
        raise TemplateError(f"an alarm must be on one expression of one period, not {len(shown)} of {len(periods)}")
    return Expression(shown[0], names), periods.pop()


def _word(metric: Mapping[str, Any], statistic: str) -> str:
    word = METRICS.get((metric["Namespace"], metric["MetricName"]))
    if word is None:
        raise TemplateError(f"no alarm here knows {metric['MetricName']} of {metric['Namespace']}")
    wanted = "Sum" if word in SUMMED else "Maximum"
    if statistic != wanted:
        raise TemplateError(f"the statistic of {metric['MetricName']} must be {wanted}, not {statistic}")
    return word


def _scaling(policy: Mapping[str, Any], threshold: float) -> StepScaling:
    configuration = policy.get("StepScalingPolicyConfiguration", policy)
    kinds = {"ChangeInCapacity": False, "ExactCapacity": True}
    if configuration["AdjustmentType"] not in kinds:
        raise TemplateError(f"AdjustmentType must be {' or '.join(kinds)}, not {configuration['AdjustmentType']}")
    exact = kinds[configuration["AdjustmentType"]]
    if policy["PolicyType"] == "SimpleScaling":  # one step for all values
        only = Step(-inf, inf, policy["ScalingAdjustment"])
        return StepScaling(exact, int(policy["Cooldown"]), (only,))
    if configuration["MetricAggregationType"] != "Maximum":
        raise TemplateError(f"MetricAggregationType must be Maximum, not {configuration['MetricAggregationType']}")
    warms_up = "EstimatedInstanceWarmup" in configuration
    return StepScaling(
        exact=exact,
        cooldown_seconds=configuration["EstimatedInstanceWarmup" if warms_up else "Cooldown"],
        steps=tuple(
            Step(
                threshold + step.get("MetricIntervalLowerBound", -inf),
                threshold + step.get("MetricIntervalUpperBound", inf),
                step["ScalingAdjustment"],
            )
            for step in configuration["StepAdjustments"]
        ),
        warms_up=warms_up,
    )
