"""What is checked before anything is created, because CloudFormation would find it out only minutes later."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from deployment import permissions
from deployment.account import Account
from fleet.reasons import error_code, reason

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_service_quotas import ServiceQuotasClient

    from deployment.account import Caller

# Names of log groups, buckets and the dashboard are made of it.
NAME = re.compile(r"[a-z][a-z0-9-]{0,24}")

# https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
SPOT_QUOTA = "L-34B43A08"  # All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests
WORKSTATION_VCPUS = 2
WORKER_VCPUS = 2  # of the smallest worker


@dataclass(frozen=True)
class Finding:
    """Something that a check found out.

    Attributes:
        what: In words.
        fatal: Whether deploying is bound to fail.
    """

    what: str
    fatal: bool = False


def findings_of(account: Account, types: Iterable[str], workers: int, key_name: str) -> list[Finding]:
    """Permissions and quotas of whoever deploys, and whether there is the key pair.

    Args:
        account: Where.
        types: Types of the resources that will be created.
        workers: Size of the full fleet.
        key_name: Of the key pair for SSH; empty for none.
    """
    return [
        *check_permissions(account.iam, account.caller, types),
        *check_quota(account.quotas, workers),
        *check_key(account.ec2, key_name),
    ]


def check_permissions(client: "IAMClient", caller: "Caller", types: Iterable[str]) -> list[Finding]:
    principal = permissions.principal(caller)
    if principal is None:
        return [Finding("these are the credentials of the account's root user; better use those of a role")]
    actions = permissions.needed(types)
    try:
        principal = permissions.in_its_path(client, principal)
        denied = permissions.denied(client, principal, actions)
    except (ClientError, BotoCoreError) as error:
        return [Finding(f"could not check the permissions of {principal}: {reason(error)}")]
    if denied:
        seen = "as far as IAM tells without knowing names, which policies may depend on"
        return [Finding(f"{principal} has no permission for {', '.join(denied)}, {seen}", fatal=True)]
    return [Finding(f"{principal} has the {len(actions)} permissions that this needs")]


def check_quota(client: "ServiceQuotasClient", workers: int) -> list[Finding]:
    try:
        quota = client.get_service_quota(ServiceCode="ec2", QuotaCode=SPOT_QUOTA)["Quota"]["Value"]
    except (ClientError, BotoCoreError) as error:
        return [Finding(f"could not check the quota of Spot vCPUs: {reason(error)}")]
    return [judge_quota(int(quota), workers)]


def check_key(client: "EC2Client", name: str) -> list[Finding]:
    if not name:
        return []
    try:
        client.describe_key_pairs(KeyNames=[name])
    except ClientError as error:
        if error_code(error).endswith("NotFound"):  # InvalidKeyPair.NotFound
            return [Finding(f"there is no key pair {name} in this region", fatal=True)]
        return [Finding(f"could not look for the key pair {name}: {reason(error)}")]
    except BotoCoreError as error:
        return [Finding(f"could not look for the key pair {name}: {reason(error)}")]
    return [Finding(f"the key pair {name} is there")]


def judge_quota(vcpus: int, workers: int) -> Finding:
    """Whether a quota of Spot vCPUs suffices for the workstation and the full fleet, at two vCPUs each."""
    allowed = max(0, vcpus - WORKSTATION_VCPUS) // WORKER_VCPUS
    have = f"the quota of Spot vCPUs in this region is {vcpus:,}"
    more = f'ask for more: Service Quotas, Amazon EC2, "All Standard Spot Instance Requests" ({SPOT_QUOTA})'
    if not allowed:
        needed = WORKSTATION_VCPUS + WORKER_VCPUS
        return Finding(f"{have}, but the workstation and one worker need {needed}; {more}", fatal=True)
    if allowed < workers:
        return Finding(f"{have}, which is enough for {allowed:,} of {workers:,} workers; {more}")
    return Finding(f"{have}, which is enough for {workers:,} workers of {WORKER_VCPUS} vCPUs and the workstation")


def problem_with_name(name: str) -> str | None:
    """What is wrong with the name of a stack."""
    if NAME.fullmatch(name):
        return None
    return f"must be 1 to 25 small letters, digits and hyphens and begin with a letter, not {name!r}"
