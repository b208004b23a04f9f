"""The dead-letter queue: what no worker could do, with the reason, until a person has looked at it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from fleet import failures
from fleet.bucket import Bucket
from fleet.errors import HandleRefusedError, MessageError
from fleet.message import Shard
from fleet.queue import BATCH, LARGEST, MOST_ATTRIBUTES, Attributes, Message, Queue
from fleet.reasons import readable

REASON, WORKER, FAILED_AT = OURS = ("reason", "worker", "failed_at")

_LOOK_SECONDS = 60  # that a dead letter is hidden from others who look


@dataclass(frozen=True)
class DeadLetter:
    """A message that no worker could do.

    Attributes:
        message: In hand.
        shard: What it asks for; None where that cannot be understood.
        reason: Why it is here; empty where SQS moved it after MAX_RECEIVE_COUNT deliveries, because its workers ended.
        worker: Who gave it up.
        failed_at: When, as ISO 8601.
    """

    message: Message
    shard: Shard | None
    reason: str
    worker: str
    failed_at: str


def dead_letter(dead: Queue, message: Message, reason: str, worker: str) -> None:
    """Send a message to the dead-letter queue with the reason; whoever has it in hand then deletes the original.

    Raises:
        QueueError
    """
    ours: Attributes = {
        REASON: readable(reason)[: failures.REASON_AT_MOST] or "none given",
        WORKER: worker,
        FAILED_AT: datetime.now(UTC).isoformat(timespec="seconds"),
    }
    all_of_them = {**dict(islice(_its_own(message).items(), MOST_ATTRIBUTES - len(OURS))), **ours}
    fitting = (each for each in (all_of_them, ours) if _size(message.body, each) <= LARGEST)
    dead.send(message.body, next(fitting, {}))


@contextmanager
def peek(dead: Queue) -> Iterator[list[DeadLetter]]:
    """All dead letters, in hand while the block lasts; then those that are not deleted can be seen by others again.

    Raises:
        QueueError
    """
    letters: dict[str, DeadLetter] = {}
    while messages := dead.receive(wait_seconds=1, visibility_seconds=_LOOK_SECONDS, at_most=BATCH):
        if letters.keys() >= {message.id for message in messages}:
            break  # after so long a look that the first were delivered again
        letters |= {message.id: _read(message) for message in messages}
    try:
        yield list(letters.values())
    finally:
        for letter in letters.values():
            with suppress(HandleRefusedError):  # deleted, or in other hands by now
                dead.release(letter.message)


def redrive(letter: DeadLetter, dead: Queue, queue: Queue, bucket: Bucket) -> None:
    """Send a dead letter to the work queue again, with a new account of failures.

    Raises:
        BucketError, QueueError: it may be in both queues; this can be repeated.
    """
    if letter.shard is not None:
        failures.forget(bucket, letter.shard)
    queue.send(letter.message.body, _its_own(letter.message))
    dead.delete(letter.message)


def discard(dead: Queue, job_id: str) -> None:
    """Delete the dead letters of a job.

    Raises:
        QueueError
    """
    with peek(dead) as letters:
        for letter in letters:
            if letter.shard is not None and letter.shard.job_id == job_id:
                dead.delete(letter.message)


def _read(message: Message) -> DeadLetter:
    try:
        shard = Shard.from_body(message.body)
        not_understood = ""
    except MessageError as error:
        shard, not_understood = None, str(error)
    reason, worker, failed_at = (readable(str(message.attributes.get(name, ""))) for name in OURS)
    return DeadLetter(message, shard, reason or not_understood, worker, failed_at)


def _its_own(message: Message) -> Attributes:
    """Its attributes without ours, and without empty ones, which SQS refuses."""
    return {name: value for name, value in message.attributes.items() if name not in OURS and value != ""}


def _size(body: str, attributes: Attributes) -> int:
    """As SQS counts: bytes of the body, and of name, type and value of each attribute."""
    return len(body.encode()) + sum(len(f"{name}String{value}".encode()) for name, value in attributes.items())
