"""A stack's alarms, and the values that they judge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fleet.errors import explained
from rehearsal.check import RehearsalError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryOutputTypeDef


@dataclass(frozen=True)
class Alarm:
    """As CloudWatch has it.

    Attributes:
        name: Whole.
        state: OK, ALARM or INSUFFICIENT_DATA.
        queries: What it is about, as ``GetMetricData`` takes it.
    """

    name: str
    state: str
    queries: "tuple[MetricDataQueryOutputTypeDef, ...]"

    @property
    def judged(self) -> str:
        """Id of the query whose values it compares with its threshold."""
        return next((str(each["Id"]) for each in self.queries if each.get("ReturnData", True)), "")


class Alarms:
    """Of one stack.

    Args:
        cloudwatch: Client of its region.
        stack_name: CloudFormation's names begin with it, and have the logical id in them.
    """

    def __init__(self, cloudwatch: "CloudWatchClient", stack_name: str) -> None:
        self._cloudwatch, self._stack_name = cloudwatch, stack_name

    def find(self, logical_id: str) -> Alarm:
        """
        Raises:
            RehearsalError: the stack has no such alarm, or CloudWatch does not tell.
        """
        with explained(RehearsalError, f"look at the alarm {logical_id}"):
            pages = self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{self._stack_name}-")
            found = [each for page in pages for each in page["MetricAlarms"]]
        for each in found:
            if f"-{logical_id}-" in each["AlarmName"]:
                return Alarm(each["AlarmName"], each["StateValue"], tuple(each.get("Metrics", ())))
        raise RehearsalError(f"the stack {self._stack_name} has no alarm {logical_id}")

    def points(self, alarm: Alarm, now: datetime, minutes: int) -> dict[str, int]:
        """How many values each of an alarm's queries had in the last minutes, by id.

        Raises:
            RehearsalError
        """
        queries: list[MetricDataQueryOutputTypeDef] = [{**query, "ReturnData": True} for query in alarm.queries]
        counted = {str(query["Id"]): 0 for query in queries}
        with explained(RehearsalError, f"read the metrics of {alarm.name}"):
            pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries, StartTime=now - timedelta(minutes=minutes), EndTime=now
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    counted[result["Id"]] += len(result["Values"])
        return counted
