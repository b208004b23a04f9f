"""A training job of SageMaker that is wanted, as the service wants to be asked for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deployment.account import DeploymentError
from deployment.research import ALLOW, Research
from deployment.stack import TAG
from fleet import keys

INSTANCE_TYPE = "ml.m5.large"  # 2 vCPUs: what most jobs need is less than the minutes that a machine takes to come

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
MOST_HYPERPARAMETERS, LONGEST_VALUE = 100, 2500

SPOT_PATIENCE = 3600  # seconds beyond its longest run that a job waits for Spot capacity
DISK_GIGABYTES = 10  # where millions of rows are a few


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
                "VolumeSizeInGB": DISK_GIGABYTES,
            },
            "StoppingCondition": seconds
            | ({"MaxWaitTimeInSeconds": self.seconds + SPOT_PATIENCE} if self.spot else {}),
            "EnableManagedSpotTraining": self.spot,
            "EnableNetworkIsolation": True,
            "Tags": [{"Key": TAG, "Value": research.stack}],
        }
        if self.spot:
            asked["CheckpointConfig"] = {"S3Uri": f"{bucket}/{keys.sagemaker_checkpoints(self.name)}"}
        if research.key:  # where none is named, SageMaker takes the account's for S3, and not the bucket's
            asked["OutputDataConfig"]["KmsKeyId"] = research.key
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
