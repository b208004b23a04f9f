"""Whether a trader can run in a stack: that there is one, that it may run, and that Fargate has room for it."""

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cloudformation.partitions import partition
from cloudformation.template import Stack
from deployment.account import Account
from deployment.finding import Finding
from fleet.bucket import Bucket
from fleet.errors import FleetError, NoSuchTraderError
from fleet.reasons import reason
from fleet.settings import ALLOW
from fleet.traders.settings import ALPACA, load_settings

# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
QUOTA = "L-3032A538"
_QUOTA_NAME = "Fargate On-Demand vCPU resource count"


def check_trader(account: Account, stack: Stack, bucket: str | None) -> list[Finding]:
    """
    Args:
        account: Where.
        stack: As it would be.
        bucket: Its bucket for results; None where there is none yet.
    """
    if "Fargate" not in stack.nested:
        return []
    return [
        *check_region(account.region),
        check_quota(account, vcpus(stack)),
        check_settings(account, str(stack.parameters["Trader"]), bucket, own_rules=str(stack.parameters["OwnRules"])),
    ]


def vcpus(stack: Stack) -> float:
    """That a task takes."""
    [(_, task)] = stack.of_type("AWS::ECS::TaskDefinition")
    return int(task["Cpu"]) / 1024


def check_region(region: str) -> list[Finding]:
    """Whether the region has ECS, as far as boto3 knows."""
    known = boto3.Session().get_available_regions("ecs", partition(region).name)
    return [] if region in known else [Finding(f"boto3 knows no ECS in {region}, which runs the trader", doubt=True)]


def check_quota(account: Account, wanted: float) -> Finding:
    """Whether the account may have so many vCPUs on Fargate; a new one may have few or none."""
    try:
        answer = account.quotas.get_service_quota(ServiceCode="fargate", QuotaCode=QUOTA)
    except (ClientError, BotoCoreError) as error:
        return Finding(f"could not check the quota of Fargate's vCPUs: {reason(error)}", doubt=True)
    have = f"the quota of Fargate's vCPUs in this region is {(most := answer['Quota']['Value']):g}"
    if most >= wanted:
        return Finding(f"{have}: enough, for the trader takes {wanted:g}")
    more = f'ask for more: Service Quotas, AWS Fargate, "{_QUOTA_NAME}" ({QUOTA})'
    return Finding(f"{have}, but the trader takes {wanted:g}; {more}", fatal=True)


def check_settings(account: Account, name: str, bucket: str | None, *, own_rules: str) -> Finding:
    """Whether there is such a trader, and whether its rule may run."""
    if bucket is None:
        what = f"a stack that is not there yet has no trader {name}"
        return Finding(f"{what}: deploy it without --trader, and then have `spotmc trader create` make one", fatal=True)
    try:
        settings = load_settings(Bucket(account.s3, bucket), name)
    except NoSuchTraderError as error:
        return Finding(f"{error}; make it: SPOTMC_BUCKET={bucket} spotmc trader create {name}", fatal=True)
    except FleetError as error:
        return Finding(f"could not look at the trader {name}: {error}", doubt=True)
    if settings.job.experiment.own_rule and own_rules != ALLOW:
        what = f"the trader {name} has a person's own rule, {settings.job.experiment.own_rule.file}"
        return Finding(f"{what}, which is code with its rights: --set OwnRules={ALLOW}", fatal=True)
    return Finding(f"the trader {name} is there: {settings.feed} is its feed, {settings.broker} its broker")


def needs_credentials(account: Account, bucket: str, name: str) -> bool:
    """Whether a trader takes bars from Alpaca or sends orders there.

    Raises:
        FleetError: there is none, or it cannot be looked at.
    """
    settings = load_settings(Bucket(account.s3, bucket), name)
    return ALPACA in (settings.feed, settings.broker)
