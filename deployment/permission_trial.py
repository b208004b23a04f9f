"""Trying the permissions that looking at a stack takes: see ``fleet.permission_trial``.

Nothing of this changes anything; of EC2 it is only asked whether one might ask.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLateError
from typing import NamedTuple

from deployment.account import Account
from fleet.permission_trial import Tried, partition, tried

PATIENCE_SECONDS = 15.0
NOBODYS_FLEET = "sfr-00000000-0000-0000-0000-000000000000"

_MIGHT = "DryRunOperation"
_SPOT, _GROUP = "see the machines of a Spot Fleet", "see the machines of an Auto Scaling group"
_COST = "say what machines cost"


class _Trial(NamedTuple):
    action: str
    why: str
    ask: Callable[[], object]
    fine: tuple[str, ...] = ()
    resource: str = "*"


def try_stack(account: Account, name: str) -> list[Tried]:
    """Each permission that the page of the fleet takes beside those on queue and bucket.

    Args:
        account: Where the stack is.
        name: Of the stack.
    """
    # Made before threads use them: of one session only one may be made at a time.
    for client in ("autoscaling", "cloudformation", "cloudwatch", "ec2", "pricing", "scaling"):
        getattr(account, client)
    arn = f"arn:{partition(account.region)}:cloudformation:{account.region}:*:stack/{name}/*"
    trials = (
        _Trial(
            "cloudformation:DescribeStacks",
            "find the parts of the stack",
            lambda: account.cloudformation.describe_stacks(StackName=name),
            ("ValidationError",),  # there is none
            arn,
        ),
        _Trial(
            "cloudwatch:DescribeAlarms",
            "see alarms",
            lambda: account.cloudwatch.describe_alarms(
                AlarmNamePrefix=f"{name}-", AlarmTypes=["MetricAlarm"], MaxRecords=1
            ),
        ),
        _Trial(
            "ec2:DescribeSpotFleetRequests",
            _SPOT,
            lambda: account.ec2.describe_spot_fleet_requests(DryRun=True),
            (_MIGHT,),
        ),
        _Trial(
            "ec2:DescribeSpotFleetInstances",
            _SPOT,
            lambda: account.ec2.describe_spot_fleet_instances(DryRun=True, SpotFleetRequestId=NOBODYS_FLEET),
            (_MIGHT, "InvalidSpotFleetRequestId.NotFound"),
        ),
        _Trial(
            "ec2:DescribeSpotFleetRequestHistory",
            "see why there are no machines",
            lambda: account.ec2.describe_spot_fleet_request_history(
                DryRun=True, SpotFleetRequestId=NOBODYS_FLEET, StartTime="2026-01-01T00:00:00Z"
            ),
            (_MIGHT, "InvalidSpotFleetRequestId.NotFound"),
        ),
        _Trial(
            "application-autoscaling:DescribeScalableTargets",
            "see whether the fleet follows the queue",
            lambda: account.scaling.describe_scalable_targets(ServiceNamespace="ec2", MaxResults=1),
        ),
        _Trial(
            "autoscaling:DescribeAutoScalingGroups",
            _GROUP,
            lambda: account.autoscaling.describe_auto_scaling_groups(MaxRecords=1),
        ),
        _Trial(
            "autoscaling:DescribeScalingActivities",
            _GROUP,
            lambda: account.autoscaling.describe_scaling_activities(MaxRecords=1),
        ),
        _Trial(
            "ec2:DescribeSpotPriceHistory",
            _COST,
            lambda: account.ec2.describe_spot_price_history(DryRun=True, MaxResults=1),
            (_MIGHT,),
        ),
        _Trial(
            "pricing:GetProducts",
            _COST,
            lambda: account.pricing.get_products(ServiceCode="AmazonEC2", MaxResults=1),
        ),
    )
    pool = ThreadPoolExecutor(len(trials))
    asked = [
        (each, pool.submit(tried, each.action, each.resource, each.why, each.ask, fine=each.fine)) for each in trials
    ]
    pool.shutdown(wait=False)  # who gets no answer goes on asking, but nobody waits for that
    found = []
    for each, answer in asked:
        try:
            found.append(answer.result(PATIENCE_SECONDS))
        except TooLateError:
            told = f"no answer within {PATIENCE_SECONDS:.0f} seconds; check the network"
            found.append(Tried(each.action, each.resource, each.why, "unknown", told))
    return found
