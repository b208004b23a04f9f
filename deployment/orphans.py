"""What is left of a stack that is gone: found by its tag, and ended where it costs money."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from cloudformation.partitions import partition
from deployment import research_remains, trader_remains
from deployment.account import Account, DeploymentError
from deployment.stack import TAG
from fleet.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_ec2 import EC2Client

Kind = (
    Literal["Auto Scaling group", "Spot Fleet request", "instance", "volume", "log group", "bucket", "other"]
    | research_remains.Kind
    | trader_remains.Kind
)

_FLEETS_THAT_START_MACHINES = {"submitted", "active", "modifying"}
_MACHINES_THAT_COST = ["pending", "running", "stopping", "stopped"]
# Their own services are asked for these, because the tagging service lists them for long after they are gone.
_ASKED_FOR = (":instance/", ":volume/", ":spot-fleet-request/", ":spot-instances-request/", ":autoScalingGroup:")
_SAGEMAKER = ":sagemaker:"  # which is asked where the tagging service lists anything of it: not every region has it
_ASKED_BESIDES = (
    _SAGEMAKER,
    ":service/",
    ":task/",
    ":task-definition/",
    ":secret:",
)  # the latter of ECS and of secrets
_WITH_LOGS = ("worker", "workstation", "trader")


@dataclass(frozen=True)
class Orphan:
    """Something that carries the tag of a stack.

    Attributes:
        kind: What it is.
        id: Its name or id; of another kind than those that are named, its ARN.
    """

    kind: Kind
    id: str


def find(account: Account, stack_name: str) -> list[Orphan]:
    """Everything that carries the tag of the stack, and log groups that are named by it.

    The tagging service may still list what was deleted minutes ago.

    Raises:
        DeploymentError
    """
    arn = f"arn:{partition(account.region).name}"
    bucket, log_group = f"{arn}:s3:::", f"{arn}:logs:"
    with explained(DeploymentError, f"look for what is left of {stack_name}"):
        tagged = list(_tagged(account, stack_name))
        researched = any(_SAGEMAKER in each for each in tagged)
        found: list[tuple[Kind, list[str]]] = [
            *(research_remains.find(account, stack_name) if researched else ()),
            *trader_remains.find(account, tagged),
            ("Auto Scaling group", groups(account.autoscaling, stack_name)),
            ("Spot Fleet request", list(_fleets(account.ec2, stack_name))),
            ("instance", list(_instances(account.ec2, stack_name))),
            ("volume", list(_loose_volumes(account.ec2, stack_name))),
            ("log group", [*log_groups(account, stack_name), *_of_endpoints(account, stack_name)]),
            ("bucket", [each.removeprefix(bucket) for each in tagged if each.startswith(bucket)]),
            ("other", [each for each in tagged if not each.startswith((bucket, log_group)) and not _known_apart(each)]),
        ]
    return [Orphan(kind, name) for kind, names in found for name in names]


def end(account: Account, stack_name: str, orphans: Sequence[Orphan]) -> None:
    """End what starts machines, machines, their disks and their logs; buckets and the rest are left to a person.

    Raises:
        DeploymentError
    """

    end_machines(account, orphans)
    for kind in get_args(research_remains.Kind):
        research_remains.end(account, stack_name, kind, _of(orphans, kind))
    trader_remains.end(account, "task definition", _of(orphans, "task definition"))
    trader_remains.end(account, "secret", _of(orphans, "secret"))
    with explained(DeploymentError, "end what is left"):
        for volume in _of(orphans, "volume"):
            account.ec2.delete_volume(VolumeId=volume)
        for group in _of(orphans, "log group"):
            account.logs.delete_log_group(logGroupName=group)


def end_machines(account: Account, orphans: Sequence[Orphan]) -> None:
    """End what starts machines or tasks, and machines.

    Raises:
        DeploymentError
    """
    trader_remains.end(account, "ECS service", _of(orphans, "ECS service"))
    with explained(DeploymentError, "end machines that are left"):
        for group in _of(orphans, "Auto Scaling group"):
            account.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=group, ForceDelete=True)
        if fleets := _of(orphans, "Spot Fleet request"):
            account.ec2.cancel_spot_fleet_requests(SpotFleetRequestIds=fleets, TerminateInstances=True)
        if instances := _of(orphans, "instance"):
            account.ec2.terminate_instances(InstanceIds=instances)


def groups(client: "AutoScalingClient", stack_name: str) -> list[str]:
    """Names of the Auto Scaling groups of a stack.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"look for Auto Scaling groups of {stack_name}"):
        pages = client.get_paginator("describe_auto_scaling_groups").paginate(
            Filters=[{"Name": f"tag:{TAG}", "Values": [stack_name]}]
        )
        return [group["AutoScalingGroupName"] for page in pages for group in page["AutoScalingGroups"]]


def _known_apart(arn: str) -> bool:
    return any(part in arn for part in _ASKED_BESIDES)


def _of(orphans: Sequence[Orphan], kind: Kind) -> list[str]:
    return [orphan.id for orphan in orphans if orphan.kind == kind]


def _tagged(account: Account, stack_name: str) -> Iterator[str]:
    pages = account.tags.get_paginator("get_resources").paginate(TagFilters=[{"Key": TAG, "Values": [stack_name]}])
    for page in pages:
        for each in page["ResourceTagMappingList"]:
            if not any(part in each["ResourceARN"] for part in _ASKED_FOR):
                yield each["ResourceARN"]


def _fleets(ec2: "EC2Client", stack_name: str) -> Iterator[str]:
    for page in ec2.get_paginator("describe_spot_fleet_requests").paginate():
        for fleet in page["SpotFleetRequestConfigs"]:
            tags = {tag.get("Key"): tag.get("Value") for tag in fleet.get("Tags", [])}
            if tags.get(TAG) == stack_name and fleet["SpotFleetRequestState"] in _FLEETS_THAT_START_MACHINES:
                yield fleet["SpotFleetRequestId"]


def _instances(ec2: "EC2Client", stack_name: str) -> Iterator[str]:
    pages = ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": f"tag:{TAG}", "Values": [stack_name]},
            {"Name": "instance-state-name", "Values": _MACHINES_THAT_COST},
        ]
    )
    for page in pages:
        for reservation in page["Reservations"]:
            yield from (instance["InstanceId"] for instance in reservation["Instances"])


def _loose_volumes(ec2: "EC2Client", stack_name: str) -> Iterator[str]:
    """Those of no machine: the others go with theirs."""
    pages = ec2.get_paginator("describe_volumes").paginate(
        Filters=[{"Name": f"tag:{TAG}", "Values": [stack_name]}, {"Name": "status", "Values": ["available"]}]
    )
    for page in pages:
        yield from (volume["VolumeId"] for volume in page["Volumes"])


def other_stacks(account: Account, stack_name: str) -> list[str]:
    """Names of the stacks whose own begin as names of ours do: such as spotmc-2 beside spotmc.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, "see which stacks there are"):
        pages = account.cloudformation.get_paginator("describe_stacks").paginate()
        names = [stack["StackName"] for page in pages for stack in page["Stacks"] if "ParentId" not in stack]
    return [each for each in names if each.startswith(f"{stack_name}-")]


def _of_endpoints(account: Account, stack_name: str) -> list[str]:
    """Log groups that have no tag: of ours by their names alone."""
    if not research_remains.log_groups(account, stack_name, ()):
        return []
    return research_remains.log_groups(account, stack_name, other_stacks(account, stack_name))


def log_groups(account: Account, stack_name: str) -> Iterator[str]:
    """Those of our templates, by name; others may begin with it."""
    ours = {f"/{stack_name}/{machine}" for machine in _WITH_LOGS}
    for page in account.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/{stack_name}/"):
        yield from sorted(ours & {group["logGroupName"] for group in page["logGroups"]})
