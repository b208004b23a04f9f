"""Alarms as CloudFormation names them, in the emulator's CloudWatch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


@contextmanager
def alarm(client: "CloudWatchClient", name: str, *, says: str = "", on: bool = True) -> Iterator[None]:
    """One that is there while the block lasts.

    Args:
        client: Of CloudWatch.
        name: Its whole name.
        says: Its description.
        on: Whether it is.
    """
    client.put_metric_alarm(
        AlarmName=name,
        AlarmDescription=says,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    client.set_alarm_state(AlarmName=name, StateValue="ALARM" if on else "OK", StateReason="a test")
    yield
    client.delete_alarms(AlarmNames=[name])
