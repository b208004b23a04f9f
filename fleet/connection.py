"""Clients for SQS, S3 and CloudWatch, and whether what the settings name is really there."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from fleet.errors import AlarmsError, BucketError, FleetError, QueueError, explained
from fleet.foreign import LISTING, refuse_pages, require
from fleet.settings import Settings, problems
from fleet.silence import breaking_silence

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

C = TypeVar("C")

# Every client has a session of its own, because the default one must not be used by two threads at once.

# Seconds.  S3 may take long over a large part.  Reading from SQS must outlast the longest poll that it allows, of 20
# seconds; but when no answer comes, there must be time for another try while a message is still ours.
_CONNECT_TIMEOUT, _S3_TIMEOUT, _SQS_TIMEOUT = 5, 60, 25
_CONFIG = Config(connect_timeout=_CONNECT_TIMEOUT, read_timeout=_S3_TIMEOUT, retries={"mode": "standard"})

# A page can say nothing before it is there, and nobody looks at an empty one for longer.  Many threads ask at a time,
# some of them several things at once: connections that are not kept would have to be made anew, with TLS.
_PAGE = Config(connect_timeout=2, read_timeout=4, max_pool_connections=64)


def sqs_client(settings: Settings, *, for_a_page: bool = False) -> "SQSClient":
    """May be shared between threads.

    Args:
        settings: Where the queue is.
        for_a_page: Whether somebody waits for a page: then no answer within a few seconds is an error at once.

    Raises:
        QueueError: boto3 cannot make a client of these settings.
    """
    config = _CONFIG.merge(Config(read_timeout=_SQS_TIMEOUT))
    with explained(QueueError, "reach the queue"):
        client = boto3.Session().client(
            "sqs",
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            config=config.merge(_PAGE) if for_a_page else config,
        )
    client.meta.events.register_last("after-call", refuse_pages)
    return _impatient(client) if for_a_page else breaking_silence(client)


def s3_client(settings: Settings, *, for_a_page: bool = False) -> "S3Client":
    """May be shared between threads; the arguments are those of ``sqs_client``.

    Raises:
        BucketError: boto3 cannot make a client of these settings.
    """
    # An emulator answers at one host name only, so the bucket's name cannot be a part of it.  Content has a checksum;
    # signing it as well, as boto3 does where there is no HTTPS, would cost as much as sending it.
    style = Config(
        s3={"addressing_style": "path" if settings.endpoint_url else "auto", "payload_signing_enabled": False}
    )
    config = _CONFIG.merge(style)
    with explained(BucketError, "reach the bucket"):
        client = boto3.Session().client(
            "s3",
            region_name=settings.region,
            endpoint_url=settings.endpoint_url,
            config=config.merge(_PAGE) if for_a_page else config,
        )
    client.meta.events.register("before-call.s3", _stay_in_the_region)
    client.meta.events.register_last("after-call", refuse_pages)
    return _impatient(client) if for_a_page else breaking_silence(client)


def cloudwatch_client(settings: Settings) -> "CloudWatchClient":
    """For a page; may be shared between threads.

    Raises:
        AlarmsError: boto3 cannot make a client of these settings.
    """
    with explained(AlarmsError, "reach CloudWatch"):
        client = boto3.Session().client(
            "cloudwatch", region_name=settings.region, endpoint_url=settings.endpoint_url, config=_CONFIG.merge(_PAGE)
        )
    client.meta.events.register_last("after-call", refuse_pages)
    return _impatient(client)


def check(settings: Settings, *, for_a_page: bool = False) -> dict[str, str]:
    """What is wrong with the settings, by field, tried on the real queue and bucket; empty when all is well."""
    found = problems(settings)
    if "region" in found:
        return found
    tried = {"queue_url": _try_queue, "bucket": _try_bucket}
    with ThreadPoolExecutor(len(tried)) as pool:
        answers = {field: pool.submit(use, settings, for_a_page) for field, use in tried.items() if field not in found}
    return found | {field: problem for field, answer in answers.items() if (problem := answer.result())}


def _try_queue(settings: Settings, for_a_page: bool) -> str:
    try:
        client = sqs_client(settings, for_a_page=for_a_page)
        with explained(QueueError, "use this queue"):
            require(client.get_queue_attributes(QueueUrl=settings.queue_url, AttributeNames=["QueueArn"]), "Attributes")
    except FleetError as error:
        return str(error)
    return ""


def _try_bucket(settings: Settings, for_a_page: bool) -> str:
    try:
        client = s3_client(settings, for_a_page=for_a_page)
        with explained(
            BucketError, "use this bucket"
        ):  # listing takes the permission that HEAD takes, and says why not
            require(client.list_objects_v2(Bucket=settings.bucket, MaxKeys=1), *LISTING)
    except FleetError as error:
        return str(error)
    return ""


def _stay_in_the_region(*, context: dict[str, Any], **_: object) -> None:
    """Where the bucket is elsewhere a person is told, instead of asking there in silence, and paying for the way."""
    context.setdefault("s3_redirect", {})["redirected"] = True


def _impatient(client: C) -> C:
    """The client, which no longer asks again when no answer came in time; of other trouble it does."""

    def give_up(*, caught_exception: Exception | None = None, **_: object) -> None:
        if isinstance(caught_exception, ConnectTimeoutError | ReadTimeoutError):
            raise caught_exception

    client.meta.events.register_first("needs-retry", give_up)  # type: ignore[attr-defined]
    return client
