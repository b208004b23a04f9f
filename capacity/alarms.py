"""CloudWatch's alarms, as they are documented: from what is known of the metrics to whether an alarm is on.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from capacity.metric_math import Expression, Values

MINUTE = 60  # seconds; metrics have one value in each
LOOKED_BACK = 2  # periods, besides those that an alarm counts, in which it looks for values when the newest are missing

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
}
SUMMED = frozenset({"received", "empty", "booted", "failed"})
"""Metrics whose values in a period are added; of others it has the largest."""

Samples = Mapping[int, Values]
"""What is known so far: by minute, values by our words for the metrics."""


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm.

    Attributes:
        metric: From our words for the metrics to the number that is compared.
        comparison: One of COMPARISONS.
        threshold: What it is compared with.
        periods: It is on after so many in a row.
        minutes: So long is each of them.
        missing_is_on: Whether a period without a value counts as one that it is on for.
    """

    metric: Expression
    comparison: str
    threshold: float
    periods: int
    minutes: int = 1
    missing_is_on: bool = False

    def holds(self, value: float) -> bool:
        """Whether it is on for this value."""
        return COMPARISONS[self.comparison](value, self.threshold)


class Breach(NamedTuple):
    """An alarm is on.

    Attributes:
        value: The largest of those that it counted; None where it is on for want of any.
    """

    value: float | None


def breach(alarm: Alarm, minute: int, samples: Samples, *, empty_is_zero: bool = True) -> Breach | None:
    """Whether an alarm is on at the end of a minute; None when it is off.

    Args:
        alarm: The alarm.
        minute: Number of the minute that has ended.
        samples: Those published so far; an alarm makes do with older ones when the newest are late.
        empty_is_zero: Whether an expression counts a metric without any value in the periods that are looked at as 0;
            otherwise it has no value itself.
    """
    last = (minute + 1) // alarm.minutes - 1
    looked_at: Iterable[Values] = (
        _in_period(period, alarm.minutes, samples) for period in range(last, last - alarm.periods - LOOKED_BACK, -1)
    )
    if not empty_is_zero:
        looked_at = list(looked_at)
        there = {word for known in looked_at for word, value in known.items() if value is not None}
        if not alarm.metric.words <= there:
            looked_at = []
    values: list[float] = []
    for known in looked_at:
        value = alarm.metric(known)
        if value is None:
            continue
        if not alarm.holds(value):
            return None
        values.append(value)
        if len(values) == alarm.periods:
            break
    if len(values) < alarm.periods and not alarm.missing_is_on:
        return None
    return Breach(max(values, default=None))


def _in_period(period: int, minutes: int, samples: Samples) -> Values:
    if minutes == 1:
        return samples.get(period, {})
    found: dict[str, float] = {}
    for minute in range(period * minutes, (period + 1) * minutes):
        for name, value in samples.get(minute, {}).items():
            if value is not None:
                found[name] = found.get(name, 0) + value if name in SUMMED else max(found.get(name, value), value)
    return found
