"""Why a Spot Fleet or an Auto Scaling group does not get its machines: its own history, and what to do about it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deployment.account import DeploymentError
from deployment.machine_checks import SPOT_QUOTA
from fleet.errors import explained
from fleet.reasons import in_one_line

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client

# Information that is none: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EventInformation.html
_TROUBLES = {
    "fleetProgressHalted",
    "launchSpecTemporarilyBlacklisted",
    "launchSpecUnusable",
}

_ADVICE = (
    (  # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/work-with-tags-in-IMDS.html
        r"not a valid tag key",
        "machines read their tags, so a group's may have neither spaces nor slashes in their names; CloudFormation "
        "hands the tags of a stack on to them: update the stack without that tag",
    ),
    (
        r"iamFleetRoleInvalid|ServiceLinkedRole|service-linked role",
        "have the roles of Spot's services made: aws iam create-service-linked-role --aws-service-name "
        "spot.amazonaws.com, and the same with spotfleet.amazonaws.com and autoscaling.amazonaws.com",
    ),
    (
        r"LimitExceeded|CountExceeded|quota",
        "the account may run no more vCPUs; ask for more: Service Quotas, Amazon EC2, "
        f'"All Standard Spot Instance Requests" ({SPOT_QUOTA})',
    ),
    (
        r"PendingVerification|OptInRequired|being validated",
        "AWS still looks at this account, which takes minutes to hours; give the command again then",
    ),
    (
        r"capacity",
        "EC2 has no such machine to spare in these zones; wait, or deploy in another region with --region",
    ),
    (
        r"launchSpecUnusable|fleetProgressHalted|price",
        "machines cost more than is allowed; --set MaxDollarsPerHour=… raises that of a worker fleet, "
        "--set MachineDollarsPerHour=… that of a group",
    ),
    (
        r"KMS|InternalError",
        "the account's key for disks may be closed to EC2's own roles; see EC2, Data protection, EBS encryption",
    ),
    (
        r"Unauthorized|not authorized|AccessDenied|permission",
        "something forbids it to the roles of the stack, such as a policy of your organization",
    ),
)


@dataclass(frozen=True)
class Trouble:
    """Something that keeps machines from being there.

    Attributes:
        at: When it came last.
        where: Which machines.
        said: In AWS's words or a machine's, in one line.
        advice: What to do about it; empty where nothing is known.
    """

    at: datetime
    where: str
    said: str
    advice: str = ""

    @property
    def words(self) -> str:
        """In one line."""
        return f"{self.where}: {self.said.rstrip('.')}" + (f". What to do: {self.advice}" if self.advice else "")


def of_spot_fleet(ec2: "EC2Client", where: str, fleet_id: str, since: datetime) -> list[Trouble]:
    """What a Spot Fleet tells, each sentence once, oldest first.

    Raises:
        DeploymentError
    """
    found: list[Trouble] = []
    token: dict[str, Any] = {}
    with explained(DeploymentError, f"read the history of {fleet_id}"):
        while True:  # there is no paginator for it
            page = ec2.describe_spot_fleet_request_history(SpotFleetRequestId=fleet_id, StartTime=since, **token)
            for record in page["HistoryRecords"]:
                event = record.get("EventInformation", {})
                kind = event.get("EventSubType", "")
                if record.get("EventType") == "error" or kind in _TROUBLES:
                    found.append(_trouble(record["Timestamp"], where, f"{kind}: {event.get('EventDescription', '')}"))
            if not page.get("NextToken"):
                return list(_once(found))
            token = {"NextToken": page["NextToken"]}


def of_group(client: "AutoScalingClient", where: str, name: str, since: datetime) -> list[Trouble]:
    """What an Auto Scaling group tells of its latest activities, each sentence once, oldest first.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"read the activities of {name}"):
        activities = client.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]
    failed = [each for each in activities if each["StatusCode"] == "Failed" and each["StartTime"] >= since]
    return list(
        _once(_trouble(each["StartTime"], where, each.get("StatusMessage") or each["Cause"]) for each in failed)
    )


def _trouble(at: datetime, where: str, said: str) -> Trouble:
    advice = next((words for pattern, words in _ADVICE if re.search(pattern, said, re.IGNORECASE)), "")
    return Trouble(at, where, in_one_line(said), advice)


def _once(troubles: Iterable[Trouble]) -> Iterator[Trouble]:
    newest = {each.said: each for each in sorted(troubles, key=lambda each: each.at)}
    yield from sorted(newest.values(), key=lambda each: each.at)
