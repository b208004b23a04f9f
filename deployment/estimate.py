"""What a stack consists of and about what it costs, read from the resolved templates and their example prices."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cloudformation.template import Stack

HOURS_PER_MONTH = 730

PRICES_OF = "us-east-1, June 2025"  # what the templates' example prices are of

PUBLICATIONS_KEPT = 2  # the one in use, and the one before, which a roll-back needs
_PUBLICATION_GIGABYTES = 0.5
_IMAGE_GIGABYTES = {
    "Batch": 0.4,
    "SageMaker": 0.3,
    "Fargate": 0.2,
}  # of the nested stacks with a repository, compressed

_TRADER_LOG_GIGABYTES = 0.1  # a month

_WORKER_METRICS, _BOOT_METRICS = 5, 2  # of worker/metrics.py, and of userdata, with one queue; on Batch none boots so

# The new machine of the workstation and the old one run side by side for so long; AWS says of no machine how often that
# comes, so once a day is assumed.
_REBALANCE_SECONDS, _REBALANCES_A_DAY = 300, 1
_SECONDS_A_DAY = 86_400

_SECRET = "AWS::SecretsManager::Secret"


@dataclass(frozen=True)
class Cost:
    """One item of a bill, in US dollars per hour."""

    what: str
    per_hour: float

    @property
    def per_month(self) -> float:
        return self.per_hour * HOURS_PER_MONTH


@dataclass(frozen=True)
class Estimate:
    """About what a stack costs.

    Attributes:
        at_rest: With an empty queue.
        at_work: What a full fleet adds.
    """

    at_rest: tuple[Cost, ...]
    at_work: tuple[Cost, ...]


def resources(stack: Stack) -> dict[str, int]:
    """How many resources of each type would be created, nested stacks' own included."""
    return dict(sorted(Counter(resource["Type"] for _, resource in stack.all_resources()).items()))


def estimate(stack: Stack) -> Estimate:
    """The costs of a resolved parent stack."""
    prices = {
        item: {kind: float(price) for kind, price in kinds.items()}
        for item, kinds in stack.mappings["ExamplePrice"].items()
    }
    disk = prices["DiskGigabyteMonth"]["Any"] / HOURS_PER_MONTH
    address = prices["AddressHour"]["Any"]

    def monthly(what: str, number: int, item: str) -> Iterator[Cost]:
        if number:
            yield Cost(f"{number} {what}", number * prices[item]["Any"] / HOURS_PER_MONTH)

    def stored(what: str, gigabytes: float, item: str) -> Cost:
        price = PUBLICATIONS_KEPT * gigabytes * prices[item]["Any"] / HOURS_PER_MONTH
        return Cost(f"{PUBLICATIONS_KEPT} {what} of {gigabytes:g} GB", price)

    def count(kind: str) -> int:
        return sum(1 for _ in stack.of_type(kind))

    gigabytes = _gigabytes(stack.nested["Workstation"], "Workstation")
    notebooks = list(stack.of_type("AWS::SageMaker::NotebookInstance"))
    notebook_disk = prices["NotebookDiskGigabyteMonth"]["Any"] / HOURS_PER_MONTH
    at_rest = (
        Cost("workstation, on Spot", prices["WorkstationHour"]["Spot"]),
        Cost(
            "its second machine, 5 minutes a day",
            prices["WorkstationHour"]["Spot"] * _REBALANCES_A_DAY * _REBALANCE_SECONDS / _SECONDS_A_DAY,
        ),
        Cost("its address", count("AWS::EC2::EIP") * address),
        Cost(f"its disk of {gigabytes} GB", gigabytes * disk),
        *monthly(
            "alarm metrics",
            sum(_metrics(alarm) for _, alarm in stack.of_type("AWS::CloudWatch::Alarm")),
            "AlarmMetricMonth",
        ),
        *monthly("dashboard", count("AWS::CloudWatch::Dashboard"), "DashboardMonth"),
        *monthly("secret" if count(_SECRET) == 1 else "secrets", count(_SECRET), "SecretMonth"),
        stored("publications", _PUBLICATION_GIGABYTES, "StorageGigabyteMonth"),
        *(
            stored("container images", _IMAGE_GIGABYTES[name.partition(".")[0]], "ImageGigabyteMonth")
            for name, _ in stack.of_type("AWS::ECR::Repository")
        ),
        *(
            Cost(f"disk of the notebook, {notebook['VolumeSizeInGB']} GB", notebook["VolumeSizeInGB"] * notebook_disk)
            for _, notebook in notebooks
        ),
        *_trader(stack, prices),
    )
    number, each = most_workers(stack), _worker_gigabytes(stack)
    return Estimate(
        at_rest,
        (
            *_machines(stack, number, prices["WorkerHour"]),
            Cost("their addresses", number * address),
            Cost(f"their disks of {each} GB", number * each * disk),
            *(
                monthly("metrics of workers", _WORKER_METRICS, "OwnMetricMonth")
                if "Batch" in stack.nested
                else monthly("metrics of workers and boots", _WORKER_METRICS + _BOOT_METRICS, "OwnMetricMonth")
            ),
            *(
                Cost(f"notebook, {notebook['InstanceType']}, while it is used", _notebook_hour(prices, notebook))
                for _, notebook in notebooks
            ),
        ),
    )


def _trader(stack: Stack, prices: dict[str, dict[str, float]]) -> Iterator[Cost]:
    """What runs day and night, whatever is on the queue."""
    running = sum(int(service["DesiredCount"]) for _, service in stack.of_type("AWS::ECS::Service"))
    if not running:
        return
    [(_, task)] = stack.of_type("AWS::ECS::TaskDefinition")
    vcpus, gigabytes = int(task["Cpu"]) / 1024, int(task["Memory"]) / 1024
    per_hour = vcpus * prices["FargateVcpuHour"]["Any"] + gigabytes * prices["FargateGigabyteHour"]["Any"]
    yield Cost(f"trader, {vcpus:g} vCPU and {gigabytes:g} GB on Fargate", running * per_hour)
    yield Cost("the trader's address", running * prices["AddressHour"]["Any"])
    log = _TRADER_LOG_GIGABYTES * prices["LogGigabyte"]["Any"] / HOURS_PER_MONTH
    yield Cost(f"the trader's log, {_TRADER_LOG_GIGABYTES:g} GB", running * log)


def _notebook_hour(prices: dict[str, dict[str, float]], notebook: dict[str, Any]) -> float:
    return prices["NotebookHour"][_key(notebook["InstanceType"])]


def _key(instance_type: str) -> str:
    """As a mapping may have it: letters and digits."""
    return "".join(each for each in instance_type if each.isalnum())


def _machines(stack: Stack, number: int, price: dict[str, float]) -> Iterator[Cost]:
    share = stack.parameters["OnDemandPercent"] / 100 if "Group" in stack.nested else 0
    on_demand = math.ceil(number * share)
    if number > on_demand:
        yield Cost(f"{number - on_demand:,} workers of 2 vCPUs, on Spot", (number - on_demand) * price["Spot"])
    if on_demand:
        yield Cost(f"{on_demand:,} workers of 2 vCPUs, On-Demand", on_demand * price["OnDemand"])


def ceiling(stack: Stack) -> float | None:
    """Dollars per hour that the workers' Spot prices never exceed in total; None where nothing limits the total.

    A group limits the price of each machine, and their number.
    """
    if "Fleet" in stack.nested:
        return float(stack.parameters["MaxDollarsPerHour"])
    if "Group" in stack.nested:
        return float(stack.parameters["MachineDollarsPerHour"]) * most_workers(stack)
    return None


def most_workers(stack: Stack) -> int:
    """How many there are in a full fleet."""
    on_batch = "Batch" in stack.nested
    return int(stack.parameters["BatchMaxVcpus"] // 2 if on_batch else stack.parameters["MaxWorkers"])


def _worker_gigabytes(stack: Stack) -> int:
    if "Batch" in stack.nested:
        return _gigabytes(stack.nested["Batch"], "Machine")
    return _gigabytes(stack.nested["Machines"], "X86")


def _gigabytes(stack: Stack, launch_template: str) -> int:
    data = stack.resources[launch_template]["Properties"]["LaunchTemplateData"]
    return sum(int(disk["Ebs"]["VolumeSize"]) for disk in data["BlockDeviceMappings"])


def _metrics(alarm: dict[str, Any]) -> int:
    """How many an alarm is charged for."""
    return sum(1 for each in alarm.get("Metrics", [{"MetricStat": ""}]) if "MetricStat" in each)
