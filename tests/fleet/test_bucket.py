from dataclasses import replace

import pytest

from fleet.bucket import Bucket
from fleet.errors import BucketError, MissingObjectError
from fleet.settings import Settings


def test_an_object_is_stored_whole_and_can_be_replaced_and_deleted(bucket: Bucket) -> None:
    assert not bucket.exists("a/b.csv")
    bucket.put("a/b.csv", b"one")
    bucket.put("a/b.csv", b"\x00two")
    assert bucket.get("a/b.csv") == b"\x00two"
    assert bucket.exists("a/b.csv")
    bucket.delete("a/b.csv")
    bucket.delete("a/b.csv")
    assert not bucket.exists("a/b.csv")
    with pytest.raises(MissingObjectError, match=r"there is no a/b\.csv"):
        bucket.get("a/b.csv")


def test_a_listing_is_complete_over_many_pages_and_in_order(bucket: Bucket) -> None:
    keys = [f"many/{number:02d}" for number in range(45)]  # a page has 20
    for key in reversed(["few/0", *keys]):
        bucket.put(key, b"")
    assert [entry.key for entry in bucket.list("many/")] == keys
    assert bucket.names("many/") == {entry.key.removeprefix("many/"): entry.stored for entry in bucket.list("many/")}
    assert bucket.names("") == {"many/": None, "few/": None}


def test_another_content_is_another_version(bucket: Bucket) -> None:
    versions = []
    for content in (b"one", b"one", b"two"):
        bucket.put("key", content)
        versions += [entry.version for entry in bucket.list("key")]
    assert versions[0] == versions[1] != versions[2]


def test_a_bucket_that_is_not_there_is_not_mistaken_for_a_missing_object(settings: Settings) -> None:
    bucket = Bucket.connect(replace(settings, bucket=f"{settings.bucket}-gone"))
    for attempt in (lambda: bucket.put("key", b""), lambda: bucket.get("key"), lambda: list(bucket.list(""))):
        with pytest.raises(BucketError, match="there is no such bucket"):
            attempt()


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 20])
def test_pieces_of_an_object_are_all_of_it(bucket: Bucket, length: int) -> None:
    content = bytes(range(length))
    bucket.put("key", content)
    pieces = list(bucket.pieces("key", 10))
    assert b"".join(pieces) == content
    assert [len(piece) for piece in pieces[:-1]] == [10] * (len(pieces) - 1)


def test_pieces_of_two_objects_are_not_mixed(bucket: Bucket) -> None:
    bucket.put("key", b"one" * 10)
    pieces = bucket.pieces("key", 10)
    next(pieces)
    bucket.put("key", b"two" * 10)
    with pytest.raises(BucketError, match="was replaced while it was read"):
        next(pieces)
    bucket.delete("key")
    with pytest.raises(MissingObjectError):
        next(bucket.pieces("key", 10))
