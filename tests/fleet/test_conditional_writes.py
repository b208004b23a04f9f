"""Puts on a condition, against a bucket that looks and stores under one lock, and against an S3 that is unwell."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from fleet.bucket import Bucket
from fleet.errors import BucketError
from fleet.memory_bucket import MemoryBucket
from fleet.settings import Settings
from tests.atomic_s3 import AtomicS3, refusal
from tests.http_service import Answer, NoAnswerError, Request

SETTINGS = Settings(region="us-east-1", queue_url="http://127.0.0.1/123456789012/none", bucket="bucket")
KEY = "folder/key"


class UnwellS3(AtomicS3):
    """Each put meets the next of ``troubles``; after the last one all is well.

    Attributes:
        troubles: Functions of a request and of what the bucket does with it, that answer.
        puts: How many requests to put something came.
    """

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Callable[[Request, Callable[[Request], Answer]], Answer]] = []
        self.puts = 0

    def answer(self, request: Request) -> Answer:
        if request.method == "PUT":
            self.puts += 1
            if self.troubles:
                return self.troubles.pop(0)(request, super().answer)
        return super().answer(request)


def as_it_should(request: Request, store: Callable[[Request], Answer]) -> Answer:
    return store(request)


def conflict(_: Request, __: Callable[[Request], Answer]) -> Answer:
    return refusal(409)


def answer_lost(request: Request, store: Callable[[Request], Answer]) -> Answer:
    store(request)
    raise NoAnswerError


def error_though_stored(request: Request, store: Callable[[Request], Answer]) -> Answer:
    store(request)
    return refusal(500)


def lost_before(_: Request, __: Callable[[Request], Answer]) -> Answer:
    raise NoAnswerError


def then_another_writes(request: Request, store: Callable[[Request], Answer]) -> Answer:
    store(request)
    store(Request("PUT", request.path, {}, b"another's, after " + request.body))
    raise NoAnswerError


def then_another_deletes(request: Request, store: Callable[[Request], Answer]) -> Answer:
    store(request)
    store(Request("DELETE", request.path, {}, b""))
    raise NoAnswerError


STORED_IN_THE_END = [
    [conflict],
    [conflict] * 4,
    [answer_lost],
    [error_though_stored],
    [lost_before],
    [answer_lost, conflict],
    [conflict, answer_lost],
    [lost_before, answer_lost],
]


@pytest.fixture(scope="module")
def s3() -> UnwellS3:
    return UnwellS3()


@pytest.fixture(scope="module")
def connected(s3: UnwellS3) -> Iterator[Bucket]:
    with s3.served() as service, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "none")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        yield Bucket.connect(replace(SETTINGS, endpoint_url=service.url))


@pytest.fixture
def bucket(connected: Bucket, s3: UnwellS3) -> Bucket:
    s3.troubles.clear()
    connected.delete(KEY)
    s3.puts = 0
    return connected


@pytest.mark.parametrize("troubles", STORED_IN_THE_END)
def test_what_was_stored_is_said_to_be_stored(
    bucket: Bucket, s3: UnwellS3, troubles: list[Callable[..., Answer]]
) -> None:
    s3.troubles += troubles
    assert bucket.put_new(KEY, b"one")
    assert (bucket.get(KEY), s3.puts) == (b"one", len(troubles) + 1)

    _, version = bucket.get_versioned(KEY)
    s3.troubles += troubles
    assert bucket.put_instead(KEY, b"two", version) == bucket.get_versioned(KEY)[1]
    assert bucket.get(KEY) == b"two"


@pytest.mark.parametrize("trouble", [conflict, lost_before])
def test_who_comes_second_stores_nothing(bucket: Bucket, s3: UnwellS3, trouble: Callable[..., Answer]) -> None:
    bucket.put(KEY, b"old")
    _, version = bucket.get_versioned(KEY)
    bucket.put(KEY, b"another's")
    s3.troubles += [trouble]
    assert not bucket.put_new(KEY, b"one")
    assert bucket.put_instead(KEY, b"one", version) is None
    assert bucket.put_instead(KEY, b"one", None) is None
    assert bucket.get(KEY) == b"another's"


def test_what_another_has_replaced_meanwhile_does_not_count_as_stored(bucket: Bucket, s3: UnwellS3) -> None:
    s3.troubles += [then_another_writes]
    assert not bucket.put_new(KEY, b"one")
    _, version = bucket.get_versioned(KEY)
    s3.troubles += [then_another_writes]
    assert bucket.put_instead(KEY, b"two", version) is None
    assert bucket.get(KEY) == b"another's, after two"


def test_nothing_is_stored_in_place_of_what_has_gone(bucket: Bucket, s3: UnwellS3) -> None:
    bucket.put(KEY, b"old")
    _, version = bucket.get_versioned(KEY)
    bucket.delete(KEY)
    assert bucket.put_instead(KEY, b"one", version) is None

    bucket.put(KEY, b"old")
    s3.troubles += [then_another_deletes]
    assert bucket.put_instead(KEY, b"one", version) is None
    assert not bucket.exists(KEY)


def test_a_conflict_without_end_is_an_error_and_says_what_helps(
    bucket: Bucket, s3: UnwellS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    s3.troubles += [conflict] * 99
    with pytest.raises(BucketError, match=r"cannot write folder/key .* others write to it at the same time; try again"):
        bucket.put_new(KEY, b"one")
    assert not bucket.exists(KEY)


NAMES = [b"%02d" % number for number in range(12)]


def write_all_names(bucket: Bucket) -> None:
    """Into one object, by several threads, each of which adds a name that it does not find there."""

    def add(name: bytes) -> None:
        while True:
            with suppress(BucketError):  # all troubles may strike one request, until botocore tries no more
                content, version = bucket.get_versioned(KEY)
                if name in content.split():
                    return
                bucket.put_instead(KEY, content + b" " + name, version)

    bucket.put(KEY, b"")
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, NAMES))
    assert sorted(bucket.get(KEY).split()) == NAMES


def test_no_change_is_lost_or_made_twice_by_a_bucket_that_is_unwell(bucket: Bucket, s3: UnwellS3) -> None:
    choose = random.Random(1)
    kinds = [conflict, answer_lost, error_though_stored, lost_before]
    s3.troubles += [as_it_should, *(choose.choice([as_it_should, *kinds]) for _ in NAMES)]
    write_all_names(bucket)
    assert not s3.troubles


def test_a_bucket_in_memory_does_the_same() -> None:
    bucket = MemoryBucket()
    write_all_names(bucket)
    assert not bucket.put_new(KEY, b"one")
    assert bucket.put_new(KEY, bucket.get(KEY))
    content, version = bucket.get_versioned(KEY)
    assert bucket.put_instead(KEY, content, None) == version
    bucket.delete(KEY)
    assert bucket.put_instead(KEY, b"one", version) is None
    assert bucket.put_instead(KEY, b"one", None) == bucket.get_versioned(KEY)[1]
