"""Which machines a stack asks for, and which of them a region has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from cloudformation.template import Stack, read

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeInfoTypeDef

WORKER_VCPUS = 2  # of a worker on Batch

_WORKSTATION = "Workstation"  # the nested stack
_SHARE = "OnDemandPercentageAboveBaseCapacity"
_MANUFACTURERS = {"intel": "Intel", "amd": "AMD", "amazon-web-services": "AWS"}


@dataclass(frozen=True)
class Demand:
    """How many vCPUs machines take: the fewest and the most that the templates allow for each.

    Attributes:
        workers: How many at most, on Spot.
        worker: Of one.
        workstation: Of that one, which is on Spot.
        on_demand: How many workers at most are not on Spot.
    """

    workers: int
    worker: tuple[int, int]
    workstation: tuple[int, int]
    on_demand: int = 0


def demand(stack: Stack, workers: int) -> Demand:
    """What a resolved parent stack asks for."""
    on_batch = any(stack.of_type("AWS::Batch::ComputeEnvironment"))
    on_demand = -(-workers * _on_demand_percent(stack) // 100)
    return Demand(
        workers - on_demand,
        (WORKER_VCPUS, WORKER_VCPUS) if on_batch else _vcpus(requirements(stack, workstation=False)),
        _vcpus(requirements(stack, workstation=True)),
        on_demand,
    )


def _on_demand_percent(stack: Stack) -> int:
    groups = stack.of_type("AWS::AutoScaling::AutoScalingGroup")
    return max((int(number) for _, each in groups for number in _named(each, _SHARE)), default=0)


def _vcpus(asked: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    counts = [each["VCpuCount"] for each in asked]
    return min(int(each["Min"]) for each in counts), max(int(each["Max"]) for each in counts)


def requirements(stack: Stack, *, workstation: bool) -> list[dict[str, Any]]:
    """By which attributes EC2 chooses the workstation's type, or those of the workers; none on Batch."""
    asked: list[dict[str, Any]] = []
    for name, nested in stack.nested.items():
        if (name == _WORKSTATION) == workstation:
            for _, resource in nested.all_resources():
                properties = resource.get("Properties", {})
                asked += [each for each in _named(properties, "InstanceRequirements") if each not in asked]
    return asked


def _named(value: Any, name: str) -> Iterator[Any]:
    """Values of the properties of that name, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item, name)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == name:
                yield item
            else:
                yield from _named(item, name)


def on_batch(stack: Stack) -> list[str]:
    """Types, or families of them, that Batch is given by name; none where it has no workers."""
    environments = stack.of_type("AWS::Batch::ComputeEnvironment")
    return [kind for _, each in environments for kind in each["ComputeResources"]["InstanceTypes"]]


def wanted_on_batch(processor: str) -> list[str]:
    """All types that are good for a worker there, whether or not a region has them.

    Args:
        processor: As the parameter BatchProcessor names it.
    """
    types: list[str] = read("batch.yaml")["Mappings"]["InstanceTypes"][processor]["Wanted"]
    return types


def offered(ec2: "EC2Client") -> set[str]:
    """All types that the client's region has.

    Raises:
        ClientError, BotoCoreError
    """
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(LocationType="region")
    return {str(each["InstanceType"]) for page in pages for each in page["InstanceTypeOfferings"]}


def is_offered(kind: str, types: set[str]) -> bool:
    """Whether a type, or any of a family, is among those."""
    return kind in types if "." in kind else any(each.startswith(f"{kind}.") for each in types)


def described(ec2: "EC2Client", asked: Sequence[Mapping[str, Any]]) -> "list[InstanceTypeInfoTypeDef]":
    """What EC2 says of the types that may satisfy one of the requirements: those with such names and sizes.

    Raises:
        ClientError, BotoCoreError
    """
    if not asked:
        return []
    names = {name for each in asked for name in each.get("AllowedInstanceTypes", ["*"])}
    fewest, most = _vcpus(asked)
    pages = ec2.get_paginator("describe_instance_types").paginate(
        Filters=[
            {"Name": "instance-type", "Values": sorted(names)},
            {"Name": "vcpu-info.default-vcpus", "Values": [str(number) for number in range(fewest, most + 1)]},
        ]
    )
    return [each for page in pages for each in page["InstanceTypes"]]


def satisfies(kind: "InstanceTypeInfoTypeDef", asked: Mapping[str, Any]) -> bool:
    """Whether a type has the attributes that our templates ask for, and comes on Spot.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceRequirements.html
    """
    manufacturers = {_MANUFACTURERS[each] for each in asked.get("CpuManufacturers", _MANUFACTURERS)}
    burstable = asked.get("BurstablePerformance", "excluded")
    return (
        any(fnmatchcase(str(kind["InstanceType"]), each) for each in asked.get("AllowedInstanceTypes", ["*"]))
        and not any(fnmatchcase(str(kind["InstanceType"]), each) for each in asked.get("ExcludedInstanceTypes", []))
        and _within(kind["VCpuInfo"]["DefaultVCpus"], asked["VCpuCount"])
        and _within(kind["MemoryInfo"]["SizeInMiB"], asked["MemoryMiB"])
        and kind["ProcessorInfo"].get("Manufacturer") in manufacturers
        and (asked.get("BareMetal") != "excluded" or not kind["BareMetal"])
        and (burstable != "excluded" or not kind["BurstablePerformanceSupported"])
        and "spot" in kind["SupportedUsageClasses"]
    )


def _within(number: int, limits: Mapping[str, Any]) -> bool:
    return int(limits["Min"]) <= number <= float(limits.get("Max", "inf"))
