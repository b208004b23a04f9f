"""The bucket that stands in for S3 where traders race, as boto3 finds it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from fleet.bucket import Bucket
from fleet.errors import BucketError, MissingObjectError
from fleet.settings import Settings
from tests.atomic_s3 import AtomicS3, refusal
from tests.http_service import Answer, HttpService, NoAnswerError, Request

SETTINGS = Settings(region="us-east-1", queue_url="http://127.0.0.1/123456789012/none", bucket="bucket")


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with AtomicS3().served() as service:
        yield Bucket.connect(replace(SETTINGS, endpoint_url=service.url))


def test_objects_are_stored_read_listed_and_deleted(bucket: Bucket) -> None:
    keys = ["few/0", "many/é +&<.json", *(f"many/{number:04d}" for number in range(3))]
    for key in keys:
        bucket.put(key, key.encode())
    assert [entry.key for entry in bucket.list("many/")] == sorted(keys[1:])
    assert set(bucket.names("")) == {"few/", "many/"}
    assert [entry.key for entry in bucket.some("many/", at_most=1, after="many/0001").entries] == ["many/0002"]
    assert bucket.some("many/", at_most=3).more
    assert bucket.get(keys[1]) == keys[1].encode()
    assert b"".join(bucket.pieces(keys[1], 4)) == keys[1].encode()
    bucket.delete("few/0")
    assert not bucket.exists("few/0")
    with pytest.raises(MissingObjectError):
        bucket.get("few/0")


def test_a_listing_of_more_than_a_page_is_complete() -> None:
    store = AtomicS3()
    keys = [f"a/{number:04d}" for number in range(1500)]
    for key in keys:
        store.answer(Request("PUT", f"/bucket/{key}", {}, b""))
    with store.served() as service:
        bucket = Bucket.connect(replace(SETTINGS, endpoint_url=service.url))
        assert [entry.key for entry in bucket.list("a/")] == keys
        assert set(bucket.names("a/")) == {key.removeprefix("a/") for key in keys}
        assert list(bucket.names("")) == ["a/"]


def test_a_condition_decides_whether_a_put_is_stored(bucket: Bucket) -> None:
    assert bucket.put_new("key", b"one")
    assert not bucket.put_new("key", b"two")
    assert bucket.put_instead("key", b"two", None) is None
    _, version = bucket.get_versioned("key")
    assert bucket.put_instead("key", b"two", version)
    assert bucket.put_instead("key", b"three", version) is None
    assert bucket.get("key") == b"two"


def test_of_many_who_put_at_once_one_does(bucket: Bucket) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(10):
            key = f"key-{number}"
            won = list(pool.map(lambda mine, key=key: bucket.put_new(key, mine), [b"%d" % each for each in range(8)]))
            assert won.count(True) == 1
            assert bucket.get(key) == b"%d" % won.index(True)
            _, version = bucket.get_versioned(key)
            again = pool.map(lambda mine, key=key, of=version: bucket.put_instead(key, mine, of), [b"a", b"b", b"c"])
            assert sum(each is not None for each in again) == 1


def test_a_connection_breaks_where_no_answer_is_wanted() -> None:
    def answer(_: Request) -> Answer:
        asked.append(1)
        raise NoAnswerError

    asked: list[int] = []
    with HttpService(answer) as service, pytest.raises(BucketError, match="cannot write key"):
        Bucket.connect(replace(SETTINGS, endpoint_url=service.url), for_a_page=True).put_new("key", b"")
    assert len(asked) > 1  # boto3 asked again


@pytest.mark.parametrize("status", [409, 500, 503])
def test_boto3_reads_a_refusal_as_the_services_own(status: int) -> None:
    with HttpService(lambda _: refusal(status)) as service, pytest.raises(BucketError, match="cannot write key"):
        Bucket.connect(replace(SETTINGS, endpoint_url=service.url), for_a_page=True).put_new("key", b"")
