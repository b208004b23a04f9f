"""Training jobs of SageMaker: what is asked for, how one stands, and those of a stack."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from deployment.account import Account, DeploymentError
from deployment.named_by_stack import name_prefix, tag_of
from deployment.not_found import is_not_found
from fleet.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.literals import TrainingJobStatusType
    from mypy_boto3_sagemaker.type_defs import TrainingJobSummaryTypeDef

RUNNING: "Sequence[TrainingJobStatusType]" = ("InProgress", "Stopping")

_AT_ONCE = 8  # requests


@dataclass(frozen=True)
class TrainingJob:
    """How a job stands.

    Attributes:
        name, arn: Of the job.
        status: InProgress, Completed, Failed, Stopping or Stopped.
        step: What it is at, such as Downloading, or how it came to its end, such as MaxRuntimeExceeded.
        reason: Why it failed, as the container or SageMaker says it.
        created: When.
        hyperparameters: By name.
        channels: Names.
        instance_type: Such as ml.m5.large.
        spot: Whether on Spot capacity.
        metrics: The last value of each, by name.
        ran, billed: Seconds, as far as they are known.
        artefacts: Address of model.tar.gz, once there is one.
    """

    name: str
    arn: str
    status: str
    step: str
    reason: str
    created: datetime
    hyperparameters: Mapping[str, str]
    channels: tuple[str, ...]
    instance_type: str
    spot: bool
    metrics: Mapping[str, float] = field(default_factory=dict)
    ran: int | None = None
    billed: int | None = None
    artefacts: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From what DescribeTrainingJob says of it."""
        return cls(
            told["TrainingJobName"],
            told["TrainingJobArn"],
            told["TrainingJobStatus"],
            told["SecondaryStatus"],
            told.get("FailureReason", ""),
            told["CreationTime"],
            told.get("HyperParameters", {}),
            tuple(each["ChannelName"] for each in told.get("InputDataConfig", [])),
            told.get("ResourceConfig", {}).get("InstanceType", ""),
            told.get("EnableManagedSpotTraining", False),
            {each["MetricName"]: each["Value"] for each in told.get("FinalMetricDataList", [])},
            told.get("TrainingTimeInSeconds"),
            told.get("BillableTimeInSeconds"),
            told.get("ModelArtifacts", {}).get("S3ModelArtifacts", ""),
        )

    @property
    def unfinished(self) -> bool:
        return self.status in RUNNING

    @property
    def saving(self) -> float | None:
        """The fraction of what it would have cost that Spot capacity has saved."""
        return 1 - self.billed / self.ran if self.spot and self.billed and self.ran else None


def start(account: Account, request: Mapping[str, Any]) -> str:
    """Begin with what ``TrainingRequest.to_dict`` says; returns the job's ARN.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"start the training job {request['TrainingJobName']}"):
        return account.sagemaker.create_training_job(**request)["TrainingJobArn"]


def describe(account: Account, name: str) -> TrainingJob | None:
    """The job of that name; None where there is none.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"look at the training job {name}"):
        try:
            return TrainingJob.of(account.sagemaker.describe_training_job(TrainingJobName=name))
        except ClientError as error:
            if not is_not_found(error):
                raise
            return None


def stop(account: Account, name: str) -> None:
    """Have it stop: it is given two minutes to leave what it has.

    Raises:
        DeploymentError
    """
    with explained(DeploymentError, f"stop the training job {name}"):
        account.sagemaker.stop_training_job(TrainingJobName=name)


def training_jobs_of(account: Account, stack_name: str, *, at_most: int = 20) -> list[TrainingJob]:
    """The newest jobs of a stack, newest first.

    Raises:
        DeploymentError
    """
    client = account.sagemaker

    def look(job: "TrainingJobSummaryTypeDef") -> TrainingJob | None:
        is_ours = tag_of(client, job["TrainingJobArn"]) == stack_name
        return describe(account, job["TrainingJobName"]) if is_ours else None

    with explained(DeploymentError, f"look for training jobs of {stack_name}"), ThreadPoolExecutor(_AT_ONCE) as pool:
        named = (job for job in _summaries(client, stack_name))
        found: list[TrainingJob] = []
        while len(found) < at_most and (some := list(islice(named, at_most - len(found)))):
            found += [each for each in pool.map(look, some) if each]
    return found


def running_jobs_of(account: Account, stack_name: str) -> list[str]:
    """Names of those that have not ended, and so cost money.

    Raises:
        DeploymentError
    """
    client = account.sagemaker
    with explained(DeploymentError, f"look for running training jobs of {stack_name}"):
        return [
            job["TrainingJobName"]
            for status in RUNNING
            for job in _summaries(client, stack_name, StatusEquals=status)
            if tag_of(client, job["TrainingJobArn"]) == stack_name
        ]


def _summaries(client: "SageMakerClient", stack_name: str, **more: Any) -> "Iterator[TrainingJobSummaryTypeDef]":
    """Jobs whose name begins with that of the stack, newest first; perhaps some are of another stack."""
    prefix = name_prefix(stack_name)
    pages = client.get_paginator("list_training_jobs").paginate(
        NameContains=prefix, SortBy="CreationTime", SortOrder="Descending", **more
    )
    for page in pages:
        yield from (each for each in page["TrainingJobSummaries"] if each["TrainingJobName"].startswith(prefix))


def stop_all(account: Account, names: Sequence[str]) -> None:
    """Have them stop; one that has ended meanwhile, or is stopping already, is none to stop.

    Raises:
        DeploymentError
    """
    for name in names:
        with explained(DeploymentError, f"stop the training job {name}"):
            try:
                account.sagemaker.stop_training_job(TrainingJobName=name)
            except ClientError:
                found = describe(account, name)
                if found and found.status == "InProgress":
                    raise
