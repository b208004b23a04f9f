"""Each fault does what its name says, as boto3 sees it."""

from collections.abc import Callable, Iterator
from math import inf
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from fleet.bucket import Bucket
from fleet.errors import BucketError, HandleRefusedError, MissingObjectError
from fleet.queue import Queue
from fleet.settings import Settings
from tests.chaos import faults, refusals
from tests.chaos.faults import Rule
from tests.chaos.proxy import Proxy
from tests.chaos.refusals import Refusal
from tests.chaos.scenarios import aws, stale

ONE_TRY = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


@pytest.fixture
def proxy(settings: Settings) -> Iterator[Proxy]:
    emulated = urlsplit(settings.endpoint_url or "")
    with Proxy(emulated.port or 0, settings.queue_url.rsplit("/", 1)[-1], "1", lambda *_: None) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: Proxy, settings: Settings) -> Callable[[Any], Any]:
    """Of a service, through the proxy, without a second try."""
    url = f"http://127.0.0.1:{proxy.port}"
    return lambda service: boto3.Session().client(
        service, region_name=settings.region, endpoint_url=url, config=ONE_TRY
    )


@pytest.fixture
def through(client: Callable[[Any], Any], proxy: Proxy, settings: Settings) -> tuple[Queue, Bucket]:
    """Queue and bucket of the test, through the proxy."""
    url = settings.queue_url.replace(urlsplit(settings.queue_url).netloc, f"127.0.0.1:{proxy.port}")
    return Queue(client("sqs"), url), Bucket(client("s3"), settings.bucket)


def always(fault: faults.Fault) -> tuple[Rule, ...]:
    return (Rule(fault=fault, when=aws, between=(-inf, inf)),)


REFUSALS = [value for value in vars(refusals).values() if isinstance(value, Refusal)]


def test_boto3_reads_every_refusal_as_one_of_the_service(
    proxy: Proxy, client: Callable[[Any], Any], settings: Settings
) -> None:
    asked = (
        (client("s3").put_object, {"Bucket": settings.bucket, "Key": "key", "Body": b"content"}),
        (client("sqs").receive_message, {"QueueUrl": settings.queue_url}),
    )
    for refusal in REFUSALS:
        proxy.rules = always(faults.Refuse(refusal))
        for ask, arguments in asked:
            with pytest.raises(ClientError) as raised:
                ask(**arguments)
            assert raised.value.response["Error"]["Code"] == refusal.code
            assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == refusal.status


@pytest.mark.parametrize(
    ("fault", "stored"), [(faults.CutUpload(), False), (faults.LoseAnswer(), True)], ids=["cut", "answer lost"]
)
def test_an_upload_that_is_cut_stores_nothing_and_one_whose_answer_is_lost_does(
    *,
    fault: faults.Fault,
    stored: bool,
    proxy: Proxy,
    client: Callable[[Any], Any],
    settings: Settings,
    bucket: Bucket,
) -> None:
    proxy.rules = always(fault)
    with pytest.raises(HTTPClientError):
        client("s3").put_object(Bucket=settings.bucket, Key="key", Body=b"x" * 2**20)
    if stored:
        assert len(bucket.get("key")) == 2**20
    else:
        with pytest.raises(MissingObjectError):
            bucket.get("key")


def test_a_download_can_break_in_its_middle(
    proxy: Proxy, client: Callable[[Any], Any], settings: Settings, bucket: Bucket
) -> None:
    bucket.put("key", b"x" * 2**20)
    proxy.rules = always(faults.CutAnswer())
    answer = client("s3").get_object(Bucket=settings.bucket, Key="key")
    with pytest.raises((HTTPClientError, OSError)):
        answer["Body"].read()


@pytest.mark.parametrize(("times", "whole"), [(3, True), (4, False)])
def test_a_bucket_downloads_again_what_breaks_off_but_not_for_ever(
    *, times: int, whole: bool, proxy: Proxy, through: tuple[Queue, Bucket], bucket: Bucket
) -> None:
    """It takes many downloads to sum up a job; if one that breaks off failed them all, it would hardly ever be done."""
    bucket.put("key", b"x" * 2**20)
    proxy.rules = (Rule(fault=faults.CutAnswer(), when=aws, at_most=times, between=(-inf, inf)),)
    _, ours = through
    if whole:
        assert ours.get("key") == bucket.get("key")
    else:
        with pytest.raises(BucketError, match="no answer"):
            ours.get("key")


def test_what_is_pretended_is_not_done(proxy: Proxy, through: tuple[Queue, Bucket], queue: Queue) -> None:
    queue.send("hello", {})
    ours, _ = through
    proxy.rules = always(faults.Pretend())
    assert ours.receive(wait_seconds=0, visibility_seconds=30) == []
    proxy.rules = ()
    [message] = ours.receive(wait_seconds=0, visibility_seconds=30)
    proxy.rules = always(faults.Pretend())
    ours.delete(message)
    assert queue.depth().in_flight == 1


def test_a_message_is_given_to_two_and_the_first_handle_is_stale(
    proxy: Proxy, through: tuple[Queue, Bucket], queue: Queue
) -> None:
    queue.send("hello", {})
    ours, _ = through
    proxy.rules = always(faults.Expose())
    [first] = ours.receive(wait_seconds=0, visibility_seconds=30)
    [second] = ours.receive(wait_seconds=0, visibility_seconds=30)
    assert first.id == second.id
    assert proxy.deliveries.again == 1
    proxy.rules = (Rule(fault=faults.Refuse(refusals.BAD_HANDLE), when=stale),)
    ours.extend(second, 30)
    with pytest.raises(HandleRefusedError):
        ours.extend(first, 30)


def test_what_is_repeated_is_done_twice(proxy: Proxy, through: tuple[Queue, Bucket], queue: Queue) -> None:
    proxy.rules = always(faults.Repeat())
    through[0].send("hello", {})
    assert queue.depth().visible == 2
    assert sum(proxy.struck.values()) == 1
