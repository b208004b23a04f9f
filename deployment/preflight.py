"""What is checked before anything is created, because CloudFormation would find it out only minutes later."""

import re
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cloudformation.partitions import partition
from cloudformation.template import Stack
from deployment import permissions
from deployment.account import Account
from deployment.disk_key import check_disk_key
from deployment.estimate import most_workers
from deployment.finding import Finding
from deployment.machine_checks import check_quotas, check_types
from deployment.machine_types import demand
from deployment.orphans import log_groups
from deployment.service_roles import roles_of
from deployment.trader_checks import check_trader
from deployment.zones import check_zones
from fleet.reasons import error_code, reason

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient

    from deployment.account import Caller

# Names of log groups, buckets and the dashboard are made of it.
NAME = re.compile(r"[a-z][a-z0-9-]{0,24}")


def findings_of(account: Account, stack: Stack, *, new: str | None = None, bucket: str | None = None) -> list[Finding]:
    """Permissions and quotas of whoever deploys, and whether the region has the machines and the key pair.

    Args:
        account: Where.
        stack: As it would be.
        new: Its name, where there is nothing of it yet.
        bucket: Its bucket for results, where there is one already.
    """
    return [
        *check_permissions(account.iam, account.caller, stack),
        *check_quotas(account.quotas, demand(stack, most_workers(stack))),
        *check_types(account.ec2, stack),
        *check_zones(account.ec2, stack),
        *check_disk_key(account.ec2, account.caller.account, roles_of(stack)),
        *check_research(account.region, stack),
        *check_trader(account, stack, bucket),
        *check_key(account.ec2, str(stack.parameters["KeyName"])),
        *(check_log_groups(account, new) if new else []),
    ]


def check_permissions(client: "IAMClient", caller: "Caller", stack: Stack) -> list[Finding]:
    principal = permissions.principal(caller)
    if principal is None:
        return [Finding("these are the credentials of the account's root user; better use those of a role", doubt=True)]
    needed = permissions.needed(stack)
    try:
        principal = permissions.in_its_path(client, principal)
        denied = set(permissions.denied(client, principal, [*needed.now, *needed.later, *needed.never]))
    except (ClientError, BotoCoreError) as error:
        return [Finding(f"could not check the permissions of {principal}: {reason(error)}", doubt=True)]
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
        findings.append(Finding(f"{principal} has no permission for {', '.join(later)}, {what}", doubt=True))
    if never:
        what = "which only properties need that these templates do not use; nothing is to be done"
        findings.append(Finding(f"{principal} has no permission for {', '.join(never)}, {what}"))
    return findings


def check_research(region: str, stack: Stack) -> list[Finding]:
    """Whether the region has SageMaker and its notebook instances, as far as boto3 and the templates know."""
    if "SageMaker" not in stack.nested:
        return []
    known = boto3.Session().get_available_regions("sagemaker", partition(region).name)
    findings = [] if region in known else [Finding(f"boto3 knows no SageMaker in {region}; Athena works", doubt=True)]
    if stack.parameters["ResearchNotebook"] != "none" and not list(stack.of_type("AWS::SageMaker::NotebookInstance")):
        findings.append(Finding(f"{region} has no notebook instances of SageMaker, so none is made", doubt=True))
    return findings


def check_key(client: "EC2Client", name: str) -> list[Finding]:
    if not name:
        return []
    try:
        client.describe_key_pairs(KeyNames=[name])
    except ClientError as error:
        if error_code(error).endswith("NotFound"):  # InvalidKeyPair.NotFound
            return [Finding(f"there is no key pair {name} in this region", fatal=True)]
        return [Finding(f"could not look for the key pair {name}: {reason(error)}", doubt=True)]
    except BotoCoreError as error:
        return [Finding(f"could not look for the key pair {name}: {reason(error)}", doubt=True)]
    return [Finding(f"the key pair {name} is there")]


def check_log_groups(account: Account, name: str) -> list[Finding]:
    """Whether the names are free that a stack to be created would give to its log groups."""
    try:
        left = list(log_groups(account, name))
    except (ClientError, BotoCoreError) as error:
        return [Finding(f"could not look for log groups of an earlier stack {name}: {reason(error)}", doubt=True)]
    if not left:
        return []
    commands = "; ".join(f"aws logs delete-log-group --log-group-name {group}" for group in left)
    what = f"an earlier stack {name} has left log groups, whose names are needed; delete them ({commands})"
    return [Finding(f"{what}, or give another --name", fatal=True)]


def problem_with_name(name: str) -> str | None:
    """What is wrong with the name of a stack."""
    if NAME.fullmatch(name):
        return None
    return f"must be 1 to 25 small letters, digits and hyphens and begin with a letter, not {name!r}"


def problem_with_bucket(name: str) -> str | None:
    """What is wrong with the name of a bucket for artefacts, although S3 may have such a bucket."""
    if "." not in name:
        return None
    return (
        f"{name} has a dot in its name: S3's certificate is for names without one, so neither machines nor "
        "CloudFormation can fetch from it over HTTPS; name another bucket"
    )
