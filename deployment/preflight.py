"""What is checked before anything is created, because CloudFormation would find it out only minutes later."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cloudformation.template import Stack
from deployment import permissions
from deployment.account import Account
from deployment.estimate import most_workers
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


def findings_of(account: Account, stack: Stack) -> list[Finding]:
    """Permissions and quotas of whoever deploys, and whether there is the key pair.

    Args:
        account: Where.
        stack: As it would be.
    """
    return [
        *check_permissions(account.iam, account.caller, stack),
        *check_quota(account.quotas, most_workers(stack)),
        *check_key(account.ec2, str(stack.parameters["KeyName"])),
    ]


def check_permissions(client: "IAMClient", caller: "Caller", stack: Stack) -> list[Finding]:
    principal = permissions.principal(caller)
    if principal is None:
        return [Finding("these are the credentials of the account's root user; better use those of a role")]
    needed = permissions.needed(stack)
    try:
        principal = permissions.in_its_path(client, principal)
        denied = set(permissions.denied(client, principal, [*needed.now, *needed.later, *needed.never]))
    except (ClientError, BotoCoreError) as error:
        return [Finding(f"could not check the permissions of {principal}: {reason(error)}")]
    now, later, never = (
        [action for action in actions if action in denied] for actions in (needed.now, needed.later, needed.never)
    )
    findings = []
    if now:
        seen = "as far as IAM tells without knowing names, which policies may depend on"
        findings.append(Finding(f"{principal} has no permission for {', '.join(now)}, {seen}", fatal=True))
    else:
        findings.append(Finding(f"{principal} has the {len(needed.now)} permissions that creating the stack needs"))
    if later:
        what = "which a later change of the stack, or its removal, may need; ask for them in time"
        findings.append(Finding(f"{principal} has no permission for {', '.join(later)}, {what}"))
    if never:
        what = "which only properties need that these templates do not use; nothing is to be done"
        findings.append(Finding(f"{principal} has no permission for {', '.join(never)}, {what}"))
    return findings


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
