"""Whether the account may have as many machines as a stack asks for, and whether the region has such machines."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from cloudformation.template import Stack
from deployment import machine_types
from deployment.finding import Finding
from deployment.machine_types import Demand
from fleet.reasons import reason

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_service_quotas import ServiceQuotasClient

# https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
SPOT_QUOTA = "L-34B43A08"
ON_DEMAND_QUOTA = "L-1216C47A"
_NAMES = {  # both count vCPUs
    SPOT_QUOTA: ("Spot", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"),
    ON_DEMAND_QUOTA: ("On-Demand", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"),
}


def check_quotas(client: "ServiceQuotasClient", demand: Demand) -> list[Finding]:
    """Whether the account may have so many vCPUs on Spot and, where workers are not all on Spot, on demand."""
    codes = [SPOT_QUOTA, *([ON_DEMAND_QUOTA] if demand.on_demand else [])]
    return [_check_quota(client, code, demand) for code in codes]


def _check_quota(client: "ServiceQuotasClient", code: str, demand: Demand) -> Finding:
    try:
        quota = client.get_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]["Value"]
    except (ClientError, BotoCoreError) as error:
        return Finding(f"could not check the quota of {_NAMES[code][0]} vCPUs: {reason(error)}", doubt=True)
    return judge_quota(int(quota), code, demand)


def judge_quota(vcpus: int, code: str, demand: Demand) -> Finding:
    """Whether a quota suffices for the full fleet, and the workstation where that counts, whichever types they get."""
    market, name = _NAMES[code]
    on_spot = code == SPOT_QUOTA
    number = demand.workers if on_spot else demand.on_demand
    (smallest, largest), (least, most) = demand.worker, demand.workstation if on_spot else (0, 0)
    have = f"the quota of {market} vCPUs in this region is {vcpus:,}"
    more = f'ask for more: Service Quotas, Amazon EC2, "{name}" ({code})'
    beside = "the workstation and " if on_spot else ""
    if vcpus < (needed := least + smallest * min(1, number)):
        return Finding(f"{have}, but {beside}one worker need {needed}; {more}", fatal=True)
    low, high = least + smallest * number, most + largest * number
    takes = f"{beside}{number:,} workers take {low:,}" + (f" to {high:,}" if high > low else "")
    if vcpus >= high:
        return Finding(f"{have}: enough, for {takes}")
    few = max(0, vcpus - most) // largest
    if vcpus >= low:
        enough = f"of {largest} vCPUs each it is enough for {few:,} workers"
        return Finding(f"{have}: {takes}, and {enough}; {more}", doubt=True)
    many = (vcpus - least) // smallest
    sizes = f"of {smallest} vCPUs each" + ("" if few == many else f", for {few:,} of {largest}")
    return Finding(f"{have}: {takes}, so it is enough for {many:,} workers {sizes}; {more}", doubt=True)


def check_types(ec2: "EC2Client", stack: Stack) -> list[Finding]:
    """Whether the client's region has machines for the workstation and for the workers."""
    region = ec2.meta.region_name
    asked = {
        "the workstation": machine_types.requirements(stack, workstation=True),
        "workers": machine_types.requirements(stack, workstation=False),
    }
    try:
        offered = machine_types.offered(ec2)
        known = machine_types.described(ec2, [one for each in asked.values() for one in each])
    except (ClientError, BotoCoreError) as error:
        return [Finding(f"could not ask which machines {region} has: {reason(error)}", doubt=True)]
    kinds = [each for each in known if each["InstanceType"] in offered]
    findings = []
    if named := machine_types.on_batch(stack):
        findings.append(_judge_named(named, offered, region))
    for who, each in asked.items():
        if each:
            numbers = [sum(machine_types.satisfies(kind, one) for kind in kinds) for one in each]
            findings.append(_judge_numbers(who, each, numbers, region))
    return findings


def _judge_named(named: list[str], offered: set[str], region: str) -> Finding:
    missing = [kind for kind in named if not machine_types.is_offered(kind, offered)]
    if not missing:
        return Finding(f"{region} has all {len(named)} types of machines that Batch is given")
    rest = [kind for kind in named if kind not in missing]
    instead = f"--set BatchInstanceTypes={','.join(rest)}" if rest else "other types with --set BatchInstanceTypes"
    return Finding(
        f"{region} has no {', '.join(missing)}, and Batch takes no type where one is missing; give {instead}",
        fatal=True,
    )


def _judge_numbers(who: str, asked: list[dict[str, Any]], numbers: list[int], region: str) -> Finding:
    wanted = [_in_words(each) for each, number in zip(asked, numbers, strict=True) if not number]
    if not any(numbers):
        lacks = f"{region} has no machine on Spot that may be {who}: none {' and none '.join(wanted)}"
        return Finding(f"{lacks}; choose another region", fatal=True)
    has = f"{region} has {sum(numbers):,} types of machines for {who}"
    return Finding(f"{has}, but none {' and none '.join(wanted)}", doubt=True) if wanted else Finding(has)


def _in_words(asked: Mapping[str, Any]) -> str:
    vcpus, makers = asked["VCpuCount"], asked.get("CpuManufacturers", ["anybody"])
    names = asked.get("AllowedInstanceTypes", ["any type"])
    return f"of {', '.join(names)} by {' or '.join(makers)} with {vcpus['Min']} to {vcpus['Max']} vCPUs"
