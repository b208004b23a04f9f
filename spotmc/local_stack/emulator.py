"""An emulator of SQS and S3 on this machine: moto behind a guard, its queue and its bucket."""

import json
import os
import urllib.request
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fleet.queue import MAX_RECEIVE_COUNT
from fleet.settings import Settings
from spotmc.local_stack.ports import HOST

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

QUEUE, BUCKET = "spotmc-jobs", "spotmc"


def command(port: int) -> list[str]:
    """Module and arguments that start it.

    Raises:
        ModuleNotFoundError: moto is not installed.
    """
    if find_spec("moto") is None:
        raise ModuleNotFoundError("No module named 'moto'", name="moto")
    return ["spotmc.local_stack.emulator_server", "--host", HOST, "--port", str(port)]


def settings(port: int) -> Settings:
    """The settings of what ``create`` makes; the same port gives the same, so saved settings stay good."""
    url = f"http://{HOST}:{port}"
    queue_url = f"{url}/123456789012/{QUEUE}"  # moto's account
    return Settings(region="us-east-1", queue_url=queue_url, bucket=BUCKET, endpoint_url=url)


def environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """``inherited`` for a process that is to use the emulator, and no account or proxy of the person's."""
    ours = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
    no_proxy = [inherited[name] for name in ("no_proxy", "NO_PROXY") if inherited.get(name)]
    return ours | {
        "AWS_REGION": settings.region,
        "AWS_ENDPOINT_URL": settings.endpoint_url or "",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SPOTMC_QUEUE_URL": settings.queue_url,
        "SPOTMC_BUCKET": settings.bucket,
        "NO_PROXY": ",".join([*no_proxy, HOST]),
        "no_proxy": ",".join([*no_proxy, HOST]),
    }


def answers(port: int) -> bool:
    """Whether it has started."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/moto-api/", timeout=5):
            return True
    except OSError:
        return False


def create(sqs: "SQSClient", s3: "S3Client", settings: Settings) -> None:
    """Make the queue, its dead-letter queue, whose name ends in "-dead", and the bucket."""
    name = settings.queue_url.rsplit("/", 1)[-1]
    dead_url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": MAX_RECEIVE_COUNT})
    sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})
    s3.create_bucket(Bucket=settings.bucket)
