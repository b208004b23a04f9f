"""SageMaker over HTTP, as its documentation describes what we use of it; with the stack and the prices of its account.

A request that its own model would not take is refused, and so is one that AWS refuses for another reason that we know
of.  Nothing is computed: a job goes through its steps, one with each look at it, and leaves what a test gives it.  So
this shows how the program talks with SageMaker, and nothing about what a container does there.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/Welcome.html
"""

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.session import get_session

from tests.query_api import RefusedError
from tests.service_apis import ServiceApis
from tests.service_shapes import problems

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCOUNT, REGION = "123456789012", "us-east-1"
NOW = 1_764_302_400.0

COMPLETED = (
    ("InProgress", "Starting"),
    ("InProgress", "Downloading"),
    ("InProgress", "Training"),
    ("InProgress", "Uploading"),
    ("Completed", "Completed"),
)

Record = dict[str, Any]


class SageMakerServer(ServiceApis):
    """What an account has of SageMaker.

    Args:
        emulator: Address of the emulator, which has the bucket.
        s3: A client of that.
        bucket: Of the stack.

    Attributes:
        stack: Outputs and parameters of the stack spotmc.
        asked: Each request, as "service:Operation" with its parameters.
        refused: By operation: what it is refused with.
        steps: That a job goes through, primary and secondary status.
        reason: Why a job fails, where it does.
        metrics: That a job ends with.
        leaves: Files by name that a completed job leaves, or what is in place of their archive.
        endpoint_ends: How a change of an endpoint ends.
        price: Of an hour of training; None is not listed.
    """

    def __init__(self, emulator: str, s3: "S3Client", bucket: str) -> None:
        super().__init__(self._do, emulator)
        self._s3, self._shapes = s3, get_session().get_service_model("sagemaker")
        self.stack = {
            "outputs": {
                "BucketName": bucket,
                "ResearchImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/spotmc-research:1",
                "TrainingRoleArn": f"arn:aws:iam::{ACCOUNT}:role/spotmc-training",
                "EndpointRoleArn": f"arn:aws:iam::{ACCOUNT}:role/spotmc-endpoint",
            },
            "parameters": {"OwnRules": "refuse"},
        }
        self.asked: list[tuple[str, Record]] = []
        self.refused: dict[str, RefusedError] = {}
        self.steps: tuple[tuple[str, str], ...] = COMPLETED
        self.reason = ""
        self.metrics: dict[str, float] = {}
        self.leaves: dict[str, bytes] | bytes = {}
        self.endpoint_ends = "InService"
        self.price: float | None = 0.115
        self.jobs: dict[str, Record] = {}
        self.models: dict[str, Record] = {}
        self.configs: dict[str, Record] = {}
        self.endpoints: dict[str, Record] = {}

    def operations(self) -> list[str]:
        """The names of those that were asked for."""
        return [name for name, _ in self.asked]

    def _do(self, operation: str, parameters: Record) -> Mapping[str, Any] | None:
        service, _, name = operation.partition(":")
        self.asked.append((operation, parameters))
        if operation in self.refused:
            raise self.refused[operation]
        if service == "cloudformation":
            return {"Stacks": [self._stack(parameters["StackName"])]}
        if service == "pricing":
            return {"FormatVersion": "aws_v1", "PriceList": [] if self.price is None else [self._listed(parameters)]}
        if service != "sagemaker":
            return None
        if wrong := list(problems(self._shapes.operation_model(name).input_shape, parameters)):
            raise RefusedError("ValidationException", f"{len(wrong)} validation errors detected: {'; '.join(wrong)}")
        act: Callable[[Record], Record] = getattr(self, f"_{name}")
        return act(parameters)

    # ---- Training jobs -------------------------------------------------------------------------------------------

    def _CreateTrainingJob(self, asked: Record) -> Record:  # noqa: N802
        name = asked["TrainingJobName"]
        if name in self.jobs:
            raise RefusedError("ResourceInUse", f"Training job names must be unique within an account: {name}")
        stopping = asked["StoppingCondition"]
        if asked["EnableManagedSpotTraining"]:
            if stopping.get("MaxWaitTimeInSeconds", 0) < stopping["MaxRuntimeInSeconds"]:
                raise RefusedError(
                    "ValidationException", "MaxWaitTimeInSeconds above 0 and at least MaxRuntimeInSeconds"
                )
        elif "MaxWaitTimeInSeconds" in stopping:
            raise RefusedError("ValidationException", "MaxWaitTimeInSeconds is only for managed Spot training")
        for channel in asked["InputDataConfig"]:
            address = channel["DataSource"]["S3DataSource"]["S3Uri"]
            found = self._objects(address)
            if len(found) != 1:
                raise RefusedError("ValidationException", f"{len(found)} objects begin with {address}")
        self.jobs[name] = {**asked, "looks": 0, "TrainingJobArn": _arn("training-job", name)}
        return {"TrainingJobArn": _arn("training-job", name)}

    def _DescribeTrainingJob(self, asked: Record) -> Record:  # noqa: N802
        name = asked["TrainingJobName"]
        if name not in self.jobs:
            raise RefusedError("ValidationException", "Requested resource not found.")
        job = self.jobs[name]
        status, step = self._status(job)
        job["looks"] += 1
        told = {key: value for key, value in job.items() if key not in {"looks", "Tags"}}
        told |= {"TrainingJobStatus": status, "SecondaryStatus": step, "CreationTime": NOW, "ModelArtifacts": {}}
        address = f"{job['OutputDataConfig']['S3OutputPath']}/{name}/output/model.tar.gz"
        told["ModelArtifacts"] = {"S3ModelArtifacts": address}
        if status == "Completed":
            self._put(address, self.leaves if isinstance(self.leaves, bytes) else packed(self.leaves))
            told["FinalMetricDataList"] = [
                {"MetricName": each, "Value": value, "Timestamp": NOW} for each, value in self.metrics.items()
            ]
        if status in {"Completed", "Failed", "Stopped"}:
            told |= {"TrainingTimeInSeconds": 500, "BillableTimeInSeconds": 100}
        return told | ({"FailureReason": self.reason} if status == "Failed" else {})

    def _status(self, job: Record) -> tuple[str, str]:
        return self.steps[min(job["looks"], len(self.steps) - 1)]

    def _StopTrainingJob(self, asked: Record) -> Record:  # noqa: N802
        self.steps = (("Stopping", "Stopping"),)
        return {}

    def _ListTrainingJobs(self, asked: Record) -> Record:  # noqa: N802
        found = [
            {
                "TrainingJobName": name,
                "TrainingJobArn": job["TrainingJobArn"],
                "CreationTime": NOW,
                "TrainingJobStatus": self._status(job)[0],
            }
            for name, job in self.jobs.items()
            if asked.get("NameContains", "") in name and asked.get("StatusEquals") in {None, self._status(job)[0]}
        ]
        return {"TrainingJobSummaries": found}

    # ---- Endpoints -----------------------------------------------------------------------------------------------

    def _CreateModel(self, asked: Record) -> Record:  # noqa: N802
        address = asked["PrimaryContainer"]["ModelDataUrl"]
        if not self._objects(address):
            raise RefusedError("ValidationException", f"Could not find model data at {address}.")
        return {"ModelArn": self._new(self.models, "model", asked["ModelName"], asked)}

    def _CreateEndpointConfig(self, asked: Record) -> Record:  # noqa: N802
        [variant] = asked["ProductionVariants"]
        _find(self.models, "model", variant["ModelName"])
        if variant["ServerlessConfig"]["MemorySizeInMB"] % 1024:
            raise RefusedError("ValidationException", "MemorySizeInMB comes in steps of 1 GB")
        return {"EndpointConfigArn": self._new(self.configs, "endpoint-config", asked["EndpointConfigName"], asked)}

    def _CreateEndpoint(self, asked: Record) -> Record:  # noqa: N802
        _find(self.configs, "endpoint configuration", asked["EndpointConfigName"])
        made = {**asked, "looks": 0, "status": "Creating", "wanted": asked["EndpointConfigName"]}
        return {"EndpointArn": self._new(self.endpoints, "endpoint", asked["EndpointName"], made)}

    def _UpdateEndpoint(self, asked: Record) -> Record:  # noqa: N802
        endpoint = _find(self.endpoints, "endpoint", asked["EndpointName"])
        _find(self.configs, "endpoint configuration", asked["EndpointConfigName"])
        endpoint |= {"looks": 0, "status": "Updating", "wanted": asked["EndpointConfigName"]}
        return {"EndpointArn": endpoint["arn"]}

    def _DescribeEndpoint(self, asked: Record) -> Record:  # noqa: N802
        endpoint = _find(self.endpoints, "endpoint", asked["EndpointName"])
        endpoint["looks"] += 1
        if endpoint["status"] in {"Creating", "Updating"} and endpoint["looks"] > 2:
            if self.endpoint_ends == "InService":
                endpoint |= {"status": "InService", "EndpointConfigName": endpoint["wanted"]}
            else:  # a change is rolled back
                endpoint["status"] = "InService" if endpoint["status"] == "Updating" else self.endpoint_ends
        return {
            "EndpointName": asked["EndpointName"],
            "EndpointArn": endpoint["arn"],
            "EndpointConfigName": endpoint["EndpointConfigName"],
            "EndpointStatus": endpoint["status"],
            "FailureReason": self.reason,
            "CreationTime": NOW,
            "LastModifiedTime": NOW,
        }

    def _DescribeEndpointConfig(self, asked: Record) -> Record:  # noqa: N802
        config = _find(self.configs, "endpoint configuration", asked["EndpointConfigName"])
        told = {name: config[name] for name in ("EndpointConfigName", "ProductionVariants")}
        return {**told, "EndpointConfigArn": config["arn"], "CreationTime": NOW}

    def _DescribeModel(self, asked: Record) -> Record:  # noqa: N802
        model = _find(self.models, "model", asked["ModelName"])
        return {"ModelName": asked["ModelName"], "ModelArn": model["arn"], "CreationTime": NOW}

    def _DeleteEndpoint(self, asked: Record) -> Record:  # noqa: N802
        _find(self.endpoints, "endpoint", asked["EndpointName"])
        del self.endpoints[asked["EndpointName"]]
        return {}

    def _DeleteEndpointConfig(self, asked: Record) -> Record:  # noqa: N802
        name = asked["EndpointConfigName"]
        _find(self.configs, "endpoint configuration", name)
        if used := [each for each, endpoint in self.endpoints.items() if endpoint["EndpointConfigName"] == name]:
            raise AssertionError(f"{name} is in use by {used}")
        del self.configs[name]
        return {}

    def _DeleteModel(self, asked: Record) -> Record:  # noqa: N802
        _find(self.models, "model", asked["ModelName"])
        del self.models[asked["ModelName"]]
        return {}

    def _ListEndpoints(self, asked: Record) -> Record:  # noqa: N802
        found = [
            {
                "EndpointName": name,
                "EndpointArn": endpoint["arn"],
                "CreationTime": NOW,
                "LastModifiedTime": NOW,
                "EndpointStatus": endpoint["status"],
            }
            for name, endpoint in self.endpoints.items()
            if asked.get("NameContains", "") in name
        ]
        return {"Endpoints": found}

    def _ListTags(self, asked: Record) -> Record:  # noqa: N802
        kind, _, name = asked["ResourceArn"].rpartition(":")[2].partition("/")
        kinds = {
            "training-job": self.jobs,
            "model": self.models,
            "endpoint-config": self.configs,
            "endpoint": self.endpoints,
        }
        return {"Tags": _find(kinds[kind], kind, name).get("Tags", [])}

    # ---- What there is besides -----------------------------------------------------------------------------------

    def _new(self, among: dict[str, Record], kind: str, name: str, record: Record) -> str:
        if name in among:
            raise RefusedError("ValidationException", f"Cannot create already existing {kind} {name}")
        among[name] = {**record, "arn": _arn(kind, name)}
        return _arn(kind, name)

    def _stack(self, name: str) -> Record:
        if name != "spotmc":
            raise RefusedError("ValidationError", f"Stack with id {name} does not exist")
        outputs, parameters = self.stack["outputs"], self.stack["parameters"]
        return {
            "StackName": name,
            "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/1",
            "Description": "spot-montecarlo - a stack",
            "StackStatus": "UPDATE_COMPLETE",
            "CreationTime": datetime.fromtimestamp(NOW, UTC),
            "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()],
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        }

    def _listed(self, asked: Record) -> str:
        wanted = {each["Field"]: each["Value"] for each in asked["Filters"]}
        dimension = {"pricePerUnit": {"USD": str(self.price)}, "unit": "Hrs"}
        product = {
            "product": {"attributes": {"usagetype": f"USE1-Train:{wanted['instanceName']}", **wanted}},
            "terms": {"OnDemand": {"offer": {"priceDimensions": {"rate": dimension}}}},
        }
        return json.dumps(product)

    def _objects(self, address: str) -> list[str]:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        page = self._s3.list_objects_v2(Bucket=bucket, Prefix=key)
        return [each["Key"] for each in page.get("Contents", [])]

    def _put(self, address: str, content: bytes) -> None:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        self._s3.put_object(Bucket=bucket, Key=key, Body=content)


def _arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}"


def _find(among: dict[str, Record], kind: str, name: str) -> Record:
    if name not in among:
        raise RefusedError("ValidationException", f'Could not find {kind} "{name}".')
    return among[name]


def packed(files: Mapping[str, bytes]) -> bytes:
    """A folder as SageMaker packs it."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return into.getvalue()
