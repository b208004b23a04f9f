"""The AWS account and region that is deployed to, and clients for them."""

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config

from fleet.errors import FleetError, explained
from fleet.silence import breaking_silence

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_pricing import PricingClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# CloudFormation allows few requests a second in an account, and one deployment asks about ten stacks.
_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 10})

# https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
_PRICING_REGION = "us-east-1"


class AccountError(FleetError):
    """There are no credentials, or they are for no account."""


class DeploymentError(FleetError):
    """AWS did not do what a deployment needs."""


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        account: Twelve digits.
        arn: Of the user, or of the session of a role.
    """

    account: str
    arn: str


class Account:
    """Clients of the account that the environment's credentials are for, in one region."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session = boto3.Session(region_name=region)

    @classmethod
    def connect(cls, region: str | None) -> Self:
        """
        Args:
            region: None for that of the environment or of the profile.

        Raises:
            AccountError: there is no region, or no profile of the name that is set.
        """
        with explained(AccountError, "use the AWS configuration"):
            found = region or os.environ.get("AWS_REGION") or boto3.Session().region_name
        if not found:
            raise AccountError("no AWS region is set: give --region, such as us-east-1, or set AWS_REGION")
        return cls(found)

    @cached_property
    def caller(self) -> Caller:
        """
        Raises:
            AccountError: there are no credentials, or AWS does not accept them.
        """
        with explained(AccountError, "ask AWS whose credentials these are"):
            answer = breaking_silence(self._session.client("sts", config=_CONFIG)).get_caller_identity()
        return Caller(answer["Account"], answer["Arn"])

    @cached_property
    def autoscaling(self) -> "AutoScalingClient":
        return breaking_silence(self._session.client("autoscaling", config=_CONFIG))

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return breaking_silence(self._session.client("cloudformation", config=_CONFIG))

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        return breaking_silence(self._session.client("cloudwatch", config=_CONFIG))

    @cached_property
    def ec2(self) -> "EC2Client":
        return breaking_silence(self._session.client("ec2", config=_CONFIG))

    @cached_property
    def ecr(self) -> "ECRClient":
        return breaking_silence(self._session.client("ecr", config=_CONFIG))

    @cached_property
    def ecs(self) -> Any:  # its types are not worth a dependency
        return breaking_silence(self._session.client("ecs", config=_CONFIG))

    @cached_property
    def fis(self) -> Any:  # nor these
        return breaking_silence(self._session.client("fis", config=_CONFIG))

    @cached_property
    def iam(self) -> "IAMClient":
        return breaking_silence(self._session.client("iam", config=_CONFIG))

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return breaking_silence(self._session.client("logs", config=_CONFIG))

    @cached_property
    def pricing(self) -> "PricingClient":
        return breaking_silence(self._session.client("pricing", region_name=_PRICING_REGION, config=_CONFIG))

    @cached_property
    def quotas(self) -> "ServiceQuotasClient":
        return breaking_silence(self._session.client("service-quotas", config=_CONFIG))

    @cached_property
    def s3(self) -> "S3Client":
        return breaking_silence(self._session.client("s3", config=_CONFIG))

    @cached_property
    def sagemaker(self) -> "SageMakerClient":
        return breaking_silence(self._session.client("sagemaker", config=_CONFIG))

    @cached_property
    def sagemaker_runtime(self) -> "SageMakerRuntimeClient":
        """An endpoint that has slept takes its time, and is given the minute that AWS gives it, and some more."""
        return breaking_silence(
            self._session.client(
                "sagemaker-runtime", config=_CONFIG.merge(Config(read_timeout=90, retries={"total_max_attempts": 2}))
            )
        )

    @cached_property
    def scaling(self) -> "ApplicationAutoScalingClient":
        return breaking_silence(self._session.client("application-autoscaling", config=_CONFIG))

    @cached_property
    def secrets(self) -> Any:  # nor these
        return breaking_silence(self._session.client("secretsmanager", config=_CONFIG))

    @cached_property
    def sqs(self) -> "SQSClient":
        return breaking_silence(self._session.client("sqs", config=_CONFIG))

    @cached_property
    def ssm(self) -> "SSMClient":
        return breaking_silence(self._session.client("ssm", config=_CONFIG))

    @cached_property
    def tags(self) -> "ResourceGroupsTaggingAPIClient":
        return breaking_silence(self._session.client("resourcegroupstaggingapi", config=_CONFIG))
