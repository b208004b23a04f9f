"""What a stack consists of and about what it costs, read from the resolved templates and their example prices."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cloudformation.template import Stack

HOURS_PER_MONTH = 730

PRICES_OF = "us-east-1, June 2025"  # what the templates' example prices are of


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

    def count(kind: str) -> int:
        return sum(1 for _ in stack.of_type(kind))

    gigabytes = _gigabytes(stack.nested["Workstation"], "Workstation")
    at_rest = (
        Cost("workstation, on Spot", prices["WorkstationHour"]["Spot"]),
        Cost("its address", count("AWS::EC2::EIP") * address),
        Cost(f"its disk of {gigabytes} GB", gigabytes * disk),
        *monthly(
            "alarm metrics",
            sum(_metrics(alarm) for _, alarm in stack.of_type("AWS::CloudWatch::Alarm")),
            "AlarmMetricMonth",
        ),
        *monthly("dashboard", count("AWS::CloudWatch::Dashboard"), "DashboardMonth"),
        *monthly("secret", count("AWS::SecretsManager::Secret"), "SecretMonth"),
    )
    number, each = most_workers(stack), _worker_gigabytes(stack)
    machines = number * prices["WorkerHour"]["Spot"]
    return Estimate(
        at_rest,
        (
            Cost(f"{number:,} workers of 2 vCPUs, on Spot", machines),
            Cost("their addresses", number * address),
            Cost(f"their disks of {each} GB", number * each * disk),
        ),
    )


def ceiling(stack: Stack) -> float | None:
    """Dollars per hour that the workers' Spot prices never exceed in total; None where nothing limits them."""
    return float(stack.parameters["MaxDollarsPerHour"]) if "Fleet" in stack.nested else None


def most_workers(stack: Stack) -> int:
    """How many there are in a full fleet."""
    return int(stack.parameters["MaxWorkers"] if "Machines" in stack.nested else stack.parameters["BatchMaxVcpus"] // 2)


def _worker_gigabytes(stack: Stack) -> int:
    if "Machines" in stack.nested:
        return _gigabytes(stack.nested["Machines"], "X86")
    return _gigabytes(stack.nested["Batch"], "Machine")


def _gigabytes(stack: Stack, launch_template: str) -> int:
    data = stack.resources[launch_template]["Properties"]["LaunchTemplateData"]
    return sum(int(disk["Ebs"]["VolumeSize"]) for disk in data["BlockDeviceMappings"])


def _metrics(alarm: dict[str, Any]) -> int:
    """How many an alarm is charged for."""
    return sum(1 for each in alarm.get("Metrics", [{"MetricStat": ""}]) if "MetricStat" in each)
