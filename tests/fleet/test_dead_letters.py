from typing import TYPE_CHECKING

import pytest

from fleet import failures, keys
from fleet.bucket import Bucket
from fleet.dead_letters import DeadLetter, dead_letter, discard, peek, redrive
from fleet.failures import REASON_AT_MOST
from fleet.message import Shard
from fleet.queue import LARGEST, MOST_ATTRIBUTES, Attributes, Message, Queue
from fleet.tree import Range

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

SHARD = Shard("AAPL-5-20-0123456789ab", Range(0, 500))
OTHER = Shard("IBM-5-20-0123456789ab", Range(0, 500))


@pytest.fixture
def dead(dead_letters: Queue) -> Queue:
    return dead_letters


def received(body: str = SHARD.to_body(), attributes: Attributes | None = None) -> Message:
    """A message as a worker has it in hand."""
    return Message("some-id", body, "some-handle", 3, attributes or {})


def seen(dead: Queue) -> list[DeadLetter]:
    with peek(dead) as letters:
        return letters


def test_a_dead_letter_tells_what_it_is_and_why_it_is_there(dead: Queue) -> None:
    dead_letter(dead, received(attributes={"stock": "AAPL", "iter": 500}), "out of memory", "worker-1")
    [letter] = seen(dead)
    assert (letter.shard, letter.reason, letter.worker) == (SHARD, "out of memory", "worker-1")
    assert letter.failed_at.startswith("20")
    assert letter.failed_at.endswith("+00:00")
    assert letter.message.body == SHARD.to_body()
    assert letter.message.attributes.items() >= {"stock": "AAPL", "iter": 500}.items()


def test_it_stays_there_for_others_to_see_when_somebody_has_looked(dead: Queue) -> None:
    for number in range(23):  # more than two requests give
        dead_letter(dead, received(Shard(SHARD.job_id, Range(number, 500)).to_body()), "out of memory", "worker-1")
    for _ in range(2):
        assert len({letter.shard for letter in seen(dead)}) == 23


def test_it_stays_there_also_when_looking_ends_in_an_error(dead: Queue) -> None:
    dead_letter(dead, received(), "out of memory", "worker-1")
    with pytest.raises(ZeroDivisionError), peek(dead) as letters:
        print(1 / (len(letters) - 1))
    assert len(seen(dead)) == 1


def test_a_foreign_message_with_all_attributes_that_there_may_be_gets_its_reason(dead: Queue) -> None:
    """Some of its own have to give way; those that are named as ours, and empty ones, which SQS refuses, as well."""
    foreign: Attributes = {f"foreign-{number}": number for number in range(MOST_ATTRIBUTES)}
    dead_letter(dead, received("hello", foreign), "not JSON", "worker-1")
    dead_letter(dead, received("hello", {"reason": "forged", "empty": ""}), "not JSON", "worker-1")
    for letter in seen(dead):
        assert (letter.shard, letter.reason, letter.worker) == (None, "not JSON", "worker-1")
        assert len(letter.message.attributes) in (3, MOST_ATTRIBUTES)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("", "none given"),
        ("x" * 5000, "x" * REASON_AT_MOST),
        ("\ud800 \x00 \x1b[31m \x9b31m", "? ? ?[31m ?31m"),
        ("line\nanother\tpart", "line\nanother\tpart"),
        ("Größe 10 €", "Größe 10 €"),
    ],
    ids=["empty", "long", "unprintable", "several lines", "not English"],
)
def test_any_reason_can_be_kept(dead: Queue, reason: str, kept: str) -> None:
    dead_letter(dead, received(), reason, "worker-1")
    assert [letter.reason for letter in seen(dead)] == [kept]


@pytest.mark.parametrize("spare", [2000, 600, 0], ids=["room for all", "for the reason only", "no room"])
def test_a_message_as_large_as_there_may_be_reaches_the_dead_letter_queue(dead: Queue, spare: int) -> None:
    """SQS counts the attributes, so some have to give way; what is wrong with the body can be said without them."""
    body = "x" * (LARGEST - spare)
    dead_letter(dead, received(body, {"foreign": "y" * 1000}), "not JSON: it begins with x", "worker-1")
    [letter] = seen(dead)
    assert letter.message.body == body
    assert "no JSON" in letter.reason or letter.reason.startswith("not JSON")
    assert ("foreign" in letter.message.attributes) == (spare == 2000)
    assert letter.worker == ("worker-1" if spare else "")
    size = len(body) + sum(len(f"{name}String{value}") for name, value in letter.message.attributes.items())
    assert size <= LARGEST


def test_what_sqs_has_moved_there_has_no_reason(dead: Queue) -> None:
    dead.send(SHARD.to_body(), {"stock": "AAPL"})
    [letter] = seen(dead)
    assert (letter.shard, letter.reason, letter.worker, letter.failed_at) == (SHARD, "", "", "")


def test_a_redriven_message_is_as_it_was_and_its_account_begins_anew(
    *, queue: Queue, dead: Queue, bucket: Bucket
) -> None:
    failures.record(bucket, SHARD, "worker-1", "out of memory")
    failures.give_up(bucket, SHARD, "out of memory")
    dead_letter(dead, received(attributes={"stock": "AAPL", "iter": 500}), "out of memory", "worker-1")
    with peek(dead) as [letter]:
        redrive(letter, dead, queue, bucket)
    assert seen(dead) == []
    [message] = queue.receive(wait_seconds=1, visibility_seconds=30, at_most=10)
    assert (message.body, message.attributes) == (SHARD.to_body(), {"stock": "AAPL", "iter": 500})
    assert list(bucket.list(keys.folder(SHARD.job_id))) == []


def test_what_is_not_understood_can_be_redriven_too(
    *, queue: Queue, dead: Queue, bucket: Bucket, clients: tuple["SQSClient", "S3Client"]
) -> None:
    """Attributes that no message of ours has are left out, such as bytes."""
    clients[0].send_message(
        QueueUrl=dead.url,
        MessageBody="of a later version",
        MessageAttributes={"bytes": {"DataType": "Binary", "BinaryValue": b"\x00"}},
    )
    with peek(dead) as [letter]:
        redrive(letter, dead, queue, bucket)
    assert [message.body for message in queue.receive(wait_seconds=1, visibility_seconds=30)] == ["of a later version"]


def test_only_what_is_of_the_job_is_discarded(dead: Queue) -> None:
    for body in (SHARD.to_body(), OTHER.to_body(), "hello"):
        dead_letter(dead, received(body), "out of memory", "worker-1")
    discard(dead, SHARD.job_id)
    assert {letter.message.body for letter in seen(dead)} == {OTHER.to_body(), "hello"}
