"""Training jobs of SageMaker: what is asked for, how one stands, and those of a stack."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from deployment.account import Account, DeploymentError
from deployment.not_found import is_not_found
from deployment.research import ALLOW, Research
from deployment.stack import TAG
from fleet import keys
from fleet.errors import explained

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.literals import TrainingJobStatusType
    from mypy_boto3_sagemaker.type_defs import TrainingJobSummaryTypeDef

INSTANCE_TYPE = "ml.m5.large"  # 2 vCPUs: what most jobs need is less than the minutes that a machine takes to come

RUNNING: "Sequence[TrainingJobStatusType]" = ("InProgress", "Stopping")

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
MOST_HYPERPARAMETERS, LONGEST_VALUE = 100, 2500
NAME = re.compile(r"(?=.{1,63}\Z)[a-zA-Z0-9](-*[a-zA-Z0-9])*")

SPOT_PATIENCE = 3600  # seconds beyond its longest run that a job waits for Spot capacity
_AT_ONCE = 8  # requests
_GIGABYTES = 10  # of the disk, where millions of rows are a few


@dataclass(frozen=True, kw_only=True)
class TrainingRequest:
    """A training job that is wanted.

    Attributes:
        name: Of the job.
        hyperparameters: By name.
        channels: Key of the object in the stack's bucket, or of a folder with one, by name of the channel.
        metrics: Name and regular expression of each, as SageMaker wants them.
        instance_type: Such as ml.m5.large.
        seconds: That it may run.
        spot: Whether on Spot capacity, with checkpoints.
    """

    name: str
    hyperparameters: Mapping[str, str]
    channels: Mapping[str, str]
    metrics: Sequence[Mapping[str, str]]
    instance_type: str = INSTANCE_TYPE
    seconds: int = 3600
    spot: bool = True

    def to_dict(self, research: Research) -> dict[str, Any]:
        """The parameters of CreateTrainingJob.

        Where its results go, the job's name and ``/output`` come behind the address that is given here.
        The container has no network: what it needs is brought to it, and what it leaves is fetched, by SageMaker.

        Raises:
            DeploymentError: SageMaker would not take it; or a rule of a person's own may not run there.
        """
        self._check(research)
        bucket = f"s3://{research.bucket}"
        seconds = {"MaxRuntimeInSeconds": self.seconds}
        asked: dict[str, Any] = {
            "TrainingJobName": self.name,
            "HyperParameters": dict(self.hyperparameters),
            "AlgorithmSpecification": {
                "TrainingImage": research.image,
                "TrainingInputMode": "File",
                "MetricDefinitions": [dict(each) for each in self.metrics],
            },
            "RoleArn": research.training_role,
            "InputDataConfig": [_channel(name, f"{bucket}/{key}") for name, key in self.channels.items()],
            "OutputDataConfig": {"S3OutputPath": f"{bucket}/{keys.SAGEMAKER.rstrip('/')}"},
            "ResourceConfig": {
                "InstanceType": self.instance_type,
                "InstanceCount": 1,
                "VolumeSizeInGB": _GIGABYTES,
            },
            "StoppingCondition": seconds
            | ({"MaxWaitTimeInSeconds": self.seconds + SPOT_PATIENCE} if self.spot else {}),
            "EnableManagedSpotTraining": self.spot,
            "EnableNetworkIsolation": True,
            "Tags": [{"Key": TAG, "Value": research.stack}],
        }
        if self.spot:
            asked["CheckpointConfig"] = {"S3Uri": f"{bucket}/{keys.sagemaker_checkpoints(self.name)}"}
        if "rule" in self.channels:
            asked["Environment"] = {"SPOTMC_OWN_RULES": ALLOW}
        return asked

    def _check(self, research: Research) -> None:
        if len(self.hyperparameters) > MOST_HYPERPARAMETERS:
            raise DeploymentError(
                f"SageMaker takes {MOST_HYPERPARAMETERS} hyperparameters, and this has {len(self.hyperparameters)}"
            )
        if long := [name for name, value in self.hyperparameters.items() if len(value) > LONGEST_VALUE]:
            raise DeploymentError(
                f"SageMaker takes values of {LONGEST_VALUE:,} characters, and {', '.join(long)} has more; of many "
                "values, write a range such as 5:50:5"
            )
        if "rule" in self.channels and not research.own_rules:
            raise DeploymentError(
                f"the stack {research.stack} does not run people's own rules: `spotmc deploy --name {research.stack} "
                "--set OwnRules=allow` lets it, and everywhere"
            )


def _channel(name: str, address: str) -> dict[str, Any]:
    """What has the address, or begins with it: no other key begins with that of what is named by its digest."""
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": address, "S3DataDistributionType": "FullyReplicated"}
        },
    }


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


def name_prefix(stack_name: str) -> str:
    """How the names of all jobs and endpoints of a stack begin: the permissions are for such."""
    return f"{stack_name}-"


def name_problem(name: str, stack_name: str) -> str:
    """Why no job and no endpoint of a stack may be called that; empty where one may."""
    if NAME.fullmatch(name) and name.startswith(name_prefix(stack_name)):
        return ""
    return f"must be {name_prefix(stack_name)} and more, 63 letters, digits and hyphens in all, not {name[:100]!r}"


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
    """Have them stop; one that has ended meanwhile is none to stop.

    Raises:
        DeploymentError
    """
    for name in names:
        with explained(DeploymentError, f"stop the training job {name}"):
            try:
                account.sagemaker.stop_training_job(TrainingJobName=name)
            except ClientError:
                found = describe(account, name)
                if found and found.unfinished:
                    raise


def tag_of(client: "SageMakerClient", arn: str) -> str | None:
    """The stack that something belongs to; None where it is nobody's, or is gone."""
    try:
        return next((each["Value"] for each in _tags(client, arn) if each["Key"] == TAG), None)
    except ClientError as error:
        if not is_not_found(error):
            raise
        return None


def _tags(client: "SageMakerClient", arn: str) -> Iterator[Any]:
    for page in client.get_paginator("list_tags").paginate(ResourceArn=arn):
        yield from page["Tags"]
