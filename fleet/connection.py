"""Clients for SQS and S3, and whether what the settings name is really there."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from fleet.errors import BucketError, FleetError, QueueError, explained
from fleet.settings import Settings, problems

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# Every client has a session of its own, because the default one must not be used by two threads at once.

# Seconds.  S3 may take long over a large part.  Reading from SQS must outlast the longest poll that it allows, of 20
# seconds; but when no answer comes, there must be time for another try while a message is still ours.
_CONNECT_TIMEOUT, _S3_TIMEOUT, _SQS_TIMEOUT = 5, 60, 25
_CONFIG = Config(connect_timeout=_CONNECT_TIMEOUT, read_timeout=_S3_TIMEOUT, retries={"mode": "standard"})


def sqs_client(settings: Settings) -> "SQSClient":
    """May be shared between threads.

    Raises:
        QueueError: boto3 cannot make a client of these settings.
    """
    with explained(QueueError, "reach the queue"):
        config = _CONFIG.merge(Config(read_timeout=_SQS_TIMEOUT))
        return boto3.Session().client(
            "sqs", region_name=settings.region, endpoint_url=settings.endpoint_url, config=config
        )


def s3_client(settings: Settings) -> "S3Client":
    """May be shared between threads.

    Raises:
        BucketError: boto3 cannot make a client of these settings.
    """
    # An emulator answers at one host name only, so the bucket's name cannot be a part of it.  Content has a checksum;
    # signing it as well, as boto3 does where there is no HTTPS, would cost as much as sending it.
    style = Config(
        s3={"addressing_style": "path" if settings.endpoint_url else "auto", "payload_signing_enabled": False}
    )
    with explained(BucketError, "reach the bucket"):
        return boto3.Session().client(
            "s3", region_name=settings.region, endpoint_url=settings.endpoint_url, config=_CONFIG.merge(style)
        )


def check(settings: Settings) -> dict[str, str]:
    """What is wrong with the settings, by field, tried on the real queue and bucket; empty when all is well."""
    found = problems(settings)
    if "region" in found:
        return found
    if "queue_url" not in found:
        try:
            with explained(QueueError, "use this queue"):
                sqs_client(settings).get_queue_attributes(QueueUrl=settings.queue_url, AttributeNames=["QueueArn"])
        except FleetError as error:
            found["queue_url"] = str(error)
    if "bucket" not in found:
        try:
            with explained(BucketError, "use this bucket"):
                s3_client(settings).head_bucket(Bucket=settings.bucket)
        except FleetError as error:
            found["bucket"] = str(error)
    return found
