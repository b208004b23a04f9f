"""CloudWatch alarms of a stack that are on and want a person."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from fleet.errors import AlarmsError, explained

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

STEERING = frozenset({"MessagesWait", "StillWaiting", "QueueEmpty", "QueueSilent"})
"""Those that only move the number of machines: they are on every day."""

_ON: Final = "ALARM"


@dataclass(frozen=True)
class Alarm:
    """One that is on.

    Attributes:
        name: That of the templates, such as DeadLetters.
        says: Its description.
        since: When it went on.
    """

    name: str
    says: str
    since: datetime


def alarms_on(client: "CloudWatchClient", stack_name: str) -> list[Alarm]:
    """Those of a stack, the oldest first.

    Raises:
        AlarmsError
    """
    # A stack's name has small letters only, so what follows here is no longer name of another stack.
    ours = re.compile(rf"{re.escape(stack_name)}-[A-Z]\w*-\w+-(?P<name>[A-Z]\w*)-\w+")
    with explained(AlarmsError, f"look for alarms of {stack_name}"):
        # Who asks for metric alarms only needs no permission for all there are:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
        pages = client.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=f"{stack_name}-", StateValue=_ON, AlarmTypes=["MetricAlarm"]
        )
        found = [
            Alarm(name["name"], each.get("AlarmDescription", ""), each["StateUpdatedTimestamp"])
            for page in pages
            for each in page["MetricAlarms"]
            if each["StateValue"] == _ON and (name := ours.fullmatch(each["AlarmName"]))
        ]
    return sorted((each for each in found if each.name not in STEERING), key=lambda each: each.since)
