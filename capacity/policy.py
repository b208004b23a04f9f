"""The policy by which the fleet's target capacity follows the queue, as a value read from the resolved templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from capacity.metric_math import Expression
from cloudformation.template import PARENT, Stack, TemplateError, read, resolve

MINUTE = 60  # seconds; SQS publishes its metrics once in each

METRICS = {
    "ApproximateNumberOfMessagesVisible": "waiting",
    "ApproximateNumberOfMessagesNotVisible": "in_flight",
}
"""Our words for the metrics of AWS/SQS."""

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
    """A step scaling policy of Application Auto Scaling.

    Attributes:
        exact: Whether an adjustment is the new target, or is added to it.
        cooldown_seconds: How long a scaling activity is given to take effect.
        steps: In order; values below the first do nothing.
    """

    exact: bool
    cooldown_seconds: int
    steps: tuple[Step, ...]

    def adjustment(self, value: float) -> int | None:
        """What is asked for at this value of the metric; None where no step has it."""
        return next((step.adjustment for step in self.steps if step.low <= value < step.high), None)


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm on the queue; it goes off at its threshold and above.

    Attributes:
        metric: From "waiting" and "in_flight" to the number that is compared.
        threshold: It goes off at this value.
        periods: So many minutes in a row.
    """

    metric: Expression
    threshold: float
    periods: int


class Rule(NamedTuple):
    """A policy, and the alarm that puts it into action."""

    alarm: Alarm
    scaling: StepScaling


@dataclass(frozen=True)
class Policy:
    """All that decides how many machines there are.

    Attributes:
        lowest, highest: Bounds of the target.
        up, down: For growing and for shrinking.
        ends_excess: Whether a target below the number of machines ends machines, busy or not.
        idle_minutes: A worker that finds no work leaves after so long.
        dollars_per_hour: No machine is added while all together cost more.
    """

    lowest: int
    highest: int
    up: Rule
    down: Rule
    ends_excess: bool
    idle_minutes: float
    dollars_per_hour: float

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """The policy in a stack made from our parent template.

        Raises:
            TemplateError: the stack has no such policy, or one that is not understood here.
        """
        target = _only(stack, "AWS::ApplicationAutoScaling::ScalableTarget")
        fleet = next(
            properties["SpotFleetRequestConfigData"]
            for name, properties in stack.of_type("AWS::EC2::SpotFleet")
            if target["ResourceId"] == f"spot-fleet-request/<{name}>"
        )
        rules = [
            _rule(alarm, policy)
            for name, policy in stack.of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
            for _, alarm in stack.of_type("AWS::CloudWatch::Alarm")
            if f"<{name}>" in alarm.get("AlarmActions", [])
        ]
        rules.sort(key=lambda rule: rule.scaling.exact)
        if [rule.scaling.exact for rule in rules] != [False, True]:
            raise TemplateError("there must be one alarm that adds to the target and one that sets it")
        up, down = rules
        return cls(
            lowest=target["MinCapacity"],
            highest=target["MaxCapacity"],
            up=up,
            down=down,
            ends_excess=fleet["ExcessCapacityTerminationPolicy"] != "noTermination",
            idle_minutes=stack.parameters["IdleExitMinutes"],
            dollars_per_hour=float(fleet["SpotMaxTotalPrice"]),
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
    return Rule(read_alarm, _scaling(policy["StepScalingPolicyConfiguration"], read_alarm.threshold))


def _alarm(properties: Mapping[str, Any]) -> Alarm:
    understood = {
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    for name, value in understood.items():
        if properties.get(name) != value:
            raise TemplateError(f"an alarm's {name} must be {value}, not {properties.get(name)!r}")
    if "DatapointsToAlarm" in properties:
        raise TemplateError("alarms with DatapointsToAlarm are not understood")
    return Alarm(_metric(properties), properties["Threshold"], properties["EvaluationPeriods"])


def _metric(properties: Mapping[str, Any]) -> Expression:
    if "Metrics" not in properties:
        return Expression(_sqs_metric(properties, properties["Statistic"], properties["Period"]))
    names, shown = {}, []
    for query in properties["Metrics"]:
        if query.get("ReturnData", True):
            shown.append(query["Expression"])
        else:
            each = query["MetricStat"]
            names[query["Id"]] = _sqs_metric(each["Metric"], each["Stat"], each["Period"])
    if len(shown) != 1:
        raise TemplateError(f"an alarm must be on one expression, not {len(shown)}")
    return Expression(shown[0], names)


def _sqs_metric(metric: Mapping[str, Any], statistic: str, period: int) -> str:
    if metric["Namespace"] != "AWS/SQS" or metric["MetricName"] not in METRICS or period != MINUTE:
        raise TemplateError(
            f"an alarm must be on {' or '.join(METRICS)} of AWS/SQS in periods of {MINUTE} s, "
            f"not on {metric['MetricName']} of {metric['Namespace']} in periods of {period} s"
        )
    # SQS publishes one value in a minute, so these three are the same.
    if statistic not in {"Minimum", "Maximum", "Average"}:
        raise TemplateError(f"an alarm's statistic must be Minimum, Maximum or Average, not {statistic}")
    return METRICS[metric["MetricName"]]


def _scaling(configuration: Mapping[str, Any], threshold: float) -> StepScaling:
    kinds = {"ChangeInCapacity": False, "ExactCapacity": True}
    if configuration["AdjustmentType"] not in kinds:
        raise TemplateError(f"AdjustmentType must be {' or '.join(kinds)}, not {configuration['AdjustmentType']}")
    if configuration["MetricAggregationType"] != "Maximum":
        raise TemplateError(f"MetricAggregationType must be Maximum, not {configuration['MetricAggregationType']}")
    return StepScaling(
        exact=kinds[configuration["AdjustmentType"]],
        cooldown_seconds=configuration["Cooldown"],
        steps=tuple(
            Step(
                threshold + step.get("MetricIntervalLowerBound", float("-inf")),
                threshold + step.get("MetricIntervalUpperBound", float("inf")),
                step["ScalingAdjustment"],
            )
            for step in configuration["StepAdjustments"]
        ),
    )
